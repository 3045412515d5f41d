// The value of a picture between its pixels: bilinear, black outside.

#include <math.h>

static float pixel(const float *x, int rows, int cols, int row, int col) {
    return row >= 0 && row < rows && col >= 0 && col < cols ? x[row * cols + col] : 0.0f;
}

float between(const float *x, int rows, int cols, float row, float col) {
    int i = (int)floorf(col), j = (int)floorf(row);
    float a = col - (float)i, b = row - (float)j;
    float above = (1 - a) * pixel(x, rows, cols, j, i) + a * pixel(x, rows, cols, j, i + 1);
    float below = (1 - a) * pixel(x, rows, cols, j + 1, i) + a * pixel(x, rows, cols, j + 1, i + 1);
    return (1 - b) * above + b * below;
}
