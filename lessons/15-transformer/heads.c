/*
## What the heads look at

A head's weights can be looked at. Row $i$ of its matrix says from which characters the network takes what it needs to say what
comes behind character $i$. Two things are shown: the matrices of all heads for one window, `samples/heads.png`, a picture for
each head (a row of pictures is a block; white is a weight of ½ or more); and, for one place in the text, how every head
spreads its weight over the characters before it.

![The weights of eight heads for one window of 64 characters. In the first block, above, the bright places lie along the
diagonal; in the second there are vertical stripes below it, clearest in heads 2 and 4.](samples/heads.png)

Pictures tempt one to see what one expects. So four numbers are measured for every head, over the second halves of 64 windows of
the held-out text: the mean weight on the row itself, on the one before, and on the one before that; and the mean distance of
what it looks at, $\sum_j p_{ij} (i - j)$. If it looked at all rows alike, the weight of each would be about 1 / 48 and the
distance 24.
*/

#include "acts.h"
#include "base/die.h"
#include "base/file.h"
#include "data/image.h"
#include "kernels/attention.h"
#include "nn/loss.h"

#include <stdio.h>
#include <stdlib.h>

enum { LOOKED_AT = 64, LINE = 40 }; // windows; characters of the line

// The weights of one head for the first window of the net's last pass: p (context, context).
static void weights_of(const Layer *l, int head, float *p) {
    AttentionShape shape = { (int)shape_size(l->out), l->spec.heads, l->spec.steps,
                             l->spec.causal };
    attention_weights(p, l->x, head, &shape, l->workspace);
}

static int attention_layers(const Net *net, int *layers) {
    int n = 0;
    for (int i = 0; i < net->n_layers; i++) {
        if (net->layers[i].spec.kind == ATTENTION) {
            layers[n++] = i;
        }
    }
    return n;
}

// What is measured of a head, as means over rows.
typedef struct {
    double self, before, two_before, distance;
} Look;

// Adds the rows from the middle of the window on.
static void add_looks(Look *look, const float *p, int context, double share) {
    for (int i = context / 2; i < context; i++) {
        const float *row = p + i * context;
        look->self += share * row[i];
        look->before += share * (i > 0 ? row[i - 1] : 0.0f);
        look->two_before += share * (i > 1 ? row[i - 2] : 0.0f);
        for (int j = 0; j < i; j++) {
            look->distance += share * row[j] * (i - j);
        }
    }
}

static void report_looks(Lab *lab, const Look *looks, int blocks) {
    int heads = lab->settings->heads;
    OutFile *file = file_create(run_path(lab->run, "heads.csv"));
    fprintf(file_stream(file), "block,head,self,before,two_before,distance\n");
    for (int i = 0; i < blocks * heads; i++) {
        fprintf(file_stream(file), "%d,%d,%.4f,%.4f,%.4f,%.3f\n", i / heads + 1, i % heads + 1,
                looks[i].self, looks[i].before, looks[i].two_before, looks[i].distance);
        run_say(lab->run,
                "  block %d, head %d: self %.2f, before %.2f, two before %.2f, distance %.1f",
                i / heads + 1, i % heads + 1, looks[i].self, looks[i].before, looks[i].two_before,
                looks[i].distance);
    }
    for (int block = 0; block < blocks; block++) {
        double distance = 0.0, before = 0.0;
        char key[64];
        for (int head = 0; head < heads; head++) {
            distance += looks[block * heads + head].distance / heads;
            before += looks[block * heads + head].before / heads;
        }
        snprintf(key, sizeof key, "block_%d_distance", block + 1);
        run_summary(lab->run, key, distance);
        snprintf(key, sizeof key, "block_%d_before", block + 1);
        run_summary(lab->run, key, before);
    }
    file_commit(file);
}

// The characters before one place, and each head's weight on them.
static void write_line(Lab *lab, const float *p, const int *symbols, int blocks) {
    int context = lab->settings->context, heads = lab->settings->heads;
    int length = context < LINE ? context : LINE;
    OutFile *file = file_create(run_path(lab->run, "line.csv"));
    fprintf(file_stream(file), "block,head,place,code,weight\n");
    for (int i = 0; i < blocks * heads; i++) {
        const float *row = p + ((size_t)i * (size_t)context + (size_t)length - 1) * (size_t)context;
        for (int j = 0; j < length; j++) {
            fprintf(file_stream(file), "%d,%d,%d,%u,%.4f\n", i / heads + 1, i % heads + 1, j,
                    lab->text->codes[symbols[j]], (double)row[j]);
        }
    }
    file_commit(file);
}

// Random symbols, and then the same again: a head that looks for what came behind the last occurrence of a
// character would make the second time cheap.
static void report_repeats(Lab *lab, Net *net) {
    enum { TEXTS = 16 };
    int period = (lab->settings->context - 1) / 2, n = 2 * period, words = lab->text->n_codes;
    int *symbols = alloc_bytes((size_t)(n + 1) * sizeof *symbols);
    float *x = alloc_floats((size_t)n + 1);
    double bits[2] = { 0.0 };
    Rng rng = rng_create(run_seed(lab->run, 0), RNG_DATA);
    for (int text = 0; text < TEXTS; text++) {
        for (int i = 0; i <= n; i++) {
            symbols[i] = i < period ? (int)rng_below(&rng, (uint32_t)words) : symbols[i - period];
            x[i] = (float)symbols[i];
        }
        const float *scores = net_forward(net, x, n, EVAL);
        for (int copy = 0; copy < 2; copy++) {
            int first = copy * period;
            bits[copy] += BITS / TEXTS *
                          softmax_cross_entropy(NULL, scores + (size_t)first * (size_t)words,
                                                symbols + first + 1, period - 1, words);
        }
    }
    run_summary(lab->run, "repeat_first_bits", bits[0]);
    run_summary(lab->run, "repeat_second_bits", bits[1]);
    run_say(lab->run, "Random characters, the first time %.2f bits each, the second time %.2f",
            bits[0], bits[1]);
    free(symbols);
    free(x);
}

void watch_heads(Lab *lab, Net *net) {
    enum { MOST_LAYERS = 64 };
    int context = lab->settings->context, n_heads = lab->settings->heads, layers[MOST_LAYERS];
    if (!state_begin(lab->state, "heads")) {
        return;
    }
    int blocks = attention_layers(net, layers), n, *held = text_part(lab->text, TEXT_HELD_OUT, &n);
    int windows = (n - 1) / context < LOOKED_AT ? (n - 1) / context : LOOKED_AT;
    size_t map = (size_t)(context * context), pictures = (size_t)(blocks * n_heads);
    float *x = alloc_floats((size_t)context), *p = alloc_floats(map * pictures);
    Look *looks = alloc_bytes(pictures * sizeof *looks);
    double share = 1.0 / (windows * (context - context / 2));
    for (size_t i = 0; i < pictures; i++) {
        looks[i] = (Look){ .self = 0.0 };
    }
    for (int w = windows - 1; w >= 0; w--) { // the first window last: its maps are shown
        for (int t = 0; t < context; t++) {
            x[t] = (float)held[w * context + t];
        }
        net_forward(net, x, context, EVAL);
        for (size_t i = 0; i < pictures; i++) {
            const Layer *l = &net->layers[layers[i / (size_t)n_heads]];
            weights_of(l, (int)i % n_heads, p + i * map);
            add_looks(&looks[i], p + i * map, context, share);
        }
    }
    image_grid_grey(run_path(lab->run, "samples/heads.png"), p, (int)pictures, context, context,
                    n_heads, 3, 0.0f, 0.5f);
    report_looks(lab, looks, blocks);
    write_line(lab, p, held, blocks);
    if (context > 4) {
        report_repeats(lab, net);
    }
    state_end(lab->state, true);
    free(x);
    free(p);
    free(looks);
    free(held);
}

/*
![Weights of eight heads on the 40 characters up to a place in the text, a row for each head. The heads of the first block and
two of the second look at the last six characters; the other two look most at the beginning of the word, and a little at signs
further back.](line.svg)

| means over 64 windows | weight on itself | one before | two before | distance |
|---|--:|--:|--:|--:|
| block 1, head 1 | 0.21 | 0.38 | 0.24 | 1.5 |
| head 2 | 0.21 | 0.46 | 0.20 | 1.4 |
| head 3 | 0.17 | 0.42 | 0.23 | 1.5 |
| head 4 | 0.20 | 0.41 | 0.22 | 1.5 |
| block 2, head 1 | 0.17 | 0.28 | 0.14 | 3.8 |
| head 2 | 0.14 | 0.23 | 0.12 | 5.0 |
| head 3 | 0.26 | 0.25 | 0.14 | 3.3 |
| head 4 | 0.16 | 0.27 | 0.15 | 3.8 |

**The first block collects the last few characters.** Each of its heads puts more than four fifths of its weight on the row
itself and the two before it. In these means the four hardly differ.

**The second block looks further**, at a mean distance of 3.3 to 5.0, and its heads differ more. In the pictures they have
vertical stripes: single characters, at which all rows behind them look for a while. In the figure the beginning of the word,
the `C`, has the largest weight of two heads, 0.39 and 0.53. One of these also gives 0.07 and 0.10 to the slashes around the
second pronunciation.

**No induction was found.** A head that looked for what came behind the last occurrence of a character, as the two layers of
the [small tasks](#twenty-letters-back) do, would make a second copy of the same random characters cheap. They cost 10.74 bits
each the first time and 10.68 the second, hardly less; knowing only the alphabet one needs 6.58. (Such text is unlike all that
the network was trained on, and rows of the second copy also stand further on in the window. So the test can miss an induction
head, and the 0.07 bits need not come from one.)

And what a head looks at is not yet what it uses. The values that it fetches go through a dense layer and a sum before anything
is predicted. Whether a head matters would be seen by setting its output to 0 and measuring again.
*/
