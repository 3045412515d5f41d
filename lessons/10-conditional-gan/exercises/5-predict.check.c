// The oracle: summary.csv of the run.

#include "5-predict.h"
#include "exercise.h"

extern const Prediction prediction;

static const char *judge(Prediction p) {
    if (p.seeing < 0.0f || p.blind < 0.0f) {
        return wrong("a number is still open: write both before you run the lesson");
    }
    if (p.seeing > 1.0f || p.blind > 1.0f) {
        return wrong("a share is between 0 and 1: 90 of 100 is 0.9");
    }
    const char *summary = run_text("10-conditional-gan", "summary.csv", NULL);
    double seeing = figure(summary, "consistency"), blind = figure(summary, "blind_consistency");
    if (isnan(seeing + blind)) {
        return wrong("no run to compare with: make lesson-10");
    }
    if (fabs(p.blind - blind) > 0.06) {
        return wrong("with the blind discriminator it is %.3f, and you expected %.2f: who would "
                     "tell the generator that it took the wrong class?",
                     blind, (double)p.blind);
    }
    return fabs(p.seeing - seeing) <= 0.06 ? NULL
                                           : wrong("with the discriminator that sees the labels it "
                                                   "is %.3f, and you expected %.2f",
                                                   seeing, (double)p.seeing);
}

EXERCISE(Prediction, judge, prediction, { { 0.9f, -1.0f }, "a number is still open" },
         { { 90.0f, 10.0f }, "a share is between" },
         { { 0.9f, 0.5f }, "with the blind discriminator" },
         { { 0.5f, 0.1f }, "with the discriminator that sees" })
