// The oracle: summary.csv of the run.

#include "5-predict.h"
#include "exercise.h"

extern const Prediction prediction;

static bool within(float said, double measured, double factor) {
    return said <= measured * factor && said >= measured / factor;
}

static const char *judge(Prediction p) {
    if (!(p.transposed > 0.0f && p.upsampled > 0.0f && p.straight_over_circle > 0.0f)) {
        return wrong("a number is still open: write all three before you run the lesson");
    }
    const char *summary = run_text("07-dcgan", "summary.csv", NULL);
    double transposed = figure(summary, "period_2_transposed_before"),
           upsampled = figure(summary, "period_2_upsampled_before");
    double factor = figure(summary, "fid_straight") / figure(summary, "fid_circle");
    if (isnan(transposed + upsampled + factor)) {
        return wrong("no run to compare with: make lesson-7");
    }
    if (!within(p.transposed, transposed, 3.0)) {
        return wrong(
            "with transposed convolutions the ratio is %.3g before training, and you expected %.3g",
            transposed, (double)p.transposed);
    }
    if (!within(p.upsampled, upsampled, 3.0)) {
        return wrong("with upsampling the ratio is %.3g before training, and you expected %.3g",
                     upsampled, (double)p.upsampled);
    }
    return within(p.straight_over_circle, factor, 4.0 / 3.0)
               ? NULL
               : wrong("the straight line's distance is %.2f times the great circle's, and you "
                       "expected %.2f",
                       factor, (double)p.straight_over_circle);
}

EXERCISE(Prediction, judge, prediction, { { 90.0f, 0.0f, 2.0f }, "a number is still open" },
         { { 2.0f, 0.3f, 2.0f }, "with transposed convolutions" },
         { { 90.0f, 3.0f, 2.0f }, "with upsampling" },
         { { 90.0f, 0.3f, 1.0f }, "the straight line's distance" })
