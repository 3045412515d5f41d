// The oracle: what the run was told and what it reached.

#include "exercise.h"

extern const char *const run;

static const char *judge(Attempt a) {
    static const Attempt right = { "fast",
                                   "key,value\nepochs,5\nimages,60000\nhidden,128\nlr,1\n"
                                   "activation,sigmoid\n",
                                   "key,value\nvalid_accuracy,0.8716\n" };
    const char *fault = attempt_read(&a, "02-backprop", &right);
    if (fault) {
        return fault;
    }
    if (!strstr(a.config, "\nactivation,sigmoid\n")) {
        return wrong("the hidden layer of the run %s is not one of sigmoids", a.name);
    }
    if (!(figure(a.config, "hidden") <= 128)) {
        return wrong("%s has %g hidden units: at most 128 are allowed", a.name,
                     figure(a.config, "hidden"));
    }
    if (!(figure(a.config, "epochs") <= 5)) {
        return wrong("%s has taken %g epochs: five are allowed", a.name,
                     figure(a.config, "epochs"));
    }
    fault = attempt_told(&a, "images", 60000);
    if (fault) {
        return fault;
    }
    double accuracy = figure(a.summary, "valid_accuracy");
    return accuracy >= 0.865
               ? NULL
               : wrong("%s names %.3f of the validation images correctly, and 0.865 "
                       "is asked for: its gradient is small, so what has to be large?",
                       a.name, accuracy);
}

#define RUN(options, accuracy)                                                                     \
    { "mine", "key,value\n" options, "key,value\nvalid_accuracy," accuracy "\n" }

EXERCISE(Attempt, judge, ((Attempt){ run, NULL, NULL }), { { "?", NULL, NULL }, "no run is named" },
         { { "none such", NULL, NULL }, "there is no run called none such" },
         { RUN("activation,tanh\nepochs,5\nhidden,128\nimages,60000\n", "0.88"),
           "the hidden layer of the run mine" },
         { RUN("activation,sigmoid\nepochs,5\nhidden,512\nimages,60000\n", "0.88"),
           "mine has 512 hidden units" },
         { RUN("activation,sigmoid\nepochs,40\nhidden,128\nimages,60000\n", "0.88"),
           "mine has taken 40 epochs" },
         { RUN("activation,sigmoid\nepochs,5\nhidden,128\nimages,70000\n", "0.88"),
           "mine has --images 70000" },
         { RUN("activation,sigmoid\nepochs,5\nhidden,128\nimages,60000\n", "0.8312"),
           "mine names 0.831 of the validation" })
