// Lesson 4. Its files are included here, so that the tests reach their static functions.

#include "../lessons/04-cnn/lab.c"
#include "../lessons/04-cnn/cnn.c"
#include "../lessons/04-cnn/windows.c"
#include "../lessons/04-cnn/columns.c"
#include "../lessons/04-cnn/speed.c"
#include "../lessons/04-cnn/lenet.c"
#include "../lessons/04-cnn/overfitting.c"
#include "../lessons/04-cnn/looking.c"
#include "../lessons/04-cnn/main.c"

#include "kernels/conv_transpose2d.h"
#include "kernels/pool.h"
#include "nn/gradcheck.h"
#include "nn/summary.h"
#include "test.h"

#include <errno.h>
#include <omp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// --- the seven loops -----------------------------------------------------------------------------

// in, height, width, out, kernel, stride, pad, dilation
static const ConvShape shapes[] = {
    { 1, 28, 28, 6, 5, 1, 2, 1 }, { 6, 14, 14, 16, 5, 1, 0, 1 }, // LeNet's
    { 1, 1, 1, 1, 1, 1, 0, 1 },   { 7, 5, 6, 1, 1, 1, 0, 1 },    // 1 × 1
    { 3, 6, 5, 4, 1, 2, 0, 1 },   { 2, 7, 9, 3, 3, 1, 1, 1 },    // same
    { 2, 8, 8, 3, 4, 2, 1, 1 },   { 1, 9, 7, 2, 3, 3, 0, 1 },    // strides
    { 2, 9, 8, 3, 3, 3, 2, 1 },   { 2, 9, 11, 3, 3, 1, 2, 2 },   // dilations
    { 3, 11, 10, 2, 3, 2, 3, 3 }, { 1, 5, 5, 7, 5, 1, 0, 1 },    // a single place
    { 2, 3, 4, 2, 2, 1, 3, 1 },   { 2, 10, 12, 3, 2, 2, 0, 1 },  // more padding than kernel
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static Bench random_layer(int shape, int n) {
    return bench_create(shapes[shape], n, rng_create(5, RNG_NOISE));
}

START_TEST(an_edge_is_found) {
    static const float x[3][4] = { { 0, 0, 1, 1 }, { 0, 0, 1, 1 }, { 0, 0, 1, 1 } };
    static const float W[4] = { -1, 1, -1, 1 }, b[1] = { 0.5f };
    static const float expected[6] = { 0.5f, 2.5f, 0.5f, 0.5f, 2.5f, 0.5f };
    float y[6], dx[12], dW[4] = { 0 }, db[1] = { 0 };
    static const float dy[6] = { 0, 1, 0, 0, 0, 10 };
    const ConvShape s = { 1, 3, 4, 1, 2, 1, 0, 1 };
    loops_forward(y, x[0], W, b, 1, &s);
    ck_assert_mem_eq(y, expected, sizeof y);
    static const float dx_expected[12] = { 0, -1, 1, 0, 0, -1, -9, 10, 0, 0, -10, 10 };
    static const float dW_expected[4] = { 10, 11, 10, 11 };
    loops_backward(dx, dW, db, dy, x[0], W, 1, &s);
    ck_assert_mem_eq(dx, dx_expected, sizeof dx);
    ck_assert_mem_eq(dW, dW_expected, sizeof dW);
    ck_assert_float_eq(db[0], 11.0f);
    loops_backward(NULL, dW, NULL, dy, x[0], W, 1,
                   &s); // adds, and what is not wanted is left alone
    ck_assert_float_eq(dW[1], 22.0f);
    ck_assert_float_eq(db[0], 11.0f);
    ck_assert_mem_eq(dx, dx_expected, sizeof dx);
}
END_TEST

// The results of loops are moved out of the way, then the library computes the same.
static void assert_agrees(int shape, int n) {
    Bench t = random_layer(shape, n);
    size_t in = in_size(&t), out = out_size(&t), taps = weights(&t), m = (size_t)t.shape.out;
    float *y = alloc_floats(out), *dx = alloc_floats(in), *dW = alloc_floats(taps);
    float *db = alloc_floats(m);
    forward(&t, LOOPS);
    backward(&t, LOOPS);
    memcpy(y, t.y, out * sizeof *y);
    memcpy(dx, t.dx, in * sizeof *dx);
    memcpy(dW, t.dW, taps * sizeof *dW);
    memcpy(db, t.db, m * sizeof *db);
    for (size_t i = 0; i < in; i++) {
        t.dx[i] = NAN; // must be overwritten
    }
    forward(&t, LIBRARY);
    backward(&t, LIBRARY);
    double errors[] = { relative_error(y, t.y, out), relative_error(dx, t.dx, in),
                        relative_error(dW, t.dW, taps), relative_error(db, t.db, m), 0.0 };
    forward(&t, COLUMNS);
    errors[4] = relative_error(y, t.y, out);
    for (int i = 0; i < 5; i++) {
        ck_assert_msg(errors[i] < 3e-6, "shape %d, %d images, %s: %g", shape, n,
                      (const char *[]){ "y", "dx", "dW", "db", "columns" }[i], errors[i]);
    }
    free(y);
    free(dx);
    free(dW);
    free(db);
    bench_free(&t);
}

START_TEST(loops_columns_and_library_agree) {
    for (int shape = 0; shape < SHAPES; shape++) {
        assert_agrees(shape, 1);
        assert_agrees(shape, 13);
    }
}
END_TEST

static double inner(const float *a, const float *b, size_t n) {
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += (double)a[i] * b[i];
    }
    return sum;
}

// ⟨conv(x), dy⟩ = ⟨x, convᵀ(dy)⟩ without bias, convᵀ being the backward pass of the loops; and, where no
// row or column at the end is left over, the library's transposed convolution.
START_TEST(backward_is_the_adjoint) {
    int transposed = 0;
    for (int shape = 0; shape < SHAPES; shape++) {
        Bench t = random_layer(shape, 2);
        const ConvShape *s = &t.shape;
        memset(t.b, 0, (size_t)s->out * sizeof *t.b);
        forward(&t, LOOPS);
        backward(&t, LOOPS);
        double left = inner(t.y, t.dy, out_size(&t)), right = inner(t.x, t.dx, in_size(&t));
        double scale = norm(t.y, out_size(&t)) * norm(t.dy, out_size(&t));
        ck_assert_double_gt(scale, 0.0);
        ck_assert_msg(fabs(left - right) < 1e-6 * scale, "shape %d: %g and %g", shape, left, right);

        ConvShape back = { s->out,
                           conv_out(s->height, s),
                           conv_out(s->width, s),
                           s->in,
                           s->kernel,
                           s->stride,
                           s->pad,
                           s->dilation };
        if (conv_transpose_out(back.height, &back) == s->height &&
            conv_transpose_out(back.width, &back) == s->width) {
            float *dx = alloc_floats(in_size(&t));
            float *workspace = alloc_floats(conv_transpose2d_workspace(&back));
            conv_transpose2d_forward(dx, t.dy, t.W, NULL, 2, &back, workspace);
            ck_assert_double_lt(relative_error(dx, t.dx, in_size(&t)), 3e-6);
            transposed++;
            free(dx);
            free(workspace);
        }
        bench_free(&t);
    }
    ck_assert_int_ge(transposed, 8);
}
END_TEST

// L = Σ dy·y, of which dx, dW and db are the gradient.
static double layer_loss(void *context) {
    Bench *t = context;
    loops_forward(t->y, t->x, t->W, t->b, t->n, &t->shape);
    return inner(t->y, t->dy, out_size(t));
}

START_TEST(gradients_equal_differences) {
    Rng rng = rng_create(8, RNG_SAMPLE);
    for (int shape = 2; shape < SHAPES; shape++) { // all but the large ones
        Bench t = random_layer(shape, 2);
        backward(&t, LOOPS);
        struct {
            float *theta, *gradient;
            size_t n;
        } parts[] = { { t.x, t.dx, in_size(&t) },
                      { t.W, t.dW, weights(&t) },
                      { t.b, t.db, (size_t)t.shape.out } };
        for (int p = 0; p < 3; p++) {
            float *g = parts[p].gradient;
            double each = gradient_error(parts[p].theta, g, parts[p].n, layer_loss, &t, 0.1f);
            double along =
                directional_error(parts[p].theta, g, parts[p].n, layer_loss, &t, 0.1f, 5, &rng);
            ck_assert_msg(each < 1e-4 && along < 1e-3, "shape %d, part %d: %g and %g", shape, p,
                          each, along);
            for (size_t i = 0; i < parts[p].n; i++) {
                g[i] = -g[i];
            }
            ck_assert_double_gt(gradient_error(parts[p].theta, g, parts[p].n, layer_loss, &t, 0.1f),
                                1.9);
        }
        bench_free(&t);
    }
}
END_TEST

// --- pictures that move --------------------------------------------------------------------------

static void fill_picture(float *x, Rng *rng) { // noise in the middle, black around it
    memset(x, 0, PIXELS * sizeof *x);
    for (int row = 9; row < 19; row++) {
        rng_fill_uniform(rng, x + row * SIDE + 9, 10, 0.0f, 1.0f);
    }
}

START_TEST(shift_moves) {
    float x[PIXELS], y[PIXELS], back[PIXELS];
    Rng rng = rng_create(3, RNG_DATA);
    fill_picture(x, &rng);
    shift_pictures(y, x, 1, 5, -3);
    for (int row = 0; row < SIDE; row++) {
        for (int col = 0; col < SIDE; col++) {
            float from = row + 3 < SIDE && col >= 5 ? x[(row + 3) * SIDE + col - 5] : 0.0f;
            ck_assert_float_eq(y[row * SIDE + col], from);
        }
    }
    shift_pictures(back, y, 1, -5, 3);
    ck_assert_mem_eq(back, x, sizeof x);
    shift_pictures(y, x, 1, SIDE, 0);
    ck_assert_double_eq(norm(y, PIXELS), 0.0);
}
END_TEST

// All 25 moves occur, about equally often; no picture depends on its neighbours.
START_TEST(augmentation_moves_evenly) {
    enum { N = 2500 };
    float *x = alloc_floats((size_t)N * PIXELS);
    int counts[5][5] = { { 0 } };
    Rng rng = rng_create(1, RNG_NOISE);
    for (int e = 0; e < N; e++) {
        x[e * PIXELS + 14 * SIDE + 14] = 1.0f;
    }
    augment(x, N, 2, &rng);
    for (int e = 0; e < N; e++) {
        int at = 0;
        while (x[e * PIXELS + at] == 0.0f) {
            at++;
        }
        ck_assert_double_eq(norm(x + e * PIXELS, PIXELS), 1.0);
        ck_assert(abs(at / SIDE - 14) <= 2 && abs(at % SIDE - 14) <= 2);
        counts[at / SIDE - 12][at % SIDE - 12]++;
    }
    for (int i = 0; i < 25; i++) {
        ck_assert_int_gt(counts[i / 5][i % 5], 60);
        ck_assert_int_lt(counts[i / 5][i % 5], 140);
    }
    free(x);
}
END_TEST

static CnnSettings settings_for(int batch) {
    return (CnnSettings){
        .run = RUN_DEFAULTS("04-cnn"), .epochs = 1, .batch = batch, .images = 60000, .lr = 0.001f
    };
}

// Away from the border a feature map moves with the picture, bit for bit in the loops; behind two
// poolings it moves by a pixel for each four. The logits do change.
START_TEST(feature_maps_move_along) {
    CnnSettings s = settings_for(2);
    Net *net = make_net(&s, lenet);
    Rng rng = rng_create(4, RNG_DATA);
    float x[2 * PIXELS];
    fill_picture(x, &rng);
    shift_pictures(x + PIXELS, x, 1, 4, 4);

    Bench t = bench_create(shapes[0], 2, rng_create(5, RNG_NOISE));
    memcpy(t.x, x, sizeof x);
    forward(&t, LOOPS);
    const float(*y)[6][SIDE][SIDE] = (void *)t.y;
    const float *logits = net_forward(net, x, 2, EVAL);
    const float(*pooled)[16][5][5] = (void *)net->layers[5].y;
    const float(*first)[6][SIDE][SIDE] = (void *)net->layers[0].y;
    for (int m = 0; m < 6; m++) {
        for (int row = 6; row < 22; row++) {
            for (int col = 6; col < 22; col++) {
                ck_assert_float_eq(y[0][m][row][col], y[1][m][row + 4][col + 4]);
                ck_assert_float_eq_tol(first[0][m][row][col], first[1][m][row + 4][col + 4], 1e-6);
            }
        }
    }
    double moved = 0.0, resting = 0.0;
    for (int m = 0; m < 16; m++) {
        for (int row = 0; row < 4; row++) {
            for (int col = 0; col < 4; col++) {
                double here = pooled[0][m][row][col];
                moved = fmax(moved, fabs(here - pooled[1][m][row + 1][col + 1]));
                resting = fmax(resting, fabs(here - pooled[1][m][row][col]));
            }
        }
    }
    ck_assert_double_lt(moved, 1e-6);
    ck_assert_double_gt(resting, 0.05);
    ck_assert_double_gt(relative_error(logits, logits + CLASSES, CLASSES), 0.05);
    bench_free(&t);
    net_free(net);
}
END_TEST

// --- the nets ------------------------------------------------------------------------------------

static size_t total(const LayerSpec *table, int from, int to, LayerSummary *rows) {
    CnnSettings s = settings_for(1);
    Net *net = make_net(&s, table);
    summary_rows(rows, net);
    size_t params = 0;
    for (int i = from; i < to && i < net->n_layers; i++) {
        params += rows[i].params;
    }
    net_free(net);
    return params;
}

START_TEST(nets_are_as_described) {
    LayerSummary rows[20], other[20];
    ck_assert_uint_eq(total(lenet, 0, 20, rows), 61706);
    ck_assert_uint_eq(total(lenet_dropout, 0, 20, rows), 61706);
    ck_assert_uint_eq(total(mlp, 0, 20, rows), 61764);
    ck_assert_uint_eq(total(lenet, 0, 6, rows), 2572);
    ck_assert_uint_eq(total(lenet, 3, 4, rows), 2416);
    ck_assert_uint_eq(total(two3x3, 3, 7, other), 2404);
    ck_assert_int_eq(rows[3].sees, 14);
    ck_assert_int_eq(other[5].sees, rows[3].sees);
    size_t convolutions = rows[0].multiplications + rows[3].multiplications, all = 0;
    for (int i = 0; i < 12; i++) {
        all += rows[i].multiplications;
    }
    ck_assert_uint_eq(convolutions, 357600);
    ck_assert_uint_eq(all, 416520);
    ck_assert_uint_gt(total(vocabulary, 0, 20, rows), 0);
}
END_TEST

// --- the program ---------------------------------------------------------------------------------

// A class is a light bar at a place of its own, in noise.
static void put_data(void) {
    enum { N = 240, N_TEST = 60 };
    static uint8_t images[N][SIDE][SIDE], labels[N];
    static const char *const parts[] = { "data/train", "data/t10k" };
    Rng rng = rng_create(1, RNG_DATA);
    for (int p = 0; p < 2; p++) {
        char path[64];
        int n = p == 0 ? N : N_TEST;
        for (int i = 0; i < n; i++) {
            labels[i] = (uint8_t)(i % CLASSES);
            for (int at = 0; at < PIXELS; at++) {
                int bar = at % SIDE - 4 - 2 * labels[i];
                bool light = at / SIDE >= 6 && at / SIDE < 22 && (bar == 0 || bar == 1);
                images[i][at / SIDE][at % SIDE] =
                    (uint8_t)(rng_below(&rng, 100) + (light ? 100 : 0));
            }
        }
        snprintf(path, sizeof path, "%s-images-idx3-ubyte", parts[p]);
        idx_write(path, images[0][0], 3, (int[]){ n, SIDE, SIDE });
        snprintf(path, sizeof path, "%s-labels-idx1-ubyte", parts[p]);
        idx_write(path, labels, 1, (int[]){ n });
    }
}

// Runs the lesson's main in a child; `extra` may be NULL. Wait for it with finish.
static pid_t start(const char *out, const char *extra) {
    fflush(NULL);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        char name[] = "04-cnn",
             *arguments[] = { name,      "--data",    "data", "--epochs", "3",  "--batch", "2",
                              "--quiet", "--threads", "1",    "--out",    NULL, NULL,      NULL };
        arguments[11] = (char *)out;
        arguments[12] = (char *)extra;
        exit(lesson_main(extra ? 13 : 12, arguments));
    }
    return child;
}

static int finish(pid_t child) {
    int how;
    ck_assert_int_eq(waitpid(child, &how, 0), child);
    return WIFSIGNALED(how) ? -WTERMSIG(how) : WEXITSTATUS(how);
}

__attribute__((format(printf, 1, 2))) static int status_of(const char *format, ...) {
    char command[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    int how = system(command);
    return WIFEXITED(how) ? WEXITSTATUS(how) : -1;
}

// All nets, and nothing else: no folder is made.
START_TEST(summary_prints_the_tables) {
    enter_folder();
    fflush(NULL);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        char *arguments[] = { (char[]){ "04-cnn" }, (char[]){ "--summary" }, NULL };
        ck_assert_ptr_nonnull(freopen("tables", "w", stdout));
        exit(lesson_main(2, arguments));
    }
    ck_assert_int_eq(finish(child), 0);
    ck_assert_int_eq(status_of("test $(grep -c 'in all  *61,706  *416,520' tables) = 2 -a "
                               "$(grep -c 'in all' tables) = 6 -a $(ls) = tables"),
                     0);
}
END_TEST

// All files but the times, the state and the settings are the same, and so is the summary without
// seconds and memory.
static void assert_same_run(const char *out) {
    ck_assert_int_eq(
        status_of("diff -r -x timing.csv -x 'seconds*' -x state.safetensors -x config.csv "
                  "-x summary.csv whole/04-cnn/default %s/04-cnn/default",
                  out),
        0);
    ck_assert_int_eq(status_of("for run in whole %s; do grep -v -e ^seconds, -e ^peak_mib, "
                               "$run/04-cnn/default/summary.csv >$run.summary; done; "
                               "cmp whole.summary %s.summary",
                               out, out),
                     0);
}

static bool has_state(const char *out) {
    char path[64];
    snprintf(path, sizeof path, "%s/04-cnn/default/state.safetensors", out);
    return access(path, F_OK) == 0;
}

// Kills or interrupts a run, and goes on with it, until it comes to its end. Returns how many times it
// was stopped.
static int run_with_stops(const char *out, int signal_number, long nanoseconds) {
    for (int stops = 0;; stops++) {
        pid_t child = start(out, has_state(out) ? "--resume" : NULL);
        nanosleep(&(struct timespec){ nanoseconds / 1000000000, nanoseconds % 1000000000 }, NULL);
        kill(child, signal_number);
        int status = finish(child);
        if (status == 0) {
            return stops;
        }
        ck_assert(status == -signal_number || (signal_number == SIGINT && status == 130));
        ck_assert_int_lt(stops, 100);
        nanoseconds += nanoseconds / 16; // each gets further, whatever starting costs here
    }
}

START_TEST(stopped_runs_end_with_the_same_bytes) {
    enter_folder();
    put_data();
    struct timespec before, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    ck_assert_int_eq(finish(start("whole", NULL)), 0);
    clock_gettime(CLOCK_MONOTONIC, &after);
    long whole = (after.tv_sec - before.tv_sec) * 1000000000L + after.tv_nsec - before.tv_nsec;
    ck_assert_int_eq(status_of("test -s whole/04-cnn/default/model.safetensors -a "
                               "-s whole/04-cnn/default/log-few-moved.csv"),
                     0);
    ck_assert_int_ge(run_with_stops("killed", SIGKILL, whole / 6), 3);
    assert_same_run("killed");
    ck_assert_int_ge(run_with_stops("asked", SIGINT, whole / 25), 5);
    assert_same_run("asked");
    ck_assert_int_eq(finish(start("killed", "--resume")), 0); // nothing is left to do
    assert_same_run("killed");
}
END_TEST

// The value of a key in the summary of the run "whole".
static double figure(const char *key) {
    char line[256];
    FILE *file = fopen("whole/04-cnn/default/summary.csv", "r");
    ck_assert_ptr_nonnull(file);
    double value = NAN;
    while (fgets(line, sizeof line, file)) {
        char *comma = strchr(line, ',');
        if (comma && strlen(key) == (size_t)(comma - line) &&
            strncmp(line, key, strlen(key)) == 0) {
            value = strtod(comma + 1, NULL);
        }
    }
    fclose(file);
    ck_assert_msg(!isnan(value), "there is no %s", key);
    return value;
}

// Columns of a log of that run; returns how many rows.
static int read_log(const char *name, double rows[][5], int columns) {
    char path[128], line[512];
    snprintf(path, sizeof path, "whole/04-cnn/default/%s", name);
    FILE *file = fopen(path, "r");
    ck_assert_msg(file && fgets(line, sizeof line, file), "there is no %s", path);
    int n = 0;
    for (; fgets(line, sizeof line, file); n++) {
        char *at = line;
        for (int c = 0; c <= columns; c++) {
            char *end;
            rows[n][c] = strtod(at, &end);
            rows[n][c] = end == at ? NAN : rows[n][c];
            at = end + (*end == ',');
        }
    }
    fclose(file);
    return n;
}

START_TEST(figures_fit_together) {
    enter_folder();
    put_data();
    ck_assert_int_eq(finish(start("whole", NULL)), 0);
    ck_assert_double_lt(figure("loops_library_difference"), 1e-4);
    double rows[100][5];
    int n = read_log("log.csv", rows, 4); // 220 images: 110 steps an epoch, ten rows
    ck_assert_int_eq(n, 30);
    ck_assert(isnan(rows[28][3]) && rows[29][0] == 330.0);
    ck_assert_double_eq_tol(rows[29][3], figure("valid_loss"), 1e-6);
    ck_assert_double_lt(rows[29][1], rows[0][1]);

    ck_assert_int_eq(read_log("log-shifts.csv", rows, 2), 1 + MOST_PIXELS);
    ck_assert_double_eq_tol(rows[0][1], figure("valid_accuracy"), 1e-6);
    ck_assert_double_eq_tol(rows[0][2], figure("valid_accuracy_mlp"), 1e-6);
    ck_assert_double_eq_tol(figure("mistakes") / 20, 1.0 - figure("valid_accuracy"), 1e-6);
    ck_assert_double_eq_tol(figure("test_accuracy") * 60, round(figure("test_accuracy") * 60),
                            1e-4);
    ck_assert_int_eq(status_of("tail -n +2 whole/04-cnn/default/confusions.csv | awk -F, '"
                               "{ all += $3; wrong += $1 == $2 ? 0 : $3 } "
                               "END { exit !(all == 20 && wrong == %d && NR == 100) }'",
                               (int)figure("mistakes")),
                     0);

    static const char *const few[] = { "few", "few-dropout", "few-moved", "few-linear" };
    static const char *const suffixes[] = { "few", "few_dropout", "few_moved", "few_linear" };
    for (int i = 0; i < 4; i++) {
        char name[64], key[64];
        snprintf(name, sizeof name, "log-%s.csv", few[i]);
        int epochs = read_log(name, rows, 4), best = 0;
        ck_assert_int_eq(epochs, 10);
        for (int e = 1; e < epochs; e++) {
            best = rows[e][3] < rows[best][3] ? e : best;
        }
        snprintf(key, sizeof key, "best_epoch_%s", suffixes[i]);
        ck_assert_double_eq(figure(key), best + 1);
        snprintf(key, sizeof key, "best_valid_loss_%s", suffixes[i]);
        ck_assert_double_eq_tol(figure(key), rows[best][3], 1e-6);
    }
}
END_TEST

// The copy that early stopping keeps is that of the best epoch, not of the last.
START_TEST(the_best_weights_are_kept) {
    enter_folder();
    put_data();
    CnnSettings s = settings_for(32);
    s.run.data = "data";
    s.run.quiet = true;
    s.run.threads = 1;
    s.epochs = 3;
    RunOptions run_with = s.run;
    Option none[] = { OPTION_END };
    Run *run = run_open(&run_with, none);
    State *state = state_open(run, none);
    CnnLab lab = lab_open(run, state, &s);
    ck_assert(state_begin(state, "act"));
    Remedy remedy = { "act", "log-act.csv", "act", lenet, 0, false };
    Course c = { 0 };
    Net *net = make_net(&s, lenet);
    float *start = memcpy(alloc_floats(net->n_params), net->params, net->n_params * sizeof *start);
    course_open(&c, &lab, &remedy, net);
    ck_assert_int_eq(c.few, (lab.images.n_train + 2) / 3);
    c.best_epoch = 1;
    for (size_t i = 0; i < c.net->n_params; i++) {
        c.best[i] = 0.0f; // says class 0 always
    }
    double zeros = 0.0;
    for (int i = 0; i < c.n_held; i++) {
        zeros += lab.images.data->labels[c.held[i]] == 0;
    }
    double share = zeros / c.n_held;
    report_course(&lab, &remedy, &c);
    state_end(state, true);
    course_close(&c);
    ck_assert_mem_eq(net->params, start, net->n_params * sizeof *start); // the last ones are back
    free(start);
    net_free(net);
    lab_close(&lab);
    state_close(state);
    ck_assert_int_eq(run_close(run), 0);
    ck_assert_int_eq(status_of("mkdir -p whole && mv runs/04-cnn whole/"), 0);
    ck_assert_double_eq_tol(figure("best_held_accuracy_act"), share, 1e-6);
    ck_assert_double_eq_tol(figure("best_held_loss_act"), log(10.0), 1e-5);
    ck_assert_double_gt(fabs(figure("end_held_loss_act") - log(10.0)), 1e-3);
}
END_TEST

// Training pictures, those of the other network, those that judge: three sets without a common picture.
START_TEST(few_pictures_are_apart) {
    enter_folder();
    put_data();
    CnnSettings s = settings_for(32);
    s.run.data = "data";
    s.run.quiet = true;
    RunOptions run_with = s.run;
    Option none[] = { OPTION_END };
    Run *run = run_open(&run_with, none);
    CnnLab lab = lab_open(run, NULL, &s);
    Course c = { 0 };
    choose_pictures(&c, &lab);
    const int *first = lab.images.order + lab.images.n_valid;
    ck_assert_ptr_eq(c.held, first + 2 * c.few);
    ck_assert_int_gt(c.n_held, 0);
    ck_assert_int_le(2 * c.few + c.n_held, lab.images.n_train);
    lab_close(&lab);
    run_close(run);
}
END_TEST

// --- padding and pooling -------------------------------------------------------------------------

// The result has ⌈size / stride⌉ places, counted by the library; one side has at most one zero more.
START_TEST(same_padding_keeps_the_size) {
    for (int size = 1; size <= 12; size++) {
        for (int kernel = 1; kernel <= 6; kernel++) {
            for (int stride = 1; stride <= 3; stride++) {
                for (int dilation = 1; dilation <= 2; dilation++) {
                    Padding p = same_padding(size, kernel, stride, dilation);
                    ConvShape shape = { 1, 1, 1, 1, kernel, stride, 0, dilation };
                    int places = conv_out(p.before + size + p.after, &shape);
                    ck_assert_int_eq(places, (size + stride - 1) / stride);
                    ck_assert(p.after == p.before || p.after == p.before + 1);
                }
            }
        }
    }
    Padding even = same_padding(28, 4, 1, 1), odd = same_padding(28, 5, 1, 1);
    ck_assert(even.before == 1 && even.after == 2 && odd.before == 2 && odd.after == 2);
}
END_TEST

START_TEST(even_kernels_move_pictures_by_half_a_pixel) {
    float disc[PIXELS], blurred[PIXELS];
    draw_disc(disc);
    for (int kernel = 1; kernel <= 6; kernel++) {
        blur_same(blurred, disc, kernel);
        ck_assert_double_eq_tol(centre(blurred) - centre(disc), kernel % 2 ? 0.0 : -0.5, 1e-4);
    }
}
END_TEST

START_TEST(pools_are_what_they_are_called) {
    static const float window[2][3] = { { 3, 1, 100 }, { 3, 2, -100 } }; // of width 3
    static const float expected[POOLS] = { 3.0f, 2.25f, 1.0f, 4.79583152f };
    for (Pool pool = 0; pool < POOLS; pool++) {
        ck_assert_float_eq_tol(pool_window(pool, window[0], 3, 2), expected[pool], 1e-6f);
    }
    float x[PIXELS], y[PIXELS / 16], smallest[PIXELS / 16];
    Rng rng = rng_create(1, RNG_SAMPLE);
    for (int i = 0; i < PIXELS; i++) {
        x[i] = rng_uniform(&rng);
    }
    const PoolShape shape = { 1, SIDE, SIDE, 4, 4, 0 };
    float library[PIXELS / 16];
    int winner[PIXELS / 16];
    max_pool2d_forward(library, winner, x, 1, &shape);
    pool_picture(y, x, POOL_MAX, 4);
    ck_assert_mem_eq(y, library, sizeof y);
    avg_pool2d_forward(library, x, 1, &shape);
    pool_picture(y, x, POOL_MEAN, 4);
    ck_assert_double_lt(relative_error(y, library, PIXELS / 16), 1e-6);
    pool_picture(smallest, x, POOL_MIN, 4); // is minus the largest of minus x
    for (int i = 0; i < PIXELS; i++) {
        x[i] = -x[i];
    }
    pool_picture(y, x, POOL_MAX, 4);
    for (int i = 0; i < PIXELS / 16; i++) {
        ck_assert_float_eq(smallest[i], -y[i]);
    }
}
END_TEST

// --- the judge -----------------------------------------------------------------------------------

// What data/README.md says of data/lenet-fashion.safetensors.
START_TEST(judge_scores_what_it_says) {
    static const double accuracy = 0.9068, loss = 0.2743;
    ck_assert_int_eq(
        status_of("cd data && grep -o '[0-9a-f]\\{64\\}.*lenet-fashion.safetensors' README.md | "
                  "sed 's/`//g' | sha256sum --check --quiet"),
        0);
    CnnSettings s = settings_for(100);
    Net *net = make_net(&s, lenet);
    Dataset *test = dataset_load("fashion", TEST_SET);
    Score score = evaluate_checkpoint(net, "data/lenet-fashion.safetensors", test);
    ck_assert_double_ge(score.accuracy, 0.905);
    ck_assert_double_eq_tol(score.accuracy, accuracy, 2e-4);
    ck_assert_double_eq_tol(score.loss, loss, 1e-4);
    ck_assert_int_eq(net->layers[10].spec.kind, RELU); // its 84 outputs are the judge's features
    ck_assert_uint_eq(shape_size(net->layers[10].out), 84);
    dataset_free(test);
    net_free(net);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("04-cnn");
    CASE(s, "loops", an_edge_is_found, loops_columns_and_library_agree, backward_is_the_adjoint,
         gradients_equal_differences);
    CASE(s, "moves", shift_moves, augmentation_moves_evenly, feature_maps_move_along);
    CASE(s, "nets", nets_are_as_described);
    CASE(s, "program", summary_prints_the_tables, stopped_runs_end_with_the_same_bytes,
         figures_fit_together, the_best_weights_are_kept, few_pictures_are_apart);
    CASE(s, "padding and pooling", same_padding_keeps_the_size,
         even_kernels_move_pictures_by_half_a_pixel, pools_are_what_they_are_called);
    CASE(s, "judge", judge_scores_what_it_says);
    return s;
}
