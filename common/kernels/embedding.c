#include "kernels/embedding.h"
#include "base/die.h"

#include <stddef.h>
#include <string.h>

static size_t word_of(float token, int words) {
    int word = token >= 0.0f && token < (float)words ? (int)token : -1; // a NaN becomes -1, too
    require(word >= 0 && (float)word == token, "token %g of %d words", (double)token, words);
    return (size_t)word;
}

void embedding_forward(float *y, const float *x, const float *W, int n, int words, int d) {
    size_t width = (size_t)d;
#pragma omp parallel for schedule(static)
    for (int i = 0; i < n; i++) {
        memcpy(y + (size_t)i * width, W + word_of(x[i], words) * width, width * sizeof *y);
    }
}

/*
Two rows of a batch may hold the same word and add to the same row of $dW$. If the threads shared out the rows of the batch,
two of them could write there at once, and the order of the terms would be chance. So a thread takes sixteen *columns* (a cache line)
and goes through all rows of the batch in order: nobody else writes there.
*/

void embedding_backward(float *dW, const float *dy, const float *x, int n, int words, int d) {
    enum { COLUMNS = 16 };
#pragma omp parallel for schedule(static)
    for (int first = 0; first < d; first += COLUMNS) {
        int end = d - first < COLUMNS ? d : first + COLUMNS;
        for (int i = 0; i < n; i++) {
            float *to = dW + word_of(x[i], words) * (size_t)d;
            const float *from = dy + (size_t)i * (size_t)d;
            for (int k = first; k < end; k++) {
                to[k] += from[k];
            }
        }
    }
}
