// The oracle: differences of the loss, to both sides of the corner, and at it.

#include "exercise.h"

float hinge_slope(float s, float t);

typedef float (*Answer)(float s, float t);

static float loss(float s, float t) {
    return fmaxf(0.0f, 1.0f - t * s);
}

static const char *judge(Answer answer) {
    bool zero = true;
    for (int i = -12; i <= 12; i++) {
        zero = zero && answer((float)i * 0.25f, 1.0f) == 0.0f;
    }
    if (zero) {
        return wrong("hinge_slope is 0 for every score, so nothing would ever be learned");
    }
    if (answer(-1.0f, 1.0f) > 0.0f && answer(-1.0f, 1.0f) == -answer(1.0f, -1.0f)) {
        return wrong("the sign is wrong: with t = 1 a larger score makes the loss smaller, so its "
                     "slope is negative");
    }
    if (answer(0.5f, 1.0f) == 0.0f && answer(-0.5f, 1.0f) == -1.0f) {
        return wrong(
            "a margin of 0.5 gets the slope 0: that is the perceptron's rule, content with "
            "any positive margin; the hinge wants 1");
    }
    if (answer(1.0f, 1.0f) != 0.0f && answer(1.25f, 1.0f) == 0.0f) {
        return wrong("at the corner, t s = 1, the slope is %g and not 0: an example that has its "
                     "margin is left in peace",
                     (double)answer(1.0f, 1.0f));
    }
    if (answer(-3.0f, -1.0f) != 0.0f && answer(3.0f, 1.0f) == 0.0f) {
        return wrong(
            "with t = -1 a score of -3 is right by 3, and its slope is %g and not 0: it is "
            "the margin t s that counts, not the score",
            (double)answer(-3.0f, -1.0f));
    }
    if (answer(0.0f, 1.0f) != answer(-2.0f, 1.0f)) {
        return wrong("the slope grows with the mistake, %g at the score 0 and %g at -2: the hinge "
                     "is a straight line there",
                     (double)answer(0.0f, 1.0f), (double)answer(-2.0f, 1.0f));
    }
    for (int t = -1; t <= 1; t += 2) {
        for (int i = -12; i <= 12; i++) {
            float s = 0.25f * (float)i, h = 0.0625f, truth = (float)t;
            float measured =
                t * i == 4 ? 0.0f : (loss(s + h, truth) - loss(s - h, truth)) / (2.0f * h);
            if (!(fabsf(answer(s, truth) - measured) < 1e-4f)) {
                return wrong("at the score %g with t = %d the slope is %g, and differences of the "
                             "loss say %g",
                             (double)s, t, (double)answer(s, truth), (double)measured);
            }
        }
    }
    return NULL;
}

// --- what learners write
// ---------------------------------------------------------------------------

static float of_the_perceptron(float s, float t) {
    return t * s <= 0.0f ? -t : 0.0f;
}

static float uphill(float s, float t) {
    return t * s < 1.0f ? t : 0.0f;
}

static float at_the_corner(float s, float t) {
    return t * s <= 1.0f ? -t : 0.0f;
}

static float of_the_score(float s, float t) {
    return s < 1.0f ? -t : 0.0f;
}

static float squared(float s, float t) {
    return t * s < 1.0f ? -2.0f * t * (1.0f - t * s) : 0.0f;
}

EXERCISE(Answer, judge, hinge_slope, { of_the_perceptron, "a margin of 0.5 gets the slope 0" },
         { uphill, "the sign is wrong" }, { at_the_corner, "at the corner" },
         { of_the_score, "with t = -1 a score of -3" },
         { squared, "the slope grows with the mistake" })
