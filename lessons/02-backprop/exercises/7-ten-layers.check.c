// The oracle: the summary of the learner's run.

#include "exercise.h"

extern const double sigmoid_power, tanh_power, relu_power, sigmoid_accuracy;

typedef struct {
    double sigmoid, tanh, relu, accuracy;
} Answer;

static Answer theirs(void) {
    return (Answer){ sigmoid_power, tanh_power, relu_power, sigmoid_accuracy };
}

static double power(const char *summary, const char *activation) {
    char key[100];
    snprintf(key, sizeof key, "deep_%s_first_over_last_gradient", activation);
    return log10(figure(summary, key));
}

static const char *judge(Answer a) {
    if (!isfinite(a.sigmoid + a.tanh + a.relu + a.accuracy)) {
        return wrong("%s is still empty: a prediction is worth something before the run only",
                     !isfinite(a.sigmoid) ? "sigmoid_power"
                     : !isfinite(a.tanh)  ? "tanh_power"
                     : !isfinite(a.relu)  ? "relu_power"
                                          : "sigmoid_accuracy");
    }
    if (a.accuracy < 0.0 || a.accuracy > 1.0) {
        return wrong("sigmoid_accuracy is a share, from 0 to 1");
    }
    const char *summary = run_text("02-backprop", "summary.csv", NULL);
    if (!summary) {
        return wrong("The predictions are written down. Now run it, and ask again: make lesson-2");
    }
    double sigmoid = power(summary, "sigmoid"), tanh = power(summary, "tanh"),
           relu = power(summary, "relu"), accuracy = figure(summary, "deep_sigmoid_accuracy");
    if (!(fabs(a.sigmoid - sigmoid) < 1.5)) {
        return wrong("sigmoid: you say 10 to the power %g, the run says %.1f. Eight slopes of at "
                     "most 1/4 are multiplied",
                     a.sigmoid, sigmoid);
    }
    if (!(fabs(a.tanh - tanh) < 0.6)) {
        return wrong("tanh: you say 10 to the power %g, the run says %.1f. Near zero its slope is "
                     "1, and Xavier's weights keep the rest",
                     a.tanh, tanh);
    }
    if (!(fabs(a.relu - relu) < 0.6)) {
        return wrong("ReLU: you say 10 to the power %g, the run says %.1f. Half of the slopes are "
                     "0, and He's weights make up for that",
                     a.relu, relu);
    }
    if (!(fabs(a.accuracy - accuracy) < 0.05)) {
        return wrong("the sigmoid's accuracy: you say %.2f, the run says %.2f. What share does one "
                     "name who has not learned anything?",
                     a.accuracy, accuracy);
    }
    return NULL;
}

EXERCISE(Answer, judge, theirs(), { { NAN, 0, 0, 0.1 }, "sigmoid_power is still empty" },
         { { -1, 0, 0, 0.1 }, "sigmoid: you say 10 to the power -1" },
         { { -4.8, -4.8, 0, 0.1 }, "tanh: you say" }, { { -4.8, 0, -2.7, 0.1 }, "ReLU: you say" },
         { { -4.8, 0, 0, 0.76 }, "the sigmoid's accuracy: you say" },
         { { -4.8, 0, 0, 10 }, "sigmoid_accuracy is a share" })
