// Tests of lesson 11: the plain version against the library and SciPy; what the disturbances do to
// pictures; the line over 1 / n; and the search for copies. All its files are included.

#include "../lessons/11-fid/bias.c"
#include "../lessons/11-fid/copies.c"
#include "../lessons/11-fid/disturb.c"
#include "../lessons/11-fid/fid.c"
#include "../lessons/11-fid/kernel.c"
#include "../lessons/11-fid/main.c"
#include "../lessons/11-fid/precision.c"

#include "fixtures/frechet.h"
#include "test.h"

#include <sys/stat.h>
#include <unistd.h>

// --- the plain version ---------------------------------------------------------------------------

// Features whose directions have very different spreads, the last of them none at all.
static float *uneven(uint64_t seed, int n, int d) {
    Rng rng = rng_create(seed, RNG_DATA);
    float *x = alloc_floats((size_t)n * (size_t)d);
    rng_fill_normal(&rng, x, (size_t)n * (size_t)d, 0.5f, 1.0f);
    for (int i = 0; i < n; i++) {
        float *row = x + (size_t)i * (size_t)d;
        for (int k = 1; k < d; k++) {
            row[k] = k == d - 1 ? 0.0f : powf(0.7f, (float)k) * row[k] + 0.5f * row[k - 1];
        }
    }
    return x;
}

START_TEST(plain_loops_and_library_agree) {
    static const int shapes[][3] = {
        { 30, 40, 1 }, { 50, 20, 7 }, { 300, 200, 30 }, { 200, 300, 84 }
    };
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        int n = shapes[s][0], m = shapes[s][1], d = shapes[s][2];
        float *x = uneven(1, n, d), *y = uneven(2, m, d);
        Moments *mx = moments_create(x, n, d), *my = moments_create(y, m, d);
        double library = frechet_distance(mx, my), plain = plain_distance(x, n, y, m, d);
        ck_assert_double_eq_tol(plain, library, 1e-5 * library + 1e-12);
        ck_assert_double_eq_tol(plain_distance(y, m, x, n, d), plain, 1e-5 * plain + 1e-12);
        moments_free(mx);
        moments_free(my);
        free(x);
        free(y);
    }
}
END_TEST

START_TEST(plain_loops_and_scipy_agree) {
    double got = plain_distance(frechet_small_a[0], 12, frechet_small_b[0], 15, 3);
    ck_assert_double_eq_tol(got, frechet_small_distance, 1e-6 * got);
}
END_TEST

START_TEST(a_set_is_at_distance_0_from_itself) {
    float *x = uneven(3, 500, 20);
    ck_assert_double_eq_tol(plain_distance(x, 500, x, 500, 20), 0.0, 1e-6);
    free(x);
}
END_TEST

START_TEST(roots_by_hand) {
    static const double a[] = { 4, 0, 0, 9 }, b[] = { 25, 0, 0, 1 }, none[4] = { 0 };
    ck_assert_double_eq_tol(plain_trace_of_root(a, b, 2), 10.0 + 3.0, 1e-9);
    ck_assert_double_eq(plain_trace_of_root(a, none, 2), 0.0);
    static const double flat[] = { 1, 1, 1, 1 }; // with itself: squared, 2 in all places; 2 and 0
    ck_assert_double_eq_tol(plain_trace_of_root(flat, flat, 2), 2.0, 1e-7);
    static const double far[] = { 1e6, 0, 0, 1e-6 }; // eigenvalues of the square: 1e12 and 1e-12
    ck_assert_double_eq_tol(plain_trace_of_root(far, far, 2), 1e6, 1e-3);
}
END_TEST

// --- precision, recall, kernel distance -----------------------------------------------------------

// On a line: the third neighbour of 0 is 3, of 1 and 2 it is 2 away, of 3 it is 0, of 10 it is 1.
START_TEST(balls_by_hand) {
    static const float real[] = { 0, 1, 2, 3, 10 }, made[] = { -3.5f, -3, 5.5f, 6.5f, 19, 19.5f };
    double radius[5];
    measure_balls(radius, real, 5, 1);
    static const double expected[] = { 9, 4, 4, 9, 81 };
    for (int i = 0; i < 5; i++) {
        ck_assert_double_eq(radius[i], expected[i]);
    }
    // Inside: -3, on the edge of the ball around 0; 5.5, 6.5 and 19 in the ball around 10.
    ck_assert_double_eq_tol(precision(real, 5, made, 6, 1), 4.0 / 6.0, 1e-12);
    // The balls around the made ones reach 10, 9.5, 9, 10, 13.5 and 14 far, and so over all real ones.
    ck_assert_double_eq_tol(recall(real, 5, made, 6, 1), 1.0, 1e-12);
}
END_TEST

// Two clouds of 40 points, 100 apart: samples of one of them; samples of both and of a third place.
START_TEST(missing_and_false_samples_are_told_apart) {
    enum { HALF = 40 };
    float real[4 * HALF], one[4 * HALF], more[6 * HALF];
    Rng rng = rng_create(1, RNG_DATA);
    rng_fill_normal(&rng, real, 4 * HALF, 0.0f, 1.0f);
    rng_fill_normal(&rng, one, 4 * HALF, 0.0f, 0.3f);
    rng_fill_normal(&rng, more, 6 * HALF, 0.0f, 0.3f);
    for (int i = 0; i < HALF; i++) {
        real[4 * i] += 100.0f; // every other one
        more[6 * i] += 100.0f;
        more[6 * i + 3] -= 100.0f;
    }
    ck_assert_double_ge(precision(real, 2 * HALF, one, 2 * HALF, 2), 0.8);
    ck_assert_double_le(recall(real, 2 * HALF, one, 2 * HALF, 2), 0.5);
    ck_assert_double_le(precision(real, 2 * HALF, more, 3 * HALF, 2), 0.7);
    // With the roles exchanged the answers are exchanged.
    ck_assert_double_eq(recall(one, 2 * HALF, real, 2 * HALF, 2),
                        precision(real, 2 * HALF, one, 2 * HALF, 2));
}
END_TEST

// Copies of real pictures are inside; but three copies of a picture have a ball without extent.
START_TEST(copies_make_balls_of_nothing) {
    static const float real[] = { 0, 1, 2, 3, 4, 5 }, same[] = { 2, 2, 2, 2 };
    ck_assert_double_eq(precision(real, 6, same, 4, 1), 1.0);
    ck_assert_double_eq_tol(recall(real, 6, same, 4, 1), 1.0 / 6.0, 1e-12);
    ck_assert_double_eq(precision(real, 6, real, 6, 1), 1.0);
}
END_TEST

START_TEST(overlap_and_kernel_agree_with_scipy) {
    const float *a = frechet_small_a[0], *b = frechet_small_b[0];
    ck_assert_double_eq_tol(precision(a, 12, b, 15, 3), frechet_small_precision, 1e-6);
    ck_assert_double_eq_tol(recall(a, 12, b, 15, 3), frechet_small_recall, 1e-6);
    ck_assert_double_eq_tol(kernel_distance(a, 12, b, 15, 3), frechet_small_kernel, 1e-4);
    a = frechet_wide_a[0], b = frechet_wide_b[0];
    ck_assert_double_eq_tol(precision(a, 30, b, 24, 8), frechet_wide_precision, 1e-6);
    ck_assert_double_eq_tol(recall(a, 30, b, 24, 8), frechet_wide_recall, 1e-6);
    ck_assert_double_eq_tol(kernel_distance(a, 30, b, 24, 8), frechet_wide_kernel, 1e-3);
}
END_TEST

static double cubed(const float *x, const float *y, int d) {
    double sum = 1.0;
    for (int k = 0; k < d; k++) {
        sum += (double)x[k] * y[k] / d;
    }
    return sum * sum * sum;
}

START_TEST(kernel_distance_is_a_double_loop) {
    enum { A = 70, B = 50, D = 12 };
    float *x = uneven(1, A, D), *y = uneven(2, B, D);
    double xx = 0.0, yy = 0.0, xy = 0.0;
    for (int i = 0; i < A; i++) {
        for (int j = 0; j < A; j++) {
            xx += i == j ? 0.0 : cubed(x + i * D, x + j * D, D) / (A * (A - 1));
        }
        for (int j = 0; j < B; j++) {
            xy += cubed(x + i * D, y + j * D, D) / (A * B);
        }
    }
    for (int i = 0; i < B; i++) {
        for (int j = 0; j < B; j++) {
            yy += i == j ? 0.0 : cubed(y + i * D, y + j * D, D) / (B * (B - 1));
        }
    }
    ck_assert_double_eq_tol(kernel_distance(x, A, y, B, D), xx + yy - 2.0 * xy, 1e-9);
    ck_assert_double_eq_tol(kernel_distance(y, B, x, A, D), xx + yy - 2.0 * xy, 1e-9);
    static const float two[] = { 0, 1 }, others[] = { 0, 2 }; // by hand, in the text
    ck_assert_double_eq_tol(kernel_distance(two, 2, others, 2, 1), -13.0, 1e-12);
    free(x);
    free(y);
}
END_TEST

// Means over many draws of few: the kernel distance is right, the Fréchet distance too large.
START_TEST(kernel_distance_has_no_bias) {
    enum { DRAWS = 400, FEW = 10, D = 3 };
    double kernel = 0.0, squares = 0.0, frechet = 0.0;
    Rng rng = rng_create(3, RNG_DATA);
    for (int draw = 0; draw < DRAWS; draw++) {
        float x[FEW * D], y[FEW * D];
        rng_fill_normal(&rng, x, FEW * D, 0.0f, 1.0f);
        rng_fill_normal(&rng, y, FEW * D, 0.0f, 1.0f);
        double found = kernel_distance(x, FEW, y, FEW, D);
        kernel += found / DRAWS;
        squares += found * found / DRAWS;
        frechet += plain_distance(x, FEW, y, FEW, D) / DRAWS;
    }
    ck_assert_double_lt(fabs(kernel), 3.0 * sqrt(squares / DRAWS)); // three standard errors
    ck_assert_double_gt(frechet, 0.5);
}
END_TEST

// --- disturbances --------------------------------------------------------------------------------

enum { N = 200, N_TRAIN = 600 };

// A gallery without a judge: pictures and labels at random, of the ten classes in turn.
typedef struct {
    Gallery g;
    Dataset train, test;
    FidSettings s;
    uint8_t *images, labels[N_TRAIN];
} Room;

static Room *room_create(void) {
    Room *room = alloc_bytes(sizeof *room);
    Rng rng = rng_create(1, RNG_DATA);
    room->images = alloc_bytes((size_t)N_TRAIN * PIXELS);
    for (size_t i = 0; i < (size_t)N_TRAIN * PIXELS; i++) {
        room->images[i] = (uint8_t)(64 + rng_below(&rng, 128));
    }
    for (int i = 0; i < N_TRAIN; i++) {
        room->labels[i] = (uint8_t)(i % CLASSES);
    }
    room->train = (Dataset){ N_TRAIN, SIDE, SIDE, room->images, room->labels };
    room->test = (Dataset){ N, SIDE, SIDE, room->images + 100 * PIXELS, room->labels };
    room->s = (FidSettings){ .draws = 2, .sought = 50 };
    room->g = (Gallery){ .s = &room->s, .train = &room->train, .test = &room->test };
    return room;
}

static void room_free(Room *room) {
    free(room->images);
    free(room);
}

static PictureSet set_of(Room *room, Disturbance *disturb, double amount) {
    PictureSet set = set_create(&room->g);
    disturb(&set, &room->g, amount, rng_create(1, RNG_NOISE));
    return set;
}

START_TEST(no_disturbance_leaves_every_byte) {
    Room *room = room_create();
    for (int k = 0; k < SEEN; k++) {
        if (seen[k].disturb != missing) {
            PictureSet set = set_of(room, seen[k].disturb, seen[k].amounts[0]);
            ck_assert_int_eq(set.n, N);
            ck_assert_mem_eq(set.images, room->test.images, N * PIXELS);
            set_free(&set);
            set = set_of(room, seen[k].disturb, seen[k].amounts[1]);
            ck_assert_mem_ne(set.images, room->test.images, N * PIXELS);
            set_free(&set);
        }
    }
    room_free(room);
}
END_TEST

START_TEST(noise_and_salt_have_their_measure) {
    Room *room = room_create();
    PictureSet noisy = set_of(room, noise, 10), salted = set_of(room, salt_and_pepper, 0.1);
    double squares = 0.0, sum = 0.0;
    int salt = 0, pepper = 0, all = N * PIXELS;
    for (int i = 0; i < all; i++) {
        double off = (double)noisy.images[i] - room->test.images[i];
        sum += off;
        squares += off * off;
        salt += salted.images[i] == 255;
        pepper += salted.images[i] == 0;
        bool same = salted.images[i] == room->test.images[i];
        ck_assert(same || salted.images[i] == 255 || salted.images[i] == 0);
    }
    ck_assert_double_eq_tol(sum / all, 0.0, 0.2);
    ck_assert_double_eq_tol(sqrt(squares / all), 10.0, 0.2);
    ck_assert_double_eq_tol((double)salt / all, 0.05, 0.003);
    ck_assert_double_eq_tol((double)pepper / all, 0.05, 0.003);
    set_free(&noisy);
    set_free(&salted);
    room_free(room);
}
END_TEST

static int pixel(const PictureSet *set, int image, int row, int col) {
    return set->images[image * PIXELS + row * SIDE + col];
}

START_TEST(a_blur_is_a_mean_over_a_window) {
    Room *room = room_create();
    PictureSet set = set_of(room, blur, 3);
    for (int i = 0; i < N; i += 37) {
        const uint8_t *from = room->test.images + i * PIXELS;
        for (int at = 0; at < PIXELS; at++) {
            double sum = 0.0;
            for (int r = at / SIDE - 1; r <= at / SIDE + 1; r++) {
                for (int c = at % SIDE - 1; c <= at % SIDE + 1; c++) {
                    sum += r >= 0 && r < SIDE && c >= 0 && c < SIDE ? from[r * SIDE + c] : 0;
                }
            }
            ck_assert_int_eq(pixel(&set, i, at / SIDE, at % SIDE), (int)(sum / 9.0 + 0.5));
        }
    }
    set_free(&set);
    for (double width = 1.0; width < 7.0; width += 0.25) { // the shares add up to 1
        double sum = 0.0;
        for (int by = -4; by <= 4; by++) {
            sum += share_of_window(width, by);
        }
        ck_assert_double_eq_tol(sum, 1.0, 1e-12);
    }
    ck_assert_double_eq_tol(share_of_window(2.0, 1), 0.25, 1e-12); // half of a pixel of two
    room_free(room);
}
END_TEST

START_TEST(what_moves_pixels_moves_them_to_their_place) {
    Room *room = room_create();
    PictureSet moved = set_of(room, shift, 3), mirrored = set_of(room, mirror, 0);
    PictureSet dark = set_of(room, negative, 0);
    const uint8_t *from = room->test.images + 7 * PIXELS;
    for (int at = 0; at < PIXELS; at++) {
        int row = at / SIDE, col = at % SIDE;
        ck_assert_int_eq(pixel(&moved, 7, row, col), col < 3 ? 0 : from[at - 3]);
        ck_assert_int_eq(pixel(&mirrored, 7, row, col), from[row * SIDE + SIDE - 1 - col]);
        ck_assert_int_eq(pixel(&dark, 7, row, col), 255 - from[at]);
    }
    set_free(&moved);
    set_free(&mirrored);
    set_free(&dark);

    // A point to the right of the centre is turned upwards, by the angle for its distance.
    memset(room->images, 0, N_TRAIN * PIXELS);
    uint8_t *image = room->images + 100 * PIXELS; // the first test image
    image[14 * SIDE + 24] = 255;
    PictureSet turned = set_of(room, swirl, 3.14159265358979);
    double far = 0.0, down = 0.0, right = 0.0, centre = (SIDE - 1) / 2.0, sum = 0.0;
    for (int at = 0; at < PIXELS; at++) {
        double shade = turned.images[at];
        sum += shade;
        far += shade * hypot(at / SIDE - centre, at % SIDE - centre);
        down += shade * (at / SIDE - centre);
        right += shade * (at % SIDE - centre);
    }
    double angle = 3.14159265358979 * exp(-(0.5 * 0.5 + 10.5 * 10.5) / (2.0 * 7.0 * 7.0));
    ck_assert_double_gt(sum, 100.0);
    ck_assert_double_eq_tol(far / sum, hypot(0.5, 10.5), 0.7); // as far from the centre as before
    ck_assert_double_eq_tol(atan2(-down, right), angle - atan2(0.5, 10.5), 0.1);
    set_free(&turned);
    room_free(room);
}
END_TEST

// Which classes a set of training images has, by looking its pictures up.
static void count_classes(int counts[CLASSES], const Room *room, const PictureSet *set) {
    memset(counts, 0, CLASSES * sizeof *counts);
    for (int i = 0; i < set->n; i++) {
        int place = 0;
        while (memcmp(room->images + place * PIXELS, set->images + i * PIXELS, PIXELS) != 0) {
            place++;
            ck_assert_int_lt(place, N_TRAIN);
        }
        counts[place % CLASSES]++;
    }
}

START_TEST(sets_have_the_classes_that_they_should) {
    static const struct {
        Disturbance *disturb;
        double amount;
        int n, counts[CLASSES];
    } expected[] = {
        { missing, 0, 200, { 20, 20, 20, 20, 20, 20, 20, 20, 20, 20 } },
        { missing, 5, 200, { 40, 40, 40, 40, 40, 0, 0, 0, 0, 0 } },
        { missing, 9, 60, { 60, 0, 0, 0, 0, 0, 0, 0, 0, 0 } },
        { only, 8, 60, { 0, 0, 0, 0, 0, 0, 0, 0, 60, 0 } },
        { without, 8, 200, { 23, 23, 22, 22, 22, 22, 22, 22, 0, 22 } },
        { training, 150, 150, { 15, 15, 15, 15, 15, 15, 15, 15, 15, 15 } },
        { training, 10000, 200, { 20, 20, 20, 20, 20, 20, 20, 20, 20, 20 } },
        { one_of_each, 0, 200, { 20, 20, 20, 20, 20, 20, 20, 20, 20, 20 } },
    };
    Room *room = room_create();
    for (size_t k = 0; k < sizeof expected / sizeof *expected; k++) {
        int counts[CLASSES];
        PictureSet set = set_of(room, expected[k].disturb, expected[k].amount);
        ck_assert_int_eq(set.n, expected[k].n);
        count_classes(counts, room, &set);
        for (int c = 0; c < CLASSES; c++) {
            ck_assert_int_eq(counts[c], expected[k].counts[c]);
        }
        set_free(&set);
    }
    room_free(room);
}
END_TEST

START_TEST(a_few_pictures_come_again_and_again) {
    Room *room = room_create();
    PictureSet ten = set_of(room, again, 10);
    ck_assert_int_eq(ten.n, N);
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < i; j++) {
            bool same = memcmp(ten.images + i * PIXELS, ten.images + j * PIXELS, PIXELS) == 0;
            ck_assert_int_eq(same, i % 10 == j % 10);
        }
    }
    set_free(&ten);
    room_free(room);
}
END_TEST

// --- numbers -------------------------------------------------------------------------------------

START_TEST(two_points_on_the_line_say_the_third) {
    double f100 = 3.0 + 500.0 / 100, f400 = 3.0 + 500.0 / 400;
    ck_assert_double_eq_tol(predict(100, f100, 400, f400, 1000), 3.5, 1e-12);
    ck_assert_double_eq_tol(predict(100, f100, 400, f400, 100), f100, 1e-12);
}
END_TEST

START_TEST(draws_differ_but_for_the_whole) {
    Rng rng = rng_create(1, RNG_SHUFFLE);
    float *other = uneven(5, 400, FEATURES), *drawn = uneven(4, 300, FEATURES);
    Moments *real = moments_create(other, 400, FEATURES);
    Moments *all = moments_create(drawn, 300, FEATURES);
    const Pool pool = {
        drawn, 300, real, other, 400, mean_kernel(other, 400, other, 400, FEATURES)
    };
    Drawn few = draw_sets(&pool, 150, 5, &rng);
    ck_assert_int_eq(few.fid.n, 5);
    ck_assert_int_eq(few.kernel.n, 5);
    ck_assert_int_eq(few.recall.n, 2);
    ck_assert_double_lt(few.fid.least, 0.999 * few.fid.mean);
    ck_assert_double_gt(few.fid.most, 1.001 * few.fid.mean);
    Drawn whole = draw_sets(&pool, 300, 3, &rng); // the same 300, in another order
    ck_assert_double_eq_tol(whole.fid.mean, frechet_distance(real, all), 1e-6);
    ck_assert_double_eq_tol(whole.fid.most, whole.fid.least, 1e-6);
    ck_assert_double_gt(few.fid.mean, 1.2 * whole.fid.mean); // the bias
    ck_assert_double_eq_tol(whole.kernel.mean, kernel_distance(other, 400, drawn, 300, FEATURES),
                            1e-9);
    ck_assert_double_eq(whole.precision.mean, precision(other, 400, drawn, 300, FEATURES));
    ck_assert_double_eq(whole.recall.mean, recall(other, 400, drawn, 300, FEATURES));
    moments_free(real);
    moments_free(all);
    free(other);
    free(drawn);
}
END_TEST

START_TEST(a_spread_by_hand) {
    Spread s = { .n = 0 };
    spread_add(&s, -1.0);
    spread_add(&s, 4.0);
    spread_add(&s, 0.0);
    ck_assert_double_eq_tol(s.mean, 1.0, 1e-12);
    ck_assert_double_eq(s.least, -1.0);
    ck_assert_double_eq(s.most, 4.0);
}
END_TEST

// --- copies --------------------------------------------------------------------------------------

START_TEST(percentiles_by_hand) {
    static double x[101];
    for (int i = 0; i <= 100; i++) {
        x[i] = i;
    }
    for (int p = 0; p <= 100; p++) {
        ck_assert_double_eq(percentile(x, 101, p), p);
    }
    static const double two[] = { 3, 4 };
    ck_assert_double_eq(percentile(two, 2, 0), 3);
    ck_assert_double_eq(percentile(two, 2, 99), 3);
    ck_assert_double_eq(percentile(two, 2, 100), 4);
}
END_TEST

// Points whose distances to the nearest are given; only `n` and `square` are looked at.
static Nearest at_distances(const double *distance, int n) {
    Nearest nearest = { .n = n, .square = alloc_bytes((size_t)n * sizeof(double)) };
    for (int i = 0; i < n; i++) {
        nearest.square[i] = distance[i] * distance[i];
    }
    return nearest;
}

START_TEST(suspicions_by_hand) {
    double usual[1000], twice[1000], copied[1000];
    for (int i = 0; i < 1000; i++) {
        usual[i] = 1.0 + (i * 7919 % 1000) / 1000.0; // 1.000 … 1.999 in some order
        twice[i] = 2.0 * usual[i];
        copied[i] = i % 5 == 0 ? 0.0 : usual[i];
    }
    Nearest a = at_distances(usual, 1000), b = at_distances(twice, 1000);
    Nearest c = at_distances(copied, 1000);
    Suspicion self = suspect(&a, &a), far = suspect(&b, &a), thief = suspect(&c, &a);
    ck_assert_double_eq_tol(self.median, 1.0, 1e-12);
    ck_assert_double_eq_tol(self.suspicious, 0.009, 1e-9); // 1 % of 999, below it
    ck_assert_double_eq_tol(far.median, 2.0, 1e-12);
    ck_assert_double_eq(far.suspicious, 0.0);
    ck_assert_double_eq_tol(thief.suspicious, 0.2 + 0.8 * 0.009, 0.003);
    ck_assert_double_lt(thief.median, 1.0);
    free(a.square);
    free(b.square);
    free(c.square);
}
END_TEST

START_TEST(a_set_is_looked_through_at_equal_steps) {
    Room *room = room_create();
    room->g.judge = judge_create(&room->test);
    room->g.features = alloc_floats((size_t)N_TRAIN * FEATURES);
    judge_look(room->g.judge, room->g.features, NULL, room->images, N_TRAIN);
    PictureSet set = set_of(room, noise, 0); // test image i is training image 100 + i
    Search search = search_create(&room->g, &set);
    ck_assert_int_eq(search.n, 50);
    ck_assert_int_eq(search.every, 4);
    RunOptions options = RUN_DEFAULTS("99-test");
    options.quiet = true;
    enter_folder();
    room->g.run = run_open(&options, &(Option)OPTION_END);
    search_pixels(&room->g, &search, 1);
    for (int i = 0; i < 50; i++) {
        ck_assert_int_eq(search.pixels->place[i], 100 + 4 * i);
        ck_assert_int_eq(search.feature->place[i], 100 + 4 * i);
        ck_assert(search.pixels->square[i] == 0.0);
        ck_assert_double_le(search.feature->square[i], 1e-10); // seen among others, at other places
    }
    ck_assert(isnan(caught(FIFTH, search.pixels, search.every)));
    for (int i = 0; i < 50; i++) {
        search.pixels->place[i] = i < 30 ? 4 * i : 4 * i + 1;
    }
    ck_assert_double_eq_tol(caught(STOLEN, search.pixels, search.every), 0.6, 1e-12);
    ck_assert_int_eq(run_close(room->g.run), 0);
    search_free(&search);
    set_free(&set);
    judge_free(room->g.judge);
    free(room->g.features);
    room_free(room);
}
END_TEST

// --- files ---------------------------------------------------------------------------------------

static void put_pictures(const char *path, int n, int rows, int cols, unsigned seed) {
    Rng rng = rng_create(seed, RNG_DATA);
    uint8_t *images = alloc_bytes((size_t)(n * rows * cols));
    for (int i = 0; i < n * rows * cols; i++) {
        images[i] = (uint8_t)rng_below(&rng, 256);
    }
    idx_write(path, images, 3, (int[]){ n, rows, cols });
    free(images);
}

static void put_small_data(void) {
    ck_assert_int_eq(mkdir("small", 0777), 0);
    put_pictures("small/train-images-idx3-ubyte", 500, SIDE, SIDE, 1);
    put_pictures("small/t10k-images-idx3-ubyte", 120, SIDE, SIDE, 2);
    uint8_t labels[500] = { 0 };
    idx_write("small/train-labels-idx1-ubyte", labels, 1, (int[]){ 500 });
    idx_write("small/t10k-labels-idx1-ubyte", labels, 1, (int[]){ 120 });
}

static void run_lesson(void *arguments) {
    char *words[20] = { "11-fid", "--quiet", "--data", "small" };
    int n = 4;
    char *copy = copy_text(arguments);
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " ")) {
        words[n++] = word;
    }
    exit(lesson_main(n, words));
}

START_TEST(files_that_cannot_be_judged_are_refused) {
    static const struct {
        char *arguments;
        const char *text;
    } wrong[] = {
        { "--fake few", "few has 84 pictures, and a distance in 84 features takes at least 85" },
        { "--fake tall", "tall has pictures of 27 × 28 pixels, and the judge knows 28 × 28" },
        { "--fake cut", "cut" },
        { "--fake none", "none" },
        { "--fake good --real few", "few has 84 pictures" },
        { "--real good", "--fake FILE" },
    };
    enter_folder();
    put_small_data();
    put_pictures("few", 84, SIDE, SIDE, 3);
    put_pictures("tall", 100, SIDE - 1, SIDE, 3);
    put_pictures("good", 100, SIDE, SIDE, 3);
    put_pictures("cut", 100, SIDE, SIDE, 3);
    ck_assert_int_eq(truncate("cut", 5000), 0);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        int status;
        char *message = death_message(run_lesson, wrong[i].arguments, &status);
        ck_assert_int_eq(status, 1);
        ck_assert_msg(strstr(message, wrong[i].text) != NULL, "%s", message);
        free(message);
    }
}
END_TEST

static double figure_of(const char *path, const char *key) {
    Bytes file = read_bytes(path);
    char line[60];
    snprintf(line, sizeof line, "\n%s,", key);
    const char *at = strstr((const char *)file.bytes, line);
    ck_assert_msg(at != NULL, "no %s in %s", key, path);
    double value = strtod(at + strlen(line), NULL);
    free(file.bytes);
    return value;
}

START_TEST(two_files_are_compared) {
    static const char summary[] = "runs/11-fid/compared/summary.csv";
    int status;
    enter_folder();
    put_small_data();
    char *message = death_message(run_lesson, "--fake small/train-images-idx3-ubyte", &status);
    ck_assert_msg(status == 0, "%s", message);
    free(message);
    ck_assert_double_eq(figure_of(summary, "samples"), 500.0);
    ck_assert_double_ge(figure_of(summary, "precision"), 0.0);
    ck_assert_double_le(figure_of(summary, "recall"), 1.0);
    figure_of(summary, "kernel");
    ck_assert_double_gt(figure_of(summary, "fid"), 0.0);
    ck_assert_double_eq(figure_of(summary, "median_pixels"), 0.0); // they are the training images
    ck_assert_double_eq(figure_of(summary, "suspicious_features"), 1.0);
    message = death_message(run_lesson,
                            "--fake small/train-images-idx3-ubyte --real "
                            "small/train-images-idx3-ubyte",
                            &status);
    ck_assert_msg(status == 0, "%s", message);
    free(message);
    ck_assert_double_eq_tol(figure_of(summary, "fid"), 0.0, 1e-6);
    ck_assert_int_ne(access("runs/11-fid/default", F_OK), 0);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("11-fid");
    CASE(s, "plain", plain_loops_and_library_agree, plain_loops_and_scipy_agree,
         a_set_is_at_distance_0_from_itself, roots_by_hand);
    CASE(s, "overlap", balls_by_hand, missing_and_false_samples_are_told_apart,
         copies_make_balls_of_nothing, overlap_and_kernel_agree_with_scipy,
         kernel_distance_is_a_double_loop, kernel_distance_has_no_bias);
    CASE(s, "disturbances", no_disturbance_leaves_every_byte, noise_and_salt_have_their_measure,
         a_blur_is_a_mean_over_a_window, what_moves_pixels_moves_them_to_their_place,
         sets_have_the_classes_that_they_should, a_few_pictures_come_again_and_again);
    CASE(s, "numbers", two_points_on_the_line_say_the_third, draws_differ_but_for_the_whole,
         a_spread_by_hand);
    CASE(s, "copies", percentiles_by_hand, suspicions_by_hand,
         a_set_is_looked_through_at_equal_steps);
    CASE(s, "files", files_that_cannot_be_judged_are_refused, two_files_are_compared);
    return s;
}
