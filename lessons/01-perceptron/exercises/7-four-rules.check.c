// The oracle: the summary of the learner's run.

#include "exercise.h"
#include "perceptron.h"

extern const double xor_squared_loss, xor_logistic_loss;
extern const int widest_margin, most_swing;

typedef struct {
    double squared, logistic;
    int widest, swing;
} Answer;

static const char *const names[RULES] = { "perceptron", "squared", "logistic", "hinge" };

static Answer theirs(void) {
    return (Answer){ xor_squared_loss, xor_logistic_loss, widest_margin, most_swing };
}

static double of_rule(const char *summary, const char *what, int rule, const char *name) {
    char key[100];
    snprintf(key, sizeof key, "%s_%s_%s", what, names[rule], name);
    return figure(summary, key);
}

static int largest(const char *summary, const char *what, const char *name) {
    int best = 0;
    for (int r = 1; r < RULES; r++) {
        best = of_rule(summary, what, r, name) > of_rule(summary, what, best, name) ? r : best;
    }
    return best;
}

static const char *judge(Answer a) {
    if (!isfinite(a.squared) || !isfinite(a.logistic)) {
        return wrong("%s is still empty: a prediction is worth something before the run only",
                     !isfinite(a.squared) ? "xor_squared_loss" : "xor_logistic_loss");
    }
    if (a.widest < 0 || a.widest >= RULES || a.swing < 0 || a.swing >= RULES) {
        return wrong("%s names no rule yet: PERCEPTRON, SQUARED, LOGISTIC or HINGE",
                     a.widest < 0 || a.widest >= RULES ? "widest_margin" : "most_swing");
    }
    const char *summary = run_text("01-perceptron", "summary.csv", NULL);
    if (!summary) {
        return wrong("The predictions are written down. Now run it, and ask again: make lesson-1");
    }
    double squared = figure(summary, "xor_squared_loss"),
           logistic = figure(summary, "xor_logistic_loss");
    if (!(fabs(a.squared - squared) < 0.05)) {
        return wrong("squared error on XOR: you say %g, the run says %.3f. No line does better "
                     "than a score of 0 for all",
                     a.squared, squared);
    }
    if (!(fabs(a.logistic - logistic) < 0.05)) {
        return wrong("logistic loss on XOR: you say %g, the run says %.3f. At a score of 0 it is "
                     "log 2, whatever the truth",
                     a.logistic, logistic);
    }
    int widest = largest(summary, "blobs", "margin"),
        swing = largest(summary, "2v4", "valid_swing");
    if (!isfinite(of_rule(summary, "2v4", 0, "valid_swing"))) {
        return wrong("this run has not learned 2 against 4: make lesson-1 without options does");
    }
    double said = of_rule(summary, "blobs", a.widest, "margin"),
           right = of_rule(summary, "blobs", widest, "margin");
    if (!(said > right - 0.04)) { // the first two are close, and change places with the seed
        return wrong("margin: you say %s, whose line has %.3f; that of %s has %.3f",
                     names[a.widest], said, names[widest], right);
    }
    if (a.swing != swing) {
        return wrong("swing: you say %s, whose error moves by %.4f; that of %s moves by %.4f",
                     names[a.swing], of_rule(summary, "2v4", a.swing, "valid_swing"), names[swing],
                     of_rule(summary, "2v4", swing, "valid_swing"));
    }
    return NULL;
}

EXERCISE(Answer, judge, theirs(),
         { { NAN, 0.693, HINGE, PERCEPTRON }, "xor_squared_loss is still" },
         { { 0, 0.693, HINGE, PERCEPTRON }, "squared error on XOR: you say 0," },
         { { 0.5, 0, HINGE, PERCEPTRON }, "logistic loss on XOR: you say 0," },
         { { 0.5, 0.693, PERCEPTRON, PERCEPTRON }, "margin: you say perceptron" },
         { { 0.5, 0.693, HINGE, SQUARED }, "swing: you say squared" },
         { { 0.5, 0.693, HINGE, RULES }, "most_swing names no rule" })
