// The oracle: the last row of the library's causal attention.

#include "base/rng.h"
#include "exercise.h"
#include "kernels/attention.h"

void look(float *y, float *p, const float *q, const float *k, const float *v, int n, int w);
void look_back(float *dq, float *dk, float *dv, const float *dy, const float *p, const float *q,
               const float *k, const float *v, int n, int w);

typedef struct {
    void (*forward)(float *y, float *p, const float *q, const float *k, const float *v, int n,
                    int w);
    void (*backward)(float *dq, float *dk, float *dv, const float *dy, const float *p,
                     const float *q, const float *k, const float *v, int n, int w);
} Answer;

static const Answer theirs = { look, look_back };

enum { N = 7, W = 5 };

// What goes in, and what should come out.
typedef struct {
    float q[W], k[N * W], v[N * W], dy[W], y[W], p[N], dq[W], dk[N * W], dv[N * W];
} Case;

static Case make_case(float size) {
    static float workspace[1 << 20];
    const AttentionShape shape = { W, 1, N, true };
    float x[N * 3 * W], dx[N * 3 * W], y[N * W], dy[N * W] = { 0.0f }, p[N * N];
    Rng rng = rng_create(3, RNG_DATA);
    Case c;
    rng_fill_normal(&rng, x, N * 3 * W, 0.5f, 1.0f);
    rng_fill_normal(&rng, c.dy, W, 0.0f, 1.0f);
    for (int i = 0; i < W; i++) {
        x[(N - 1) * 3 * W + i] *= size;
    }
    memcpy(dy + (N - 1) * W, c.dy, sizeof c.dy);
    attention_forward(y, x, N, &shape, workspace);
    attention_backward(dx, dy, x, N, &shape, workspace);
    attention_weights(p, x, 0, &shape, workspace);
    memcpy(c.q, x + (N - 1) * 3 * W, sizeof c.q);
    memcpy(c.dq, dx + (N - 1) * 3 * W, sizeof c.dq);
    memcpy(c.y, y + (N - 1) * W, sizeof c.y);
    memcpy(c.p, p + (N - 1) * N, sizeof c.p);
    for (int j = 0; j < N; j++) {
        memcpy(c.k + j * W, x + j * 3 * W + W, sizeof c.q);
        memcpy(c.v + j * W, x + j * 3 * W + 2 * W, sizeof c.q);
        memcpy(c.dk + j * W, dx + j * 3 * W + W, sizeof c.q);
        memcpy(c.dv + j * W, dx + j * 3 * W + 2 * W, sizeof c.q);
    }
    return c;
}

// --- what learners write --------------------------------------------------------------------------

static void weigh(float *y, float *p, const float *q, const float *k, const float *v, int n, int w,
                  float scale, float off) {
    float sum = 0.0f;
    for (int j = 0; j < n; j++) {
        p[j] = 0.0f;
        for (int c = 0; c < w; c++) {
            p[j] += q[c] * k[j * w + c] * scale;
        }
        p[j] = expf(p[j] - off);
        sum += p[j];
    }
    fill(y, (size_t)w, 0.0f);
    for (int j = 0; j < n; j++) {
        p[j] /= sum;
        for (int c = 0; c < w; c++) {
            y[c] += p[j] * v[j * w + c];
        }
    }
}

static void right(float *y, float *p, const float *q, const float *k, const float *v, int n,
                  int w) {
    float largest = 0.0f;
    for (int j = 0; j < n; j++) {
        float s = 0.0f;
        for (int c = 0; c < w; c++) {
            s += q[c] * k[j * w + c] / sqrtf((float)w);
        }
        largest = fmaxf(largest, s);
    }
    weigh(y, p, q, k, v, n, w, 1.0f / sqrtf((float)w), largest);
}

static void nothing(float *y, float *p, const float *q, const float *k, const float *v, int n,
                    int w) {
    (void)q, (void)k, (void)v;
    fill(y, (size_t)w, 0.0f);
    fill(p, (size_t)n, 0.0f);
}

static void overflows(float *y, float *p, const float *q, const float *k, const float *v, int n,
                      int w) {
    weigh(y, p, q, k, v, n, w, 1.0f / sqrtf((float)w), 0.0f);
}

static void unscaled(float *y, float *p, const float *q, const float *k, const float *v, int n,
                     int w) {
    weigh(y, p, q, k, v, n, w, 1.0f, 0.0f);
}

// `mean`: whether the mean of dp is taken off; `scale` of the scores' gradient.
static void go_back(float *dq, float *dk, float *dv, const float *dy, const float *p,
                    const float *q, const float *k, const float *v, int n, int w, bool mean,
                    float scale) {
    float dp[N], m = 0.0f;
    for (int j = 0; j < n; j++) {
        dp[j] = 0.0f;
        for (int c = 0; c < w; c++) {
            dp[j] += dy[c] * v[j * w + c];
        }
        m += p[j] * dp[j];
    }
    fill(dq, (size_t)w, 0.0f);
    for (int j = 0; j < n; j++) {
        float ds = p[j] * (dp[j] - (mean ? m : 0.0f)) * scale;
        for (int c = 0; c < w; c++) {
            dv[j * w + c] = p[j] * dy[c];
            dk[j * w + c] = ds * q[c];
            dq[c] += ds * k[j * w + c];
        }
    }
}

static void right_back(float *dq, float *dk, float *dv, const float *dy, const float *p,
                       const float *q, const float *k, const float *v, int n, int w) {
    go_back(dq, dk, dv, dy, p, q, k, v, n, w, true, 1.0f / sqrtf((float)w));
}

static void no_mean(float *dq, float *dk, float *dv, const float *dy, const float *p,
                    const float *q, const float *k, const float *v, int n, int w) {
    go_back(dq, dk, dv, dy, p, q, k, v, n, w, false, 1.0f / sqrtf((float)w));
}

static void no_scale(float *dq, float *dk, float *dv, const float *dy, const float *p,
                     const float *q, const float *k, const float *v, int n, int w) {
    go_back(dq, dk, dv, dy, p, q, k, v, n, w, true, 1.0f);
}

static void unweighted(float *dq, float *dk, float *dv, const float *dy, const float *p,
                       const float *q, const float *k, const float *v, int n, int w) {
    right_back(dq, dk, dv, dy, p, q, k, v, n, w);
    for (int i = 0; i < n * w; i++) {
        dv[i] = dy[i % w];
    }
}

// --- the judge --------------------------------------------------------------------------------------

static const char *judge_forward(Answer a, const Case *c) {
    float y[W], p[N], sum = 0.0f, raw_y[W], raw_p[N];
    fill(y, W, NAN);
    fill(p, N, NAN);
    a.forward(y, p, c->q, c->k, c->v, N, W);
    for (int j = 0; j < N; j++) {
        sum += p[j];
    }
    if (!(fabsf(sum - 1.0f) < 1e-4f)) {
        return wrong("the weights add up to %g, and not to 1", (double)sum);
    }
    unscaled(raw_y, raw_p, c->q, c->k, c->v, N, W);
    if (alike(p, raw_p, N)) {
        return wrong("the scores are not divided by sqrt(w)");
    }
    if (!alike(p, c->p, N)) {
        return wrong("the weights are not right: the first one is %.4f, and should be %.4f",
                     (double)p[0], (double)c->p[0]);
    }
    return alike(y, c->y, W) ? NULL : wrong("the weights are right, and their sum y is not");
}

static const char *judge_backward(Answer a, const Case *c) {
    float dq[W], dk[N * W], dv[N * W], like_q[W], like_k[N * W], like_v[N * W];
    fill(dq, W, NAN);
    fill(dk, N * W, NAN);
    fill(dv, N * W, NAN);
    a.backward(dq, dk, dv, c->dy, c->p, c->q, c->k, c->v, N, W);
    if (!alike(dv, c->dv, N * W)) {
        return wrong("dv is not right: each value has gone into y with its weight");
    }
    no_mean(like_q, like_k, like_v, c->dy, c->p, c->q, c->k, c->v, N, W);
    if (alike(dk, like_k, N * W)) {
        return wrong("softmax is passed as if each weight depended on its own score alone: the sum "
                     "of p dp is missing");
    }
    no_scale(like_q, like_k, like_v, c->dy, c->p, c->q, c->k, c->v, N, W);
    if (alike(dk, like_k, N * W)) {
        return wrong("dk is too long by sqrt(w): the scores were divided by it");
    }
    if (!alike(dk, c->dk, N * W)) {
        return wrong("dv is right, and dk is not");
    }
    return alike(dq, c->dq, W) ? NULL : wrong("dk is right, and dq is not");
}

static const char *judge(Answer a) {
    Case usual = make_case(1.0f), large = make_case(200.0f);
    const char *said = judge_forward(a, &usual);
    float y[W], p[N];
    if (!said) {
        a.forward(y, p, large.q, large.k, large.v, N, W);
        if (!all_finite(y, W) || !alike(y, large.y, W)) {
            said = wrong("with large scores, of some hundreds, y is %g: take the largest off first",
                         (double)y[0]);
        }
    }
    return said ? said : judge_backward(a, &usual);
}

EXERCISE(Answer, judge, theirs, { { nothing, right_back }, "the weights add up to 0" },
         { { unscaled, right_back }, "the scores are not divided" },
         { { overflows, right_back }, "with large scores" },
         { { right, unweighted }, "dv is not right" }, { { right, no_mean }, "softmax is passed" },
         { { right, no_scale }, "dk is too long" })
