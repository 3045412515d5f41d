// The oracle: summary.csv of the run.

#include "7-bias.h"
#include "exercise.h"

extern const Prediction prediction;

// The smallest bias with which a task was solved as often as it was tried; -1: none, NAN: no run.
static double smallest(const char *summary, const char *task, int seeds) {
    static const int biases[] = { 0, 1, 3, 5 };
    for (int i = 0; i < 4; i++) {
        char key[64];
        snprintf(key, sizeof key, "lstm_%d_%s_solved", biases[i], task);
        double solved = figure(summary, key);
        if (isnan(solved) || solved >= seeds) {
            return isnan(solved) ? NAN : biases[i];
        }
    }
    return -1.0;
}

static const char *judge(Prediction p) {
    if (p.bias_30 >= OPEN || p.input_100 >= OPEN || p.plain_20 >= OPEN) {
        return wrong("a number is still open: write all three before you run the lesson");
    }
    if (p.plain_20 > 1.0f || p.plain_20 < 0.0f) {
        return wrong("the third is a share from 0 to 1: 13 %% is 0.13");
    }
    const char *summary = run_text("14-recurrent", "summary.csv", NULL);
    double bias_30 = smallest(summary, "30", 3), plain = figure(summary, "plain_20_accuracy"),
           near_0 = figure(summary, "lstm_5_100_steps"),
           closed = figure(summary, "lstm_closed_100_steps");
    if (isnan(bias_30 + plain + near_0 + closed)) {
        return wrong("no run to compare with: make lesson-14");
    }
    if ((double)p.bias_30 != bias_30) {
        return wrong("with 30 distractors the smallest bias that solves it is %g, and you expected "
                     "%g",
                     bias_30, (double)p.bias_30);
    }
    if ((double)p.input_100 != (closed < near_0 ? -3.0 : 0.0)) {
        return wrong("with 100 distractors it takes %.0f steps with the input gate's bias at 0 and "
                     "%.0f at -3",
                     near_0, closed);
    }
    return fabs(p.plain_20 - plain) <= 0.1
               ? NULL
               : wrong("the plain cell's accuracy is %.2f, and you expected %.2f", plain,
                       (double)p.plain_20);
}

EXERCISE(Prediction, judge, prediction, { { 3.0f, -3.0f, OPEN }, "a number is still open" },
         { { 3.0f, -3.0f, 13.0f }, "the third is a share" },
         { { 1.0f, -3.0f, 0.13f }, "with 30 distractors" },
         { { 3.0f, 0.0f, 0.13f }, "with 100 distractors" },
         { { 3.0f, -3.0f, 0.6f }, "the plain cell's accuracy" })
