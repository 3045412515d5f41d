/*
## Counting

How good can one be without a network? Take the most direct way: look up what came next whenever these last five characters
stood in the text. It needs no gradient, reads the text once, and sets the mark for everything that follows.

Let a text be $c_1 \dots c_n$ and $h$ a *context*, the last $m - 1$ characters. A model that looks no further back is an
*$m$-gram model*. Of all of them, which gives the text that was counted the highest probability? With $N(hc)$ for how often
$c$ follows $h$, the logarithm of that probability is

$$ \log P = \sum_{h} \sum_{c} N(hc) \log p(c \mid h), \qquad \sum_c p(c \mid h) = 1 \text{ for each } h . $$

Shift a little probability from one character to another behind the same $h$. At the maximum that changes nothing, so the slope
$N(hc) / p(c \mid h)$ is the same for all $c$: the probabilities are proportional to the counts,

$$ p(c \mid h) = \frac{N(hc)}{N(h)}, \qquad N(h) = \sum_c N(hc) . $$

That is the *maximum likelihood* estimate. It fails at once, and completely. The longer the context, the fewer of the
$m$-grams of another text have been seen before; one that was not has the probability 0, and a text with one such place the
probability 0, too: infinitely many bits. With six characters that happens at about every fifth place. A model must say that
what it has never seen is possible, and the whole question is how possible. That is called *smoothing*.

## The tree of contexts

First the counts themselves. There are $96^6$ rows of six characters, about $8 \cdot 10^{11}$, of which a text of a million
has a few hundred thousand. So a table with a place for each is out of the question. But an $m$-gram is an $(m-1)$-gram and
one character more, so all of them, short and long, are nodes of one tree, and a node is found from its parent and the
character:

    ""  ─ u ─ "u"  ─ n ─ "un"  ─ i ─ "uni"  ─ x ─ "unix"
                  │           └ d ─ "und"
                  └ s ─ "us"

The children of all nodes stand in one hash table. While the text is read, the nodes of the last 0, 1, … characters are
remembered; with the next character each of them steps to its child, which is the node of a context that is longer by one:

    read so far …un:    ""   "n"   "un"         next character i:   ""   "i"   "ni"   "uni"

So a character costs one look-up for each order, for counting and for predicting alike.
*/

#include "counts.h"
#include "base/die.h"
#include "base/file.h"
#include "base/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

// A node: a row of symbols that stands in the text.
typedef struct {
    uint32_t parent;   // the row without its last symbol
    uint32_t n;        // how often it stands there: N
    uint32_t followed; // how often a symbol follows it: the sum of N over its children
    uint32_t pairs;    // the sum of `before` over its children
    uint16_t symbol;   // its last one
    uint16_t length;
    uint16_t kinds;  // different symbols that follow it: its children
    uint16_t before; // different symbols that stand before it; the edge of the text counts as one
} Gram;

enum { ROOT = 0 };
#define NONE UINT32_MAX

struct Counts {
    Gram *grams;
    uint32_t n, room;
    uint32_t *slots; // (2^bits): the hash table, a gram's place + 1, or 0
    int bits;
    int order, n_codes;
    int n_read;                       // symbols
    double raw[MOST_ORDER + 1];       // discounts (see below), of counts
    double continued[MOST_ORDER + 1]; // and of `before`
};

// The slot where the child of `parent` by `symbol` is, or would be.
static uint32_t *slot_of(const Counts *c, uint32_t parent, int symbol) {
    uint64_t key = (uint64_t)parent << 16 | (uint64_t)symbol;
    uint32_t mask = (uint32_t)(1u << c->bits) - 1;
    uint32_t i = (uint32_t)(key * 0x9e3779b97f4a7c15u >> (64 - c->bits));
    while (c->slots[i] != 0) {
        const Gram *g = &c->grams[c->slots[i] - 1];
        if (g->parent == parent && g->symbol == symbol) {
            break;
        }
        i = (i + 1) & mask;
    }
    return &c->slots[i];
}

static uint32_t child_of(const Counts *c, uint32_t parent, int symbol) {
    return parent == NONE ? NONE : *slot_of(c, parent, symbol) - 1; // NONE for an empty slot
}

// Memory for more grams. What is not written to takes no room, so there may be plenty of it.
static void make_room(Counts *c) {
    if (c->n == c->room) {
        Gram *more = alloc_bytes(2 * (size_t)c->room * sizeof *more);
        memcpy(more, c->grams, c->n * sizeof *more);
        free(c->grams);
        c->grams = more;
        c->room *= 2;
    }
    if (c->n > (3u << c->bits) / 4) {
        free(c->slots);
        c->bits++;
        c->slots = alloc_bytes(sizeof *c->slots << c->bits);
        for (uint32_t g = 1; g < c->n; g++) {
            *slot_of(c, c->grams[g].parent, c->grams[g].symbol) = g + 1;
        }
    }
}

static uint32_t child_for(Counts *c, uint32_t parent, int symbol) {
    uint32_t *slot = slot_of(c, parent, symbol);
    if (*slot == 0) {
        c->grams[c->n] = (Gram){ .parent = parent,
                                 .symbol = (uint16_t)symbol,
                                 .length = (uint16_t)(c->grams[parent].length + 1) };
        *slot = ++c->n;
        make_room(c);
        return c->n - 1;
    }
    return *slot - 1;
}

/*
Two more counts are kept, which the last section of this chapter is about: how many different characters follow a row, and
how many different ones stand before it. A row that is seen for the first time adds one to the first of its parent, and one
to the second of the row without its first character, which is the node that the next shorter context has just stepped to.
*/

// context[k]: the row of the last k symbols, before and after.
static void count_symbol(Counts *c, uint32_t *context, int i, int symbol) {
    uint32_t shorter = NONE; // the row of the last k symbols, this one among them
    for (int k = 0; k < c->order && k <= i; k++) {
        uint32_t parent = context[k], row = child_for(c, parent, symbol);
        Gram *g = c->grams;
        bool first = g[row].n++ == 0;
        g[parent].followed++;
        g[parent].kinds += first;
        if (first && k > 0) {
            g[shorter].before++;
            g[g[shorter].parent].pairs++;
        }
        if (k == i) { // the text begins with it
            g[row].before++;
            g[parent].pairs++;
        }
        context[k] = k > 0 ? shorter : ROOT;
        shorter = row;
    }
    int longest = i + 1 < c->order ? i + 1 : c->order;
    if (longest < c->order) {
        context[longest] = shorter;
    }
}

static void set_discounts(Counts *c);

Counts *counts_open(const int *symbols, int n, int n_codes, int order) {
    require(order >= 1 && order <= MOST_ORDER, "order %d", order);
    Counts *c = alloc_bytes(sizeof *c);
    *c = (Counts){ .order = order, .n_codes = n_codes, .n_read = n, .n = 1, .bits = 10 };
    c->room = 1024 + 3 * (uint32_t)n;
    c->grams = alloc_bytes(c->room * sizeof *c->grams);
    c->slots = alloc_bytes(sizeof *c->slots << c->bits);
    uint32_t context[MOST_ORDER] = { ROOT };
    for (int i = 0; i < n; i++) {
        count_symbol(c, context, i, symbols[i]);
    }
    set_discounts(c);
    return c;
}

void counts_close(Counts *counts) {
    free(counts->grams);
    free(counts->slots);
    free(counts);
}

long counts_different(const Counts *counts, int length) {
    long different = 0;
    for (uint32_t i = 1; i < counts->n; i++) {
        different += counts->grams[i].length == length;
    }
    return different;
}

/*
## Three ways to smooth

A model is asked for one character behind one context. It may look at the row of the last $k$ characters for each $k$, and at
the same with the character behind: two lists of nodes.
*/

typedef struct {
    const Gram *context[MOST_ORDER]; // of k symbols; NULL: it does not occur
    const Gram *row[MOST_ORDER];     // the same with the next symbol behind it; NULL likewise
} Sight;

typedef double (*Formula)(const Counts *c, const Ngram *model, const Sight *sight);

/*
**Add something.** Say each character had followed each context $k$ times more than it did, and count as before:

$$ p(c \mid h) = \frac{N(hc) + k}{N(h) + k V} $$

with $V$ characters in the alphabet. Nothing is impossible any more. But look at a context that occurred 10 times. With $k = 1$
the 96 invented observations outweigh the ten real ones: nine tenths of the probability are invented, and most of that goes to
characters that were never seen there. The longer the contexts, the rarer they are, and the more is invented; so the table of
add-one gets *worse* from the 5-gram on. A smaller $k$ puts that off.
*/

static double add_k(const Counts *c, const Ngram *model, const Sight *sight) {
    const Gram *context = sight->context[model->order - 1], *row = sight->row[model->order - 1];
    double n = row ? row->n : 0, all = (context ? context->followed : 0) + model->k * c->n_codes;
    return all > 0 ? (n + model->k) / all : 0.0;
}

/*
**Ask the shorter context.** An invented observation treats all characters alike. But what comes after `quackis`, which has
never stood in the text? After `ckis` it has always been `h`. So the probability that is set aside for the unseen should be
shared out as the model with the context $h'$, which is shorter by one character, says:

$$ p(c \mid h) = (1 - \lambda_h)\, \frac{N(hc)}{N(h)} + \lambda_h\, p(c \mid h') $$

and so on down to the empty context, behind which stands the alphabet with $1/V$ for each. How much is to be set aside?
Witten and Bell (1991) ask: how often was what followed $h$ something new? Each of the $T(h)$ different characters that have
followed it was new once, when it came first. So of $N(h) + T(h)$ events, $N(h)$ characters and $T(h)$ novelties, the share
of novelties is

$$ \lambda_h = \frac{T(h)}{N(h) + T(h)} , \qquad p(c \mid h) = \frac{N(hc) + T(h)\, p(c \mid h')}{N(h) + T(h)} . $$

Behind `bucke` there was only `t`, many times over, and $\lambda$ is small. Behind a blank nearly everything has followed.
*/

static double witten_bell(const Counts *c, const Ngram *model, const Sight *sight) {
    double p = 1.0 / c->n_codes;
    for (int k = 0; k < model->order && sight->context[k]; k++) {
        const Gram *context = sight->context[k], *row = sight->row[k];
        double kinds = context->kinds, all = context->followed + kinds;
        p = all > 0 ? ((row ? row->n : 0) + kinds * p) / all : p;
    }
    return p;
}

/*
**Discount, and count continuations.** How often will an $m$-gram that was seen $r$ times be seen in another text of the same
length? A little less than $r$ times, because some of those that we saw, we saw by luck. `log-again.csv` has it, for rows of
five characters: the mean is less than $r$ by about a half to nine tenths, whether $r$ is 1 or 8. So take a constant $D$ off each
count, and give what that saves, $D$ for each different character, to the shorter context:

$$ p(c \mid h) = \frac{\max(N(hc) - D, 0)}{N(h)} + \frac{D\, T(h)}{N(h)}\, p(c \mid h') . $$

Which $D$? Leave one character of the text out, predict it from the rest, and choose what makes this most probable. Leaving out
one occurrence of an $m$-gram that stands there $r$ times leaves $r - 1$; with $n_r$ for how many $m$-grams stand there $r$
times, there are $r\, n_r$ such places. An $m$-gram that stood there once is then unseen, and gets what was saved, in proportion
to $D$. For $r \ge 2$ we leave out the second term, what the shorter context adds. Then, up to what does not depend on $D$,

$$ \log L = n_1 \log D + \sum_{r \ge 2} r\, n_r \log(r - 1 - D) . $$

The slope is 0 where $n_1 / D = \sum_r r\, n_r / (r - 1 - D)$. Most of the sum is its first term, $2 n_2 / (1 - D)$; with
that alone (Ney, Essen and Kneser 1994)

$$ D = \frac{n_1}{n_1 + 2 n_2} . $$

Now the shorter context. Kneser and Ney (1995) saw that it matters mainly in one case: when the longer one does not know. In
this text the brace `{` is four times as frequent as `z`, but it stands behind a blank and almost nowhere else. Behind a blank
the longer context knows that by itself. Elsewhere `z` is by far the likelier of the two. What counts for a context that is only
asked elsewhere is how many *different* contexts a character has continued. The same follows from a demand. Let $x$ be the
character in front of $h'$. Ask the model behind each $xh'$, as often as $xh'$ stands in the text, and add up its probabilities
of $c$. The sum should be $N(h'c)$, the number of times that $c$ followed $h'$. With $N(xh')\, p(c \mid xh')$ from above, and as
the counts in it add up to $N(h'c)$,

$$ \sum_x N(xh')\, p(c \mid xh') = N(h'c) - D\, B(h'c) + D\, p(c \mid h') \sum_x T(xh'), $$

which has to be $N(h'c)$. Here $B(h'c)$ is the number of different characters that stand before $h'c$: so many terms have a
discount. It follows that

$$ p(c \mid h') = \frac{B(h'c)}{\sum_x T(xh')} = \frac{B(h'c)}{\sum_{c'} B(h'c')} . $$

So all orders but the highest count with $B$ in place of $N$, each with a discount of its own. That is all; it is the best of
the classical methods (Chen and Goodman 1998, who then take three discounts).
*/

static double kneser_ney(const Counts *c, const Ngram *model, const Sight *sight) {
    double p = 1.0 / c->n_codes;
    for (int k = 0; k < model->order && sight->context[k]; k++) {
        const Gram *context = sight->context[k], *row = sight->row[k];
        bool highest = k + 1 == model->order;
        double discount = highest ? c->raw[k + 1] : c->continued[k + 1];
        double all = highest ? context->followed : context->pairs;
        double n = !row ? 0 : highest ? row->n : row->before;
        if (all > 0) {
            p = (fmax(n - discount, 0) + discount * context->kinds * p) / all;
        }
    }
    return p;
}

// n1 / (n1 + 2 n2) for each order. Where nothing stands once, there is nothing to learn it from,
// and it is one half.
static void set_discounts(Counts *c) {
    double raw[MOST_ORDER + 1][3] = { 0 }, continued[MOST_ORDER + 1][3] = { 0 };
    for (uint32_t i = 1; i < c->n; i++) {
        const Gram *g = &c->grams[i];
        raw[g->length][g->n <= 2 ? g->n : 0]++;
        continued[g->length][g->before <= 2 ? g->before : 0]++;
    }
    for (int m = 1; m <= c->order; m++) {
        c->raw[m] = raw[m][1] > 0 ? raw[m][1] / (raw[m][1] + 2 * raw[m][2]) : 0.5;
        c->continued[m] =
            continued[m][1] > 0 ? continued[m][1] / (continued[m][1] + 2 * continued[m][2]) : 0.5;
    }
}

/*
## Predicting

Through a text as through the one that was counted, but nothing is added: a context that does not occur has no children, and
stays unknown until the short ones have grown again.
*/

static const Formula formulas[] = {
    [ADD_K] = add_k, [WITTEN_BELL] = witten_bell, [KNESER_NEY] = kneser_ney
};

static const Gram *gram_at(const Counts *c, uint32_t place) {
    return place == NONE ? NULL : &c->grams[place];
}

// What is to be seen of a symbol behind a context; rows: the places of the rows.
static Sight look(const Counts *c, uint32_t *rows, const uint32_t *context, int symbol) {
    Sight sight;
    for (int k = 0; k < c->order; k++) {
        rows[k] = child_of(c, context[k], symbol);
        sight.context[k] = gram_at(c, context[k]);
        sight.row[k] = gram_at(c, rows[k]);
    }
    return sight;
}

// Nothing has been read.
static void forget(const Counts *c, uint32_t *context) {
    for (int k = 0; k < c->order; k++) {
        context[k] = k == 0 ? ROOT : NONE;
    }
}

static void step(const Counts *c, uint32_t *context, const uint32_t *rows) {
    for (int k = c->order - 1; k > 0; k--) {
        context[k] = rows[k - 1];
    }
}

static void check_models(const Counts *c, const Ngram *models, int n) {
    for (int m = 0; m < n; m++) {
        require(models[m].order >= 1 && models[m].order <= c->order, "order %d, counted to %d",
                models[m].order, c->order);
    }
}

void ngram_score(NgramScore *scores, double *bits, const Counts *counts, const Ngram *models,
                 int n_models, const int *symbols, int n) {
    check_models(counts, models, n_models);
    memset(scores, 0, (size_t)n_models * sizeof *scores);
    uint32_t context[MOST_ORDER], rows[MOST_ORDER];
    forget(counts, context);
    for (int i = 0; i < n; i++) {
        Sight sight = look(counts, rows, context, symbols[i]);
        for (int m = 0; m < n_models; m++) {
            double p = formulas[models[m].smoothing](counts, &models[m], &sight);
            scores[m].bits -= log2(p) / n;
            scores[m].impossible += (p == 0.0) / (double)n;
            if (bits) {
                bits[(size_t)m * (size_t)n + (size_t)i] = -log2(p);
            }
        }
        step(counts, context, rows);
    }
}

void ngram_probabilities(double *p, const Counts *counts, const Ngram *model, const int *past,
                         int n_past) {
    check_models(counts, model, 1);
    uint32_t context[MOST_ORDER], rows[MOST_ORDER];
    forget(counts, context);
    for (int i = n_past > counts->order ? n_past - counts->order : 0; i < n_past; i++) {
        look(counts, rows, context, past[i]);
        step(counts, context, rows);
    }
    for (int symbol = 0; symbol < counts->n_codes; symbol++) {
        Sight sight = look(counts, rows, context, symbol);
        p[symbol] = formulas[model->smoothing](counts, model, &sight);
    }
}

/*
## A table and a network together

Two models that err at different places can be mixed: $p = w\, p_a + (1 - w)\, p_b$. Where one of them is sure and right, the
mixture loses one bit at most at $w = 1/2$; where it is sure and wrong, the other one saves it.
*/

double mixed_bits(const double *a, const double *b, int n, double w) {
    double sum = 0.0;
    for (int i = 0; i < n; i++) {
        sum -= log2(w * exp2(-a[i]) + (1.0 - w) * exp2(-b[i]));
    }
    return sum / n;
}

void seen_again(double *again, int most, const Counts *counts, int length, const int *symbols,
                int n) {
    require(length >= 1 && length <= counts->order, "rows of %d, counted to %d", length,
            counts->order);
    double *different = alloc_bytes(((size_t)most + 1) * sizeof *different);
    memset(again, 0, ((size_t)most + 1) * sizeof *again);
    for (uint32_t i = 1; i < counts->n; i++) {
        const Gram *g = &counts->grams[i];
        if (g->length == length && g->n <= (uint32_t)most) {
            different[g->n]++;
        }
    }
    uint32_t context[MOST_ORDER], rows[MOST_ORDER];
    forget(counts, context);
    for (int i = 0; i < n; i++) {
        look(counts, rows, context, symbols[i]);
        const Gram *g = gram_at(counts, rows[length - 1]);
        if (g && g->n <= (uint32_t)most) {
            again[g->n]++;
        }
        step(counts, context, rows);
    }
    for (int r = 1; r <= most; r++) {
        again[r] = different[r] > 0 ? again[r] / different[r] * counts->n_read / n : NAN;
    }
    free(different);
}

/*
## What a compressor needs

gzip knows nothing of probabilities. It replaces what stood before in the last 32 KiB by a reference to it, and gives short
codes to frequent bytes. It reads a text that it has never seen, so two figures are of interest: the held-out text alone, and
what it adds to a file that has the training text before it: 3.38 and 3.29 bits per character.
The 3-grams need less already. The tables on held-out text, in bits per character:

| characters, the last one predicted | add 1 | add 0.05 | Witten-Bell | Kneser-Ney | not seen in training |
|--:|--:|--:|--:|--:|--:|
| 1 | 4.71 | 4.71 | 4.71 | 4.71 | 0 % |
| 2 | 3.75 | 3.75 | 3.75 | 3.74 | 0.1 % |
| 3 | 3.14 | 3.06 | 3.06 | 3.05 | 1.1 % |
| 4 | 2.92 | 2.56 | 2.50 | 2.46 | 4.1 % |
| 5 | 3.27 | 2.50 | 2.24 | 2.16 | 10.3 % |
| 6 | 3.89 | 2.82 | 2.22 | 2.06 | 19.4 % |
| 7 | 4.51 | 3.33 | 2.28 | 2.04 | 30.6 % |
| 8 | 5.04 | 3.90 | 2.39 | 2.03 | 42.6 % |
| 9 | 5.46 | 4.44 | 2.49 | 2.03 | 54.0 % |
*/

// Bytes of the text as a gzip file, packed as well as gzip can.
static size_t gzip_bytes(const char *string, size_t n) {
    z_stream z = { 0 };
    if (deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        die("not enough memory to compress a text. Close other programs");
    }
    uint8_t buffer[16384];
    size_t bytes = 0;
    z.next_in = (Bytef *)string;
    z.avail_in = (uInt)n;
    do {
        z.next_out = buffer;
        z.avail_out = sizeof buffer;
        deflate(&z, Z_FINISH);
        bytes += sizeof buffer - z.avail_out;
    } while (z.avail_out == 0);
    deflateEnd(&z);
    return bytes;
}

static void compress_text(Run *run, const Text *text, const int *train, int n_train,
                          const int *held_out, int n_held_out) {
    int *both = alloc_bytes((size_t)(n_train + n_held_out) * sizeof *both);
    memcpy(both, train, (size_t)n_train * sizeof *both);
    memcpy(both + n_train, held_out, (size_t)n_held_out * sizeof *both);
    const struct {
        const int *symbols;
        int n;
    } texts[] = { { train, n_train }, { held_out, n_held_out }, { both, n_train + n_held_out } };
    double bits[3];
    for (int i = 0; i < 3; i++) {
        char *string = text_string(text, texts[i].symbols, texts[i].n);
        bits[i] = 8.0 * (double)gzip_bytes(string, strlen(string));
        free(string);
    }
    run_summary(run, "bits_gzip_train", bits[0] / n_train);
    run_summary(run, "bits_gzip_alone", bits[1] / n_held_out);
    run_summary(run, "bits_gzip", (bits[2] - bits[0]) / n_held_out);
    run_say(run, "gzip -9: %.3f bits per character alone, %.3f behind the training text",
            bits[1] / n_held_out, (bits[2] - bits[0]) / n_held_out);
    free(both);
}

/*
## What a table writes

A table can be drawn from like any model. In `samples/counts.txt` it has the text's words, colons and braces. Of the five
braces that it opens it closes one, and no sentence leads anywhere: it sees the last seven characters and nothing before them.
*/

static void write_like(Run *run, const Counts *counts, const Text *text, const Ngram *model,
                       int length) {
    Rng rng = rng_create((uint64_t)run_options(run)->seed, RNG_SAMPLE);
    int *symbols = alloc_bytes((size_t)(2 + length) * sizeof *symbols);
    double *p = alloc_bytes((size_t)text->n_codes * sizeof *p);
    memcpy(symbols, text->symbols + text->n - 2, 2 * sizeof *symbols); // the end of an entry
    for (int i = 2; i < 2 + length; i++) {
        ngram_probabilities(p, counts, model, symbols, i);
        double u = (double)rng_uniform(&rng);
        int symbol = 0;
        while (symbol + 1 < text->n_codes && u >= p[symbol]) {
            u -= p[symbol++];
        }
        symbols[i] = symbol;
    }
    char *string = text_string(text, symbols + 2, length);
    OutFile *file = file_create(run_path(run, "samples/counts.txt"));
    fprintf(file_stream(file), "%s\n", string);
    file_commit(file);
    free(string);
    free(p);
    free(symbols);
}

enum { WAYS = 5, AGAIN = 8, AGAIN_LENGTH = 5 };

static void score_tables(Run *run, const Counts *counts, const int *held_out, int n) {
    static const Ngram ways[WAYS] = { { ADD_K, 0, 1.0 },
                                      { ADD_K, 0, 0.05 },
                                      { WITTEN_BELL, 0, 0.0 },
                                      { KNESER_NEY, 0, 0.0 },
                                      { ADD_K, 0, 0.0 } };
    enum { ADD_ONE, ADD_05, WB, KN, LIKELIHOOD };
    Ngram models[MOST_ORDER][WAYS];
    NgramScore of[MOST_ORDER][WAYS];
    for (int m = 0; m < MOST_ORDER * WAYS; m++) {
        models[m / WAYS][m % WAYS] = ways[m % WAYS];
        models[m / WAYS][m % WAYS].order = m / WAYS + 1;
    }
    ngram_score(&of[0][0], NULL, counts, &models[0][0], MOST_ORDER * WAYS, held_out, n);
    Log *log =
        log_open(run, "log-counts.csv", "add_one<,add_05<,witten_bell<,kneser_ney<,impossible<");
    run_say(run, "Bits per character, held out, from the last m - 1 characters:");
    run_say(run, "  m  add 1  add .05  Witten-Bell  Kneser-Ney  impossible without smoothing");
    for (int m = 0; m < MOST_ORDER; m++) {
        double impossible = of[m][LIKELIHOOD].impossible;
        log_row(log, m + 1, of[m][ADD_ONE].bits, of[m][ADD_05].bits, of[m][WB].bits, of[m][KN].bits,
                impossible);
        run_say(run, "%3d%7.3f%9.3f%13.3f%12.3f%12.1f %%", m + 1, of[m][ADD_ONE].bits,
                of[m][ADD_05].bits, of[m][WB].bits, of[m][KN].bits, 100.0 * impossible);
    }
    run_summary(run, "bits_unigram", of[0][ADD_ONE].bits);
    run_summary(run, "bits_add_one_4", of[3][ADD_ONE].bits);
    run_summary(run, "bits_add_05_5", of[4][ADD_05].bits);
    run_summary(run, "bits_witten_bell_6", of[5][WB].bits);
    run_summary(run, "bits_kneser_ney_6", of[5][KN].bits);
    run_summary(run, "bits_kneser_ney_8", of[7][KN].bits);
    run_summary(run, "impossible_6", of[5][LIKELIHOOD].impossible);
}

void counts_act(Run *run, const Text *text) {
    int n_train, n_held_out;
    int *train = text_part(text, TEXT_TRAIN, &n_train);
    int *held_out = text_part(text, TEXT_HELD_OUT, &n_held_out);
    Counts *counts = counts_open(train, n_train, text->n_codes, MOST_ORDER);
    score_tables(run, counts, held_out, n_held_out);
    run_summary(run, "different_6", (double)counts_different(counts, 6));

    double again[AGAIN + 1];
    Log *log = log_open(run, "log-again.csv", "again");
    seen_again(again, AGAIN, counts, AGAIN_LENGTH, held_out, n_held_out);
    for (int r = 1; r <= AGAIN; r++) {
        log_row(log, r, again[r]);
    }
    write_like(run, counts, text, &(Ngram){ KNESER_NEY, 8, 0.0 }, 600);
    counts_close(counts);
    compress_text(run, text, train, n_train, held_out, n_held_out);
    free(train);
    free(held_out);
}
