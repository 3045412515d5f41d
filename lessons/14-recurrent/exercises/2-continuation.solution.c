// The probabilities of all characters behind h: Kneser-Ney, for pairs.

#include <math.h>
#include <stdlib.h>

void kneser_ney(double *p, const int *text, int n, int alphabet, int h) {
    int *pairs = calloc((size_t)alphabet * (size_t)alphabet, sizeof *pairs);
    for (int i = 1; i < n; i++) {
        pairs[text[i - 1] * alphabet + text[i]]++;
    }
    double once = 0, twice = 0, different = 0, N = 0, T = 0;
    for (int i = 0; i < alphabet * alphabet; i++) {
        once += pairs[i] == 1;
        twice += pairs[i] == 2;
        different += pairs[i] > 0;
    }
    for (int c = 0; c < alphabet; c++) {
        N += pairs[h * alphabet + c];
        T += pairs[h * alphabet + c] > 0;
    }
    double D = once / (once + 2 * twice);
    for (int c = 0; c < alphabet; c++) {
        double B = 0;
        for (int before = 0; before < alphabet; before++) {
            B += pairs[before * alphabet + c] > 0;
        }
        p[c] = B / different;
        if (N > 0) {
            p[c] = (fmax(pairs[h * alphabet + c] - D, 0) + D * T * p[c]) / N;
        }
    }
    free(pairs);
}
