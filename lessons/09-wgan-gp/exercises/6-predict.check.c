// The oracle: summary.csv of the run.

#include "6-predict.h"
#include "exercise.h"

extern const Prediction prediction;

static bool near(float said, double measured) {
    return fabs(said - measured) <= 0.15 * measured;
}

static const char *judge(Prediction p) {
    if (p.norm_light == 0.0f || p.norm_heavy == 0.0f || p.modes_clipped < 0) {
        return wrong("a number is still open: write all three before you run the lesson");
    }
    const char *summary = run_text("09-wgan-gp", "summary.csv", NULL);
    double light = figure(summary, "slope"), heavy = figure(summary, "unit_slope"),
           modes = figure(summary, "clipped_modes");
    if (isnan(light + heavy + modes)) {
        return wrong("no run to compare with: make lesson-9 ARGS=\"--part plane\"");
    }
    if (!near(p.norm_heavy, heavy)) {
        return wrong("with lambda = 1 the norm is %.2f, and you expected %.2f: the penalty is the "
                     "stronger of the two forces there",
                     heavy, (double)p.norm_heavy);
    }
    if (!near(p.norm_light, light)) {
        return wrong("with lambda = 0.1 the norm is %.2f, and you expected %.2f: the critic's wish "
                     "to be steep outweighs a light penalty",
                     light, (double)p.norm_light);
    }
    return abs(p.modes_clipped - (int)modes) <= 1
               ? NULL
               : wrong("the game with clipping finds %.0f modes, and you expected %d", modes,
                       p.modes_clipped);
}

EXERCISE(Prediction, judge, prediction, { { 1.3f, 0.0f, 8 }, "a number is still open" },
         { { 1.0f, 2.0f, 8 }, "with lambda = 1 the norm" },
         { { 0.5f, 1.0f, 8 }, "with lambda = 0.1 the norm" },
         { { 1.25f, 1.0f, 0 }, "the game with clipping finds" })
