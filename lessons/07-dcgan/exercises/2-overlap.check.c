// The oracle: a picture in which every window adds 1 to its places.

#include "2-overlap.h"
#include "exercise.h"

typedef struct {
    int (*count)(int at, int n, int k, int stride, int pad);
    const bool *even;
} Answer;

enum { N = 8, PLACES = 40 };

static void paint(int *over, int k, int stride, int pad) {
    memset(over, 0, PLACES * sizeof *over);
    for (int i = 0; i < N; i++) {
        for (int at = i * stride - pad; at < i * stride - pad + k; at++) {
            if (at >= 0 && at < PLACES) {
                over[at]++;
            }
        }
    }
}

static const char *judge_count(Answer a, int k, int stride, int pad) {
    int over[PLACES], length = (N - 1) * stride - 2 * pad + k;
    paint(over, k, stride, pad);
    for (int at = 0; at < length; at++) {
        int said = a.count(at, N, k, stride, pad);
        if (said == 0) {
            return wrong(
                "place %d lies under no window, it says; every place lies under one at least", at);
        }
        if (said == over[at]) {
            continue;
        }
        bool inside = at >= k && at < length - k;
        return wrong(
            "kernel %d, stride %d, pad %d: place %d (%s) lies under %d windows, and this says %d",
            k, stride, pad, at, inside ? "inside" : "near the border", over[at], said);
    }
    return NULL;
}

static const char *judge(Answer a) {
    if (a.count(4, N, 3, 2, 0) == 1 && a.count(5, N, 3, 2, 0) == 1) {
        return wrong("kernel 3, stride 2: places 4 and 5 lie under 2 windows and under 1, and this "
                     "says 1 of both: k / stride is their mean, rounded down");
    }
    static const int shapes[4][3] = { { 4, 2, 1 }, { 3, 2, 1 }, { 5, 2, 2 }, { 6, 3, 0 } };
    for (int i = 0; i < 4; i++) {
        const char *said = judge_count(a, shapes[i][0], shapes[i][1], shapes[i][2]);
        if (said) {
            return said;
        }
    }
    int marked = 0;
    for (int k = 2; k < 8; k++) {
        marked += a.even[k];
    }
    if (marked == 0) {
        return wrong("windows_over is right; in the table no kernel is even yet");
    }
    for (int k = 2; k < 8; k++) {
        if (a.even[k] != (k % 2 == 0)) {
            return wrong("kernel %d with stride 2: inside, the counts are %d and %d, %s", k, k / 2,
                         (k + 1) / 2, k % 2 ? "which is not even" : "which is the same");
        }
    }
    return NULL;
}

// --- what learners write --------------------------------------------------------------------------

static int right(int at, int n, int k, int stride, int pad) {
    int count = 0;
    for (int i = 0; i < n; i++) {
        count += i * stride - pad <= at && at < i * stride - pad + k;
    }
    return count;
}

static int no_border(int at, int n, int k, int stride, int pad) {
    int count = 0;
    for (int i = -n; i < 2 * n; i++) {
        count += i * stride - pad <= at && at < i * stride - pad + k;
    }
    return count;
}

static int one_more(int at, int n, int k, int stride, int pad) {
    return right(at, n, k + 1, stride, pad);
}

static int quotient(int at, int n, int k, int stride, int pad) {
    (void)at, (void)n, (void)pad;
    return k / stride;
}

static int pad_forgotten(int at, int n, int k, int stride, int pad) {
    (void)pad;
    return right(at, n, k, stride, 0);
}

static const bool evens[8] = { [2] = true, [4] = true, [6] = true }, none[8],
                  wide[8] = { [4] = true, [5] = true, [6] = true };

#define THEIRS ((Answer){ windows_over, even })
EXERCISE(Answer, judge, THEIRS,
         { { no_border, evens },
           "kernel 4, stride 2, pad 1: place 0 (near the border) lies under 1 windows, and this "
           "says 2" },
         { { one_more, evens },
           "kernel 4, stride 2, pad 1: place 3 (near the border) lies under 2" },
         { { quotient, evens }, "kernel 3, stride 2: places 4 and 5" },
         { { pad_forgotten, evens }, "kernel 4, stride 2, pad 1: place 1" },
         { { right, none }, "windows_over is right; in the table" },
         { { right, wide }, "kernel 2 with stride 2" })
