// Lesson 5. Its files are included here, so that the tests reach their static functions.

#include "../lessons/05-batchnorm/batchnorm.c"
#include "../lessons/05-batchnorm/contestants.c"
#include "../lessons/05-batchnorm/signals.c"
#include "../lessons/05-batchnorm/contest.c"
#include "../lessons/05-batchnorm/logs.c"
#include "../lessons/05-batchnorm/results.c"
#include "../lessons/05-batchnorm/modes.c"
#include "../lessons/05-batchnorm/main.c"

#include "nn/gradcheck.h"
#include "test.h"

#include <unistd.h>

// --- the plain loops -----------------------------------------------------------------------------

static const struct {
    int n;
    BatchNormShape shape;
} shapes[] = {
    { 2, { 1, 1, 1e-5f, 0.1f } },   { 2, { 7, 1, 1e-5f, 0.1f } },  { 5, { 7, 1, 1e-3f, 0.3f } },
    { 3, { 1, 5, 1e-5f, 0.1f } },   { 2, { 7, 49, 1e-5f, 1.0f } }, { 4, { 3, 9, 0.5f, 0.01f } },
    { 33, { 40, 1, 1e-5f, 0.1f } }, { 7, { 5, 3, 1e-5f, 0.1f } },  { 1, { 7, 15, 1e-5f, 0.2f } },
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

// A batch, its slopes, and all that the passes give, of channels with different means and sizes.
typedef struct {
    int n, C;
    size_t size;
    BatchNormShape shape;
    float *x, *dy, *y, *dx;                 // (n, C, area)
    float *weight, *bias, *dweight, *dbias; // (C)
    float *mean, *inv_std, *r_mean, *r_var; // (C); the running ones from 0.5 and 2
} Case;

static Case case_create(int n, BatchNormShape shape, uint64_t seed) {
    Case k = { .n = n, .C = shape.channels, .shape = shape };
    k.size = (size_t)(n * shape.channels * shape.area);
    float **large[] = { &k.x, &k.dy, &k.y, &k.dx };
    float **small[] = { &k.weight, &k.bias,    &k.dweight, &k.dbias,
                        &k.mean,   &k.inv_std, &k.r_mean,  &k.r_var };
    for (int i = 0; i < 4; i++) {
        *large[i] = alloc_floats(k.size);
    }
    for (int i = 0; i < 8; i++) {
        *small[i] = alloc_floats((size_t)k.C);
    }
    Rng rng = rng_create(seed, RNG_DATA);
    for (size_t i = 0; i < k.size; i++) {
        int c = (int)(i / (size_t)shape.area) % k.C;
        k.x[i] = (float)(c - 2) + (1.0f + (float)c) * rng_normal(&rng);
    }
    rng_fill_normal(&rng, k.dy, k.size, 0.3f, 1.0f); // never all ones
    rng_fill_normal(&rng, k.weight, (size_t)k.C, 1.0f, 0.5f);
    rng_fill_normal(&rng, k.bias, (size_t)k.C, 0.0f, 1.0f);
    for (int c = 0; c < k.C; c++) {
        k.r_mean[c] = 0.5f, k.r_var[c] = 2.0f;
        k.dweight[c] = 3.0f, k.dbias[c] = -3.0f; // what is there is added to
    }
    return k;
}

static void case_free(Case *k) {
    float *all[] = { k->x,       k->dy,    k->y,    k->dx,      k->weight, k->bias,
                     k->dweight, k->dbias, k->mean, k->inv_std, k->r_mean, k->r_var };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        free(all[i]);
    }
}

static void plain_forward(Case *k) {
    plain_forward_train(k->y, k->mean, k->inv_std, k->r_mean, k->r_var, k->x, k->weight, k->bias,
                        k->n, &k->shape);
}

static void plain_backward(Case *k) {
    plain_backward_train(k->dx, k->dweight, k->dbias, k->dy, k->x, k->mean, k->inv_std, k->weight,
                         k->n, &k->shape);
}

static void assert_close(const char *what, int i, const float *a, const float *b, size_t n) {
    double error = relative_error(a, b, n);
    ck_assert_msg(error < 1e-5, "shape %d: %s differs by %g", i, what, error);
}

// How far apart the dx of two are, in units of what they would be in evaluation mode: with two
// numbers per channel they are much smaller, a difference of large ones.
static double distance(const Case *a, const Case *b) {
    double sum = 0.0, unit = 0.0;
    for (size_t i = 0; i < a->size; i++) {
        int c = (int)(i / (size_t)a->shape.area) % a->C;
        sum += pow((double)a->dx[i] - b->dx[i], 2);
        unit += pow((double)a->weight[c] * a->inv_std[c] * a->dy[i], 2);
    }
    return sqrt(sum / unit);
}

// Three batches, one after the other, so that the running statistics have a history.
START_TEST(training_mode_equals_the_librarys) {
    for (int i = 0; i < SHAPES; i++) {
        Case a = case_create(shapes[i].n, shapes[i].shape, (uint64_t)i);
        Case b = case_create(shapes[i].n, shapes[i].shape, (uint64_t)i);
        Rng rng = rng_create((uint64_t)i, RNG_NOISE);
        size_t C = (size_t)a.C;
        for (int batch = 0; batch < 3; batch++) {
            rng_fill_normal(&rng, a.x, a.size, (float)batch, 2.0f);
            memcpy(b.x, a.x, a.size * sizeof *a.x);
            plain_forward(&a);
            batchnorm_forward_train(b.y, b.mean, b.inv_std, b.r_mean, b.r_var, b.x, b.weight,
                                    b.bias, b.n, &b.shape);
            plain_backward(&a);
            batchnorm_backward_train(b.dx, b.dweight, b.dbias, b.dy, b.x, b.mean, b.inv_std,
                                     b.weight, b.n, &b.shape);
            assert_close("y", i, a.y, b.y, a.size);
            assert_close("mean", i, a.mean, b.mean, C);
            assert_close("1 / sigma", i, a.inv_std, b.inv_std, C);
            assert_close("running mean", i, a.r_mean, b.r_mean, C);
            assert_close("running variance", i, a.r_var, b.r_var, C);
            ck_assert_msg(distance(&a, &b) < 1e-6, "shape %d: dx: %g", i, distance(&a, &b));
            assert_close("dweight", i, a.dweight, b.dweight, C);
            assert_close("dbias", i, a.dbias, b.dbias, C);
        }
        case_free(&a);
        case_free(&b);
    }
}
END_TEST

// Forward; and backward as the chapter has it, dx = w dy / σ with a constant σ.
START_TEST(evaluation_mode_equals_the_librarys) {
    for (int i = 0; i < SHAPES; i++) {
        Case a = case_create(shapes[i].n, shapes[i].shape, (uint64_t)i);
        Case b = case_create(shapes[i].n, shapes[i].shape, (uint64_t)i);
        plain_forward_eval(a.y, a.x, a.weight, a.bias, a.r_mean, a.r_var, a.n, &a.shape);
        batchnorm_forward_eval(b.y, b.x, b.weight, b.bias, b.r_mean, b.r_var, b.n, &b.shape);
        assert_close("y", i, a.y, b.y, a.size);
        for (size_t k = 0; k < a.size; k++) {
            int c = (int)(k / (size_t)a.shape.area) % a.C;
            double sigma = sqrt((double)a.r_var[c] + a.shape.eps);
            a.dx[k] = (float)(a.weight[c] * (double)a.dy[k] / sigma);
            a.dweight[c] += (float)(a.dy[k] * ((double)a.x[k] - a.r_mean[c]) / sigma);
            a.dbias[c] += a.dy[k];
        }
        batchnorm_backward_eval(b.dx, b.dweight, b.dbias, b.dy, b.x, b.r_mean, b.r_var, b.weight,
                                b.n, &b.shape);
        assert_close("dx", i, a.dx, b.dx, a.size);
        assert_close("dweight", i, a.dweight, b.dweight, (size_t)a.C);
        assert_close("dbias", i, a.dbias, b.dbias, (size_t)a.C);
        case_free(&a);
        case_free(&b);
    }
}
END_TEST

// Σ dy·y, plus a square of y, so that the loss is not linear in what is checked.
static double case_loss(void *context) {
    Case *k = context;
    double loss = 0.0;
    plain_forward(k);
    for (size_t i = 0; i < k->size; i++) {
        loss += (double)k->dy[i] * k->y[i];
    }
    return loss;
}

START_TEST(gradients_agree_with_differences) {
    for (int i = 0; i < SHAPES; i++) {
        Case k = case_create(shapes[i].n, shapes[i].shape, (uint64_t)i);
        size_t C = (size_t)k.C;
        memset(k.dweight, 0, C * sizeof(float));
        memset(k.dbias, 0, C * sizeof(float));
        plain_forward(&k);
        plain_backward(&k);
        double weight = gradient_error(k.weight, k.dweight, C, case_loss, &k, 1e-2f);
        double bias = gradient_error(k.bias, k.dbias, C, case_loss, &k, 1e-2f);
        ck_assert_msg(weight < 1e-3 && bias < 1e-3, "shape %d: %g, %g", i, weight, bias);
        if (k.n * k.shape.area > 2) { // with two numbers x̂ is ±1, and dx nearly 0
            double x = gradient_error(k.x, k.dx, k.size, case_loss, &k, 2e-3f);
            ck_assert_msg(x < 0.01, "shape %d: dx: %g", i, x);
        }
        case_free(&k);
    }
}
END_TEST

// Of the component of dy along x̂ a share of ε / σ² is left, and nothing of its mean.
START_TEST(gradient_has_no_part_along_the_flat_directions) {
    for (int i = 0; i < SHAPES; i++) {
        Case k = case_create(shapes[i].n, shapes[i].shape, (uint64_t)i);
        plain_forward(&k);
        plain_backward(&k);
        for (int c = 0; c < k.C; c++) {
            double sum = 0.0, along = 0.0, size = 0.0, arrived = 0.0;
            for (int j = 0; j < k.n * k.shape.area; j++) {
                size_t a = at(&k.shape, c, j);
                double x_hat = ((double)k.x[a] - k.mean[c]) * k.inv_std[c];
                sum += k.dx[a];
                along += k.dx[a] * x_hat;
                arrived += k.weight[c] * k.inv_std[c] * (double)k.dy[a] * x_hat;
                size += fabs(k.weight[c] * k.inv_std[c] * (double)k.dy[a]);
            }
            double left = arrived * k.shape.eps * k.inv_std[c] * k.inv_std[c];
            ck_assert_double_lt(fabs(sum), 1e-5 * size);
            ck_assert_double_lt(fabs(along - left), 1e-5 * size);
        }
        case_free(&k);
    }
}
END_TEST

START_TEST(output_has_the_mean_and_deviation_that_were_asked_for) {
    for (int i = 0; i < SHAPES; i++) {
        Case k = case_create(shapes[i].n, shapes[i].shape, (uint64_t)i);
        k.shape.eps = 1e-10f;
        plain_forward(&k);
        for (int c = 0, N = k.n * k.shape.area; c < k.C; c++) {
            double sum = 0.0, squares = 0.0;
            for (int j = 0; j < N; j++) {
                sum += k.y[at(&k.shape, c, j)];
                squares += pow((double)k.y[at(&k.shape, c, j)] - k.bias[c], 2);
            }
            ck_assert_double_eq_tol(sum / N, k.bias[c], 1e-5);
            ck_assert_double_eq_tol(sqrt(squares / N), fabs((double)k.weight[c]), 1e-5);
        }
        case_free(&k);
    }
}
END_TEST

// By hand: 1, 2, 3, 6 have the mean 3, the variance 3.5 and the unbiased one 14/3.
START_TEST(eps_and_momentum_are_two_things) {
    const BatchNormShape shape = { 1, 1, .eps = 0.5f, .momentum = 0.25f };
    float x[] = { 1, 2, 3, 6 }, y[4], mean, inv_std, r_mean = 8.0f, r_var = 4.0f, w = 2, b = -1;
    plain_forward_train(y, &mean, &inv_std, &r_mean, &r_var, x, &w, &b, 4, &shape);
    ck_assert_float_eq_tol(mean, 3.0f, 1e-6f);
    ck_assert_float_eq_tol(inv_std, 0.5f, 1e-6f); // 1 / √(3.5 + 0.5)
    ck_assert_float_eq_tol(y[3], 2.0f, 1e-6f);    // 2 · (6 - 3) / 2 - 1
    ck_assert_float_eq_tol(r_mean, 0.75f * 8.0f + 0.25f * 3.0f, 1e-6f);
    ck_assert_float_eq_tol(r_var, 0.75f * 4.0f + 0.25f * 14.0f / 3.0f, 1e-6f);
    plain_forward_eval(y, x, &w, &b, &(float){ 2.0f }, &(float){ 8.5f }, 4, &shape);
    ck_assert_float_eq_tol(y[3], 2.0f * 4.0f / 3.0f - 1.0f, 1e-6f);
}
END_TEST

// --- runs ----------------------------------------------------------------------------------------

enum { ALL = 131, VALID = 11, STEPS = 4 * 2 }; // 120 images to train on, 30 a step, two epochs

static const BatchnormSettings small = {
    .run = { .lesson = "05-batchnorm", .name = "default", .out = "runs", .seed = 1, .quiet = true },
    .epochs = 2,
    .batch = 30,
    .images = ALL,
    .bad_init = INIT_SMALL,
    .lr = 0.1f
};

// 28 × 28 pixels of noise; those of class c are bright in two rows of their own.
static Split small_images(void) {
    Rng rng = rng_create(1, RNG_DATA);
    uint8_t *pixels = alloc_bytes(ALL * PIXELS), *labels = alloc_bytes(ALL);
    Split images = { .data = alloc_bytes(sizeof(Dataset)), .n_valid = VALID };
    for (int i = 0; i < ALL * PIXELS; i++) {
        labels[i / PIXELS] = (uint8_t)(i / PIXELS % CLASSES);
        uint32_t bright = i % PIXELS / 56 == i / PIXELS % CLASSES ? 156 : 0;
        pixels[i] = (uint8_t)(bright + rng_below(&rng, 100));
    }
    *images.data = (Dataset){ ALL, 28, 28, pixels, labels };
    images.order = random_order(ALL, rng_create(1, RNG_DATA));
    images.n_train = ALL - VALID;
    return images;
}

typedef struct {
    BatchnormSettings settings;
    RunOptions options;
    Split images;
    Run *run;
    State *state;
    Contest contest;
    Logs logs;
} Trial;

// In an empty folder; everything up to the first step.
static Trial *trial_begin(const BatchnormSettings *s) {
    static Trial t;
    static const Option none[] = { OPTION_END };
    enter_folder();
    t = (Trial){ .settings = *s, .options = s->run, .images = small_images() };
    t.run = run_open(&t.options, none);
    t.state = state_open(t.run, none);
    ck_assert(state_begin(t.state, "contest"));
    t.contest = contest_open(t.run, &t.settings, &t.images);
    name_places(&t.contest, t.state);
    t.logs = open_logs(t.run);
    return &t;
}

static void trial_end(Trial *t) {
    state_end(t->state, true);
    contest_close(&t->contest);
    state_close(t->state);
    split_close(&t->images);
    ck_assert_int_eq(run_close(t->run), 0);
}

// Columns of the row'th row of a log.
static int read_row(const char *name, int row, double *values) {
    char path[128], line[4096], *end = line;
    snprintf(path, sizeof path, "runs/05-batchnorm/default/%s", name);
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "there is no %s", path);
    for (int i = 0; i <= row; i++) {
        ck_assert_ptr_nonnull(fgets(line, sizeof line, file));
    }
    fclose(file);
    int n = 0;
    for (char *field = line; *end; field = end + 1) {
        end = field + strcspn(field, ",\n");
        double value = strtod(field, NULL);
        values[n++] = end == field ? NAN : value;
        if (*end == '\n') {
            break;
        }
    }
    return n;
}

static double summary(const char *key) {
    char line[128];
    double value = NAN;
    FILE *file = fopen("runs/05-batchnorm/default/summary.csv", "r");
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

// What the program says at its beginning is what the text says of it.
START_TEST(checks_find_what_they_should) {
    enter_folder();
    Split images = small_images();
    RunOptions options = small.run;
    Run *run = run_open(&options, &(Option)OPTION_END);
    check(run, 1);
    cross_bridge(run, 1);
    invariances(run, 1, &images);
    split_close(&images);
    run_close(run);
    ck_assert_double_lt(summary("backward_error"), 1e-3);
    ck_assert_double_gt(summary("backward_error_without_variance"), 0.05);
    ck_assert_double_lt(summary("backward_error_without_variance_ones"), 1e-3);
    ck_assert_double_lt(summary("bridge_difference"), 1e-5);
    ck_assert_double_lt(summary("bias_gradient_share"), 1e-5);
    ck_assert_double_lt(summary("scale_output_change"), 1e-3);
    ck_assert_double_eq_tol(summary("scale_gradient_factor"), 0.1, 1e-4);
}
END_TEST

START_TEST(spoiled_gradients_are_as_their_names_say) {
    float dx[] = { 1, -2, 3 }, x[] = { 4, 6, 9 }, spoiled[3];
    spoil(spoiled, 1, dx, x, 5.0f, 0.5f, 2.0f, 6.0f, 9.0f, 3);
    ck_assert_float_eq(spoiled[1], -2.0f + 2.0f * 0.5f * 9.0f / 3.0f);
    spoil(spoiled, 2, dx, x, 5.0f, 0.5f, 2.0f, 6.0f, 9.0f, 3);
    ck_assert_float_eq(spoiled[2], 3.0f + 2.0f * 0.5f * 2.0f * 6.0f / 3.0f);
    for (int way = 0; way < WAYS; way += 3) {
        spoil(spoiled, way, dx, x, 5.0f, 0.5f, 2.0f, 6.0f, 9.0f, 3);
        ck_assert_float_eq(spoiled[0], way == 3 ? -1.0f : 1.0f);
    }
}
END_TEST

// --- the nets ------------------------------------------------------------------------------------

START_TEST(nets_are_as_described) {
    static const size_t params[NET_KINDS] = { 18378, 18466, 18378 };
    for (NetKind k = 0; k < NET_KINDS; k++) {
        Net *net = make_net(k, 2, INIT_HE, 1);
        int convs = 0, relus = 0, channels = 0, norms = 0;
        for (int i = 0; i < net->n_layers; i++) {
            Layer *l = &net->layers[i];
            convs += l->spec.kind == CONV2D;
            ck_assert(l->spec.kind != CONV2D || (l->n_bias == 0) == (k == NORMED));
            if (l->spec.kind == BATCHNORM) {
                norms++;
                ck_assert_int_eq(net->layers[i + 1].spec.kind, RELU);
                ck_assert_float_eq(l->spec.eps, 1e-5f);
                ck_assert_float_eq(l->spec.momentum, 0.1f);
                ck_assert_int_gt(l->in.height * l->in.width, 1); // so that one image is enough
            }
            if (l->spec.kind == RELU) {
                relus++;
                channels += l->in.channels;
            }
        }
        ck_assert_int_eq(convs, DEPTH);
        ck_assert_int_eq(relus, DEPTH);
        ck_assert_int_eq(channels, CHANNELS);
        ck_assert_int_eq(norms, k == NORMED ? DEPTH : 0);
        ck_assert_uint_eq(net->n_params, params[k]);
        net_free(net);
    }
}
END_TEST

START_TEST(names_fit_the_contestants) {
    char names[sizeof CONTESTANT_NAMES] = CONTESTANT_NAMES, seen[sizeof WATCHED_NAMES] = "";
    int c = 0;
    for (char *name = strtok(names, "<,"); name; name = strtok(NULL, "<,"), c++) {
        ck_assert_str_eq(name, contestants[c].name);
        ck_assert(c == SHAKEN || c == WITH_DROPOUT ||
                  (contestants[c].kind == NORMED) == (name[0] == 'b'));
        ck_assert_int_eq(contestants[c].shaken, c == SHAKEN);
        ck_assert_int_eq(contestants[c].bad, strstr(name, "bad") != NULL);
        float rate = strstr(name, "low") ? 0.2f : strstr(name, "high") || c == SHAKEN ? 5.0f : 1.0f;
        if (c >= CLIFF) {
            rate = strtof(strstr(name, "_x") + 2, NULL);
        }
        ck_assert_float_eq(contestants[c].rate, rate);
    }
    ck_assert_int_eq(c, CONTESTANTS);
    for (int w = 0; w < WATCHED; w++) {
        strcat(strcat(seen, w ? "," : ""), contestants[watched[w]].name);
        ck_assert_int_eq(watched_place(watched[w]), w);
    }
    ck_assert_str_eq(seen, WATCHED_NAMES);
    ck_assert_int_eq(watched_place(0), WATCHED);
}
END_TEST

// Weights of the last convolution and of the dense layer, wherever they are in the net.
static const Layer *with_weights(const Net *net, int from_the_end) {
    const Layer *l = net->layers + net->n_layers - 1;
    for (; !has_weights(l) || from_the_end-- > 0; l--) {
    }
    return l;
}

// Also where the scheme draws biases, and so in another order for nets that have none.
START_TEST(all_begin_from_the_same_weights) {
    for (int drawn = 0; drawn < 2; drawn++) {
        BatchnormSettings s = small;
        s.bad_init = drawn ? INIT_FAN_IN : INIT_SMALL;
        Trial *t = trial_begin(&s);
        for (int c = 0; c < CONTESTANTS; c++) {
            for (int i = 0; i <= DEPTH; i++) {
                const Layer *a = with_weights(t->contest.nets[c], i);
                const Layer *b = with_weights(t->contest.nets[contestants[c].bad ? 3 : 0], i);
                ck_assert_mem_eq(a->weight, b->weight, a->n_weight * sizeof(float));
                float largest = 0.0f;
                for (size_t k = 0; k < a->n_weight; k++) {
                    largest = fmaxf(largest, fabsf(a->weight[k]));
                }
                ck_assert(drawn || (contestants[c].bad ? largest <= 0.01f : largest > 0.1f));
            }
        }
        trial_end(t);
    }
}
END_TEST

// A net by itself, on the batches that all are to have seen: nothing that is measured on the way,
// and no other net, may have changed it.
static Net *train_alone(const Trial *t, int c, double *last_loss) {
    const BatchnormSettings *s = &t->settings;
    float x[30 * PIXELS], dlogits[30 * CLASSES];
    int labels[30];
    Net *net = make_net(contestants[c].kind, s->batch,
                        contestants[c].bad ? (InitScheme)s->bad_init : INIT_HE, 1);
    Batches batches = batches_create(t->images.data, t->images.order, VALID, ALL - VALID, s->batch,
                                     rng_create(1, RNG_SHUFFLE));
    for (int step = 0; step < STEPS; step++) {
        int n = batches_next_endless(&batches, x, labels);
        const float *logits = net_forward(net, x, n, TRAIN);
        *last_loss = softmax_cross_entropy(dlogits, logits, labels, n, CLASSES);
        net_zero_grad(net);
        net_backward(net, dlogits, WANT_PARAMS);
        for (size_t i = 0; i < net->n_params; i++) {
            net->params[i] -= contestants[c].rate * s->lr * net->grads[i];
        }
    }
    batches_free(&batches);
    return net;
}

START_TEST(each_is_trained_as_if_alone) {
    Trial *t = trial_begin(&small);
    train(&t->contest, t->state, &t->logs);
    double loss[CONTESTANTS], row[64];
    for (int c = 0; c < CONTESTANTS; c++) {
        if (c == SHAKEN || c == WITH_DROPOUT) {
            continue;
        }
        const Net *net = t->contest.nets[c];
        Net *alone = train_alone(t, c, &loss[c]);
        ck_assert_msg(memcmp(net->params, alone->params, net->n_params * sizeof(float)) == 0,
                      "%s is not what it is alone", contestants[c].name);
        ck_assert_mem_eq(net->state, alone->state, net->n_state * sizeof(float));
        net_free(alone);
    }
    trial_end(t);
    ck_assert_int_eq(read_row("log.csv", STEPS, row), 1 + CONTESTANTS);
    ck_assert_double_eq(row[0], STEPS);
    for (int c = 0; c < GRID; c++) {
        ck_assert_double_eq_tol(row[1 + c], loss[c], 1e-8);
    }
}
END_TEST

// At a rate of 0 nothing moves, and the shaken net has its own weights at the end; but it has seen
// another loss than the one that nobody shakes.
START_TEST(shaking_leaves_no_trace) {
    BatchnormSettings still = small;
    still.lr = 0.0f;
    Trial *t = trial_begin(&still);
    Net *start = make_net(NORMED, 1, INIT_HE, 1);
    train(&t->contest, t->state, &t->logs);
    ck_assert_mem_eq(t->contest.nets[SHAKEN]->params, start->params,
                     start->n_params * sizeof(float));
    net_free(start);
    trial_end(t);
    double row[64], before[64];
    for (int i = 1; i <= STEPS; i++) {
        read_row("log.csv", i, row);
        ck_assert_double_eq(row[1], row[2]); // the three rates are one
        ck_assert_double_eq(row[7], row[9]);
        ck_assert_double_ne(row[7], row[1]);
        ck_assert_double_gt(fabs(row[1 + SHAKEN] - row[7]), 1e-5);
        ck_assert(i == 1 ||
                  fabs((row[1 + SHAKEN] - row[7]) - (before[1 + SHAKEN] - before[7])) > 1e-6);
        memcpy(before, row, sizeof row);
    }
}
END_TEST

// --- what is measured ----------------------------------------------------------------------------

// The signals of a net with batch norm whose biases are all moved by d: every mean moves by d.
START_TEST(shift_is_in_units_of_the_deviation) {
    Trial *t = trial_begin(&small);
    Contest *k = &t->contest;
    Net *net = k->nets[7];
    const float d = 0.25f;
    k->step = 1;
    dataset_take(k->x, k->labels, t->images.data, t->images.order, 30);
    net_forward(net, k->x, 30, TRAIN);
    watch(k, 1, net);
    ck_assert(isnan(k->shift[1]));
    for (int i = 0; i < net->n_layers; i++) {
        for (size_t c = 0; net->layers[i].spec.kind == BATCHNORM && c < net->layers[i].n_bias;
             c++) {
            net->layers[i].bias[c] += d;
        }
    }
    k->step = 2;
    net_forward(net, k->x, 30, TRAIN);
    watch(k, 1, net);
    ck_assert_double_eq_tol(k->shift[1], d, 1e-3); // the variances are 1
    for (int l = 0; l < DEPTH; l++) {
        ck_assert_double_eq_tol(k->mean[1][l], d, 1e-4);
        ck_assert_double_eq_tol(k->deviation[1][l], 1.0, 1e-3);
    }
    k->step = 3;
    watch(k, 1, net);
    ck_assert_double_lt(k->shift[1], 1e-6);
    ck_assert_double_lt(k->front[1], 1e-6);
    ck_assert_double_eq_tol(k->shift_sum[1], d, 1e-3);
    // In front of a batch norm the means are not its b: in layer 1, where nothing has changed, they
    // stay; and what a convolution with bias adds there, batch norm takes out again.
    Layer *first = &net->layers[0];
    for (size_t i = 0; i < first->n_weight; i++) {
        first->weight[i] *= 3.0f;
    }
    k->step = 4;
    net_forward(net, k->x, 30, TRAIN);
    watch(k, 1, net);
    ck_assert_double_lt(k->shift[1], 1e-3);
    ck_assert_double_gt(k->front[1], 0.05);
    trial_end(t);
}
END_TEST

START_TEST(histograms_hold_every_number_once) {
    float x[] = { -99.0f, -6.0f, -5.76f, -5.74f, 0.0f, 0.1f, 5.99f, 6.0f, 99.0f, INFINITY };
    float share[BINS];
    count_shares(share, x, 10);
    ck_assert_float_eq_tol(share[0], 0.3f, 1e-6f);
    ck_assert_float_eq_tol(share[1], 0.1f, 1e-6f);
    ck_assert_float_eq_tol(share[24], 0.2f, 1e-6f);
    ck_assert_float_eq_tol(share[47], 0.4f, 1e-6f);

    Trial *t = trial_begin(&small);
    train(&t->contest, t->state, &t->logs);
    for (int i = 0; i < PICTURED * DEPTH; i++) {
        for (int slot = 0; slot < SLOTS; slot++) {
            float sum = 0.0f;
            for (int b = 0; b < BINS; b++) {
                sum += t->contest.shares[(i * SLOTS + slot) * BINS + b];
            }
            ck_assert_float_eq_tol(sum, slot < STEPS ? 1.0f : 0.0f, 1e-5f);
        }
    }
    trial_end(t);
}
END_TEST

// However long the training, every fortieth of it has a row, and nobody waits long for the next.
START_TEST(rows_fill_the_slots) {
    static const int epochs[] = { 1, 9, 10, 11, 43, 999 };
    for (size_t i = 0; i < sizeof epochs / sizeof *epochs; i++) {
        BatchnormSettings s = small;
        s.epochs = epochs[i];
        s.batch = 25; // five steps an epoch
        Trial *t = trial_begin(&s);
        const Contest *k = &t->contest;
        bool filled[SLOTS] = { 0 };
        ck_assert_int_eq(k->total, 5 * epochs[i]);
        ck_assert(k->every >= 1 && k->every <= LONGEST_WAIT);
        for (long step = k->every; step <= k->total; step += k->every) {
            filled[(step - 1) * k->slots / k->total] = true;
        }
        for (int slot = 0; slot < SLOTS; slot++) {
            ck_assert_int_eq(filled[slot], slot < k->slots);
        }
        trial_end(t);
    }
}
END_TEST

// A tiny step keeps what the gradient promises; a gradient with the wrong sign promises too much.
START_TEST(a_tiny_step_keeps_the_promise) {
    BatchnormSettings careful = small;
    careful.lr = 2e-3f;
    Trial *t = trial_begin(&careful);
    Contest *k = &t->contest;
    Net *net = k->nets[7];
    dataset_take(k->x, k->labels, t->images.data, t->images.order, 30);
    float loss = 0.0f;
    const float *logits = net_forward(net, k->x, 30, TRAIN);
    loss = softmax_cross_entropy(net->dy, logits, k->labels, 30, CLASSES);
    net_zero_grad(net);
    net_backward(net, net->dy, WANT_PARAMS);
    try_steps(k, 1, net, 30, loss);
    ck_assert_double_eq_tol(k->kept[1][0], 1.0, 0.05);
    ck_assert_double_lt(k->kept[1][2], k->kept[1][0]);
    for (size_t i = 0; i < net->n_params; i++) {
        net->grads[i] *= -1.0f;
    }
    try_steps(k, 1, net, 30, loss);
    ck_assert_double_eq_tol(k->kept[1][0], -1.0, 0.05);
    trial_end(t);
}
END_TEST

START_TEST(divergence_is_a_result) {
    BatchnormSettings wild = small;
    wild.lr = 1e30f;
    Trial *t = trial_begin(&wild);
    train(&t->contest, t->state, &t->logs);
    ck_assert(!report(&t->contest)); // not one is left to be saved
    ck_assert_int_ne(access("runs/05-batchnorm/default/model.safetensors", F_OK), 0);
    trial_end(t);
    double row[64];
    ck_assert_double_ge(summary("plain_good_high_diverged_at"), 2.0);
    ck_assert_float_eq_tol((float)summary("plain_good_high_valid_accuracy"), 0.1f, 1e-6f);
    ck_assert(isnan(summary("plain_good_high_shift")));
    static const char *const logs[] = { "log.csv", "log-means.csv", "log-shift.csv" };
    for (int i = 0; i < 3; i++) {
        int n = read_row(logs[i], STEPS, row);
        for (int c = 0; c < n; c++) {
            ck_assert_msg(!isinf(row[c]), "%s, column %d", logs[i], c);
        }
    }
    read_row("log.csv", STEPS, row);
    ck_assert(isnan(row[3]));
}
END_TEST

// --- the end -------------------------------------------------------------------------------------

START_TEST(the_best_with_batch_norm_is_saved) {
    Trial *t = trial_begin(&small);
    train(&t->contest, t->state, &t->logs);
    float best = 0.0f;
    for (int c = 6; c < GRID; c++) {
        Score score = evaluate(t->contest.nets[c], t->images.data, t->images.order, VALID);
        best = fmaxf(best, score.accuracy);
    }
    ck_assert(report(&t->contest));
    Net *saved = make_net(NORMED, 64, INIT_HE, 7);
    checkpoint_load("runs/05-batchnorm/default/model.safetensors", saved);
    ck_assert_float_eq(evaluate(saved, t->images.data, t->images.order, VALID).accuracy, best);
    net_free(saved);
    trial_end(t);
    ck_assert_float_eq((float)summary("modes_eval"), best);
}
END_TEST

START_TEST(modes_are_what_they_are_called) {
    Split images = small_images();
    Net *net = make_net(NORMED, 64, INIT_HE, 1);
    float x[PIXELS];
    int label, correct = 0;
    for (int i = 0; i < ALL; i++) { // one by one
        dataset_take(x, &label, images.data, images.order + i, 1);
        correct += count_correct(net_forward(net, x, 1, TRAIN), &label, 1, CLASSES);
    }
    ck_assert_double_eq(accuracy_in_training_mode(net, images.data, images.order, ALL, 1),
                        (double)correct / ALL);
    // Of one class only there is nothing to sort.
    int same[13], n = 0;
    for (int i = 0; i < ALL; i++) {
        if (images.data->labels[i] == 3) {
            same[n++] = i;
        }
    }
    ck_assert_int_eq(n, 13);
    ck_assert_double_eq(accuracy_class_by_class(net, images.data, same, n),
                        accuracy_in_training_mode(net, images.data, same, n, 64));
    Net *fresh = make_net(NORMED, 1, INIT_HE, 1);
    ck_assert_int_ne(memcmp(net->state, fresh->state, net->n_state * sizeof(float)), 0);
    lose_statistics(net);
    ck_assert_mem_eq(net->state, fresh->state, net->n_state * sizeof(float));
    net_free(net);
    net_free(fresh);
    split_close(&images);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("05-batchnorm");
    CASE(s, "plain loops", training_mode_equals_the_librarys, evaluation_mode_equals_the_librarys,
         gradients_agree_with_differences, gradient_has_no_part_along_the_flat_directions,
         output_has_the_mean_and_deviation_that_were_asked_for, eps_and_momentum_are_two_things);
    CASE(s, "checks", checks_find_what_they_should, spoiled_gradients_are_as_their_names_say);
    CASE(s, "nets", nets_are_as_described, names_fit_the_contestants,
         all_begin_from_the_same_weights, each_is_trained_as_if_alone, shaking_leaves_no_trace);
    CASE(s, "measured", shift_is_in_units_of_the_deviation, histograms_hold_every_number_once,
         rows_fill_the_slots, a_tiny_step_keeps_the_promise, divergence_is_a_result);
    CASE(s, "end", the_best_with_batch_norm_is_saved, modes_are_what_they_are_called);
    return s;
}
