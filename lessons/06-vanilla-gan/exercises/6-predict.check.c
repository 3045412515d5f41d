// The oracle: summary.csv of the run.

#include "6-predict.h"
#include "exercise.h"

extern const Prediction prediction;

static const char *judge(Prediction p) {
    if (p.minimax < 0 || p.collapse < 0 || p.vanish < 0 || !(p.ratio > 0.0f)) {
        return wrong("a number is still open: write all four before you run the lesson");
    }
    if (p.minimax > 8 || p.collapse > 8 || p.vanish > 8) {
        return wrong("the ring has eight modes: no game can cover more");
    }
    const char *summary = run_text("06-vanilla-gan", "summary.csv", NULL);
    double minimax = figure(summary, "minimax_modes"), collapse = figure(summary, "collapse_modes"),
           vanish = figure(summary, "vanish_modes"), ratio = figure(summary, "ratio_400");
    if (isnan(minimax + collapse + vanish + ratio)) {
        return wrong("no run to compare with: make lesson-6 ARGS=\"--part lab\"");
    }
    if (fabs(p.minimax - minimax) > 1.0) {
        return wrong("under the minimax loss the game covers %.0f modes, and you expected %d: with "
                     "Adam the size of the gradient hardly matters",
                     minimax, p.minimax);
    }
    if (fabs(p.collapse - collapse) > 1.0) {
        return wrong("with a discriminator that learns twenty times as slowly it is %.0f, and you "
                     "expected %d: all samples can move before it notices",
                     collapse, p.collapse);
    }
    if (fabs(p.vanish - vanish) > 1.0) {
        return wrong("behind a discriminator that is ahead, with plain gradient descent, it is "
                     "%.0f, and you expected %d",
                     vanish, p.vanish);
    }
    return (double)p.ratio <= 3.0 * ratio && (double)p.ratio >= ratio / 3.0
               ? NULL
               : wrong("the minimax gradient is %.2g times the other one, and you expected %.2g: "
                       "at a logit the ratio is D / (1 - D)",
                       ratio, (double)p.ratio);
}

EXERCISE(Prediction, judge, prediction, { { 8, 1, -1, 0.001f }, "a number is still open" },
         { { 9, 1, 0, 0.001f }, "the ring has eight modes" },
         { { 0, 1, 0, 0.001f }, "under the minimax loss" },
         { { 8, 8, 0, 0.001f }, "with a discriminator that learns" },
         { { 8, 1, 8, 0.001f }, "behind a discriminator that is ahead" },
         { { 8, 1, 0, 0.5f }, "the minimax gradient is" })
