// The oracle: the same in double, on XOR, where the perceptron never rests.

#include "exercise.h"
#include "base/rng.h"
#include "data/toy2d.h"

int learn_averaged(float *mean, const float *x, const float *t, int n, int d, int epochs);

typedef int (*Answer)(float *mean, const float *x, const float *t, int n, int d, int epochs);

// --- what learners write
// ---------------------------------------------------------------------------

typedef enum { RIGHT, LAST, AT_MISTAKES, BEFORE, WITH_MEAN, NO_BIAS, OF_EPOCHS, SUM, WAYS } Way;

static int in_a_way(Way way, float *mean, const float *x, const float *t, int n, int d,
                    int epochs) {
    double w[17] = { 0 }, sum[17] = { 0 };
    int mistakes = 0, counted = 0;
    for (int m = 0; m < epochs * n; m++) {
        double s = 0.0;
        for (int i = 0; i <= d; i++) {
            double z = i < d ? x[m % n * d + i] : 1.0;
            s += (way == WITH_MEAN ? sum[i] + w[i] : w[i]) * z;
        }
        bool mistake = t[m % n] * s <= 0.0;
        mistakes += mistake;
        for (int i = 0; i <= d; i++) {
            double z = i < d ? x[m % n * d + i] : 1.0, kept = w[i];
            w[i] += mistake ? t[m % n] * z : 0.0;
            bool counts = way == AT_MISTAKES ? mistake : way == OF_EPOCHS ? m % n == n - 1 : true;
            sum[i] += counts ? (way == BEFORE ? kept : w[i]) : 0.0;
            counted += counts && i == 0;
        }
    }
    for (int i = 0; i <= d; i++) {
        double all = way == SUM ? 1.0 : counted;
        mean[i] = (float)(way == LAST || (way == NO_BIAS && i == d) ? w[i] : sum[i] / all);
    }
    return mistakes;
}

#define IN_A_WAY(name, way)                                                                        \
    static int name(float *mean, const float *x, const float *t, int n, int d, int epochs) {       \
        return in_a_way(way, mean, x, t, n, d, epochs);                                            \
    }
IN_A_WAY(last, LAST)
IN_A_WAY(at_mistakes, AT_MISTAKES)
IN_A_WAY(before, BEFORE)
IN_A_WAY(with_mean, WITH_MEAN)
IN_A_WAY(no_bias, NO_BIAS)
IN_A_WAY(of_epochs, OF_EPOCHS)
IN_A_WAY(sum_alone, SUM)

// --- the judge
// -------------------------------------------------------------------------------------

enum { N = 40, D = 2, EPOCHS = 3 };

static const char *const known[WAYS] = {
    [LAST] = "mean holds the last weights and not their mean",
    [AT_MISTAKES] = "the weights are added up behind mistakes alone: an example that was right "
                    "counts as well, and so do the weights that it leaves as they are",
    [BEFORE] = "the weights before each step are added up: it is those after it that count",
    [NO_BIAS] = "the weights are averaged, and the bias is the last one: it belongs to them",
    [OF_EPOCHS] = "the mean is taken over the epochs' last weights: add up behind each example",
    [SUM] = "mean holds the sum: divide by the number of examples shown, epochs * n",
};

static const char *judge(Answer answer) {
    float x[N * D], t[N], mean[D + 1], kept[D + 1];
    int labels[N];
    Rng rng = rng_create(1, RNG_DATA);
    toy2d_xor(x, labels, N, 0.3f, &rng);
    for (int i = 0; i < N; i++) {
        t[i] = labels[i] ? 1.0f : -1.0f;
    }
    fill(mean, D + 1, 99.0f);
    int mistakes = answer(mean, x, t, N, D, EPOCHS);
    int right = in_a_way(RIGHT, kept, x, t, N, D, EPOCHS);
    if (all_equal(mean, D + 1, 99.0f)) {
        return wrong("mean is left as it was: no weights have been written");
    }
    if (mistakes != right) {
        return wrong("it makes %d mistakes while learning and not %d, those of the perceptron: the "
                     "mean only answers, it takes no part in learning",
                     mistakes, right);
    }
    if (alike(mean, kept, D + 1)) {
        return NULL;
    }
    for (int way = RIGHT + 1; way < WAYS; way++) {
        if (known[way]) {
            in_a_way((Way)way, kept, x, t, N, D, EPOCHS);
            if (alike(mean, kept, D + 1)) {
                return wrong("%s", known[way]);
            }
        }
    }
    in_a_way(RIGHT, kept, x, t, N, D, EPOCHS);
    return wrong("the mistakes are right, but the mean is (%.3f, %.3f, %.3f) and not (%.3f, %.3f, "
                 "%.3f)",
                 (double)mean[0], (double)mean[1], (double)mean[2], (double)kept[0],
                 (double)kept[1], (double)kept[2]);
}

EXERCISE(Answer, judge, learn_averaged, { last, "mean holds the last weights" },
         { at_mistakes, "the weights are added up behind mistakes alone" },
         { before, "the weights before each step" }, { with_mean, "it makes 64 mistakes" },
         { no_bias, "the weights are averaged, and the bias" },
         { of_epochs, "the mean is taken over the epochs'" }, { sum_alone, "mean holds the sum" })
