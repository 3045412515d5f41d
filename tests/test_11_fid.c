// Tests of lesson 11: the plain version against the library and SciPy; what the disturbances do to
// pictures; the line over 1 / n; and the search for copies. All its files are included.

#include "../lessons/11-fid/bias.c"
#include "../lessons/11-fid/copies.c"
#include "../lessons/11-fid/disturb.c"
#include "../lessons/11-fid/fid.c"

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

START_TEST(a_crowd_is_at_distance_0_from_itself) {
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

// --- disturbances --------------------------------------------------------------------------------

enum { N = 200, N_TRAIN = 600 };

// A gallery without a judge: pictures and labels at random, of the ten classes in turn.
typedef struct {
    Gallery g;
    Dataset train, test;
    Settings s;
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
    room->s = (Settings){ .draws = 2, .sought = 50 };
    room->g = (Gallery){ .s = &room->s, .train = &room->train, .test = &room->test };
    return room;
}

static void room_free(Room *room) {
    free(room->images);
    free(room);
}

static Crowd crowd_of(Room *room, Disturbance *disturb, double amount) {
    Crowd crowd = crowd_create(&room->g);
    disturb(&crowd, &room->g, amount, rng_create(1, RNG_NOISE));
    return crowd;
}

START_TEST(no_disturbance_leaves_every_byte) {
    Room *room = room_create();
    for (int k = 0; k < SEEN; k++) {
        if (seen[k].disturb != missing) {
            Crowd crowd = crowd_of(room, seen[k].disturb, seen[k].amounts[0]);
            ck_assert_int_eq(crowd.n, N);
            ck_assert_mem_eq(crowd.images, room->test.images, N * PIXELS);
            crowd_free(&crowd);
            crowd = crowd_of(room, seen[k].disturb, seen[k].amounts[1]);
            ck_assert_mem_ne(crowd.images, room->test.images, N * PIXELS);
            crowd_free(&crowd);
        }
    }
    room_free(room);
}
END_TEST

START_TEST(noise_and_salt_have_their_measure) {
    Room *room = room_create();
    Crowd noisy = crowd_of(room, noise, 10), salted = crowd_of(room, salt_and_pepper, 0.1);
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
    crowd_free(&noisy);
    crowd_free(&salted);
    room_free(room);
}
END_TEST

static int pixel(const Crowd *crowd, int image, int row, int col) {
    return crowd->images[image * PIXELS + row * SIDE + col];
}

START_TEST(a_blur_is_a_mean_over_a_window) {
    Room *room = room_create();
    Crowd crowd = crowd_of(room, blur, 3);
    for (int i = 0; i < N; i += 37) {
        const uint8_t *from = room->test.images + i * PIXELS;
        for (int at = 0; at < PIXELS; at++) {
            double sum = 0.0;
            for (int r = at / SIDE - 1; r <= at / SIDE + 1; r++) {
                for (int c = at % SIDE - 1; c <= at % SIDE + 1; c++) {
                    sum += r >= 0 && r < SIDE && c >= 0 && c < SIDE ? from[r * SIDE + c] : 0;
                }
            }
            ck_assert_int_eq(pixel(&crowd, i, at / SIDE, at % SIDE), (int)(sum / 9.0 + 0.5));
        }
    }
    crowd_free(&crowd);
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
    Crowd moved = crowd_of(room, shift, 3), mirrored = crowd_of(room, mirror, 0);
    Crowd dark = crowd_of(room, negative, 0);
    const uint8_t *from = room->test.images + 7 * PIXELS;
    for (int at = 0; at < PIXELS; at++) {
        int row = at / SIDE, col = at % SIDE;
        ck_assert_int_eq(pixel(&moved, 7, row, col), col < 3 ? 0 : from[at - 3]);
        ck_assert_int_eq(pixel(&mirrored, 7, row, col), from[row * SIDE + SIDE - 1 - col]);
        ck_assert_int_eq(pixel(&dark, 7, row, col), 255 - from[at]);
    }
    crowd_free(&moved);
    crowd_free(&mirrored);
    crowd_free(&dark);

    // A point to the right of the centre is turned upwards, by the angle for its distance.
    memset(room->images, 0, N_TRAIN * PIXELS);
    uint8_t *image = room->images + 100 * PIXELS; // the first test image
    image[14 * SIDE + 24] = 255;
    Crowd turned = crowd_of(room, swirl, 3.14159265358979);
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
    crowd_free(&turned);
    room_free(room);
}
END_TEST

// Which classes a crowd of training images has, by looking its pictures up.
static void count_classes(int counts[CLASSES], const Room *room, const Crowd *crowd) {
    memset(counts, 0, CLASSES * sizeof *counts);
    for (int i = 0; i < crowd->n; i++) {
        int place = 0;
        while (memcmp(room->images + place * PIXELS, crowd->images + i * PIXELS, PIXELS) != 0) {
            place++;
            ck_assert_int_lt(place, N_TRAIN);
        }
        counts[place % CLASSES]++;
    }
}

START_TEST(crowds_have_the_classes_that_they_should) {
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
        Crowd crowd = crowd_of(room, expected[k].disturb, expected[k].amount);
        ck_assert_int_eq(crowd.n, expected[k].n);
        count_classes(counts, room, &crowd);
        for (int c = 0; c < CLASSES; c++) {
            ck_assert_int_eq(counts[c], expected[k].counts[c]);
        }
        crowd_free(&crowd);
    }
    room_free(room);
}
END_TEST

START_TEST(a_few_pictures_come_again_and_again) {
    Room *room = room_create();
    Crowd ten = crowd_of(room, again, 10);
    ck_assert_int_eq(ten.n, N);
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < i; j++) {
            bool same = memcmp(ten.images + i * PIXELS, ten.images + j * PIXELS, PIXELS) == 0;
            ck_assert_int_eq(same, i % 10 == j % 10);
        }
    }
    crowd_free(&ten);
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
    float *other = uneven(5, 400, FEATURES);
    Pool pool = { .features = uneven(4, 300, FEATURES), .n = 300 };
    Moments *real = moments_create(other, 400, FEATURES);
    Moments *all = moments_create(pool.features, 300, FEATURES);
    draw_distances(&pool, real, 150, 5, &rng);
    ck_assert_double_lt(pool.least, 0.999 * pool.mean);
    ck_assert_double_gt(pool.most, 1.001 * pool.mean);
    double few = pool.mean;
    draw_distances(&pool, real, 300, 3, &rng); // the same 300, in another order
    ck_assert_double_eq_tol(pool.mean, frechet_distance(real, all), 1e-6);
    ck_assert_double_eq_tol(pool.most, pool.least, 1e-6);
    ck_assert_double_gt(few, 1.2 * pool.mean); // the bias
    moments_free(real);
    moments_free(all);
    free(other);
    free(pool.features);
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

START_TEST(a_crowd_is_looked_through_at_equal_steps) {
    Room *room = room_create();
    room->g.judge = judge_create(&room->test);
    room->g.features = alloc_floats((size_t)N_TRAIN * FEATURES);
    judge_look(room->g.judge, room->g.features, NULL, room->images, N_TRAIN);
    Crowd crowd = crowd_of(room, noise, 0); // test image i is training image 100 + i
    Search search = search_create(&room->g, &crowd);
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
        ck_assert(search.pixels->square[i] == 0.0 && search.feature->square[i] == 0.0);
    }
    ck_assert(isnan(caught(FIFTH, search.pixels, search.every)));
    for (int i = 0; i < 50; i++) {
        search.pixels->place[i] = i < 30 ? 4 * i : 4 * i + 1;
    }
    ck_assert_double_eq_tol(caught(STOLEN, search.pixels, search.every), 0.6, 1e-12);
    ck_assert_int_eq(run_close(room->g.run), 0);
    search_free(&search);
    crowd_free(&crowd);
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
        { "--fake few", "few has 84 pictures, and a distance in 84 features needs more than 84" },
        { "--fake tall", "tall has pictures of 28 × 27 pixels, and the judge knows 28 × 28" },
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
         a_crowd_is_at_distance_0_from_itself, roots_by_hand);
    CASE(s, "disturbances", no_disturbance_leaves_every_byte, noise_and_salt_have_their_measure,
         a_blur_is_a_mean_over_a_window, what_moves_pixels_moves_them_to_their_place,
         crowds_have_the_classes_that_they_should, a_few_pictures_come_again_and_again);
    CASE(s, "numbers", two_points_on_the_line_say_the_third, draws_differ_but_for_the_whole);
    CASE(s, "copies", percentiles_by_hand, suspicions_by_hand,
         a_crowd_is_looked_through_at_equal_steps);
    CASE(s, "files", files_that_cannot_be_judged_are_refused, two_files_are_compared);
    return s;
}
