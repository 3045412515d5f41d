// Lesson 1. Its files are included here, so that the tests reach their static functions.

#include "../lessons/01-perceptron/examples.c"
#include "../lessons/01-perceptron/perceptron.c"
#include "../lessons/01-perceptron/logs.c"
#include "../lessons/01-perceptron/blobs.c"
#include "../lessons/01-perceptron/xor.c"
#include "../lessons/01-perceptron/kept.c"
#include "../lessons/01-perceptron/pictures.c"
#include "../lessons/01-perceptron/main.c"

#include "nn/gradcheck.h"
#include "nn/loss.h"
#include "test.h"

#include <stdarg.h>
#include <unistd.h>

// --- the four rules ------------------------------------------------------------------------------

enum { INPUTS = 5, EXAMPLES = 12 };

// A neuron whose weights and bias are theta, and what it is measured on.
typedef struct {
    const Rule *rule;
    float theta[INPUTS + 1];
    float x[EXAMPLES * INPUTS], t[EXAMPLES];
} Check;

static Neuron neuron_of(const Rule *rule, float *theta) {
    return (Neuron){ .rule = rule, .d = INPUTS, .w = theta, .b = theta[INPUTS] };
}

static double mean_loss_of(void *context) {
    Check *check = context;
    Neuron neuron = neuron_of(check->rule, check->theta);
    Measure m = { 0 };
    measure(&m, &neuron, check->x, check->t, EXAMPLES);
    ck_assert_int_eq(m.n, EXAMPLES);
    return m.loss / m.n;
}

// Examples that keep away from the corners of the losses, at the margins 0 and 1.
static Check random_check(const Rule *rule, Rng *rng) {
    Check check = { .rule = rule };
    rng_fill_normal(rng, check.theta, INPUTS + 1, 0.0f, 0.7f);
    Neuron neuron = neuron_of(rule, check.theta);
    for (int i = 0; i < EXAMPLES; i++) {
        float *x = &check.x[i * INPUTS], margin;
        do {
            rng_fill_normal(rng, x, INPUTS, 0.0f, 1.0f);
            check.t[i] = i % 2 ? 1.0f : -1.0f;
            margin = check.t[i] * score(&neuron, x);
        } while (fabsf(margin) < 0.1f || fabsf(margin - 1.0f) < 0.1f);
    }
    return check;
}

// The gradient of the mean loss, as it follows from the steps: with a learning rate of 1, each is
// the negative gradient of one example.
static void gradient_from_steps(float gradient[INPUTS + 1], const Check *check) {
    memset(gradient, 0, (INPUTS + 1) * sizeof *gradient);
    for (int i = 0; i < EXAMPLES; i++) {
        float theta[INPUTS + 1];
        memcpy(theta, check->theta, sizeof theta);
        Neuron neuron = neuron_of(check->rule, theta);
        step(&neuron, &check->x[i * INPUTS], check->t[i], 1.0f);
        theta[INPUTS] = neuron.b;
        for (int k = 0; k <= INPUTS; k++) {
            gradient[k] += (check->theta[k] - theta[k]) / EXAMPLES;
        }
    }
}

START_TEST(steps_go_against_the_gradient) {
    Rng rng = rng_create(3, RNG_DATA);
    for (int r = 0; r < RULES; r++) {
        for (int repeat = 0; repeat < 10; repeat++) {
            Check check = random_check(&rules[r], &rng);
            float gradient[INPUTS + 1];
            gradient_from_steps(gradient, &check);
            double error =
                gradient_error(check.theta, gradient, INPUTS + 1, mean_loss_of, &check, 0.01f);
            ck_assert_msg(error < 1e-3, "%s: error %g", rules[r].name, error);

            for (int k = 0; k <= INPUTS; k++) {
                gradient[k] = -gradient[k];
            }
            error = gradient_error(check.theta, gradient, INPUTS + 1, mean_loss_of, &check, 0.01f);
            ck_assert_msg(error > 1.9, "%s: a flipped gradient has error %g", rules[r].name, error);
        }
    }
}
END_TEST

START_TEST(corners_are_decided_as_written) {
    for (int t = -1; t <= 1; t += 2) {
        ck_assert_float_eq(rules[PERCEPTRON].slope(0.0f, (float)t), (float)-t);
        ck_assert_float_eq(rules[HINGE].slope((float)t, (float)t), 0.0f);
    }
    ck_assert(is_wrong(0.0f, 1.0f) && is_wrong(0.0f, -1.0f) && is_wrong(NAN, 1.0f));
    ck_assert(is_wrong(-1.0f, 1.0f) && !is_wrong(-1.0f, -1.0f) && !is_wrong(1.0f, 1.0f));
}
END_TEST

// The library's losses, from lesson 2 on, are those that this lesson derives.
START_TEST(losses_are_those_of_the_library) {
    static const float scores[] = { -1e4f, -20.0f, -3.0f, -0.5f, 0.0f, 0.25f, 1.5f, 20.0f, 1e4f };
    for (size_t i = 0; i < sizeof scores / sizeof *scores; i++) {
        for (int k = 0; k < 2; k++) {
            float s = scores[i], t = k ? 1.0f : -1.0f, p = (float)k;
            float slope[RULES], loss[RULES];
            loss[SQUARED] = squared_error(&slope[SQUARED], &s, &t, 1, 1);
            loss[LOGISTIC] = bce_with_logits(&slope[LOGISTIC], &s, &p, 1);
            loss[HINGE] = hinge(&slope[HINGE], &s, &t, 1);
            for (int r = SQUARED; r < RULES; r++) {
                ck_assert_float_eq_tol(rules[r].loss(s, t), loss[r], 1e-6f * (1.0f + loss[r]));
                ck_assert_float_eq_tol(rules[r].slope(s, t), slope[r], 1e-6f);
            }
        }
    }
}
END_TEST

// --- steps worked out by hand --------------------------------------------------------------------

static void assert_weights(const Neuron *neuron, float w0, float w1, float b) {
    ck_assert_float_eq_tol(neuron->w[0], w0, 1e-6f);
    ck_assert_float_eq_tol(neuron->w[1], w1, 1e-6f);
    ck_assert_float_eq_tol(neuron->b, b, 1e-6f);
}

// Four points, again and again, η = 1, from zero. A mistake (ts <= 0) adds t·x to w and t to b.
//
//     epoch  point    t    s = w·x + b           ts    w          b
//     1      (2, 0)   +1   0                      0    (2, 0)     1
//     1      (0, 2)   -1   0 + 0 + 1 = 1         -1    (2, -2)    0
//     1      (1, 1)   +1   2 - 2 + 0 = 0          0    (3, -1)    1
//     1      (-1,-2)  -1   -3 + 2 + 1 = 0         0    (4, 1)     0
//     2      (2, 0)   +1   8 + 0 + 0 = 8          8
//     2      (0, 2)   -1   0 + 2 + 0 = 2         -2    (4, -1)   -1
//     2      (1, 1)   +1   4 - 1 - 1 = 2          2
//     2      (-1,-2)  -1   -4 + 2 - 1 = -3        3
//     3      (2, 0)   +1   8 + 0 - 1 = 7          7
//     3      (0, 2)   -1   0 - 2 - 1 = -3         3    and nothing changes any more
START_TEST(perceptron_by_hand) {
    static const float x[4][2] = { { 2, 0 }, { 0, 2 }, { 1, 1 }, { -1, -2 } };
    static const float t[4] = { 1, -1, 1, -1 };
    static const float after[12][3] = {
        { 2, 0, 1 },   { 2, -2, 0 },  { 3, -1, 1 },  { 4, 1, 0 },   { 4, 1, 0 },   { 4, -1, -1 },
        { 4, -1, -1 }, { 4, -1, -1 }, { 4, -1, -1 }, { 4, -1, -1 }, { 4, -1, -1 }, { 4, -1, -1 },
    };
    Neuron neurons[RULES];
    neurons_create(neurons, 2);
    for (int k = 0; k < 12; k++) {
        learn(neurons, x[k % 4], t[k % 4], 1.0f);
        assert_weights(&neurons[PERCEPTRON], after[k][0], after[k][1], after[k][2]);
    }
    ck_assert_int_eq(neurons[PERCEPTRON].mistakes, 5);
    neurons_free(neurons);
}
END_TEST

// Two steps with η = 1/2. First (2, 0), t = 1, s = 0: the slopes are -1, -1/2 and -1.
// Then (0, 2), t = -1, where s is the bias alone:
//     squared   s = 0.5,  slope s - t = 1.5
//     logistic  s = 0.25, slope 1/(1 + exp(-0.25)) = 0.5621765
//     hinge     s = 0.5,  ts = -0.5 < 1, slope 1
START_TEST(the_other_three_by_hand) {
    static const float a[2] = { 2, 0 }, b[2] = { 0, 2 };
    Neuron neurons[RULES];
    neurons_create(neurons, 2);
    learn(neurons, a, 1.0f, 0.5f);
    assert_weights(&neurons[SQUARED], 1.0f, 0.0f, 0.5f);
    assert_weights(&neurons[LOGISTIC], 0.5f, 0.0f, 0.25f);
    assert_weights(&neurons[HINGE], 1.0f, 0.0f, 0.5f);
    learn(neurons, b, -1.0f, 0.5f);
    assert_weights(&neurons[SQUARED], 1.0f, -1.5f, -0.25f);
    assert_weights(&neurons[LOGISTIC], 0.5f, -0.5621765f, -0.0310883f);
    assert_weights(&neurons[HINGE], 1.0f, -1.0f, 0.0f);
    neurons_free(neurons);
}
END_TEST

// --- Novikoff ------------------------------------------------------------------------------------

static Points random_blobs(int n, float margin, float line[3], Rng *rng) {
    float *x = alloc_floats(2 * (size_t)n);
    int labels[128];
    toy2d_blobs(x, labels, n, margin, line, rng);
    return points_create(x, labels, n);
}

// Epochs until one is without a mistake; the number of mistakes.
static int mistakes_until_settled(Points *points, double most, float lr, Rng *rng) {
    Neuron neurons[RULES];
    neurons_create(neurons, 2);
    Neuron *perceptron = &neurons[PERCEPTRON];
    for (int before = -1; before < perceptron->mistakes;) {
        before = perceptron->mistakes;
        learn_points(neurons, points, lr, rng);
        ck_assert_msg(perceptron->mistakes <= most, "%d mistakes, %g allowed", perceptron->mistakes,
                      most);
    }
    Measure m = { 0 };
    measure(&m, perceptron, points->x, points->t, points->n);
    ck_assert_int_eq(m.wrong, 0);
    int mistakes = perceptron->mistakes;
    neurons_free(neurons);
    return mistakes;
}

START_TEST(mistakes_stay_below_the_bound) {
    Rng data = rng_create(11, RNG_DATA), order = rng_create(11, RNG_SHUFFLE);
    int most_mistakes = 0;
    for (int set = 0; set < 300; set++) {
        int n = 2 + (int)rng_below(&data, 120);
        float margin = set % 3 == 0 ? 1.0f : 0.02f + 0.5f * rng_uniform(&data), line[3];
        Points points = random_blobs(n, margin, line, &data);
        double r = points_radius(&points), gamma = points_margin(&points, line, line[2]);
        ck_assert(gamma > 0.0 && r <= sqrt(10.0) + 1e-6);
        int mistakes = mistakes_until_settled(&points, r / gamma * r / gamma, 0.1f, &order);
        most_mistakes = mistakes > most_mistakes ? mistakes : most_mistakes;
        points_free(&points);
    }
    ck_assert_int_gt(most_mistakes, 10); // the sets were not all trivial
}
END_TEST

// The chapter's example, every other corner of a cube: with the 1 of the bias they are at right
// angles to each other, R is 2 and γ is 1, and each costs its one mistake, whatever the truths are.
START_TEST(bound_is_reached) {
    static const float x[4][3] = { { 1, 1, 1 }, { 1, -1, -1 }, { -1, 1, -1 }, { -1, -1, 1 } };
    for (int truths = 0; truths < 16; truths++) {
        Neuron neurons[RULES];
        neurons_create(neurons, 3);
        for (int k = 0; k < 12; k++) {
            learn(neurons, x[k % 4], truths >> k % 4 & 1 ? 1.0f : -1.0f, 1.0f);
        }
        ck_assert_int_eq(neurons[PERCEPTRON].mistakes, 4);
        neurons_free(neurons);
    }
}
END_TEST

START_TEST(radius_and_margin) {
    float *x = alloc_floats(4);
    x[0] = 3.0f, x[3] = -2.0f; // (3, 0) and (0, -2)
    Points points = points_create(x, (int[]){ 1, 0 }, 2);
    ck_assert_double_eq_tol(points_radius(&points), sqrt(10.0), 1e-12);
    // w = (2, 2), b = 1 has length 3; the scores are 7 and -3
    ck_assert_double_eq_tol(points_margin(&points, (float[]){ 2, 2 }, 1.0f), 1.0, 1e-12);
    ck_assert_double_eq_tol(points_margin(&points, (float[]){ -2, -2 }, -1.0f), -7.0 / 3.0, 1e-12);
    points_free(&points);
}
END_TEST

// A perceptron's weights are multiples of the learning rate. (Four is a power of two, so that the
// rounding is the same as well.)
START_TEST(learning_rate_is_the_perceptrons_unit) {
    float line[3];
    Rng data = rng_create(5, RNG_DATA);
    Points points = random_blobs(100, 0.02f, line, &data);
    Neuron one[RULES], four[RULES];
    neurons_create(one, 2);
    neurons_create(four, 2);
    for (int k = 0; k < 300; k++) {
        int i = k % points.n;
        learn(one, &points.x[2 * i], points.t[i], 0.03f);
        learn(four, &points.x[2 * i], points.t[i], 0.12f);
    }
    ck_assert_int_gt(one[PERCEPTRON].mistakes, 0);
    ck_assert_int_eq(one[PERCEPTRON].mistakes, four[PERCEPTRON].mistakes);
    ck_assert_float_eq(4.0f * one[PERCEPTRON].w[0], four[PERCEPTRON].w[0]);
    ck_assert_float_eq(4.0f * one[PERCEPTRON].w[1], four[PERCEPTRON].w[1]);
    ck_assert_float_ne(4.0f * one[HINGE].w[0], four[HINGE].w[0]);
    neurons_free(one);
    neurons_free(four);
    points_free(&points);
}
END_TEST

// --- XOR -----------------------------------------------------------------------------------------

START_TEST(xor_is_never_solved) {
    static const float rates[] = { 0.001f, 0.02f, 0.3f };
    for (int seed = 0; seed < 60; seed++) {
        Rng data = rng_create((uint64_t)seed, RNG_DATA);
        Rng order = rng_create((uint64_t)seed, RNG_SHUFFLE);
        int n = seed % 2 ? 4 : 40, labels[40];
        float *x = alloc_floats(2 * (size_t)n);
        toy2d_xor(x, labels, n, n == 4 ? 0.0f : 0.3f, &data);
        Points points = points_create(x, labels, n);
        Neuron neurons[RULES];
        neurons_create(neurons, 2);
        for (int epoch = 0; epoch < 100; epoch++) {
            learn_points(neurons, &points, rates[seed % 3], &order);
            for (int r = 0; r < RULES; r++) {
                Measure m = { 0 };
                measure(&m, &neurons[r], points.x, points.t, n);
                ck_assert_msg(m.wrong > 0, "%s solves XOR", rules[r].name);
            }
        }
        neurons_free(neurons);
        points_free(&points);
    }
}
END_TEST

// On the four corners no weights have a smaller loss than all weights zero.
START_TEST(no_loss_on_xor_below_zero_weights) {
    Rng rng = rng_create(2, RNG_DATA);
    float x[8], t[4], w[2] = { 0 };
    int labels[4];
    toy2d_xor(x, labels, 4, 0.0f, &rng);
    for (int i = 0; i < 4; i++) {
        t[i] = labels[i] ? 1.0f : -1.0f;
    }
    for (int r = 0; r < RULES; r++) {
        double lowest = 0.0;
        for (int k = 0; k < 1000; k++) {
            Neuron neuron = { .rule = &rules[r], .d = 2, .w = w };
            if (k > 0) {
                rng_fill_normal(&rng, w, 2, 0.0f, 1.0f);
                neuron.b = rng_normal(&rng);
            }
            Measure m = { 0 };
            measure(&m, &neuron, x, t, 4);
            lowest = k == 0 ? m.loss : lowest;
            ck_assert_double_ge(m.loss, lowest - 1e-5);
            ck_assert_int_gt(m.wrong, 0);
        }
        memset(w, 0, sizeof w);
    }
}
END_TEST

// --- the same for all four -----------------------------------------------------------------------

static void five_epochs(Neuron neurons[RULES], Points *points) {
    Rng rng = rng_create(8, RNG_SHUFFLE);
    for (int i = 0; i < points->n; i++) {
        points->order[i] = i;
    }
    for (int epoch = 0; epoch < 5; epoch++) {
        learn_points(neurons, points, 0.05f, &rng);
    }
}

// Four neurons with one rule learn what the neuron with this rule learns beside the other three:
// all see the same examples in the same order, and none disturbs another.
START_TEST(all_see_the_same_order) {
    float line[3];
    Rng data = rng_create(8, RNG_DATA);
    Points points = random_blobs(60, 0.05f, line, &data);
    Neuron together[RULES], same[RULES];
    neurons_create(together, 2);
    five_epochs(together, &points);
    for (int r = 0; r < RULES; r++) {
        neurons_create(same, 2);
        for (int k = 0; k < RULES; k++) {
            same[k].rule = &rules[r];
        }
        five_epochs(same, &points);
        for (int k = 0; k < RULES; k++) {
            ck_assert_mem_eq(same[k].w, together[r].w, 2 * sizeof(float));
            ck_assert_float_eq(same[k].b, together[r].b);
            ck_assert_int_eq(same[k].mistakes, together[r].mistakes);
        }
        neurons_free(same);
    }
    neurons_free(together);
    points_free(&points);
}
END_TEST

// An epoch shows every point exactly once, and the next one has another order.
START_TEST(epoch_shows_every_point_once) {
    float line[3];
    Rng data = rng_create(4, RNG_DATA), order = rng_create(4, RNG_SHUFFLE);
    Points points = random_blobs(50, 0.05f, line, &data);
    Neuron neurons[RULES];
    neurons_create(neurons, 2);
    int first[50], seen[50] = { 0 };
    learn_points(neurons, &points, 0.01f, &order);
    memcpy(first, points.order, sizeof first);
    learn_points(neurons, &points, 0.01f, &order);
    ck_assert_mem_ne(first, points.order, sizeof first);
    for (int i = 0; i < 50; i++) {
        seen[points.order[i]]++;
    }
    for (int i = 0; i < 50; i++) {
        ck_assert_int_eq(seen[i], 1);
    }
    neurons_free(neurons);
    points_free(&points);
}
END_TEST

// --- pictures ------------------------------------------------------------------------------------

START_TEST(classes_are_parsed) {
    Pictures pairs[MOST_PAIRS];
    ck_assert_int_eq(pictures_parse("1,9", pairs), 1);
    ck_assert_str_eq(pairs[0].name, "1v9");
    ck_assert(pairs[0].label[0] == 1 && pairs[0].label[1] == 9);
    ck_assert_int_eq(pictures_parse("1,9,9,1,2,4,0,5,3,6", pairs), 5);
    ck_assert_str_eq(pairs[1].name, "9v1");
    ck_assert_str_eq(pairs[4].name, "3v6");
}
END_TEST

static void parse(void *classes) {
    Pictures pairs[MOST_PAIRS];
    pictures_parse(classes, pairs);
}

START_TEST(wrong_classes_are_refused) {
    static const char *const wrong[] = {
        "",
        "1",
        "1,",
        ",1",
        "1,9,",
        "1,9,2",
        "1;9",
        "10,9",
        "1,10",
        "-1,9",
        "one,two",
        "1,9 2,4",
        "1,2,1,3,1,4,1,5,1,6,1,7",
        "3,3",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        int status;
        char *message = death_message(parse, (void *)wrong[i], &status);
        ck_assert_msg(status == 1 && strstr(message, "error: --classes \"") == message,
                      "\"%s\": status %d, %s", wrong[i], status, message);
        ck_assert_ptr_nonnull(strstr(message, wrong[i]));
        free(message);
    }
    int status;
    char *message = death_message(parse, "1,9,2,4,1,9", &status);
    ck_assert(status == 1 && strstr(message, "twice") != NULL);
    free(message);
}
END_TEST

// A small data set of our own: class c has its bright pixels in row c, some classes overlap.
enum { SIDE = 10, TRAIN_IMAGES = 400, TEST_IMAGES = 100 };

static void put_part(const char *part, int n, Rng *rng) {
    uint8_t *images = alloc_bytes((size_t)n * SIDE * SIDE), *labels = alloc_bytes((size_t)n);
    for (int i = 0; i < n; i++) {
        labels[i] = (uint8_t)(i % 10);
        for (int p = 0; p < SIDE * SIDE; p++) {
            bool bright = p / SIDE == labels[i] && rng_uniform(rng) < 0.5f;
            images[i * SIDE * SIDE + p] = (uint8_t)(bright ? 255 : rng_below(rng, 160));
        }
    }
    char path[64];
    snprintf(path, sizeof path, "data/%s-images-idx3-ubyte", part);
    idx_write(path, images, 3, (int[]){ n, SIDE, SIDE });
    snprintf(path, sizeof path, "data/%s-labels-idx1-ubyte", part);
    idx_write(path, labels, 1, &n);
    free(images);
    free(labels);
}

static void put_data(void) {
    enter_folder();
    Rng rng = rng_create(1, RNG_DATA);
    put_part("train", TRAIN_IMAGES, &rng);
    put_part("t10k", TEST_IMAGES, &rng);
}

START_TEST(split_keeps_the_sets_apart) {
    put_data();
    Dataset *data = dataset_load("data", TRAIN_SET);
    Pictures pairs[MOST_PAIRS], pictures;
    pictures_parse("2,4", pairs);
    pictures = pairs[0];
    pictures_open(&pictures, data, rng_create(1, RNG_SHUFFLE));
    ck_assert_int_eq(pictures.n_train, 67);
    ck_assert_int_eq(pictures.n_valid, 13);
    int seen[TRAIN_IMAGES] = { 0 }, positive = 0;
    for (int i = 0; i < 80; i++) { // the two stand one after the other
        int place = pictures.train[i];
        seen[place]++;
        ck_assert(data->labels[place] == 2 || data->labels[place] == 4);
        ck_assert_int_eq(seen[place], 1);
    }
    // an epoch is one batch of 67 images, none of them for validation; the truth of class 2 is +1
    ck_assert_int_eq(pictures_next(&pictures), 67);
    for (int i = 0; i < 67; i++) {
        int place = pictures.batches.order[i];
        ck_assert_float_eq(pictures.t[i], data->labels[place] == 2 ? 1.0f : -1.0f);
        positive += pictures.t[i] > 0.0f;
        for (int k = 0; k < pictures.n_valid; k++) {
            ck_assert_int_ne(place, pictures.valid[k]);
        }
    }
    ck_assert(positive > 20 && positive < 47);
    ck_assert_int_eq(pictures_next(&pictures), 0);
    pictures_close(&pictures);
    dataset_free(data);
}
END_TEST

// Runs the lesson on the small data set, under a name of its own, with more options (closed by
// NULL).
static int run_lesson(const char *name, ...) {
    char *argv[32] = { "perceptron", "--data", "data",   "--quiet",
                       "--epochs",   "12",     "--name", (char *)name };
    int argc = 8;
    va_list more;
    va_start(more, name);
    for (char *word; (word = va_arg(more, char *));) {
        argv[argc++] = word;
    }
    va_end(more);
    return lesson_main(argc, argv);
}

// The bytes of a file of a run; the caller frees them.
static char *read_run(const char *name, const char *file, size_t *n) {
    char path[128];
    snprintf(path, sizeof path, "runs/01-perceptron/%s/%s", name, file);
    FILE *in = fopen(path, "rb");
    ck_assert_msg(in != NULL, "there is no %s", path);
    char *bytes = alloc_bytes(1 << 20);
    *n = fread(bytes, 1, (1 << 20) - 1, in);
    fclose(in);
    return bytes;
}

static bool same_file(const char *a, const char *b, const char *file) {
    size_t n_a, n_b;
    char *bytes_a = read_run(a, file, &n_a), *bytes_b = read_run(b, file, &n_b);
    bool same = n_a > 0 && n_a == n_b && memcmp(bytes_a, bytes_b, n_a) == 0;
    free(bytes_a);
    free(bytes_b);
    return same;
}

START_TEST(same_seed_same_bytes) {
    static const char *const files[] = { "log.csv", "log-blobs.csv", "log-xor.csv",
                                         "model.safetensors" };
    put_data();
    ck_assert_int_eq(run_lesson("a", "--threads", "1", NULL), 0);
    ck_assert_int_eq(run_lesson("b", "--threads", "2", NULL), 0);
    ck_assert_int_eq(run_lesson("c", "--seed", "2", NULL), 0);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        ck_assert_msg(same_file("a", "b", files[i]), "%s differs", files[i]);
        ck_assert_msg(!same_file("a", "c", files[i]), "%s does not depend on the seed", files[i]);
    }
}
END_TEST

// A figure from a run's summary.csv; NaN if it is not there or empty.
static double figure(const char *run, const char *key) {
    size_t n;
    char *text = read_run(run, "summary.csv", &n), line[128];
    snprintf(line, sizeof line, "\n%s,", key);
    const char *at = strstr(text, line);
    double value = NAN;
    if (at) {
        sscanf(at + strlen(line), "%lf", &value);
    }
    free(text);
    return value;
}

// What happens to a pair does not depend on which others learn beside it.
START_TEST(pairs_do_not_disturb_each_other) {
    put_data();
    ck_assert_int_eq(run_lesson("both", "--classes", "1,9,2,4", NULL), 0);
    ck_assert_int_eq(run_lesson("alone", "--classes", "2,4", NULL), 0);
    for (int r = 0; r < RULES; r++) {
        static const char *const endings[] = { "test_accuracy", "last_mistakes", "valid_swing" };
        for (int k = 0; k < 3; k++) {
            char key[64];
            snprintf(key, sizeof key, "2v4_%s_%s", rules[r].name, endings[k]);
            ck_assert_double_eq(figure("both", key), figure("alone", key));
        }
    }
}
END_TEST

START_TEST(model_is_loaded_and_scored) {
    put_data();
    ck_assert_int_eq(run_lesson("trained", NULL), 0);
    ck_assert_int_eq(
        run_lesson("loaded", "--load", "runs/01-perceptron/trained/model.safetensors", NULL), 0);
    double sum = 0.0;
    for (int r = 0; r < RULES; r++) {
        char key[64];
        snprintf(key, sizeof key, "2v4_%s_test_accuracy", rules[r].name);
        ck_assert_double_eq(figure("trained", key), figure("loaded", key));
        sum += figure("trained", key);
    }
    ck_assert_double_gt(sum, 4 * 0.7); // they have learned something
    ck_assert(isnan(figure("loaded", "2v4_hinge_last_mistakes")));
    ck_assert_int_ne(access("runs/01-perceptron/loaded/model.safetensors", F_OK), 0);
}
END_TEST

static void run_with_a_huge_rate(void *nothing) {
    (void)nothing;
    run_lesson("huge", "--lr", "900", NULL);
}

START_TEST(divergence_is_reported) {
    put_data();
    int status;
    char *message = death_message(run_with_a_huge_rate, NULL, &status);
    ck_assert_int_eq(status, 1);
    ck_assert_msg(strstr(message, "the squared loss on 1v9 is not finite at step "), "%s", message);
    free(message);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("01-perceptron");
    CASE(s, "rules", steps_go_against_the_gradient, corners_are_decided_as_written,
         losses_are_those_of_the_library);
    CASE(s, "by hand", perceptron_by_hand, the_other_three_by_hand);
    CASE(s, "Novikoff", mistakes_stay_below_the_bound, bound_is_reached, radius_and_margin,
         learning_rate_is_the_perceptrons_unit);
    CASE(s, "XOR", xor_is_never_solved, no_loss_on_xor_below_zero_weights);
    CASE(s, "order", all_see_the_same_order, epoch_shows_every_point_once);
    CASE(s, "pictures", classes_are_parsed, wrong_classes_are_refused, split_keeps_the_sets_apart);
    CASE(s, "runs", same_seed_same_bytes, pairs_do_not_disturb_each_other,
         model_is_loaded_and_scored, divergence_is_reported);
    return s;
}
