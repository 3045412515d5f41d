// The oracle: the library's plan of the same stack.

#include "1-count.h"
#include "exercise.h"
#include "nn/net.h"
#include "nn/summary.h"

void count(long *parameters, long *multiplications, const Conv *conv, int n, int side);

typedef void (*Answer)(long *parameters, long *multiplications, const Conv *conv, int n, int side);

enum { MOST = 4 };
static const struct {
    const char *name;
    int n, side;
    Conv conv[MOST];
} stacks[] = {
    { "one 3 × 3 convolution", 1, 14, { { 16, 16, 3, 1, false } } },
    { "a convolution with a bias", 1, 14, { { 3, 5, 3, 1, true } } },
    { "a bottleneck of ResNet-50",
      3,
      56,
      { { 256, 128, 1, 1, false }, { 128, 128, 3, 2, false }, { 128, 512, 1, 1, false } } },
    { "an odd picture, halved", 2, 7, { { 4, 6, 3, 2, false }, { 6, 6, 5, 1, true } } },
};
enum { STACKS = sizeof stacks / sizeof *stacks };

// --- what learners write --------------------------------------------------------------------------

typedef enum { RIGHT, NO_WINDOW, NO_BIAS, SIDE_BEFORE, BIAS_WORK, ROUNDED_DOWN, ONE_SIDE } Mistake;

static void with_mistake(Mistake m, long *parameters, long *multiplications, const Conv *conv,
                         int n, int side) {
    *parameters = *multiplications = 0;
    for (int i = 0; i < n; i++) {
        const Conv *c = &conv[i];
        long before = side, window = m == NO_WINDOW ? c->kernel : (long)c->kernel * c->kernel;
        long weights = window * c->in * c->out, bias = c->bias ? c->out : 0;
        side = m == ROUNDED_DOWN ? side / c->stride : (side + c->stride - 1) / c->stride;
        long places = m == SIDE_BEFORE ? before * before : (long)side * side;
        *parameters += weights + (m == NO_BIAS ? 0 : bias);
        *multiplications +=
            (m == BIAS_WORK ? weights + bias : weights) * (m == ONE_SIDE ? (long)side : places);
    }
}

#define WITH(name, mistake)                                                                        \
    static void name(long *p, long *q, const Conv *conv, int n, int side) {                        \
        with_mistake(mistake, p, q, conv, n, side);                                                \
    }
WITH(no_window, NO_WINDOW)
WITH(no_bias, NO_BIAS)
WITH(side_before, SIDE_BEFORE)
WITH(bias_work, BIAS_WORK)
WITH(rounded_down, ROUNDED_DOWN)
WITH(one_side, ONE_SIDE)

static const struct {
    Mistake mistake;
    const char *message;
} known[] = {
    { NO_WINDOW, "a window of k × k has k² weights for each channel that comes in, not k" },
    { NO_BIAS, "the biases are not counted: a convolution with a bias has one for each channel" },
    { SIDE_BEFORE, "the work is counted at the size of the input: with a stride of 2 there are a "
                   "quarter as many places where a window stops" },
    { BIAS_WORK, "adding a bias is counted as a multiplication" },
    { ROUNDED_DOWN, "the side is rounded down: of 7 places a stride of 2 takes 0, 2, 4 and 6, "
                    "which are four" },
    { ONE_SIDE, "the work is that of one row: a window stops at side × side places" },
};

static const char *judge(Answer answer) {
    bool nothing = true;
    for (int s = 0; s < STACKS; s++) {
        LayerSpec table[MOST + 1];
        long p = 0, q = 0, work = 0;
        int n = stacks[s].n;
        for (int i = 0; i < n; i++) {
            const Conv *c = &stacks[s].conv[i];
            table[i] = (LayerSpec)conv2d(c->out, .kernel = c->kernel, .stride = c->stride,
                                         .pad = c->kernel / 2, .no_bias = !c->bias);
        }
        table[n] = (LayerSpec)END;
        Net *net = net_plan(table, (Shape){ stacks[s].conv[0].in, stacks[s].side, stacks[s].side });
        LayerSummary rows[MOST];
        summary_rows(rows, net);
        for (int i = 0; i < n; i++) {
            work += (long)rows[i].multiplications;
        }
        long parameters = (long)net->n_params;
        net_free(net);
        answer(&p, &q, stacks[s].conv, n, stacks[s].side);
        nothing = nothing && p == 0 && q == 0;
        if (p == parameters && q == work) {
            continue;
        }
        if (nothing) {
            return wrong("nothing is counted yet: both numbers are 0");
        }
        for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
            long mistaken_p, mistaken_q;
            with_mistake(known[i].mistake, &mistaken_p, &mistaken_q, stacks[s].conv, n,
                         stacks[s].side);
            if (p == mistaken_p && q == mistaken_q) {
                return wrong("%s", known[i].message);
            }
        }
        return wrong("%s: %ld parameters and %ld multiplications, and you counted %ld and %ld",
                     stacks[s].name, parameters, work, p, q);
    }
    return NULL;
}

EXERCISE(Answer, judge, count, { no_window, "a window of k × k" },
         { no_bias, "the biases are not counted" },
         { side_before, "the work is counted at the size of the input" },
         { bias_work, "adding a bias is counted" }, { rounded_down, "the side is rounded down" },
         { one_side, "the work is that of one row" })
