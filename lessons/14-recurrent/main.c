/*
## The program

What is left is read last: the options, and the acts in order. The main network is trained first, so that its clock begins with
the program's.
*/

#include "acts.h"
#include "counts.h"
#include "base/die.h"
#include "measure/language.h"
#include "nn/checkpoint.h"
#include "run/cli.h"

#include <stdio.h>
#include <stdlib.h>

// The nets' tables, without training.
static void print_summaries(const RecurrentSettings *s) {
    enum { WORDS = 96 }; // in the Jargon File
    static const Which shown[] = { MAIN, PLAIN, GATED, DEEP };
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        const WriterSpec *spec = &writer_specs[shown[i]];
        Net *net = writer_net(WORDS, spec->kind, spec->layers, 0.0f, 1);
        printf("%s", i > 0 ? "\n" : "");
        show_net(&s->show, &s->run, spec->name, net);
        net_free(net);
    }
}

static void all_acts(Run *run, const RecurrentSettings *s, const Option *options) {
    State *state = state_open(run, options);
    RecurrentLab lab = lab_open(run, state, s);
    Trainings *clippings = trainings_open(&lab, "clipping", CLIPPINGS * CLIPPING_SEEDS, CLIPPING_FIGURES);
    Trainings *memories = trainings_open(&lab, "memory", memory_count(), memory_each());
    Trainings *directions = trainings_open(&lab, "direction", direction_count(), direction_each());
    Writers *writers = writers_open(&lab);

    bool over = train_writer(&lab, writers, MAIN);
    if (over) {
        counts(&lab);
        cell(&lab);
        clipping(&lab, clippings);
        memory(&lab, memories);
        direction(&lab, directions);
        for (int i = MAIN + 1; i < WRITERS; i++) {
            over = over && train_writer(&lab, writers, (Which)i);
        }
    }
    if (over) {
        compare_writers(&lab, writers);
        vanishing(&lab, writers);
        mixture(&lab, writers->net[MAIN]);
    }
    writers_close(writers);
    trainings_close(directions);
    trainings_close(memories);
    trainings_close(clippings);
    lab_close(&lab);
    state_close(state);
}

int main(int argc, char **argv) {
    RecurrentSettings s = { .run = TEXT_RUN_DEFAULTS("14-recurrent"),
                            .steps = USUAL_STEPS,
                            .lr = 0.01f,
                            .pictures = "fashion",
                            .temperature = 0.5f,
                            .begin = "" };
    const Option options[] = {
        option_int("steps", &s.steps, 1, 1000000, "steps of each network that learns the text"),
        option_float("lr", &s.lr, 0, 1000, "their learning rate at the beginning; falls to 0"),
        option_text("pictures", &s.pictures, "fashion, mnist, or a folder: read row by row"),
        SHOW_OPTIONS(s.show),
        LOAD_OPTION(s.run, "use this model.safetensors instead of training"),
        RESUME_OPTION(s.run),
        TEXT_RUN_OPTIONS(s.run),
        OPTION_END,
    };
    cli_parse(options, argc, argv, "Lesson 14: recurrent networks.");
    if (show_asked(&s.show)) {
        print_summaries(&s);
        return EXIT_SUCCESS;
    }
    Run *run = run_open(&s.run, options);
    if (s.run.load) {
        use_model(run, &s);
    } else {
        all_acts(run, &s, options);
    }
    return run_close(run);
}
