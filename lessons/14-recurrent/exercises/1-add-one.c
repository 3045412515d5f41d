// What a text costs, in bits per character, with the counted pairs of another one and one added to each.

#include <math.h>
#include <stdlib.h>

double add_one_bits(const int *train, int n, const int *text, int m, int alphabet) {
    (void)train, (void)n, (void)text, (void)m, (void)alphabet;
    return 0.0; // yours
}
