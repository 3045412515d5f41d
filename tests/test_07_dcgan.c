// Lesson 7. Its files are included here, so that the tests reach their static functions.

#include "allocations.h"

#include "../lessons/07-dcgan/dcgan.c"
#include "../lessons/07-dcgan/checkerboard.c"
#include "../lessons/07-dcgan/game.c"
#include "../lessons/07-dcgan/pictures.c"
#include "../lessons/07-dcgan/main.c"

#include "gan/dcgan_nets.h"
#include "nn/gradcheck.h"
#include "test.h"

#include "fixtures/dcgan_steps.h"

#include <omp.h>
#include <stdbool.h>

// --- the plain loops -----------------------------------------------------------------------------

// in, height, width, out, kernel, stride, pad, dilation; and the height and width that come out
static const struct {
    ConvShape shape;
    int height, width;
} shapes[] = {
    { { 64, 7, 7, 32, 4, 2, 1, 1 }, 14, 14 }, { { 32, 14, 14, 1, 4, 2, 1, 1 }, 28, 28 }, // ours
    { { 1, 1, 1, 1, 1, 1, 0, 1 }, 1, 1 },     { { 5, 1, 1, 3, 4, 1, 0, 1 }, 4, 4 },
    { { 2, 3, 4, 3, 3, 2, 1, 1 }, 5, 7 },     { { 2, 3, 4, 3, 5, 2, 2, 1 }, 5, 7 },
    { { 3, 4, 2, 2, 3, 1, 1, 1 }, 4, 2 },     { { 1, 3, 5, 7, 4, 3, 1, 1 }, 8, 14 },
    { { 2, 3, 2, 3, 2, 4, 0, 1 }, 10, 6 }, // the windows do not touch
    { { 2, 5, 4, 1, 3, 1, 1, 2 }, 7, 6 },     { { 7, 3, 3, 2, 3, 2, 2, 3 }, 7, 7 },
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

// In one dimension as in the chapter: kernel 1, 10, 100, 1000, stride 2, on 2 and 3.
START_TEST(a_line_is_spread_by_hand) {
    const ConvShape s = { 1, 1, 2, 1, 4, .stride = 2, .pad = 0, .dilation = 1 };
    const float small[] = { 2, 3 }, b[] = { 0.5f };
    float W[16] = { 1, 10, 100, 1000 }, large[4 * 6], back[2], dW[16] = { 1.0f }, db[] = { 1.0f };
    static const float first_row[] = { 2.5f, 20.5f, 203.5f, 2030.5f, 300.5f, 3000.5f };
    spread(large, small, W, b, 1, &s);
    ck_assert_mem_eq(large, first_row, sizeof first_row);
    for (int i = 6; i < 24; i++) {
        ck_assert_float_eq(large[i], 0.5f); // the other rows of the kernel are 0
    }
    spread(large, small, W, NULL, 1, &s);
    ck_assert_float_eq(large[2], 203.0f);
    static const float up[4 * 6] = { 1, 2, 3, 4, 5, 6 };
    gather(back, up, W, 1, &s);
    ck_assert_float_eq(back[0], 4321.0f);
    ck_assert_float_eq(back[1], 6543.0f);
    blame(dW, db, up, small, 1, &s);
    ck_assert_float_eq(dW[0], 1.0f + 2 * 1 + 3 * 3); // is added to
    ck_assert_float_eq(dW[3], 2 * 4 + 3 * 6);
    ck_assert_float_eq(db[0], 1.0f + 21.0f);
    blame(dW, NULL, up, small, 1, &s);
    ck_assert_float_eq(dW[3], 2.0f * (2 * 4 + 3 * 6));
}
END_TEST

START_TEST(loops_equal_the_librarys) {
    Rng rng = rng_create(2, RNG_DATA);
    for (int i = 0; i < SHAPES; i++) {
        for (int n = 1; n <= 3; n += 2) {
            double difference = bridge_difference(&shapes[i].shape, n, &rng);
            ck_assert_msg(difference < 2e-5, "shape %d: %g", i, difference);
        }
    }
}
END_TEST

START_TEST(output_has_the_size_that_was_derived) {
    for (int i = 0; i < SHAPES; i++) {
        const ConvShape *s = &shapes[i].shape;
        ck_assert_int_eq(conv_transpose_out(s->height, s), shapes[i].height);
        ck_assert_int_eq(conv_transpose_out(s->width, s), shapes[i].width);
        int window = s->dilation * (s->kernel - 1) + 1;
        ck_assert_int_eq((s->height - 1) * s->stride + window - 2 * s->pad, shapes[i].height);
        ConvShape mirror = *s; // and a convolution leads back
        mirror.height = shapes[i].height;
        mirror.width = shapes[i].width;
        ck_assert_int_eq(conv_out(mirror.height, &mirror), s->height);
        ck_assert_int_eq(conv_out(mirror.width, &mirror), s->width);
    }
}
END_TEST

START_TEST(spread_is_the_adjoint_of_gather) {
    Rng rng = rng_create(3, RNG_DATA);
    for (int i = 0; i < SHAPES; i++) {
        double sides[2], difference = adjoint_difference(sides, &shapes[i].shape, &rng);
        ck_assert_double_ne(sides[0], 0.0);
        ck_assert_msg(difference < 1e-6, "shape %d: %g", i, difference);
    }
}
END_TEST

// By hand in one dimension: 1, 10, 100 become 100, 110, 11, 1. Even and odd places have the same sum.
START_TEST(upsampling_ties_the_weights_of_a_transposed_convolution) {
    static const float three[9] = { 0, 0, 0, 1, 10, 100, 0, 0, 0 };
    static const float line[] = { 100, 110, 11, 1 };
    float four[16];
    tie(four, three);
    for (int row = 0; row < 4; row++) {
        for (int col = 0; col < 4; col++) { // of the rows only the middle one, so: 0, 1, 1, 0
            ck_assert_float_eq(four[row * 4 + col], row == 1 || row == 2 ? line[col] : 0.0f);
        }
    }
    for (uint64_t seed = 1; seed <= 20; seed++) {
        Rng rng = rng_create(seed, RNG_DATA);
        ck_assert_double_lt(tied_difference(&rng), 1e-6);
        float any[9], sums[4] = { 0 };
        rng_fill_normal(&rng, any, 9, 0.0f, 1.0f);
        tie(four, any);
        for (int i = 0; i < 16; i++) {
            sums[i / 4 % 2 * 2 + i % 2] += four[i];
        }
        for (int i = 1; i < 4; i++) {
            ck_assert_float_eq_tol(sums[i], sums[0], 1e-5f);
        }
    }
}
END_TEST

// --- overlap and spectrum ------------------------------------------------------------------------

// Products that make a pixel at (row, col) are those of the row times those of the column.
START_TEST(windows_are_counted_as_by_hand) {
    static const struct {
        int kernel, side, line[6]; // the first pixels of a line
    } expected[] = { { 3, 15, { 1, 2, 1, 2, 1, 2 } },
                     { 4, 16, { 1, 2, 2, 2, 2, 2 } },
                     { 5, 15, { 2, 2, 3, 2, 3, 2 } },
                     { 0, 16, { 2, 3, 3, 3, 3, 3 } } };
    for (int w = 0; w < 4; w++) {
        float count[MOST_COUNTED];
        int side = count_windows(count, expected[w].kernel);
        ck_assert_int_eq(side, expected[w].side);
        for (int i = 0; i < 36; i++) {
            int row = i / 6, col = i % 6;
            float by_hand = (float)(expected[w].line[row] * expected[w].line[col]);
            ck_assert_float_eq(count[row * side + col], by_hand);
            ck_assert_float_eq(count[(side - 1 - row) * side + side - 1 - col], by_hand);
        }
    }
}
END_TEST

static void assert_only(const Spectrum *s, int frequency) {
    for (int f = 0; f < FREQUENCIES; f++) {
        ck_assert_double_eq_tol(s->share[f], f == frequency ? 1.0 : 0.0, 1e-6);
    }
}

START_TEST(spectra_of_known_patterns) {
    enum { N = 3 };
    float *x = alloc_floats(N * PIXELS);
    Spectrum s = spectrum(x, N); // nothing at all
    assert_only(&s, -1);
    for (int i = 0; i < N * PIXELS; i++) {
        x[i] = 0.5f;
    }
    s = spectrum(x, N);
    ck_assert_double_lt(s.share[PERIOD_2], 0.5); // of rounding alone
    for (int i = 0; i < N * PIXELS; i++) {
        x[i] = (i / SIDE + i) % 2 ? 0.75f : 0.25f; // a checkerboard
    }
    s = spectrum(x, N);
    assert_only(&s, PERIOD_2);
    for (int i = 0; i < N * PIXELS; i++) {
        x[i] = i % 2 ? -1.0f : 1.0f; // stripes: the columns are constant
    }
    s = spectrum(x, N);
    assert_only(&s, PERIOD_2);
    for (int i = 0; i < N * PIXELS; i++) {
        x[i] = sinf(2.0f * acosf(-1.0f) * (float)(7 * (i / SIDE % SIDE)) / SIDE + 0.3f);
    }
    s = spectrum(x, N);
    assert_only(&s, PERIOD_4);
    free(x);
}
END_TEST

// Waves at random places cancel in the mean, however strong; what is always at the same place stays.
START_TEST(the_mean_keeps_what_is_tied_to_the_grid) {
    enum { N = 400 };
    float *x = alloc_floats(N * PIXELS);
    Rng rng = rng_create(1, RNG_DATA);
    for (int i = 0; i < N; i++) {
        float phase = 6.2831853f * rng_uniform(&rng);
        for (int p = 0; p < PIXELS; p++) {
            float wave = sinf(6.2831853f * (float)(5 * (p % SIDE)) / SIDE + phase);
            x[i * PIXELS + p] = wave + (p % 2 ? 0.1f : -0.1f);
        }
    }
    Spectrum each = spectrum(x, N), mean = spectrum_of_mean(x, N);
    ck_assert_double_eq_tol(each.share[PERIOD_2], 0.01 / 0.51, 1e-3);
    ck_assert_double_gt(mean.share[PERIOD_2], 0.6);
    mean = spectrum_of_mean(x, 1); // of one picture it is the same
    each = spectrum(x, 1);
    ck_assert_mem_eq(&mean, &each, sizeof mean);
    free(x);
}
END_TEST

// Of white noise each frequency has the same: 13 pairs and a single one, of 27. And a scale or a
// shift is nothing to it.
START_TEST(spectrum_of_noise_is_flat) {
    enum { N = 400 };
    float *x = alloc_floats(N * PIXELS);
    Rng rng = rng_create(1, RNG_DATA);
    rng_fill_normal(&rng, x, N * PIXELS, 0.0f, 1.0f);
    Spectrum s = spectrum(x, N);
    double sum = 0.0;
    for (int f = 1; f < FREQUENCIES; f++) {
        ck_assert_double_eq_tol(s.share[f] * (f == PERIOD_2 ? 27.0 : 13.5), 1.0, 0.05);
        sum += s.share[f];
    }
    ck_assert_double_eq_tol(sum, 1.0, 1e-12);
    for (int i = 0; i < N * PIXELS; i++) {
        x[i] = 3.0f * x[i] + 10.0f;
    }
    Spectrum scaled = spectrum(x, N);
    for (int f = 1; f < FREQUENCIES; f++) {
        ck_assert_double_eq_tol(scaled.share[f], s.share[f], 1e-6);
    }
    free(x);
}
END_TEST

// --- the networks --------------------------------------------------------------------------------

static const DcganSettings small = {
    .run = { .lesson = "07-dcgan", .name = "default", .out = "runs", .seed = 1, .quiet = true },
    .epochs = 2,
    .upsample_epochs = 1,
    .batch = 20,
    .images = 50,
    .width = 4,
    .init = INIT_DCGAN,
    .lr = 2e-3f,
    .beta1 = 0.5f
};

START_TEST(networks_are_those_of_the_table) {
    DcganSettings s = small;
    s.width = 32;
    GanPair *first = dcgan_pair(&s, TRANSPOSED, 1), *second = dcgan_pair(&s, UPSAMPLED, 1);
    ck_assert_uint_eq(first->G->n_params, 234177);
    ck_assert_uint_eq(first->D->n_params, 36577);
    ck_assert_uint_eq(second->G->n_params, 219617);
    ck_assert_uint_eq(shape_size(first->G->out), PIXELS);
    ck_assert_uint_eq(shape_size(second->G->out), PIXELS);
    // Both games begin with the same discriminator, and generators that are the same up to 7 × 7.
    ck_assert_mem_eq(first->D->params, second->D->params, first->D->n_params * sizeof(float));
    const Layer *dense_layer = &first->G->layers[0];
    ck_assert_mem_eq(dense_layer->weight, second->G->layers[0].weight,
                     dense_layer->n_weight * sizeof(float));
    // Every weight is near 0 or, in a batch norm, near 1; with a deviation of 0.02.
    double squares = 0.0;
    for (size_t i = 0; i < first->G->n_params; i++) {
        float w = first->G->params[i] - (first->G->params[i] > 0.5f ? 1.0f : 0.0f);
        ck_assert_float_lt(fabsf(w), 0.12f);
        squares += (double)w * w;
    }
    ck_assert_double_eq_tol(sqrt(squares / (double)first->G->n_params), 0.02, 0.0005);
    gan_pair_free(first);
    gan_pair_free(second);
}
END_TEST

static void assert_same_answers(Net *a, Net *b) {
    ck_assert_uint_eq(a->n_params, b->n_params);
    ck_assert_uint_eq(shape_size(a->in), shape_size(b->in));
    memcpy(b->params, a->params, a->n_params * sizeof *a->params);
    size_t in = shape_size(a->in), out = shape_size(a->out);
    float *x = alloc_floats(2 * in);
    Rng rng = rng_create(1, RNG_DATA);
    rng_fill_normal(&rng, x, 2 * in, 0.0f, 1.0f);
    ck_assert_uint_eq(out, shape_size(b->out));
    const float *y = net_forward(a, x, 2, TRAIN);
    ck_assert_mem_eq(y, net_forward(b, x, 2, TRAIN), 2 * out * sizeof *y);
    free(x);
}

// Lessons 8 to 10 take these two from common/gan/dcgan_nets.c.
START_TEST(later_lessons_have_the_same_networks) {
    GanPair *pair = dcgan_pair(&small, TRANSPOSED, 1);
    Rng rng = rng_create(1, RNG_INIT);
    Net *G = dcgan_generator(LATENT, small.width, 2, &rng);
    Net *D = dcgan_discriminator(1, small.width, 2, &rng);
    assert_same_answers(pair->G, G);
    assert_same_answers(pair->D, D);
    net_free(G);
    net_free(D);
    gan_pair_free(pair);
}
END_TEST

START_TEST(batch_norm_can_be_left_out) {
    DcganSettings s = small;
    s.no_batchnorm = true;
    for (Enlarger e = TRANSPOSED; e < ENLARGERS; e++) {
        GanPair *pair = dcgan_pair(&s, e, 1);
        ck_assert_uint_eq(pair->G->n_state + pair->D->n_state, 0);
        ck_assert_uint_eq(shape_size(pair->G->out), PIXELS);
        for (int i = 0; i < pair->G->n_layers; i++) {
            const Layer *l = &pair->G->layers[i];
            ck_assert_int_ne(l->spec.kind, BATCHNORM);
            ck_assert_int_eq(l->n_weight > 0, l->n_bias > 0); // who had none has a bias now
        }
        gan_pair_free(pair);
    }
}
END_TEST

// --- steps ---------------------------------------------------------------------------------------

enum { TINY_BATCH = 4, TINY_LATENT = 4, TINY_PIXELS = 8 * 8 };

// The tiny networks of the fixture, with its initial weights; batches of 4.
static GanPair *tiny_pair(void) {
    static const LayerSpec generator[] = { dense(16, .no_bias = true),
                                           reshape(4, 2, 2),
                                           batchnorm(),
                                           relu(),
                                           conv_transpose2d(2, .kernel = 4, .stride = 2, .pad = 1,
                                                            .no_bias = true),
                                           batchnorm(),
                                           relu(),
                                           conv_transpose2d(1, .kernel = 4, .stride = 2, .pad = 1),
                                           tanh_(),
                                           END };
    static const LayerSpec discriminator[] = { conv2d(2, .kernel = 4, .stride = 2, .pad = 1),
                                               leaky_relu(0.2f),
                                               conv2d(4, .kernel = 4, .stride = 2, .pad = 1,
                                                      .no_bias = true),
                                               batchnorm(),
                                               leaky_relu(0.2f),
                                               flatten(),
                                               dense(1),
                                               END };
    Rng rng = rng_create(1, RNG_INIT);
    OptimizerSpec adam = optimizer_defaults(ADAM, 0.01f);
    adam.beta1 = 0.5f;
    Net *G = net_create(generator, (Shape){ TINY_LATENT, 1, 1 }, TINY_BATCH, &rng);
    Net *D = net_create(discriminator, (Shape){ 1, 8, 8 }, TINY_BATCH, &rng);
    GanPair *pair = gan_pair_create(G, D, adam, adam, false, 100, 1);
    ck_assert_uint_eq(pair->G->n_params * sizeof(float), sizeof steps_generator_start);
    ck_assert_uint_eq(pair->D->n_params * sizeof(float), sizeof steps_discriminator_start);
    memcpy(pair->G->params, steps_generator_start, sizeof steps_generator_start);
    memcpy(pair->D->params, steps_discriminator_start, sizeof steps_discriminator_start);
    return pair;
}

static void assert_equal(const char *what, const float *got, const float *expected, size_t n) {
    double error = relative_error(got, expected, n);
    ck_assert_msg(error < 3e-6, "%s is off by %g", what, error);
}

START_TEST(five_steps_equal_pytorch) {
    GanPair *g = tiny_pair();
    GanTally tally = { 0 };
    for (int i = 0; i < 5; i++) {
        const float *fakes = net_forward(g->G, steps_z[i][0], TINY_BATCH, TRAIN);
        float loss_d = discriminator_step(g, &tally, steps_real[i][0][0][0], fakes, TINY_BATCH);
        float loss_g = generator_step(g, &tally, fakes, TINY_BATCH);
        ck_assert_float_eq_tol(loss_d, steps_loss_d[i], 3e-6f * steps_loss_d[i]);
        ck_assert_float_eq_tol(loss_g, steps_loss_g[i], 3e-6f * steps_loss_g[i]);
    }
    assert_equal("G", g->G->params, steps_generator, g->G->n_params);
    assert_equal("D", g->D->params, steps_discriminator, g->D->n_params);
    assert_equal("G's state", g->G->state, steps_generator_state, g->G->n_state);
    assert_equal("D's state", g->D->state, steps_discriminator_state, g->D->n_state);
    gan_pair_free(g);
}
END_TEST

// All that a network and its optimizer consist of.
typedef struct {
    float *params, *state, *grads, *first, *second;
    long steps;
} Player;

static float *copy_of(const float *x, size_t n) {
    return memcpy(alloc_floats(n), x, n * sizeof *x);
}

static Player remember(const Net *net, const Optimizer *o) {
    size_t n = net->n_params;
    return (Player){ copy_of(net->params, n), copy_of(net->state, net->n_state),
                     copy_of(net->grads, n),  copy_of(o->first, n),
                     copy_of(o->second, n),   o->steps };
}

static void forget(Player *p) {
    free(p->params);
    free(p->state);
    free(p->grads);
    free(p->first);
    free(p->second);
}

static bool same(const float *a, const float *b, size_t n) {
    return memcmp(a, b, n * sizeof *a) == 0;
}

// Weights, gradients and optimizer are as they were, bit for bit.
static bool has_rested(const Player *p, const Net *net, const Optimizer *o) {
    size_t n = net->n_params;
    return same(p->params, net->params, n) && same(p->grads, net->grads, n) &&
           same(p->first, o->first, n) && same(p->second, o->second, n) && p->steps == o->steps;
}

// The running statistics: those of D move with every pass, those of G only when fakes are made.
START_TEST(a_step_leaves_the_other_player_alone) {
    GanPair *g = tiny_pair();
    GanTally tally = { 0 };
    for (int i = 0; i < 3; i++) {
        const float *fakes = net_forward(g->G, steps_z[i][0], TINY_BATCH, TRAIN);
        Player G = remember(g->G, g->optimizer_G), D = remember(g->D, g->optimizer_D);
        discriminator_step(g, &tally, steps_real[i][0][0][0], fakes, TINY_BATCH);
        ck_assert(has_rested(&G, g->G, g->optimizer_G));
        ck_assert(same(G.state, g->G->state, g->G->n_state));
        ck_assert(!same(D.params, g->D->params, g->D->n_params));
        ck_assert_int_eq(g->optimizer_D->steps, i + 1);
        forget(&D);
        D = remember(g->D, g->optimizer_D);
        generator_step(g, &tally, fakes, TINY_BATCH);
        ck_assert(has_rested(&D, g->D, g->optimizer_D));
        ck_assert(!same(D.state, g->D->state, g->D->n_state));
        ck_assert(same(G.state, g->G->state, g->G->n_state));
        ck_assert(!same(G.params, g->G->params, g->G->n_params));
        ck_assert_int_eq(g->optimizer_G->steps, i + 1);
        forget(&G);
        forget(&D);
    }
    gan_pair_free(g);
}
END_TEST

// The mean of D(G(z)) over a batch.
static double mean_d_of_g(GanPair *g, const float *z) {
    const float *logits =
        net_forward(g->D, net_forward(g->G, z, TINY_BATCH, TRAIN), TINY_BATCH, TRAIN);
    double sum = 0.0;
    for (int i = 0; i < TINY_BATCH; i++) {
        sum += 1.0 / (1.0 + exp(-(double)logits[i])) / TINY_BATCH;
    }
    return sum;
}

START_TEST(steps_do_what_they_are_for) {
    GanPair *g = tiny_pair();
    GanTally tally = { 0 };
    double before = mean_d_of_g(g, steps_z[0][0]);
    const float *fakes = net_forward(g->G, steps_z[0][0], TINY_BATCH, TRAIN);
    generator_step(g, &tally, fakes, TINY_BATCH);
    double after = mean_d_of_g(g, steps_z[0][0]);
    ck_assert_double_gt(after, before + 1e-3);
    float loss = 0.0f;
    for (int i = 0; i < 2; i++) {
        fakes = net_forward(g->G, steps_z[0][0], TINY_BATCH, TRAIN);
        float now = discriminator_step(g, &tally, steps_real[0][0][0][0], fakes, TINY_BATCH);
        ck_assert(i == 0 || now < loss - 1e-3f);
        loss = now;
    }
    ck_assert_double_lt(mean_d_of_g(g, steps_z[0][0]), after - 1e-3);
    gan_pair_free(g);
}
END_TEST

// --- the loop ------------------------------------------------------------------------------------

// 100 pictures of 28 × 28 pixels of noise, with a bar.
static Dataset *noise_with_bars(void) {
    enum { N = 100 };
    Rng rng = rng_create(1, RNG_DATA);
    uint8_t *pixels = alloc_bytes(N * PIXELS), *labels = alloc_bytes(N);
    for (int i = 0; i < N * PIXELS; i++) {
        bool light = i % SIDE / 4 == i / PIXELS % 7;
        pixels[i] = (uint8_t)(rng_below(&rng, 80) + (light ? 150 : 0));
    }
    Dataset *data = alloc_bytes(sizeof *data);
    *data = (Dataset){ N, SIDE, SIDE, pixels, labels };
    return data;
}

// A training without a run around it: its networks, its data, and room for the steps.
static DcganTraining training_of(Enlarger enlarger, const Dataset *data) {
    DcganTraining m = { .pair = dcgan_pair(&small, enlarger, 100) };
    m.batches =
        batches_create(data, NULL, 0, small.images, small.batch, rng_create(1, RNG_SHUFFLE));
    m.real = alloc_floats((size_t)small.batch * PIXELS);
    return m;
}

static void close_training(DcganTraining *m) {
    gan_pair_free(m->pair);
    batches_free(&m->batches);
    free(m->real);
}

START_TEST(same_bytes_on_any_number_of_threads) {
    Dataset *data = noise_with_bars();
    float *alone = NULL;
    for (int threads = 1; threads <= 3; threads++) {
        omp_set_num_threads(threads);
        DcganTraining m = training_of((Enlarger)_i, data);
        size_t n = m.pair->G->n_params, n_D = m.pair->D->n_params;
        float *start = copy_of(m.pair->G->params, n);
        for (int i = 0; i < 7; i++) { // 20, 20 and 10 images an epoch
            one_step(&m);
        }
        ck_assert(!same(start, m.pair->G->params, n));
        ck_assert(alone || threads == 1);
        if (alone) {
            ck_assert_msg(same(alone, m.pair->G->params, n), "G differs on %d threads", threads);
            ck_assert_msg(same(alone + n, m.pair->D->params, n_D), "D differs on %d", threads);
        } else {
            alone = alloc_floats(n + n_D);
            memcpy(alone, m.pair->G->params, n * sizeof *alone);
            memcpy(alone + n, m.pair->D->params, n_D * sizeof *alone);
        }
        free(start);
        close_training(&m);
    }
    free(alone);
    dataset_free(data);
}
END_TEST

#ifndef SANITIZED
START_TEST(a_step_allocates_nothing) {
    Dataset *data = noise_with_bars();
    long before = allocations;
    DcganTraining m = training_of((Enlarger)_i, data);
    ck_assert_int_gt(allocations, before + 10); // the counter counts
    before = allocations;
    for (int i = 0; i < 7; i++) {
        one_step(&m);
    }
    ck_assert_int_eq(allocations, before);
    ck_assert_int_eq(m.pair->step, 7);
    close_training(&m);
    dataset_free(data);
}
END_TEST
#endif

// Each image is shown once an epoch, in batches of 20, 20 and 10, with as many fakes.
START_TEST(an_epoch_shows_each_image_once) {
    Dataset *data = noise_with_bars();
    DcganTraining m = training_of(TRANSPOSED, data);
    static const int sizes[] = { 20, 20, 10, 20 };
    double reals = 0.0;
    for (int i = 0; i < 4; i++) {
        one_step(&m);
        ck_assert_double_eq(m.tally.count[GAN_D_REAL] - reals, sizes[i]);
        ck_assert_double_eq(m.tally.count[GAN_D_FAKE], m.tally.count[GAN_D_REAL]);
        reals = m.tally.count[GAN_D_REAL];
        for (int k = 0; k < sizes[i] * PIXELS; k++) {
            ck_assert(m.real[k] >= -1.0f && m.real[k] <= 1.0f);
        }
    }
    ck_assert_double_eq(m.tally.count[GAN_LOSS_D], 4);
    ck_assert_double_eq(m.tally.count[GAN_LOSS_G], 4);
    close_training(&m);
    dataset_free(data);
}
END_TEST

// The loop's step is made of the two that PyTorch has confirmed, on the next images and fresh noise.
START_TEST(the_loop_takes_both_steps_with_a_whole_batch) {
    static const int sizes[] = { 20, 20, 10 };
    Dataset *data = noise_with_bars();
    GanPair *by_hand = dcgan_pair(&small, TRANSPOSED, 100);
    GanTally tally = { 0 };
    DcganTraining m = training_of(TRANSPOSED, data);
    Batches batches = batches_create(data, NULL, 0, small.images, 20, rng_create(1, RNG_SHUFFLE));
    Rng noise = rng_create(1, RNG_NOISE);
    float *real = alloc_floats(20 * PIXELS), z[20 * LATENT];
    for (int i = 0; i < 3; i++) {
        one_step(&m);
        ck_assert_int_eq(batches_next_endless(&batches, real, NULL), sizes[i]);
        for (int k = 0; k < sizes[i] * PIXELS; k++) {
            real[k] = 2.0f * real[k] - 1.0f;
        }
        rng_fill_normal(&noise, z, (size_t)(sizes[i] * LATENT), 0.0f, 1.0f);
        const float *fakes = net_forward(by_hand->G, z, sizes[i], TRAIN);
        discriminator_step(by_hand, &tally, real, fakes, sizes[i]);
        generator_step(by_hand, &tally, fakes, sizes[i]);
        ck_assert(same(m.pair->D->params, by_hand->D->params, m.pair->D->n_params));
        ck_assert(same(m.pair->G->params, by_hand->G->params, m.pair->G->n_params));
        ck_assert(same(m.pair->G->state, by_hand->G->state, m.pair->G->n_state));
    }
    free(real);
    batches_free(&batches);
    gan_pair_free(by_hand);
    close_training(&m);
    dataset_free(data);
}
END_TEST

START_TEST(rows_are_due_at_regular_steps_and_early_on) {
    GanPair pair = { .total = 1 };
    DcganTraining m = { .pair = &pair, .per_epoch = 938, .every = 79 };
    int rows = 0, early = 0, ends = 0;
    for (m.pair->step = 1; m.pair->step <= 2 * 938; m.pair->step++) {
        bool due = row_is_due(&m);
        rows += due;
        early += due && (m.pair->step == 8 || m.pair->step == 16 || m.pair->step == 32 ||
                         m.pair->step == 64);
        ends += due && m.pair->step % 938 == 0;
    }
    ck_assert_int_eq(rows, 4 + 2 * 12); // twelve an epoch, the last of them at its end
    ck_assert_int_eq(early, 4);
    ck_assert_int_eq(ends, 2);
}
END_TEST

static void break_and_search(int weight_of, const char *expected) {
    GanPair *pair = dcgan_pair(&small, TRANSPOSED, 100);
    GanTally tally = { 0 };
    char text[100];
    float *real = alloc_floats(20 * PIXELS);
    if (weight_of >= 0) {
        (weight_of == 0 ? pair->G : pair->D)->layers[0].weight[3] = NAN;
    }
    const float *fakes = net_forward(pair->G, gan_pair_latent(pair, 20), 20, TRAIN);
    discriminator_step(pair, &tally, real, fakes, 20);
    ck_assert_str_eq(gan_pair_find_nonfinite(text, pair), expected);
    free(real);
    gan_pair_free(pair);
}

START_TEST(the_place_that_is_not_finite_is_named) {
    break_and_search(0, "the weights of layer 0 (dense) of the generator");
    break_and_search(1, "the weights of layer 0 (conv2d) of the discriminator");
    break_and_search(-1, "the loss itself of the discriminator");
}
END_TEST

// --- on the circle -------------------------------------------------------------------------------

START_TEST(a_walk_begins_and_ends_exactly_and_keeps_its_length) {
    Rng rng = rng_create(1, RNG_DATA);
    for (int trial = 0; trial < 100; trial++) {
        float a[LATENT], b[LATENT], z[LATENT], before[LATENT];
        rng_fill_normal(&rng, a, LATENT, 0.0f, 1.0f);
        rng_fill_normal(&rng, b, LATENT, 0.0f, 1.0f);
        on_circle(z, a, b, 0.0, LATENT);
        ck_assert_mem_eq(z, a, sizeof z);
        on_circle(z, a, b, 1.0, LATENT);
        ck_assert_mem_eq(z, b, sizeof z);
        double length_a = norm(a, LATENT), length_b = norm(b, LATENT), first = 0.0;
        for (int i = 0; i <= 10; i++) {
            on_circle(z, a, b, i / 10.0, LATENT);
            double length = length_a + i / 10.0 * (length_b - length_a);
            ck_assert_double_eq_tol(norm(z, LATENT), length, 1e-5);
            double cosine = 0.0; // all steps turn by the same angle
            for (int k = 0; i > 0 && k < LATENT; k++) {
                cosine += (double)z[k] * before[k] / norm(z, LATENT) / norm(before, LATENT);
            }
            first = i == 1 ? cosine : first;
            ck_assert(i == 0 || fabs(cosine - first) < 1e-5);
            memcpy(before, z, sizeof z);
        }
    }
}
END_TEST

START_TEST(a_walk_nowhere_stays) {
    float a[] = { 3, 4 }, b[] = { 6, 8 }, z[2];
    on_circle(z, a, a, 0.3, 2);
    ck_assert_double_lt(relative_error(z, a, 2), 1e-6);
    on_circle(z, a, b, 0.5, 2); // the same direction: a straight line
    ck_assert_double_eq_tol(z[0], 4.5, 1e-5);
    ck_assert_double_eq_tol(z[1], 6.0, 1e-5);
    float east[] = { 2, 0 }, north[] = { 0, 2 };
    on_circle(z, east, north, 0.5, 2);
    ck_assert_double_eq_tol(z[0], sqrt(2.0), 1e-6);
    ck_assert_double_eq_tol(z[1], sqrt(2.0), 1e-6);
}
END_TEST

// --- a whole run ---------------------------------------------------------------------------------

static double summary(const char *key) {
    char line[128];
    double value = NAN;
    FILE *file = fopen("runs/07-dcgan/default/summary.csv", "r");
    ck_assert_ptr_nonnull(file);
    while (fgets(line, sizeof line, file)) {
        size_t n = strcspn(line, ",");
        if (n == strlen(key) && strncmp(line, key, n) == 0) {
            value = strtod(line + n + 1, NULL);
        }
    }
    fclose(file);
    return value;
}

// Rows of a log, its header aside; values (n) of the last one.
static int read_log(const char *name, double *values) {
    char path[128], line[1024] = "", *end = line;
    int rows = -1;
    snprintf(path, sizeof path, "runs/07-dcgan/default/%s", name);
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "there is no %s", path);
    for (; fgets(line, sizeof line, file); rows++) {
    }
    fclose(file);
    for (char *field = line; *end; field = end + 1) {
        *values++ = strtod(field, &end);
        if (*end == '\n') {
            break;
        }
    }
    return rows;
}

static const Dataset *write_data(void) {
    Dataset *data = noise_with_bars();
    static const char *const names[] = { "train", "t10k" };
    for (int i = 0; i < 2; i++) {
        char path[40];
        snprintf(path, sizeof path, "%s-images-idx3-ubyte", names[i]);
        idx_write(path, data->images, 3, (int[]){ data->n, SIDE, SIDE });
        snprintf(path, sizeof path, "%s-labels-idx1-ubyte", names[i]);
        idx_write(path, data->labels, 1, (int[]){ data->n });
    }
    return data;
}

START_TEST(a_run_leaves_what_it_should) {
    enter_folder();
    dataset_free((Dataset *)write_data());
    char *arguments[] = { "dcgan",   "--data", ".",       "--epochs",   "2", "--batch", "20",
                          "--width", "4",      "--quiet", "--generate", "3", NULL };
    ck_assert_int_eq(lesson_main(12, arguments), 0);
    double row[16];
    ck_assert_int_eq(read_log("log.csv", row), 1 + 2 * 5); // 100 images, 5 steps an epoch
    ck_assert_double_eq(row[0], 10);
    ck_assert(row[9] > 0.0 && row[9] < 3.0);          // diversity
    double period_2 = summary("period_2_transposed"); // of more pictures than in the log
    ck_assert_double_eq_tol(row[10], period_2, 0.2 * period_2);
    ck_assert_double_gt(period_2, 2.0);
    ck_assert_int_eq(read_log("log-fid.csv", row), 3);
    ck_assert_double_eq(row[0], 10);
    ck_assert_double_eq_tol(row[1], summary("fid"), 1e-6 * row[1]);
    ck_assert_int_eq(read_log("log-fid-upsampled.csv", row), 3);
    ck_assert_double_eq_tol(row[1], summary("fid_upsampled"), 1e-6 * row[1]);
    ck_assert_double_eq(summary("fid_transposed_then"), summary("fid")); // both lasted 2 epochs
    ck_assert_int_eq(read_log("log-spectrum.csv", row), FREQUENCIES - 1);
    ck_assert_double_eq(summary("overlap_kernel_4_least"), 4);
    ck_assert_double_eq(summary("overlap_kernel_5_most"), 9);
    ck_assert_double_eq_tol(summary("z_length"), 8.0, 0.3);
    ck_assert_double_lt(summary("bridge_difference"), 2e-5);
    ck_assert_double_lt(summary("bias_a_map"), 1e-5); // batch norm takes it away; this one stays
    ck_assert_double_gt(summary("bias_a_place"), 0.5);
    ck_assert_double_lt(summary("bias_a_place"), 1.0);
    static const char *const samples[] = { "epoch-00",
                                           "epoch-01",
                                           "epoch-02",
                                           "upsampled",
                                           "walks",
                                           "real-fake",
                                           "untrained-transposed",
                                           "untrained-upsampled" };
    for (int i = 0; i < 8; i++) {
        char path[80];
        snprintf(path, sizeof path, "runs/07-dcgan/default/samples/%s.png", samples[i]);
        Bytes png = read_bytes(path);
        ck_assert_uint_gt(png.n, 1000);
        free(png.bytes);
    }
    int size[3];
    uint8_t *images = idx_read("runs/07-dcgan/default/generated-images-idx3-ubyte.gz", 3, size,
                               "Replace the file");
    ck_assert(size[0] == 3 && size[1] == SIDE && size[2] == SIDE);
    DcganSettings s = small;
    GanPair *pair =
        dcgan_pair(&s, TRANSPOSED, 1); // the model is the generator, its pictures are those
    checkpoint_load("runs/07-dcgan/default/model.safetensors", pair->G);
    checkpoint_load("runs/07-dcgan/default/discriminator.safetensors", pair->D);
    Rng rng = rng_create(1, RNG_SAMPLE);
    float z[SHOWN * LATENT];
    uint8_t again[3 * PIXELS];
    rng_fill_normal(&rng, z, SHOWN * LATENT, 0.0f, 1.0f);
    gan_images(again, pair->G, z, 3);
    ck_assert_mem_eq(again, images, sizeof again);
    gan_image_grid("again.png", pair->G, z, SHOWN, COLUMNS, 1); // the grid shows the first of them
    Bytes expected = read_bytes("runs/07-dcgan/default/samples/epoch-02.png");
    Bytes grid = read_bytes("again.png");
    ck_assert(grid.n == expected.n && memcmp(grid.bytes, expected.bytes, grid.n) == 0);
    free(expected.bytes);
    free(grid.bytes);
    free(images);
    gan_pair_free(pair);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("07-dcgan");
    CASE(s, "transposed convolution", a_line_is_spread_by_hand, loops_equal_the_librarys,
         output_has_the_size_that_was_derived, spread_is_the_adjoint_of_gather,
         upsampling_ties_the_weights_of_a_transposed_convolution);
    CASE(s, "checkerboard", windows_are_counted_as_by_hand, spectra_of_known_patterns,
         spectrum_of_noise_is_flat, the_mean_keeps_what_is_tied_to_the_grid);
    CASE(s, "networks", networks_are_those_of_the_table, later_lessons_have_the_same_networks,
         batch_norm_can_be_left_out);
    CASE(s, "game", five_steps_equal_pytorch, a_step_leaves_the_other_player_alone,
         steps_do_what_they_are_for, the_loop_takes_both_steps_with_a_whole_batch,
         an_epoch_shows_each_image_once, rows_are_due_at_regular_steps_and_early_on,
         the_place_that_is_not_finite_is_named);
    CASE(s, "walks", a_walk_begins_and_ends_exactly_and_keeps_its_length, a_walk_nowhere_stays);
    CASE(s, "run", a_run_leaves_what_it_should);
    TCase *each = tcase_create("each");
    tcase_set_timeout(each, 120);
    tcase_add_loop_test(each, same_bytes_on_any_number_of_threads, 0, ENLARGERS);
#ifndef SANITIZED
    tcase_add_loop_test(each, a_step_allocates_nothing, 0, ENLARGERS);
#endif
    suite_add_tcase(s, each);
    return s;
}
