/*
# Lesson 11: How good is it?

Five lessons have made clothes out of noise, and each ended with a number, the Fréchet distance, that was taken on
trust: 45 for the dense networks of lesson 6, 4 for the conditional ones of lesson 10. **Where does such a number come
from, and when does it lie?**

We have more reason to ask than for any other number in this course. A classifier is right or wrong, and one can count.
A generator makes pictures that nobody has made before, and there is nothing to count. So somebody has to invent a
measure; and whatever is measured is what people then get good at.

**What you will do here.** See which marks cannot be had, and which can be fooled. Compute a Fréchet distance with
nothing but loops, and a matrix root that needs only multiplications. Damage ten thousand pictures in six ways, to see
what the distance sees. Find out what a small crowd does to it. Hand in stolen pictures, which get the best mark of all,
and catch the thief; then help the thief. At the end all generators of the course stand on one scoreboard.

    make lesson-11
    make lesson-11 ARGS="--fake mine-idx3-ubyte.gz" RUN=mine
    make scoreboard

Nothing is trained here. The judge is lesson 4's network, as it was shipped.
*/

#include "crowds.h"
#include "die.h"
#include "gan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
## A mark that cannot be had

For models that give a probability to each picture there is a natural mark: show it pictures that it has not seen, and
ask how probable it held them. That is the loss of lesson 2, and it is honest. A generator cannot be asked. It turns 64
random numbers into 784, so all that it can ever make is a surface of 64 dimensions in a space of 784, as a sheet of
paper is in a room. A test picture does not lie on the sheet, not exactly. Its probability is 0, and so is that of every
other; for good generators and for bad ones. (One can blur the sheet until it fills the room. Then the figure says more
about the blur: Theis et al. 2016.)

So we must be content with comparing *samples*: ten thousand made pictures with ten thousand real ones. That cannot be
done pixel by pixel, since a shoe that is moved by two pixels is the same shoe. [The chapter on the judge's
figures](../../common/fid.h) takes it from here: a network that knows clothes turns each picture into 84 numbers, its
features, and what is compared are two clouds of points.

## A mark that can be fooled

The first idea that spread widely was the inception score. It asks the judge only for its answers, $p(y \mid x)$, the
probabilities of ten classes. A good crowd has two properties: of each picture the judge is *certain*; and *all classes*
occur. How much does one learn about the class from being shown the picture? Before, one knows $p(y)$, the mean answer
over the crowd, and after it $p(y \mid x)$. With the entropy $H = -\sum_y p_y \log p_y$, which is 0 for certainty and
$\log 10$ for no idea,

$$ \log \mathrm{IS} = \underbrace{H\big(p(y)\big)}_{\text{large: all classes}} - \underbrace{\mathrm{E}_x\, H\big(p(y \mid
   x)\big)}_{\text{small: certain}}. $$

(That is the mean divergence of the chapter: write $\log \frac{p(y \mid x)}{p(y)}$ as a difference, and average each
part.) So IS lies between 1 and 10. What is the best crowd? *One* perfect picture of each class, a thousand times each.
It is certain, all classes are there, and real pictures are nowhere in the formula. We will hand that crowd in below.

## Two clouds

The Fréchet distance looks at real pictures, and at more than the class: at how the features scatter, and together with
which others. Each cloud is described by its mean $m$, 84 numbers, and its covariance $C$, 84 × 84 of them; and the
distance is what it takes, in squared way per point, to carry one Gaussian to the other:

$$ d^2 = \lVert m_1 - m_2 \rVert^2 + \mathrm{tr}\left( C_1 + C_2 - 2 (C_1 C_2)^{1/2} \right). $$

In one dimension this is $(m_1 - m_2)^2 + (s_1 - s_2)^2$; the chapter has the derivation. Here it is in loops.
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
**A root without eigenvectors.** The library takes the root by [turning the axes](../../common/linalg.h). There is
another way, as old as Babylon, and it makes a good check. To find $y = \sqrt a$ for a number $0 < a \le 1$, take two
numbers, $y = a$ and $z = 1$, and do

$$ f = \tfrac12 (3 - z y), \qquad y \leftarrow y f, \qquad z \leftarrow f z, $$

again and again. Both are multiplied by the same $f$, so $y / z = a$ stays true all the time. And if $zy$ becomes 1,
then $y = a z$ and $z = 1/y$ give $y^2 = a$. Does it become 1? Let $e = 1 - z y$ be what is missing. A step turns $zy$
into $zy f^2$, and

$$ 1 - z y f^2 = 1 - \tfrac14 (1 - e)(2 + e)^2 = \tfrac14 e^2 (3 + e) \le e^2 . $$

What is missing is squared: 0.1, 0.01, 0.0001. (From far away it is slower. While $e$ is near 1, $f$ is near $\tfrac32$,
and $y$ only grows by half in a step.)

For matrices the same three lines do the same to every eigenvalue at once, with the unit matrix in place of 1. Nothing
is divided, and nothing but products is needed (Schulz 1933; Higham 2008, chapter 6). $A = C_1 C_2$ is not symmetric,
and the iteration does not mind: its eigenvalues are those of the symmetric $C_1^{1/2} C_2\, C_1^{1/2}$, none below 0.
We divide it by its length, so that none is above 1 either. All that the distance wants is the trace.
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
The program compares it with the library's on a crowd of damaged pictures, and notes by which part of the distance they
differ.
*/

static void check_plain(const Gallery *g) {
    int n = g->test->n;
    float *real = alloc_floats((size_t)n * FEATURES), *fake = alloc_floats((size_t)n * FEATURES);
    Crowd crowd = crowd_create(g);
    swirl(&crowd, g, 1.0, rng_create((uint64_t)g->s->run.seed, RNG_NOISE));
    judge_look(g->judge, real, NULL, g->test->images, n);
    judge_look(g->judge, fake, NULL, crowd.images, n);
    double plain = plain_distance(real, n, fake, n, FEATURES);
    double library = judge_images(g->judge, crowd.images, n).fid;
    run_say(g->run, "Swirled pictures: FID %.6f in plain loops, %.6f in the library", plain,
            library);
    run_summary(g->run, "plain_off", fabs(plain / library - 1.0));
    crowd_free(&crowd);
    free(real);
    free(fake);
}

/*
## The program

Without `--fake` it makes the experiments of the next three files. With it, it compares two files in the data set's own
format: what `--generate` has written, say, with the test images, or with the pictures of `--real`. Both kinds of marks
come with the number of pictures that they are from, and two of different size with a warning; why, is told
[below](#how-many-pictures).
*/

// Pictures from a file that the judge can look at. The caller frees images.
static Dataset pictures_of(const char *path) {
    int size[3];
    uint8_t *images = idx_read(path, 3, size);
    if (size[1] != SIDE || size[2] != SIDE) {
        die("%s has pictures of %d × %d pixels, and the judge knows %d × %d. Give it others", path,
            size[2], size[1], SIDE, SIDE);
    }
    if (size[0] <= FEATURES) {
        die("%s has %d pictures, and a distance in %d features needs more than %d. Make more, "
            "10000 "
            "if you can",
            path, size[0], FEATURES, FEATURES);
    }
    return (Dataset){ .n = size[0], .rows = SIDE, .cols = SIDE, .images = images };
}

static void judge_file(Gallery *g, const Dataset *real) {
    Dataset fake = pictures_of(g->s->fake);
    Verdict v = judge_images(g->judge, fake.images, fake.n);
    Crowd crowd = { .images = (uint8_t *)fake.images, .n = fake.n, .most = fake.n };
    run_say(g->run, "FID %.2f, inception score %.2f, of %d pictures from %d real ones", v.fid,
            v.inception_score, fake.n, real->n);
    if (fake.n != real->n) {
        run_say(g->run, "Their numbers differ: compare this only with others of %d and %d.", fake.n,
                real->n);
    }
    run_say(g->run, "taken for");
    for (int c = 0; c < CLASSES; c++) {
        run_say(g->run, "  %-14s%6.1f %%", dataset_class_name(g->s->run.data, c),
                100.0 * v.share[c]);
    }
    gan_report(g->run, &v, fake.n);
    nearest_of_file(g, &crowd);
    free(crowd.images);
}

int main(int argc, char **argv) {
    Settings s = {
        .run = RUN_DEFAULTS("11-fid"), .real = "", .fake = "", .draws = 40, .sought = 1000
    };
    const Option options[] = {
        option_text("fake", &s.fake, "IDX file of pictures: mark these"),
        option_text("real", &s.real, "IDX file to compare them with, or test images"),
        option_int("draws", &s.draws, 1, 1000, "crowds of each number of pictures"),
        option_int("sought", &s.sought, 10, 100000, "pictures whose nearest are looked for"),
        RUN_OPTIONS(s.run),
        OPTION_END,
    };
    cli_parse(options, argc, argv, "Lesson 11: Fréchet distances.");
    if (*s.real && !*s.fake) {
        die("--real names what pictures are compared with; name those, too: --fake FILE");
    }
    if (*s.fake && strcmp(s.run.name, "default") == 0) {
        s.run.name = "compared"; // a comparison does not take the experiments' place
    }
    Run *run = run_open(&s.run, options);
    Gallery g = { .run = run, .s = &s };
    Dataset *test = dataset_load(s.run.data, TEST_SET);
    dataset_expect(test, s.run.data, SIDE, SIDE, FEATURES + 1);
    g.train = dataset_load(s.run.data, TRAIN_SET);
    dataset_expect(g.train, s.run.data, SIDE, SIDE, FEATURES + 1);
    g.test = test;
    Dataset real = *s.real ? pictures_of(s.real) : *test;
    g.judge = judge_create(&real);
    g.features = alloc_floats((size_t)g.train->n * FEATURES);
    judge_look(g.judge, g.features, NULL, g.train->images, g.train->n);
    if (*s.fake) {
        judge_file(&g, &real);
    } else {
        check_plain(&g);
        see_disturbances(&g);
        judge_cases(&g);
        count_pictures(&g);
        look_for_copies(&g);
    }
    if (*s.real) {
        free((uint8_t *)real.images);
    }
    free(g.features);
    judge_free(g.judge);
    dataset_free(g.train);
    dataset_free(test);
    return run_close(run);
}
