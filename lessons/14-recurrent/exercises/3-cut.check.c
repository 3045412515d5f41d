// The oracle: finite differences. For a whole sequence, of the loss; for pieces, of each piece's loss with the state
// that it begins with held fixed.

#include "exercise.h"

float slope_of_u(float w, float u, const float *x, const float *c, int T, int piece);

typedef float (*Answer)(float w, float u, const float *x, const float *c, int T, int piece);

enum { MOST = 100 };

// What can go wrong with the way through time.
typedef struct {
    bool cut, carry, slope;
    int late; // cuts so many steps away from the border
} Way;

static float through_time(float w, float u, const float *x, const float *c, int T, int piece,
                          Way way) {
    float h[MOST + 1] = { 0.0f }, dh = 0.0f, du = 0.0f;
    for (int t = 1; t <= T; t++) {
        float before = !way.carry && (t - 1) % piece == 0 ? 0.0f : h[t - 1];
        h[t] = tanhf(w * x[t - 1] + u * before);
    }
    for (int t = T; t >= 1; t--) {
        dh = way.cut && (t + way.late) % piece == 0 ? 0.0f : dh;
        float da = (c[t - 1] + dh) * (way.slope ? 1.0f - h[t] * h[t] : 1.0f);
        du += da * (!way.carry && (t - 1) % piece == 0 ? 0.0f : h[t - 1]);
        dh = u * da;
    }
    return du;
}

// --- what learners write --------------------------------------------------------------------------

static float nothing(float w, float u, const float *x, const float *c, int T, int piece) {
    (void)w, (void)u, (void)x, (void)c, (void)T, (void)piece;
    return 0.0f;
}

static float never_cut(float w, float u, const float *x, const float *c, int T, int piece) {
    return through_time(w, u, x, c, T, piece, (Way){ false, true, true, 0 });
}

static float state_cut_too(float w, float u, const float *x, const float *c, int T, int piece) {
    return through_time(w, u, x, c, T, piece, (Way){ true, false, true, 0 });
}

static float one_late(float w, float u, const float *x, const float *c, int T, int piece) {
    return through_time(w, u, x, c, T, piece, (Way){ true, true, true, 1 });
}

static float no_slope(float w, float u, const float *x, const float *c, int T, int piece) {
    return through_time(w, u, x, c, T, piece, (Way){ true, true, false, 0 });
}

static float one_step(float w, float u, const float *x, const float *c, int T, int piece) {
    (void)piece;
    return through_time(w, u, x, c, T, 1, (Way){ true, true, true, 0 });
}

// --- the judge --------------------------------------------------------------------------------------

// Measured: the loss of steps from … to-1, with the state before them fixed.
static double measured(double w, double u, const float *x, const float *c, int T, int piece) {
    enum { SIDES = 2 };
    const double step = 1e-5;
    double h[MOST + 1] = { 0.0 }, du = 0.0;
    for (int t = 1; t <= T; t++) {
        h[t] = tanh(w * (double)x[t - 1] + u * h[t - 1]);
    }
    for (int from = 0; from < T; from += piece) {
        double loss[SIDES] = { 0.0 };
        for (int side = 0; side < SIDES; side++) {
            double state = h[from], moved = side ? u + step : u - step;
            for (int t = from; t < T && t < from + piece; t++) {
                state = tanh(w * (double)x[t] + moved * state);
                loss[side] += (double)c[t] * state;
            }
        }
        du += (loss[1] - loss[0]) / (2.0 * step);
    }
    return du;
}

static bool near(double a, double b) {
    return fabs(a - b) < 2e-3 * (1.0 + fabs(b));
}

static const char *judge(Answer answer) {
    enum { T = 24 };
    float x[T], c[T];
    for (int t = 0; t < T; t++) {
        x[t] = sinf(1.7f * (float)t) + 0.3f;
        c[t] = cosf(0.9f * (float)t) + 0.4f;
    }
    const float w = 0.6f, u = 0.9f;
    double whole = measured(w, u, x, c, T, T), said = answer(w, u, x, c, T, T);
    if (said == 0.0) {
        return wrong("du is 0: every step adds da times the state before it");
    }
    if (near(said, (double)no_slope(w, u, x, c, T, T))) {
        return wrong("the slope of tanh, 1 - h², is missing in da");
    }
    if (near(said, measured(w, u, x, c, T, 1))) {
        return wrong("in one piece of %d steps du is %.4f, and yours is %.4f: no gradient goes "
                     "from a step to "
                     "the one before it",
                     T, whole, said);
    }
    if (near(said, (double)one_late(w, u, x, c, T, T)) && !near(said, whole)) {
        return wrong(
            "the cut is one step away from the border: step `piece` is the last one of the first "
            "piece, and gets nothing from behind");
    }
    if (!near(said, whole)) {
        return wrong("in one piece of %d steps du must be %.4f, as measured, and yours is %.4f", T,
                     whole, said);
    }
    for (int piece = 5; piece <= 12; piece++) {
        double cut = measured(w, u, x, c, T, piece);
        said = answer(w, u, x, c, T, piece);
        if (near(said, whole) && !near(cut, whole)) {
            return wrong("in pieces of %d steps du is the same as in one piece: nothing is cut",
                         piece);
        }
        if (near(said, (double)state_cut_too(w, u, x, c, T, piece)) && !near(said, cut)) {
            return wrong(
                "the states are cut, too: a piece begins with the state in which the one before "
                "has ended, and not with 0");
        }
        if (!near(said, cut)) {
            return wrong("in pieces of %d steps du must be %.4f, and yours is %.4f", piece, cut,
                         said);
        }
    }
    return NULL;
}

EXERCISE(Answer, judge, slope_of_u, { nothing, "du is 0" },
         { never_cut, "in pieces of 5 steps du is the same" },
         { state_cut_too, "the states are cut, too" }, { one_late, "the cut is one step away" },
         { no_slope, "the slope of tanh" }, { one_step, "in one piece of 24 steps du is" })
