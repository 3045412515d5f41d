#include "recurrent_rig.h"

#include <omp.h>

// --- sequences in pieces -------------------------------------------------------------------------

// Both halves of a sequence of 12 steps, the second beginning where the first has ended. In reverse
// the half that is read first is the later one.
typedef struct {
    Rig whole, part[2]; // in the order in which they are read
    int step[2];        // where they begin
} Halves;

static Halves read_in_halves(int kind, bool reverse) {
    enum { T = 12 };
    Halves h = { .whole = make_rig(kind, 3, (RecurrentShape){ 4, 33, T, reverse }) };
    forward(&h.whole);
    for (int i = 0; i < 2; i++) {
        h.step[i] = (i == 0) != reverse ? 0 : 5;
        int steps = h.step[i] == 0 ? 5 : T - 5;
        h.part[i] = part_of(&h.whole, h.step[i], steps);
        copy_state(h.part[i].first, i == 0 ? h.whole.first : h.part[0].last, &h.whole);
        forward(&h.part[i]);
    }
    return h;
}

static void free_halves(Halves *h) {
    free_rig(&h->whole);
    free_rig(&h->part[0]);
    free_rig(&h->part[1]);
}

START_TEST(a_carried_state_equals_one_long_sequence) {
    Halves h = read_in_halves(_i / 2, _i % 2);
    for (int i = 0; i < 2; i++) {
        Rig *part = &h.part[i];
        float *y = alloc_floats(rows_of(part, part->shape.hidden));
        copy_steps(part, y, &h.whole, h.whole.y, h.step[i], part->shape.hidden);
        ck_assert_mem_eq(part->y, y, rows_of(part, part->shape.hidden) * sizeof *y);
        free(y);
    }
    ck_assert_mem_eq(h.part[1].last.h, h.whole.last.h, states_of(&h.whole) * sizeof(float));
    if (_i / 2 == LSTM) {
        ck_assert_mem_eq(h.part[1].last.c, h.whole.last.c, states_of(&h.whole) * sizeof(float));
    }
    free_halves(&h);
}
END_TEST

static void check_dx_of_part(const Halves *h, int i) {
    Rig part = h->part[i];
    float *dx = alloc_floats(rows_of(&part, part.shape.in));
    copy_steps(&part, dx, &h->whole, h->whole.dx, h->step[i], part.shape.in);
    assert_near("dx", part.dx, dx, rows_of(&part, part.shape.in), 2e-6);
    free(dx);
}

// The later half's gradient with respect to its first state goes to the earlier half, or it does
// not.
START_TEST(a_gradient_handed_back_equals_one_long_sequence) {
    Halves h = read_in_halves(_i / 2, _i % 2);
    backward(&h.whole);
    copy_state(h.part[1].dlast, h.whole.dlast, &h.whole);
    backward(&h.part[1]);
    copy_state(h.part[0].dlast, h.part[1].dfirst, &h.whole);
    backward(&h.part[0]);
    check_dx_of_part(&h, 0);
    check_dx_of_part(&h, 1);
    assert_near("dh", h.part[0].dfirst.h, h.whole.dfirst.h, states_of(&h.whole), 2e-6);
    Tensor all[TENSORS], some[2][TENSORS];
    list_tensors(all, &h.whole);
    list_tensors(some[0], &h.part[0]);
    list_tensors(some[1], &h.part[1]);
    for (int k = 0; k < 4; k++) {
        for (size_t i = 0; i < all[k].n; i++) {
            some[0][k].gradient[i] += some[1][k].gradient[i];
        }
        assert_near(all[k].name, some[0][k].gradient, all[k].gradient, all[k].n, 2e-6);
    }
    free_halves(&h);
}
END_TEST

static bool all_zero(const float *x, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (x[i] != 0.0f) {
            return false;
        }
    }
    return true;
}

// The loss is in the second half alone. Cut, the first half hears nothing of it; whole, it does.
START_TEST(a_truncation_cuts_exactly_at_the_border) {
    Halves h = read_in_halves(_i / 2, _i % 2);
    Rig *early = &h.part[0];
    float *dy = early->dy;
    RecurrentState dlast = early->dlast;
    early->dy = NULL;
    early->dlast = (RecurrentState){ NULL, NULL };
    backward(early);
    early->dy = dy;
    early->dlast = dlast;
    Tensor t[TENSORS];
    int count = list_tensors(t, early);
    for (int k = 0; k < count; k++) {
        ck_assert_msg(all_zero(t[k].gradient, t[k].n), "d%s is not zero", t[k].name);
    }
    backward(&h.part[1]);
    copy_state(early->dlast, h.part[1].dfirst, early);
    memset(dy, 0, rows_of(early, early->shape.hidden) * sizeof *dy);
    backward(early);
    ck_assert(!all_zero(early->dx, rows_of(early, early->shape.in)));
    free_halves(&h);
}
END_TEST

// All that a pass writes equals the other's, bit for bit.
static void assert_same_bytes(const Rig *a, const Rig *b) {
    Tensor s[TENSORS], t[TENSORS];
    int count = list_tensors(s, a);
    list_tensors(t, b);
    ck_assert_mem_eq(a->y, b->y, rows_of(a, a->shape.hidden) * sizeof(float));
    ck_assert_mem_eq(a->last.h, b->last.h, states_of(a) * sizeof(float));
    if (a->kind == LSTM) {
        ck_assert_mem_eq(a->last.c, b->last.c, states_of(a) * sizeof(float));
    }
    for (int k = 0; k < count; k++) {
        ck_assert_msg(memcmp(s[k].gradient, t[k].gradient, s[k].n * sizeof(float)) == 0,
                      "other bytes in d%s", s[k].name);
    }
}

START_TEST(a_state_may_be_carried_in_place) {
    Rig a = rig_of(_i), b = rig_of(_i);
    forward(&a);
    backward(&a);
    RecurrentState last = b.last, dfirst = b.dfirst;
    b.last = b.first;
    forward(&b);
    b.dfirst = b.dlast;
    backward(&b);
    assert_same_bytes(&a, &b);
    b.last = last;
    b.dfirst = dfirst;
    free_rig(&a);
    free_rig(&b);
}
END_TEST

// --- what is written, and what is not ------------------------------------------------------------

START_TEST(same_bytes_on_any_number_of_threads) {
    const int threads[] = { 2, 3, 5 };
    omp_set_num_threads(1);
    Rig one = rig_of(_i);
    forward(&one);
    backward(&one);
    for (int i = 0; i < 3; i++) {
        omp_set_num_threads(threads[i]);
        Rig many = rig_of(_i);
        forward(&many);
        backward(&many);
        assert_same_bytes(&one, &many);
        free_rig(&many);
    }
    free_rig(&one);
}
END_TEST

START_TEST(null_is_zero_or_not_wanted) {
    Rig full = make_rig(_i, 3, (RecurrentShape){ 4, 7, 5, false }), bare = full;
    memset(full.first.h, 0, states_of(&full) * sizeof(float));
    memset(full.dlast.h, 0, states_of(&full) * sizeof(float));
    memset(full.dy, 0, rows_of(&full, 7) * sizeof(float));
    if (_i == LSTM) {
        memset(full.first.c, 0, states_of(&full) * sizeof(float));
        full.dlast.c[3] = 1.0f; // or nothing would arrive at all
    }
    full.dlast.h[3] = 1.0f;
    forward(&full);
    backward(&full);

    RecurrentState none = { NULL, NULL };
    bare.y = alloc_floats(rows_of(&bare, 7));
    bare.dx = alloc_floats(rows_of(&bare, 4));
    bare.first = bare.last = bare.dfirst = none;
    bare.dy = NULL;
    bare.dparams = (RecurrentParams){ .bias_hh = alloc_floats(sums_of(&bare)) };
    bare.dparams.bias_hh[0] = 100.0f;
    forward(&bare);
    ck_assert_mem_eq(bare.y, full.y, rows_of(&full, 7) * sizeof(float));
    backward(&bare);
    ck_assert_mem_eq(bare.dx, full.dx, rows_of(&full, 4) * sizeof(float));
    for (size_t i = 0; i < sums_of(&full); i++) { // added to what was there
        float before = i == 0 ? 100.0f : 0.0f;
        ck_assert_float_eq(bare.dparams.bias_hh[i], before + full.dparams.bias_hh[i]);
    }
    recurrent_backward(cells[_i], NULL, full.dfirst, NULL, full.dy, none, full.x, full.scratch,
                       &full.params, full.n, &full.shape, full.workspace);
    ck_assert(all_zero(full.dfirst.h, states_of(&full)));
    free(bare.y);
    free(bare.dx);
    free(bare.dparams.bias_hh);
    free_rig(&full);
}
END_TEST

// Backward leaves the scratch as it was: it may be called again. The workspace may be used by
// others in between.
START_TEST(backward_can_be_repeated) {
    Rig a = rig_of(_i), b = rig_of(_i);
    forward(&a);
    forward(&b);
    backward(&a);
    backward(&b);
    Tensor t[TENSORS];
    list_tensors(t, &b);
    for (int k = 0; k < 4; k++) {
        memset(t[k].gradient, 0, t[k].n * sizeof(float));
    }
    for (size_t i = 0; i < recurrent_workspace(cells[b.kind], b.n, &b.shape); i++) {
        b.workspace[i] = NAN;
    }
    backward(&b);
    assert_same_bytes(&a, &b);
    free_rig(&a);
    free_rig(&b);
}
END_TEST

static void forward_of(void *rig) {
    forward(rig);
}

START_TEST(half_a_sequence_is_refused) {
    Rig r = make_rig(_i, 2, (RecurrentShape){ 3, 4, 6, false });
    r.n = 9;
    assert_refused(forward_of, &r, "3 inputs and 4 units on 9 rows in sequences of 6");
    r.n = 12;
    free_rig(&r);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("recurrent_time");
    TCase *t = tcase_create("cells");
    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, a_carried_state_equals_one_long_sequence, 0, 2 * CELLS);
    tcase_add_loop_test(t, a_gradient_handed_back_equals_one_long_sequence, 0, 2 * CELLS);
    tcase_add_loop_test(t, a_truncation_cuts_exactly_at_the_border, 0, 2 * CELLS);
    tcase_add_loop_test(t, a_state_may_be_carried_in_place, 0, CELLS * SIZES);
    tcase_add_loop_test(t, same_bytes_on_any_number_of_threads, 0, CELLS * SIZES);
    tcase_add_loop_test(t, null_is_zero_or_not_wanted, 0, CELLS);
    tcase_add_loop_test(t, backward_can_be_repeated, 0, CELLS * SIZES);
    tcase_add_loop_test(t, half_a_sequence_is_refused, 0, CELLS);
    suite_add_tcase(s, t);
    return s;
}
