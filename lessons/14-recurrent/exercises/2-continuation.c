// The probabilities of all characters behind h: Kneser-Ney, for pairs.

#include <math.h>
#include <stdlib.h>

void kneser_ney(double *p, const int *text, int n, int alphabet, int h) {
    (void)text, (void)n, (void)h;
    for (int c = 0; c < alphabet; c++) {
        p[c] = 0.0; // yours
    }
}
