// How long does a step take? `make bench` runs this program and bench.py, which does the same with
// PyTorch, in turns. docs/benchmarks.md explains what comes out.
//
//     bench                     what is measured here: the BLAS; and the names of the workloads
//     bench SECONDS             times every workload, for so many seconds each
//     bench SECONDS mlp-adam    only these; for a profiler, say
//
// OMP_NUM_THREADS says on how many threads. Prints a line "name,milliseconds,MiB,MFLOP" for each
// workload: the median time of a step, the process's peak memory so far, the floating-point
// operations of the step's matrix products.

#include "base/clock.h"
#include "base/die.h"
#include "gan/critic.h"
#include "gan/gradient_penalty.h"
#include "kernels/batchnorm.h"
#include "kernels/conv2d.h"
#include "kernels/gru.h"
#include "kernels/lstm.h"
#include "kernels/matmul.h"
#include "kernels/rnn.h"
#include "measure/fid.h"
#include "nn/loss.h"
#include "nn/net.h"
#include "nn/optimizer.h"
#include "run/startup.h"

#include <cblas.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// What is timed: step(state), again and again. The process ends soon after, so nothing is freed.
typedef struct {
    void (*step)(void *state);
    void *state;
    double flops; // multiplications and additions in the matrix products of a step; 0 if none
} Job;

// n numbers, uniform on ±1.
static float *some_floats(size_t n, Rng *rng) {
    float *x = alloc_floats(n);
    rng_fill_uniform(rng, x, n, -1.0f, 1.0f);
    return x;
}

// --- matrix products -----------------------------------------------------------------------------

enum { SIDE = 1024 };

typedef struct {
    float *a, *b, *c; // (SIDE, SIDE)
} Square;

// The yardstick: sgemm with nothing around it, a part of C for each thread.
static void step_sgemm(void *state) {
    const Square *s = state;
#pragma omp parallel
    {
        int parts = omp_get_num_threads(), part = omp_get_thread_num();
        int first = SIDE * part / parts, rows = SIDE * (part + 1) / parts - first;
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, SIDE, SIDE, 1.0f,
                    s->a + (long)first * SIDE, SIDE, s->b, SIDE, 0.0f, s->c + (long)first * SIDE,
                    SIDE);
    }
}

static void step_matmul(void *state) {
    const Square *s = state;
    matmul(s->c, s->a, s->b, MATMUL_AB, false, SIDE, SIDE, SIDE);
}

enum { SGEMM, MATMUL };

static Job square(int which) {
    Rng rng = rng_create(1, RNG_DATA);
    size_t n = (size_t)SIDE * SIDE;
    Square *s = alloc_bytes(sizeof *s);
    s->a = some_floats(n, &rng);
    s->b = some_floats(n, &rng);
    s->c = alloc_floats(n);
    return (Job){ which == SGEMM ? step_sgemm : step_matmul, s, 2.0 * SIDE * SIDE * SIDE };
}

// --- training steps of classifiers ---------------------------------------------------------------

typedef struct {
    Net *net;
    Optimizer *optimizer;
    float *x;    // (batch, pixels)
    int *labels; // (batch)
} Classifier;

static void step_classifier(void *state) {
    Classifier *c = state;
    int n = c->net->batch, classes = c->net->out.channels;
    const float *logits = net_forward(c->net, c->x, n, TRAIN);
    softmax_cross_entropy(c->net->dy, logits, c->labels, n, classes);
    net_zero_grad(c->net);
    net_backward(c->net, c->net->dy, WANT_PARAMS);
    optimizer_step(c->optimizer, c->net->params, c->net->grads);
}

// One pass of a layer over the batch: forward, or backward to the input, or backward to the
// weights. Each of the three has the same multiplications.
static double flops_of_layer(const Net *net, int i) {
    const Layer *l = &net->layers[i];
    const LayerOps *ops = layer_ops(l->spec.kind);
    bool product = ops->multiplications && l->spec.kind != BATCHNORM && l->spec.kind != LAYERNORM;
    return product ? 2.0 * net->batch * (double)ops->multiplications(l) : 0.0;
}

static double flops_of_pass(const Net *net) {
    double flops = 0.0;
    for (int i = 0; i < net->n_layers; i++) {
        flops += flops_of_layer(net, i);
    }
    return flops;
}

// Forward and backward to all weights. The first layer leaves out its input's gradient.
static double flops_of_learning(const Net *net) {
    return 3.0 * flops_of_pass(net) - flops_of_layer(net, 0);
}

// The learning rate is small, so that a thousand steps on one batch find the same numbers as the
// first.
static Job classifier(const LayerSpec *table, int batch, OptimizerKind optimizer) {
    Rng rng = rng_create(1, RNG_INIT);
    Classifier *c = alloc_bytes(sizeof *c);
    c->net = net_create(table, (Shape){ 1, 28, 28 }, batch, &rng);
    c->optimizer = optimizer_create(optimizer_defaults(optimizer, 1e-5f), c->net->n_params);
    size_t pixels = shape_size(c->net->in), classes = shape_size(c->net->out);
    c->x = some_floats((size_t)batch * pixels, &rng);
    c->labels = alloc_bytes((size_t)batch * sizeof *c->labels);
    for (int i = 0; i < batch; i++) {
        c->labels[i] = (int)rng_below(&rng, (uint32_t)classes);
    }
    return (Job){ step_classifier, c, flops_of_learning(c->net) };
}

// Lesson 2's network.
static Job mlp(int optimizer) {
    static const LayerSpec table[] = { dense(128), tanh_(), dense(10), END };
    return classifier(table, 128, (OptimizerKind)optimizer);
}

// Lesson 4's network, LeNet-5.
static Job lenet(int batch) {
    // clang-format off
    static const LayerSpec table[] = {
        conv2d(6, .kernel = 5, .pad = 2), relu(), max_pool2d(2),
        conv2d(16, .kernel = 5), relu(), max_pool2d(2),
        flatten(), dense(120), relu(), dense(84), relu(), dense(10), END
    };
    // clang-format on
    return classifier(table, batch, ADAM);
}

// A narrow ResNet-18: 16 to 128 channels at 28 × 28 to 4 × 4.
#define CONV3(c, s) conv2d(c, .kernel = 3, .stride = s, .pad = 1, .no_bias = true), batchnorm()
#define BLOCK(c) mark("x"), CONV3(c, 1), relu(), CONV3(c, 1), add("x"), relu()
#define NARROWING(c)                                                                               \
    mark("x"), CONV3(c, 2), relu(), CONV3(c, 1), mark("y"), from("x"),                             \
        conv2d(c, .kernel = 1, .stride = 2, .no_bias = true), batchnorm(), add("y"), relu()

static Job resnet(int batch) {
    static const LayerSpec table[] = { CONV3(16, 1),   relu(),     BLOCK(16),     BLOCK(16),
                                       NARROWING(32),  BLOCK(32),  NARROWING(64), BLOCK(64),
                                       NARROWING(128), BLOCK(128), avg_pool2d(4), flatten(),
                                       dense(10),      END };
    return classifier(table, batch, ADAM);
}

// Lesson 12's residual net of 18 layers, with SGD and momentum.
static Job residual(int batch) {
#define LARGER(c)                                                                                  \
    mark("in"), avg_pool2d(1, .stride = 2), mark("x"), from("in"), CONV3(c, 2), relu(),            \
        CONV3(c, 1), add("x"), relu()
    static const LayerSpec table[] = { CONV3(16, 2), relu(),    BLOCK(16),         BLOCK(16),
                                       BLOCK(16),    BLOCK(16), LARGER(32),        BLOCK(32),
                                       BLOCK(32),    BLOCK(32), global_avg_pool(), dense(10),
                                       END };
    return classifier(table, batch, MOMENTUM);
}

// The answer of a ResNet-18 to one photograph of 224 × 224.
static void step_answer(void *state) {
    Classifier *c = state;
    net_forward(c->net, c->x, c->net->batch, EVAL);
}

static Job resnet18(int batch) {
    static const LayerSpec table[] = { conv2d(64, .kernel = 7, .stride = 2, .pad = 3,
                                              .no_bias = true),
                                       batchnorm(),
                                       relu(),
                                       max_pool2d(3, .stride = 2, .pad = 1),
                                       BLOCK(64),
                                       BLOCK(64),
                                       NARROWING(128),
                                       BLOCK(128),
                                       NARROWING(256),
                                       BLOCK(256),
                                       NARROWING(512),
                                       BLOCK(512),
                                       global_avg_pool(),
                                       dense(1000),
                                       END };
    Rng rng = rng_create(1, RNG_INIT);
    Classifier *c = alloc_bytes(sizeof *c);
    c->net = net_create(table, (Shape){ 3, 224, 224 }, batch, &rng);
    c->x = some_floats((size_t)batch * shape_size(c->net->in), &rng);
    return (Job){ step_answer, c, flops_of_pass(c->net) };
}

// --- a training step of a U-Net ------------------------------------------------------------------

// The network is to give a picture back. The mean square of what it misses is its loss.
static void step_unet(void *state) {
    Classifier *c = state;
    const float *y = net_forward(c->net, c->x, c->net->batch, TRAIN);
    squared_error(c->net->dy, y, c->x, c->net->batch, (int)shape_size(c->net->out));
    net_zero_grad(c->net);
    net_backward(c->net, c->net->dy, WANT_PARAMS);
    optimizer_step(c->optimizer, c->net->params, c->net->grads);
}

static Job unet(int batch) {
#define CONV(c) conv2d(c, .kernel = 3, .pad = 1), relu()
    static const LayerSpec table[] = { CONV(16),
                                       mark("28"),
                                       max_pool2d(2),
                                       CONV(32),
                                       mark("14"),
                                       max_pool2d(2),
                                       CONV(64),
                                       upsample(2),
                                       concat("14"),
                                       CONV(32),
                                       upsample(2),
                                       concat("28"),
                                       CONV(16),
                                       conv2d(1, .kernel = 1),
                                       END };
    Job job = classifier(table, batch, ADAM);
    job.step = step_unet;
    return job;
}

// --- a training step on text ---------------------------------------------------------------------

// Characters, of which there are 96; 1,024 of them a step in 16 pieces of 64.
enum { WORDS = 96, CONTEXT = 64, PIECES = 16, WIDTH = 64 };

static Job text(const LayerSpec *table) {
    Rng rng = rng_create(1, RNG_INIT);
    Classifier *c = alloc_bytes(sizeof *c);
    c->net = net_create(table, (Shape){ 1, 1, 1 }, PIECES * CONTEXT, &rng);
    c->optimizer = optimizer_create(optimizer_defaults(ADAM, 1e-5f), c->net->n_params);
    c->x = alloc_floats(PIECES * CONTEXT);
    c->labels = alloc_bytes(PIECES * CONTEXT * sizeof *c->labels);
    for (int i = 0; i < PIECES * CONTEXT; i++) {
        c->x[i] = (float)rng_below(&rng, WORDS);
        c->labels[i] = (int)rng_below(&rng, WORDS);
    }
    return (Job){ step_classifier, c, flops_of_learning(c->net) };
}

static Job char_lstm(int hidden) {
    const LayerSpec table[] = { embedding(WIDTH, .words = WORDS), lstm(hidden, .steps = CONTEXT),
                                dense(WORDS), END };
    return text(table);
}

static Job char_gpt(int heads) {
#define BLOCK_OF_GPT                                                                               \
    mark("x"), layernorm(), dense(3 * WIDTH), attention(heads, .steps = CONTEXT, .causal = true),  \
        dense(WIDTH), add("x"), mark("x"), layernorm(), dense(4 * WIDTH), gelu(), dense(WIDTH),    \
        add("x")
    const LayerSpec table[] = { embedding(WIDTH, .words = WORDS),
                                positions(CONTEXT),
                                BLOCK_OF_GPT,
                                BLOCK_OF_GPT,
                                layernorm(),
                                dense(WORDS),
                                END };
    return text(table);
}

// --- a training step of a GAN --------------------------------------------------------------------

enum { BATCH = 64, LATENT = 64 };

typedef struct {
    Net *G, *D;
    Optimizer *optimizer_G, *optimizer_D;
    Rng noise;
    float *z, *real;               // (BATCH, LATENT), (BATCH, 1, 28, 28)
    float *ones, *zeros, *dlogits; // (BATCH)
    Penalty *penalty;              // of a critic, or NULL
} Gan;

// Adds to D's gradients those of telling what x is.
static void judge(Gan *gan, const float *x, const float *targets) {
    const float *logits = net_forward(gan->D, x, BATCH, TRAIN);
    bce_with_logits(gan->dlogits, logits, targets, BATCH);
    net_backward(gan->D, gan->dlogits, WANT_PARAMS);
}

// A batch of fakes, a step of D, and a step of G through the changed D with the same fakes.
static void step_gan(void *state) {
    Gan *gan = state;
    rng_fill_normal(&gan->noise, gan->z, BATCH * LATENT, 0.0f, 1.0f);
    const float *fake = net_forward(gan->G, gan->z, BATCH, TRAIN);

    net_zero_grad(gan->D);
    judge(gan, gan->real, gan->ones);
    judge(gan, fake, gan->zeros);
    optimizer_step(gan->optimizer_D, gan->D->params, gan->D->grads);

    bce_with_logits(gan->dlogits, net_forward(gan->D, fake, BATCH, TRAIN), gan->ones, BATCH);
    const float *dfake = net_backward(gan->D, gan->dlogits, WANT_INPUT);
    net_zero_grad(gan->G);
    net_backward(gan->G, dfake, WANT_PARAMS);
    optimizer_step(gan->optimizer_G, gan->G->params, gan->G->grads);
}

// Lesson 7's networks: `width` channels (the lesson's F) at 14 × 14 pixels, twice as many at 7 × 7.
static Gan *pair(int width, bool batch_norm, OptimizerKind optimizer) {
    // clang-format off
    const LayerSpec generator[] = {
        dense(2 * width * 7 * 7, .no_bias = true),
        reshape(2 * width, 7, 7), batchnorm(), relu(),
        conv_transpose2d(width, .kernel = 4, .stride = 2, .pad = 1, .no_bias = true),
        batchnorm(), relu(),
        conv_transpose2d(1, .kernel = 4, .stride = 2, .pad = 1), tanh_(), END
    };
    const LayerSpec discriminator[] = {
        conv2d(width, .kernel = 4, .stride = 2, .pad = 1), leaky_relu(0.2f),
        conv2d(2 * width, .kernel = 4, .stride = 2, .pad = 1, .no_bias = true),
        batchnorm(), leaky_relu(0.2f),
        flatten(), dense(1), END
    };
    const LayerSpec without[] = {
        conv2d(width, .kernel = 4, .stride = 2, .pad = 1), leaky_relu(0.2f),
        conv2d(2 * width, .kernel = 4, .stride = 2, .pad = 1), leaky_relu(0.2f),
        flatten(), dense(1), END
    };
    // clang-format on
    Rng rng = rng_create(1, RNG_INIT);
    Gan *gan = alloc_bytes(sizeof *gan);
    gan->G = net_create(generator, (Shape){ LATENT, 1, 1 }, BATCH, &rng);
    gan->D = net_create(batch_norm ? discriminator : without, (Shape){ 1, 28, 28 }, BATCH, &rng);
    gan->optimizer_G = optimizer_create(optimizer_defaults(optimizer, 1e-5f), gan->G->n_params);
    gan->optimizer_D = optimizer_create(optimizer_defaults(optimizer, 1e-5f), gan->D->n_params);
    gan->noise = rng_create(1, RNG_NOISE);
    gan->z = alloc_floats(BATCH * LATENT);
    gan->real = some_floats(BATCH * shape_size(gan->D->in), &rng);
    gan->zeros = alloc_floats(BATCH);
    gan->ones = alloc_floats(BATCH);
    gan->dlogits = alloc_floats(BATCH);
    for (int i = 0; i < BATCH; i++) {
        gan->ones[i] = 1.0f;
    }
    return gan;
}

static Job dcgan(int width) {
    Gan *gan = pair(width, true, ADAM);
    // D learns from two batches; in G's step it hands a gradient through all of its layers.
    double flops =
        flops_of_learning(gan->G) + 2 * flops_of_learning(gan->D) + 2 * flops_of_pass(gan->D);
    return (Job){ step_gan, gan, flops };
}

// --- a step of a critic --------------------------------------------------------------------------

// Fakes, scores of both batches, the optimizer; and clipping (lesson 8) or the penalty (lesson 9).
static void step_critic(void *state) {
    Gan *gan = state;
    rng_fill_normal(&gan->noise, gan->z, BATCH * LATENT, 0.0f, 1.0f);
    const float *fake = net_forward(gan->G, gan->z, BATCH, TRAIN);
    net_zero_grad(gan->D);
    wasserstein(gan->dlogits, net_forward(gan->D, gan->real, BATCH, TRAIN), 1.0f, BATCH);
    net_backward(gan->D, gan->dlogits, WANT_PARAMS);
    wasserstein(gan->dlogits, net_forward(gan->D, fake, BATCH, TRAIN), -1.0f, BATCH);
    net_backward(gan->D, gan->dlogits, WANT_PARAMS);
    if (gan->penalty) {
        penalty_step(gan->penalty, gan->real, fake, BATCH);
    }
    optimizer_step(gan->optimizer_D, gan->D->params, gan->D->grads);
    if (!gan->penalty) {
        clip_weights(gan->D->params, gan->D->n_params, 0.01f);
    }
}

static Job wgan(int width) {
    Gan *gan = pair(width, true, RMSPROP);
    return (Job){ step_critic, gan, flops_of_pass(gan->G) + 2 * flops_of_learning(gan->D) };
}

// The penalty takes a pass forward, one back to the input, and the tangent pass, which is two.
static Job wgan_gp(int width) {
    Gan *gan = pair(width, false, ADAM);
    gan->penalty = penalty_create(gan->D, 10.0f, rng_create(1, RNG_NOISE));
    double flops =
        flops_of_pass(gan->G) + 2 * flops_of_learning(gan->D) + 4 * flops_of_pass(gan->D);
    return (Job){ step_critic, gan, flops };
}

// --- the judge -----------------------------------------------------------------------------------

enum { JUDGED = 10000 };

typedef struct {
    Judge *judge;
    uint8_t *images; // (JUDGED, 28, 28)
} Jury;

// Features and probabilities of all pictures, means and covariances, the distance and the rest of
// the verdict.
static void step_judge(void *state) {
    const Jury *j = state;
    judge_images(j->judge, j->images, JUDGED);
}

static Job fid(int unused) {
    (void)unused;
    Rng rng = rng_create(1, RNG_DATA);
    size_t bytes = (size_t)JUDGED * JUDGE_SIDE * JUDGE_SIDE;
    Jury *j = alloc_bytes(sizeof *j);
    j->images = alloc_bytes(bytes);
    for (size_t i = 0; i < bytes; i++) {
        j->images[i] = (uint8_t)rng_below(&rng, 256);
    }
    Dataset real = { JUDGED, JUDGE_SIDE, JUDGE_SIDE, j->images, NULL };
    j->judge = judge_create(&real);
    const Net *net = judge_net(j->judge);
    return (Job){ step_judge, j, flops_of_pass(net) / net->batch * JUDGED };
}

// --- single kernels ------------------------------------------------------------------------------

// The convolutions of LeNet-5 and of lesson 7's discriminator at F = 64, and the kind that most
// networks are full of.
enum { LENET1, LENET2, DCGAN1, DCGAN2, SMALL };

// clang-format off
static const ConvShape shapes[] = {
    //         channels, height, width, filters, kernel, stride, pad, dilation
    [LENET1] = {      1,     28,    28,       6,      5,      1,   2,        1 },
    [LENET2] = {      6,     14,    14,      16,      5,      1,   0,        1 },
    [DCGAN1] = {      1,     28,    28,      64,      4,      2,   1,        1 },
    [DCGAN2] = {     64,     14,    14,     128,      4,      2,   1,        1 },
    [SMALL]  = {     32,     14,    14,      32,      3,      1,   1,        1 },
};
// clang-format on

typedef struct {
    const ConvShape *shape;
    float *x, *y, *W;    // (BATCH, in, height, width), (BATCH, out, …), (out, in, kernel, kernel)
    float *dx, *dy, *dW; // as x, y, W
    float *workspace;
} Conv;

static void step_conv_forward(void *state) {
    const Conv *c = state;
    conv2d_forward(c->y, c->x, c->W, NULL, BATCH, c->shape, c->workspace);
}

static void step_conv_data(void *state) {
    const Conv *c = state;
    conv2d_backward_data(c->dx, c->dy, c->W, BATCH, c->shape, c->workspace);
}

static void step_conv_weights(void *state) {
    const Conv *c = state;
    conv2d_backward_weights(c->dW, c->dy, c->x, BATCH, c->shape, c->workspace);
}

static Job conv(int which, void (*step)(void *)) {
    Rng rng = rng_create(1, RNG_DATA);
    const ConvShape *s = &shapes[which];
    int places = conv_out(s->height, s) * conv_out(s->width, s);
    size_t in = (size_t)BATCH * (size_t)(s->in * s->height * s->width);
    size_t out = (size_t)BATCH * (size_t)(s->out * places);
    size_t weights = (size_t)(s->out * s->in * s->kernel * s->kernel);
    Conv *c = alloc_bytes(sizeof *c);
    c->shape = s;
    c->x = some_floats(in, &rng);
    c->W = some_floats(weights, &rng);
    c->dy = some_floats(out, &rng);
    c->y = alloc_floats(out);
    c->dx = alloc_floats(in);
    c->dW = alloc_floats(weights);
    c->workspace = alloc_floats(conv2d_workspace(s));
    return (Job){ step, c, 2.0 * BATCH * places * (double)weights };
}

static Job conv_forward(int which) {
    return conv(which, step_conv_forward);
}

static Job conv_data(int which) {
    return conv(which, step_conv_data);
}

static Job conv_weights(int which) {
    return conv(which, step_conv_weights);
}

typedef struct {
    BatchNormShape shape;
    float *x, *y, *dx, *dy;                             // (BATCH, channels, area)
    float *weight, *bias, *dweight, *dbias;             // (channels)
    float *mean, *inv_std, *running_mean, *running_var; // (channels)
} BatchNorm;

static void step_batchnorm(void *state) {
    const BatchNorm *b = state;
    batchnorm_forward_train(b->y, b->mean, b->inv_std, b->running_mean, b->running_var, b->x,
                            b->weight, b->bias, BATCH, &b->shape);
    batchnorm_backward_train(b->dx, b->dweight, b->dbias, b->dy, b->x, b->mean, b->inv_std,
                             b->weight, BATCH, &b->shape);
}

static Job batch_norm(int channels) {
    Rng rng = rng_create(1, RNG_DATA);
    BatchNorm *b = alloc_bytes(sizeof *b);
    b->shape = (BatchNormShape){ channels, 14 * 14, 1e-5f, 0.1f };
    size_t n = (size_t)channels, all = (size_t)BATCH * n * (size_t)b->shape.area;
    b->x = some_floats(all, &rng);
    b->dy = some_floats(all, &rng);
    b->weight = some_floats(n, &rng);
    b->y = alloc_floats(all);
    b->dx = alloc_floats(all);
    float **small[] = { &b->bias,    &b->dweight,      &b->dbias,      &b->mean,
                        &b->inv_std, &b->running_mean, &b->running_var };
    for (size_t i = 0; i < sizeof small / sizeof *small; i++) {
        *small[i] = alloc_floats(n);
    }
    return (Job){ step_batchnorm, b, 0.0 };
}

// --- recurrent cells -----------------------------------------------------------------------------

enum { SEQUENCES = 32, STEPS = 64, INPUTS = 128, UNITS = 256, ROWS = SEQUENCES * STEPS };

typedef struct {
    const RecurrentCell *cell;
    RecurrentShape shape;
    RecurrentParams params, dparams;
    float *x, *y, *dx, *dy; // (ROWS, INPUTS), (ROWS, UNITS), …
    float *scratch, *workspace;
} Recurrent;

static void step_recurrent(void *state) {
    const Recurrent *r = state;
    const RecurrentState none = { NULL, NULL };
    recurrent_forward(r->cell, r->y, none, r->scratch, r->x, none, &r->params, ROWS, &r->shape,
                      r->workspace);
    recurrent_backward(r->cell, r->dx, none, &r->dparams, r->dy, none, r->x, r->scratch, &r->params,
                       ROWS, &r->shape, r->workspace);
}

// Weights as an untrained cell has them: gates that are half open.
static RecurrentParams recurrent_params(size_t sums, Rng *rng) {
    RecurrentParams p = { alloc_floats(sums * INPUTS), alloc_floats(sums * UNITS),
                          alloc_floats(sums), alloc_floats(sums) };
    rng_fill_uniform(rng, p.weight_ih, sums * INPUTS, -0.06f, 0.06f);
    rng_fill_uniform(rng, p.weight_hh, sums * UNITS, -0.06f, 0.06f);
    return p;
}

static Job recurrent(int which) {
    static const RecurrentCell *const cells[] = { &rnn_cell, &gru_cell, &lstm_cell };
    Rng rng = rng_create(1, RNG_DATA);
    Recurrent *r = alloc_bytes(sizeof *r);
    r->cell = cells[which];
    r->shape = (RecurrentShape){ INPUTS, UNITS, STEPS, false };
    size_t sums = (size_t)(r->cell->gates * UNITS);
    r->params = recurrent_params(sums, &rng);
    r->dparams = recurrent_params(sums, &rng);
    r->x = some_floats((size_t)ROWS * INPUTS, &rng);
    r->y = alloc_floats((size_t)ROWS * UNITS);
    r->dx = alloc_floats((size_t)ROWS * INPUTS);
    r->dy = some_floats((size_t)ROWS * UNITS, &rng);
    r->scratch = alloc_floats(recurrent_scratch(r->cell, ROWS, &r->shape));
    r->workspace = alloc_floats(recurrent_workspace(r->cell, ROWS, &r->shape));
    return (Job){ step_recurrent, r, 3.0 * 2.0 * ROWS * (double)sums * (INPUTS + UNITS) };
}

// --- the table -----------------------------------------------------------------------------------

// One row of the result each; bench.py has the same names. "sgemm" comes first and is the bound
// for all.
static const struct {
    const char *name;
    Job (*prepare)(int which);
    int which;
} workloads[] = {
    { "sgemm", square, SGEMM },
    { "matmul", square, MATMUL },
    { "mlp-sgd", mlp, SGD },
    { "mlp-adam", mlp, ADAM },
    { "lenet-64", lenet, 64 },
    { "lenet-128", lenet, 128 },
    { "resnet-18n", resnet, 64 },
    { "residual-18", residual, 64 },
    { "resnet-18-forward", resnet18, 1 },
    { "unet-16", unet, 64 },
    { "char-lstm", char_lstm, 128 },
    { "char-gpt", char_gpt, 4 },
    { "dcgan-32", dcgan, 32 },
    { "dcgan-64", dcgan, 64 },
    { "wgan-32", wgan, 32 },
    { "wgan-gp-32", wgan_gp, 32 },
    { "fid", fid, 0 },
    { "conv-lenet1-forward", conv_forward, LENET1 },
    { "conv-lenet1-data", conv_data, LENET1 },
    { "conv-lenet1-weights", conv_weights, LENET1 },
    { "conv-lenet2-forward", conv_forward, LENET2 },
    { "conv-lenet2-data", conv_data, LENET2 },
    { "conv-lenet2-weights", conv_weights, LENET2 },
    { "conv-dcgan1-forward", conv_forward, DCGAN1 },
    { "conv-dcgan1-data", conv_data, DCGAN1 },
    { "conv-dcgan1-weights", conv_weights, DCGAN1 },
    { "conv-dcgan2-forward", conv_forward, DCGAN2 },
    { "conv-dcgan2-data", conv_data, DCGAN2 },
    { "conv-dcgan2-weights", conv_weights, DCGAN2 },
    { "conv-3x3-forward", conv_forward, SMALL },
    { "conv-3x3-data", conv_data, SMALL },
    { "conv-3x3-weights", conv_weights, SMALL },
    { "batchnorm", batch_norm, 64 },
    { "rnn-step", recurrent, 0 },
    { "gru-step", recurrent, 1 },
    { "lstm-step", recurrent, 2 },
};
enum { WORKLOADS = sizeof workloads / sizeof *workloads };

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// The median time of a step in milliseconds, after a quarter of the seconds for warming up.
static double median_ms(Job job, double seconds) {
    enum { LEAST = 5, MOST = 10000 };
    double start = clock_seconds();
    do {
        job.step(job.state);
    } while (clock_seconds() - start < seconds / 4);

    double *ms = alloc_bytes(MOST * sizeof *ms);
    int n = 0;
    while (n < LEAST || (n < MOST && clock_seconds() - start < seconds)) {
        double before = clock_seconds();
        job.step(job.state);
        ms[n++] = 1e3 * (clock_seconds() - before);
    }
    qsort(ms, (size_t)n, sizeof *ms, by_size);
    return ms[n / 2];
}

static void measure(int i, double seconds) {
    Job job = workloads[i].prepare(workloads[i].which);
    double ms = median_ms(job, seconds);
    printf("%s,%.5f,%.1f,%.4f\n", workloads[i].name, ms, clock_peak_mib(), 1e-6 * job.flops);
}

static int place_of(const char *name) {
    for (int i = 0; i < WORKLOADS; i++) {
        if (strcmp(name, workloads[i].name) == 0) {
            return i;
        }
    }
    die("no workload %s; there is a table of them at the end of tests/bench/bench.c", name);
}

int main(int argc, char **argv) {
    threads_use(0); // with the libraries as every lesson has them (startup.h)
    if (argc == 1) {
        printf("%s\n", openblas_get_config());
        for (int i = 0; i < WORKLOADS; i++) {
            printf("%s%c", workloads[i].name, i < WORKLOADS - 1 ? ' ' : '\n');
        }
        return 0;
    }
    char *end;
    double seconds = strtod(argv[1], &end);
    if (*end || !(seconds > 0.0 && seconds < 1e6)) {
        die("%s is not a number of seconds; for one second: bench 1", argv[1]);
    }
    for (int i = 2; i < argc; i++) {
        measure(place_of(argv[i]), seconds);
    }
    for (int i = 0; argc == 2 && i < WORKLOADS; i++) {
        measure(i, seconds);
    }
    return 0;
}
