#include <stdlib.h>

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double square(const float *a, const float *b, int d) {
    double sum = 0.0;
    for (int j = 0; j < d; j++) {
        sum += ((double)a[j] - b[j]) * ((double)a[j] - b[j]);
    }
    return sum;
}

double share_inside(const float *of, int n, const float *region, int m, int d, int k) {
    double *radius = malloc((size_t)m * sizeof *radius), *all = malloc((size_t)m * sizeof *all);
    for (int i = 0; i < m; i++) {
        for (int j = 0; j < m; j++) {
            all[j] = square(region + i * d, region + j * d, d);
        }
        qsort(all, (size_t)m, sizeof *all, by_size);
        radius[i] = all[k]; // all[0] is the point itself
    }
    int inside = 0;
    for (int i = 0; i < n; i++) {
        int found = 0;
        for (int j = 0; j < m && !found; j++) {
            found = square(of + i * d, region + j * d, d) <= radius[j];
        }
        inside += found;
    }
    free(radius);
    free(all);
    return (double)inside / n;
}
