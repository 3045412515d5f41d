// What is kept of the rows so far.

typedef struct {
    float *keys, *values; // (most, w) each
    int rows;             // how many rows are in it
} Cache;
