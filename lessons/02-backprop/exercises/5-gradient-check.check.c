// The oracle: a loss whose gradient is known, and that gradient spoiled in the ways that have a
// known error.

#include "exercise.h"

double my_check(float *theta, const float *g, int n, double (*loss)(const float *theta, int n),
                float h);

typedef double Loss(const float *theta, int n);
typedef double (*Answer)(float *theta, const float *g, int n, Loss *loss, float h);

enum { N = 6 };
static const float start[N] = { 0.5f, -1.0f, 2.0f, 0.25f, -0.75f, 1.5f };
static const float step = 0.01f;
static double scale; // of the loss

// Curved, so that a difference to one side alone is seen to be one.
static double curved(const float *theta, int n) {
    double sum = 0.0;
    for (int i = 0; i < n; i++) {
        double t = theta[i];
        sum += scale * (0.5 * (i + 1) * t * t + sin(t));
    }
    return sum;
}

static void gradient(float *g) {
    for (int i = 0; i < N; i++) {
        g[i] = (float)(scale * ((i + 1) * start[i] + cos((double)start[i])));
    }
}

// The answer's error for factor times the gradient; what is wrong if theta has moved.
static double reported(Answer answer, double size, float factor, bool *moved) {
    float theta[N], g[N];
    scale = size;
    gradient(g);
    for (int i = 0; i < N; i++) {
        theta[i] = start[i];
        g[i] *= factor;
    }
    double error = answer(theta, g, N, curved, step);
    for (int i = 0; i < N; i++) {
        *moved = *moved || fabsf(theta[i] - start[i]) > 1e-6f;
    }
    return error;
}

static bool near(double a, double b) {
    return fabs(a - b) < 2e-3;
}

static const char *judge(Answer answer) {
    bool moved = false;
    double right = reported(answer, 1.0, 1.0f, &moved);
    double zero = reported(answer, 1.0, 0.0f, &moved);
    double flipped = reported(answer, 1.0, -1.0f, &moved);
    double doubled = reported(answer, 1.0, 2.0f, &moved);
    double halved = reported(answer, 1.0, 0.5f, &moved);
    double small = reported(answer, 1e-3, 0.0f, &moved);
    if (near(right, 0) && near(zero, 0) && near(flipped, 0)) {
        return wrong(
            "my_check says 0 of everything, of a gradient of zero too: it has not compared "
            "anything yet");
    }
    if (moved) {
        return wrong("theta is not what it was before the check: put every number back after its "
                     "two losses");
    }
    if (near(right, 0.5)) {
        return wrong("for the right gradient it reports 0.5: the two losses are 2h apart, not h");
    }
    if (near(right, 0) && near(zero, 1) && !near(small, 1)) {
        return wrong("for a loss a thousand times smaller a gradient of zero gets %.3g and not 1: "
                     "the error must not depend on the loss's scale",
                     small);
    }
    if (!isfinite(zero)) {
        return wrong("for a gradient of zero it reports %g: divided by the length of g alone",
                     zero);
    }
    if (near(right, 0) && near(doubled, 1)) {
        return wrong("for a doubled gradient it reports 1 and not 1/2: divide by the longer of the "
                     "two, not always by the measured one");
    }
    if (near(right, 0) && near(zero, 1) && near(flipped, 0)) {
        return wrong("a flipped sign is not seen, it gets 0 and not 2: compare the vectors, not "
                     "their lengths");
    }
    if (near(right, 0) && !near(zero, 1)) {
        return wrong(
            "a gradient of zero gets %.3g and not 1: a difference says nothing without the "
            "lengths to compare it with",
            zero);
    }
    if (!near(right, 0)) {
        return wrong("the right gradient gets %.3g, which should be nearly 0: are both losses "
                     "taken, at +h and at -h?",
                     right);
    }
    if (!near(flipped, 2) || !near(doubled, 0.5) || !near(halved, 0.5)) {
        return wrong(
            "flipped, doubled and halved gradients get %.3g, %.3g and %.3g, and not 2, 0.5 "
            "and 0.5",
            flipped, doubled, halved);
    }
    return NULL;
}

// --- what learners write
// ---------------------------------------------------------------------------

typedef enum { RIGHT, ONE_H, ONE_SIDED, NOT_BACK, OVER_MEASURED, OVER_G, ABSOLUTE, LENGTHS } Way;

static double in_a_way(Way way, float *theta, const float *g, int n, Loss *loss, float h) {
    double apart = 0.0, length_g = 0.0, length_m = 0.0;
    for (int i = 0; i < n; i++) {
        float kept = theta[i];
        theta[i] = kept + h;
        double above = loss(theta, n);
        theta[i] = way == ONE_SIDED ? kept : kept - h;
        double below = loss(theta, n);
        theta[i] = way == NOT_BACK ? theta[i] : kept;
        double m = (above - below) / (way == ONE_H || way == ONE_SIDED ? h : 2.0 * (double)h);
        apart += (g[i] - m) * (g[i] - m);
        length_g += (double)g[i] * g[i];
        length_m += m * m;
    }
    double a = sqrt(length_g), b = sqrt(length_m);
    return way == OVER_MEASURED ? sqrt(apart) / b
           : way == OVER_G      ? sqrt(apart) / a
           : way == ABSOLUTE    ? sqrt(apart)
           : way == LENGTHS     ? fabs(a - b) / fmax(a, b)
                                : sqrt(apart) / fmax(a, b);
}

#define IN_A_WAY(name, way)                                                                        \
    static double name(float *theta, const float *g, int n, Loss *loss, float h) {                 \
        return in_a_way(way, theta, g, n, loss, h);                                                \
    }
IN_A_WAY(one_h, ONE_H)
IN_A_WAY(one_sided, ONE_SIDED)
IN_A_WAY(not_back, NOT_BACK)
IN_A_WAY(over_measured, OVER_MEASURED)
IN_A_WAY(over_g, OVER_G)
IN_A_WAY(absolute, ABSOLUTE)
IN_A_WAY(lengths, LENGTHS)

EXERCISE(Answer, judge, my_check, { one_h, "for the right gradient it reports 0.5" },
         { one_sided, "the right gradient gets" }, { not_back, "theta is not what it was" },
         { over_measured, "for a doubled gradient it reports 1" },
         { over_g, "for a gradient of zero it reports" }, { absolute, "a gradient of zero gets" },
         { lengths, "a flipped sign is not seen" })
