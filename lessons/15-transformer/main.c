/*
## The program

What is left is read last: the options, and the acts in order.
*/

#include "acts.h"
#include "run/cli.h"

#include <stdlib.h>

static void all_acts(Run *run, const TransformerSettings *s, const Option *options) {
    State *state = state_open(run, options);
    Lab lab = { .run = run, .state = state, .settings = s };
    Trainings *copies = trainings_open(&lab, "copying", copying_count(s), copying_width());

    one_head(&lab);
    copying(&lab, copies);

    trainings_close(copies);
    state_close(state);
}

int main(int argc, char **argv) {
    TransformerSettings s = { .run = TEXT_RUN_DEFAULTS("15-transformer"),
                              .steps = 2000,
                              .seeds = 3,
                              .batch = 16,
                              .context = 64,
                              .lr = 0.004f,
                              .temperature = 0.8f };
    const Option options[] = {
        option_int("steps", &s.steps, 1, 1000000, "of the GPT; no other training takes more"),
        option_int("seeds", &s.seeds, 1, MOST_SEEDS, "how often the small tasks are learned"),
        SHOW_OPTIONS(s.show),
        RESUME_OPTION(s.run),
        TEXT_RUN_OPTIONS(s.run),
        OPTION_END,
    };
    cli_parse(options, argc, argv, "Lesson 15: the transformer.");
    Run *run = run_open(&s.run, options);
    all_acts(run, &s, options);
    return run_close(run);
}
