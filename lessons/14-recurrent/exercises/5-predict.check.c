// The oracle: summary.csv of the run.

#include "5-predict.h"
#include "exercise.h"

extern const Prediction prediction;

static const char *judge(Prediction p) {
    if (p.power == 0.0f || p.lstm == 0.0f || p.mixture == 0.0f) {
        return wrong("a number is still open: write all three before you run the lesson");
    }
    if (p.power > 0.0f) {
        return wrong(
            "a positive power of ten would be a gradient that grows on its way: a hundredth is -2");
    }
    const char *summary = run_text("14-recurrent", "summary.csv", NULL);
    double left = figure(summary, "rnn_init_gradient_10"), lstm = figure(summary, "held_out_bits"),
           mixture = figure(summary, "mixture_best_bits");
    if (isnan(left + lstm + mixture)) {
        return wrong("no run to compare with: make lesson-14");
    }
    if (fabs((double)p.power - log10(left)) > 0.7) {
        return wrong("10 steps back the gradient is %.1e times as long, which is the power %.1f, "
                     "and you expected %.1f",
                     left, log10(left), (double)p.power);
    }
    if (fabs((double)p.lstm - lstm) > 0.12) {
        return wrong("the LSTM needs %.2f bits, and you expected %.2f", lstm, (double)p.lstm);
    }
    return fabs((double)p.mixture - mixture) <= 0.12
               ? NULL
               : wrong("network and table together need %.2f bits, and you expected %.2f", mixture,
                       (double)p.mixture);
}

EXERCISE(Prediction, judge, prediction, { { 0.0f, 0.0f, 0.0f }, "a number is still open" },
         { { 3.0f, 2.3f, 2.0f }, "a positive power of ten" },
         { { -0.1f, 2.3f, 2.0f }, "10 steps back" }, { { -3.0f, 1.5f, 2.0f }, "the LSTM needs" },
         { { -3.0f, 2.35f, 2.4f }, "network and table together" })
