// Lesson 2. Its files are included here, so that the tests reach their static functions.

#include "../lessons/02-backprop/backprop.c"
#include "../lessons/02-backprop/records.c"
#include "../lessons/02-backprop/toys.c"
#include "../lessons/02-backprop/clothes.c"
#include "../lessons/02-backprop/signals.c"
#include "../lessons/02-backprop/main.c"

#include "test.h"

#include "fixtures/mlp_tanh.h"

// --- helpers -------------------------------------------------------------------------------------

// A plain network and a batch for it, all random.
typedef struct {
    Mlp m;
    float *x;    // (n, in)
    int *labels; // (n)
    int n;
} Task;

static Task task_create(int in, int hidden, int out, int n, InitScheme scheme, uint64_t seed) {
    Task task = { .m = mlp_create(in, hidden, out, n), .n = n };
    Rng rng = rng_create(seed, RNG_INIT);
    mlp_init(&task.m, scheme, &rng);
    task.x = alloc_floats((size_t)(n * in));
    task.labels = alloc_bytes((size_t)n * sizeof *task.labels);
    rng_fill_normal(&rng, task.x, (size_t)(n * in), 0.0f, 1.0f);
    for (int e = 0; e < n; e++) {
        task.labels[e] = (int)rng_below(&rng, (uint32_t)out);
    }
    return task;
}

static void task_free(Task *task) {
    mlp_free(&task->m);
    free(task->x);
    free(task->labels);
}

// Forward, loss, backward, on the task's batch; returns the loss.
static float task_gradient(Task *task) {
    Mlp *m = &task->m;
    mlp_forward(m, task->x, task->n);
    float loss = softmax_cross_entropy(m->ds, m->s, task->labels, task->n, m->out);
    mlp_backward(m, task->x, task->n);
    return loss;
}

// 28 × 28 pixels of noise; those of class c are bright in two rows of their own. Labels in turn.
static Dataset *small_data(int n, uint64_t seed) {
    Rng rng = rng_create(seed, RNG_DATA);
    uint8_t *images = alloc_bytes((size_t)n * PIXELS), *labels = alloc_bytes((size_t)n);
    for (int i = 0; i < n; i++) {
        labels[i] = (uint8_t)(i % CLASSES);
        for (int p = 0; p < PIXELS; p++) {
            uint32_t bright = p / 56 == labels[i] ? 156 : 0;
            images[i * PIXELS + p] = (uint8_t)(bright + rng_below(&rng, 100));
        }
    }
    Dataset *data = alloc_bytes(sizeof *data);
    *data = (Dataset){ n, 28, 28, images, labels };
    return data;
}

// A run without options in the current folder: its files are in runs/02-backprop/default.
static Run *open_run(void) {
    RunOptions options = {
        .lesson = "02-backprop", .name = "default", .out = "runs", .quiet = true
    };
    return run_open(&options, &(Option)OPTION_END);
}

static FILE *run_file(const char *name) {
    char path[128];
    snprintf(path, sizeof path, "runs/02-backprop/default/%s", name);
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "there is no %s", path);
    return file;
}

// A figure from the summary of the run, which must have been closed; NaN if it is not there.
static double figure(const char *key) {
    FILE *summary = run_file("summary.csv");
    double value = NAN;
    for (char line[128]; fgets(line, sizeof line, summary);) {
        size_t n = strcspn(line, ",");
        if (n == strlen(key) && strncmp(line, key, n) == 0) {
            value = strtod(line + n + 1, NULL);
        }
    }
    fclose(summary);
    return value;
}

// --- the chain of three numbers ------------------------------------------------------------------

// The lesson's example is its network with one neuron in each layer, no biases, and half the squared
// error as its loss. x = 1, t = 0.
static float chain_loss(Mlp *m, float w) {
    static const float x = 1.0f, t = 0.0f;
    *m->W1 = w, *m->W2 = 2.0f;
    mlp_forward(m, &x, 1);
    float loss = squared_error(m->ds, m->s, &t, 1, 1);
    mlp_backward(m, &x, 1);
    return loss;
}

START_TEST(chain_by_hand) {
    Mlp m = mlp_create(1, 1, 1, 1);
    ck_assert_float_eq_tol(chain_loss(&m, 0.51f), 0.4417f, 5e-5f);
    ck_assert_float_eq_tol(chain_loss(&m, 0.5f), 0.4271f, 5e-5f);
    ck_assert_float_eq_tol(*m.h, 0.4621f, 5e-5f);
    ck_assert_float_eq_tol(*m.s, 0.9242f, 5e-5f);
    ck_assert_float_eq_tol(*m.ds, 0.9242f, 5e-5f);
    ck_assert_float_eq_tol(1.0f - *m.h * *m.h, 0.7864f, 5e-5f);
    ck_assert_float_eq_tol(*m.dh, 1.8485f, 5e-5f);  // dy · v
    ck_assert_float_eq_tol(*m.dW1, 1.4537f, 5e-5f); // da · x, and x is 1
    ck_assert_float_eq_tol(*m.db1, 1.4537f, 5e-5f);
    ck_assert_float_eq_tol(*m.dW2, 0.4271f, 5e-5f); // dy · h = 0.9242 · 0.4621
    ck_assert_float_eq_tol(*m.db2, 0.9242f, 5e-5f);
    mlp_step(&m, 0.1f);
    ck_assert_float_eq_tol(*m.W1, 0.5f - 0.14537f, 5e-6f);
    ck_assert_float_eq_tol(*m.W2, 2.0f - 0.04271f, 5e-6f);
    mlp_free(&m);
}
END_TEST

// --- the gradient --------------------------------------------------------------------------------

static const struct {
    int in, hidden, out, n;
} shapes[] = {
    { 1, 1, 2, 1 }, { 6, 5, 4, 7 }, { 2, 32, 2, 32 }, { 17, 3, 11, 5 }, { 300, 9, 10, 3 },
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static Task shaped_task(int shape, InitScheme scheme) {
    return task_create(shapes[shape].in, shapes[shape].hidden, shapes[shape].out, shapes[shape].n,
                       scheme, 10 + (uint64_t)shape);
}

typedef struct {
    double per_weight, along_directions;
} Errors;

static Errors gradient_errors(Task *task, const float *gradient) {
    Mlp *m = &task->m;
    Problem problem = { m, task->x, task->labels, task->n };
    Rng rng = rng_create(7, RNG_SAMPLE);
    return (Errors){
        gradient_error(m->theta, gradient, m->n_theta, problem_loss, &problem, 1e-2f),
        directional_error(m->theta, gradient, m->n_theta, problem_loss, &problem, 1e-3f, 32, &rng),
    };
}

START_TEST(gradient_equals_differences) {
    static const InitScheme schemes[] = { INIT_FAN_IN, INIT_XAVIER };
    for (int i = 0; i < 2 * SHAPES; i++) {
        Task task = shaped_task(i / 2, schemes[i % 2]);
        task_gradient(&task);
        Errors error = gradient_errors(&task, task.m.grad);
        ck_assert_msg(error.per_weight < 0.002, "shape %d: %g", i / 2, error.per_weight);
        ck_assert_msg(error.along_directions < 0.005, "shape %d, along directions: %g", i / 2,
                      error.along_directions);
        task_free(&task);
    }
}
END_TEST

// The mistakes that the program shows, with the errors that the chapter on gradient checks states.
START_TEST(spoiled_gradients_are_rejected) {
    static const double stated[] = { 0.0, 1.0, 2.0, 0.5, NAN };
    for (uint64_t seed = 1; seed <= 10; seed++) {
        Task task = task_create(6, 5, 4, 7, INIT_FAN_IN, seed);
        task_gradient(&task);
        float *spoiled = alloc_floats(task.m.n_theta);
        for (int way = 0; way < 5; way++) {
            spoil(spoiled, &task.m, way);
            Errors error = gradient_errors(&task, spoiled);
            double lower = fmin(error.per_weight, error.along_directions);
            double higher = fmax(error.per_weight, error.along_directions);
            ck_assert_msg(way == 0 ? higher < 0.001 : lower > 0.3, "way %d: %g and %g", way,
                          error.per_weight, error.along_directions);
            if (way < 4) {
                ck_assert_double_eq_tol(error.per_weight, stated[way], 0.01);
                ck_assert_double_eq_tol(error.along_directions, stated[way], 0.01);
            }
        }
        free(spoiled);
        task_free(&task);
    }
}
END_TEST

// The mistake of exercise 2: W1 gets the blame without the slope of the tanh.
START_TEST(missing_slope_is_noticed) {
    Task task = task_create(6, 5, 4, 7, INIT_XAVIER, 1);
    Mlp *m = &task.m;
    task_gradient(&task);
    memset(m->dW1, 0, (size_t)(m->hidden * m->in) * sizeof *m->dW1);
    for (int e = 0; e < task.n; e++) {
        for (int w = 0; w < m->hidden * m->in; w++) {
            m->dW1[w] += m->dh[e * m->hidden + w / m->in] * task.x[e * m->in + w % m->in];
        }
    }
    Errors error = gradient_errors(&task, m->grad);
    ck_assert_double_gt(error.per_weight, 0.1);
    ck_assert_double_gt(error.along_directions, 0.1);
    task_free(&task);
}
END_TEST

START_TEST(program_checks_its_gradient) {
    enter_folder();
    for (uint64_t seed = 1; seed <= 5; seed++) {
        Run *run = open_run();
        check(run, seed);
        run_close(run);
        double error = figure("gradient_error");
        ck_assert_msg(error > 0.0 && error < 0.001, "seed %d: %g", (int)seed, error);
    }
}
END_TEST

// --- initial weights -----------------------------------------------------------------------------

enum { IN = 4, HIDDEN = 7, OUT = 3 };

static void fifty_steps(Task *task) {
    for (int i = 0; i < 50; i++) {
        task_gradient(task);
        mlp_step(&task->m, 0.5f);
    }
}

static bool same_unit(const Mlp *m, int j, int k) {
    bool same = memcmp(m->W1 + j * m->in, m->W1 + k * m->in, (size_t)m->in * sizeof *m->W1) == 0 &&
                m->b1[j] == m->b1[k];
    for (int o = 0; o < m->out; o++) {
        same = same && m->W2[o * m->hidden + j] == m->W2[o * m->hidden + k];
    }
    return same;
}

// Of the pairs of hidden units, how many are twins, bit for bit.
static int twins(const Mlp *m) {
    int pairs = 0;
    for (int j = 0; j < m->hidden; j++) {
        for (int k = 0; k < j; k++) {
            pairs += same_unit(m, j, k);
        }
    }
    return pairs;
}

enum { ALL_PAIRS = HIDDEN * (HIDDEN - 1) / 2 };

// From zero they do not move at all: each layer's gradient has the other's weights as a factor. Only
// the output's biases learn.
START_TEST(zero_weights_stay_twins) {
    Task task = task_create(IN, HIDDEN, OUT, 16, INIT_ZERO, 1);
    Mlp *m = &task.m;
    ck_assert_int_eq(twins(m), ALL_PAIRS);
    float before = task_gradient(&task);
    fifty_steps(&task);
    ck_assert_int_eq(twins(m), ALL_PAIRS);
    for (float *w = m->theta; w < m->b2; w++) {
        ck_assert_float_eq(*w, 0.0f);
    }
    ck_assert_float_ne(m->b2[0], m->b2[1]);
    ck_assert_float_lt(task_gradient(&task), before);
    task_free(&task);
}
END_TEST

// From equal weights that are not zero they do move, all in the same way.
START_TEST(equal_weights_stay_twins) {
    Task task = task_create(IN, HIDDEN, OUT, 16, INIT_XAVIER, 1);
    Mlp *m = &task.m;
    for (int j = 1; j < HIDDEN; j++) {
        memcpy(m->W1 + j * IN, m->W1, IN * sizeof *m->W1);
        for (int o = 0; o < OUT; o++) {
            m->W2[o * HIDDEN + j] = m->W2[o * HIDDEN];
        }
    }
    float start[IN];
    memcpy(start, m->W1, sizeof start);
    fifty_steps(&task);
    ck_assert_int_eq(twins(m), ALL_PAIRS);
    ck_assert_double_gt(relative_error(m->W1, start, IN), 0.1);
    task_free(&task);
}
END_TEST

START_TEST(random_weights_are_no_twins) {
    for (InitScheme scheme = INIT_ZERO + 1; scheme < INIT_SCHEMES; scheme++) {
        Task task = task_create(IN, HIDDEN, OUT, 16, scheme, 1);
        fifty_steps(&task);
        ck_assert_int_eq(twins(&task.m), 0);
        task_free(&task);
    }
}
END_TEST

// --- large logits --------------------------------------------------------------------------------

// Two examples with h = 1 and h = -1, both of class 1. The logits are 10,000, -10,000, 0, 9,999 and the
// same with the other sign: one answer as wrong as can be, one as right.
START_TEST(softmax_survives_large_logits) {
    static const float logits[] = { 1e4f, -1e4f, 0.0f, 9999.0f, -1e4f, 1e4f, 0.0f, -9999.0f };
    static const float x[] = { 1.0f, -1.0f };
    static const int labels[] = { 1, 1 };
    double p = 1.0 / (1.0 + exp(-1.0)); // of class 0 beside class 3
    float expected[] = { (float)(p / 2), -0.5f, 0.0f, (float)((1 - p) / 2), 0, 0, 0, 0 };
    Mlp m = mlp_create(1, 1, 4, 2);
    *m.W1 = 1000.0f;
    memcpy(m.W2, logits, 4 * sizeof *logits);
    mlp_forward(&m, x, 2);
    ck_assert_mem_eq(m.s, logits, sizeof logits);
    float loss = softmax_cross_entropy(m.ds, m.s, labels, 2, 4);
    ck_assert_float_eq_tol(loss, (float)((20000.0 - log(p)) / 2), 0.002f);
    ck_assert_double_lt(relative_error(m.ds, expected, 8), 1e-6);
    mlp_backward(&m, x, 2);
    ck_assert_double_lt(relative_error(m.dW2, expected, 4), 1e-6);
    ck_assert_double_lt(relative_error(m.db2, expected, 4), 1e-6);
    ck_assert_float_eq(*m.dW1, 0.0f); // the tanh is flat out there
    for (int i = 0; i < 100; i++) {
        mlp_step(&m, 100.0f);
        mlp_forward(&m, x, 2);
        float before = loss;
        loss = softmax_cross_entropy(m.ds, m.s, labels, 2, 4);
        ck_assert_float_lt(loss, before); // and so no NaN
        mlp_backward(&m, x, 2);
    }
    mlp_free(&m);
}
END_TEST

// --- against PyTorch -----------------------------------------------------------------------------

START_TEST(ten_steps_equal_pytorch) {
    Mlp m = mlp_create(12, 8, 5, 6);
    memcpy(m.W1, mlp_tanh_start_0_weight, sizeof mlp_tanh_start_0_weight);
    memcpy(m.b1, mlp_tanh_start_0_bias, sizeof mlp_tanh_start_0_bias);
    memcpy(m.W2, mlp_tanh_start_2_weight, sizeof mlp_tanh_start_2_weight);
    memcpy(m.b2, mlp_tanh_start_2_bias, sizeof mlp_tanh_start_2_bias);
    for (int t = 0; t < 10; t++) {
        mlp_forward(&m, mlp_tanh_x[t][0], 6);
        float loss = softmax_cross_entropy(m.ds, m.s, mlp_tanh_labels[t], 6, 5);
        mlp_backward(&m, mlp_tanh_x[t][0], 6);
        mlp_step(&m, 0.5f);
        double error = relative_error(&loss, &mlp_tanh_losses[t], 1);
        ck_assert_msg(error < 2e-6, "loss of step %d: %.9g, not %.9g", t, loss, mlp_tanh_losses[t]);
    }
    ck_assert_double_lt(relative_error(m.W1, mlp_tanh_end_0_weight[0], 8 * 12), 2e-6);
    ck_assert_double_lt(relative_error(m.b1, mlp_tanh_end_0_bias, 8), 2e-6);
    ck_assert_double_lt(relative_error(m.W2, mlp_tanh_end_2_weight[0], 5 * 8), 2e-6);
    ck_assert_double_lt(relative_error(m.b2, mlp_tanh_end_2_bias, 5), 2e-6);
    mlp_free(&m);
}
END_TEST

// --- the bridge ----------------------------------------------------------------------------------

// Ten steps of both from the same weights on the same batch of n examples.
static void assert_library_agrees(Task *task, int n) {
    Mlp *m = &task->m;
    const LayerSpec layers[] = { dense(m->hidden), tanh_(), dense(m->out), END };
    Rng rng = rng_create(1, RNG_INIT);
    Net *net = net_create(layers, (Shape){ m->in, 1, 1 }, m->batch, &rng);
    ck_assert_uint_eq(net->n_params, m->n_theta);
    memcpy(net->params, m->theta, m->n_theta * sizeof *m->theta);
    float *start = alloc_floats(m->n_theta);
    memcpy(start, m->theta, m->n_theta * sizeof *start);
    task->n = n;
    for (int i = 0; i < 10; i++) {
        float plain = task_gradient(task);
        const float *logits = net_forward(net, task->x, n, TRAIN);
        ck_assert_double_lt(relative_error(logits, m->s, (size_t)(n * m->out)), 1e-5);
        float library = softmax_cross_entropy(m->ds, logits, task->labels, n, m->out);
        ck_assert_double_lt(relative_error(&plain, &library, 1), 1e-5);
        net_zero_grad(net);
        net_backward(net, m->ds, WANT_PARAMS);
        double error = relative_error(net->grads, m->grad, m->n_theta);
        ck_assert_msg(error < 1e-5, "%d-%d-%d, batch %d: the gradients differ by %g in step %d",
                      m->in, m->hidden, m->out, n, error, i);
        mlp_step(m, 0.2f);
        step(net, 0.2f);
    }
    for (size_t i = 0; i < m->n_theta; i++) { // how far they have moved
        m->theta[i] -= start[i];
        net->params[i] -= start[i];
    }
    ck_assert_double_lt(relative_error(net->params, m->theta, m->n_theta), 2e-5);
    free(start);
    net_free(net);
}

START_TEST(library_equals_plain_loops) {
    static const struct {
        int in, hidden, out, batch, n;
    } cases[] = {
        { 3, 4, 2, 1, 1 },       { 2, 32, 2, 32, 32 }, { 784, 20, 10, 1, 1 },
        { 784, 20, 10, 16, 16 }, { 17, 33, 5, 6, 4 }, // the last batch of an epoch
        { 1, 1, 2, 3, 3 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Task task =
            task_create(cases[i].in, cases[i].hidden, cases[i].out, cases[i].batch, INIT_XAVIER, i);
        assert_library_agrees(&task, cases[i].n);
        task_free(&task);
    }
}
END_TEST

// Batches of 9, and at the end of each epoch one of 4.
START_TEST(program_crosses_its_bridge) {
    enter_folder();
    Run *run = open_run();
    Dataset *data = small_data(40, 1);
    BackpropSettings s = { .run.seed = 3, .batch = 9, .lr = 0.1f };
    Batches batches = batches_create(data, NULL, 0, 40, s.batch, rng_create(3, RNG_SHUFFLE));
    cross_bridge(run, &s, &batches);
    run_close(run);
    double difference = figure("bridge_loss_difference");
    ck_assert_msg(difference > 0.0 && difference < 1e-5, "%g", difference);
    ck_assert_double_gt(figure("plain_ms_per_step"), 0.0);
    ck_assert_double_gt(figure("library_ms_per_step"), 0.0);
    batches_free(&batches);
    dataset_free(data);
}
END_TEST

// --- XOR and spirals -----------------------------------------------------------------------------

// Clouds that do not touch, so that no seed has an excuse.
START_TEST(xor_is_solved) {
    static const Toy toy = { "xor", 4, 2000, 0.5f, 1.0f };
    enter_folder();
    for (uint64_t seed = 1; seed <= 10; seed++) {
        Run *run = open_run();
        float points[2 * POINTS];
        int labels[POINTS];
        Rng data = rng_create(seed, RNG_DATA), init = rng_create(seed, RNG_INIT);
        toy2d_xor(points, labels, POINTS, 0.2f, &data);
        Mlp m = mlp_create(2, toy.hidden, 2, TOY_BATCH);
        mlp_init(&m, INIT_FAN_IN, &init);
        ck_assert_int_gt(toy_errors(&m, points, labels), POINTS / 4 - 1);
        train_toy(run, &toy, &m, points, labels, rng_create(seed, RNG_SHUFFLE));
        int errors = toy_errors(&m, points, labels);
        ck_assert_msg(errors == 0, "seed %d: %d errors", (int)seed, errors);
        mlp_free(&m);
        run_close(run);
    }
}
END_TEST

// Near the four corners the map must show the probability of class 1: where the signs differ.
static void assert_map_of_xor(void) {
    FILE *map = run_file("regions-xor.csv");
    char header[64];
    ck_assert_str_eq(fgets(header, sizeof header, map), "x,y,probability\n");
    int places = 0, near = 0;
    for (float x, y, p; fscanf(map, "%f,%f,%f\n", &x, &y, &p) == 3; places++) {
        float off = fmaxf(fabsf(fabsf(x) - 1.0f), fabsf(fabsf(y) - 1.0f));
        near += off < 0.2f;
        ck_assert_msg(off >= 0.2f || (x * y < 0.0f ? p > 0.9f : p < 0.1f), "%g at %g, %g", p, x, y);
    }
    fclose(map);
    ck_assert_int_gt(places, 1000);
    ck_assert_int_gt(near, 50);
}

START_TEST(program_solves_both) {
    static const uint64_t seeds[] = { 1, 2, 3, 5 };
    enter_folder();
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++) {
        Run *run = open_run();
        toys(run, seeds[i]);
        run_close(run);
        ck_assert_double_eq(figure("xor_errors"), 0.0);
        ck_assert_double_eq(figure("spirals_errors"), 0.0);
        assert_map_of_xor();
    }
}
END_TEST

// --- training ------------------------------------------------------------------------------------

// Whether a choice, "leaky-relu", is the name `name`, "leaky_relu".
static bool is_choice(const char *choices, int place, const char *name) {
    for (; place > 0; place--) {
        choices += strcspn(choices, "|") + 1;
    }
    size_t n = strcspn(choices, "|");
    for (size_t i = 0; i < n; i++) {
        if (name[i] != (choices[i] == '-' ? '_' : choices[i])) {
            return false;
        }
    }
    return name[n] == '\0';
}

START_TEST(network_is_the_one_asked_for) {
    for (int a = 0; a < ACTIVATIONS; a++) {
        BackpropSettings s = { .batch = 3, .hidden = 20, .activation = a, .init = INIT_HE };
        Net *net = make_net(&s), *again = make_net(&s);
        ck_assert_int_eq(net->n_layers, 3);
        ck_assert_uint_eq(net->n_params, 784 * 20 + 20 + 20 * 10 + 10);
        const char *name = layer_ops(net->layers[1].spec.kind)->name;
        ck_assert_msg(is_choice(ACTIVATION_CHOICES, a, name), "choice %d is %s", a, name);
        ck_assert_mem_eq(net->params, again->params, net->n_params * sizeof(float));
        s.run.seed = 1;
        Net *other = make_net(&s);
        ck_assert_mem_ne(net->params, other->params, net->n_params * sizeof(float));
        s.init = INIT_ZERO;
        Net *zero = make_net(&s);
        ck_assert_double_eq(norm(zero->params, zero->n_params), 0.0);
        net_free(net);
        net_free(again);
        net_free(other);
        net_free(zero);
    }
}
END_TEST

// With a learning rate of 0 nothing changes, and the rows of the log, weighted by the images they
// stand for, give what evaluation gives. Batches of 8 and 12 of them an epoch, the last of 5.
START_TEST(log_accounts_for_every_image) {
    enter_folder();
    Run *run = open_run();
    Dataset *data = small_data(150, 1);
    BackpropSettings s = {
        .run.seed = 1, .epochs = 2, .batch = 8, .hidden = 6, .init = INIT_XAVIER
    };
    int *order = random_order(150, rng_create(1, RNG_DATA));
    Batches batches = batches_create(data, order, 57, 93, s.batch, rng_create(1, RNG_SHUFFLE));
    Net *net = make_net(&s);
    train(run, &s, net, &batches, order, 57);
    Score training = evaluate(net, data, order + 57, 93), valid = evaluate(net, data, order, 57);
    run_close(run);
    FILE *log = run_file("log.csv");
    char line[128];
    ck_assert_str_eq(fgets(line, sizeof line, log),
                     "step,train_loss,train_accuracy,valid_loss,valid_accuracy\n");
    double loss = 0.0, correct = 0.0;
    for (int row = 1; row <= 24; row++) {
        int images = row % 12 == 0 ? 5 : 8, at;
        double row_loss, row_correct, valid_loss, valid_correct;
        ck_assert_ptr_nonnull(fgets(line, sizeof line, log));
        int fields = sscanf(line, "%d,%lf,%lf,%lf,%lf", &at, &row_loss, &row_correct, &valid_loss,
                            &valid_correct);
        ck_assert_int_eq(at, row);
        ck_assert_int_eq(fields, row % 12 == 0 ? 5 : 3);
        ck_assert(fields == 3 || fabs(valid_loss - valid.loss) < 1e-6);
        ck_assert(fields == 3 || fabs(valid_correct - valid.accuracy) < 1e-6);
        loss += row_loss * images;
        correct += row_correct * images;
    }
    ck_assert_ptr_null(fgets(line, sizeof line, log));
    fclose(log);
    ck_assert_double_eq_tol(loss / 186, training.loss, 1e-5);
    ck_assert_double_eq_tol(correct / 186, training.accuracy, 1e-6);
    net_free(net);
    batches_free(&batches);
    dataset_free(data);
    free(order);
}
END_TEST

static void train_with_a_huge_rate(void *nothing) {
    (void)nothing;
    BackpropSettings s = { .epochs = 2, .batch = 8, .hidden = 6, .init = INIT_HE, .lr = 1e30f };
    s.activation = 3; // leaky ReLU: a tanh would hold the numbers back, a ReLU die
    Dataset *data = small_data(60, 1);
    Batches batches = batches_create(data, NULL, 10, 50, s.batch, rng_create(1, RNG_SHUFFLE));
    train(open_run(), &s, make_net(&s), &batches, (int[]){ 0, 1, 2, 3, 4 }, 5);
}

START_TEST(divergence_is_reported) {
    enter_folder();
    int status;
    char *message = death_message(train_with_a_huge_rate, NULL, &status);
    ck_assert_int_eq(status, 1);
    ck_assert_msg(strstr(message, "the loss is not finite at step ") != NULL, "%s", message);
    ck_assert_msg(strstr(message, "of layer ") != NULL, "%s", message);
    free(message);
}
END_TEST

// --- signals in ten layers -----------------------------------------------------------------------

enum { SIGMOID_NET, TANH_NET, RELU_NET, LEAKY_NET };              // places in activations
enum { ZERO_INIT, SMALL_INIT, LARGE_INIT, XAVIER_INIT, HE_INIT }; // places in inits

START_TEST(deep_net_has_ten_layers) {
    for (int a = 0; a < ACTIVATIONS; a++) {
        Net *net = deep_net(a, INIT_HE, rng_create(1, RNG_INIT));
        ck_assert_int_eq(net->n_layers, 19); // ten dense ones and nine activations
        ck_assert_uint_eq(net->n_params, 784 * 100 + 8 * 100 * 100 + 9 * 100 + 100 * 10 + 10);
        ck_assert_uint_eq(shape_size(net->out), 10);
        for (int i = 0; i < 19; i++) {
            const char *name = layer_ops(net->layers[i].spec.kind)->name;
            ck_assert_str_eq(name, i % 2 ? activations[a].name : "dense");
        }
        ck_assert(is_choice(ACTIVATION_CHOICES, a, activations[a].name));
        net_free(net);
    }
    for (int k = 0; k < INITS; k++) {
        ck_assert(is_choice(INIT_CHOICES, (int)inits[k].scheme, inits[k].name));
    }
}
END_TEST

// What the first batch shows.
static Outcome signals_of(int activation, int init, uint64_t seed) {
    Net *net = deep_net(activation, inits[init].scheme, rng_create(seed, RNG_INIT));
    Dataset *data = small_data(BATCH, seed);
    float *x = alloc_floats(BATCH * PIXELS), *dlogits = alloc_floats(BATCH * CLASSES);
    int labels[BATCH], index[BATCH];
    for (int i = 0; i < BATCH; i++) {
        index[i] = i;
    }
    dataset_take(x, labels, data, index, BATCH);
    const float *logits = net_forward(net, x, BATCH, TRAIN);
    softmax_cross_entropy(dlogits, logits, labels, BATCH, CLASSES);
    net_backward(net, dlogits, WANT_PARAMS);
    Outcome o = { .accuracy = NAN };
    measure_signals(&o, net);

    // the ends of the chain can be had without looking into the network
    double outputs = norm(logits, BATCH * CLASSES) / sqrt(BATCH * CLASSES);
    ck_assert_double_eq_tol(o.forward[DEPTH - 1], outputs, 1e-9 * outputs + 1e-99);
    ck_assert_double_eq_tol(o.backward[DEPTH - 1], norm(dlogits, BATCH * CLASSES), 1e-9);
    ck_assert_double_eq_tol(o.weight[0], norm(net->grads, PIXELS * WIDTH), 1e-9);
    dataset_free(data);
    net_free(net);
    free(x);
    free(dlogits);
    return o;
}

// Every value within a factor of the last one.
static void assert_level(const double value[DEPTH], double factor) {
    for (int l = 0; l < DEPTH; l++) {
        double ratio = value[l] / value[DEPTH - 1];
        ck_assert_msg(ratio < factor && ratio > 1.0 / factor, "layer %d: %g", l + 1, ratio);
    }
}

START_TEST(suited_weights_keep_signals_level) {
    for (uint64_t seed = 1; seed <= 5; seed++) {
        for (int a = TANH_NET; a <= LEAKY_NET; a++) {
            Outcome o = signals_of(a, a == TANH_NET ? XAVIER_INIT : HE_INIT, seed);
            assert_level(o.backward, 10.0);
            assert_level(o.forward, 10.0);
        }
        Outcome o = signals_of(RELU_NET, XAVIER_INIT, seed); // loses about √2 a layer
        ck_assert_double_lt(o.backward[0], 0.2 * o.backward[DEPTH - 1]);
    }
}
END_TEST

START_TEST(sigmoids_lose_the_gradient) {
    for (uint64_t seed = 1; seed <= 5; seed++) {
        for (int k = SMALL_INIT; k < INITS; k++) {
            Outcome o = signals_of(SIGMOID_NET, k, seed);
            double ratio = o.backward[0] / o.backward[DEPTH - 1];
            ck_assert_msg(ratio > 0.0 && ratio < (k == LARGE_INIT ? 0.1 : 1e-3), "%s: %g",
                          inits[k].name, ratio);
        }
    }
}
END_TEST

START_TEST(zero_weights_pass_no_gradient) {
    for (int a = 0; a < ACTIVATIONS; a++) {
        Outcome o = signals_of(a, ZERO_INIT, 1);
        ck_assert_double_gt(o.backward[DEPTH - 1], 0.0);
        for (int l = 0; l < DEPTH - 1; l++) {
            ck_assert_double_eq(o.backward[l], 0.0);
            ck_assert_double_eq(o.weight[l], 0.0);
        }
    }
}
END_TEST

// A layer of 100 inputs multiplies by about √(100 v): 0.058 with weights on ±0.01, 2.9 on ±0.5, of
// which ReLU leaves 2.0.
START_TEST(small_weights_vanish_and_large_ones_explode) {
    for (uint64_t seed = 1; seed <= 5; seed++) {
        Outcome small = signals_of(TANH_NET, SMALL_INIT, seed);
        Outcome large = signals_of(RELU_NET, LARGE_INIT, seed);
        for (int l = 1; l < DEPTH; l++) {
            double up = small.forward[l] / small.forward[l - 1];
            ck_assert_msg(up > 0.03 && up < 0.1, "small, layer %d: %g", l + 1, up);
            up = large.forward[l] / large.forward[l - 1];
            ck_assert_msg(up > 1.1 && up < 4.5, "large, layer %d: %g", l + 1, up);
        }
        ck_assert_double_lt(small.forward[DEPTH - 1], 1e-10);
        ck_assert_double_lt(small.backward[0], 1e-9);
        ck_assert_double_gt(large.backward[0], 50.0 * large.backward[DEPTH - 1]);
        Outcome tanh_large = signals_of(TANH_NET, LARGE_INIT, seed);
        for (int l = 0; l < DEPTH - 1; l++) {
            ck_assert_double_le(tanh_large.forward[l], 1.0);
        }
    }
}
END_TEST

// With weights 0 and biases 1 every hidden unit gives 1, whatever it is shown.
static Net *lively_net(int activation) {
    Net *net = deep_net(activation, INIT_ZERO, rng_create(1, RNG_INIT));
    for (int l = 0; l < DEPTH - 1; l++) {
        for (int u = 0; u < WIDTH; u++) {
            net->layers[2 * l].bias[u] = 1.0f;
        }
    }
    return net;
}

START_TEST(dead_units_are_counted) {
    enum { IMAGES = 2 * BATCH + 2 };
    Dataset *data = small_data(IMAGES, 1);
    int *index = random_order(IMAGES, rng_create(1, RNG_DATA));
    Net *net = lively_net(RELU_NET), *leaky = lively_net(LEAKY_NET);
    ck_assert_int_eq(count_dead(net, data, index, IMAGES), 0);
    int planted = 0;
    for (int l = 0; l < DEPTH - 1; l++) { // one in each layer
        net->layers[2 * l].bias[11 * l] = leaky->layers[2 * l].bias[11 * l] = -1.0f;
        planted++;
        ck_assert_int_eq(count_dead(net, data, index, IMAGES), planted);
        ck_assert_int_eq(count_dead(leaky, data, index, IMAGES), 0);
    }

    // a unit that lives for one image only, of the first batch or of the last, small one
    static const int places[] = { 0, IMAGES - 1 };
    uint8_t *images = (uint8_t *)data->images;
    net->layers[0].bias[99] = 0.0f;
    net->layers[0].weight[99 * PIXELS + 300] = 1.0f;
    for (int k = 0; k < 2; k++) {
        for (int i = 0; i < IMAGES; i++) {
            images[index[i] * PIXELS + 300] = i == places[k] ? 200 : 0;
        }
        ck_assert_int_eq(count_dead(net, data, index, IMAGES), planted);
        ck_assert_int_eq(count_dead(net, data, index + 1, IMAGES - 2), planted + 1);
    }
    net_free(net);
    net_free(leaky);
    dataset_free(data);
    free(index);
}
END_TEST

// The signals in the table are those of the first step, before it is taken; then the net learns.
START_TEST(deep_net_is_trained) {
    enter_folder();
    Run *run = open_run();
    Dataset *data = small_data(BATCH, 1);
    Net *net = deep_net(RELU_NET, INIT_HE, rng_create(1, RNG_INIT));
    Batches batches = batches_create(data, NULL, 0, BATCH, BATCH, rng_create(1, RNG_SHUFFLE));
    Outcome o, expected = signals_of(RELU_NET, HE_INIT, 1); // of the same images in another order
    ck_assert_float_lt(evaluate(net, data, NULL, BATCH).accuracy, 0.4f);
    train_deep(run, &o, net, &batches, STEPS);
    for (int l = 0; l < DEPTH; l++) {
        ck_assert_double_eq_tol(o.forward[l], expected.forward[l], 1e-5 * expected.forward[l]);
        ck_assert_double_eq_tol(o.backward[l], expected.backward[l], 1e-5 * expected.backward[l]);
        ck_assert_double_eq_tol(o.weight[l], expected.weight[l], 1e-5 * expected.weight[l]);
    }
    ck_assert_float_gt(evaluate(net, data, NULL, BATCH).accuracy, 0.9f);
    run_close(run);
    net_free(net);
    batches_free(&batches);
    dataset_free(data);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("02-backprop");
    CASE(s, "by hand", chain_by_hand);
    CASE(s, "gradient", gradient_equals_differences, spoiled_gradients_are_rejected,
         missing_slope_is_noticed, program_checks_its_gradient);
    CASE(s, "initial weights", zero_weights_stay_twins, equal_weights_stay_twins,
         random_weights_are_no_twins);
    CASE(s, "large logits", softmax_survives_large_logits);
    CASE(s, "PyTorch", ten_steps_equal_pytorch);
    CASE(s, "bridge", library_equals_plain_loops, program_crosses_its_bridge);
    CASE(s, "toys", xor_is_solved, program_solves_both);
    CASE(s, "training", network_is_the_one_asked_for, log_accounts_for_every_image,
         divergence_is_reported);
    CASE(s, "signals", deep_net_has_ten_layers, suited_weights_keep_signals_level,
         sigmoids_lose_the_gradient, zero_weights_pass_no_gradient,
         small_weights_vanish_and_large_ones_explode, dead_units_are_counted, deep_net_is_trained);
    return s;
}
