// The oracle: summary.csv of the run.

#include "3-forgotten.h"
#include "exercise.h"

extern const Prediction prediction;

static const char *judge(Prediction p) {
    if (!(p.with > 0.0f && p.without > 0.0f && p.one > 0.0f)) {
        return wrong("a number is still open: write all three before you run the lesson");
    }
    if (p.with > 1.0f || p.without > 1.0f || p.one > 1.0f) {
        return wrong("these are shares from 0 to 1: 85 %% is 0.85");
    }
    const char *summary = run_text("15-transformer", "summary.csv", NULL);
    double with = figure(summary, "repeat_layer_accuracy"),
           without = figure(summary, "repeat_bag_accuracy"),
           one = figure(summary, "induct_one_accuracy");
    if (isnan(with + without + one)) {
        return wrong("no run to compare with: make lesson-15");
    }
    if (fabs(p.with - with) > 0.1) {
        return wrong("with positions %.2f of the letters are right, and you expected %.2f", with,
                     (double)p.with);
    }
    if (fabs(p.without - without) > 0.05) {
        return wrong("without positions %.2f of the letters are right, and you expected %.2f",
                     without, (double)p.without);
    }
    return fabs(p.one - one) <= 0.1
               ? NULL
               : wrong("one layer has %.2f of \"induct\" right, and you expected %.2f", one,
                       (double)p.one);
}

EXERCISE(Prediction, judge, prediction, { { 1.0f, 0.1f, 0.0f }, "a number is still open" },
         { { 100.0f, 9.0f, 25.0f }, "these are shares" },
         { { 0.5f, 0.1f, 0.25f }, "with positions" },
         { { 1.0f, 0.5f, 0.25f }, "without positions" }, { { 1.0f, 0.1f, 0.9f }, "one layer has" })
