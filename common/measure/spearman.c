#include "measure/spearman.h"
#include "base/die.h"
#include "base/rng.h"

#include <math.h>
#include <stdbool.h>
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

double spearman(const double *x, const double *y, int n) {
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

/*
What chance alone reaches is drawn: pairs of curves that know nothing of each other. A hundred rows are enough to draw. For walks the
answer hardly depends on their number; for independent numbers it falls as $1/\sqrt n$, for which the last factor stands.
*/

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double chance_95(int rows, bool walks) {
    enum { PAIRS = 4000, MOST = 100 };
    int n = rows < MOST ? rows : MOST;
    if (n < 2) {
        return NAN;
    }
    double x[MOST], y[MOST], found[PAIRS];
    Rng rng = rng_create(1, RNG_DATA);
    for (int pair = 0; pair < PAIRS; pair++) {
        for (int i = 0; i < n; i++) {
            x[i] = (double)rng_normal(&rng) + (walks && i > 0 ? x[i - 1] : 0.0);
            y[i] = (double)rng_normal(&rng) + (walks && i > 0 ? y[i - 1] : 0.0);
        }
        found[pair] = fabs(spearman(x, y, n));
    }
    qsort(found, PAIRS, sizeof *found, by_value);
    return found[PAIRS * 95 / 100] * (walks ? 1.0 : sqrt((double)n / rows));
}

double spearman_walks_95(int n) {
    return chance_95(n, true);
}

double spearman_noise_95(int n) {
    return chance_95(n, false);
}
