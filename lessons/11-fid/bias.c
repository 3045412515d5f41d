/*
## How many pictures?

The training images are clothes, ten thousand of them are 0.17 from the test images, and five hundred of them are two.
They are the same kind of pictures. What has changed is only how many there are.

A mean of $n$ features has an error of the size $1/\sqrt n$, and so has each number of a covariance. The distance is
built of squares of differences, and a square counts an error as distance whatever its sign. Squares of errors of size
$1/\sqrt n$ are of size $1/n$. So on the average the measured distance is too large, by

$$ \mathrm{FID}_{n_1, n_2} \approx \mathrm{FID} + c \left( \frac{1}{n_1} + \frac{1}{n_2} \right), $$

where $c$ has to do with the spread of the features and how many there are. This is a *bias*: drawing again does not
help, since it is there on the average. We draw crowds of several sizes, forty of each, from the training images (whose
true distance is as good as 0), and from 10,000 training images with noise (which are really somewhere else).
*/

#include "crowds.h"
#include "die.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Features to draw from, and what is known of the distance of n of them from the real pictures.
typedef struct {
    float *features; // (n, FEATURES)
    int n;
    double mean, least, most; // of the draws
} Pool;

static void draw_distances(Pool *pool, const Moments *real, int n, int draws, Rng *rng) {
    float *drawn = alloc_floats((size_t)n * FEATURES);
    int *order = alloc_bytes((size_t)pool->n * sizeof *order);
    pool->mean = pool->most = 0.0;
    pool->least = INFINITY;
    for (int i = 0; i < pool->n; i++) {
        order[i] = i;
    }
    for (int draw = 0; draw < draws; draw++) {
        rng_shuffle(rng, order, pool->n);
        for (int i = 0; i < n; i++) {
            memcpy(drawn + (size_t)i * FEATURES, pool->features + (size_t)order[i] * FEATURES,
                   FEATURES * sizeof *drawn);
        }
        Moments *m = moments_create(drawn, n, FEATURES);
        double fid = frechet_distance(real, m);
        pool->mean += fid / draws;
        pool->least = fmin(pool->least, fid);
        pool->most = fmax(pool->most, fid);
        moments_free(m);
    }
    free(drawn);
    free(order);
}

/*
If the formula holds, whoever has the distance at two numbers of pictures knows it at all others: the two points lie on
a straight line over $1/n$. From $n = 500$ and $n = 2000$ we say in advance what it will be at 10,000.
*/

// The line over 1 / n through two points, at another n.
static double predict(double n1, double fid1, double n2, double fid2, double n) {
    double slope = (fid1 - fid2) / (1.0 / n1 - 1.0 / n2);
    return fid2 + slope * (1.0 / n - 1.0 / n2);
}

enum { SIZES = 7, FIVE_HUNDRED = 2, TWO_THOUSAND = 4, ALL = 6 };

static void report_prediction(Gallery *g, const int sizes[SIZES], double means[2][SIZES]) {
    static const char *const names[] = { "training", "noisy" };
    for (int k = 0; k < 2; k++) {
        char key[40];
        double said = predict(sizes[FIVE_HUNDRED], means[k][FIVE_HUNDRED], sizes[TWO_THOUSAND],
                              means[k][TWO_THOUSAND], sizes[ALL]);
        run_say(g->run, "%-9s of %d from those of %d and %d: %.2f; measured: %.2f", names[k],
                sizes[ALL], sizes[FIVE_HUNDRED], sizes[TWO_THOUSAND], said, means[k][ALL]);
        snprintf(key, sizeof key, "bias_%s_said", names[k]);
        run_summary(g->run, key, said);
        snprintf(key, sizeof key, "bias_%s", names[k]);
        run_summary(g->run, key, means[k][ALL]);
    }
}

// What the judge sees of training images with noise: as many as there are test images, or fewer.
static Pool noisy_pool(const Gallery *g, Rng rng) {
    Dataset first = *g->train;
    Gallery others = *g;
    first.n = g->test->n < first.n ? g->test->n : first.n;
    others.test = &first;
    Crowd crowd = crowd_create(g);
    noise(&crowd, &others, 25.0, rng);
    Pool pool = { .features = alloc_floats((size_t)crowd.n * FEATURES), .n = crowd.n };
    judge_look(g->judge, pool.features, NULL, crowd.images, crowd.n);
    crowd_free(&crowd);
    return pool;
}

void count_pictures(Gallery *g) {
    static const int sizes[SIZES] = { 100, 200, 500, 1000, 2000, 5000, 10000 };
    Log *log = log_open(g->run, "log-bias.csv",
                        "training,training_least,training_most,noisy,noisy_least,noisy_most");
    float *test = alloc_floats((size_t)g->test->n * FEATURES);
    Rng rng = rng_create((uint64_t)g->s->run.seed, RNG_SHUFFLE);
    judge_look(g->judge, test, NULL, g->test->images, g->test->n);
    Moments *real = moments_create(test, g->test->n, FEATURES);
    Pool all = { .features = g->features, .n = g->train->n };
    Pool noisy = noisy_pool(g, rng_create((uint64_t)g->s->run.seed, RNG_NOISE));
    double means[2][SIZES];
    int k = 0;
    run_say(g->run, "%-9s%12s%20s%14s%12s", "pictures", "training", "least to most", "/(1/n+1/m)",
            "with noise");
    for (; k < SIZES && sizes[k] <= noisy.n && !run_stopped(g->run); k++) {
        int n = sizes[k];
        draw_distances(&all, real, n, g->s->draws, &rng);
        draw_distances(&noisy, real, n, g->s->draws, &rng);
        means[0][k] = all.mean;
        means[1][k] = noisy.mean;
        log_row(log, n, all.mean, all.least, all.most, noisy.mean, noisy.least, noisy.most);
        run_say(g->run, "%-9d%12.2f%11.2f to %5.2f%14.0f%12.2f", n, all.mean, all.least, all.most,
                all.mean / (1.0 / n + 1.0 / g->test->n), noisy.mean);
        run_progress(g->run, "numbers", k + 1, SIZES, "%d pictures: FID %.2f", n, all.mean);
    }
    if (k == SIZES) {
        report_prediction(g, sizes, means);
    }
    moments_free(real);
    free(noisy.features);
    free(test);
}

/*
![The Fréchet distance against the number of pictures: means of forty draws, and from the least to the most.](bias.svg)

| pictures | 100 | 200 | 500 | 1,000 | 2,000 | 5,000 | 10,000 |
|---|--:|--:|--:|--:|--:|--:|--:|
| training images | 11.7 | 5.8 | 2.35 | 1.26 | 0.69 | 0.32 | 0.19 |
| divided by $1/n_1 + 1/n_2$ | 1158 | 1132 | 1120 | 1143 | 1146 | 1059 | 969 |
| with noise | 18.5 | 13.0 | 10.4 | 9.6 | 9.2 | 8.8 | 8.7 |

The formula holds: divided by $1/n_1 + 1/n_2$, all seven are about 1,100. (At 10,000 it is less. The test images are
always the same, so their part of the error is no mean, but one draw; and there it is half of the whole.) The crowd with
noise has nearly the same amount added to its own 8.7, and from the figures at 500 and 2,000 one could say in advance
8.85 at 10,000. So a distance from few pictures can be corrected (Chong and Forsyth 2020 do it for FID, by such a line);
it cannot be compared as it is. **Two generators, one marked on 1,000 samples and the other on 10,000, differ by 1 for
nothing.** Between 45 and 13 that is no matter. At 4 it is a quarter.

With 84 pictures or fewer the question is not even asked. Their covariance has no width in some direction, and the
program refuses. In papers, with 2,048 features, 2,048 pictures are the least, and 50,000 are the custom.
*/
