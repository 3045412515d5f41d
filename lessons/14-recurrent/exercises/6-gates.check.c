// The oracle: differences of L = Σ dh∘h + Σ dc∘c, in double.

#include "base/rng.h"
#include "exercise.h"

void gates_back(float *da, float *dc_old, const float *dh, const float *dc, const float *gates,
                const float *c_old, const float *c, int H);

typedef void (*Answer)(float *da, float *dc_old, const float *dh, const float *dc,
                       const float *gates, const float *c_old, const float *c, int H);

enum { UNITS = 6 };

// What is left out, or done wrong, by whom.
typedef struct {
    float by_h, by_c;       // 0: this way into c is forgotten
    bool slope_of_sigmoids; // s (1 - s) at i, f, o
    bool slope_of_tanh;     // 1 - g² at g; else that of a sigmoid
    bool new_memory;        // the forget gate is given c in place of c_old
    bool kept;              // dc_old has the factor f
} Mistake;
static const Mistake none = { 1.0f, 1.0f, true, true, false, true };

static void back(const Mistake *m, float *da, float *dc_old, const float *dh, const float *dc,
                 const float *gates, const float *c_old, const float *c, int H) {
    for (int k = 0; k < H; k++) {
        float i = gates[k], f = gates[H + k], g = gates[2 * H + k], o = gates[3 * H + k];
        float shown = tanhf(c[k]);
        float all = m->by_c * dc[k] + m->by_h * dh[k] * o * (1.0f - shown * shown);
        da[k] = all * g * (m->slope_of_sigmoids ? i * (1.0f - i) : 1.0f);
        da[H + k] = all * (m->new_memory ? c[k] : c_old[k]) *
                    (m->slope_of_sigmoids ? f * (1.0f - f) : 1.0f);
        da[2 * H + k] = all * i * (m->slope_of_tanh ? 1.0f - g * g : g * (1.0f - g));
        da[3 * H + k] = dh[k] * shown * (m->slope_of_sigmoids ? o * (1.0f - o) : 1.0f);
        dc_old[k] = all * (m->kept ? f : 1.0f);
    }
}

// --- what learners write --------------------------------------------------------------------------

#define ARGUMENTS                                                                                  \
    float *da, float *dc_old, const float *dh, const float *dc, const float *gates,                \
        const float *c_old, const float *c, int H
#define WITH(mistake) back(&(mistake), da, dc_old, dh, dc, gates, c_old, c, H)

static const Mistake by_c_alone = { 0.0f, 1.0f, true, true, false, true },
                     by_h_alone = { 1.0f, 0.0f, true, true, false, true },
                     no_slopes = { 1.0f, 1.0f, false, true, false, true },
                     one_slope = { 1.0f, 1.0f, true, false, false, true },
                     memory_behind = { 1.0f, 1.0f, true, true, true, true },
                     not_kept = { 1.0f, 1.0f, true, true, false, false };

static void nothing(ARGUMENTS) {
    (void)dh, (void)dc, (void)gates, (void)c_old, (void)c;
    fill(da, (size_t)(4 * H), 0.0f);
    fill(dc_old, (size_t)H, 0.0f);
}

static void without_h(ARGUMENTS) {
    WITH(by_c_alone);
}

static void without_c(ARGUMENTS) {
    WITH(by_h_alone);
}

static void without_slopes(ARGUMENTS) {
    WITH(no_slopes);
}

static void sigmoid_everywhere(ARGUMENTS) {
    WITH(one_slope);
}

static void wrong_memory(ARGUMENTS) {
    WITH(memory_behind);
}

static void nothing_forgotten(ARGUMENTS) {
    WITH(not_kept);
}

static void another_order(ARGUMENTS) {
    WITH(none);
    for (int k = 0; k < H; k++) {
        float i = da[k];
        da[k] = da[H + k];
        da[H + k] = i;
    }
}

// --- the judge --------------------------------------------------------------------------------------

static double logistic(double a) {
    return 1.0 / (1.0 + exp(-a));
}

// The loss of one unit. a: its four sums.
static double unit_loss(const double *a, double c_old, double dh, double dc) {
    double c = logistic(a[1]) * c_old + logistic(a[0]) * tanh(a[2]);
    return dh * logistic(a[3]) * tanh(c) + dc * c;
}

typedef struct {
    float a[4 * UNITS], gates[4 * UNITS], c_old[UNITS], c[UNITS], dh[UNITS], dc[UNITS];
    float da[4 * UNITS], dc_old[UNITS]; // the truth
} Case;

static Case make_case(void) {
    Case s;
    Rng rng = rng_create(6, RNG_DATA);
    rng_fill_normal(&rng, s.a, 4 * UNITS, 0.0f, 1.0f);
    rng_fill_normal(&rng, s.c_old, UNITS, 0.0f, 1.0f);
    rng_fill_normal(&rng, s.dh, UNITS, 0.0f, 1.0f);
    rng_fill_normal(&rng, s.dc, UNITS, 0.0f, 1.0f);
    for (int k = 0; k < UNITS; k++) {
        const double h = 1e-5;
        double a[4];
        for (int j = 0; j < 4; j++) {
            a[j] = s.a[j * UNITS + k];
            s.gates[j * UNITS + k] = (float)(j == 2 ? tanh(a[j]) : logistic(a[j]));
        }
        s.c[k] = (float)(logistic(a[1]) * s.c_old[k] + logistic(a[0]) * tanh(a[2]));
        for (int j = 0; j < 5; j++) {
            double c_up = s.c_old[k] + (j == 4 ? h : 0.0), c_down = s.c_old[k] - (j == 4 ? h : 0.0);
            double up[4], down[4];
            memcpy(up, a, sizeof a);
            memcpy(down, a, sizeof a);
            if (j < 4) {
                up[j] += h;
                down[j] -= h;
            }
            double slope = (unit_loss(up, c_up, s.dh[k], s.dc[k]) -
                            unit_loss(down, c_down, s.dh[k], s.dc[k])) /
                           (2.0 * h);
            *(j < 4 ? &s.da[j * UNITS + k] : &s.dc_old[k]) = (float)slope;
        }
    }
    return s;
}

static bool is_like(const Mistake *m, const Case *s, const float *da, const float *dc_old) {
    float da2[4 * UNITS], dc2[UNITS];
    back(m, da2, dc2, s->dh, s->dc, s->gates, s->c_old, s->c, UNITS);
    return alike(da, da2, 4 * UNITS) && alike(dc_old, dc2, UNITS);
}

static const char *judge(Answer answer) {
    static const struct {
        const Mistake *mistake;
        const char *message;
    } known[] = {
        { &by_c_alone, "c has a second way to the loss, by h = o tanh(c): dh must reach it, too" },
        { &by_h_alone,
          "dc, which comes from the step behind, has not been added to what dh sends" },
        { &no_slopes, "i, f and o are sigmoids of their sums: the factor s (1 - s) is missing" },
        { &one_slope, "g is a tanh: its slope is 1 - g^2, not g (1 - g)" },
        { &memory_behind,
          "the forget gate multiplies the old memory: its gradient has c_old in it" },
        { &not_kept, "c_old stands in c with the factor f: dc_old must have it, too" },
    };
    Case s = make_case();
    float da[4 * UNITS], dc_old[UNITS];
    fill(da, 4 * UNITS, 7.0f);
    fill(dc_old, UNITS, 7.0f);
    answer(da, dc_old, s.dh, s.dc, s.gates, s.c_old, s.c, UNITS);
    if (difference(da, s.da, 4 * UNITS) < 1e-3 && difference(dc_old, s.dc_old, UNITS) < 1e-3) {
        return NULL;
    }
    if (all_equal(da, 4 * UNITS, 0.0f) && all_equal(dc_old, UNITS, 0.0f)) {
        return wrong("da and dc_old are zero everywhere: nothing has come through the gates");
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (is_like(known[i].mistake, &s, da, dc_old)) {
            return wrong("%s", known[i].message);
        }
    }
    static const char *const names[] = { "i", "f", "g", "o" };
    for (int j = 0; j < 4; j++) {
        double apart = difference(da + j * UNITS, s.da + j * UNITS, UNITS);
        if (apart >= 1e-3) {
            return wrong("da of %s differs from the slopes by %.2g of its length (the order of the "
                         "rows is i, f, g, o)",
                         names[j], apart);
        }
    }
    return wrong("da is right; dc_old differs from the slopes");
}

EXERCISE(Answer, judge, gates_back, { nothing, "da and dc_old are zero" },
         { without_h, "c has a second way" }, { without_c, "dc, which comes from the step behind" },
         { without_slopes, "i, f and o are sigmoids" }, { sigmoid_everywhere, "g is a tanh" },
         { wrong_memory, "the forget gate multiplies the old memory" },
         { nothing_forgotten, "c_old stands in c with the factor f" },
         { another_order, "da of i differs" })
