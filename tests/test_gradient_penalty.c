// Tests of the gradient penalty, and of the tangent pass behind it.

#include "gan/gradient_penalty.h"
#include "base/die.h"
#include "fixtures/penalty.h"
#include "nn/loss.h"
#include "penalty_oracle.h"
#include "test.h"

#include <omp.h>
#include <stdio.h>

// --- random critics ------------------------------------------------------------------------------

enum { POINTS = 3, CRITICS = 60 };

static int pick(Rng *rng, int low, int high) {
    return low + (int)rng_below(rng, (uint32_t)(high - low + 1));
}

static LayerSpec some_activation(Rng *rng) {
    return rng_below(rng, 4) == 0 ? (LayerSpec)relu() : (LayerSpec)leaky_relu(0.2f);
}

// A table of dense, strided and dilated convolution, pooling, (leaky) ReLU and flatten. The input
// has 7 to 11 rows and columns, so that whatever is drawn finds room.
static void draw_table(LayerSpec *table, Rng *rng) {
    int n = 0, first = pick(rng, 0, 3);
    if (first > 0) {
        table[n++] =
            (LayerSpec)conv2d(pick(rng, 1, 4), .kernel = pick(rng, 1, 3), .stride = pick(rng, 1, 2),
                              .pad = pick(rng, 0, 2), .dilation = pick(rng, 1, 2));
        table[n++] = some_activation(rng);
    }
    if (first > 1) {
        int kernel = pick(rng, 1, 2), stride = pick(rng, 1, 2);
        table[n++] = rng_below(rng, 2) ? (LayerSpec)max_pool2d(kernel, .stride = stride)
                                       : (LayerSpec)avg_pool2d(kernel, .stride = stride);
    }
    if (first > 2) {
        table[n++] =
            (LayerSpec)conv2d(pick(rng, 1, 3), .kernel = pick(rng, 1, 2), .stride = pick(rng, 1, 2),
                              .pad = pick(rng, 0, 1), .no_bias = rng_below(rng, 2));
        table[n++] = some_activation(rng);
    }
    if (rng_below(rng, 2)) {
        table[n++] = (LayerSpec)flatten();
    }
    if (rng_below(rng, 2)) {
        table[n++] = (LayerSpec)dense(pick(rng, 2, 6), .no_bias = rng_below(rng, 2));
        table[n++] = some_activation(rng);
    }
    table[n++] = (LayerSpec)dense(1);
    table[n] = (LayerSpec)END;
}

typedef struct {
    Net *net;
    Oracle *oracle;
    float *x;           // (POINTS, in)
    double *theta, *xd; // the same numbers as the net's, and x
    double *gradient;   // of the penalty, by the oracle
} Trial;

static Trial trial_create(uint64_t seed) {
    Rng rng = rng_create(seed, RNG_DATA);
    LayerSpec table[MOST_LAYERS + 1];
    draw_table(table, &rng);
    Shape in = { pick(&rng, 1, 2), pick(&rng, 7, 11), pick(&rng, 7, 11) };
    Trial t = { .net = net_create(table, in, POINTS, &rng) };
    size_t n = POINTS * shape_size(in);
    for (size_t i = 0; i < t.net->n_params; i++) { // slopes of about 1, and biases that matter
        t.net->params[i] = 1.5f * t.net->params[i] + 0.1f * rng_normal(&rng);
    }
    t.oracle = oracle_create(t.net);
    t.x = alloc_floats(n);
    t.xd = alloc_bytes(n * sizeof *t.xd);
    rng_fill_normal(&rng, t.x, n, 0.0f, 1.0f);
    for (size_t i = 0; i < n; i++) {
        t.xd[i] = t.x[i];
    }
    t.theta = alloc_bytes(t.net->n_params * sizeof *t.theta);
    t.gradient = alloc_bytes(t.net->n_params * sizeof *t.gradient);
    for (size_t i = 0; i < t.net->n_params; i++) {
        t.theta[i] = t.net->params[i];
    }
    return t;
}

static void trial_free(Trial *t) {
    oracle_free(t->oracle);
    net_free(t->net);
    free(t->x);
    free(t->xd);
    free(t->theta);
    free(t->gradient);
}

static double error_of(const double *a, const double *b, size_t n) {
    double difference = 0.0, aa = 0.0, bb = 0.0;
    for (size_t i = 0; i < n; i++) {
        difference += (a[i] - b[i]) * (a[i] - b[i]);
        aa += a[i] * a[i];
        bb += b[i] * b[i];
    }
    double larger = fmax(aa, bb);
    return larger > 0.0 && isfinite(larger) ? sqrt(difference / larger) : INFINITY;
}

static double largest(const double *x, size_t n) {
    double most = 0.0;
    for (size_t i = 0; i < n; i++) {
        most = fmax(most, fabs(x[i]));
    }
    return most;
}

// --- the oracle ----------------------------------------------------------------------------------

START_TEST(double_comparator_rejects_zero_flipped_doubled) {
    const double a[] = { 1e-9, -3e-9, 2e-9 }, zero[3] = { 0 }, flipped[] = { -1e-9, 3e-9, -2e-9 };
    const double doubled[] = { 2e-9, -6e-9, 4e-9 }, broken[] = { NAN, 0, 0 };
    ck_assert_double_eq(error_of(a, a, 3), 0.0);
    ck_assert_double_eq_tol(error_of(a, zero, 3), 1.0, 1e-9);
    ck_assert_double_eq_tol(error_of(a, flipped, 3), 2.0, 1e-9);
    ck_assert_double_eq_tol(error_of(a, doubled, 3), 0.5, 1e-9);
    ck_assert(!(error_of(zero, zero, 3) < 1.0) && !(error_of(a, broken, 3) < 1.0));
}
END_TEST

// Every parameter by itself. A critic in which a kink or a window turns between θ ± h is left out.
START_TEST(the_oracle_agrees_with_central_differences) {
    const double h = 1e-6;
    int kept = 0;
    for (uint64_t seed = 1; seed <= CRITICS; seed++) {
        Trial t = trial_create(seed);
        size_t n = t.net->n_params;
        double *measured = alloc_bytes(n * sizeof *measured);
        penalty_plain(t.oracle, t.gradient, t.theta, t.xd, POINTS, 10.0);
        uint64_t masks = t.oracle->masks;
        bool turned = false;
        for (size_t i = 0; i < n && !turned; i++) {
            double held = t.theta[i];
            t.theta[i] = held + h;
            double above = penalty_plain(t.oracle, NULL, t.theta, t.xd, POINTS, 10.0);
            turned |= t.oracle->masks != masks;
            t.theta[i] = held - h;
            double below = penalty_plain(t.oracle, NULL, t.theta, t.xd, POINTS, 10.0);
            turned |= t.oracle->masks != masks;
            t.theta[i] = held;
            measured[i] = (above - below) / (2.0 * h);
        }
        if (!turned) {
            double error = error_of(t.gradient, measured, n);
            ck_assert_msg(error < 1e-6, "critic %d: off by %g", (int)seed, error);
            kept++;
        }
        free(measured);
        trial_free(&t);
    }
    ck_assert_int_ge(kept, CRITICS * 3 / 4);
}
END_TEST

// And the gradient with respect to x, on which all rests.
START_TEST(the_oracles_scores_have_the_slope_that_it_says) {
    int alive = 0; // with ReLUs a critic may be flat at a point
    for (uint64_t seed = 1; seed <= CRITICS; seed++) {
        Trial t = trial_create(seed);
        size_t n = shape_size(t.net->in);
        double gradient[MOST_VALUES], measured[MOST_VALUES];
        score_plain(t.oracle, t.theta, t.xd);
        memcpy(gradient, t.oracle->d[0], n * sizeof *gradient);
        for (size_t i = 0; i < n; i++) {
            double held = t.xd[i];
            t.xd[i] = held + 1e-7;
            double above = score_plain(t.oracle, t.theta, t.xd);
            t.xd[i] = held - 1e-7;
            measured[i] = (above - score_plain(t.oracle, t.theta, t.xd)) / 2e-7;
            t.xd[i] = held;
        }
        if (largest(gradient, n) > 0.0 || largest(measured, n) > 0.0) {
            double error = error_of(gradient, measured, n);
            ck_assert_msg(error < 1e-5, "critic %d: off by %g", (int)seed, error);
            alive++;
        }
        trial_free(&t);
    }
    ck_assert_int_ge(alive, CRITICS * 3 / 4);
}
END_TEST

// --- the library against the oracle --------------------------------------------------------------

START_TEST(penalty_and_gradient_are_the_oracles) {
    int kinds[LAYER_KINDS] = { 0 }, compared = 0;
    for (uint64_t seed = 1; seed <= CRITICS; seed++) {
        Trial t = trial_create(seed);
        size_t n = t.net->n_params;
        double expected = penalty_plain(t.oracle, t.gradient, t.theta, t.xd, POINTS, 10.0);
        if (t.oracle->closest > 1e-5) { // else a float may fall on the other side of a kink
            Penalty *p = penalty_create(t.net, 10.0f, rng_create(1, RNG_NOISE));
            double *ours = alloc_bytes(n * sizeof *ours);
            float penalty = penalty_at(p, t.x, POINTS);
            for (size_t i = 0; i < n; i++) {
                ours[i] = t.net->grads[i];
            }
            double error = error_of(ours, t.gradient, n);
            ck_assert_double_eq_tol(penalty / expected, 1.0, 1e-5);
            ck_assert_msg(error < 1e-5, "critic %d: off by %g", (int)seed, error);
            for (int l = 0; l < t.net->n_layers; l++) {
                const Layer *L = &t.net->layers[l];
                kinds[L->spec.kind]++;
                for (size_t i = 0; i < L->n_bias; i++) {
                    ck_assert_float_eq(L->dbias[i], 0.0f);
                }
                ck_assert(!L->dweight ||
                          largest(ours + (L->weight - t.net->params), L->n_weight) > 0.0 ||
                          largest(t.gradient + (L->weight - t.net->params), L->n_weight) == 0.0);
            }
            compared++;
            free(ours);
            penalty_free(p);
        }
        trial_free(&t);
    }
    ck_assert_int_ge(compared, CRITICS * 3 / 4);
    static const LayerKind wanted[] = { DENSE, CONV2D,     MAX_POOL2D, AVG_POOL2D,
                                        RELU,  LEAKY_RELU, FLATTEN };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        ck_assert_int_ge(kinds[wanted[i]], 5);
    }
}
END_TEST

// The pieces that a critic rarely has: against differences of the library's own dx, along random
// directions of the weights. (No kinks here: none is crossed.)
START_TEST(enlarging_layers_have_tangents_too) {
    const LayerSpec table[] = { reshape(2, 2, 3),
                                upsample(2),
                                conv_transpose2d(2, .kernel = 3, .stride = 2),
                                avg_pool2d(3),
                                conv_transpose2d(1, .kernel = 2, .no_bias = true),
                                reshape(20, 1, 1),
                                dense(2),
                                END };
    Rng rng = rng_create(5, RNG_INIT);
    Net *net = net_create(table, (Shape){ 12, 1, 1 }, 2, &rng);
    float x[24], v[24], dy[4], *held = alloc_floats(net->n_params),
                               *u = alloc_floats(net->n_params);
    rng_fill_normal(&rng, x, 24, 0.0f, 1.0f);
    rng_fill_normal(&rng, v, 24, 0.0f, 1.0f);
    rng_fill_normal(&rng, dy, 4, 0.0f, 1.0f);
    net_allow_tangent(net);
    net_forward(net, x, 2, TRAIN);
    net_backward(net, dy, WANT_INPUT);
    net_tangent(net, v);
    memcpy(held, net->params, net->n_params * sizeof *held);
    for (int direction = 0; direction < 5; direction++) {
        double along = 0.0, ends[2] = { 0.0, 0.0 };
        rng_fill_normal(&rng, u, net->n_params, 0.0f, 1.0f);
        for (size_t i = 0; i < net->n_params; i++) {
            along += (double)u[i] * net->grads[i];
        }
        for (int end = 0; end < 2; end++) {
            for (size_t i = 0; i < net->n_params; i++) {
                net->params[i] = held[i] + (end ? 1e-3f : -1e-3f) * u[i];
            }
            net_forward(net, x, 2, TRAIN);
            const float *dx = net_backward(net, dy, WANT_INPUT);
            for (int i = 0; i < 24; i++) {
                ends[end] += (double)v[i] * dx[i];
            }
        }
        ck_assert_double_eq_tol((ends[1] - ends[0]) / 2e-3, along, 1e-2 * fabs(along) + 1e-3);
        memcpy(net->params, held, net->n_params * sizeof *held);
    }
    free(held);
    free(u);
    net_free(net);
}
END_TEST

START_TEST(gradients_are_added) {
    Trial t = trial_create(3);
    Penalty *p = penalty_create(t.net, 10.0f, rng_create(1, RNG_NOISE));
    penalty_at(p, t.x, POINTS);
    float *once = alloc_floats(t.net->n_params);
    memcpy(once, t.net->grads, t.net->n_params * sizeof *once);
    penalty_at(p, t.x, POINTS);
    for (size_t i = 0; i < t.net->n_params; i++) {
        ck_assert_float_eq(t.net->grads[i], 2.0f * once[i]);
    }
    free(once);
    penalty_free(p);
    trial_free(&t);
}
END_TEST

START_TEST(any_number_of_threads_gives_the_same_bits) {
    static const LayerSpec table[] = { conv2d(16, .kernel = 4, .stride = 2, .pad = 1),
                                       leaky_relu(0.2f),
                                       conv2d(32, .kernel = 4, .stride = 2, .pad = 1),
                                       leaky_relu(0.2f),
                                       flatten(),
                                       dense(1),
                                       END };
    enum { N = 24, IN = 784 };
    float *real = alloc_floats(N * IN), *fake = alloc_floats(N * IN), *first = NULL;
    Rng rng = rng_create(1, RNG_DATA);
    rng_fill_normal(&rng, real, N * IN, 0.0f, 1.0f);
    rng_fill_normal(&rng, fake, N * IN, 0.0f, 1.0f);
    float penalty = 0.0f;
    for (int threads = 1; threads <= 3; threads++) {
        omp_set_num_threads(threads);
        Rng init = rng_create(1, RNG_INIT);
        Net *D = net_create(table, (Shape){ 1, 28, 28 }, N, &init);
        Penalty *p = penalty_create(D, 10.0f, rng_create(1, RNG_NOISE));
        float here = penalty_step(p, real, fake, N);
        if (!first) {
            first = alloc_floats(D->n_params);
            memcpy(first, D->grads, D->n_params * sizeof *first);
            penalty = here;
        }
        ck_assert_float_eq(here, penalty);
        ck_assert_mem_eq(first, D->grads, D->n_params * sizeof *first);
        penalty_free(p);
        net_free(D);
    }
    free(first);
    free(real);
    free(fake);
}
END_TEST

// --- against PyTorch -----------------------------------------------------------------------------

START_TEST(penalty_is_pytorchs) {
    enum { N = sizeof penalty_real / sizeof *penalty_real, IN = 2 * 9 * 9 };
    static const LayerSpec table[] = { conv2d(3, .kernel = 4, .stride = 2, .pad = 1),
                                       leaky_relu(0.2f),
                                       conv2d(4, .kernel = 2, .dilation = 2),
                                       leaky_relu(0.2f),
                                       max_pool2d(2, .stride = 1),
                                       flatten(),
                                       dense(3),
                                       relu(),
                                       dense(1),
                                       END };
    Rng rng = rng_create(1, RNG_INIT);
    Net *D = net_create(table, (Shape){ 2, 9, 9 }, N, &rng);
    ck_assert_uint_eq(D->n_params, sizeof penalty_params / sizeof(float));
    memcpy(D->params, penalty_params, sizeof penalty_params);
    float between[N][IN];
    for (int i = 0; i < N; i++) {
        for (int k = 0; k < IN; k++) {
            between[i][k] = penalty_epsilon[i] * penalty_real[i][k] +
                            (1.0f - penalty_epsilon[i]) * penalty_fake[i][k];
        }
    }
    Penalty *p = penalty_create(D, 10.0f, rng_create(1, RNG_NOISE));
    float value = penalty_at(p, between[0], N);
    ck_assert_float_eq_tol(value / penalty_value, 1.0f, 1e-5f);
    ck_assert_double_lt(relative_error(D->grads, penalty_gradient, D->n_params), 1e-5);

    // The whole of the critic's loss: fakes, reals, penalty.
    float ds[N];
    net_zero_grad(D);
    float loss = wasserstein(ds, net_forward(D, penalty_real[0], N, TRAIN), 1.0f, N);
    net_backward(D, ds, WANT_PARAMS);
    loss += wasserstein(ds, net_forward(D, penalty_fake[0], N, TRAIN), -1.0f, N);
    net_backward(D, ds, WANT_PARAMS);
    loss += penalty_at(p, between[0], N);
    ck_assert_float_eq_tol(loss, penalty_loss, 1e-5f * fabsf(penalty_loss));
    ck_assert_double_lt(relative_error(D->grads, penalty_loss_gradient, D->n_params), 1e-5);
    penalty_free(p);
    net_free(D);
}
END_TEST

// --- what the penalty is -------------------------------------------------------------------------

// A critic w·x: its gradient is w everywhere.
static Net *linear_critic(const float *w, int n, int batch) {
    const LayerSpec table[] = { dense(1), END };
    Rng rng = rng_create(1, RNG_INIT);
    Net *D = net_create(table, (Shape){ n, 1, 1 }, batch, &rng);
    memcpy(D->params, w, (size_t)n * sizeof *w);
    return D;
}

START_TEST(unit_slope_costs_nothing_and_others_their_square) {
    const struct {
        float w[2];
        double slope, penalty;
    } cases[] = { { { 0.6f, 0.8f }, 1.0, 0.0 },
                  { { 1.2f, -1.6f }, 2.0, 10.0 },
                  { { 0, 0 }, 0.0, 10.0 } };
    const float x[8] = { 1, 2, -3, 0, 5, -1, 0, 0 };
    for (int i = 0; i < 3; i++) {
        Net *D = linear_critic(cases[i].w, 2, 4);
        Penalty *p = penalty_create(D, 10.0f, rng_create(1, RNG_NOISE));
        ck_assert_float_eq_tol(penalty_at(p, x, 4), cases[i].penalty, 1e-4f);
        ck_assert_double_eq_tol(p->slope, cases[i].slope, 2e-6); // 1e-12 under the root
        for (int k = 0; k < 2; k++) { // λ (r - 1)² has the slope 2 λ (r - 1) w / r
            double r = cases[i].slope;
            double slope = r > 0.0 ? 20.0 * (r - 1.0) * (double)cases[i].w[k] / r : 0.0;
            ck_assert_float_eq_tol(D->grads[k], slope, 1e-4f);
        }
        ck_assert_float_eq(D->grads[2], 0.0f);
        penalty_free(p);
        net_free(D);
    }
}
END_TEST

// Each example lies on the segment between its two ends, all of its numbers at the same place; the
// places differ and fill [0, 1).
START_TEST(epsilon_is_drawn_once_an_example) {
    enum { N = 200, D_IN = 12 };
    float w[D_IN] = { 1.0f }, real[N * D_IN], fake[N * D_IN];
    Net *D = linear_critic(w, D_IN, N);
    Rng rng = rng_create(2, RNG_DATA);
    rng_fill_normal(&rng, real, N * D_IN, 3.0f, 1.0f);
    rng_fill_normal(&rng, fake, N * D_IN, -3.0f, 1.0f);
    Penalty *p = penalty_create(D, 1.0f, rng_create(1, RNG_NOISE));
    penalty_step(p, real, fake, N);
    double sum = 0.0, least = 1.0, most = 0.0;
    for (int i = 0; i < N; i++) {
        double first = 0.0;
        for (int k = i * D_IN; k < (i + 1) * D_IN; k++) {
            double epsilon = ((double)p->between[k] - fake[k]) / ((double)real[k] - fake[k]);
            first = k == i * D_IN ? epsilon : first;
            ck_assert_double_eq_tol(epsilon, first, 1e-5);
        }
        sum += first / N;
        least = fmin(least, first);
        most = fmax(most, first);
    }
    ck_assert(least >= 0.0 && least < 0.05 && most < 1.0001 && most > 0.95);
    ck_assert_double_eq_tol(sum, 0.5, 0.07);
    penalty_free(p);
    net_free(D);
}
END_TEST

// Over all channels, rows and columns of an example; not over one axis, not over the batch.
START_TEST(the_norm_is_over_all_of_an_example) {
    enum { N = 2, IN = 2 * 3 * 4 };
    static const LayerSpec table[] = { flatten(), dense(1), END };
    Rng rng = rng_create(1, RNG_INIT);
    Net *D = net_create(table, (Shape){ 2, 3, 4 }, N, &rng);
    double squares = 0.0;
    for (int i = 0; i < IN; i++) {
        squares += (double)D->params[i] * D->params[i];
    }
    float x[N * IN] = { 0 };
    Penalty *p = penalty_create(D, 3.0f, rng_create(1, RNG_NOISE));
    ck_assert_float_eq_tol(penalty_at(p, x, N), 3.0 * pow(sqrt(squares) - 1.0, 2), 1e-5f);
    ck_assert_double_eq_tol(p->slope, sqrt(squares), 1e-6);
    penalty_free(p);
    net_free(D);
}
END_TEST

// --- refusals ------------------------------------------------------------------------------------

static void allow(void *table) {
    Rng rng = rng_create(1, RNG_INIT);
    net_allow_tangent(net_create(table, (Shape){ 1, 4, 4 }, 2, &rng));
}

START_TEST(layers_without_a_tangent_are_refused_by_name) {
    static LayerSpec with_batchnorm[] = { conv2d(2, .kernel = 3), batchnorm(), dense(1), END };
    static LayerSpec with_tanh[] = { dense(3), leaky_relu(0.2f), tanh_(), END };
    static LayerSpec with_sigmoid[] = { sigmoid(), dense(1), END };
    static LayerSpec with_dropout[] = { dense(3), dropout(0.5f), dense(1), END };
    assert_refused(allow, with_batchnorm,
                   "layer 1 (batchnorm) has no tangent pass: it mixes the examples");
    assert_refused(allow, with_tanh,
                   "layer 2 (tanh) has no tangent pass: its slope moves with its input");
    assert_refused(allow, with_sigmoid, "layer 0 (sigmoid) has no tangent pass: its slope moves");
    assert_refused(allow, with_dropout,
                   "layer 1 (dropout) has no tangent pass: it draws another network");
}
END_TEST

static void tangent_first(void *how) {
    static const LayerSpec table[] = { dense(1), END };
    float x[4] = { 1, 2, 3, 4 }, dy[2] = { 1, 1 };
    Rng rng = rng_create(1, RNG_INIT);
    Net *net = net_create(table, (Shape){ 2, 1, 1 }, 2, &rng);
    int step = *(int *)how;
    if (step > 0) {
        net_allow_tangent(net);
        net_forward(net, x, 2, TRAIN);
    }
    if (step > 1) {
        net_backward(net, dy, WANT_PARAMS);
    }
    if (step > 2) { // a new forward pass has no gradient yet
        net_backward(net, dy, WANT_INPUT);
        net_forward(net, x, 2, TRAIN);
    }
    net_tangent(net, x);
}

START_TEST(a_tangent_needs_what_comes_before_it) {
    static const char *const messages[] = { "net_tangent without net_allow_tangent",
                                            "net_tangent without net_backward",
                                            "net_tangent without net_backward",
                                            "net_tangent without net_backward" };
    for (int step = 0; step < 4; step++) {
        assert_refused(tangent_first, &step, messages[step]);
    }
}
END_TEST

static void two_scores(void *unused) {
    (void)unused;
    static const LayerSpec table[] = { dense(2), END };
    Rng rng = rng_create(1, RNG_INIT);
    penalty_create(net_create(table, (Shape){ 2, 1, 1 }, 2, &rng), 1.0f, rng);
}

START_TEST(a_critic_has_one_score) {
    assert_refused(two_scores, NULL, "a critic with 2 scores");
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("gradient_penalty");
    CASE(s, "refused", layers_without_a_tangent_are_refused_by_name,
         a_tangent_needs_what_comes_before_it, a_critic_has_one_score);
    CASE(s, "oracle", double_comparator_rejects_zero_flipped_doubled,
         the_oracles_scores_have_the_slope_that_it_says,
         the_oracle_agrees_with_central_differences);
    CASE(s, "penalty", penalty_and_gradient_are_the_oracles, enlarging_layers_have_tangents_too,
         gradients_are_added, any_number_of_threads_gives_the_same_bits, penalty_is_pytorchs,
         unit_slope_costs_nothing_and_others_their_square, epsilon_is_drawn_once_an_example,
         the_norm_is_over_all_of_an_example);
    return s;
}
