/*
## A distance without a bias

There is a second answer to the question how far two clouds are apart. It needs no normal distributions and no root of a matrix, and its
mean over many draws is right however few pictures there are (Bińkowski et al. 2018).

Begin with one feature. Two clouds that are the same have the same mean of it; but two clouds with the same mean may still be different.
So take more functions of a picture than its features: all products of two features, whose means say how features go together, and all products of
three. Put them all into one long vector $\varphi(x)$. If the two clouds have the same mean of $\varphi$, they agree in all means, in all
covariances, and in how lopsided they are; and how far apart they are is the distance of the two means. With $x, x'$ two
independent real pictures, and $y, y'$ two generated ones,

$$ \lVert \mathrm{E}\,\varphi(x) - \mathrm{E}\,\varphi(y) \rVert^2 =
   \mathrm{E}\,\varphi(x)\cdot\varphi(x') + \mathrm{E}\,\varphi(y)\cdot\varphi(y') - 2\,\mathrm{E}\,\varphi(x)\cdot\varphi(y). $$

With $d = 84$ features there are some hundred thousand products of three, and nobody needs to compute one of them. What stands on
the right are products of *two long vectors*, and for the right weights of the entries of $\varphi$

$$ \varphi(x) \cdot \varphi(y) = k(x, y) = \left( \frac{x \cdot y}{d} + 1 \right)^3 . $$

(Multiply the bracket out: $(a + 1)^3 = a^3 + 3a^2 + 3a + 1$ with $a = x \cdot y / d$, and $a^3$ is a sum over all triples of
features, $x_i x_j x_k\, y_i y_j y_k / d^3$, which is a product of two vectors of all triples.) So $k$, the *kernel*, says with 84
multiplications what $\varphi$ would say with a hundred thousand. The distance is called the squared *maximum mean discrepancy* of this kernel (Gretton et al. 2012); on the
features of Inception it is known as the *kernel inception distance*, KID.

**Why it has no bias.** The three expectations are replaced by means over the pictures at hand. In the first, all pairs of
*different* pictures are taken:

$$ \frac{1}{n(n-1)} \sum_{i \ne j} k(x_i, x_j). $$

Each term is one of two independent pictures, so the mean over many draws is exactly $\mathrm{E}\,k(x, x')$, for every $n$ from
2 on. Had we left the pairs $i = j$ in, we would have the length of a mean vector, and that is the bias of the Fréchet distance
once more: a mean of $n$ pictures is off by a random error whose square is never negative. Those $n$ terms are all the bias
there is. The price: an estimate of a distance that is 0 has the mean 0, so some of them are below 0.
*/

#include "gallery.h"
#include "base/die.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The mean of k(x, y) over all pairs of x (n, d) and y (m, d); of pairs of different places if both are the same set.
double mean_kernel(const float *x, int n, const float *y, int m, int d) {
    double *columns = columns_of(y, m, d), *sums = alloc_bytes((size_t)n * sizeof *sums);
    double sum = 0.0;
#pragma omp parallel
    {
        double *products = alloc_bytes((size_t)m * sizeof *products);
#pragma omp for
        for (int i = 0; i < n; i++) {
            memset(products, 0, (size_t)m * sizeof *products);
            for (int k = 0; k < d; k++) {
                double xk = x[(size_t)i * (size_t)d + (size_t)k];
                const double *feature = columns + (size_t)k * (size_t)m;
                for (int j = 0; j < m; j++) {
                    products[j] += xk * feature[j];
                }
            }
            for (int j = 0; j < m; j++) {
                double a = products[j] / d + 1.0;
                sums[i] += x == y && i == j ? 0.0 : a * a * a;
            }
        }
        free(products);
    }
    for (int i = 0; i < n; i++) { // in the same order for any number of threads
        sum += sums[i];
    }
    free(columns);
    free(sums);
    return sum / ((double)n * (x == y ? m - 1 : m));
}

double kernel_distance(const float *x, int n, const float *y, int m, int d) {
    return mean_kernel(x, n, x, n, d) + mean_kernel(y, m, y, m, d) -
           2.0 * mean_kernel(x, n, y, m, d);
}

/*
**Check it by hand.** Two sets of two numbers each, so $d = 1$: $x$ is 0 and 1, $y$ is 0 and 2. Within $x$ there is one pair, $k(0, 1) = 1$; within $y$,
$k(0, 2) = 1$. Across there are four: $k(0, 0) = k(0, 2) = k(1, 0) = 1$ and $k(1, 2) = 27$, with the mean 7.5. So the estimate is $1 + 1 - 15 =
-13$: negative, from four numbers. With the pairs $i = j$ it
would be $2.75 + 32 - 15 = 19.75$.
*/

/*
## All scores of a set

From here on each set of pictures gets five figures: the Fréchet distance and the inception score of all its pictures, and precision, recall and kernel
distance of 2,000 of them against 2,000 test images. Both choices come from one random order, one from its front and one from its back, so that no
test image is compared with itself.
*/

static float *features_of(const Gallery *g, const uint8_t *images, int n, bool from_behind,
                          int *taken) {
    int most = n / 2 < COMPARED ? n / 2 : COMPARED;
    int *order = random_order(n, rng_create(g->s->run.seed, RNG_SHUFFLE));
    uint8_t *chosen = alloc_bytes((size_t)most * PIXELS);
    float *features = alloc_floats((size_t)most * FEATURES);
    for (int i = 0; i < most; i++) {
        int place = order[from_behind ? n - 1 - i : i];
        memcpy(chosen + (size_t)i * PIXELS, images + (size_t)place * PIXELS, PIXELS);
    }
    judge_look(g->judge, features, NULL, chosen, most);
    free(order);
    free(chosen);
    *taken = most;
    return features;
}

void choose_real(Gallery *g, const Dataset *real) {
    g->real = features_of(g, real->images, real->n, false, &g->n_real);
}

Scores score_set(const Gallery *g, const PictureSet *set) {
    Scores s = { .verdict = judge_images(g->judge, set->images, set->n) };
    int n;
    float *made = features_of(g, set->images, set->n, true, &n);
    s.precision = precision(g->real, g->n_real, made, n, FEATURES);
    s.recall = recall(g->real, g->n_real, made, n, FEATURES);
    s.kernel = kernel_distance(g->real, g->n_real, made, n, FEATURES);
    free(made);
    return s;
}

// The figures in the run's summary, under a key and the names of what was measured.
void note_scores(const Gallery *g, const char *key, const Scores *s) {
    const struct {
        const char *name;
        double value;
    } figures[] = { { "", s->verdict.fid },
                    { "_is", s->verdict.inception_score },
                    { "_precision", s->precision },
                    { "_recall", s->recall },
                    { "_kernel", s->kernel } };
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        char name[60];
        snprintf(name, sizeof name, "%s%s", key, figures[i].name);
        run_summary(g->run, name, figures[i].value);
    }
}
