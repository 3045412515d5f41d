#include "nn/gradcheck.h"
#include "recurrent_rig.h"

#include "fixtures/recurrent.h"

// --- against PyTorch -----------------------------------------------------------------------------

typedef struct {
    const float *weight_ih, *weight_hh, *bias_ih, *bias_hh;
} Params;

typedef struct {
    const float *first, *last, *dfirst, *dlast;
} States;

// The gradients of the whole sequence, and of two halves when nothing is handed back between them.
typedef struct {
    Params params;
    const float *x, *y, *dy;
    States h, c;
    const float *dx;
    Params dparams;
    const float *cut_dx;
    Params cut_dparams;
} Fixture;

// clang-format off
#define FLAT(name) (const float *)name
#define PARAMS(name) { FLAT(name##weight_ih_l0), FLAT(name##weight_hh_l0), name##bias_ih_l0, name##bias_hh_l0 }
#define STATES(name, letter) \
    { FLAT(name##_##letter##_first), FLAT(name##_##letter##_last), \
      FLAT(name##_d##letter##_first), FLAT(name##_d##letter##_last) }
#define FIXTURE(name, ...) \
    { PARAMS(name##_), FLAT(name##_x), FLAT(name##_y), FLAT(name##_dy), STATES(name, h), __VA_ARGS__, \
      FLAT(name##_dx), PARAMS(name##_d), FLAT(name##_cut_dx), PARAMS(name##_cut_d) }

static const Fixture fixtures[CELLS] = {
    FIXTURE(rnn, { 0 }), FIXTURE(rnn_relu, { 0 }), FIXTURE(gru, { 0 }), FIXTURE(lstm, STATES(lstm, c)),
};
// clang-format on

enum { BATCH = 2, STEPS = 6, IN = 3, HIDDEN = 5 };

static void set_params(Rig *r, const Params *p) {
    size_t G = sums_of(r);
    memcpy(r->params.weight_ih, p->weight_ih, G * IN * sizeof(float));
    memcpy(r->params.weight_hh, p->weight_hh, G * HIDDEN * sizeof(float));
    memcpy(r->params.bias_ih, p->bias_ih, G * sizeof(float));
    memcpy(r->params.bias_hh, p->bias_hh, G * sizeof(float));
}

static void check_dparams(const Rig *r, const Params *p) {
    size_t G = sums_of(r);
    assert_near("dweight_ih", r->dparams.weight_ih, p->weight_ih, G * IN, 2e-6);
    assert_near("dweight_hh", r->dparams.weight_hh, p->weight_hh, G * HIDDEN, 2e-6);
    assert_near("dbias_ih", r->dparams.bias_ih, p->bias_ih, G, 2e-6);
    assert_near("dbias_hh", r->dparams.bias_hh, p->bias_hh, G, 2e-6);
}

static Rig rig_of_fixture(int kind) {
    const Fixture *f = &fixtures[kind];
    Rig r = make_rig(kind, BATCH, (RecurrentShape){ IN, HIDDEN, STEPS, false });
    set_params(&r, &f->params);
    memcpy(r.x, f->x, rows_of(&r, IN) * sizeof(float));
    memcpy(r.dy, f->dy, rows_of(&r, HIDDEN) * sizeof(float));
    memcpy(r.first.h, f->h.first, states_of(&r) * sizeof(float));
    memcpy(r.dlast.h, f->h.dlast, states_of(&r) * sizeof(float));
    if (kind == LSTM) {
        memcpy(r.first.c, f->c.first, states_of(&r) * sizeof(float));
        memcpy(r.dlast.c, f->c.dlast, states_of(&r) * sizeof(float));
    }
    return r;
}

START_TEST(equals_pytorch) {
    const Fixture *f = &fixtures[_i];
    Rig r = rig_of_fixture(_i);
    forward(&r);
    backward(&r);
    assert_near("y", r.y, f->y, rows_of(&r, HIDDEN), 1e-6);
    assert_near("h", r.last.h, f->h.last, states_of(&r), 1e-6);
    assert_near("dx", r.dx, f->dx, rows_of(&r, IN), 2e-6);
    assert_near("dh", r.dfirst.h, f->h.dfirst, states_of(&r), 2e-6);
    if (_i == LSTM) {
        assert_near("c", r.last.c, f->c.last, states_of(&r), 1e-6);
        assert_near("dc", r.dfirst.c, f->c.dfirst, states_of(&r), 2e-6);
    }
    check_dparams(&r, &f->dparams);
    free_rig(&r);
}
END_TEST

START_TEST(halves_cut_apart_equal_pytorch) {
    const Fixture *f = &fixtures[_i];
    Rig whole = rig_of_fixture(_i), part[2];
    for (int i = 0; i < 2; i++) {
        part[i] = part_of(&whole, i * STEPS / 2, STEPS / 2);
        copy_state(part[i].first, i == 0 ? whole.first : part[0].last, &whole);
        RecurrentState none = part[i].dlast;
        part[i].dlast = (RecurrentState){ NULL, NULL };
        RecurrentParams sums = part[i].dparams;
        part[i].dparams = whole.dparams; // both add to the same gradients
        forward(&part[i]);
        backward(&part[i]);
        part[i].dlast = none;
        part[i].dparams = sums;
        for (int b = 0; b < BATCH; b++) {
            enum { HALF = STEPS / 2 * IN };
            assert_near("dx", part[i].dx + b * HALF, f->cut_dx + (2 * b + i) * HALF, HALF, 2e-6);
        }
    }
    check_dparams(&whole, &f->cut_dparams);
    free_rig(&whole);
    free_rig(&part[0]);
    free_rig(&part[1]);
}
END_TEST

START_TEST(two_directions_equal_pytorch) {
    const Params params[2] = { PARAMS(both_),
                               { FLAT(both_weight_ih_l0_reverse), FLAT(both_weight_hh_l0_reverse),
                                 both_bias_ih_l0_reverse, both_bias_hh_l0_reverse } };
    const float *y[2] = { FLAT(both_forward_y), FLAT(both_reverse_y) };
    for (int i = 0; i < 2; i++) {
        Rig r = make_rig(LSTM, BATCH, (RecurrentShape){ IN, HIDDEN, STEPS, i == 1 });
        set_params(&r, &params[i]);
        memcpy(r.x, both_x, sizeof both_x);
        RecurrentState first = r.first;
        r.first = (RecurrentState){ NULL, NULL };
        forward(&r);
        assert_near("y", r.y, y[i], rows_of(&r, HIDDEN), 1e-6);
        r.first = first;
        free_rig(&r);
    }
}
END_TEST

// --- against plain loops in double ---------------------------------------------------------------

static double logistic(double x) {
    return 1.0 / (1.0 + exp(-x));
}

// From the formulas. h and c: unit k's state before, then after. in and state: unit k's sums, G of
// them, from the row and from the states.
static void plain_unit(int kind, double *h, double *c, const double *in, const double *state) {
    double a[4];
    for (int g = 0; g < cells[kind]->gates; g++) {
        a[g] = in[g] + state[g];
    }
    if (kind == RNN) {
        *h = tanh(a[0]);
    } else if (kind == RNN_RELU) {
        *h = fmax(a[0], 0.0);
    } else if (kind == GRU) {
        double r = logistic(a[0]), z = logistic(a[1]), n = tanh(in[2] + r * state[2]);
        *h = (1.0 - z) * n + z * *h;
    } else {
        *c = logistic(a[1]) * *c + logistic(a[0]) * tanh(a[2]);
        *h = logistic(a[3]) * tanh(*c);
    }
}

static void plain_step(const Rig *r, double *h, double *c, const float *x) {
    int H = r->shape.hidden, in = r->shape.in, G = cells[r->kind]->gates;
    const RecurrentParams *p = &r->params;
    double before[H];
    memcpy(before, h, (size_t)H * sizeof *h);
    for (int k = 0; k < H; k++) {
        double from_row[4], from_state[4];
        for (int g = 0; g < G; g++) {
            int o = g * H + k;
            from_row[g] = p->bias_ih[o];
            from_state[g] = p->bias_hh[o];
            for (int i = 0; i < in; i++) {
                from_row[g] += (double)p->weight_ih[o * in + i] * x[i];
            }
            for (int i = 0; i < H; i++) {
                from_state[g] += p->weight_hh[o * H + i] * before[i];
            }
        }
        plain_unit(r->kind, &h[k], &c[k], from_row, from_state);
    }
}

// The loss; y and last become what they should be, unless they are NULL.
static double plain_forward(const Rig *r, float *y, float *last_h, float *last_c) {
    int H = r->shape.hidden, steps = r->shape.steps;
    double loss = 0.0;
    for (int b = 0; b < r->batch; b++) {
        double h[H], c[H];
        for (int k = 0; k < H; k++) {
            h[k] = r->first.h[b * H + k];
            c[k] = r->kind == LSTM ? r->first.c[b * H + k] : 0.0;
        }
        for (int step = 0; step < steps; step++) {
            int row = b * steps + (r->shape.reverse ? steps - 1 - step : step);
            plain_step(r, h, c, r->x + (long)row * r->shape.in);
            for (int k = 0; k < H; k++) {
                loss += h[k] * r->dy[(long)row * H + k];
                if (y) {
                    y[(long)row * H + k] = (float)h[k];
                }
            }
        }
        for (int k = 0; k < H; k++) {
            loss += h[k] * r->dlast.h[b * H + k];
            loss += r->kind == LSTM ? c[k] * r->dlast.c[b * H + k] : 0.0;
            if (y) {
                last_h[b * H + k] = (float)h[k];
                last_c[b * H + k] = (float)c[k];
            }
        }
    }
    return loss;
}

static double plain_loss(void *context) {
    return plain_forward(context, NULL, NULL, NULL);
}

START_TEST(equals_plain_loops) {
    Rig r = rig_of(_i);
    float *y = alloc_floats(rows_of(&r, r.shape.hidden));
    float *h = alloc_floats(states_of(&r)), *c = alloc_floats(states_of(&r));
    plain_forward(&r, y, h, c);
    forward(&r);
    assert_near("y", r.y, y, rows_of(&r, r.shape.hidden), 2e-6);
    assert_near("h", r.last.h, h, states_of(&r), 2e-6);
    if (r.kind == LSTM) {
        assert_near("c", r.last.c, c, states_of(&r), 2e-6);
    }
    free(y);
    free(h);
    free(c);
    free_rig(&r);
}
END_TEST

// The loss is in double and h small: this sees far smaller mistakes than a loss in float. Of a large
// tensor it looks at the beginning, the middle and the end.
START_TEST(gradients_equal_differences) {
    enum { SOME = 150 }; // more than the weights of one ReLU, which may be dead
    Rig r = rig_of(_i);
    forward(&r);
    backward(&r);
    Tensor t[TENSORS];
    int count = list_tensors(t, &r);
    for (int i = 0; i < count; i++) {
        size_t n = t[i].n < SOME ? t[i].n : SOME;
        for (size_t part = 0; part < 3; part++) {
            size_t at = (t[i].n - n) * part / 2;
            double error =
                gradient_error(t[i].value + at, t[i].gradient + at, n, plain_loss, &r, 1e-4f);
            ck_assert_msg(error < 1e-5, "d%s differs by %g", t[i].name, error);
        }
    }
    free_rig(&r);
}
END_TEST

// The same through the kernel itself, in float.
static double loss_in_float(void *context) {
    Rig *r = context;
    double loss = 0.0;
    forward(r);
    for (size_t i = 0; i < rows_of(r, r->shape.hidden); i++) {
        loss += (double)r->dy[i] * r->y[i];
    }
    for (size_t i = 0; i < states_of(r); i++) {
        loss += (double)r->dlast.h[i] * r->last.h[i];
        loss += r->kind == LSTM ? (double)r->dlast.c[i] * r->last.c[i] : 0.0;
    }
    return loss;
}

START_TEST(gradients_through_twelve_steps) {
    Rig r = make_rig(_i, 2, (RecurrentShape){ 3, 5, 12, false });
    forward(&r);
    backward(&r);
    Tensor t[TENSORS];
    int count = list_tensors(t, &r);
    for (int i = 0; i < count; i++) {
        double error = gradient_error(t[i].value, t[i].gradient, t[i].n, loss_in_float, &r, 4e-3f);
        ck_assert_msg(error < (_i == RNN_RELU ? 1e-2 : 1e-3), "d%s differs by %g", t[i].name,
                      error);
    }
    free_rig(&r);
}
END_TEST

// --- what gates are for --------------------------------------------------------------------------

static void set_gate(Rig *r, int gate, float bias) {
    int H = r->shape.hidden;
    for (int k = gate * H; k < (gate + 1) * H; k++) {
        r->params.bias_ih[k] = bias;
    }
}

// Gates held open or shut by their biases: the state lasts for 100 steps, and so does its gradient.
START_TEST(a_shut_cell_keeps_state_and_gradient) {
    Rig lstm = make_rig(LSTM, 2, (RecurrentShape){ 3, 7, 100, false });
    set_gate(&lstm, 0, -80.0f); // nothing comes in,
    set_gate(&lstm, 1, 80.0f);  // nothing is forgotten,
    set_gate(&lstm, 3, -80.0f); // nothing is shown
    forward(&lstm);
    backward(&lstm);
    size_t bytes = states_of(&lstm) * sizeof(float);
    ck_assert_mem_eq(lstm.last.c, lstm.first.c, bytes);
    ck_assert_mem_eq(lstm.dfirst.c, lstm.dlast.c, bytes);
    free_rig(&lstm);

    Rig gru = make_rig(GRU, 2, (RecurrentShape){ 3, 7, 100, false });
    memset(gru.dy, 0, rows_of(&gru, 7) * sizeof(float));
    set_gate(&gru, 1, 80.0f);
    forward(&gru);
    backward(&gru);
    ck_assert_mem_eq(gru.last.h, gru.first.h, bytes);
    ck_assert_mem_eq(gru.dfirst.h, gru.dlast.h, bytes);
    free_rig(&gru);
}
END_TEST

START_TEST(large_sums_do_no_harm_and_nan_is_not_hidden) {
    Rig r = make_rig(_i, 2, (RecurrentShape){ 3, 7, 4, false });
    for (size_t i = 0; _i != RNN_RELU && i < rows_of(&r, 3); i++) {
        r.x[i] *= 1e5f;
    }
    forward(&r);
    backward(&r);
    for (size_t i = 0; i < rows_of(&r, 7); i++) {
        ck_assert(isfinite(r.y[i]));
    }
    for (size_t i = 0; i < rows_of(&r, 3); i++) {
        ck_assert(isfinite(r.dx[i]));
    }
    r.x[0] = NAN;
    forward(&r);
    ck_assert(isnan(r.y[0]) && isnan(r.y[6]) && !isnan(r.y[rows_of(&r, 7) - 1]));
    free_rig(&r);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("recurrent");
    TCase *t = tcase_create("cells");
    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, equals_pytorch, 0, CELLS);
    tcase_add_loop_test(t, halves_cut_apart_equal_pytorch, 0, CELLS);
    tcase_add_test(t, two_directions_equal_pytorch);
    tcase_add_loop_test(t, equals_plain_loops, 0, CELLS * SIZES);
    tcase_add_loop_test(t, gradients_equal_differences, 0, CELLS * SIZES);
    tcase_add_loop_test(t, gradients_through_twelve_steps, 0, CELLS);
    tcase_add_test(t, a_shut_cell_keeps_state_and_gradient);
    tcase_add_loop_test(t, large_sums_do_no_harm_and_nan_is_not_hidden, 0, CELLS);
    suite_add_tcase(s, t);
    return s;
}
