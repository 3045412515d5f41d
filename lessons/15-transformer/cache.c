/*
## Writing, and what need not be computed again

A network that predicts the next character can write: draw a character from its probabilities, append it, ask again. The
obvious way to ask for row 64 is to run the network over all 64 rows of the window and to read the last output. But the
attention is causal: rows 1 to 63 are what they were the last time, bit for bit. What the new row needs of them are their keys
and values. So these are kept: a *cache* of $2 d$ numbers for each row and block. Then a new character costs one row.

![Left: without a cache all rows so far go through both blocks for one more character. Right: the keys and values of the rows
so far are kept, and only the new row goes through.](diagrams/cache.svg)

**When the window is full** the text goes on, and the positions end. If the window moved by one character, every row would have
another position, and with it another key: the whole cache would be void. So it moves seldom, and then by half. The last 32
characters are read again, as rows 1 to 32, and the cache grows from there. Over a long text a character costs two rows in
place of one. (The library does it: [language models](language.html). Networks that tell attention the distance of two rows, as
ALiBi does (Press et al. 2022), in place of adding positions, can drop the oldest row and keep the others.)

## The same bytes, sooner

Both ways must write the same text. That is more than nearly the same scores: one bit in the last place can turn one draw, and
from there on the texts differ. So the program writes 1,000 characters with the cache, computes each score a second time from
all the rows of the window, and stops if a byte differs. It holds because [attention](attention.html) and the dense layers, in
evaluation mode, compute a row in the same order whether it comes alone or with others.
*/

#include "acts.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/file.h"
#include "measure/language.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The scores behind n symbols of a window, without a cache.
static const float *scores_anew(Net *net, const int *window, int n, float *x) {
    for (int i = 0; i < n; i++) {
        x[i] = (float)window[i];
    }
    return net_forward(net, x, n, EVAL) + (size_t)(n - 1) * shape_size(net->out);
}

// Seconds that n characters take, with the cache and anew, and whether all scores have the same bytes.
typedef struct {
    double cached, anew;
    bool same;
} BothWays;

static BothWays write_both_ways(Net *net, int first, int n, uint64_t seed) {
    size_t words = shape_size(net->out);
    float *kept = alloc_floats(words), *x = alloc_floats((size_t)net->batch);
    BothWays both = { .same = true };
    Writer writer = writer_open(net, &first, 1, 1.0f, rng_create(seed, RNG_SAMPLE));
    for (int i = 0; i < n; i++) {
        double began = clock_seconds();
        writer_next(&writer);
        memcpy(kept, writer.scores, words * sizeof *kept);
        double middle = clock_seconds();
        const float *anew = scores_anew(net, writer.past, writer.n_past, x);
        both.cached += middle - began;
        both.anew += clock_seconds() - middle;
        both.same &= memcmp(anew, kept, words * sizeof *kept) == 0;
        writer.scores = kept; // the net has written over its own
    }
    writer_close(&writer);
    free(kept);
    free(x);
    return both;
}

enum { WRITTEN = 1000 };

static void compare_both_ways(Lab *lab, Net *net) {
    int first = text_symbol(lab->text, '\n');
    BothWays both = write_both_ways(net, first < 0 ? 0 : first, WRITTEN, run_seed(lab->run, 0));
    require(both.same, "the cache changes the scores");
    run_summary(lab->run, "cache_same_bytes", both.same);
    run_summary(lab->run, "cache_gain", both.anew / both.cached);
    run_say(lab->run, "%d characters: %.2f s computed anew, %.2f s cached; all scores are the same",
            WRITTEN, both.anew, both.cached);
}

static void write_samples(Lab *lab, Net *net) {
    static const float temperatures[] = { 0.5f, 1.0f };
    OutFile *file = file_create(run_path(lab->run, "samples/text.txt"));
    for (size_t i = 0; i < sizeof temperatures / sizeof *temperatures; i++) {
        char *text = write_sample(net, lab->text, "", WRITTEN, temperatures[i],
                                  rng_create(run_seed(lab->run, 0), RNG_SAMPLE));
        fprintf(file_stream(file), "%s--- temperature %.1f ---\n%s\n", i > 0 ? "\n" : "",
                (double)temperatures[i], text);
        free(text);
    }
    file_commit(file);
}

/*
## Against the length of the text

How the two ways grow is measured with an untrained network of the same width, whose window has 512 characters: the time for
one more character behind so many.
*/

enum { LONG = 512, PART = 32, ROUNDS = 5 };

static void write_costs(Lab *lab) {
    const TransformerSettings *s = lab->settings;
    Rng rng = rng_create(run_seed(lab->run, 0), RNG_INIT);
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
    run_summary(lab->run, "cache_gain_64", anew[64 / PART - 1] / cached[63]);
    run_summary(lab->run, "cache_gain_512", anew[LONG / PART - 1] / cached[LONG - 1]);
    free(x);
    net_free(net);
}

// On one thread, since a single row is too little work to be shared.
void cache(Lab *lab, Net *net) {
    if (state_begin(lab->state, "cache")) {
        int threads = omp_get_max_threads();
        omp_set_num_threads(1);
        compare_both_ways(lab, net);
        write_samples(lab, net);
        write_costs(lab);
        omp_set_num_threads(threads);
        state_end(lab->state, true);
    }
}

/*
![Milliseconds for one more character against the characters so far. Computed anew the time grows faster than in proportion to
them; with the cache it stays near zero.](cache.svg)

Computed anew, one more character costs what all rows together cost: behind 64 characters 22 times as much as with the cache,
behind 512 characters 163 times. With the cache a character takes 33 microseconds behind 32 characters and 53 behind 512, where
it meets 16 times as many keys and values. In the 1,000 characters above the cache is worth less, a factor of 7.2: the window
has 64 rows, of which the other way computes 33 to 64 for a character, and the cache two. By the times above that would be a
factor of about 9; what takes the rest was not measured.
*/
