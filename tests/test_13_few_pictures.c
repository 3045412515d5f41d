// Lesson 13. Its files are included here, so that the tests reach their static functions.

#include "../lessons/13-few-pictures/few-pictures.c"
#include "../lessons/13-few-pictures/augmentation.c"
#include "../lessons/13-few-pictures/transfer.c"
#include "../lessons/13-few-pictures/tasks.c"
#include "../lessons/13-few-pictures/lab.c"
#include "../lessons/13-few-pictures/main.c"

#include "test.h"

#include <omp.h>
#include <unistd.h>

enum { ALL = 900, HELD = 150, SHORT = 12 };

static const FewSettings brief = { .run = { .lesson = "13-few-pictures",
                                            .name = "default",
                                            .out = "runs",
                                            .seed = 1,
                                            .quiet = true },
                                   .steps = SHORT,
                                   .batch = 25,
                                   .seeds = 2,
                                   .images = ALL,
                                   .lr = 0.001f,
                                   .weight = 0.5f };

// 28 × 28 pixels of noise; those of class c are bright in two rows of their own.
static Dataset *small_set(void) {
    Rng rng = rng_create(1, RNG_DATA);
    uint8_t *images = alloc_bytes(ALL * PIXELS), *labels = alloc_bytes(ALL);
    for (int i = 0; i < ALL * PIXELS; i++) {
        labels[i / PIXELS] = (uint8_t)(i / PIXELS % CLASSES);
        uint32_t bright = i % PIXELS / 56 == i / PIXELS % CLASSES + 2 ? 156 : 0;
        images[i] = (uint8_t)(bright + rng_below(&rng, 100));
    }
    Dataset *data = alloc_bytes(sizeof *data);
    *data = (Dataset){ ALL, SIDE, SIDE, images, labels };
    return data;
}

// A lab in an empty folder, with a run and a state.
typedef struct {
    FewSettings settings;
    Run *run;
    FewLab lab;
} Trial;

static Trial *trial_begin(void) {
    static Trial t;
    static const Option none[] = { OPTION_END };
    enter_folder();
    t = (Trial){ .settings = brief };
    t.run = run_open(&t.settings.run, none);
    t.lab = (FewLab){ .run = t.run, .state = state_open(t.run, none), .settings = &t.settings };
    t.lab.data = small_set();
    t.lab.order = random_order(ALL, rng_create(1, RNG_DATA));
    t.lab.held = t.lab.order;
    t.lab.n_held = HELD;
    t.lab.pool = t.lab.order + HELD;
    t.lab.n_pool = ALL - HELD;
    return &t;
}

static void trial_end(Trial *t) {
    state_close(t->lab.state);
    lab_close(&t->lab);
    ck_assert_int_eq(run_close(t->run), 0);
}

// --- pictures ------------------------------------------------------------------------------------

static bool is_in(int place, const int *places, int n) {
    for (int i = 0; i < n; i++) {
        if (places[i] == place) {
            return true;
        }
    }
    return false;
}

START_TEST(few_pictures_are_balanced_and_nested_and_never_held_out) {
    Trial *t = trial_begin();
    int few[ALL], more[ALL], others[ALL], counts[CLASSES] = { 0 };
    ck_assert_int_eq(choose(&t->lab, 0, ALL_TEN, 5, few), 50);
    ck_assert_int_eq(choose(&t->lab, 0, ALL_TEN, 20, more), 200);
    ck_assert_int_eq(choose(&t->lab, 1, ALL_TEN, 5, others), 50);
    int shared = 0;
    for (int i = 0; i < 50; i++) {
        counts[t->lab.data->labels[few[i]]]++;
        ck_assert(is_in(few[i], more, 200));
        ck_assert(!is_in(few[i], t->lab.held, HELD));
        shared += is_in(few[i], others, 50);
    }
    for (int c = 0; c < CLASSES; c++) {
        ck_assert_int_eq(counts[c], 5);
    }
    ck_assert_int_lt(shared, 15); // another seed has others
    ck_assert_int_eq(choose(&t->lab, 0, NEW, 10, few), 50);
    for (int i = 0; i < 50; i++) {
        ck_assert_int_ge(t->lab.data->labels[few[i]], NEW.first);
    }
    ck_assert_int_eq(choose(&t->lab, 0, ALL_TEN, INT_MAX, more), ALL - HELD);
    trial_end(t);
}
END_TEST

START_TEST(the_judge_counts_as_evaluate_does) {
    Trial *t = trial_begin();
    Net *net = few_net(&t->lab, lenet, 0), *five = few_net(&t->lab, lenet_of_five, 0);
    Score mine = judge(&t->lab, net, ALL_TEN, NULL);
    Score theirs = evaluate(net, t->lab.data, t->lab.held, HELD);
    ck_assert_float_eq_tol(mine.loss, theirs.loss, 1e-5f);
    ck_assert_float_eq(mine.accuracy, theirs.accuracy);
    // One class: the mean of -log p of its output, and the share of right answers.
    double loss = 0.0;
    int n = 0, correct = 0;
    float x[PIXELS];
    for (int i = 0; i < HELD; i++) {
        int label;
        dataset_take(x, &label, t->lab.data, t->lab.held + i, 1);
        if (label >= NEW.first) {
            label -= NEW.first;
            const float *logits = net_forward(five, x, 1, EVAL);
            loss += softmax_cross_entropy(NULL, logits, &label, 1, NEW_CLASSES);
            correct += count_correct(logits, &label, 1, NEW_CLASSES);
            n++;
        }
    }
    mine = judge(&t->lab, five, NEW, NULL);
    ck_assert_float_eq_tol(mine.loss, (float)(loss / n), 1e-5f);
    ck_assert_float_eq_tol(mine.accuracy, (float)correct / (float)n, 1e-6f);
    Score upside_down = judge(&t->lab, net, ALL_TEN, &kinds[7].shown);
    ck_assert_float_ne(upside_down.loss, theirs.loss);
    net_free(net);
    net_free(five);
    trial_end(t);
}
END_TEST

// --- trainings -----------------------------------------------------------------------------------

static void assert_learned(const double *figures) {
    ck_assert(isfinite(figures[LOSS]) && figures[LOSS] > 0.0);
    ck_assert(figures[ACCURACY] >= 0.0 && figures[ACCURACY] <= 1.0);
}

START_TEST(a_net_learns_its_pictures) {
    Trial *t = trial_begin();
    double figures[FIGURES] = { 0.0 };
    Net *net = few_net(&t->lab, lenet, 0);
    FewRecipe recipe = { .classes = ALL_TEN, .per_class = 20, .steps = 60, .lr = 0.002f };
    ck_assert_int_eq(learn(&t->lab, &recipe, 0, net, figures), 0);
    assert_learned(figures);
    ck_assert_double_gt(figures[ACCURACY], 0.8);
    ck_assert_double_lt(figures[TRAIN_LOSS], 1.0);
    net_free(net);
    trial_end(t);
}
END_TEST

START_TEST(a_loss_that_is_not_finite_is_told) {
    Trial *t = trial_begin();
    double figures[FIGURES] = { 0.0 };
    Net *net = few_net(&t->lab, lenet, 0);
    FewRecipe wild = { .classes = ALL_TEN, .per_class = 20, .steps = 60, .lr = 1e30f };
    ck_assert_int_ge(learn(&t->lab, &wild, 0, net, figures), 2);
    net_free(net);
    trial_end(t);
}
END_TEST

// All nets of an act, on one thread and on three.
START_TEST(trainings_have_the_same_bytes_on_any_threads) {
    Trial *t = trial_begin();
    int n = tasks_count(&brief);
    Trainings *one = trainings_open(t->lab.run, t->lab.state, "one", n, FIGURES),
              *three = trainings_open(t->lab.run, t->lab.state, "three", n, FIGURES);
    omp_set_num_threads(1);
    ck_assert(trainings_run(one, train_setup, &t->lab));
    omp_set_num_threads(3);
    ck_assert(trainings_run(three, train_setup, &t->lab));
    ck_assert_mem_eq(one->figures, three->figures, (size_t)(n * FIGURES) * sizeof(double));
    for (int i = 0; i < n; i++) {
        assert_learned(one->figures + i * FIGURES);
    }
    trial_end(t);
    trainings_close(one);
    trainings_close(three);
}
END_TEST

START_TEST(bands_are_mean_least_and_most) {
    FewSettings s = { .seeds = 3 };
    FewLab lab = { .settings = &s };
    double f[3 * FIGURES] = { 0.0 }, g[3 * FIGURES] = { 0.0 };
    Band ratio, gain;
    for (int i = 0; i < 3; i++) {
        f[i * FIGURES + LOSS] = 1.0 + i, g[i * FIGURES + LOSS] = 2.0;
        f[i * FIGURES + ACCURACY] = 0.7, g[i * FIGURES + ACCURACY] = 0.6 - 0.1 * i;
    }
    Band b = band(&lab, f, LOSS);
    ck_assert_double_eq_tol(b.mean, 2.0, 1e-12);
    ck_assert_double_eq_tol(b.least, 1.0, 1e-12);
    ck_assert_double_eq_tol(b.most, 3.0, 1e-12);
    compare(&lab, f, g, &ratio, &gain);
    ck_assert_double_eq_tol(ratio.mean, 1.0, 1e-12);
    ck_assert_double_eq_tol(ratio.most, 1.5, 1e-12);
    ck_assert_double_eq_tol(gain.least, 0.1, 1e-12);
    ck_assert_double_eq_tol(gain.most, 0.3, 1e-12);
}
END_TEST

// --- augmentation ----------------------------------------------------------------------------------

// With one kind more the batches and the initial weights stay: what differs is the kind alone.
START_TEST(kinds_share_weights_and_batches) {
    Trial *t = trial_begin();
    FewCourse a, b;
    Net *nets[2] = { few_net(&t->lab, lenet, 1), few_net(&t->lab, lenet, 1) };
    ck_assert_mem_eq(nets[0]->params, nets[1]->params, nets[0]->n_params * sizeof(float));
    FewRecipe plain = { .classes = ALL_TEN, .per_class = 5, .steps = SHORT, .lr = 0.001f },
              cut = plain;
    cut.how = kinds[5].training;
    course_open(&a, &t->lab, &plain, 1, nets[0]);
    course_open(&b, &t->lab, &cut, 1, nets[1]);
    course_step(&a);
    course_step(&b);
    ck_assert_mem_eq(a.labels, b.labels, 25 * sizeof(int));
    ck_assert_mem_ne(a.x, b.x, 25 * PIXELS * sizeof(float));
    for (int i = 0; i < 25 * PIXELS; i++) {
        ck_assert(b.x[i] == a.x[i] || b.x[i] == 0.0f);
    }
    course_close(&a);
    course_close(&b);
    net_free(nets[0]);
    net_free(nets[1]);
    trial_end(t);
}
END_TEST

START_TEST(every_cell_is_trained_once) {
    int seen[KINDS][SIZES] = { { 0 } };
    for (int c = 0; c < CELLS; c++) {
        seen[cells[c].kind][cells[c].size]++;
    }
    for (int kind = 1; kind < KINDS; kind++) {
        bool everywhere = kind == SHIFT || kind == TOGETHER;
        for (int size = 0; size < SIZES; size++) {
            ck_assert_int_eq(seen[kind][size], everywhere || size == AT_200 || size == AT_2000);
        }
    }
    ck_assert_int_eq(pictures[AT_200], 200);
    ck_assert_int_eq(pictures[AT_2000], 2000);
    for (int size = 0; size < SIZES; size++) {
        ck_assert_int_eq(pictures[size], CLASSES * per_class[size]);
    }
}
END_TEST

// Nothing done to the pictures: all that was right stays right.
START_TEST(unchanged_pictures_keep_their_answers) {
    Trial *t = trial_begin();
    double figures[FIGURES] = { 0.0 };
    Net *net = few_net(&t->lab, lenet, 0);
    learn(&t->lab, &(FewRecipe){ .classes = ALL_TEN, .per_class = 20, .steps = 60, .lr = 0.002f },
          0, net, figures);
    int said[CLASSES][CLASSES] = { { 0 } }, right[CLASSES] = { 0 }, all = 0;
    ask_again(&t->lab, net, &kinds[NONE].shown, said, right);
    for (int c = 0; c < CLASSES; c++) {
        ck_assert_int_eq(said[c][c], right[c]);
        all += right[c];
    }
    ck_assert_int_eq(all, (int)lround(figures[ACCURACY] * HELD));
    int turned[CLASSES][CLASSES] = { { 0 } }, before[CLASSES] = { 0 }, kept = 0;
    ask_again(&t->lab, net, &kinds[7].shown, turned, before); // the bright rows are elsewhere
    ck_assert_mem_eq(before, right, sizeof right);
    for (int c = 0; c < CLASSES; c++) {
        kept += turned[c][c];
    }
    ck_assert_int_lt(kept, all / 2);
    net_free(net);
    trial_end(t);
}
END_TEST

// --- transfer --------------------------------------------------------------------------------------

static size_t params_of(const Net *net, int layers) {
    size_t n = 0;
    for (int i = 0; i < layers; i++) {
        n += net->layers[i].n_weight + net->layers[i].n_bias;
    }
    return n;
}

// Whatever is frozen has the same bytes after training, and what is behind it has moved.
START_TEST(frozen_layers_keep_their_bytes) {
    Trial *t = trial_begin();
    Experienced nets = experienced_open(&t->lab);
    for (int way = 0; way < WAYS; way++) {
        Net *net = beginner(&nets, way, 1);
        double figures[FIGURES] = { 0.0 };
        size_t frozen = params_of(net, ways[way].frozen), all = net->n_params;
        float *before = memcpy(alloc_floats(all), net->params, all * sizeof *before);
        size_t trunk = params_of(net, TRUNK);
        ck_assert_int_eq(memcmp(before, nets.five[1]->params, trunk * sizeof *before) == 0,
                         ways[way].borrowed);
        ck_assert_mem_ne(before + trunk, nets.five[1]->params + trunk,
                         (all - trunk) * sizeof *before); // the head is a new one
        learn_the_new(&t->lab, net, way, 0, 1, figures);
        assert_learned(figures);
        ck_assert(frozen == 0 || memcmp(before, net->params, frozen * sizeof *before) == 0);
        for (int i = ways[way].frozen; i < net->n_layers; i++) {
            const Layer *l = &net->layers[i];
            ck_assert(l->n_weight == 0 || memcmp(before + (l->weight - net->params), l->weight,
                                                 l->n_weight * sizeof *before) != 0);
        }
        free(before);
        net_free(net);
    }
    experienced_close(&nets);
    trial_end(t);
}
END_TEST

START_TEST(variance_between_classes_by_hand) {
    double features[4 * FEATURES] = { 0.0 };
    const int labels[] = { 5, 5, 6, 6 };
    features[0] = features[FEATURES] = 1.0;
    features[2 * FEATURES] = features[3 * FEATURES] = -1.0;
    ck_assert_double_eq_tol(between_classes(features, labels, 4), 1.0, 1e-12);
    ck_assert_double_eq_tol(between_classes(features, (int[]){ 5, 6, 5, 6 }, 4), 0.0, 1e-12);
    features[1] = features[2 * FEATURES + 1] = 1.0; // half of the variance, within the classes
    features[FEATURES + 1] = features[3 * FEATURES + 1] = -1.0;
    ck_assert_double_eq_tol(between_classes(features, labels, 4), 0.5, 1e-12);
}
END_TEST

START_TEST(main_axes_are_where_features_vary) {
    double features[4 * FEATURES] = { 0.0 }, axes[2 * FEATURES];
    for (int i = 0; i < 4; i++) {
        features[i * FEATURES + 7] = i < 2 ? 3.0 : -3.0;
        features[i * FEATURES + 11] = i % 2 ? 1.0 : -1.0;
    }
    main_axes(features, 4, axes);
    ck_assert_double_eq_tol(fabs(axes[7]), 1.0, 1e-9);
    ck_assert_double_eq_tol(fabs(axes[FEATURES + 11]), 1.0, 1e-9);
}
END_TEST

// --- two tasks -------------------------------------------------------------------------------------

// The gradients of a step with this weight of the second loss, and of the first loss none if it is 0.
static void gradients(const FewLab *lab, int setup, float weight, float *grads) {
    Double d;
    double_open(&d, lab, setup, 5, 0);
    for (size_t i = 0; i < (size_t)d.net->batch * shape_size(d.net->out); i++) {
        d.net->dy[i] = 7.0f; // as another step may have left it
    }
    double_step(&d, weight);
    memcpy(grads, d.net->grads, d.net->n_params * sizeof *grads);
    double_close(&d);
}

// Of the loss L1 + w L2 the gradient is g1 + w g2: twice the way from w = 0 to 1 is the way from 0 to 2.
START_TEST(gradients_of_the_heads_add) {
    Trial *t = trial_begin();
    for (int setup = 1; setup < SETUPS; setup++) {
        const LayerSpec *table = setups[setup].second == DENOISE ? denoiser : two_questions;
        Net *net = few_net(&t->lab, table, 0);
        size_t n = net->n_params, trunk = params_of(net, TRUNK);
        float *g[3], *once = alloc_floats(n), *twice = alloc_floats(n);
        for (int w = 0; w < 3; w++) {
            g[w] = alloc_floats(n);
            gradients(&t->lab, setup, (float)w, g[w]);
        }
        for (size_t i = 0; i < n; i++) {
            once[i] = 2.0f * (g[1][i] - g[0][i]);
            twice[i] = g[2][i] - g[0][i];
        }
        ck_assert_double_lt(relative_error(once, twice, trunk), 1e-4);
        ck_assert_double_gt(relative_error(g[0], g[1], trunk), 1e-3);
        // The head of the first task learns from its loss alone, that of the second from the second.
        const Layer *first = &net->layers[CLASS_HEAD], *second = &net->layers[CLASS_HEAD + 3];
        size_t at = (size_t)(first->weight - net->params);
        ck_assert_double_lt(relative_error(g[0] + at, g[2] + at, first->n_weight), 1e-6);
        at = (size_t)(second->weight - net->params);
        for (size_t i = 0; i < second->n_weight; i++) {
            ck_assert_float_eq(g[0][at + i], 0.0f);
        }
        for (int w = 0; w < 3; w++) {
            free(g[w]);
        }
        free(once);
        free(twice);
        net_free(net);
    }
    trial_end(t);
}
END_TEST

// With a weight of 0 the trunk and the first head get LeNet's gradients on the same batch.
START_TEST(alone_it_is_lenet) {
    Trial *t = trial_begin();
    FewCourse c;
    Net *net = few_net(&t->lab, lenet, 0);
    course_open(&c, &t->lab,
                &(FewRecipe){ .classes = ALL_TEN, .per_class = 5, .steps = SHORT, .lr = 0.001f }, 0,
                net);
    course_step(&c);
    for (int setup = 0; setup < SETUPS; setup++) {
        float *g = alloc_floats(200000);
        gradients(&t->lab, setup, 0.0f, g);
        double error = relative_error(g, net->grads, net->n_params); // the second head comes behind
        ck_assert_msg(error < 1e-5, "%s: %g", setups[setup].name, error);
        free(g);
    }
    course_close(&c);
    net_free(net);
    trial_end(t);
}
END_TEST

START_TEST(the_first_task_can_be_taken_out) {
    Trial *t = trial_begin();
    Net *both = few_net(&t->lab, two_questions, 3), *alone = first_task(&t->lab, both);
    float x[PIXELS];
    dataset_take(x, NULL, t->lab.data, t->lab.held, 1);
    float logits[CLASSES];
    memcpy(logits, net_forward(alone, x, 1, EVAL), sizeof logits);
    ck_assert_double_lt(relative_error(logits, net_forward(both, x, 1, EVAL) + GROUPS, CLASSES),
                        1e-6);
    net_free(both);
    net_free(alone);
    trial_end(t);
}
END_TEST

// What the second task looks at: the same rows, copies with noise, other pictures.
START_TEST(rows_of_the_second_task) {
    Trial *t = trial_begin();
    for (int setup = 0; setup < SETUPS; setup++) {
        Double d;
        int first;
        double_open(&d, &t->lab, setup, 5, 0);
        int n = batches_next_endless(&d.own, d.x, d.labels);
        int m = second_rows(&d, n, &first);
        ck_assert_int_eq(n, 25);
        ck_assert_int_eq(m, setup == 0 ? 0 : 25);
        ck_assert_int_eq(first, setup < 2 ? 0 : 25);
        bool same = memcmp(d.clean, d.x, (size_t)n * PIXELS * sizeof *d.x) == 0;
        ck_assert_int_eq(same, setup == 3); // denoised are its own pictures
        if (setups[setup].second == DENOISE) {
            double squares = 0.0;
            for (int i = 0; i < m * PIXELS; i++) {
                squares += pow((double)d.x[n * PIXELS + i] - d.clean[i], 2);
            }
            double deviation = sqrt(squares / (m * PIXELS));
            ck_assert(deviation > 0.1 && deviation < 0.2); // black stays black half of the time
        }
        double_close(&d);
    }
    int seen[GROUPS] = { 0 };
    for (int c = 0; c < CLASSES; c++) {
        seen[group_of[c]]++;
    }
    for (int g = 0; g < GROUPS; g++) {
        ck_assert_int_gt(seen[g], 0);
    }
    trial_end(t);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("13-few-pictures");
    CASE(s, "pictures", few_pictures_are_balanced_and_nested_and_never_held_out,
         the_judge_counts_as_evaluate_does);
    CASE(s, "trainings", a_net_learns_its_pictures, a_loss_that_is_not_finite_is_told,
         trainings_have_the_same_bytes_on_any_threads, bands_are_mean_least_and_most);
    CASE(s, "augmentation", kinds_share_weights_and_batches, every_cell_is_trained_once,
         unchanged_pictures_keep_their_answers);
    CASE(s, "transfer", frozen_layers_keep_their_bytes, variance_between_classes_by_hand,
         main_axes_are_where_features_vary);
    CASE(s, "two tasks", gradients_of_the_heads_add, alone_it_is_lenet,
         the_first_task_can_be_taken_out, rows_of_the_second_task);
    return s;
}
