// The value of a picture between its pixels: bilinear, black outside.

#include <math.h>

float between(const float *x, int rows, int cols, float row, float col) {
    (void)x;
    (void)rows;
    (void)cols;
    (void)row;
    (void)col;
    return -1.0f; // yours
}
