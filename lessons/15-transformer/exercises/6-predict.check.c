// The oracle: summary.csv of the run.

#include "6-predict.h"
#include "exercise.h"

extern const Prediction prediction;

static const char *judge(Prediction p) {
    if (!(p.no_positions > 0.0f && p.no_skips > 0.0f && p.context_16 > 0.0f)) {
        return wrong("a figure is still open: write all three before you run the lesson");
    }
    if (p.no_positions > 6.6f || p.no_skips > 6.6f || p.context_16 > 6.6f) {
        return wrong("more than 6.58 bits a character is worse than knowing nothing");
    }
    const char *summary = run_text("15-transformer", "summary.csv", NULL);
    double positions = figure(summary, "no_positions_bits"),
           skips = figure(summary, "no_skips_bits"), context = figure(summary, "context_16_bits");
    if (isnan(positions + skips + context)) {
        return wrong("no run to compare with: make lesson-15");
    }
    if (fabs(p.no_positions - positions) > 0.15) {
        return wrong("without positions it is %.2f bits, and you expected %.2f", positions,
                     (double)p.no_positions);
    }
    if (fabs(p.no_skips - skips) > 0.4) {
        return wrong("without skips it is %.2f bits, and you expected %.2f", skips,
                     (double)p.no_skips);
    }
    return fabs(p.context_16 - context) <= 0.15
               ? NULL
               : wrong("with windows of 16 it is %.2f bits, and you expected %.2f", context,
                       (double)p.context_16);
}

EXERCISE(Prediction, judge, prediction, { { 3.7f, 4.1f, 0.0f }, "a figure is still open" },
         { { 8.0f, 4.1f, 3.1f }, "more than 6.58 bits" },
         { { 3.2f, 4.1f, 3.1f }, "without positions it is" },
         { { 3.72f, 3.3f, 3.1f }, "without skips it is" },
         { { 3.72f, 4.1f, 3.5f }, "with windows of 16 it is" })
