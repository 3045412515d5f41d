// The oracle: what the run was told and what it reached.

#include "exercise.h"

extern const char *const run;

static const char *judge(Attempt a) {
    static const Attempt right = { "rescued",
                                   "key,value\ncloud,ring\nsteps,6000\nlr-d,5e-05\nd-steps,20\n",
                                   "key,value\nmodes,8\n" };
    const char *fault = attempt_read(&a, "06-vanilla-gan", &right);
    if (!fault) {
        fault = attempt_told(&a, "lr-d", 0.00005);
    }
    if (fault) {
        return fault;
    }
    if (!strstr(a.config, "\ncloud,ring\n")) {
        return wrong("%s was not played on the ring", a.name);
    }
    if (!(figure(a.config, "steps") <= 6000)) {
        return wrong("%s has taken %g steps: 6,000 are allowed", a.name, figure(a.config, "steps"));
    }
    double modes = figure(a.summary, "modes");
    return modes >= 8
               ? NULL
               : wrong("%s covers %.0f of the eight modes: the discriminator still comes too "
                       "late",
                       a.name, modes);
}

#define RUN(options, modes)                                                                        \
    { "mine", "key,value\n" options, "key,value\nmodes," modes "\n" }

EXERCISE(Attempt, judge, ((Attempt){ run, NULL, NULL }), { { "?", NULL, NULL }, "no run is named" },
         { { "none such", NULL, NULL }, "there is no run called none such" },
         { RUN("cloud,ring\nsteps,6000\nlr-d,0.001\n", "8"), "mine has --lr-d 0.001" },
         { RUN("cloud,grid\nsteps,6000\nlr-d,5e-05\n", "25"), "mine was not played on the ring" },
         { RUN("cloud,ring\nsteps,60000\nlr-d,5e-05\n", "8"), "mine has taken 60000 steps" },
         { RUN("cloud,ring\nsteps,6000\nlr-d,5e-05\n", "0"), "mine covers 0 of the eight" })
