#include "gan.h"
#include "checkpoint.h"
#include "die.h"
#include "image.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
## The sums

A logit above 0 means "real". Losses and gradients are one number a step, the others are one an example.
*/

enum { LOSS_D, LOSS_G, D_REAL, D_FAKE, ACC_REAL, ACC_FAKE, GRAD_D, GRAD_G };

void gan_tally_real(GanTally *tally, const float *logits, int n) {
    for (int i = 0; i < n; i++) {
        tally->sum[D_REAL] += 1.0 / (1.0 + exp(-(double)logits[i]));
        tally->sum[ACC_REAL] += logits[i] > 0.0f;
    }
    tally->reals += n;
}

void gan_tally_fake(GanTally *tally, const float *logits, int n) {
    for (int i = 0; i < n; i++) {
        tally->sum[D_FAKE] += 1.0 / (1.0 + exp(-(double)logits[i]));
        tally->sum[ACC_FAKE] += logits[i] <= 0.0f;
    }
    tally->fakes += n;
}

void gan_tally_d(GanTally *tally, float loss, const Net *D) {
    tally->sum[LOSS_D] += loss;
    tally->sum[GRAD_D] += net_gradient_length(D);
    tally->steps_d++;
}

void gan_tally_g(GanTally *tally, float loss, const Net *G) {
    tally->sum[LOSS_G] += loss;
    tally->sum[GRAD_G] += net_gradient_length(G);
    tally->steps_g++;
}

void gan_tally_row(double *row, GanTally *tally) {
    const double counts[GAN_FIGURES] = { tally->steps_d, tally->steps_g, tally->reals,
                                         tally->fakes,   tally->reals,   tally->fakes,
                                         tally->steps_d, tally->steps_g };
    for (int i = 0; i < GAN_FIGURES; i++) {
        row[i] = counts[i] > 0.0 ? tally->sum[i] / counts[i] : NAN;
    }
    *tally = (GanTally){ 0 };
}

/*
## Where it went wrong

A loss that is not finite has a beginning, in one of two networks.
*/

const char *gan_find_nonfinite(char text[100], Net *G, Net *D) {
    const char *where = net_find_nonfinite(G), *whose = "generator";
    if (strcmp(where, "the loss itself") == 0) {
        where = net_find_nonfinite(D);
        whose = "discriminator";
    }
    snprintf(text, 100, "%s of the %s", where, whose);
    return text;
}

/*
## Diversity

Are the samples different from each other? Take them in pairs, and the mean distance within a pair. As a number it says little;
divided by that of real examples it is 1 where the samples vary as much as the data do, and near 0 where they are all the same.
*/

double mean_distance(const float *x, int n, int d) {
    require(n >= 2 && n % 2 == 0, "%d examples do not make pairs", n);
    double sum = 0.0;
    for (int i = 0; i < n / 2; i++) {
        const float *a = x + (size_t)i * (size_t)d, *b = x + (size_t)(i + n / 2) * (size_t)d;
        double squares = 0.0;
        for (int k = 0; k < d; k++) {
            squares += ((double)a[k] - b[k]) * ((double)a[k] - b[k]);
        }
        sum += sqrt(squares);
    }
    return sum / (n / 2);
}

/*
## Pictures

A generator that ends in $\tanh$ has white at 1 and black at $-1$, so real pictures are brought to the same range before a
discriminator sees them. Whatever is kept, shown or judged has gone the other way, to bytes: what lesson 11 will score from a
file are the same numbers as those that the lesson scored itself.

Samples are made in evaluation mode: batch norm uses its running statistics, and a sample does not depend on the others.
*/

void gan_scale(float *x, size_t n) {
    for (size_t i = 0; i < n; i++) {
        x[i] = 2.0f * x[i] - 1.0f;
    }
}

void gan_pictures(uint8_t *images, Net *G, const float *z, int n) {
    size_t in = shape_size(G->in), out = shape_size(G->out);
    for (int first = 0; first < n; first += G->batch) {
        int count = n - first < G->batch ? n - first : G->batch;
        const float *x = net_forward(G, z + (size_t)first * in, count, EVAL);
        uint8_t *to = images + (size_t)first * out;
        for (size_t i = 0; i < (size_t)count * out; i++) {
            float shade = 0.5f * (x[i] + 1.0f);
            to[i] = (uint8_t)(255.0f * fmaxf(0.0f, fminf(1.0f, shade)) + 0.5f);
        }
    }
}

void gan_grid(const char *path, Net *G, const float *z, int n, int columns, int scale) {
    size_t out = shape_size(G->out);
    uint8_t *images = alloc_bytes((size_t)n * out);
    float *x = alloc_floats((size_t)n * out);
    gan_pictures(images, G, z, n);
    for (size_t i = 0; i < (size_t)n * out; i++) {
        x[i] = images[i];
    }
    image_grid_grey(path, x, n, G->out.height, G->out.width, columns, scale, 0.0f, 255.0f);
    free(images);
    free(x);
}

// n pictures from z of that stream; the caller frees them.
static uint8_t *draw(Net *G, int n, Rng rng) {
    size_t in = shape_size(G->in);
    uint8_t *images = alloc_bytes((size_t)n * shape_size(G->out));
    float *z = alloc_floats((size_t)n * in);
    rng_fill_normal(&rng, z, (size_t)n * in, 0.0f, 1.0f);
    gan_pictures(images, G, z, n);
    free(z);
    return images;
}

Verdict gan_verdict(Judge *judge, Net *G, int n, Rng rng) {
    uint8_t *images = draw(G, n, rng);
    Verdict verdict = judge_images(judge, images, n);
    free(images);
    return verdict;
}

static Rng sample_stream(const Run *run) {
    return rng_create((uint64_t)run_options(run)->seed, RNG_SAMPLE);
}

void gan_report(Run *run, const Verdict *v, int n) {
    run_summary(run, "samples", n);
    run_summary(run, "fid", v->fid);
    run_summary(run, "inception_score", v->inception_score);
    run_summary(run, "smallest_share", v->smallest_share);
    for (int c = 0; c < JUDGE_CLASSES; c++) {
        char key[24];
        snprintf(key, sizeof key, "share_%d", c);
        run_summary(run, key, v->share[c]);
    }
}

Verdict gan_judge(Run *run, Judge *judge, Net *G, int n) {
    Verdict v = gan_verdict(judge, G, n, sample_stream(run));
    gan_report(run, &v, n);
    return v;
}

void gan_write(Run *run, const uint8_t *images, const uint8_t *labels, int n, int height,
               int width) {
    const char *path = run_path(run, "generated-images-idx3-ubyte.gz");
    idx_write(path, images, 3, (int[]){ n, height, width });
    if (labels) {
        idx_write(run_path(run, "generated-labels-idx1-ubyte.gz"), labels, 1, (int[]){ n });
    }
    run_say(run, "%d pictures are in %s", n, path);
}

void gan_generate(Run *run, Net *G, int n) {
    uint8_t *images = draw(G, n, sample_stream(run));
    gan_write(run, images, NULL, n, G->out.height, G->out.width);
    free(images);
}

void gan_score(Run *run, Net *G, const char *model, const Dataset *test, int generate) {
    Judge *judge = judge_create(test);
    checkpoint_load(model, G);
    Verdict v = gan_judge(run, judge, G, test->n);
    run_say(run, "Pictures: FID %.1f, inception score %.2f, smallest class %.1f %%", v.fid,
            v.inception_score, 100.0 * v.smallest_share);
    if (generate > 0) {
        gan_generate(run, G, generate);
    }
    judge_free(judge);
}
