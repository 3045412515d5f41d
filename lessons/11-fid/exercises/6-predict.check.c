// The oracle: summary.csv of the run.

#include "6-predict.h"
#include "exercise.h"

extern const Order prediction;

enum { DAMAGES = 6 };
static const char *const names[DAMAGES] = { "noise", "salt", "blur", "swirl", "shift", "missing" };
static const char *const keys[DAMAGES] = { "noise_25",  "salt_0.02", "blur_2",
                                           "swirl_0.5", "shift_2",   "missing_2" };

// The run of the proof.
static const char made[] =
    "noise_25,8.5\nsalt_0.02,4.3\nblur_2,45\nswirl_0.5,31\nshift_2,23\nmissing_2,27\n";

static const char *judge(Order order) {
    const char *said = check_order(order.name, names, DAMAGES);
    if (said) {
        return said;
    }
    const char *summary = run_text("11-fid", "summary.csv", made);
    double distance[DAMAGES];
    for (int i = 0; i < DAMAGES; i++) {
        distance[i] = figure(summary, keys[i]);
        if (isnan(distance[i])) {
            return wrong("no run to compare with: make lesson-11");
        }
    }
    return judge_order(order.name, names, distance, DAMAGES);
}

EXERCISE(Order, judge, prediction,
         { { { "salt", "noise", "?", "missing", "swirl", "blur" } }, "place 3 is still open" },
         { { { "salt", "noise", "shift", "missing", "swirl", "mirror" } },
           "\"mirror\" is not one of the 6" },
         { { { "salt", "noise", "shift", "salt", "swirl", "blur" } },
           "\"salt\" stands there twice" },
         { { { "blur", "noise", "salt", "shift", "swirl", "missing" } }, "7 of 13 pairs" },
         { { { "blur", "swirl", "missing", "shift", "noise", "salt" } }, "0 of 13 pairs" })
