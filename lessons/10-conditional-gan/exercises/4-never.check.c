// The oracle: how often each label is drawn in 10,000.

#include "base/rng.h"
#include "exercise.h"

void draw_labels(int *labels, Rng *rng, int n, int classes);

typedef void (*Answer)(int *labels, Rng *rng, int n, int classes);

enum { N = 10000, K = 10 };

static const char *judge(Answer answer) {
    static int labels[N];
    int count[K] = { 0 };
    Rng rng = rng_create(10, RNG_DATA);
    memset(labels, -1, sizeof labels);
    answer(labels, &rng, N, K);
    for (int i = 0; i < N; i++) {
        if (labels[i] < 0 || labels[i] >= K) {
            return wrong("label %d is %d: there is no such class of ten", i, labels[i]);
        }
        count[labels[i]]++;
    }
    if (count[K - 1] == 0) {
        return wrong("class 9 is still never drawn");
    }
    if (count[0] == 0) {
        return wrong("class 9 is drawn now, and class 0 no more");
    }
    for (int k = 0; k < K; k++) {
        if (abs(count[k] - N / K) > 130) { // four standard deviations
            return wrong("class %d is drawn %d times of 10,000; all should be equally likely, "
                         "about 1,000 each",
                         k, count[k]);
        }
    }
    bool in_turn = true;
    for (int i = 0; i < N; i++) {
        in_turn = in_turn && labels[i] == i % K;
    }
    return in_turn ? wrong("the labels come in turn and not by chance: a batch would always have "
                           "the same ones at the same places")
                   : NULL;
}

// --- what learners write --------------------------------------------------------------------------

static void as_it_was(int *labels, Rng *rng, int n, int classes) {
    for (int i = 0; i < n; i++) {
        labels[i] = (int)(rng_uniform(rng) * (float)(classes - 1));
    }
}

static void one_more(int *labels, Rng *rng, int n, int classes) {
    for (int i = 0; i < n; i++) {
        labels[i] = (int)(rng_uniform(rng) * (float)(classes + 1));
    }
}

static void rounded(int *labels, Rng *rng, int n, int classes) {
    for (int i = 0; i < n; i++) {
        labels[i] = (int)(rng_uniform(rng) * (float)(classes - 1) + 0.5f);
    }
}

static void moved_up(int *labels, Rng *rng, int n, int classes) {
    for (int i = 0; i < n; i++) {
        labels[i] = 1 + (int)(rng_uniform(rng) * (float)(classes - 1));
    }
}

static void in_turn(int *labels, Rng *rng, int n, int classes) {
    (void)rng;
    for (int i = 0; i < n; i++) {
        labels[i] = i % classes;
    }
}

EXERCISE(Answer, judge, draw_labels, { as_it_was, "class 9 is still never drawn" },
         { one_more, "label " }, { rounded, "class 0 is drawn" },
         { moved_up, "class 9 is drawn now, and class 0" }, { in_turn, "the labels come in turn" })
