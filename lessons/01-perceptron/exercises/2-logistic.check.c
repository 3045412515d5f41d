// The oracle: the formula in double, differences of the loss, and scores far out.

#include "exercise.h"

float logistic_loss(float s, float t);
float logistic_slope(float s, float t);

typedef struct {
    float (*loss)(float s, float t);
    float (*slope)(float s, float t);
} Answer;

static double true_loss(double s, double t) {
    return fmax(0.0, -t * s) + log1p(exp(-fabs(t * s)));
}

static bool near(double a, double b) {
    return fabs(a - b) < 1e-4 + 1e-4 * fabs(b);
}

static const char *judge_loss(Answer a) {
    bool zero = true;
    for (int i = -4; i <= 4; i++) {
        zero = zero && a.loss((float)i, 1.0f) == 0.0f;
    }
    if (zero) {
        return wrong("logistic_loss is 0 for every score: it is not written yet");
    }
    float one = a.loss(2.0f, 1.0f), other = a.loss(2.0f, -1.0f);
    if (near(one, true_loss(2, -1)) && near(other, true_loss(2, 1))) {
        return wrong("logistic_loss takes right for wrong: a score of 2 with t = 1 costs %g, and "
                     "with t = -1 only %g",
                     (double)one, (double)other);
    }
    for (int i = -4; i <= 4; i++) {
        for (int t = -1; t <= 1; t += 2) {
            float said = a.loss((float)i, (float)t);
            if (!near(said, true_loss(i, t))) {
                return wrong("logistic_loss(%d, %d) is %g and should be %.4f", i, t, (double)said,
                             true_loss(i, t));
            }
        }
    }
    float far = a.loss(-100.0f, 1.0f);
    if (!near(far, 100.0)) {
        return wrong("logistic_loss(-100, 1) is %g and not 100: exp(100) is infinite in a float, "
                     "and the logarithm does not bring it back",
                     (double)far);
    }
    far = a.loss(10000.0f, 1.0f);
    if (!(fabsf(far) < 1e-6f)) {
        return wrong("logistic_loss(10000, 1) is %g and not 0", (double)far);
    }
    return near(a.loss(-10000.0f, 1.0f), 10000.0)
               ? NULL
               : wrong("logistic_loss(-10000, 1) is %g and not 10000",
                       (double)a.loss(-10000.0f, 1.0f));
}

static const char *judge_slope(Answer a) {
    for (int i = -4; i <= 4; i++) {
        for (int t = 1; t >= -1; t -= 2) {
            double s = 0.5 * i, measured = (true_loss(s + 1e-5, t) - true_loss(s - 1e-5, t)) / 2e-5;
            float said = a.slope((float)s, (float)t);
            if (t == 1 && near(said, -measured)) {
                return wrong("logistic_slope has the wrong sign: with t = 1 a larger score makes "
                             "the loss smaller, so the slope is negative");
            }
            if (t == -1 && !near(said, measured)) {
                if (near(a.slope((float)s, 1.0f),
                         (true_loss(s + 1e-5, 1) - true_loss(s - 1e-5, 1)) / 2e-5)) {
                    return wrong(
                        "logistic_slope is right for t = 1, and for t = -1 it is %.4f where "
                        "the loss changes by %.4f",
                        (double)said, measured);
                }
            }
            if (!near(said, measured)) {
                return wrong("at the score %g with t = %d the slope is %g, and differences of the "
                             "loss say %.4f",
                             s, t, (double)said, measured);
            }
        }
    }
    for (int t = -1; t <= 1; t += 2) {
        float right = a.slope(10000.0f * (float)t, (float)t),
              not_right = a.slope(-10000.0f * (float)t, (float)t);
        if (!(fabsf(right) < 1e-6f) || !near(not_right, -t)) {
            return wrong("logistic_slope at a score of 10,000 is %g where the answer is right and "
                         "%g where it is wrong, and not 0 and %d: infinity over infinity is no "
                         "number",
                         (double)right, (double)not_right, -t);
        }
    }
    return NULL;
}

static const char *judge(Answer a) {
    const char *said = judge_loss(a);
    return said ? said : judge_slope(a);
}

// --- what learners write
// ---------------------------------------------------------------------------

static float right_loss(float s, float t) {
    return (float)true_loss((double)s, (double)t);
}

static float right_slope(float s, float t) {
    return -t / (1.0f + expf(t * s));
}

static float as_it_stands(float s, float t) {
    return logf(1.0f + expf(-t * s));
}

static float other_sign(float s, float t) {
    return right_loss(-s, t);
}

static float base_two(float s, float t) {
    return right_loss(s, t) / logf(2.0f);
}

static float uphill(float s, float t) {
    return -right_slope(s, t);
}

static float both_infinite(float s, float t) {
    return -t * expf(-t * s) / (1.0f + expf(-t * s));
}

static float labels_0_and_1(float s, float t) {
    return 1.0f / (1.0f + expf(-s)) - (t > 0.0f ? 1.0f : -1.0f);
}

static float of_the_margin(float s, float t) {
    return -1.0f / (1.0f + expf(t * s));
}

EXERCISE(Answer, judge, ((Answer){ .loss = logistic_loss, .slope = logistic_slope }),
         { { as_it_stands, right_slope }, "logistic_loss(-100, 1) is inf" },
         { { other_sign, right_slope }, "logistic_loss takes right for wrong" },
         { { base_two, right_slope }, "logistic_loss(-4, -1) is" },
         { { right_loss, uphill }, "logistic_slope has the wrong sign" },
         { { right_loss, of_the_margin },
           "logistic_slope is right for t = 1, and for t = -1 it is -0.1192" },
         { { right_loss, labels_0_and_1 },
           "logistic_slope is right for t = 1, and for t = -1 it is 1.1192" },
         { { right_loss, both_infinite }, "logistic_slope at a score of 10,000" })
