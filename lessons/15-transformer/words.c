/*
## What lies near what

The first layer of the GPT gives each of the 96 characters a vector of 64 numbers. At the beginning they are random. What has
training made of them? Two characters that are used alike should have become alike: whatever follows a 3 also follows a 4, so
the gradients of both push in the same direction. How alike two vectors are is told by the cosine of the angle between them, $u
\cdot v / (\lVert u \rVert\, \lVert v \rVert)$: 1 if they point the same way, 0 if they are at right angles.
*/

#include "acts.h"
#include "base/die.h"
#include "base/file.h"
#include "kernels/linalg.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum { VOWEL, CONSONANT, CAPITAL, DIGIT, SIGN, KINDS } Kinds;
static const char *const kind_names[KINDS] = { "vowel", "consonant", "capital", "digit", "sign" };

static Kinds kind_of(uint32_t code) {
    if (code >= '0' && code <= '9') {
        return DIGIT;
    }
    if (code >= 'A' && code <= 'Z') {
        return CAPITAL;
    }
    if (code >= 'a' && code <= 'z') {
        return strchr("aeiou", (int)code) ? VOWEL : CONSONANT;
    }
    return SIGN;
}

static double cosine(const float *u, const float *v, int d) {
    double uv = 0.0;
    for (int k = 0; k < d; k++) {
        uv += (double)u[k] * (double)v[k];
    }
    return uv / (norm(u, (size_t)d) * norm(v, (size_t)d));
}

// The nearest other character among those that are `frequent`, and its cosine.
static int nearest(const float *vectors, int d, int n, const bool *frequent, int i, double *best) {
    int at = -1;
    *best = -2.0;
    for (int j = 0; j < n; j++) {
        double c = j != i && frequent[j] ? cosine(vectors + i * d, vectors + j * d, d) : -2.0;
        if (at < 0 || c > *best) {
            at = j;
            *best = c;
        }
    }
    return at;
}

// Of the frequent characters: the share whose nearest one is of the same kind.
static double same_kind(const float *vectors, int d, const Text *text, const bool *frequent) {
    int same = 0, all = 0;
    double best;
    for (int i = 0; i < text->n_codes; i++) {
        if (frequent[i]) {
            int j = nearest(vectors, d, text->n_codes, frequent, i, &best);
            same += kind_of(text->codes[i]) == kind_of(text->codes[j]);
            all++;
        }
    }
    return all > 0 ? (double)same / all : 0.0;
}

// And the share if the nearest one were any other, by chance.
static double same_by_chance(const Text *text, const bool *frequent) {
    int of[KINDS] = { 0 }, all = 0;
    double pairs = 0.0;
    for (int i = 0; i < text->n_codes; i++) {
        of[kind_of(text->codes[i])] += frequent[i];
        all += frequent[i];
    }
    for (int k = 0; k < KINDS; k++) {
        pairs += (double)of[k] * (of[k] - 1);
    }
    return all > 1 ? pairs / ((double)all * (all - 1)) : 0.0;
}

// Characters that occur often enough to have learned something.
static bool *frequent_of(const Text *text) {
    enum { OFTEN = 200 };
    int *count = alloc_bytes((size_t)text->n_codes * sizeof *count);
    bool *frequent = alloc_bytes((size_t)text->n_codes * sizeof *frequent);
    memset(count, 0, (size_t)text->n_codes * sizeof *count);
    for (int i = 0; i < text->n; i++) {
        count[text->symbols[i]]++;
    }
    for (int i = 0; i < text->n_codes; i++) {
        frequent[i] = count[i] >= OFTEN;
    }
    free(count);
    return frequent;
}

// The two directions in which the vectors vary most (2, d).
static void main_axes(const float *vectors, int n, int d, double *axes) {
    double *mean = alloc_bytes((size_t)d * sizeof *mean),
           *values = alloc_bytes((size_t)d * sizeof *values);
    double *covariance = alloc_bytes((size_t)(d * d) * sizeof *covariance);
    double *directions = alloc_bytes((size_t)(d * d) * sizeof *directions);
    for (int k = 0; k < d; k++) {
        mean[k] = 0.0;
        for (int i = 0; i < n; i++) {
            mean[k] += (double)vectors[i * d + k] / n;
        }
    }
    for (int k = 0; k < d * d; k++) {
        covariance[k] = 0.0;
        for (int i = 0; i < n; i++) {
            covariance[k] += ((double)vectors[i * d + k / d] - mean[k / d]) *
                             ((double)vectors[i * d + k % d] - mean[k % d]) / n;
        }
    }
    symmetric_eigen(values, directions, covariance, d);
    memcpy(axes, directions + (d - 1) * d, (size_t)d * sizeof *axes);
    memcpy(axes + d, directions + (d - 2) * d, (size_t)d * sizeof *axes);
    free(mean);
    free(values);
    free(covariance);
    free(directions);
}

// The nearest few of the frequent ones, with their cosines.
enum { NAMED = 4 };
static void nearest_few(const float *vectors, int d, int n, const bool *frequent, int i,
                        int few[NAMED], double cosines[NAMED]) {
    bool *left = alloc_bytes((size_t)n * sizeof *left);
    memcpy(left, frequent, (size_t)n * sizeof *left);
    for (int k = 0; k < NAMED; k++) {
        cosines[k] = 0.0;
        few[k] = nearest(vectors, d, n, left, i, &cosines[k]);
        left[few[k]] = false;
    }
    free(left);
}

// embeddings.csv: for each frequent character its code, kind, place on two axes, and the nearest four.
static void write_embeddings(Lab *lab, const float *vectors, int d, const bool *frequent) {
    const Text *text = lab->text;
    int n = 0, *places = alloc_bytes((size_t)text->n_codes * sizeof *places);
    float *some = alloc_floats((size_t)(text->n_codes * d));
    double *axes = alloc_bytes(2 * (size_t)d * sizeof *axes);
    for (int i = 0; i < text->n_codes; i++) {
        if (frequent[i]) {
            memcpy(some + n * d, vectors + i * d, (size_t)d * sizeof *some);
            places[n++] = i;
        }
    }
    main_axes(some, n, d, axes);
    OutFile *file = file_create(run_path(lab->run, "embeddings.csv"));
    fprintf(file_stream(file), "code,kind,x,y,nearest_1,cosine_1,nearest_2,cosine_2,"
                               "nearest_3,cosine_3,nearest_4,cosine_4\n");
    for (int i = 0; i < n; i++) {
        double along[2] = { 0.0, 0.0 }, cosines[NAMED];
        int few[NAMED];
        nearest_few(vectors, d, text->n_codes, frequent, places[i], few, cosines);
        for (int k = 0; k < 2 * d; k++) {
            along[k / d] += axes[k] * (double)some[i * d + k % d];
        }
        fprintf(file_stream(file), "%u,%s,%.4f,%.4f", (unsigned)text->codes[places[i]],
                kind_names[kind_of(text->codes[places[i]])], along[0], along[1]);
        for (int k = 0; k < NAMED; k++) {
            fprintf(file_stream(file), ",%u,%.4f", (unsigned)text->codes[few[k]], cosines[k]);
        }
        fprintf(file_stream(file), "\n");
    }
    file_commit(file);
    free(places);
    free(some);
    free(axes);
}

static void say_neighbours(Lab *lab, const float *vectors, int d, const bool *frequent) {
    static const char asked[] = "eatA3.(";
    for (const char *c = asked; *c; c++) {
        int i = text_symbol(lab->text, (uint32_t)*c), few[NAMED];
        double cosines[NAMED];
        char line[80] = "";
        size_t length = 0;
        if (i < 0) {
            continue; // another text
        }
        nearest_few(vectors, d, lab->text->n_codes, frequent, i, few, cosines);
        for (int k = 0; k < NAMED; k++) {
            char *text = text_string(lab->text, &few[k], 1);
            length += (size_t)snprintf(line + length, sizeof line - length, "  %s %.2f",
                                       *text == '\n' ? "\\n" : text, cosines[k]);
            free(text);
        }
        run_say(lab->run, "  %c:%s", *c, line);
    }
}

void neighbours(Lab *lab, Net *net) {
    if (!state_begin(lab->state, "neighbours")) {
        return;
    }
    const TransformerSettings *s = lab->settings;
    Rng rng = rng_create(run_seed(lab->run, 0), RNG_INIT);
    GptShape shape = { s->width, s->heads, s->context };
    Net *untrained = gpt_create(lab->text->n_codes, &shape, s->context, &rng);
    const float *before = untrained->layers[0].weight, *now = net->layers[0].weight;
    int d = s->width, n = lab->text->n_codes * d;
    float *moved = alloc_floats((size_t)n);
    for (int i = 0; i < n; i++) {
        moved[i] = now[i] - before[i];
    }
    bool *frequent = frequent_of(lab->text);
    const struct {
        const char *key;
        double value;
    } rows[] = {
        { "same_kind_moved", same_kind(moved, d, lab->text, frequent) },
        { "same_kind", same_kind(now, d, lab->text, frequent) },
        { "same_kind_untrained", same_kind(before, d, lab->text, frequent) },
        { "same_kind_chance", same_by_chance(lab->text, frequent) },
        { "embedding_moved", norm(moved, (size_t)n) / norm(before, (size_t)n) },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        run_summary(lab->run, rows[i].key, rows[i].value);
    }
    run_say(lab->run, "Characters whose nearest neighbour is of the same kind: %.2f by the way",
            rows[0].value);
    run_say(lab->run, "moved in training, %.2f by the vectors (untrained %.2f, by chance %.2f):",
            rows[1].value, rows[2].value, rows[3].value);
    say_neighbours(lab, moved, d, frequent);
    write_embeddings(lab, moved, d, frequent);
    free(frequent);
    free(moved);
    net_free(untrained);
    state_end(lab->state, true);
}

/*
The vectors themselves say little at first sight. They began as random numbers, training has moved them by 0.48 of their
length, and much of what one sees is still chance. So the program takes the *way* that each has moved, its vector after
training minus that before. The nearest ones, with the cosine, among the 82 characters that occur at least 200 times:

| | nearest, cosine | | | |
|---|---|---|---|---|
| `e` | `a` 0.38 | `f` 0.37 | `u` 0.36 | `l` 0.27 |
| `a` | `i` 0.40 | `e` 0.38 | `g` 0.33 | `u` 0.29 |
| `t` | `T` 0.52 | `p` 0.40 | `S` 0.39 | `w` 0.39 |
| `A` | `o` 0.37 | `{` 0.36 | `[` 0.32 | line feed 0.29 |
| `3` | `8` 0.55 | `4` 0.48 | `1` 0.48 | `2` 0.45 |
| `.` | `/` 0.38 | `-` 0.36 | `(` 0.31 | `1` 0.31 |
| `(` | `?` 0.38 | line feed 0.36 | `*` 0.35 | `"` 0.35 |

![Characters at the place to which training has moved them, along the two directions in which they differ most. Most signs lie
in the upper right, most digits in the lower right; small letters and capitals lie mixed in the middle and to the left, four of
the five vowels close together.](embeddings.svg)

Nobody has told the network what a digit is, or a vowel. With vowels, consonants, capitals, digits and signs as five kinds, 84
% of the characters have a nearest neighbour of their own kind, all ten digits among them. (Not so the `A` of the table.) For
the vectors themselves it is 54 %, before training 23 %, and by chance it would be 23 %. (One network, one seed.)

## Words, and pieces of words

Our rows are characters. Most transformers read *words* or pieces of words. What is the difference? With words a text has about
a sixth as many rows, each with more to say, and a window of 64 rows reaches back 64 words. But the table of embeddings gets
long. It has a row for each word that occurs, most of which occur once or twice, too seldom to learn a vector; and a word that
was never seen has none.

*Byte pair encoding* (Sennrich et al. 2016) lies between. Begin with characters. Count which two symbols stand next to each
other most often, make one new symbol of them, put it everywhere in their place, and repeat, some thousands of times. `t` and
`h` become `th`, then `the`; frequent words become one symbol, rare ones stay a few pieces, and every text can be written. The
number of merges is chosen. None of this changes the network: it reads whole numbers, whatever they stand for. Only bits *per
symbol* can no longer be compared; one divides by the characters or bytes that the symbols stand for.

The embeddings of words have become known for what lies near what in them (Mikolov et al. 2013). The principle is that of the
table above: what stands in the same surroundings gets the same gradients.

## Two texts: encoder and decoder

The transformer was invented for translation. There are two texts, one to read and one to write, and three uses of attention,
which differ in the mask and in where keys and values come from:

![Three squares. The encoder has no mask. The decoder sees of its own text what it has said so far. From there each row sees
the whole sentence that is to be translated.](diagrams/translation.svg)

- The **encoder** reads the sentence that is to be translated. It is there as a whole, so each row may see all rows: no mask.
  In our table that is `attention(heads, .steps = T)` without `.causal`.
- The **decoder** writes the translation, one word after the other. Among its own rows it has the causal mask, as our GPT has.
- In between, each row of the decoder looks into the encoder: *its* query, and the keys and values of the *encoder's* rows. All
  of these may be seen. The weights are then a rectangle, $T_\text{out} \times T_\text{in}$. (This is what attention was first
  invented for, on top of recurrent networks: Bahdanau et al. 2015.)

And where sentences of different length share a batch, the rows behind the end of the shorter ones are masked for everybody.

A GPT is a decoder without an encoder: what is to be read and what is to be written are one text. So it is with the task
*repeat*: the letters before the separator are read, and those behind it are written.

## To explore

- Repeat 40 letters in place of 20 (`COPIED` in copying.c). How many more steps does attention need, and how many the LSTM?
- What happens if a network that has learned to repeat 20 letters is asked to repeat 15? Why should it fail, and what kind of
  positions would it need?
- Parity: give the two blocks the answer for every second bit as an input. Which part of the task was hard?
- Freeze the positions of the GPT as the sinusoids that they begin with. What does it lose?
- Tie the first and the last layer: the same matrix as embedding and as scores. It saves parameters; does it cost bits?
- Set the output of one head of the GPT to 0 (its columns in front of the dense layer that mixes the heads) and measure the
  bits. Does the head that looks furthest matter most?

## References

- Ba, Kiros and Hinton 2016: Layer normalization. arXiv:1607.06450
- Bahdanau, Cho and Bengio 2015: Neural machine translation by jointly learning to align and translate. arXiv:1409.0473
- He, Zhang, Ren and Sun 2016: Identity mappings in deep residual networks. arXiv:1603.05027
- Mikolov, Chen, Corrado and Dean 2013: Efficient estimation of word representations in vector space. arXiv:1301.3781
- Olsson et al. 2022: In-context learning and induction heads. arXiv:2209.11895
- Press, Smith and Lewis 2022: Train short, test long: attention with linear biases enables input length extrapolation.
  arXiv:2108.12409
- Radford, Narasimhan, Salimans and Sutskever 2018: Improving language understanding by generative pre-training
- Sennrich, Haddow and Birch 2016: Neural machine translation of rare words with subword units. arXiv:1508.07909
- Su et al. 2021: RoFormer: enhanced transformer with rotary position embedding. arXiv:2104.09864
- Vaswani et al. 2017: Attention is all you need. arXiv:1706.03762
- Xiong et al. 2020: On layer normalization in the transformer architecture. arXiv:2002.04745
*/
