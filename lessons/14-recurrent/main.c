/*
## The program

What is left is read last: the options, and the acts in order. The main network is trained first, so that its clock begins with
the program's.
*/

#include "acts.h"
#include "counts.h"
#include "data/dataset.h"
#include "measure/language.h"
#include "nn/checkpoint.h"
#include "run/cli.h"

#include <stdio.h>
#include <stdlib.h>

// The nets' tables, without training.
static void print_summaries(const RecurrentSettings *s) {
    enum { WORDS = 96 }; // in the Jargon File
    static const Which shown[] = { MAIN, PLAIN, GATED };
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        const WriterSpec *spec = &writer_specs[shown[i]];
        Net *net = writer_net(WORDS, spec->kind, shown[i] == MAIN ? s->layers : 1, 0.0f, 1);
        printf("%s", i > 0 ? "\n" : "");
        show_net(&s->show, &s->run, spec->name, net);
        net_free(net);
    }
}

// How many bits the test text takes. It is a part of the held-out text, which the logs are measured on, too.
static void score_on_test(Run *run, Net *net, const Text *text) {
    int n;
    int *test = text_part(text, TEXT_TEST, &n);
    double bits = bits_in_streams(NULL, net, test, n, PIECES);
    run_say(run, "On the test text, %d characters: %.4f bits per character", n, bits);
    run_summary(run, "test_bits", bits);
    free(test);
}

// With --load nothing is trained.
static void use_model(Run *run, const RecurrentSettings *s, const Text *text) {
    const WriterSpec *spec = &writer_specs[MAIN];
    Net *net = writer_net(text->n_codes, spec->kind, s->layers, 0.0f, 1);
    language_load(s->run.load, net, text);
    score_on_test(run, net, text);
    show_text(run, net, text, &s->writing);
    net_free(net);
}

static void count(RecurrentLab *lab) {
    if (state_begin(lab->state, "counts")) {
        counts_act(lab->run, lab->text);
        state_end(lab->state, true);
    }
}

// The main network first, and behind it what needs no other; then the other networks, and what is about all of them.
static void all_acts(Run *run, const RecurrentSettings *s, const Option *options, Text *text) {
    State *state = state_open(run, options);
    RecurrentLab lab = lab_open(run, state, s, text);
    Trainings *clippings =
        trainings_open(run, state, "clipping", CLIPPINGS * CLIPPING_SEEDS, CLIPPING_FIGURES);
    Trainings *memories = trainings_open(run, state, "memory", memory_count(), memory_each());
    Trainings *directions =
        trainings_open(run, state, "direction", direction_count(), direction_each());
    Writers *writers = writers_open(&lab);
    bool over = train_writer(&lab, writers, MAIN);
    if (over) {
        count(&lab);
        cell(&lab);
        clipping(&lab, clippings);
        memory(&lab, memories);
        direction(&lab, directions);
    }
    for (int i = MAIN + 1; i < WRITERS; i++) {
        over = over && train_writer(&lab, writers, (Which)i);
    }
    if (over) {
        compare_writers(&lab, writers);
        vanishing(&lab, writers);
        mixture(&lab, writers);
        Net *net = writers_net(&lab, writers, MAIN);
        score_on_test(run, net, text);
        show_text(run, net, text, &s->writing);
        net_free(net);
    }
    writers_close(writers);
    trainings_close(directions);
    trainings_close(memories);
    trainings_close(clippings);
    lab_close(&lab);
    state_close(state);
}

enum { LEAST_TEXT = 200 }; // characters in a held-out part

int main(int argc, char **argv) {
    RecurrentSettings s = { .run = TEXT_RUN_DEFAULTS("14-recurrent"),
                            .steps = USUAL_STEPS,
                            .layers = 1,
                            .lr = 0.01f,
                            .pictures = "fashion",
                            .writing = WRITING_DEFAULTS };
    const Option options[] = {
        option_int("steps", &s.steps, 1, 1000000, "steps of each network that learns the text"),
        option_int("layers", &s.layers, 1, MOST_LAYERS, "recurrent layers of the main network"),
        option_float("lr", &s.lr, 0, 1000, "their learning rate at the beginning; falls to 0"),
        option_text("pictures", &s.pictures, "fashion, mnist, or a folder: read row by row"),
        WRITING_OPTIONS(s.writing),
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
    Text *text = text_load(s.run.data);
    text_require(text, &(TextNeeds){ .who = "lesson 14",
                                     .train = s.run.load ? 0 : PIECES * PIECE + 1,
                                     .valid = s.run.load ? 0 : LEAST_TEXT,
                                     .test = LEAST_TEXT });
    if (s.run.load) {
        use_model(run, &s, text);
    } else {
        dataset_require(
            s.pictures,
            &(Needs){
                .who = "lesson 14", .option = "--pictures", .side = 28, .train = 64, .test = 1 });
        all_acts(run, &s, options, text);
    }
    text_free(text);
    return run_close(run);
}
