// What the reader of a text knows.

#include <stdbool.h>

typedef struct {
    const int *symbols;    // (n)
    int n, streams, steps; // symbols; streams; symbols of a piece of one stream
    long piece;            // the next one
    bool begun;            // a piece has been read
} Reader;

bool next_piece(Reader *r, float *x, int *labels);
