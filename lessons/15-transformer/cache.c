/*
## Writing, and what need not be computed again

A network that predicts the next character can write: draw a character from its probabilities, append it, ask again. Row 64 is
asked for after row 63, and the obvious way is to run the network over all 64 rows of the window, and use the last output. But
the attention is causal: rows 1 to 63 are what they were the last time, bit for bit. The new row needs only their keys and values.
So these are kept: a *cache* of $2 d$ numbers for a row and a block. Then a new character costs one row.

PICTURE

**When the window is full** the text goes on, and the positions end. Moving the window by one character would change the
position of every row, with it every key, and the cache would be void. So the window moves seldom, and then by half: the
last 32 characters are put in again, as rows 1 to 32, and the cache grows from there. Over a long text a character costs two rows
instead of one. (Networks that add to the scores something that depends on the distance alone, as ALiBi does, do not have this
trouble.)
*/

#include "acts.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void writer_open(Writer *w, Net *net, int context, bool cached) {
    *w = (Writer){ .net = net, .context = context, .cached = cached };
    w->window = alloc_floats((size_t)context);
    net_begin(net);
}

void writer_close(Writer *w) {
    free(w->window);
}

// The symbol becomes the next row. With the cache that row alone is computed, without it all of them.
static const float *next_row(Writer *w, float symbol) {
    float *row = w->window + w->n++;
    *row = symbol;
    if (w->cached) {
        return net_step(w->net, row, 1);
    }
    const float *scores = net_forward(w->net, w->window, w->n, EVAL);
    return scores + (size_t)(w->n - 1) * shape_size(w->net->out);
}

// The last half of a full window becomes the first half of the next one.
static void move_window(Writer *w) {
    int kept = w->context / 2;
    memmove(w->window, w->window + w->context - kept, (size_t)kept * sizeof *w->window);
    net_begin(w->net);
    w->n = w->cached ? 0 : kept;
    while (w->n < kept) {
        next_row(w, w->window[w->n]);
    }
}

const float *writer_put(Writer *w, int symbol) {
    if (w->n == w->context) {
        move_window(w);
    }
    return next_row(w, (float)symbol);
}

/*
**Temperature.** The scores are divided by a number $\tau$ before the softmax, $p_k \propto e^{s_k / \tau}$, as in lesson 14: below 1 the likely
characters become likelier. At 0 it is always the likeliest.
*/

int writer_draw(const float *scores, int words, float temperature, Rng *rng) {
    int likeliest = 0;
    double sum = 0.0;
    for (int k = 1; k < words; k++) {
        likeliest = scores[k] > scores[likeliest] ? k : likeliest;
    }
    if (temperature <= 0.0f) {
        return likeliest;
    }
    for (int k = 0; k < words; k++) {
        sum += exp((scores[k] - scores[likeliest]) / (double)temperature);
    }
    double left = rng_uniform(rng) * sum;
    for (int k = 0; k < words; k++) {
        left -= exp((scores[k] - scores[likeliest]) / (double)temperature);
        if (left < 0.0) {
            return k;
        }
    }
    return likeliest;
}

/*
## The same bytes, sooner

Both ways write the same text, if each score has the same bytes: a single last bit can turn one draw, and from there on the texts differ. The
program writes 1,000 characters both ways, compares all scores, and stops if a byte differs.
*/

enum { WRITTEN = 1000 };

// A line feed, if the text has it: what comes in front of an entry.
static int first_symbol(const Text *text) {
    int symbol = text_symbol(text, '\n');
    return symbol < 0 ? 0 : symbol;
}

// Writes n symbols and keeps all scores (n, words). Returns the seconds.
static double write_text(const Lab *lab, Net *net, bool cached, float temperature, int *symbols,
                         float *scores, int n) {
    Writer w;
    Rng rng = rng_create(lab_seed(lab, 0), RNG_SAMPLE);
    size_t words = shape_size(net->out);
    writer_open(&w, net, lab->settings->context, cached);
    int symbol = first_symbol(lab->text);
    double began = clock_seconds();
    for (int i = 0; i < n; i++) {
        memcpy(scores + (size_t)i * words, writer_put(&w, symbol), words * sizeof *scores);
        symbols[i] = symbol = writer_draw(scores + (size_t)i * words, (int)words, temperature, &rng);
    }
    double seconds = clock_seconds() - began;
    writer_close(&w);
    return seconds;
}

static void write_both_ways(Lab *lab, Net *net) {
    size_t words = shape_size(net->out), n = WRITTEN * words;
    float *cached = alloc_floats(n), *anew = alloc_floats(n);
    int symbols[2][WRITTEN];
    double slow = write_text(lab, net, false, 1.0f, symbols[0], anew, WRITTEN);
    double fast = write_text(lab, net, true, 1.0f, symbols[1], cached, WRITTEN);
    require(memcmp(cached, anew, n * sizeof *anew) == 0, "the cache changes the scores");
    run_summary(lab->run, "cache_same_bytes", 1.0);
    run_summary(lab->run, "cache_gain", slow / fast);
    run_say(lab->run,
            "%d characters: %.2f s without the cache, %.2f s with it, and all scores are the same",
            WRITTEN, slow, fast);
    free(cached);
    free(anew);
}

static void write_samples(Lab *lab, Net *net) {
    static const float temperatures[] = { 0.5f, 1.0f };
    OutFile *file = file_create(run_path(lab->run, "samples/text.txt"));
    float *scores = alloc_floats(WRITTEN * shape_size(net->out));
    int symbols[WRITTEN];
    for (size_t i = 0; i < sizeof temperatures / sizeof *temperatures; i++) {
        write_text(lab, net, true, temperatures[i], symbols, scores, WRITTEN);
        char *text = text_string(lab->text, symbols, WRITTEN);
        fprintf(file_stream(file), "--- temperature %.1f ---\n%s\n", (double)temperatures[i], text);
        free(text);
    }
    file_commit(file);
    free(scores);
}

/*
How the two ways grow with the length of the window is measured with an untrained network of the same width, whose window is 512
characters long: the time for one more character behind so many.
*/

enum { LONG = 512, PART = 32, ROUNDS = 5 };

static void write_costs(Lab *lab) {
    const TransformerSettings *s = lab->settings;
    Rng rng = rng_create(lab_seed(lab, 0), RNG_INIT);
    GptShape shape = { s->width, s->heads, LONG };
    Net *net = gpt_create(lab->text->n_codes, &shape, LONG, &rng);
    double cached[LONG], anew[LONG / PART];
    float *x = alloc_floats(LONG);
    for (int i = 0; i < LONG; i++) {
        x[i] = (float)rng_below(&rng, (uint32_t)lab->text->n_codes);
        cached[i] = anew[i / PART] = INFINITY;
    }
    for (int round = 0; round < ROUNDS; round++) {
        net_begin(net);
        for (int i = 0; i < LONG; i++) {
            double began = clock_seconds();
            net_step(net, x + i, 1);
            cached[i] = fmin(cached[i], 1e6 * (clock_seconds() - began));
        }
        for (int part = 0; part < LONG / PART; part++) {
            double began = clock_seconds();
            net_forward(net, x, (part + 1) * PART, EVAL);
            anew[part] = fmin(anew[part], 1e6 * (clock_seconds() - began));
        }
    }
    OutFile *file = file_create(run_path(lab->run, "seconds-cache.csv"));
    fprintf(file_stream(file), "row,cached_us,anew_us\n");
    for (int part = 0; part < LONG / PART; part++) {
        int row = (part + 1) * PART;
        fprintf(file_stream(file), "%d,%.1f,%.1f\n", row, cached[row - 1], anew[part]);
    }
    file_commit(file);
    run_summary(lab->run, "cache_gain_row_512", anew[LONG / PART - 1] / cached[LONG - 1]);
    free(x);
    net_free(net);
}

void cache(Lab *lab, Net *net) {
    if (state_begin(lab->state, "cache")) {
        write_both_ways(lab, net);
        write_samples(lab, net);
        write_costs(lab);
        state_end(lab->state, true);
    }
}
