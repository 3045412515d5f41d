#include "measure/fid.h"
#include "base/die.h"
#include "kernels/activation.h"
#include "kernels/linalg.h"
#include "nn/checkpoint.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
## Mean and covariance

Sums over ten thousand examples run in double, and in the order of the examples. The mean is taken off first: $\mathrm{E}[x^2] -
\mathrm{E}[x]^2$ is shorter to write, and subtracts two large numbers to get a small one. The rows of the covariance are shared
among the threads, so each of its numbers is one thread's from beginning to end, and does not depend on how many there are.

The divisor is $n - 1$. A mean that is computed from the same examples lies closer to them than the true one, and with $n$ the
covariance would come out too small.
*/

static void add_mean(double *mean, const float *features, int n, int d) {
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < d; k++) {
            mean[k] += features[(size_t)i * (size_t)d + (size_t)k];
        }
    }
    for (int k = 0; k < d; k++) {
        mean[k] /= n;
    }
}

Moments *moments_create(const float *features, int n, int d) {
    require(d > 0, "moments of %d features", d);
    if (n <= d) {
        die("%d examples are too few for %d features: where there are no more examples than "
            "features the covariance is singular, and a distance says nothing. Take more than %d",
            n, d, d);
    }
    size_t width = (size_t)d;
    Moments *m = alloc_bytes(sizeof *m);
    double *centred = alloc_bytes((size_t)n * width * sizeof *centred);
    m->n = n;
    m->d = d;
    m->mean = alloc_bytes(width * sizeof *m->mean);
    m->covariance = alloc_bytes(width * width * sizeof *m->covariance);
    add_mean(m->mean, features, n, d);
    for (size_t at = 0; at < (size_t)n * width; at++) {
        centred[at] = (double)features[at] - m->mean[at % width];
    }
#pragma omp parallel for schedule(dynamic, 1)
    for (int row = 0; row < d; row++) {
        double *sums = m->covariance + (size_t)row * width;
        for (int i = 0; i < n; i++) {
            const double *x = centred + (size_t)i * width;
            for (int col = 0; col < d; col++) {
                sums[col] += x[row] * x[col];
            }
        }
        for (int col = 0; col < d; col++) {
            sums[col] /= n - 1;
        }
    }
    free(centred);
    return m;
}

void moments_free(Moments *m) {
    if (m) {
        free(m->mean);
        free(m->covariance);
        free(m);
    }
}

/*
## The distance

All of it is easy but the trace of the root of $C_1^{1/2} C_2 C_1^{1/2}$. That matrix is symmetric, and no eigenvalue of it is
negative. So its root has the roots of its eigenvalues, and the trace is their sum:

$$ \mathrm{tr}\, M^{1/2} = \sum_i \sqrt{\lambda_i(M)}, \qquad M = C_1^{1/2}\, C_2\, C_1^{1/2}. $$

Two decompositions of symmetric matrices, then: one to get $C_1^{1/2}$, with all axes, and one of $M$, of which the
eigenvalues are enough. (Papers write $(C_1 C_2)^{1/2}$. The product of two symmetric matrices is not symmetric, so its
root takes a slower method, which may end with complex numbers. $M$ has the same eigenvalues: $C_1 C_2 = C_1^{1/2}\, M\,
C_1^{-1/2}$.)

Features that are always 0, such as those of dead units, make eigenvalues of 0. Rounded, they can come out as $-10^{-16}$. They
count as 0, and so does a distance that rounding makes negative.
*/

// C = A B, all (d, d).
static void multiply(double *C, const double *A, const double *B, int d) {
    memset(C, 0, (size_t)d * (size_t)d * sizeof *C);
    for (int i = 0; i < d; i++) {
        for (int k = 0; k < d; k++) {
            for (int j = 0; j < d; j++) {
                C[i * d + j] += A[i * d + k] * B[k * d + j];
            }
        }
    }
}

// The symmetric root of a covariance. An eigenvalue below 0 is rounding.
static void square_root(double *root, const double *A, int d) {
    size_t numbers = (size_t)d * (size_t)d;
    double *values = alloc_bytes((size_t)d * sizeof *values);
    double *vectors = alloc_bytes(numbers * sizeof *vectors);
    symmetric_eigen(values, vectors, A, d);
    memset(root, 0, numbers * sizeof *root);
    for (int e = 0; e < d; e++) {
        const double *v = vectors + (size_t)e * (size_t)d;
        double scale = sqrt(fmax(values[e], 0.0));
        for (int i = 0; i < d; i++) {
            for (int j = 0; j < d; j++) {
                root[i * d + j] += scale * v[i] * v[j];
            }
        }
    }
    free(values);
    free(vectors);
}

double frechet_distance(const Moments *a, const Moments *b) {
    require(a->d == b->d, "moments of %d and of %d features", a->d, b->d);
    int d = a->d;
    size_t numbers = (size_t)d * (size_t)d;
    double *root = alloc_bytes(4 * numbers * sizeof *root), *half = root + numbers;
    double *inner = half + numbers, *vectors = inner + numbers;
    double *values = alloc_bytes((size_t)d * sizeof *values), distance = 0.0;
    square_root(root, a->covariance, d);
    multiply(half, root, b->covariance, d);
    multiply(inner, half, root, d);
    for (int i = 0; i < d; i++) { // symmetric but for rounding
        for (int j = 0; j < i; j++) {
            inner[i * d + j] = inner[j * d + i] = 0.5 * (inner[i * d + j] + inner[j * d + i]);
        }
    }
    symmetric_eigen(values, vectors, inner, d);
    for (int i = 0; i < d; i++) {
        distance += (a->mean[i] - b->mean[i]) * (a->mean[i] - b->mean[i]);
        distance += a->covariance[i * d + i] + b->covariance[i * d + i];
        distance -= 2.0 * sqrt(fmax(values[i], 0.0));
    }
    free(root);
    free(values);
    return distance < 0.0 ? 0.0 : distance;
}

/*
## The judge

The table is lesson 4's, once more: a lesson cannot be included. `checkpoint_load` would refuse a file that does not fit it. The
features are what comes out of layer 10, counted from 0, the last ReLU. Pictures come as bytes, as a data set has them, and go to
the network in the way that lesson 4 took.
*/

// clang-format off
static const LayerSpec lenet[] = {
    conv2d(6, .kernel = 5, .pad = 2), relu(), max_pool2d(2),
    conv2d(16, .kernel = 5), relu(), max_pool2d(2),
    flatten(),
    dense(120), relu(),
    dense(84), relu(),
    dense(10), END
};
// clang-format on

enum { LAST_HIDDEN = 10, AT_ONCE = 100 };

struct Judge {
    Net *net;
    Moments *real;
};

#define JUDGE_FILE "data/lenet-fashion.safetensors"

// The judge's file below the current folder, or below one of the folders that the program stands in.
static void find_judge(char *path, size_t size) {
    snprintf(path, size, "%s", JUDGE_FILE);
    if (access(path, R_OK) == 0) {
        return;
    }
    char folder[4096];
    ssize_t length = readlink("/proc/self/exe", folder, sizeof folder - 1);
    folder[length > 0 ? length : 0] = '\0';
    for (char *slash; (slash = strrchr(folder, '/'));) {
        *slash = '\0';
        int needed = snprintf(path, size, "%s/%s", folder, JUDGE_FILE);
        if (needed < (int)size && access(path, R_OK) == 0) {
            return;
        }
    }
    die("there is no " JUDGE_FILE " below this folder or above the program. It is the network "
        "that judges pictures: run this in the folder of the course, which has it");
}

void judge_require(const char *which, const char *who, int train, int each) {
    dataset_require(which, &(Needs){ .who = who,
                                     .side = JUDGE_SIDE,
                                     .train = train,
                                     .test = JUDGE_FEATURES + 1,
                                     .test_for = "for a distance in the judge's 84 features",
                                     .classes = each > 0 ? ALL_CLASSES : 0,
                                     .each = each,
                                     .differ = true });
}

Judge *judge_create(const Dataset *real) {
    if (real->rows != JUDGE_SIDE || real->cols != JUDGE_SIDE) {
        die("the judge knows pictures of %d × %d pixels, and these real ones have %d × %d. Choose "
            "another --data",
            JUDGE_SIDE, JUDGE_SIDE, real->rows, real->cols);
    }
    char path[4200];
    Judge *judge = alloc_bytes(sizeof *judge);
    Rng rng = rng_create(1, RNG_INIT); // for weights that the file replaces
    find_judge(path, sizeof path);
    judge->net = net_create(lenet, (Shape){ 1, JUDGE_SIDE, JUDGE_SIDE }, AT_ONCE, &rng);
    checkpoint_load(path, judge->net);
    float *features = alloc_floats((size_t)real->n * JUDGE_FEATURES);
    judge_look(judge, features, NULL, real->images, real->n);
    judge->real = moments_create(features, real->n, JUDGE_FEATURES);
    free(features);
    return judge;
}

void judge_free(Judge *judge) {
    if (judge) {
        net_free(judge->net);
        moments_free(judge->real);
        free(judge);
    }
}

Net *judge_net(Judge *judge) {
    return judge->net;
}

void judge_look(Judge *judge, float *features, float *probabilities, const uint8_t *images, int n) {
    static const size_t row = JUDGE_FEATURES;
    const Dataset pictures = { n, JUDGE_SIDE, JUDGE_SIDE, images, NULL };
    float *x = alloc_floats(AT_ONCE * JUDGE_SIDE * JUDGE_SIDE);
    int places[AT_ONCE];
    for (int first = 0; first < n; first += AT_ONCE) {
        int count = n - first < AT_ONCE ? n - first : AT_ONCE;
        for (int i = 0; i < count; i++) {
            places[i] = first + i;
        }
        dataset_take(x, NULL, &pictures, places, count);
        const float *logits = net_forward(judge->net, x, count, EVAL);
        if (features) {
            memcpy(features + (size_t)first * row, judge->net->layers[LAST_HIDDEN].y,
                   (size_t)count * row * sizeof *features);
        }
        if (probabilities) {
            softmax_forward(probabilities + (size_t)first * JUDGE_CLASSES, logits, count,
                            JUDGE_CLASSES);
        }
    }
    free(x);
}

/*
## The verdict

In the inception score a probability may be 0 in float. Then its share of the sum is 0, which is what $p \log p$ tends to.
*/

static double inception_score(const float *p, int n) {
    double mean[JUDGE_CLASSES] = { 0.0 }, sum = 0.0;
    for (int i = 0; i < n * JUDGE_CLASSES; i++) {
        mean[i % JUDGE_CLASSES] += (double)p[i] / n;
    }
    for (int i = 0; i < n * JUDGE_CLASSES; i++) {
        sum += p[i] > 0.0f ? (double)p[i] * log((double)p[i] / mean[i % JUDGE_CLASSES]) : 0.0;
    }
    return exp(sum / n);
}

Verdict judge_classify(Judge *judge, uint8_t *classes, const uint8_t *images, int n) {
    Verdict verdict = { .smallest_share = 1.0 };
    float *features = alloc_floats((size_t)n * JUDGE_FEATURES);
    float *p = alloc_floats((size_t)n * JUDGE_CLASSES);
    judge_look(judge, features, p, images, n);
    Moments *moments = moments_create(features, n, JUDGE_FEATURES);
    verdict.fid = frechet_distance(judge->real, moments);
    verdict.inception_score = inception_score(p, n);
    int taken_for[JUDGE_CLASSES] = { 0 };
    for (int i = 0; i < n; i++) {
        const float *row = p + (size_t)i * JUDGE_CLASSES;
        int best = 0;
        for (int c = 1; c < JUDGE_CLASSES; c++) {
            best = row[c] > row[best] ? c : best;
        }
        classes[i] = (uint8_t)best;
        taken_for[best]++;
    }
    for (int c = 0; c < JUDGE_CLASSES; c++) {
        verdict.share[c] = (double)taken_for[c] / n;
        verdict.smallest_share = fmin(verdict.smallest_share, verdict.share[c]);
    }
    moments_free(moments);
    free(features);
    free(p);
    return verdict;
}

Verdict judge_images(Judge *judge, const uint8_t *images, int n) {
    uint8_t *classes = alloc_bytes((size_t)n);
    Verdict verdict = judge_classify(judge, classes, images, n);
    free(classes);
    return verdict;
}
