/*
## The program

What is left is read last: the options, and the acts in order. The GPT is trained before the small tasks, so that its clock begins
with the program's.
*/

#include "acts.h"
#include "base/die.h"
#include "measure/language.h"
#include "run/cli.h"

#include <stdio.h>
#include <stdlib.h>

enum { LEAST_TEXT = 200 }; // characters in a held-out part

// The nets' tables, without training: the GPT for the Jargon File, and those of the small tasks.
static void print_summaries(const TransformerSettings *s) {
    enum { WORDS = 96 };
    Rng rng = rng_create(1, RNG_INIT);
    GptShape shape = { s->width, s->heads, s->context };
    Net *net = gpt_create(WORDS, &shape, s->context, &rng);
    show_net(&s->show, &s->run, "gpt", net);
    net_free(net);
    show_copying(s);
}

// How many bits the test text takes. It is a part of the held-out text, which the log is measured on, too.
static void score_on_test(Run *run, Net *net, const Text *text) {
    int n;
    int *test = text_part(text, TEXT_TEST, &n);
    double bits = bits_in_windows(NULL, net, test, n);
    run_say(run, "On the test text, %d characters: %.4f bits per character", n, bits);
    run_summary(run, "test_bits", bits);
    free(test);
}

// With --load nothing is trained.
static void use_model(Run *run, const TransformerSettings *s, const Text *text) {
    Rng rng = rng_create(1, RNG_INIT);
    GptShape shape = { s->width, s->heads, s->context };
    Net *net = gpt_create(text->n_codes, &shape, s->batch * s->context, &rng);
    language_load(s->run.load, net, text);
    score_on_test(run, net, text);
    show_text(run, net, text, &s->writing);
    net_free(net);
}

static void all_acts(Run *run, const TransformerSettings *s, const Option *options, Text *text) {
    State *state = state_open(run, options);
    Lab lab = { .run = run, .state = state, .settings = s, .text = text };
    Trainings *copies = trainings_open(run, state, "copying", copying_count(s), copying_width());
    Trainings *less = ablations_open(&lab);
    Net *net = gpt_open(&lab);

    one_head(&lab);
    one_block(&lab);
    gpt(&lab, net);
    copying(&lab, copies);
    ablations(&lab, less);
    if (!run_stopped(run)) {
        context_cost(&lab);
        cache(&lab, net);
        watch_heads(&lab, net);
        neighbours(&lab, net);
    }
    if (!run_stopped(run)) {
        language_save(run_path(run, "model.safetensors"), net, text);
        score_on_test(run, net, text);
        show_text(run, net, text, &s->writing);
    }
    net_free(net);
    trainings_close(less);
    trainings_close(copies);
    state_close(state);
}

int main(int argc, char **argv) {
    TransformerSettings s = { .run = TEXT_RUN_DEFAULTS("15-transformer"),
                              .steps = 5000,
                              .seeds = 3,
                              .ablation_seeds = 1,
                              .batch = 16,
                              .context = 64,
                              .width = 64,
                              .heads = 4,
                              .lr = 0.003f,
                              .writing = WRITING_DEFAULTS };
    const Option options[] = {
        option_int("steps", &s.steps, 1, 1000000,
                   "of the GPT; other nets take no more than a quarter"),
        option_int("seeds", &s.seeds, 1, MOST_SEEDS, "how often the small nets are trained"),
        option_int("ablation-seeds", &s.ablation_seeds, 1, MOST_SEEDS,
                   "the same for the ablations"),
        option_int("batch", &s.batch, 1, 1024, "windows a step"),
        option_int("width", &s.width, 8, 1024,
                   "numbers a row of the GPT; a multiple of 4, its heads"),
        option_float("lr", &s.lr, 0, 1000, "the GPT's highest learning rate; falls to 0"),
        WRITING_OPTIONS(s.writing),
        SHOW_OPTIONS(s.show),
        LOAD_OPTION(s.run, "use this model.safetensors instead of training"),
        RESUME_OPTION(s.run),
        TEXT_RUN_OPTIONS(s.run),
        OPTION_END,
    };
    cli_parse(options, argc, argv, "Lesson 15: the transformer.");
    if (s.width % s.heads != 0) {
        die("--width %d cannot be shared by %d heads. Choose a multiple of %d", s.width, s.heads,
            s.heads);
    }
    if (show_asked(&s.show)) {
        print_summaries(&s);
        return EXIT_SUCCESS;
    }
    Run *run = run_open(&s.run, options);
    Text *text = text_load(s.run.data);
    text_require(text, &(TextNeeds){ .who = "lesson 15",
                                     .train = s.run.load ? 0 : LONGEST_CONTEXT + 2,
                                     .valid = s.run.load ? 0 : LEAST_TEXT,
                                     .test = LEAST_TEXT });
    if (s.run.load) {
        use_model(run, &s, text);
    } else {
        all_acts(run, &s, options, text);
    }
    text_free(text);
    return run_close(run);
}
