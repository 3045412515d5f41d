// Lesson 12. Its files are included here, so that the tests reach their static functions.

#include "../lessons/12-depth/depth.c"
#undef CONV3
#include "../lessons/12-depth/gradients.c"
#define report contest_report
#include "../lessons/12-depth/contest.c"
#undef report
#define report identity_report
#include "../lessons/12-depth/identity.c"
#undef report
#include "../lessons/12-depth/famous.c"
#undef UNIT
#undef INCEPTION
#undef NARROW
#undef CONV
#undef SAME
#undef STEM
#undef HEAD
#define report stacks_report
#include "../lessons/12-depth/stacks.c"
#undef report
#undef UNIT
#undef plain
#undef STEM
#undef HEAD
#define report sizes_report
#include "../lessons/12-depth/sizes.c"
#include "../lessons/12-depth/zoom.c"
#undef report
#undef UNIT
#undef CONV
#undef BLOCK
#include "../lessons/12-depth/best.c"
#include "../lessons/12-depth/lab.c"
#include "../lessons/12-depth/main.c"

#include "nn/gradcheck.h"
#include "test.h"

#include "fixtures/depth.h"

#include <omp.h>

// --- the skip ------------------------------------------------------------------------------------

static const SkipShape skips[] = {
    { 2, 4, 4, 2, 1 }, { 2, 4, 4, 5, 2 }, { 3, 5, 7, 6, 2 }, { 1, 3, 1, 1, 2 }, { 4, 7, 7, 8, 3 }
};
enum { SKIPS = sizeof skips / sizeof *skips, EXAMPLES = 2 };

typedef struct {
    const SkipShape *shape;
    float *f, *x, *y, *dy;
    size_t out;
} SkipCheck;

static double weighted_sum(void *context) {
    SkipCheck *c = context;
    double sum = 0.0;
    skip_forward(c->y, c->f, c->x, EXAMPLES, c->shape);
    for (size_t i = 0; i < c->out; i++) {
        sum += (double)c->dy[i] * c->y[i];
    }
    return sum;
}

START_TEST(the_skip_has_the_gradient_of_differences) {
    const SkipShape *s = &skips[_i];
    size_t in = EXAMPLES * place(s->channels, 0, 0, s->height, s->width);
    size_t out =
        EXAMPLES * place(s->wide, 0, 0, after(s->height, s->stride), after(s->width, s->stride));
    Rng rng = rng_create(1, RNG_DATA);
    SkipCheck c = { s,  alloc_floats(out), alloc_floats(in), alloc_floats(out), alloc_floats(out),
                    out };
    float *dx = alloc_floats(in);
    rng_fill_normal(&rng, c.f, out, 0.0f, 1.0f);
    rng_fill_normal(&rng, c.x, in, 0.0f, 1.0f);
    rng_fill_normal(&rng, c.dy, out, 0.0f, 1.0f);
    skip_backward(dx, c.dy, EXAMPLES, s);
    double error = gradient_error(c.x, dx, in, weighted_sum, &c, 1e-2f);
    ck_assert_msg(error < 1e-3, "shape %d: %g", _i, error);
    free(c.f), free(c.x), free(c.y), free(c.dy), free(dx);
}
END_TEST

START_TEST(the_library_s_skip_is_the_plain_one) {
    double difference = skip_bridge(rng_create(3, RNG_NOISE));
    ck_assert_double_lt(difference, 1e-6);
    ck_assert_double_lt(pointwise_bridge(rng_create(3, RNG_NOISE)), 1e-6);
}
END_TEST

// --- the nets ------------------------------------------------------------------------------------

START_TEST(plain_and_residual_nets_have_the_same_parameters) {
    static const struct {
        int blocks;
        size_t normed;
    } known[] = { { 2, 42362 }, { 4, 88826 }, { 8, 181754 }, { 13, 297914 } };
    for (int i = 0; i < 4; i++) {
        Net *a = make_deep(PLAIN, known[i].blocks, true, 1, 5);
        Net *b = make_deep(RESIDUAL, known[i].blocks, true, 1, 5);
        ck_assert_uint_eq(a->n_params, known[i].normed);
        ck_assert_uint_eq(b->n_params, known[i].normed);
        ck_assert_mem_eq(a->params, b->params, a->n_params * sizeof *a->params);
        double lengths[MOST_PARTS];
        ck_assert_int_eq(part_gradients(lengths, b), 2 * known[i].blocks + 1);
        net_free(a);
        net_free(b);
    }
}
END_TEST

// Blocks that begin as the identity: the net computes what its first convolution and its dense layer
// compute, with batch norm and without.
START_TEST(a_block_may_begin_as_the_identity) {
    for (int normed = 0; normed < 2; normed++) {
        Net *deep = make_deep(RESIDUAL, 3, normed, 4, 5);
        begin_as_identity(deep);
        float x[4 * PIXELS];
        Rng rng = rng_create(2, RNG_DATA);
        rng_fill_uniform(&rng, x, 4 * PIXELS, 0.0f, 1.0f);
        net_forward(deep, x, 4, TRAIN);
        const Layer *stem = &deep->layers[normed ? 2 : 1];
        ck_assert_int_eq(stem->spec.kind, RELU);
        const Layer *last = &deep->layers[deep->n_layers - 3]; // in front of the mean
        ck_assert_int_eq(last->spec.kind, RELU);
        for (int e = 0; e < 4; e++) {
            for (int i = 0; i < 7; i++) {
                for (int j = 0; j < 7; j++) {
                    for (int c = 0; c < 32; c++) {
                        float stays =
                            c < 16 ? stem->y[e * 16 * 196 + (int)place(c, 2 * i, 2 * j, 14, 14)]
                                   : 0.0f;
                        ck_assert_float_eq(last->y[e * 32 * 49 + (int)place(c, i, j, 7, 7)], stays);
                    }
                }
            }
        }
        net_free(deep);
    }
}
END_TEST

// In the first step all gradient of such a block goes into what is 0, and none into its first
// convolution.
START_TEST(what_begins_at_zero_learns) {
    Net *deep = make_deep(RESIDUAL, 2, false, 4, 5);
    begin_as_identity(deep);
    float x[4 * PIXELS];
    const int labels[] = { 1, 2, 3, 4 };
    Rng rng = rng_create(2, RNG_DATA);
    rng_fill_uniform(&rng, x, 4 * PIXELS, 0.0f, 1.0f);
    const float *logits = net_forward(deep, x, 4, TRAIN);
    softmax_cross_entropy(deep->dy, logits, labels, 4, CLASSES);
    net_backward(deep, deep->dy, WANT_PARAMS);
    int convolutions = 0;
    for (int i = 0; i < deep->n_layers; i++) {
        const Layer *l = &deep->layers[i];
        if (l->spec.kind == CONV2D && convolutions++ > 0) {
            bool first = convolutions % 2 == 0;
            ck_assert(first == (norm(l->dweight, l->n_weight) == 0.0));
        }
    }
    net_free(deep);
}
END_TEST

// --- the famous ones -----------------------------------------------------------------------------

START_TEST(famous_networks_have_their_published_parameters) {
    static const size_t published[] = {
        61100840, 138357544, 6624904, 11689512, 21797672, 25557032
    };
    static const double billions[] = { 0.714, 15.47, 1.50, 1.81, 3.66, 4.09 };
    static const int last[] = { 6, 7, 7, 7, 7, 7 }; // side of the last maps
    ck_assert_int_eq(NETS, 6);
    for (int i = 0; i < NETS; i++) {
        Net *net = net_plan(nets[i].table, photograph);
        Figures f = figures_of(net);
        int side = 0;
        for (int k = 0; k < net->n_layers; k++) {
            side = net->layers[k].out.height > 1 ? net->layers[k].out.height : side;
        }
        ck_assert_msg(f.params == published[i], "%s: %zu", nets[i].name, f.params);
        ck_assert_msg(fabs(1e-9 * (double)f.multiplications - billions[i]) < 0.01 * billions[i],
                      "%s: %zu multiplications", nets[i].name, f.multiplications);
        ck_assert_int_eq(side, last[i]);
        ck_assert_int_eq(net->out.channels, 1000);
        net_free(net);
    }
}
END_TEST

START_TEST(stacks_have_the_parameters_of_the_text) {
    static const size_t parameters[] = { 30746, 31418, 38234, 44874, 13418, 44362 };
    static const double millions[] = { 2.51, 2.81, 3.72, 3.56, 0.99, 3.46 };
    for (int i = 0; stack_tables[i].name; i++) {
        Net *net = net_plan(stack_tables[i].table, (Shape){ 1, SIDE, SIDE });
        ck_assert_msg(net->n_params == parameters[i], "%s: %zu", stack_tables[i].name,
                      net->n_params);
        ck_assert_double_eq_tol(1e-6 * (double)multiplications_of(net), millions[i], 0.011);
        net_free(net);
    }
}
END_TEST

// --- pictures of other sizes ---------------------------------------------------------------------

START_TEST(zoomed_pictures_equal_pytorch) {
    static const int to[] = { 5, 11, 7 };
    const float *expected[] = { (const float *)zoom_small, (const float *)zoom_large,
                                (const float *)zoom_x };
    for (int k = 0; k < 3; k++) {
        float y[2 * 11 * 11];
        zoom(y, (const float *)zoom_x, 2, 7, to[k]);
        ck_assert_double_lt(relative_error(y, expected[k], (size_t)(2 * to[k] * to[k])), 1e-6);
    }
}
END_TEST

START_TEST(a_grey_picture_stays_grey) {
    float x[49], y[48 * 48];
    for (int i = 0; i < 49; i++) {
        x[i] = 0.25f;
    }
    for (int side = 1; side <= 48; side++) {
        zoom(y, x, 1, 7, side);
        for (int i = 0; i < side * side; i++) {
            ck_assert_float_eq_tol(y[i], 0.25f, 1e-6f);
        }
    }
}
END_TEST

START_TEST(a_placed_picture_is_all_there) {
    float x[3 * PIXELS], y[3 * 40 * 40];
    Rng rng = rng_create(4, RNG_DATA);
    for (int i = 0; i < 3 * PIXELS; i++) {
        x[i] = (float)rng_below(&rng, 256); // whole numbers: sums are exact
    }
    put_somewhere(y, x, 3, 40, false, &rng);
    for (int e = 0; e < 3; e++) {
        double before = 0.0, after_it = 0.0;
        for (int i = 0; i < PIXELS; i++) {
            before += (double)x[e * PIXELS + i];
        }
        for (int i = 0; i < 1600; i++) {
            after_it += (double)y[e * 1600 + i];
        }
        ck_assert_double_eq(before, after_it);
    }
    put_somewhere(y, x, 3, SIDE, true, &rng);
    ck_assert_float_eq(y[2 * SIDE + 2], x[0]);
    ck_assert_float_eq(y[PIXELS - 1], x[PIXELS - 1 - 2 * SIDE - 2]);
    ck_assert_float_eq(y[0], 0.0f);
    ck_assert_float_eq(y[SIDE + 5], 0.0f);
}
END_TEST

// --- races ---------------------------------------------------------------------------------------

// A few steps on random pictures, three nets of which one sees all sizes; any number of threads.
static void few_steps(float *params[3], int threads) {
    omp_set_num_threads(threads);
    static uint8_t pictures[20 * PIXELS], classes[20];
    Rng rng = rng_create(6, RNG_DATA);
    for (int i = 0; i < 20 * PIXELS; i++) {
        pictures[i] = (uint8_t)rng_below(&rng, 256);
    }
    for (int i = 0; i < 20; i++) {
        classes[i] = (uint8_t)(i % 10);
    }
    const Dataset data = { 20, SIDE, SIDE, pictures, classes };
    DepthSettings settings = { .batch = 8 };
    DepthLab lab = { .settings = &settings };
    Race race = { .lab = &lab, .rate = FALLING, .steps = 3 };
    race.labels = alloc_bytes(8 * sizeof(int));
    race.x[0] = alloc_floats(8 * PIXELS);
    race.batches = batches_create(&data, NULL, 0, 20, 8, rng_create(1, RNG_SHUFFLE));
    race.size = rng_create(1, RNG_SAMPLE);
    OptimizerSpec spec = optimizer_defaults(ADAM, 1e-2f);
    race_add(&race, "a", make_deep(RESIDUAL, 1, true, 8, 1), spec);
    race_add(&race, "b", make_deep(PLAIN, 1, false, 8, 1), spec);
    Racer *many = race_add(&race, "c", make_deep(RESIDUAL, 1, true, 8, 1), spec);
    for (int k = 0; k < SIZES; k++) {
        many->sized[k] = net_resized(many->net, sides[k], sides[k]);
        race.x[1 + k] = alloc_floats((size_t)(8 * sides[k] * sides[k]));
    }
    for (; race.done < race.steps; race.done++) {
        Step step = { .n = batches_next_endless(&race.batches, race.x[0], race.labels) };
        step.size = choose_size(&race, step.n);
#pragma omp parallel for schedule(dynamic, 1)
        for (int i = 0; i < race.n; i++) {
            one_step(&race, &race.racers[i], &step, rate_at(&race, 1.0f));
        }
    }
    for (int i = 0; i < 3; i++) {
        size_t bytes = race.racers[i].net->n_params * sizeof(float);
        params[i] = memcpy(alloc_bytes(bytes), race.racers[i].net->params, bytes);
        ck_assert_int_eq(race.racers[i].diverged_at, 0);
    }
    // A net that has been trained alone on 28 × 28 and one on all sizes have gone different ways.
    ck_assert_int_ne(memcmp(params[0], params[2], race.racers[0].net->n_params * sizeof(float)), 0);
    race_close(&race);
}

START_TEST(races_have_the_same_bytes_on_any_number_of_threads) {
    float *one[3], *other[3];
    few_steps(one, 1);
    for (int threads = 2; threads <= 3; threads++) {
        few_steps(other, threads);
        for (int i = 0; i < 3; i++) {
            Net *net = make_deep(PLAIN, 1, i != 1, 1, 1);
            ck_assert_mem_eq(one[i], other[i], net->n_params * sizeof(float));
            net_free(net);
            free(other[i]);
        }
    }
    for (int i = 0; i < 3; i++) {
        free(one[i]);
    }
}
END_TEST

START_TEST(rates_go_as_they_are_called) {
    Race race = { .steps = 100 };
    static const float expected[3][3] = { { 1.0f, 0.5f, 0.01f },
                                          { 1.0f, 1.0f, 1.0f },
                                          { 1.0f, 1.0f, 0.02f } };
    for (int rate = FALLING; rate <= LATE; rate++) {
        race.rate = (Rate)rate;
        for (int i = 0; i < 3; i++) {
            race.done = i == 0 ? 0 : i == 1 ? 50 : 99;
            ck_assert_float_eq_tol(rate_at(&race, 1.0f), expected[rate][i], 1e-6f);
        }
    }
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("lesson 12");
    CASE(s, "nets", the_library_s_skip_is_the_plain_one,
         plain_and_residual_nets_have_the_same_parameters, a_block_may_begin_as_the_identity,
         what_begins_at_zero_learns, famous_networks_have_their_published_parameters,
         stacks_have_the_parameters_of_the_text);
    CASE(s, "pictures", zoomed_pictures_equal_pytorch, a_grey_picture_stays_grey,
         a_placed_picture_is_all_there, rates_go_as_they_are_called,
         races_have_the_same_bytes_on_any_number_of_threads);
    TCase *each = tcase_create("each");
    tcase_add_loop_test(each, the_skip_has_the_gradient_of_differences, 0, SKIPS);
    suite_add_tcase(s, each);
    return s;
}
