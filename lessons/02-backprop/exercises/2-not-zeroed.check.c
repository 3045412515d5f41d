// The oracle: the lesson's own backward pass, called a second time on another batch.

#include "exercise.h"
#include "../backprop.c"

void backward(Mlp *m, const float *x, int n);

typedef void (*Answer)(Mlp *m, const float *x, int n);

enum { IN = 3, HIDDEN = 4, OUT = 2, N = 5 };

// A net, and two batches of N examples for it.
static Mlp rig(float x[2][N * IN]) {
    Rng rng = rng_create(2, RNG_DATA);
    Mlp m = mlp_create(IN, HIDDEN, OUT, N);
    mlp_init(&m, INIT_FAN_IN, &rng);
    rng_fill_normal(&rng, x[0], 2 * N * IN, 0.0f, 1.0f);
    return m;
}

static void one_batch(Mlp *m, const float *x, int n, Answer answer) {
    static const int labels[N] = { 0, 1, 1, 0, 1 };
    mlp_forward(m, x, n);
    softmax_cross_entropy(m->ds, m->s, labels, n, OUT);
    answer(m, x, n);
}

static const char *compare(Mlp *m, const float *x, const float *first) {
    float truth[100], sum[100], last[100];
    size_t n = m->n_theta, n_W1 = HIDDEN * IN;
    float answer[100];
    memcpy(answer, m->grad, n * sizeof *answer);
    one_batch(m, x, N, mlp_backward);
    memcpy(truth, m->grad, n * sizeof *truth);
    memcpy(last, m->ds + (N - 1) * OUT, OUT * sizeof *last); // db2 of the last example alone
    for (size_t i = 0; i < n; i++) {
        sum[i] = first[i] + truth[i];
    }
    size_t db2 = n - OUT;
    if (alike(answer, truth, n)) {
        return NULL;
    }
    if (all_equal(answer, n, 0.0f)) {
        return wrong("the gradient is 0 everywhere at the end: it is zeroed after the sum");
    }
    if (alike(answer, sum, n)) {
        return wrong(
            "after the second batch m->grad holds the sum of both batches' gradients: what "
            "the first has left there is still in it");
    }
    if (alike(answer + db2, last, OUT)) {
        return wrong("db2 holds the last example alone: m->grad is zeroed once a batch, before the "
                     "first example");
    }
    if (alike(answer, truth, n_W1) && alike(answer + n_W1, sum + n_W1, HIDDEN)) {
        return wrong("dW1 is right now, and in db1 both batches are still added up: all four "
                     "gradients must begin at 0");
    }
    if (alike(answer, truth, n / 4) && alike(answer + db2, sum + db2, OUT)) {
        return wrong("only the beginning of m->grad is zeroed: memset counts bytes, and n_theta "
                     "counts numbers of four bytes");
    }
    return wrong("m->grad differs from the gradient by %.3g of its length: was something else "
                 "changed?",
                 difference(answer, truth, n));
}

static const char *judge(Answer answer) {
    float x[2][N * IN], first[100];
    Mlp m = rig(x);
    one_batch(&m, x[0], N, mlp_backward);
    memcpy(first, m.grad, m.n_theta * sizeof *first);
    memset(m.grad, 0, m.n_theta * sizeof *m.grad);
    one_batch(&m, x[0], N, answer);
    const char *said = NULL;
    if (!all_equal(m.grad, m.n_theta, 0.0f) && !alike(m.grad, first, m.n_theta) &&
        !alike(m.grad + m.n_theta - OUT, m.ds + (N - 1) * OUT, OUT)) {
        said = wrong("already on the first batch m->grad differs from the gradient by %.3g of its "
                     "length: the sum over the examples was right as it stood",
                     difference(m.grad, first, m.n_theta));
    } else {
        memcpy(m.grad, first, m.n_theta * sizeof *first); // as the first batch leaves it
        one_batch(&m, x[1], N, answer);
        said = compare(&m, x[1], first);
    }
    mlp_free(&m);
    return said;
}

// --- what learners write
// ---------------------------------------------------------------------------

// The backward pass that adds to what m->grad holds.
static void adding(Mlp *m, const float *x, int n) {
    float before[100];
    memcpy(before, m->grad, m->n_theta * sizeof *before);
    mlp_backward(m, x, n);
    for (size_t i = 0; i < m->n_theta; i++) {
        m->grad[i] += before[i];
    }
}

static void zeroed_after(Mlp *m, const float *x, int n) {
    mlp_backward(m, x, n);
    memset(m->grad, 0, m->n_theta * sizeof *m->grad);
}

static void zeroed_too_few(Mlp *m, const float *x, int n) {
    memset(m->grad, 0, m->n_theta);
    adding(m, x, n);
}

static void weights_only(Mlp *m, const float *x, int n) {
    memset(m->dW1, 0, (size_t)(m->hidden * m->in) * sizeof *m->dW1);
    memset(m->dW2, 0, (size_t)(m->out * m->hidden) * sizeof *m->dW2);
    adding(m, x, n);
}

static void each_example(Mlp *m, const float *x, int n) {
    Mlp last = *m; // the last example alone
    last.h += (n - 1) * m->hidden;
    last.ds += (n - 1) * m->out;
    mlp_backward(&last, x + (n - 1) * m->in, 1);
}

static void averaged(Mlp *m, const float *x, int n) {
    mlp_backward(m, x, n);
    for (size_t i = 0; i < m->n_theta; i++) {
        m->grad[i] /= (float)n;
    }
}

EXERCISE(Answer, judge, backward,
         { adding, "after the second batch m->grad holds the sum of both" },
         { zeroed_after, "the gradient is 0 everywhere at the end" },
         { zeroed_too_few, "only the beginning of m->grad is zeroed" },
         { weights_only, "dW1 is right now, and in db1" },
         { each_example, "db2 holds the last example alone" },
         { averaged, "already on the first batch" })
