// The oracle: summary.csv of the run.

#include "6-predict.h"
#include "exercise.h"

extern const Prediction prediction;

static const char *judge_number(const char *what, float said, double measured, double tolerance) {
    if (fabs(said - measured) <= tolerance) {
        return NULL;
    }
    return wrong("%s has %.3f, and you expected %.3f", what, measured, (double)said);
}

static const char *judge(Prediction p) {
    if (!(p.lenet > 0.0f && p.dense > 0.0f && p.lenet_moved > 0.0f && p.dense_moved > 0.0f)) {
        return wrong("a number is still open: write all four before you run the lesson");
    }
    if (fmaxf(fmaxf(p.lenet, p.dense), fmaxf(p.lenet_moved, p.dense_moved)) > 1.0f) {
        return wrong("an accuracy is a share, from 0 to 1: 90 of 100 is 0.9");
    }
    const char *summary = run_text("04-cnn", "summary.csv", NULL);
    double lenet = figure(summary, "valid_accuracy"), dense = figure(summary, "valid_accuracy_mlp");
    double moved = figure(summary, "moved_by_2_accuracy_lenet"),
           dense_moved = figure(summary, "moved_by_2_accuracy_mlp");
    if (isnan(lenet + dense + moved + dense_moved)) {
        return wrong("no run to compare with: make lesson-4");
    }
    const char *said = judge_number("LeNet", p.lenet, lenet, 0.01);
    said = said ? said : judge_number("the network without convolutions", p.dense, dense, 0.01);
    said = said ? said : judge_number("LeNet on moved pictures", p.lenet_moved, moved, 0.08);
    return said ? said
                : judge_number("the network without convolutions, on moved pictures,",
                               p.dense_moved, dense_moved, 0.08);
}

EXERCISE(Prediction, judge, prediction, { { 0.9f, 0.88f, 0.0f, 0.5f }, "a number is still open" },
         { { 90.0f, 88.0f, 77.0f, 55.0f }, "an accuracy is a share" },
         { { 0.99f, 0.88f, 0.77f, 0.55f }, "LeNet has" },
         { { 0.91f, 0.8f, 0.77f, 0.55f }, "the network without convolutions has" },
         { { 0.91f, 0.895f, 0.9f, 0.55f }, "LeNet on moved pictures has" },
         { { 0.91f, 0.895f, 0.77f, 0.88f }, "the network without convolutions, on moved" })
