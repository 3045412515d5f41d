/*
## How many pictures?

Ten thousand training images are 0.17 from the test images, and five hundred of them are 2.35. They are pictures of the same kind; only their number
is different.

A mean of $n$ features has an error of the size $1/\sqrt n$, and so has each number of a covariance. The distance is
built of squares of differences, and a square counts an error as distance whatever its sign. Squares of errors of size
$1/\sqrt n$ are of size $1/n$. So on average the measured distance is too large,

$$ \mathrm{FID}_{n_1, n_2} \approx \mathrm{FID} + c \left( \frac{1}{n_1} + \frac{1}{n_2} \right), $$

where $c$ depends on the spread of the features and on how many there are. This is a *bias*: the mean over many draws is wrong as well. The kernel distance should have none. We draw sets of several sizes, forty of each, from the training images (whose
true distance is as good as 0), and from 10,000 training images with noise (which are really somewhere else).
*/

#include "gallery.h"
#include "base/die.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A mean, the least and the most of some draws.
typedef struct {
    double mean, least, most;
    int n;
} Spread;

static void spread_add(Spread *s, double value) {
    s->least = s->n == 0 ? value : fmin(s->least, value);
    s->most = s->n == 0 ? value : fmax(s->most, value);
    s->mean += (value - s->mean) / ++s->n;
}

// What n pictures, drawn from many, get in all scores but the first.
typedef struct {
    Spread fid, kernel, precision, recall;
} Drawn;

// The features of what is drawn from, and what it is compared with.
typedef struct {
    float *features; // (n, FEATURES)
    int n;
    const Moments *moments; // of all real pictures
    const float *real;      // (n_real, FEATURES), of some; NULL: no other score than the distance
    int n_real;
    double within; // the mean kernel of these
} Pool;

/*
The kernel distance and the two shares look at all pairs, so they are taken of 2,000 pictures at most, and the shares of every
fourth draw.
*/

static Drawn draw_sets(const Pool *pool, int n, int draws, Rng *rng) {
    Drawn drawn = { .fid = { .n = 0 } };
    float *set = alloc_floats((size_t)n * FEATURES);
    int *order = alloc_bytes((size_t)pool->n * sizeof *order);
    for (int i = 0; i < pool->n; i++) {
        order[i] = i;
    }
    for (int draw = 0; draw < draws; draw++) {
        rng_shuffle(rng, order, pool->n);
        for (int i = 0; i < n; i++) {
            memcpy(set + (size_t)i * FEATURES, pool->features + (size_t)order[i] * FEATURES,
                   FEATURES * sizeof *set);
        }
        Moments *m = moments_create(set, n, FEATURES);
        spread_add(&drawn.fid, frechet_distance(pool->moments, m));
        moments_free(m);
        if (pool->real && n <= COMPARED) {
            double across = mean_kernel(pool->real, pool->n_real, set, n, FEATURES);
            double own = mean_kernel(set, n, set, n, FEATURES);
            spread_add(&drawn.kernel, pool->within + own - 2.0 * across);
        }
        if (pool->real && n <= COMPARED && draw % 4 == 0) {
            spread_add(&drawn.precision, precision(pool->real, pool->n_real, set, n, FEATURES));
            spread_add(&drawn.recall, recall(pool->real, pool->n_real, set, n, FEATURES));
        }
    }
    free(set);
    free(order);
    return drawn;
}

/*
If the formula holds, the distances lie on a straight line over $1/n$, and two of them determine all others.
From those at $n = 500$ and $n = 2000$ the program predicts the one at 10,000.
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
static float *noisy_features(const Gallery *g, Rng rng, int *n) {
    Dataset first = *g->train;
    Gallery others = *g;
    first.n = g->test->n < first.n ? g->test->n : first.n;
    others.test = &first;
    PictureSet set = set_create(g);
    noise(&set, &others, 25.0, rng);
    float *features = alloc_floats((size_t)set.n * FEATURES);
    judge_look(g->judge, features, NULL, set.images, set.n);
    *n = set.n;
    set_free(&set);
    return features;
}

enum { DRAWN_FIGURES = 8 };

// The figures of a set of draws in a row of the log; those that were not taken are NaN.
static void put_figures(double row[DRAWN_FIGURES], const Drawn *drawn) {
    const double figures[DRAWN_FIGURES] = { drawn->fid.mean,       drawn->fid.least,
                                            drawn->fid.most,       drawn->kernel.mean,
                                            drawn->kernel.least,   drawn->kernel.most,
                                            drawn->precision.mean, drawn->recall.mean };
    for (int i = 0; i < DRAWN_FIGURES; i++) {
        row[i] = i >= 3 && drawn->kernel.n == 0 ? NAN : figures[i];
    }
}

static void say_sets(const Gallery *g, int n, const Drawn *training, const Drawn *noisy) {
    char rest[80] = "";
    if (training->kernel.n > 0) {
        snprintf(rest, sizeof rest, "%9.4f%8.4f%7.3f%7.3f", training->kernel.mean,
                 noisy->kernel.mean, training->precision.mean, training->recall.mean);
    }
    run_say(g->run, "%-8d%7.2f%6.2f to %5.2f%11.0f%8.2f%s", n, training->fid.mean,
            training->fid.least, training->fid.most,
            training->fid.mean / (1.0 / n + 1.0 / g->test->n), noisy->fid.mean, rest);
}

void count_pictures(Gallery *g) {
    static const int sizes[SIZES] = { 100, 200, 500, 1000, 2000, 5000, 10000 };
    Log *log = log_open(
        g->run, "log-bias.csv",
        "training,training_least,training_most,training_kernel,training_kernel_least,"
        "training_kernel_most,training_precision,training_recall,noisy,noisy_least,noisy_most,"
        "noisy_kernel,noisy_kernel_least,noisy_kernel_most,noisy_precision,noisy_recall");
    float *test = alloc_floats((size_t)g->test->n * FEATURES);
    Rng rng = rng_create(g->s->run.seed, RNG_SHUFFLE);
    judge_look(g->judge, test, NULL, g->test->images, g->test->n);
    Moments *moments = moments_create(test, g->test->n, FEATURES);
    Pool all = { g->features, g->train->n, moments, g->real, g->n_real, 0.0 };
    all.within = mean_kernel(g->real, g->n_real, g->real, g->n_real, FEATURES);
    Pool noisy = all;
    noisy.features = noisy_features(g, rng_create(g->s->run.seed, RNG_NOISE), &noisy.n);
    double means[2][SIZES];
    int k = 0;
    run_say(g->run, "%-8s%7s%15s%11s%8s%9s%8s%7s%7s", "pictures", "FID", "least to most",
            "/(1/n+1/m)", "noisy", "kernel", "noisy", "prec.", "recall");
    for (; k < SIZES && sizes[k] <= noisy.n && !run_stopped(g->run); k++) {
        double row[2 * DRAWN_FIGURES];
        Drawn a = draw_sets(&all, sizes[k], g->s->draws, &rng);
        Drawn b = draw_sets(&noisy, sizes[k], g->s->draws, &rng);
        means[0][k] = a.fid.mean;
        means[1][k] = b.fid.mean;
        put_figures(row, &a);
        put_figures(row + DRAWN_FIGURES, &b);
        log_write(log, sizes[k], row, 2 * DRAWN_FIGURES);
        say_sets(g, sizes[k], &a, &b);
        if (a.kernel.n > 0) {
            char key[40];
            snprintf(key, sizeof key, "kernel_training_%d", sizes[k]);
            run_summary(g->run, key, a.kernel.mean);
            snprintf(key, sizeof key, "kernel_noisy_%d", sizes[k]);
            run_summary(g->run, key, b.kernel.mean);
        }
        run_progress(g->run, "numbers", k + 1, SIZES, "%d pictures: FID %.2f", sizes[k],
                     a.fid.mean);
    }
    if (k == SIZES) {
        report_prediction(g, sizes, means);
    }
    moments_free(moments);
    free(noisy.features);
    free(test);
}

/*
![Left: the Fréchet distance against the number of pictures, means of forty draws and from the least to the most. Both curves fall. Right: the kernel distance of the
same draws. Its mean stays where it is, and the spread shrinks.](bias.svg)

| pictures | 100 | 200 | 500 | 1,000 | 2,000 | 5,000 | 10,000 |
|---|--:|--:|--:|--:|--:|--:|--:|
| training images: FID | 11.7 | 5.8 | 2.35 | 1.26 | 0.69 | 0.32 | 0.19 |
| divided by $1/n_1 + 1/n_2$ | 1158 | 1132 | 1120 | 1143 | 1146 | 1059 | 969 |
| with noise: FID | 18.5 | 13.0 | 10.4 | 9.6 | 9.2 | 8.8 | 8.7 |
| training images: kernel distance | $-0.24$ | $-0.16$ | $-0.06$ | $-0.03$ | $-0.03$ | | |
| with noise: kernel distance | 2.2 | 2.2 | 2.4 | 2.5 | 2.5 | | |
| training images: precision | 0.86 | 0.86 | 0.85 | 0.85 | 0.85 | | |
| training images: recall | 0.91 | 0.89 | 0.88 | 0.87 | 0.87 | | |

**The formula holds**: divided by $1/n_1 + 1/n_2$, the first five are between 1,120 and 1,160. (At 5,000 and 10,000 it is less. The test images are
always the same, so their part of the error is one draw, and there it is a third and a half of the whole.) The set with
noise has nearly the same amount added to its own 8.7, and from the figures at 500 and 2,000 the program predicts
8.85 at 10,000. So a Fréchet distance from few pictures can be corrected (Chong and Forsyth 2020 do it for FID, by such a line), but
not be compared as it is. **Two equally good generators, one scored on 1,000 samples and the other on 10,000, differ by 1.** Between 43 and 13 that
does not matter. At 3 it is a third.

**The kernel distance has no such bias.** With noise it is 2.2 from 100 pictures and 2.5 from 2,000, where the Fréchet distance goes from 18.5 to 9.2. What a small $n$ costs
is the spread: forty draws of 100 training images lie between $-2.1$ and 1.8, those of 2,000 between $-0.13$ and 0.17. A single draw of 100 says little,
a mean of many is right. (The mean of the training images at 100, $-0.24$, is within the error of a mean of forty such draws.)

**Recall depends on $n$, too**: 0.91 from 100 pictures, 0.87 from 2,000. With fewer pictures the balls are larger, and a few large balls cover more than many
small ones. So precision and recall are compared at the same $n$; here it is always 2,000.

With 84 pictures or fewer the program refuses a Fréchet distance, since their covariance has no width in some direction. In papers, with 2,048 features, more than 2,048 pictures are needed, and 50,000 are
usual.
*/
