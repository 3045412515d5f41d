// The oracle: the summary of the learner's run.

#include "exercise.h"
#include "nn/optimizer.h"

extern const int slowest_method, worst_schedule;
extern const double l2_over_decay;

typedef struct {
    int method, schedule;
    double ratio;
} Answer;

static Answer theirs(void) {
    return (Answer){ slowest_method, worst_schedule, l2_over_decay };
}

static double loss(const char *summary, const char *act, const char *name) {
    char key[100];
    snprintf(key, sizeof key, "%s_%s_valid_loss", act, name);
    return figure(summary, key);
}

// NULL if the one named has the highest loss of n, or is within 0.005 of it.
static const char *compare(const char *summary, const char *act, const char *const *names, int n,
                           int named) {
    int worst = 0;
    for (int i = 1; i < n; i++) {
        worst = loss(summary, act, names[i]) > loss(summary, act, names[worst]) ? i : worst;
    }
    double said = loss(summary, act, names[named]), high = loss(summary, act, names[worst]);
    return said > high - 0.005 ? NULL
                               : wrong("%s: you say %s, which ends at %.3f; %s ends at %.3f", act,
                                       names[named], said, names[worst], high);
}

static const char *judge(Answer a) {
    const char *methods[OPTIMIZER_KINDS];
    static const char *const schedules[] = { [CONSTANT] = "constant",
                                             [STEP_DECAY] = "step",
                                             [LINEAR_DECAY] = "linear",
                                             [COSINE] = "cosine" };
    for (int k = 0; k < OPTIMIZER_KINDS; k++) {
        methods[k] = optimizer_name((OptimizerKind)k);
    }
    int n_schedules = sizeof schedules / sizeof *schedules;
    if (a.method < 0 || a.method >= OPTIMIZER_KINDS) {
        return wrong(
            "slowest_method names no method yet: a prediction is worth something before the "
            "run only");
    }
    if (a.schedule < 0 || a.schedule >= n_schedules) {
        return wrong("worst_schedule names none of the four yet");
    }
    if (!isfinite(a.ratio)) {
        return wrong("l2_over_decay is still empty");
    }
    const char *summary = run_text("03-optimizers", "summary.csv", NULL);
    if (!summary) {
        return wrong("The predictions are written down. Now run it, and ask again: make lesson-3");
    }
    const char *said = compare(summary, "race", methods, OPTIMIZER_KINDS, a.method);
    said = said ? said : compare(summary, "schedule", schedules, n_schedules, a.schedule);
    if (said) {
        return said;
    }
    double ratio = figure(summary, "decay_adam_l2_weight_norm") /
                   figure(summary, "decay_adam_decay_weight_norm");
    if (!(fabs(a.ratio - ratio) < 0.2)) {
        return wrong(
            "weights: with L2 they are %.2f times as long as with weight decay, and you say "
            "%.2f. The penalty is divided by the root of s, and the decay is not",
            ratio, a.ratio);
    }
    return NULL;
}

EXERCISE(Answer, judge, theirs(), { { OPTIMIZER_KINDS, CONSTANT, 0.4 }, "slowest_method names no" },
         { { SGD, -1, 0.4 }, "worst_schedule names none" },
         { { SGD, CONSTANT, NAN }, "l2_over_decay is still empty" },
         { { ADAM, CONSTANT, 0.4 }, "race: you say adam, which ends at" },
         { { SGD, COSINE, 0.4 }, "schedule: you say cosine, which ends at" },
         { { SGD, CONSTANT, 1.0 }, "weights: with L2 they are" })
