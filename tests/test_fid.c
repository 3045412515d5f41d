#include "kernels/activation.h"
#include "data/dataset.h"
#include "base/die.h"
#include "measure/evaluate.h"
#include "measure/fid.h"
#include "fixtures/frechet.h"
#include "base/rng.h"
#include "test.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FEATURES = JUDGE_FEATURES, CLASSES = JUDGE_CLASSES, PIXELS = JUDGE_SIDE * JUDGE_SIDE };

// --- moments -------------------------------------------------------------------------------------

START_TEST(moments_by_hand) {
    static const float x[] = { 1, 10, 2, 14, 6, 12 };
    Moments *m = moments_create(x, 3, 2);
    ck_assert_int_eq(m->n, 3);
    ck_assert_int_eq(m->d, 2);
    ck_assert_double_eq_tol(m->mean[0], 3.0, 1e-15);
    ck_assert_double_eq_tol(m->mean[1], 12.0, 1e-14);
    static const double expected[] = { 7.0, 1.0, 1.0, 4.0 }; // (4+1+9)/2, (4-2+0)/2, (4+4+0)/2
    for (int i = 0; i < 4; i++) {
        ck_assert_double_eq_tol(m->covariance[i], expected[i], 1e-14);
    }
    moments_free(m);
    moments_free(NULL);
}
END_TEST

// 1,000,000 ± 1: the mean of the squares minus the square of the mean would have four digits left.
START_TEST(a_far_mean_costs_no_digits) {
    enum { N = 1000 };
    static float x[N];
    for (int i = 0; i < N; i++) {
        x[i] = i % 2 ? 1000001.0f : 999999.0f;
    }
    Moments *m = moments_create(x, N, 1);
    ck_assert_double_eq_tol(m->mean[0], 1e6, 1e-8);
    ck_assert_double_eq_tol(m->covariance[0], (double)N / (N - 1), 1e-12);
    moments_free(m);
}
END_TEST

static void moments_of_few(void *n) {
    static float x[110];
    moments_create(x, *(int *)n, 10);
}

START_TEST(no_more_examples_than_features_are_refused) {
    for (int n = 9; n <= 11; n++) {
        int status;
        char *message = death_message(moments_of_few, &n, &status);
        ck_assert_int_eq(status, n <= 10);
        char expected[64];
        snprintf(expected, sizeof expected, "error: %d examples are too few for 10 features", n);
        ck_assert_int_eq(strstr(message, expected) != NULL, n <= 10);
        ck_assert_int_eq(strstr(message, "covariance is singular") != NULL, n <= 10);
        free(message);
    }
}
END_TEST

// --- the distance --------------------------------------------------------------------------------

enum { D = 5 };

typedef struct {
    double mean[D], covariance[D * D];
} Room;

// A Gaussian with these deviations along D axes: those of a fixed rotation, or of the coordinates.
static Moments gaussian(Room *room, double shift, const double deviation[D], bool turned) {
    double axes[D][D]; // a reflection, I - 2 w wᵀ / wᵀw: symmetric and orthonormal
    static const double w[D] = { 1, -2, 3, 0.5, 2 };
    double ww = 0.0;
    for (int i = 0; i < D; i++) {
        ww += w[i] * w[i];
    }
    for (int i = 0; i < D; i++) {
        room->mean[i] = shift * (i + 1);
        for (int j = 0; j < D; j++) {
            axes[i][j] = (i == j) - (turned ? 2.0 * w[i] * w[j] / ww : 0.0);
        }
    }
    for (int i = 0; i < D * D; i++) {
        room->covariance[i] = 0.0;
        for (int e = 0; e < D; e++) {
            room->covariance[i] += axes[i / D][e] * deviation[e] * deviation[e] * axes[i % D][e];
        }
    }
    return (Moments){ 100, D, room->mean, room->covariance };
}

// With the same axes the distance is |m1 - m2|² + Σ (s1 - s2)².
START_TEST(the_closed_form_on_common_axes) {
    static const double a[D] = { 1, 2, 3, 0.1, 0 }, b[D] = { 1, 5, 0.5, 1e-3, 2 };
    double expected = 0.25 * 0.25 * (1 + 4 + 9 + 16 + 25);
    for (int i = 0; i < D; i++) {
        expected += (a[i] - b[i]) * (a[i] - b[i]);
    }
    for (int turned = 0; turned < 2; turned++) {
        Room rooms[2];
        Moments ma = gaussian(&rooms[0], 1.0, a, turned);
        Moments mb = gaussian(&rooms[1], 1.25, b, turned);
        ck_assert_double_eq_tol(frechet_distance(&ma, &mb), expected, 1e-6);
        ck_assert_double_eq_tol(frechet_distance(&mb, &ma), expected, 1e-6);
    }
}
END_TEST

// On different axes it is more than that: turning a cloud must cost something.
START_TEST(turning_costs) {
    static const double a[D] = { 1, 2, 3, 4, 5 };
    Room rooms[2];
    Moments ma = gaussian(&rooms[0], 0.0, a, false), mb = gaussian(&rooms[1], 0.0, a, true);
    ck_assert_double_gt(frechet_distance(&ma, &mb), 0.5);
    ck_assert_double_eq_tol(frechet_distance(&ma, &ma), 0.0, 1e-12);
    ck_assert_double_eq_tol(frechet_distance(&mb, &mb), 0.0, 1e-12);
}
END_TEST

static void assert_distance(const float *a, int n_a, const float *b, int n_b, int d,
                            double expected) {
    Moments *ma = moments_create(a, n_a, d), *mb = moments_create(b, n_b, d);
    double got = frechet_distance(ma, mb);
    ck_assert_msg(fabs(got - expected) < 1e-4 * expected, "%.8g, not %.8g", got, expected);
    ck_assert_double_eq_tol(frechet_distance(mb, ma), got, 1e-9 * got);
    ck_assert_double_eq_tol(frechet_distance(ma, ma), 0.0, 1e-9);
    moments_free(ma);
    moments_free(mb);
}

START_TEST(agrees_with_scipy) {
    assert_distance(frechet_small_a[0], 12, frechet_small_b[0], 15, 3,
                    (double)frechet_small_distance);
    assert_distance(frechet_wide_a[0], 30, frechet_wide_b[0], 24, 8, (double)frechet_wide_distance);
}
END_TEST

// A feature that is 0 everywhere, as that of a dead unit, and one that repeats another: singular.
START_TEST(singular_covariances_are_no_trouble) {
    float a[30][10] = { { 0 } }, b[24][10] = { { 0 } };
    for (int i = 0; i < 30; i++) {
        memcpy(a[i], frechet_wide_a[i], sizeof frechet_wide_a[i]);
    }
    for (int i = 0; i < 24; i++) {
        memcpy(b[i], frechet_wide_b[i], sizeof frechet_wide_b[i]);
    }
    assert_distance(a[0], 30, b[0], 24, 10, (double)frechet_wide_distance);
    for (int i = 0; i < 30; i++) {
        a[i][9] = a[i][0];
    }
    Moments *ma = moments_create(a[0], 30, 10);
    ck_assert_double_eq_tol(frechet_distance(ma, ma), 0.0, 1e-9);
    moments_free(ma);
}
END_TEST

static void measure_unlike(void *unused) {
    (void)unused;
    Moments a = { .d = 3 }, b = { .d = 4 };
    frechet_distance(&a, &b);
}

START_TEST(unlike_moments_are_refused) {
    assert_refused(measure_unlike, NULL, "moments of 3 and of 4 features");
}
END_TEST

// --- the judge -----------------------------------------------------------------------------------

// Features and probabilities of images, between margins that must stay as they are.
typedef struct {
    float *features, *p;
    int n;
} Look;

enum { MARGIN = 16 };

static float *guarded(size_t n) {
    float *block = alloc_floats(n + 2 * MARGIN);
    for (size_t i = 0; i < n + 2 * MARGIN; i++) {
        block[i] = NAN;
    }
    return block + MARGIN;
}

static void assert_filled(const float *x, size_t n) {
    size_t wrong = 0;
    for (size_t i = 0; i < n + 2 * MARGIN; i++) {
        wrong += (isnan(x[(long)i - MARGIN]) != 0) != (i < MARGIN || i >= n + MARGIN);
    }
    ck_assert_uint_eq(wrong, 0);
}

static Look look(Judge *judge, const uint8_t *images, int n) {
    Look l = { guarded((size_t)(n * FEATURES)), guarded((size_t)(n * CLASSES)), n };
    judge_look(judge, l.features, l.p, images, n);
    assert_filled(l.features, (size_t)(n * FEATURES));
    assert_filled(l.p, (size_t)(n * CLASSES));
    return l;
}

static void look_free(Look *l) {
    free(l->features - MARGIN);
    free(l->p - MARGIN);
}

// What it sees are the pictures as lesson 4's network saw them, by the way that lessons take.
static void assert_sees(Judge *judge, const Dataset *data, const float *p) {
    enum { N = 100 };
    float *x = alloc_floats(N * PIXELS), expected[N * CLASSES];
    ck_assert_int_eq(judge_net(judge)->mode, EVAL);
    int *order = random_order(N, (Rng){ 1, 1 });
    dataset_take(x, NULL, data, order, N);
    softmax_forward(expected, net_forward(judge_net(judge), x, N, EVAL), N, CLASSES);
    for (int i = 0; i < N * CLASSES; i++) {
        ck_assert_float_eq_tol(p[order[i / CLASSES] * CLASSES + i % CLASSES], expected[i], 1e-6f);
    }
    free(order);
    free(x);
}

static Dataset *first_images(int n) {
    Dataset *data = dataset_load("fashion", TEST_SET);
    data->n = n;
    return data;
}

// The features are those that the probabilities are computed from: p = softmax(W f + b).
START_TEST(features_lead_to_the_answer) {
    enum { N = 250 }; // not a whole number of batches
    Dataset *data = first_images(N);
    Judge *judge = judge_create(data);
    const Layer *last = &judge_net(judge)->layers[11];
    Look l = look(judge, data->images, N);
    for (int i = 0; i < N; i++) {
        double sum = 0.0, e[CLASSES], total = 0.0;
        for (int c = 0; c < CLASSES; c++) {
            double s = (double)last->bias[c];
            for (int k = 0; k < FEATURES; k++) {
                s += (double)last->weight[c * FEATURES + k] * (double)l.features[i * FEATURES + k];
            }
            total += e[c] = exp(s);
            sum += (double)l.p[i * CLASSES + c];
        }
        ck_assert_double_eq_tol(sum, 1.0, 1e-6);
        for (int c = 0; c < CLASSES; c++) {
            ck_assert_double_eq_tol((double)l.p[i * CLASSES + c], e[c] / total, 1e-5);
        }
        for (int k = 0; k < FEATURES; k++) {
            ck_assert_float_ge(l.features[i * FEATURES + k], 0.0f); // behind the ReLU
        }
    }
    assert_sees(judge, data, l.p);
    float *features = guarded(N * FEATURES), *p = guarded(N * CLASSES);
    judge_look(judge, features, NULL, data->images, N);
    judge_look(judge, NULL, p, data->images, N);
    ck_assert_mem_eq(features, l.features, N * FEATURES * sizeof *features);
    ck_assert_mem_eq(p, l.p, N * CLASSES * sizeof *p);
    look_free(&(Look){ features, p, N });
    look_free(&l);
    judge_free(judge);
    dataset_free(data);
}
END_TEST

START_TEST(the_judge_is_right_as_often_as_told) {
    Dataset *data = dataset_load("fashion", TEST_SET);
    Judge *judge = judge_create(data);
    Look l = look(judge, data->images, data->n);
    int right = 0;
    for (int i = 0; i < data->n; i++) {
        const float *p = l.p + i * CLASSES;
        int best = 0;
        for (int c = 1; c < CLASSES; c++) {
            best = p[c] > p[best] ? c : best;
        }
        right += best == data->labels[i];
    }
    ck_assert_int_ge(right, 9067); // another processor may round an image to the other side
    ck_assert_int_le(right, 9069);
    ck_assert_float_eq_tol(evaluate(judge_net(judge), data, NULL, data->n).accuracy, 0.9068f,
                           2e-4f);
    look_free(&l);
    judge_free(judge);
    dataset_free(data);
}
END_TEST

// The score and the shares, once more, from the probabilities.
static void assert_answers(Judge *judge, Verdict v, const uint8_t *images, int n) {
    Look l = look(judge, images, n);
    double mean[CLASSES] = { 0 }, entropy = 0.0, entropy_of_mean = 0.0, share[CLASSES] = { 0 };
    double smallest = 1.0;
    for (int i = 0; i < n; i++) {
        int best = 0;
        for (int c = 0; c < CLASSES; c++) {
            double p = (double)l.p[i * CLASSES + c];
            mean[c] += p / n;
            entropy -= p > 0.0 ? p * log(p) / n : 0.0;
            best = l.p[i * CLASSES + c] > l.p[i * CLASSES + best] ? c : best;
        }
        share[best] += 1.0 / n;
    }
    for (int c = 0; c < CLASSES; c++) {
        entropy_of_mean -= mean[c] * log(mean[c]);
        smallest = fmin(smallest, share[c]);
        ck_assert_double_eq_tol(v.share[c], share[c], 1e-9);
    }
    ck_assert_double_eq_tol(v.smallest_share, smallest, 1e-9);
    ck_assert_double_eq_tol(v.inception_score, exp(entropy_of_mean - entropy), 1e-5);
    look_free(&l);
}

// All n images of a class, one behind the other.
static uint8_t *one_class(const Dataset *data, int class, int *n) {
    uint8_t *images = alloc_bytes((size_t)data->n * PIXELS);
    *n = 0;
    for (int i = 0; i < data->n; i++) {
        if (data->labels[i] == class) {
            memcpy(images + (size_t)(*n)++ * PIXELS, data->images + (size_t)i * PIXELS, PIXELS);
        }
    }
    return images;
}

START_TEST(verdicts_on_the_real_on_one_class_and_on_nothing) {
    Dataset *data = dataset_load("fashion", TEST_SET);
    Judge *judge = judge_create(data);
    Verdict real = judge_images(judge, data->images, data->n);
    ck_assert_double_eq_tol(real.fid, 0.0, 1e-6);
    ck_assert_double_gt(real.inception_score, 7.5);
    ck_assert_double_gt(real.smallest_share, 0.07);
    assert_answers(judge, real, data->images, data->n);

    int n;
    uint8_t *trousers = one_class(data, 1, &n);
    Verdict one = judge_images(judge, trousers, n);
    ck_assert_int_eq(n, 1000);
    ck_assert_double_gt(one.fid, 300.0);
    ck_assert_double_lt(one.inception_score, 1.3);
    ck_assert_double_gt(one.share[1], 0.94);
    assert_answers(judge, one, trousers, n);

    memset(trousers, 0, 1000 * PIXELS);
    Verdict black = judge_images(judge, trousers, 1000);
    double largest = 0.0;
    for (int c = 0; c < CLASSES; c++) {
        largest = fmax(largest, black.share[c]);
    }
    ck_assert_double_gt(black.fid, 100.0);
    ck_assert_double_eq_tol(black.inception_score, 1.0, 1e-6);
    ck_assert_double_eq(largest, 1.0);
    ck_assert_double_eq(black.smallest_share, 0.0);
    free(trousers);
    judge_free(judge);
    dataset_free(data);
}
END_TEST

// Between features that are looked up here, of the images given and of the real ones.
START_TEST(the_verdict_is_the_distance_of_the_features) {
    enum { REAL = 1000, N = 333 };
    Dataset *data = first_images(REAL), *others = dataset_load("fashion", TRAIN_SET);
    Judge *judge = judge_create(data);
    Look real = look(judge, data->images, REAL), made = look(judge, others->images, N);
    Moments *a = moments_create(made.features, N, FEATURES);
    Moments *b = moments_create(real.features, REAL, FEATURES);
    double fid = judge_images(judge, others->images, N).fid;
    ck_assert_double_gt(fid, 1.0);
    ck_assert_double_eq_tol(fid, frechet_distance(a, b), 1e-8);
    moments_free(a);
    moments_free(b);
    look_free(&real);
    look_free(&made);
    judge_free(judge);
    dataset_free(data);
    dataset_free(others);
}
END_TEST

START_TEST(same_bits_on_any_number_of_threads) {
    enum { N = 500 };
    Dataset *data = first_images(2 * N);
    Verdict verdicts[3];
    for (int threads = 1; threads <= 3; threads++) {
        omp_set_num_threads(threads);
        Judge *judge = judge_create(data);
        verdicts[threads - 1] = judge_images(judge, data->images, N);
        ck_assert_mem_eq(&verdicts[threads - 1], &verdicts[0], sizeof *verdicts);
        judge_free(judge);
    }
    ck_assert_double_gt(verdicts[0].fid, 0.1);
    dataset_free(data);
}
END_TEST

// --- what the judge refuses, and where it is found -----------------------------------------------

static void judge_few(void *n) {
    Dataset *data = first_images(200);
    judge_images(judge_create(data), data->images, *(int *)n);
}

static void judge_real_pictures(void *of) {
    judge_create(of);
}

static void assert_dies(void (*f)(void *), void *argument, const char *text) {
    int status;
    char *message = death_message(f, argument, &status);
    ck_assert_int_eq(status, 1);
    ck_assert_msg(strstr(message, text) != NULL, "'%s' is not in: %s", text, message);
    ck_assert_msg(strchr(message, '\n') == message + strlen(message) - 1, "not one line: %s",
                  message);
    free(message);
}

START_TEST(what_cannot_be_judged_is_refused) {
    static uint8_t pixels[100 * 27 * 28];
    Dataset few = { 84, 28, 28, pixels, pixels }, narrow = { 100, 28, 27, pixels, pixels };
    assert_dies(judge_few, &(int){ 84 }, "84 examples are too few for 84 features");
    assert_dies(judge_real_pictures, &few, "84 examples are too few for 84 features");
    assert_dies(judge_real_pictures, &narrow, "28 × 28 pixels, and these real ones have 28 × 27");
}
END_TEST

// From an empty folder it is found above the program; a file below the current folder comes first.
START_TEST(the_judge_is_found_from_anywhere) {
    static uint8_t pixels[100 * PIXELS];
    Dataset data = { 100, 28, 28, pixels, pixels };
    int status;
    enter_folder();
    char *message = death_message(judge_real_pictures, &data, &status);
    ck_assert_str_eq(message, "");
    ck_assert_int_eq(status, 0);
    free(message);
    ck_assert_int_eq(system("mkdir data && echo no weights >data/lenet-fashion.safetensors"), 0);
    assert_dies(judge_real_pictures, &data, "data/lenet-fashion.safetensors");
}
END_TEST

// A copy of this program that lies where no judge is anywhere above.
START_TEST(a_judge_that_is_missing_is_named) {
    enter_folder();
    ck_assert_int_eq(system("cp /proc/$PPID/exe alone && mkdir empty && cd empty && "
                            "JUDGE_WANTED=1 ASAN_OPTIONS=detect_leaks=0 ../alone 2>../said; "
                            "test $? = 1"),
                     0);
    Bytes said = read_bytes("said");
    ck_assert_ptr_nonnull(strstr((char *)said.bytes, "error: there is no data/lenet-fashion"
                                                     ".safetensors below this folder"));
    ck_assert_ptr_nonnull(strstr((char *)said.bytes, "run this in the folder of the course"));
    ck_assert_ptr_eq(strchr((char *)said.bytes, '\n'), (char *)said.bytes + said.n - 1);
    free(said.bytes);
}
END_TEST

Suite *suite(void) {
    if (getenv("JUDGE_WANTED")) { // the copy
        judge_create(&(Dataset){ 100, 28, 28, NULL, NULL });
    }
    Suite *s = suite_create("fid");
    CASE(s, "moments", moments_by_hand, a_far_mean_costs_no_digits,
         no_more_examples_than_features_are_refused);
    CASE(s, "distance", the_closed_form_on_common_axes, turning_costs, agrees_with_scipy,
         singular_covariances_are_no_trouble, unlike_moments_are_refused);
    CASE(s, "judge", features_lead_to_the_answer, the_judge_is_right_as_often_as_told,
         verdicts_on_the_real_on_one_class_and_on_nothing,
         the_verdict_is_the_distance_of_the_features, same_bits_on_any_number_of_threads);
    CASE(s, "finding the judge", what_cannot_be_judged_is_refused, the_judge_is_found_from_anywhere,
         a_judge_that_is_missing_is_named);
    return s;
}
