#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_size(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

double earth_on_a_line(const float *x, const float *y, int n) {
    size_t size = (size_t)n * sizeof(float);
    float *a = malloc(size), *b = malloc(size);
    memcpy(a, x, size);
    memcpy(b, y, size);
    qsort(a, (size_t)n, sizeof *a, by_size);
    qsort(b, (size_t)n, sizeof *b, by_size);
    double sum = 0.0;
    for (int i = 0; i < n; i++) {
        sum += fabs((double)a[i] - b[i]);
    }
    free(a);
    free(b);
    return sum / n;
}
