// The oracle: summary.csv of the run.

#include "6-predict.h"
#include "exercise.h"

extern const Order prediction;

static const char *const names[5] = { "default", "tight", "one-step", "adam", "momentum" };

// The run of the proof.
static const char made[] = "emd,0.36\ntight_emd,0.91\none-step_emd,0.29\nadam_emd,0.34\n"
                           "momentum_emd,0.93\n";

static const char *judge(Order order) {
    const char *said = check_order(order.name, names, 5);
    if (said) {
        return said;
    }
    const char *summary = run_text("08-wgan", "summary.csv", made);
    double distance[5];
    for (int i = 0; i < 5; i++) {
        char key[32];
        snprintf(key, sizeof key, "%s%semd", i ? names[i] : "", i ? "_" : "");
        distance[i] = figure(summary, key);
        if (isnan(distance[i])) {
            return wrong("no run to compare with: make lesson-8 ARGS=\"--part plane\"");
        }
    }
    return judge_order(order.name, names, distance, 5);
}

EXERCISE(Order, judge, prediction,
         { { { "default", "?", "one-step", "adam", "momentum" } }, "place 2 is still open" },
         { { { "default", "tight", "one-step", "adam", "sgd" } }, "\"sgd\" is not one of the 5" },
         { { { "adam", "tight", "one-step", "adam", "momentum" } }, "\"adam\" stands there twice" },
         { { { "momentum", "default", "tight", "one-step", "adam" } }, "1 of 6 pairs stand" },
         { { { "tight", "default", "one-step", "adam", "momentum" } }, "3 of 6 pairs stand" })
