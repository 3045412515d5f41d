// The oracle: scores made by hand, and the library's wasserstein.

#include "exercise.h"
#include "nn/loss.h"

float critic_loss(float *d_real, float *d_fake, const float *s_real, const float *s_fake, int n);

typedef float (*Answer)(float *d_real, float *d_fake, const float *s_real, const float *s_fake,
                        int n);

enum { N = 4 };
static const float real[N] = { 3.0f, -0.5f, 2.0f, 1.5f }, fake[N] = { -1.0f, 0.25f, 4.0f, -2.0f };

static const char *judge_gradient(const float *d_real, const float *d_fake) {
    if (all_equal(d_real, N, -9.0f) || all_equal(d_fake, N, -9.0f)) {
        return wrong("d_real or d_fake is left as it was: the gradient is not written yet");
    }
    if (all_equal(d_real, N, 1.0f / N) && all_equal(d_fake, N, -1.0f / N)) {
        return wrong("the gradient has the wrong sign: a higher score of a real example makes the "
                     "loss smaller, so its slope is negative");
    }
    if (all_equal(d_real, N, -1.0f) && all_equal(d_fake, N, 1.0f)) {
        return wrong("the gradient is %d times too long: each score is one of n in a mean", N);
    }
    if (all_equal(d_real, N, d_real[0]) && all_equal(d_fake, N, d_fake[0])) {
        return all_equal(d_real, N, -1.0f / N) && all_equal(d_fake, N, 1.0f / N)
                   ? NULL
                   : wrong("d_real is %g and d_fake %g everywhere; they are -1/n and 1/n",
                           (double)d_real[0], (double)d_fake[0]);
    }
    return wrong("the gradient depends on the scores: is there a sigmoid left from lesson 6? A "
                 "critic's loss is a mean of scores, and a mean has "
                 "the same slope everywhere");
}

static const char *judge(Answer answer) {
    float d_real[N], d_fake[N], unused[N];
    fill(d_real, N, -9.0f);
    fill(d_fake, N, -9.0f);
    float loss = answer(d_real, d_fake, real, fake, N);
    float right = wasserstein(unused, real, 1.0f, N) + wasserstein(unused, fake, -1.0f, N);
    const char *said = judge_gradient(d_real, d_fake);
    if (said) {
        return said;
    }
    if (fabsf(loss + right) < 1e-5f) {
        return wrong("the gradient is right, but the loss has the wrong sign: it is the mean of "
                     "the generated less that of the real");
    }
    if (!(fabsf(loss - right) < 1e-5f)) {
        return wrong("the gradient is right, but the loss of the scores is %g, and this says %g",
                     (double)right, (double)loss);
    }
    return NULL;
}

// --- what learners write --------------------------------------------------------------------------

static float write_both(float *d_real, float *d_fake, float of_real, float of_fake) {
    fill(d_real, N, of_real);
    fill(d_fake, N, of_fake);
    float unused[N];
    return wasserstein(unused, real, 1.0f, N) + wasserstein(unused, fake, -1.0f, N);
}

#define HEAD(name)                                                                                 \
    static float name(float *d_real, float *d_fake, const float *s_real, const float *s_fake, int n)

HEAD(flipped) {
    (void)s_real, (void)s_fake;
    return write_both(d_real, d_fake, 1.0f / (float)n, -1.0f / (float)n);
}

HEAD(summed) {
    (void)s_real, (void)s_fake, (void)n;
    return write_both(d_real, d_fake, -1.0f, 1.0f);
}

HEAD(with_sigmoid) {
    float loss = write_both(d_real, d_fake, 0.0f, 0.0f);
    for (int i = 0; i < n; i++) {
        d_real[i] = (1.0f / (1.0f + expf(-s_real[i])) - 1.0f) / (float)n;
        d_fake[i] = 1.0f / (1.0f + expf(-s_fake[i])) / (float)n;
    }
    return loss;
}

HEAD(estimate) {
    (void)s_real, (void)s_fake;
    return -write_both(d_real, d_fake, -1.0f / (float)n, 1.0f / (float)n);
}

EXERCISE(Answer, judge, critic_loss, { flipped, "the gradient has the wrong sign" },
         { summed, "the gradient is 4 times too long" },
         { with_sigmoid, "the gradient depends on the scores" },
         { estimate, "the gradient is right, but the loss has the wrong sign" })
