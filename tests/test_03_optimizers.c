// Lesson 3. Its files are included here, so that the tests reach their static functions.

#include "../lessons/03-optimizers/lab.c"
#include "../lessons/03-optimizers/optimizers.c"
#include "../lessons/03-optimizers/landscapes.c"
#include "../lessons/03-optimizers/race.c"
#include "../lessons/03-optimizers/batches.c"
#include "../lessons/03-optimizers/schedules.c"
#include "../lessons/03-optimizers/penalties.c"
#include "../lessons/03-optimizers/main.c"

#include "test.h"

#include <omp.h>

// --- a small laboratory --------------------------------------------------------------------------

// 28 × 28 pixels of noise; those of class c are bright in two rows of their own.
enum { IMAGES = 270, USED = 260, VALID = 21, TRAINING = 239, BATCH = 32 };

static const OptimizersSettings small = {
    .run = { .lesson = "03-optimizers",
             .data = "data",
             .name = "default",
             .out = "runs",
             .seed = 1,
             .threads = 1, // thousands of tiny passes: not worth waking anyone for
             .quiet = true },
    .epochs = 6,
    .batch = BATCH,
    .images = USED,
    .hidden = 8
};

static void put_data(void) {
    Rng rng = rng_create(1, RNG_DATA);
    uint8_t *images = alloc_bytes(IMAGES * PIXELS), labels[IMAGES];
    for (int i = 0; i < IMAGES; i++) {
        labels[i] = (uint8_t)rng_below(&rng, CLASSES);
        for (int p = 0; p < PIXELS; p++) {
            uint32_t bright = p / 56 == labels[i] ? 100 : 0;
            images[i * PIXELS + p] = (uint8_t)(bright + rng_below(&rng, 156));
        }
    }
    idx_write("data/train-images-idx3-ubyte", images, 3, (int[]){ IMAGES, 28, 28 });
    idx_write("data/train-labels-idx1-ubyte", labels, 1, (int[]){ IMAGES });
    free(images);
}

// In a new folder, on a small data set, with a run without options.
static OptimizersLab small_lab(const OptimizersSettings *s) {
    enter_folder();
    put_data();
    RunOptions options = s->run;
    return lab_open(run_open(&options, &(Option)OPTION_END), s);
}

// Completes the run's files, too.
static void close_small_lab(OptimizersLab *lab) {
    run_close(lab->run);
    lab_close(lab);
}

static Recipe recipe_of(OptimizerKind kind, float lr, Schedule schedule, long steps) {
    return (Recipe){ optimizer_defaults(kind, lr), schedule, BATCH, steps };
}

// One pass over the next batch; the gradient is in net->grads.
static float batch_gradient(const OptimizersLab *lab, Net *net, Batches *batches) {
    int n = batches_next_endless(batches, lab->x, lab->labels);
    const float *logits = net_forward(net, lab->x, n, TRAIN);
    float loss = softmax_cross_entropy(net->dy, logits, lab->labels, n, CLASSES);
    net_zero_grad(net);
    net_backward(net, net->dy, WANT_PARAMS);
    return loss;
}

// A copy of the weights, minus those that every experiment starts from. The caller frees it.
static float *movement(const OptimizersLab *lab, const float *params) {
    float *moved = alloc_floats(lab->net->n_params);
    for (size_t i = 0; i < lab->net->n_params; i++) {
        moved[i] = params[i] - lab->start[i];
    }
    return moved;
}

static float *trained_movement(OptimizersLab *lab, const Recipe *recipe) {
    train(lab, recipe);
    return movement(lab, lab->net->params);
}

// --- the same for all ----------------------------------------------------------------------------

START_TEST(sets_are_apart) {
    OptimizersLab lab = small_lab(&small);
    ck_assert_int_eq(lab.images.data->n, IMAGES);
    ck_assert_int_eq(lab.images.n_valid, VALID);
    ck_assert_int_eq(lab.images.n_train, TRAINING);
    Batches batches = fresh_batches(&lab, BATCH);
    int seen[IMAGES] = { 0 }, places = 0;
    for (int i = 0; i < VALID; i++) {
        seen[lab.images.order[i]]++;
    }
    for (int i = 0; i < TRAINING; i++) {
        seen[batches.order[i]]++;
    }
    for (int i = 0; i < IMAGES; i++) {
        ck_assert_int_le(seen[i], 1);
        places += seen[i];
    }
    ck_assert_int_eq(places, USED);
    ck_assert_int_eq(steps_for(&lab, BATCH, 1.0), 8);
    ck_assert_int_eq(steps_for(&lab, BATCH, 2.5), 20);
    ck_assert_int_eq(steps_for(&lab, BATCH, 0.1), 1);
    ck_assert_int_eq(steps_for(&lab, 1, 1.0), TRAINING);
    ck_assert_int_eq(steps_for(&lab, TRAINING, 3.0), 3);
    ck_assert_mem_eq(lab.start, lab.net->params, lab.net->n_params * sizeof(float));
    batches_free(&batches);
    close_small_lab(&lab);
}
END_TEST

// Whatever was trained in between: no weight, no batch, no optimizer's memory is left over.
START_TEST(same_recipe_same_curve) {
    OptimizersLab lab = small_lab(&small);
    Curve first[OPTIMIZER_KINDS];
    for (int repeat = 0; repeat < 2; repeat++) {
        for (OptimizerKind k = 0; k < OPTIMIZER_KINDS; k++) {
            Recipe recipe = recipe_of(k, 0.01f, COSINE, 50);
            Curve curve = train(&lab, &recipe);
            if (repeat == 0) {
                first[k] = curve;
            }
            ck_assert_mem_eq(curve.loss, first[k].loss, sizeof curve.loss);
            ck_assert_float_eq(curve.valid.loss, first[k].valid.loss);
            ck_assert_float_eq(curve.valid.accuracy, first[k].valid.accuracy);
            ck_assert_double_eq(curve.weight_norm, first[k].weight_norm);
            ck_assert(curve.loss[POINTS - 1] < curve.loss[0]); // and so no NaN
            ck_assert_double_eq(curve.weight_norm, norm(lab.net->params, lab.net->n_params));
        }
    }
    close_small_lab(&lab);

    OptimizersSettings other = small;
    other.run.seed = 2;
    lab = small_lab(&other);
    Recipe recipe = recipe_of(SGD, 0.01f, COSINE, 50);
    Curve curve = train(&lab, &recipe);
    ck_assert_double_ne(curve.loss[0], first[SGD].loss[0]);
    close_small_lab(&lab);
}
END_TEST

// As many steps as points: each point is one step, and the first loss was computed before any step.
START_TEST(all_methods_start_alike) {
    OptimizersLab lab = small_lab(&small);
    Recipe recipe = recipe_of(SGD, 0.1f, CONSTANT, POINTS);
    Curve sgd = train(&lab, &recipe);
    for (OptimizerKind k = 0; k < OPTIMIZER_KINDS; k++) {
        for (Schedule s = 0; s < SCHEDULES; s++) {
            recipe = recipe_of(k, 0.003f, s, POINTS);
            Curve curve = train(&lab, &recipe);
            ck_assert_double_eq(curve.loss[0], sgd.loss[0]);
            ck_assert_double_ne(curve.loss[1], sgd.loss[1]);
        }
    }
    close_small_lab(&lab);
}
END_TEST

// The losses of the first steps with the initial weights.
static void losses_at_start(const OptimizersLab *lab, double *loss, int steps) {
    Net *net = make_net(lab->settings);
    Batches batches = fresh_batches(lab, BATCH);
    for (int t = 0; t < steps; t++) {
        loss[t] = batch_gradient(lab, net, &batches);
    }
    batches_free(&batches);
    net_free(net);
}

// With a learning rate of 0 no method moves, and each loss tells which batch it was: five epochs.
START_TEST(all_methods_see_the_same_batches) {
    OptimizersLab lab = small_lab(&small);
    double loss[POINTS];
    losses_at_start(&lab, loss, POINTS);
    for (OptimizerKind k = 0; k < OPTIMIZER_KINDS; k++) {
        Recipe recipe = recipe_of(k, 0.0f, CONSTANT, POINTS);
        Curve curve = train(&lab, &recipe);
        ck_assert_mem_eq(lab.net->params, lab.start, lab.net->n_params * sizeof(float));
        ck_assert_mem_eq(curve.loss, loss, sizeof loss);
        Score score = evaluate(lab.net, lab.images.data, lab.images.order, VALID);
        ck_assert_float_eq(curve.valid.loss, score.loss);
    }
    close_small_lab(&lab);
}
END_TEST

// A point is the mean of the losses since the point before. 100 steps, of which 3 and 2 in turn make
// a point.
START_TEST(points_are_means) {
    OptimizersLab lab = small_lab(&small);
    double loss[100];
    losses_at_start(&lab, loss, 100);
    Recipe recipe = recipe_of(ADAM, 0.0f, CONSTANT, 100);
    Curve curve = train(&lab, &recipe);
    for (int p = 0, t = 0; p < POINTS; p++) {
        double sum = 0.0;
        int n = p % 2 ? 2 : 3;
        for (int end = t + n; t < end; t++) {
            sum += loss[t];
        }
        ck_assert_double_eq(curve.loss[p], sum / n);
        ck_assert(curve.seconds[p] >= (p > 0 ? curve.seconds[p - 1] : 0.0));
    }
    close_small_lab(&lab);
}
END_TEST

// --- divergence ----------------------------------------------------------------------------------

// What a diverged run leaves behind: infinite from some point on, and the accuracy of guessing.
START_TEST(divergence_is_a_result) {
    OptimizersLab lab = small_lab(&small);
    Recipe sane = recipe_of(SGD, 0.1f, CONSTANT, 60);
    Curve before = train(&lab, &sane);
    for (long steps = 40; steps <= 120; steps += 40) {
        Recipe wild = recipe_of(SGD, 1e38f, CONSTANT, steps);
        wild.optimizer.l2 = 1.0f;
        Curve curve = train(&lab, &wild);
        int infinite = 0;
        for (int p = 0; p < POINTS; p++) {
            infinite += curve.loss[p] == INFINITY;
            ck_assert_msg(infinite ? curve.loss[p] == INFINITY : isfinite(curve.loss[p]),
                          "%ld steps: point %d is %g", steps, p, curve.loss[p]);
        }
        ck_assert_int_gt(infinite, POINTS - 5);
        ck_assert(curve.valid.loss == INFINITY);
        ck_assert_float_eq(curve.valid.accuracy, 0.1f);
    }
    Curve after = train(&lab, &sane);
    ck_assert_mem_eq(after.loss, before.loss, sizeof after.loss);
    close_small_lab(&lab);
}
END_TEST

// --- rates ---------------------------------------------------------------------------------------

// The share of the learning rate that is in force when a share tau of the training is over, as the
// chapter on optimizers has it.
static double share_of_rate(Schedule schedule, double tau) {
    switch (schedule) {
    case STEP_DECAY:
        return tau < 0.5 ? 1.0 : tau < 0.75 ? 0.1 : 0.01;
    case LINEAR_DECAY:
        return 1.0 - tau;
    case COSINE:
        return (1.0 + cos(acos(-1.0) * tau)) / 2.0;
    case WARM_COSINE: // 44 steps, of which the first four are the tenth
        return tau < 4.0 / 44.0 ? (44.0 * tau + 1.0) / 4.0
                                : (1.0 + cos(acos(-1.0) * (44.0 * tau - 4.0) / 40.0)) / 2.0;
    default:
        return 1.0;
    }
}

// 44 steps of SGD, the last of which has 1/44 of the rate under the linear schedule.
START_TEST(schedules_set_the_rate) {
    enum { STEPS = 44 };
    OptimizersLab lab = small_lab(&small);
    for (Schedule s = 0; s < SCHEDULES; s++) {
        Net *net = make_net(&small);
        Batches batches = fresh_batches(&lab, BATCH);
        for (int t = 0; t < STEPS; t++) {
            float lr = (float)(0.02 * share_of_rate(s, (double)t / STEPS));
            batch_gradient(&lab, net, &batches);
            for (size_t i = 0; i < net->n_params; i++) {
                net->params[i] -= lr * net->grads[i];
            }
        }
        Recipe recipe = recipe_of(SGD, 0.02f, s, STEPS);
        float *moved = trained_movement(&lab, &recipe), *expected = movement(&lab, net->params);
        double error = relative_error(moved, expected, net->n_params);
        ck_assert_msg(error < 1e-5, "%s: %g", schedule_name(s), error);
        batches_free(&batches);
        net_free(net);
        free(moved);
        free(expected);
    }
    close_small_lab(&lab);
}
END_TEST

// Numbers of a row of a log in the folder of the run.
static int read_row(FILE *log, double *values) {
    char line[1024];
    int n = 0;
    char *at = fgets(line, sizeof line, log);
    while (at && *at && *at != '\n') {
        values[n++] = strtod(at, &at);
        at += *at == ',';
    }
    return n;
}

static FILE *open_log(const char *name, const char *header) {
    char path[128], line[1024];
    snprintf(path, sizeof path, "runs/03-optimizers/default/%s", name);
    FILE *log = fopen(path, "r");
    ck_assert_msg(log != NULL, "there is no %s", path);
    ck_assert_ptr_nonnull(fgets(line, sizeof line, log));
    line[strcspn(line, "\n")] = '\0';
    ck_assert_str_eq(line, header);
    return log;
}

#define METHOD_NAMES "sgd,momentum,nesterov,adagrad,rmsprop,adam,adamw"

START_TEST(sweep_finds_the_lowest) {
    OptimizersLab lab = small_lab(&small);
    float best[OPTIMIZER_KINDS];
    sweep(&lab, best);
    close_small_lab(&lab);
    FILE *log = open_log("log-sweep.csv", "step,lr," METHOD_NAMES);
    double row[RATES][2 + OPTIMIZER_KINDS], rest[16];
    for (int i = 0; i < RATES; i++) {
        ck_assert_int_eq(read_row(log, row[i]), 2 + OPTIMIZER_KINDS);
        ck_assert_double_eq(row[i][0], i + 1);
        ck_assert_double_eq_tol(log10(row[i][1]), -4.0 + 0.5 * i, 1e-6);
    }
    ck_assert_int_eq(read_row(log, rest), 0);
    fclose(log);
    for (OptimizerKind k = 0; k < OPTIMIZER_KINDS; k++) {
        int lowest = 0;
        for (int i = 1; i < RATES; i++) {
            lowest = row[i][2 + k] < row[lowest][2 + k] ? i : lowest;
        }
        ck_assert_float_eq(best[k], (float)row[lowest][1]);
        ck_assert_double_lt(row[lowest][2 + k], 0.95 * row[0][2 + k]);
    }
    ck_assert_float_lt(best[ADAM], best[SGD]);
}
END_TEST

// Column k of a log is the curve that recipe k gives.
static void assert_log_has(OptimizersLab *lab, const char *name, const char *header,
                           const Recipe *recipes, int n) {
    double loss[OPTIMIZER_KINDS][POINTS], row[16];
    for (int k = 0; k < n; k++) {
        Curve curve = train(lab, &recipes[k]);
        memcpy(loss[k], curve.loss, sizeof curve.loss);
    }
    close_small_lab(lab);
    FILE *log = open_log(name, header);
    for (int p = 0; p < POINTS; p++) {
        ck_assert_int_eq(read_row(log, row), n + 1);
        ck_assert_double_eq(row[0], (double)(((p + 1) * recipes[0].steps + POINTS - 1) / POINTS));
        for (int k = 0; k < n; k++) {
            ck_assert_double_eq_tol(row[k + 1], loss[k][p], 1e-7 * loss[k][p]);
        }
    }
    ck_assert_int_eq(read_row(log, row), 0);
    fclose(log);
}

// Seven rates; the column of μ = 0 is SGD's, that of μ = 0.9 the usual momentum's.
START_TEST(momentum_sweep_trains_what_it_says) {
    OptimizersLab lab = small_lab(&small);
    double loss[2];
    for (int k = 0; k < 2; k++) {
        Recipe recipe = recipe_of(k ? MOMENTUM : SGD, tried_lr(FIRST_RATE + 1), CONSTANT, 8);
        loss[k] = train(&lab, &recipe).valid.loss;
    }
    momentum_sweep(&lab);
    close_small_lab(&lab);
    FILE *log = open_log("log-momentum.csv", "step,lr,mu_0,mu_05,mu_08,mu_09,mu_098");
    double row[16];
    int rows = 0;
    for (; read_row(log, row) > 0; rows++) {
        if (rows == 1) {
            ck_assert_double_eq_tol(row[2], loss[0], 1e-6 * loss[0]);
            ck_assert_double_eq_tol(row[5], loss[1], 1e-6 * loss[1]);
        }
    }
    ck_assert_int_eq(rows, RATES - FIRST_RATE);
    fclose(log);
}
END_TEST

// With each method's own rate, and with one rate for all.
START_TEST(race_runs_each_at_its_rate) {
    static const float rates[] = { 0.1f, 0.03f, 0.02f, 0.05f, 0.001f, 0.003f, 0.004f };
    for (int same = 0; same < 2; same++) {
        OptimizersSettings s = small;
        s.lr = same ? 0.01f : 0.0f;
        OptimizersLab lab = small_lab(&s);
        race(&lab, rates);
        Recipe recipes[OPTIMIZER_KINDS];
        for (OptimizerKind k = 0; k < OPTIMIZER_KINDS; k++) {
            recipes[k] = recipe_of(k, same ? 0.01f : rates[k], CONSTANT, 8L * s.epochs);
        }
        assert_log_has(&lab, "log.csv", "step," METHOD_NAMES, recipes, OPTIMIZER_KINDS);
    }
}
END_TEST

START_TEST(schedules_are_compared) {
    OptimizersLab lab = small_lab(&small);
    schedules(&lab, 0.003f);
    Recipe recipes[SCHEDULES];
    for (Schedule s = 0; s < SCHEDULES; s++) {
        recipes[s] = recipe_of(ADAM, 0.003f, s, 8L * small.epochs);
    }
    train(&lab, &recipes[COSINE]); // the model in the file is this one's
    Net *saved = make_net(&small);
    checkpoint_load("runs/03-optimizers/default/model.safetensors", saved);
    ck_assert_mem_eq(saved->params, lab.net->params, saved->n_params * sizeof(float));
    net_free(saved);
    assert_log_has(&lab, "log-schedules.csv", "step,constant,step_decay,linear,cosine,warm_cosine",
                   recipes, SCHEDULES);
}
END_TEST

// --- all at once ---------------------------------------------------------------------------------

// Gradient descent with all training images in one batch, 40 steps; gives the losses.
static Net *descend(const OptimizersLab *lab, float lr, double loss[POINTS]) {
    OptimizersSettings s = *lab->settings;
    s.batch = TRAINING;
    Net *net = make_net(&s);
    float *x = alloc_floats(TRAINING * PIXELS), *dlogits = alloc_floats(TRAINING * CLASSES);
    int labels[TRAINING];
    dataset_take(x, labels, lab->images.data, lab->images.order + VALID, TRAINING);
    for (int t = 0; t < POINTS; t++) {
        const float *logits = net_forward(net, x, TRAINING, TRAIN);
        loss[t] = softmax_cross_entropy(dlogits, logits, labels, TRAINING, CLASSES);
        net_zero_grad(net);
        net_backward(net, dlogits, WANT_PARAMS);
        for (size_t i = 0; i < net->n_params; i++) {
            net->params[i] -= lr * net->grads[i];
        }
    }
    free(x);
    free(dlogits);
    return net;
}

// In pieces of 32, the last of 15; of 200 and 39; in one piece; of 7, the last of a single image.
START_TEST(pieces_add_up_to_the_full_batch) {
    static const int sizes[] = { BATCH, 200, TRAINING, 7 };
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        OptimizersSettings s = small;
        s.batch = sizes[k];
        OptimizersLab lab = small_lab(&s);
        double loss[POINTS];
        Net *net = descend(&lab, 0.05f, loss);
        memset(lab.net->params, 0, lab.net->n_params * sizeof(float)); // it begins anew
        Curve curve = train_full_batch(&lab, 0.05f);
        for (int t = 0; t < POINTS; t++) {
            ck_assert_double_eq_tol(curve.loss[t], loss[t], 1e-5 * loss[t]);
        }
        float *moved = movement(&lab, lab.net->params), *expected = movement(&lab, net->params);
        double error = relative_error(moved, expected, net->n_params);
        ck_assert_msg(error < 2e-5, "pieces of %d: %g", s.batch, error);
        Score score = evaluate(net, lab.images.data, lab.images.order, VALID);
        ck_assert_float_eq_tol(curve.valid.loss, score.loss, 1e-4f);
        net_free(net);
        free(moved);
        free(expected);
        close_small_lab(&lab);
    }
}
END_TEST

// --- L2 and weight decay -------------------------------------------------------------------------

// How far apart the two ways of keeping weights small end, in units of the distance travelled.
static double l2_against_decay(OptimizersLab *lab, OptimizerKind kind, float lr) {
    Recipe penalty = recipe_of(kind, lr, COSINE, 60), shrinking = penalty, neither = penalty;
    penalty.optimizer.l2 = 0.05f;
    shrinking.optimizer.weight_decay = 0.05f;
    float *a = trained_movement(lab, &penalty), *b = trained_movement(lab, &shrinking);
    float *c = trained_movement(lab, &neither);
    ck_assert_double_gt(relative_error(a, c, lab->net->n_params), 0.01); // both do something
    ck_assert_double_gt(relative_error(b, c, lab->net->n_params), 1e-3);
    double error = relative_error(a, b, lab->net->n_params);
    free(a);
    free(b);
    free(c);
    return error;
}

START_TEST(l2_is_weight_decay_only_under_sgd) {
    OptimizersLab lab = small_lab(&small);
    double sgd = l2_against_decay(&lab, SGD, 0.05f), adam = l2_against_decay(&lab, ADAM, 0.003f);
    ck_assert_msg(sgd < 1e-5, "SGD: %g", sgd);
    ck_assert_msg(adam > 0.05, "Adam: %g", adam);
    close_small_lab(&lab);
}
END_TEST

// A figure from the run's summary.
static double figure(const char *key) {
    FILE *summary = open_log("summary.csv", "key,value");
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

START_TEST(decay_is_shown) {
    OptimizersSettings s = small;
    s.epochs = 30;
    OptimizersLab lab = small_lab(&s);
    float rate[OPTIMIZER_KINDS] = { [SGD] = 0.03f, [ADAM] = 0.003f };
    decay(&lab, rate);
    close_small_lab(&lab);
    double sgd = figure("decay_sgd_l2_weight_norm"),
           neither = figure("decay_adam_neither_weight_norm");
    double penalty = figure("decay_adam_l2_weight_norm"),
           decayed = figure("decay_adam_decay_weight_norm");
    ck_assert_double_eq_tol(figure("decay_sgd_decay_weight_norm"), sgd, 1e-5 * sgd);
    ck_assert_double_lt(decayed, neither);
    ck_assert_double_gt(neither - penalty, 10.0 * (neither - decayed));
}
END_TEST

// --- landscapes ----------------------------------------------------------------------------------

// The formulas of the essay in double precision.
static double true_height(int l, double x, double y) {
    return l == 0   ? x * x / 2 + 10 * y * y
           : l == 1 ? pow(1 - x, 2) + 100 * pow(y - x * x, 2)
                    : x * x / 2 - y * y / 2 + pow(y, 4) / 4;
}

enum { PLACES = 1000 };

// Places all over a landscape's map.
static void random_places(float p[PLACES][2], const Landscape *land) {
    Rng rng = rng_create(1, RNG_SAMPLE);
    for (int c = 0; c < 2; c++) {
        for (int i = 0; i < PLACES; i++) {
            p[i][c] = land->low[c] + (land->high[c] - land->low[c]) * rng_uniform(&rng);
        }
    }
}

START_TEST(slopes_equal_differences) {
    for (int l = 0; l < LANDSCAPES; l++) {
        float p[PLACES][2], height[2][PLACES], slope[2][2][PLACES];
        random_places(p, &table[l]);
        for (int i = 0; i < PLACES; i++) {
            double x = p[i][0], y = p[i][1], h = 1e-5;
            height[0][i] = (float)table[l].height(p[i]);
            height[1][i] = (float)true_height(l, x, y);
            float g[2];
            table[l].slope(g, p[i]);
            for (int c = 0; c < 2; c++) {
                double dx = c == 0 ? h : 0.0, dy = c == 1 ? h : 0.0;
                slope[c][0][i] = g[c];
                slope[c][1][i] =
                    (float)((true_height(l, x + dx, y + dy) - true_height(l, x - dx, y - dy)) /
                            (2 * h));
            }
        }
        ck_assert_double_lt(relative_error(height[0], height[1], PLACES), 1e-6);
        ck_assert_double_lt(relative_error(slope[0][0], slope[0][1], PLACES), 1e-6);
        ck_assert_double_lt(relative_error(slope[1][0], slope[1][1], PLACES), 1e-6);
    }
}
END_TEST

static bool on_map(const Landscape *land, const float p[2]) {
    return p[0] >= land->low[0] && p[0] <= land->high[0] && p[1] >= land->low[1] &&
           p[1] <= land->high[1];
}

START_TEST(minima_are_where_they_should_be) {
    static const struct {
        int landscape;
        float p[2];
        double height;
    } minima[] = {
        { 0, { 0, 0 }, 0 }, { 1, { 1, 1 }, 0 }, { 2, { 0, 1 }, -0.25 }, { 2, { 0, -1 }, -0.25 }
    };
    for (int k = 0; k < 4; k++) {
        const Landscape *land = &table[minima[k].landscape];
        float p[PLACES][2], g[2];
        land->slope(g, minima[k].p);
        ck_assert_float_eq(g[0], 0.0f);
        ck_assert_float_eq(g[1], 0.0f);
        ck_assert_double_eq(land->height(minima[k].p), minima[k].height);
        ck_assert(on_map(land, minima[k].p) && on_map(land, land->start));
        ck_assert_double_gt(land->height(land->start), minima[k].height + 0.5);
        ck_assert_int_le(land->steps, MOST_STEPS);
        random_places(p, land);
        for (int i = 0; i < PLACES; i++) {
            ck_assert_double_gt(land->height(p[i]), minima[k].height);
        }
    }
    ck_assert_str_eq(table[0].name, "ravine");
    ck_assert_str_eq(table[1].name, "rosenbrock");
    ck_assert_str_eq(table[2].name, "saddle");
    // almost on the ridge: down along x, and as good as level along y
    float g[2];
    saddle_slope(g, table[2].start);
    ck_assert(fabsf(g[0]) > 1.0f && fabsf(g[1]) < 2e-3f && g[1] < 0.0f);
}
END_TEST

static double walk_at(float path[][2], const Landscape *land, OptimizerKind kind, float lr) {
    OptimizerSpec spec = optimizer_defaults(kind, lr);
    return walk(path, land, &spec);
}

// For every rate that is tried: what walk returns is the mean height of the path, or infinite if the
// path leaves the map; and no rate has a lower one than the rate that is chosen.
START_TEST(chosen_path_is_the_lowest_on_the_map) {
    omp_set_num_threads(1); // 100,000 steps of two numbers
    int left = 0;
    for (int i = 0; i < LANDSCAPES * (int)METHODS; i++) {
        const Landscape *land = &table[i / (int)METHODS];
        OptimizerKind kind = (OptimizerKind)i % METHODS;
        float path[MOST_STEPS + 1][2], chosen = best_rate(land, kind).lr;
        double lowest = walk_at(path, land, kind, chosen);
        ck_assert(chosen > 0.0f && isfinite(lowest));
        ck_assert_double_lt(land->height(path[land->steps]), land->height(path[0]) - 0.3);
        for (int r = -1; r < LANDSCAPE_RATES; r++) {
            double mean = walk_at(path, land, kind, r < 0 ? chosen : tried_rate(r)), sum = 0.0;
            ck_assert_mem_eq(path[0], land->start, sizeof land->start);
            bool stays = true;
            for (int t = 0; t <= land->steps; t++) {
                stays = stays && on_map(land, path[t]);
                sum += land->height(path[t]);
            }
            left += !stays;
            ck_assert(stays || (mean == INFINITY && r >= 0));
            ck_assert(!stays || fabs(mean - sum / (land->steps + 1)) < 1e-9);
            ck_assert_double_ge(mean, lowest);
        }
    }
    ck_assert_int_gt(left, 50);
}
END_TEST

// y ← (1 - 20 η) y across the ravine: from η = 0.1 on the steps do not shrink.
START_TEST(steepness_bounds_the_rate) {
    float path[MOST_STEPS + 1][2];
    ck_assert(isfinite(walk_at(path, &table[0], SGD, 0.099f)));
    ck_assert_float_lt(fabsf(path[table[0].steps][1]), 0.4f);
    ck_assert(walk_at(path, &table[0], SGD, 0.101f) == INFINITY);
    ck_assert_float_gt(fabsf(path[table[0].steps][1]), 3.0f);
}
END_TEST

START_TEST(all_escape_from_the_saddle) {
    omp_set_num_threads(1);
    float path[MOST_STEPS + 1][2];
    for (OptimizerKind k = 0; k < METHODS; k++) {
        walk_at(path, &table[2], k, best_rate(&table[2], k).lr);
        ck_assert_float_gt(fabsf(path[table[2].steps][1]), 0.7f);
    }
}
END_TEST

// On the way down no gradient is larger than the ones before, and so no step, in either coordinate,
// than the last, or than η/√t.
START_TEST(adagrads_steps_shrink) {
    float path[MOST_STEPS + 1][2], lr = 0.3f;
    walk_at(path, &table[0], ADAGRAD, lr);
    float before[2] = { INFINITY, INFINITY };
    for (int t = 1; t <= table[0].steps; t++) {
        for (int c = 0; c < 2; c++) {
            float length = fabsf(path[t][c] - path[t - 1][c]);
            ck_assert_float_lt(length, 1.0001f * lr / sqrtf((float)t));
            ck_assert_float_le(length, before[c]);
            before[c] = length;
        }
    }
    ck_assert_float_gt(before[0], 0.0f);
    walk_at(path, &table[0], RMSPROP, 0.03f); // which forgets: its steps do not
    ck_assert_float_gt(fabsf(path[40][0] - path[39][0]), 0.03f / sqrtf(40.0f));
}
END_TEST

START_TEST(paths_are_written) {
    enter_folder();
    RunOptions options = small.run;
    Run *run = run_open(&options, &(Option)OPTION_END);
    landscapes(run);
    run_close(run);
    for (int l = 0; l < LANDSCAPES; l++) {
        char name[64];
        float path[OPTIMIZER_KINDS][MOST_STEPS + 1][2];
        for (OptimizerKind k = 0; k < METHODS; k++) {
            walk_at(path[k], &table[l], k, best_rate(&table[l], k).lr);
        }
        snprintf(name, sizeof name, "path-%s.csv", table[l].name);
        FILE *log = open_log(name, "step,sgd_x,sgd_y,momentum_x,momentum_y,nesterov_x,nesterov_y,"
                                   "adagrad_x,adagrad_y,rmsprop_x,rmsprop_y,adam_x,adam_y");
        double row[16];
        for (int t = 0; t <= table[l].steps; t++) {
            ck_assert_int_eq(read_row(log, row), 13);
            ck_assert_double_eq(row[0], t);
            for (int i = 0; i < 12; i++) {
                double p = path[i / 2][t][i % 2];
                ck_assert_double_eq_tol(row[1 + i], p, 1e-4 * fabs(p) + 1e-30);
            }
        }
        ck_assert_int_eq(read_row(log, row), 0);
        fclose(log);
    }
}
END_TEST

// --- the rules in plain loops, and ravines -------------------------------------------------------

// Thirty steps on random gradients of very different sizes.
START_TEST(plain_rules_are_the_librarys) {
    enum { N = 50, STEPS = 30 };
    for (OptimizerKind k = 0; k < OPTIMIZER_KINDS; k++) {
        float w[N], v[N] = { 0.0f }, sizes[N] = { 0.0f }, library[N], start[N], g[N];
        Rng rng = rng_create(3, RNG_SAMPLE);
        rng_fill_normal(&rng, start, N, 0.0f, 1.0f);
        memcpy(w, start, sizeof w);
        memcpy(library, start, sizeof w);
        OptimizerSpec spec = optimizer_defaults(k, 0.01f);
        Optimizer *optimizer = optimizer_create(spec, N);
        for (int t = 1; t <= STEPS; t++) {
            rng_fill_normal(&rng, g, N, 0.0f, t % 3 ? 1.0f : 0.01f);
            plain_step(w, v, sizes, g, N, t, &spec);
            optimizer_step(optimizer, library, g);
        }
        for (int i = 0; i < N; i++) {
            w[i] -= start[i];
            library[i] -= start[i];
        }
        double error = relative_error(w, library, N);
        ck_assert_msg(error < 1e-5, "%s: %g", optimizer_name(k), error);
        optimizer_free(optimizer);
    }
}
END_TEST

// Turning the ravine turns the path of a method that does not look at coordinates, and only that.
START_TEST(only_some_methods_see_the_axes) {
    const Ravine along = { 20.0f, false, 30 }, turned = { 20.0f, true, 30 };
    for (OptimizerKind k = 0; k < METHODS; k++) {
        OptimizerSpec spec = optimizer_defaults(k, k == ADAGRAD ? 0.5f : 0.02f);
        double a = descend_ravine(&along, &spec, NULL), b = descend_ravine(&turned, &spec, NULL);
        bool same = fabs(a - b) < 1e-3 * a;
        ck_assert_msg(same == (k == SGD || k == MOMENTUM || k == NESTEROV), "%s: %g, %g",
                      optimizer_name(k), a, b);
    }
}
END_TEST

START_TEST(ravine_gradients_equal_differences) {
    for (int turned = 0; turned < 2; turned++) {
        const Ravine r = { 1000.0f, turned, 1 };
        const float p[2] = { -1.5f, 0.25f }, h = 1.0f / 64.0f;
        float g[2];
        ravine_gradient(&r, g, p);
        for (int c = 0; c < 2; c++) {
            float up[2] = { p[0], p[1] }, down[2] = { p[0], p[1] };
            up[c] += h;
            down[c] -= h;
            double slope = (ravine_height(&r, up) - ravine_height(&r, down)) / (2.0 * (double)h);
            ck_assert_double_eq_tol((double)g[c], slope, 1e-4 * fabs(slope));
        }
    }
}
END_TEST

// Momentum at μ = 0 is SGD, so tuning μ too can only be better; on the gentle ravine it is, by far.
START_TEST(tuning_the_memory_pays_on_a_gentle_ravine) {
    const Ravine gentle = { 20.0f, false, 60 };
    Found sgd = tune(&gentle, SGD, true), usual = tune(&gentle, MOMENTUM, false),
          tuned = tune(&gentle, MOMENTUM, true);
    ck_assert_double_gt(usual.height, sgd.height);
    ck_assert_double_lt(tuned.height, 1e-10 * sgd.height);
    ck_assert_float_lt(tuned.spec.momentum, 0.7f);
}
END_TEST

// --- L1 ------------------------------------------------------------------------------------------

START_TEST(soft_threshold_stops_at_zero) {
    float w[] = { 1.0f, -1.0f, 0.25f, -0.25f, 0.1f, -0.1f, 0.0f };
    const float expected[] = { 0.75f, -0.75f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f };
    soft_threshold(w, 7, 0.25f);
    for (int i = 0; i < 7; i++) {
        ck_assert_float_eq(w[i], expected[i]);
    }
    soft_threshold(w, 7, 0.0f);
    ck_assert_float_eq(w[0], 0.75f);
}
END_TEST

// The optimality condition of the L1 penalty: a slope of -λ where a weight is positive, λ where it is
// negative, and between the two where it is 0. (Two hundred steps come near it.)
START_TEST(l1_makes_zeros_and_l2_does_not) {
    OptimizersLab lab = small_lab(&small);
    Rng rng = rng_create(1, RNG_INIT);
    Net *net =
        net_create((const LayerSpec[]){ dense(CLASSES), END }, (Shape){ 1, 28, 28 }, BATCH, &rng);
    const WeightPenalty none = { "none", 0.0f, 0.0f }, l2 = { "l2", 0.0f, 0.05f },
                        l1 = { "l1", 0.02f, 0.0f };
    train_penalised(&lab, net, &none);
    double length = norm(net->params, WEIGHTS);
    ck_assert_double_lt(share_of_zeros(net->params, WEIGHTS), 0.01);
    train_penalised(&lab, net, &l2);
    ck_assert_double_lt(norm(net->params, WEIGHTS), 0.95 * length);
    ck_assert_double_lt(share_of_zeros(net->params, WEIGHTS), 0.01);
    train_penalised(&lab, net, &l1);
    double zeros = share_of_zeros(net->params, WEIGHTS);
    ck_assert_msg(zeros > 0.3 && zeros < 1.0, "%g", zeros);
    full_gradient(&lab, net, lab.images.n_train);
    int above = 0, at_zero = 0;
    for (int i = 0; i < WEIGHTS; i++) {
        above += net->params[i] == 0.0f && fabsf(net->grads[i]) > 1.1f * l1.l1;
        at_zero += net->params[i] == 0.0f;
    }
    ck_assert_msg(above < at_zero / 20, "%d of %d", above, at_zero);
    net_free(net);
    close_small_lab(&lab);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("03-optimizers");
    CASE(s, "the same for all", sets_are_apart, same_recipe_same_curve, all_methods_start_alike,
         all_methods_see_the_same_batches, points_are_means);
    CASE(s, "divergence", divergence_is_a_result);
    CASE(s, "rates", schedules_set_the_rate, sweep_finds_the_lowest,
         momentum_sweep_trains_what_it_says, race_runs_each_at_its_rate, schedules_are_compared);
    CASE(s, "full batch", pieces_add_up_to_the_full_batch);
    CASE(s, "decay", l2_is_weight_decay_only_under_sgd, decay_is_shown);
    CASE(s, "landscapes", slopes_equal_differences, minima_are_where_they_should_be,
         chosen_path_is_the_lowest_on_the_map, steepness_bounds_the_rate,
         all_escape_from_the_saddle, adagrads_steps_shrink, paths_are_written);
    CASE(s, "rules", plain_rules_are_the_librarys, only_some_methods_see_the_axes,
         ravine_gradients_equal_differences, tuning_the_memory_pays_on_a_gentle_ravine);
    CASE(s, "L1", soft_threshold_stops_at_zero, l1_makes_zeros_and_l2_does_not);
    return s;
}
