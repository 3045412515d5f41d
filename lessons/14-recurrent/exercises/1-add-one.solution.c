// What a text costs, in bits per character, with the counted pairs of another one and one added to each.

#include <math.h>
#include <stdlib.h>

double add_one_bits(const int *train, int n, const int *text, int m, int alphabet) {
    int *pairs = calloc((size_t)alphabet * (size_t)alphabet, sizeof *pairs);
    int *followed = calloc((size_t)alphabet, sizeof *followed);
    for (int i = 1; i < n; i++) {
        pairs[train[i - 1] * alphabet + train[i]]++;
        followed[train[i - 1]]++;
    }
    double sum = 0.0;
    for (int i = 1; i < m; i++) {
        int h = text[i - 1], c = text[i];
        sum -= log2((pairs[h * alphabet + c] + 1.0) / (followed[h] + alphabet));
    }
    free(pairs);
    free(followed);
    return sum / (m - 1);
}
