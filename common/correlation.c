#include "correlation.h"
#include "die.h"

#include <math.h>
#include <stdlib.h>

/*
The rank of a number is how many are smaller, and half of those that are equal to it. For the few hundred rows of a log
the plain way, comparing each with each, is quick enough.
*/

static void rank_all(double *ranks, const double *x, int n) {
    for (int i = 0; i < n; i++) {
        ranks[i] = 0.0;
        for (int j = 0; j < n; j++) {
            ranks[i] += x[j] < x[i] ? 1.0 : x[j] == x[i] ? 0.5 : 0.0;
        }
    }
}

double rank_correlation(const double *x, const double *y, int n) {
    double xx = 0.0, yy = 0.0, xy = 0.0, mean = n / 2.0; // of the ranks, whatever the numbers are
    double *ranks = alloc_bytes(2 * (size_t)(n > 0 ? n : 1) * sizeof *ranks);
    rank_all(ranks, x, n);
    rank_all(ranks + n, y, n);
    for (int i = 0; i < n; i++) {
        double r = isnan(x[i]) ? NAN : ranks[i] - mean, s = isnan(y[i]) ? NAN : ranks[n + i] - mean;
        xx += r * r;
        yy += s * s;
        xy += r * s;
    }
    free(ranks);
    return xx > 0.0 && yy > 0.0 ? xy / sqrt(xx * yy) : NAN;
}
