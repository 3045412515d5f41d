// The oracle: summary.csv of the run.

#include "6-predict.h"
#include "exercise.h"

extern const Prediction prediction;

static const char *judge(Prediction p) {
    if (!(p.shift_ratio > 0.0f && p.upside_down > 0.0f && p.head > 0.0f)) {
        return wrong("a number is still open: write all three before you run the lesson");
    }
    if (p.upside_down > 1.0f || p.head > 1.0f) {
        return wrong("the second and the third are shares from 0 to 1: 85 %% is 0.85");
    }
    const char *summary = run_text("13-few-pictures", "summary.csv", NULL);
    double ratio = figure(summary, "shift_200_loss_ratio"),
           upside_down = figure(summary, "kept_upside_down"),
           head = figure(summary, "head_each_10_accuracy");
    if (isnan(ratio + upside_down + head)) {
        return wrong("no run to compare with: make lesson-13");
    }
    if (fabs(p.shift_ratio - ratio) > 0.15) {
        return wrong("with shifts the loss is %.2f times that without, and you expected %.2f",
                     ratio, (double)p.shift_ratio);
    }
    if (fabs(p.upside_down - upside_down) > 0.1) {
        return wrong("upside down the network keeps %.2f of its answers, and you expected %.2f",
                     upside_down, (double)p.upside_down);
    }
    return fabs(p.head - head) <= 0.1
               ? NULL
               : wrong("with all frozen but the head the accuracy is %.2f, and you expected %.2f",
                       head, (double)p.head);
}

EXERCISE(Prediction, judge, prediction, { { 0.6f, 0.3f, 0.0f }, "a number is still open" },
         { { 0.6f, 25.0f, 67.0f }, "the second and the third are shares" },
         { { 0.95f, 0.25f, 0.67f }, "with shifts the loss is" },
         { { 0.6f, 0.8f, 0.67f }, "upside down the network keeps" },
         { { 0.6f, 0.25f, 0.92f }, "with all frozen but the head" })
