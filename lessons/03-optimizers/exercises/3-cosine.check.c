// The oracle: beginning, middle and end, and the library.

#include "exercise.h"
#include "nn/optimizer.h"

float cosine_rate(float lr, long step, long total);

typedef float (*Answer)(float lr, long step, long total);

enum { TOTAL = 200 };

static bool near(float a, float b) {
    return fabsf(a - b) < 1e-5f;
}

static const char *judge(Answer answer) {
    const float lr = 0.3f;
    float begin = answer(lr, 0, TOTAL), middle = answer(lr, TOTAL / 2, TOTAL),
          end = answer(lr, TOTAL - 1, TOTAL);
    if (begin == 0.0f && middle == 0.0f && end == 0.0f) {
        return wrong("the rate is 0 at every step: nothing would be learned");
    }
    if (near(begin, middle) && near(middle, end)) {
        return wrong("the rate is %g at every step: step / total of two whole numbers is 0",
                     (double)begin);
    }
    if (!near(begin, lr)) {
        return wrong("the first step has the rate %g and not lr = 0.3", (double)begin);
    }
    if (end < 0.0f) {
        return wrong("the last step has the rate %g, uphill: the wave is to be lifted to between 0 "
                     "and lr",
                     (double)end);
    }
    if (near(end, lr) || end > 0.9f * lr) {
        return wrong("the last step has the rate %g, as large as the first: half a wave is meant, "
                     "not a whole one",
                     (double)end);
    }
    if (end > 0.01f * lr) {
        return wrong(
            "the last step has the rate %g, and it should be nearly 0: the argument of the "
            "cosine goes up to pi",
            (double)end);
    }
    if (end == 0.0f || answer(lr, TOTAL - 2, TOTAL) == 0.0f) {
        return wrong(
            "the last step has the rate 0 and is wasted: tau is step / total, and the steps "
            "end at total - 1");
    }
    for (long step = 0; step < TOTAL; step++) {
        float right = schedule_lr(COSINE, lr, step, TOTAL);
        if (!near(answer(lr, step, TOTAL), right)) {
            return wrong("both ends are right, but step %ld of %d has the rate %.4f and not %.4f",
                         step, TOTAL, (double)answer(lr, step, TOTAL), (double)right);
        }
    }
    return NULL;
}

// --- what learners write
// ---------------------------------------------------------------------------

static float lifted(float lr, double angle) {
    return (float)(0.5 * lr * (1.0 + cos(angle)));
}

static float whole_numbers(float lr, long step, long total) {
    return lifted(lr, 3.141592653589793 * (double)(step / total));
}

static float not_lifted(float lr, long step, long total) {
    return (float)(lr * cos(3.141592653589793 * (double)step / (double)total));
}

static float whole_wave(float lr, long step, long total) {
    return lifted(lr, 2.0 * 3.141592653589793 * (double)step / (double)total);
}

static float without_pi(float lr, long step, long total) {
    return lifted(lr, (double)step / (double)total);
}

static float not_halved(float lr, long step, long total) {
    return 2.0f * lifted(lr, 3.141592653589793 * (double)step / (double)total);
}

static float down_to_zero(float lr, long step, long total) {
    return step == total - 1 ? 0.0f
                             : lifted(lr, 3.141592653589793 * (double)step / (double)(total - 1));
}

static float straight(float lr, long step, long total) {
    return lr * (1.0f - (float)step / (float)total);
}

EXERCISE(Answer, judge, cosine_rate, { whole_numbers, "the rate is 0.3 at every step" },
         { not_lifted, "the last step has the rate -0.29" },
         { whole_wave, "the last step has the rate 0.299926, as large" },
         { without_pi, "the last step has the rate 0.23" },
         { not_halved, "the first step has the rate 0.6" },
         { down_to_zero, "the last step has the rate 0 and is wasted" },
         { straight, "both ends are right, but step" })
