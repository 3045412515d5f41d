/*
# Lesson 11: How good is it?

Five lessons have made clothes out of noise, and each ended with one number, the Fréchet distance: 43 for the dense networks of lesson 6, 3
for the conditional ones of lesson 10. **Where does this number come from, what does it see, and what does it not see?**

![Pictures, real and generated, go through the judge, which turns each into 84 numbers. The two clouds of points become two normal distributions, each with a
mean and a covariance, and the distance of these is the figure.](diagrams/way.svg)

A classifier's answers are right or wrong, and one can count them. A generator makes pictures that nobody has made before, and no list has the right
answers. So the quality of a *sample set*, a large number of generated pictures, is measured by comparing it with a set of real ones. There are
several ways to do that, and they do not agree.

**What you will do here.** Derive and compute four scores: the inception score, the Fréchet distance in plain loops, precision and recall, and the kernel
distance. Then test the scores themselves, on pictures of which one knows what is wrong: ten thousand test images, damaged in six ways; sets in which
classes are missing; small sets; and copies, training images handed in as generated ones. At the end all generators of the course stand on one
scoreboard.

    make lesson-11
    make lesson-11 ARGS="--fake mine-idx3-ubyte.gz" RUN=mine
    make scoreboard

Nothing is trained here. The judge is lesson 4's network, as it was shipped.

**Which pictures the scores see.** In this course a generator is compared with the 10,000 *test* images of Fashion-MNIST, also
by the scores along the way that lessons 6 to 10 plot for every epoch. Where such a score decides something, such as a learning
rate, the test images have been used for a choice, and the final score of the chosen generator may be too good. (So each of
these lessons judges its samples once more, against training images, by which nothing was chosen: `fid_training` in the summary.
It is 42.9 in lesson 6, where the FID is 42.8, and 2.6 in lesson 10, where it is 2.8.) The test images are never shown to a
generator or a discriminator.
*/

#include "gallery.h"
#include "base/die.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
## Why not the likelihood?

A model that gives each picture a probability has a natural score: show it pictures that it has not seen, and
take the mean of $-\log p$, as in lesson 2. A generator gives no probability. It turns 64
random numbers into 784, so all pictures that it can make form a surface of 64 dimensions in a space of 784, as a sheet of
paper is a surface in a room. A test picture does not lie exactly on that surface, so its probability is 0, for good generators as for bad ones.
(One can blur the surface until it fills the space. Then the figure says more
about the blur: Theis et al. 2016.)

What remains is to compare *sets*: ten thousand generated pictures with ten thousand real ones. That cannot be
done pixel by pixel, since a shoe that is moved by two pixels is the same shoe. So a network that was trained to recognise clothes, the *judge*,
turns each picture into 84 numbers, its *features*: what stands behind the ReLU of its last hidden layer ([the chapter on the judge](../../common/measure/fid.h)). A set of pictures becomes a cloud of
points in 84 dimensions, and two clouds are compared.

## The inception score

The oldest of the four (Salimans et al. 2016; its name is that of the network, Inception, which is the judge in papers) asks the
judge only for its answers, $p(y \mid x)$, the probabilities of ten classes $y$ for a picture $x$. A good set has two
properties: the judge is *certain* of each picture, and *all classes* occur. Both are in one question: how much does one learn
about the class from being shown the picture? Before, one knows $p(y)$, the mean answer over the set, and afterwards
$p(y \mid x)$. With the entropy $H(p) = -\sum_y p_y \log p_y$, which is 0 for certainty and $\log 10$ if all ten classes are
equally probable,

$$ \log \mathrm{IS} = \underbrace{H\big(p(y)\big)}_{\text{large: all classes}} - \underbrace{\mathrm{E}_x\, H\big(p(y \mid
   x)\big)}_{\text{small: certain}}. $$

So IS lies between 1 and 10. It is highest for *one* clear picture of each class, a thousand times each:
the judge is certain, all classes are there, and real pictures do not occur in the formula. That set is scored below.

## The Fréchet distance

The Fréchet distance (Heusel et al. 2017; FID for Fréchet *inception* distance) does compare with real pictures. Each cloud is
described by its mean $m$, 84 numbers, and its covariance $C$, 84 × 84 numbers: how far each feature scatters, and how the
features vary together. These two are all that a normal distribution has, so one may say that each cloud is replaced by a normal
distribution.

![Two normal distributions on a line, one around 0 with deviation 1 and one around 4 with deviation ½. Arrows lead from points of the one to those of the other at the same number of
deviations: 4.5, 4 and 3.5 long. The mean squared length is 16.25.](diagrams/gaussians.svg)

On a line, let the two have the means $m_1$, $m_2$ and the deviations $s_1$, $s_2$. The cheapest way to carry the one to the other keeps the
order of the points: the point $t$ deviations to the right of $m_1$ goes to $t$ deviations to the right of $m_2$. If the cost of a point is the square of how far it is carried, then the mean cost is

$$ d^2 = \mathrm{E}\big[ (m_1 + s_1 t - m_2 - s_2 t)^2 \big] = (m_1 - m_2)^2 + (s_1 - s_2)^2, $$

since $\mathrm{E}[t] = 0$ and $\mathrm{E}[t^2] = 1$. In 84 dimensions $s_1^2 + s_2^2 - 2 s_1 s_2$ becomes

$$ d^2 = \lVert m_1 - m_2 \rVert^2 + \mathrm{tr}\left( C_1 + C_2 - 2 (C_1 C_2)^{1/2} \right), $$

where $A^{1/2}$ is the matrix without eigenvalues below 0 whose square is $A$, and $\mathrm{tr}$ is the sum of the diagonal.
Here it is in loops.
*/

// mean (d), covariance (d, d) of features (n, d).
static void plain_moments(double *mean, double *covariance, const float *features, int n, int d) {
    for (int i = 0; i < d; i++) {
        mean[i] = 0.0;
        for (int e = 0; e < n; e++) {
            mean[i] += (double)features[(size_t)e * (size_t)d + (size_t)i] / n;
        }
    }
    for (int i = 0; i < d; i++) {
        for (int j = 0; j < d; j++) {
            double sum = 0.0;
            for (int e = 0; e < n; e++) {
                const float *x = features + (size_t)e * (size_t)d;
                sum += ((double)x[i] - mean[i]) * ((double)x[j] - mean[j]);
            }
            covariance[i * d + j] = sum / (n - 1);
        }
    }
}

/*
**A root without eigenvectors.** The library takes the root by [turning the axes](../../common/kernels/linalg.h). The plain version
takes another way, the Newton–Schulz iteration, which makes a good check. To find $y = \sqrt a$ for a number $0 < a \le 1$, take two
numbers, $y = a$ and $z = 1$, and do

$$ f = \tfrac12 (3 - z y), \qquad y \leftarrow y f, \qquad z \leftarrow f z, $$

again and again. Both are multiplied by the same $f$, so $y / z = a$ stays true all the time. And if $zy$ tends to 1,
then $y = a z$ and $z = 1/y$ give $y^2 = a$. Does it tend to 1? Let $e = 1 - z y$ be what is missing. A step turns $zy$
into $zy f^2$, and

$$ 1 - z y f^2 = 1 - \tfrac14 (1 - e)(2 + e)^2 = \tfrac14 e^2 (3 + e) \le e^2 . $$

So what is missing is at least squared: 0.1, 0.01, 0.0001. (From far away it is slower. While $e$ is near 1, $f$ is near $\tfrac32$,
and $y$ only grows by half in a step.)

For matrices the same three lines do the same to every eigenvalue at once, with the unit matrix in place of 1. Nothing
is divided and no equation is solved; only products are needed (Schulz 1933; Higham 2008, chapter 6). (Newton's own iteration for a root, Heron's method $y \leftarrow \frac12 (y + a / y)$, divides.) The
iteration does not need a symmetric matrix. $C_1 C_2$ is not symmetric, but its eigenvalues are those of the symmetric $C_1^{1/2} C_2\, C_1^{1/2}$, and none is below 0.
We divide it by its length, the root of the sum of all squares, so that no eigenvalue is above 1 either. The distance needs only the trace of the root.
*/

// C = A·B, all (d, d).
static void plain_product(double *C, const double *A, const double *B, int d) {
    for (int i = 0; i < d; i++) {
        for (int j = 0; j < d; j++) {
            double sum = 0.0;
            for (int k = 0; k < d; k++) {
                sum += A[i * d + k] * B[k * d + j];
            }
            C[i * d + j] = sum;
        }
    }
}

static double trace(const double *A, int d) {
    double sum = 0.0;
    for (int i = 0; i < d; i++) {
        sum += A[i * d + i];
    }
    return sum;
}

double plain_trace_of_root(const double *A, const double *B, int d) {
    enum { MOST_STEPS = 200 };
    size_t numbers = (size_t)d * (size_t)d;
    double *y = alloc_bytes(4 * numbers * sizeof *y);
    double *z = y + numbers, *f = z + numbers, *next = f + numbers;
    double squares = 0.0, before = 0.0, now;
    plain_product(y, A, B, d);
    for (size_t k = 0; k < numbers; k++) {
        squares += y[k] * y[k];
    }
    double length = sqrt(squares);
    for (int k = 0; k < d * d && length > 0.0; k++) {
        y[k] /= length;
        z[k] = k % (d + 1) == 0;
    }
    now = trace(y, d);
    for (int step = 0; step < MOST_STEPS && fabs(now - before) > 1e-12 * now; step++) {
        plain_product(f, z, y, d);
        for (int k = 0; k < d * d; k++) {
            f[k] = 0.5 * ((k % (d + 1) == 0 ? 3.0 : 0.0) - f[k]);
        }
        plain_product(next, y, f, d);
        memcpy(y, next, numbers * sizeof *y);
        plain_product(next, f, z, d);
        memcpy(z, next, numbers * sizeof *z);
        before = now;
        now = trace(y, d);
    }
    free(y);
    return sqrt(length) * now;
}

double plain_distance(const float *real, int n, const float *fake, int m, int d) {
    size_t numbers = (size_t)d * (size_t)d;
    double *mean1 = alloc_bytes(2 * (size_t)d * sizeof *mean1), *mean2 = mean1 + d;
    double *C1 = alloc_bytes(2 * numbers * sizeof *C1), *C2 = C1 + numbers, distance = 0.0;
    plain_moments(mean1, C1, real, n, d);
    plain_moments(mean2, C2, fake, m, d);
    for (int i = 0; i < d; i++) {
        distance += (mean1[i] - mean2[i]) * (mean1[i] - mean2[i]);
    }
    distance += trace(C1, d) + trace(C2, d) - 2.0 * plain_trace_of_root(C1, C2, d);
    free(mean1);
    free(C1);
    return distance;
}

/*
The program computes the distance of a set of damaged pictures by these loops and by the library. They differ by a share of
$10^{-10}$ or less.
*/

void check_plain(const Gallery *g) {
    int n = g->test->n;
    float *real = alloc_floats((size_t)n * FEATURES), *fake = alloc_floats((size_t)n * FEATURES);
    PictureSet set = set_create(g);
    swirl(&set, g, 1.0, rng_create(g->s->run.seed, RNG_NOISE));
    judge_look(g->judge, real, NULL, g->test->images, n);
    judge_look(g->judge, fake, NULL, set.images, n);
    double plain = plain_distance(real, n, fake, n, FEATURES);
    double library = judge_images(g->judge, set.images, n).fid;
    run_say(g->run, "Swirled pictures: FID %.6f in plain loops, %.6f in the library", plain,
            library);
    run_summary(g->run, "plain_off", fabs(plain / library - 1.0));
    set_free(&set);
    free(real);
    free(fake);
}
