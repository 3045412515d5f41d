// The oracle: counting.

#include "exercise.h"

int places(int n, int k, int stride, int pad, int dilation);

typedef int (*Answer)(int n, int k, int stride, int pad, int dilation);

static int counted(int n, int k, int stride, int pad, int dilation) {
    int count = 0;
    for (int first = -pad; first + dilation * (k - 1) < n + pad; first += stride) {
        count++;
    }
    return count;
}

// From the plain case to the odd ones: what is wrong is told by the first that fails.
static const struct {
    int n, k, stride, pad, dilation;
    const char *message;
} cases[] = {
    { 28, 5, 1, 0, 1, "a window of 5 on 28 places, one place at a time" },
    { 28, 5, 1, 2, 1, "with padding 2 at each end" },
    { 28, 2, 2, 0, 1, "with stride 2" },
    { 7, 2, 2, 0, 1, "7 places and a window of 2 with stride 2: the last place is left out" },
    { 28, 3, 1, 0, 2, "dilation 2: a window of 3 reaches over 5 places" },
    { 4, 5, 1, 0, 1, "a window of 5 on 4 places does not fit" },
    { 4, 5, 2, 0, 1,
      "a window of 5 on 4 places does not fit, with stride 2 either (-1 / 2 is 0 in C)" },
};

static const char *judge(Answer answer) {
    if (answer(28, 5, 1, 0, 1) == -1) {
        return wrong("no position is counted yet");
    }
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int said = answer(cases[i].n, cases[i].k, cases[i].stride, cases[i].pad, cases[i].dilation);
        int right =
            counted(cases[i].n, cases[i].k, cases[i].stride, cases[i].pad, cases[i].dilation);
        if (said != right) {
            return wrong("%s: %d positions, and this says %d", cases[i].message, right, said);
        }
    }
    return NULL;
}

// --- what learners write --------------------------------------------------------------------------

#define WITH(name, expression)                                                                     \
    static int name(int n, int k, int stride, int pad, int dilation) {                             \
        (void)pad, (void)dilation, (void)stride;                                                   \
        return (expression);                                                                       \
    }
WITH(one_short, (n + 2 * pad - dilation * (k - 1) - 1) / stride)
WITH(pad_once, (n + pad - dilation * (k - 1) - 1) / stride + 1)
WITH(no_stride, n + 2 * pad - dilation * (k - 1))
WITH(rounded_up, (n + 2 * pad - dilation * (k - 1) - 1 + stride - 1) / stride + 1)
WITH(reach_dk, (n + 2 * pad - dilation * k) / stride + 1)
WITH(negative, (n + 2 * pad - dilation * (k - 1) - 1) / stride + 1)

EXERCISE(Answer, judge, places, { one_short, "a window of 5 on 28 places, one" },
         { pad_once, "with padding 2" }, { no_stride, "with stride 2" },
         { rounded_up, "7 places and a window of 2" }, { reach_dk, "dilation 2" },
         { negative, "a window of 5 on 4 places does not fit, with" })
