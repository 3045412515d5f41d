// The oracle: summary.csv of the run.

#include "6-predict.h"
#include "exercise.h"

extern const Prediction prediction;

static const char *judge(Prediction p) {
    if (!(p.mixed > 0.0f && p.one_class > 0.0f && p.lost > 0.0f)) {
        return wrong("a number is still open: write all three before you run the lesson");
    }
    if (p.mixed > 1.0f || p.one_class > 1.0f || p.lost > 1.0f) {
        return wrong("an accuracy is a share from 0 to 1: 85 %% is 0.85");
    }
    const char *summary = run_text("05-batchnorm", "summary.csv", NULL);
    double mixed = figure(summary, "modes_train_64"),
           one_class = figure(summary, "modes_train_one_class"),
           lost = figure(summary, "modes_statistics_lost");
    if (isnan(mixed + one_class + lost)) {
        return wrong("no run to compare with: make lesson-5");
    }
    if (fabs(p.mixed - mixed) > 0.02) {
        return wrong("in training mode with 64 mixed images it is %.3f, and you expected %.3f",
                     mixed, (double)p.mixed);
    }
    if (fabs(p.one_class - one_class) > 0.06) {
        return wrong("with 64 images of one class it is %.3f, and you expected %.3f", one_class,
                     (double)p.one_class);
    }
    return fabs(p.lost - lost) <= 0.06
               ? NULL
               : wrong("without the running averages it is %.3f, and you expected %.3f", lost,
                       (double)p.lost);
}

EXERCISE(Prediction, judge, prediction, { { 0.86f, 0.0f, 0.1f }, "a number is still open" },
         { { 86.0f, 75.0f, 10.0f }, "an accuracy is a share" },
         { { 0.5f, 0.75f, 0.1f }, "in training mode with 64 mixed" },
         { { 0.86f, 0.86f, 0.1f }, "with 64 images of one class" },
         { { 0.86f, 0.75f, 0.8f }, "without the running averages" })
