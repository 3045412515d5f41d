// The next piece of a text. Mended.

#include "4-too-good.h"

bool next_piece(Reader *r, float *x, int *labels) {
    long length = r->n / r->streams;
    if ((r->piece + 1) * r->steps >= length) { // too few are left: the next pass
        r->piece = 0;
    }
    for (int b = 0; b < r->streams; b++) {
        const int *from = r->symbols + b * length + r->piece * r->steps;
        for (int t = 0; t < r->steps; t++) {
            x[b * r->steps + t] = (float)from[t];
            labels[b * r->steps + t] = from[t + 1];
        }
    }
    bool carry = r->piece > 0;
    r->begun = true;
    r->piece++;
    return carry;
}
