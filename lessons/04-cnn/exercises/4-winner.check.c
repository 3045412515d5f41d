// The oracle: windows that overlap, with ties and with negative numbers.

#include "exercise.h"

void max_pool_backward(float *dx, const float *dy, const float *x, int n, int m, int k, int stride);

typedef void (*Answer)(float *dx, const float *dy, const float *x, int n, int m, int k, int stride);

enum { N = 7, M = 3, K = 3, STRIDE = 2 };
static const float x[N] = { -5, -2, -1, -4, -3, -3, -9 }, dy[M] = { 1, 10, 100 };

// --- what learners write --------------------------------------------------------------------------

typedef enum { RIGHT, TO_ALL, LAST, OVERWRITES, FROM_ZERO, NOT_ZEROED, NO_STRIDE, SHARED } Mistake;

static int winner(Mistake mistake, const float *from, int first, int k) {
    int best = first;
    float most = mistake == FROM_ZERO ? 0.0f : from[first];
    for (int i = first; i < first + k; i++) {
        if (mistake == LAST ? from[i] >= most : from[i] > most) {
            best = i;
            most = from[i];
        }
    }
    return best;
}

static void with_mistake(Mistake mistake, float *dx, const float *of, const float *from, int n,
                         int m, int k, int stride) {
    for (int i = 0; i < n && mistake != NOT_ZEROED; i++) {
        dx[i] = 0.0f;
    }
    for (int o = 0; o < m; o++) {
        int first = o * (mistake == NO_STRIDE ? k : stride);
        int best = winner(mistake, from, first < n - k ? first : n - k, k), equal = 0;
        for (int i = first; i < first + k && i < n; i++) {
            equal += from[i] == from[best];
            dx[i] += mistake == TO_ALL ? of[o] / (float)k : 0.0f;
        }
        for (int i = first; mistake == SHARED && i < first + k; i++) {
            dx[i] += from[i] == from[best] ? of[o] / (float)equal : 0.0f;
        }
        if (mistake == OVERWRITES) {
            dx[best] = of[o];
        } else if (mistake != TO_ALL && mistake != SHARED) {
            dx[best] += of[o];
        }
    }
}

#define WITH(name, mistake)                                                                        \
    static void name(float *dx, const float *of, const float *from, int n, int m, int k,           \
                     int stride) {                                                                 \
        with_mistake(mistake, dx, of, from, n, m, k, stride);                                      \
    }
WITH(to_all, TO_ALL)
WITH(last, LAST)
WITH(overwrites, OVERWRITES)
WITH(from_zero, FROM_ZERO)
WITH(not_zeroed, NOT_ZEROED)
WITH(no_stride, NO_STRIDE)
WITH(shared, SHARED)

static const struct {
    Mistake mistake;
    const char *message;
} known[] = {
    { TO_ALL, "the gradient is shared among all places of a window: that is average pooling; here "
              "only the winner moves y" },
    { LAST, "of equal numbers the last one gets the gradient; the forward pass kept the first" },
    { OVERWRITES, "place 2 wins two windows, and only one gradient is left: add, with +=" },
    { FROM_ZERO, "the search begins at 0, and in a window of negative numbers nobody is larger: "
                 "begin with the window's first" },
    { NOT_ZEROED, "dx still contains what it held before: it is overwritten" },
    { NO_STRIDE, "the windows lie k apart here; they lie `stride` apart and may overlap" },
    { SHARED, "equal winners share the gradient; by our rule the first one gets it all" },
};

static const char *judge(Answer answer) {
    float given[N], truth[N], mistaken[N];
    fill(given, N, 7.0f);
    answer(given, dy, x, N, M, K, STRIDE);
    if (all_equal(given, N, 7.0f)) {
        return wrong("dx is left as it was: no gradient is handed out yet");
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        fill(mistaken, N, 7.0f);
        with_mistake(known[i].mistake, mistaken, dy, x, N, M, K, STRIDE);
        if (alike(given, mistaken, N)) {
            return wrong("%s", known[i].message);
        }
    }
    with_mistake(RIGHT, truth, dy, x, N, M, K, STRIDE);
    for (int i = 0; i < N; i++) {
        if (!(fabsf(given[i] - truth[i]) < 1e-5f)) {
            return wrong("dx[%d] is %g and not %g", i, (double)given[i], (double)truth[i]);
        }
    }
    return NULL;
}

EXERCISE(Answer, judge, max_pool_backward, { to_all, "the gradient is shared among all" },
         { last, "of equal numbers the last" }, { overwrites, "place 2 wins two windows" },
         { from_zero, "the search begins at 0" }, { not_zeroed, "dx still contains" },
         { no_stride, "the windows lie k apart" }, { shared, "equal winners share" })
