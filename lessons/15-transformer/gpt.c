/*
## A small GPT

Now the blocks learn the Jargon File, one character after another: *what comes next?* A network of this form is called a GPT, a
generative pre-trained transformer (Radford et al. 2018). The large ones have the same kinds of layers, and differ in size and
in what they read.

| rows of the table | shape of the output | what for |
|---|---|---|
| `embedding`, `positions` | $(n, d)$ | which character, and where in the window |
| `BLOCK`, twice | $(n, d)$ | attention, then a dense net for each row |
| `layernorm` | $(n, d)$ | what four branches have added up, at one size |
| `dense` | $(n, K)$ | the scores of the $K$ characters |

Here $n$ is the number of rows of a pass, those of all windows, and $K = 96$. With $d = 64$ the two blocks have $2 (12 d^2 +
13 d)$ weights, 99,968 of them. Embedding ($96 d$), positions ($64 d$), the last norm ($2 d$) and the last layer ($96 d + 96$)
add 16,608: 116,576 in all, as `--summary` counts. That is nearly as many as lesson 14's LSTM of 128 cells has, 117,856.
*/

#include "acts.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/file.h"
#include "measure/language.h"
#include "nn/loss.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Net *gpt_create(int words, const GptShape *s, int rows, Rng *rng) {
    int d = s->width;
    const LayerSpec table[] = { embedding(d, .words = words, .spread = SPREAD),
                                positions(s->context),
                                BLOCK(d, s->heads, s->context),
                                BLOCK(d, s->heads, s->context),
                                layernorm(),
                                dense(words),
                                END };
    Net *net = net_create(table, (Shape){ 1, 1, 1 }, rows, rng);
    gpt_waves(&net->layers[1]);
    return net;
}

/*
**Where the positions begin.** They are learned like other weights, and begin as the waves of [above](#positions) at half their
height, beside an embedding whose numbers have the deviation ½. The ablations also try positions that begin as noise, of the
deviation 0.02.
*/

void gpt_waves(Layer *l) {
    sinusoids(l->weight, l->spec.steps, (int)shape_size(l->in));
    for (size_t i = 0; i < l->n_weight; i++) {
        l->weight[i] *= SPREAD;
    }
}

/*
## Windows

![A window of six characters: each row is given one character of the text and asked for the next one.](diagrams/windows.svg)

A batch is a number of *windows*: so many characters from somewhere in the training text, and as labels the same characters
**shifted by one**. Row $t$ is given character $t$ and asked for character $t + 1$. As the attention is causal, it cannot see
that one in the row behind. (Without the shift each row is asked for the character that it was given. Then the loss falls to
nearly 0, and the network has learned nothing. Exercise 5 has that fault.)

A recurrent network reads the text from its beginning to its end and carries a state along. A transformer carries nothing from
one window to the next, so that the windows can come from anywhere, in any order (`random_windows` in the chapter on [language
models](language.html)).

## A step

Forward, loss, backward, step: 16 windows of 64 characters are 1,024 exercises at once. Three habits are taken over. The
gradient is clipped to length 1 (lesson 14). The rate falls linearly to 0, and in the first 100 steps it rises (both lesson 3).
Which of them this network needs is another question: warm-up is one of the [ablations](#what-can-be-left-out).

**Held out** means the text's validation and test parts, 133,245 characters. They are measured in windows that overlap by half,
so that each character but the first 32 is predicted from at least 32 others. During the training 8,192 of them are looked at,
16 pieces from all over.
*/

void gpt_course_open(GptCourse *c, const Lab *lab, const GptRecipe *recipe, Net *net) {
    size_t rows = (size_t)(recipe->windows * recipe->context);
    *c = (GptCourse){ .recipe = *recipe, .net = net };
    c->symbols = text_part(lab->text, TEXT_TRAIN, &c->n);
    c->adam = optimizer_create(optimizer_defaults(ADAM, recipe->lr), net->n_params);
    c->places = rng_create(recipe->seed, RNG_SHUFFLE);
    c->x = alloc_floats(rows);
    c->labels = alloc_bytes(rows * sizeof *c->labels);
}

void gpt_course_close(GptCourse *c) {
    optimizer_free(c->adam);
    free(c->symbols);
    free(c->x);
    free(c->labels);
}

float gpt_course_step(GptCourse *c) {
    const GptRecipe *r = &c->recipe;
    Net *net = c->net;
    int rows = r->windows * r->context, words = (int)shape_size(net->out);
    random_windows(c->x, c->labels, c->symbols, c->n, r->windows, r->context, &c->places);
    const float *logits = net_forward(net, c->x, rows, TRAIN);
    float loss = softmax_cross_entropy(net->dy, logits, c->labels, rows, words);
    net_zero_grad(net);
    net_backward(net, net->dy, WANT_PARAMS);
    c->longest = fmax(c->longest, net_clip_gradient(net, 1.0));
    float lr = schedule_lr(LINEAR_DECAY, r->lr, c->step, r->steps);
    c->adam->spec.lr = warmed_up(lr, c->step, r->warm_up);
    optimizer_step(c->adam, net->params, net->grads);
    c->step++;
    return loss;
}

// --- the training --------------------------------------------------------------------------------

// The log has so many rows. If they are more than MOST_UNSEEN steps apart, it has one more at step EARLY.
enum { MARKS = 16, MOST_UNSEEN = 250, EARLY = 10 };

// What the rows of the log are measured on: 16 pieces of 512 symbols from all over a text. Shortens it
// in place, and returns what is left.
static int pick_pieces(int *symbols, int n) {
    enum { PIECES = 16, PIECE = 512 };
    if (n <= PIECES * PIECE) {
        return n;
    }
    for (size_t i = 0; i < PIECES; i++) {
        memmove(symbols + i * PIECE, symbols + i * (size_t)(n - PIECE) / (PIECES - 1),
                PIECE * sizeof *symbols);
    }
    return PIECES * PIECE;
}

// Rows of the log with the seconds of training, for a file of its own.
typedef struct {
    double seconds, at[MARKS + 2][3]; // (seconds, characters, bits)
    long n;
} Marks;

static GptShape gpt_shape(const TransformerSettings *s) {
    return (GptShape){ s->width, s->heads, s->context };
}

Net *gpt_open(Lab *lab) {
    const TransformerSettings *s = lab->settings;
    GptShape shape = gpt_shape(s);
    Rng rng = rng_create(run_seed(lab->run, 0), RNG_INIT);
    Net *net = gpt_create(lab->text->n_codes, &shape, s->batch * s->context, &rng);
    state_net(lab->state, "gpt", net);
    return net;
}

static void write_mark(Lab *lab, Log *log, const GptCourse *c, Marks *m, double train,
                       double bits) {
    double characters = (double)c->step * c->recipe.windows * c->recipe.context;
    double *at = m->at[m->n++];
    at[0] = m->seconds;
    at[1] = characters;
    at[2] = bits;
    log_row(log, c->step, characters, train, bits);
    run_progress(lab->run, "gpt", c->step, c->recipe.steps, "%.3f bits, held out %.3f", train,
                 bits);
}

static void report_gpt(Lab *lab, const GptCourse *c, const Marks *m, double late, const int *held,
                       int n_held) {
    double characters = m->at[m->n - 1][1], bits = bits_in_windows(NULL, c->net, held, n_held);
    OutFile *file = file_create(run_path(lab->run, "seconds-gpt.csv"));
    fprintf(file_stream(file), "seconds,characters,held_out_bits\n");
    for (long i = 0; i < m->n; i++) {
        fprintf(file_stream(file), "%.2f,%.0f,%.4f\n", m->at[i][0], m->at[i][1], m->at[i][2]);
    }
    file_commit(file);
    run_summary(lab->run, "gpt_bits", bits);
    run_summary(lab->run, "gpt_train_bits", late);
    run_summary(lab->run, "gpt_parameters", (double)c->net->n_params);
    run_summary(lab->run, "gpt_characters", characters);
    run_summary(lab->run, "gpt_seconds", m->seconds);
    run_say(lab->run,
            "A GPT of %zu parameters has read %.2f million characters in %.0f s:", c->net->n_params,
            characters / 1e6, m->seconds);
    run_say(lab->run, "  %.3f bits a character, held out %.3f", late, bits);
}

void gpt(Lab *lab, Net *net) {
    const TransformerSettings *s = lab->settings;
    if (!state_begin(lab->state, "gpt")) {
        return;
    }
    GptRecipe recipe = { s->context, s->batch, s->steps, WARM_UP, s->lr, run_seed(lab->run, 0) };
    long every = (s->steps + MARKS - 1) / MARKS, early = every > MOST_UNSEEN ? EARLY : every;
    double sums[3] = { 0.0 }; // losses since the last row, steps since then, bits at the last row
    Marks m = { .n = 0 };
    GptCourse c;
    int n_held, brief, *held = text_part(lab->text, TEXT_HELD_OUT, &n_held);
    int *some = text_part(lab->text, TEXT_HELD_OUT, &brief);
    brief = pick_pieces(some, brief);
    Log *log = log_open(lab->run, "log.csv", "characters,train_bits<,held_out_bits<");
    gpt_course_open(&c, lab, &recipe, net);
    state_optimizer(lab->state, "adam", c.adam);
    state_rng(lab->state, "places", &c.places);
    state_count(lab->state, "step", &c.step, s->steps);
    state_doubles(lab->state, "sums", sums, 3);
    state_doubles(lab->state, "seconds", &m.seconds, 1);
    state_doubles(lab->state, "marks", m.at[0], sizeof m.at / sizeof(double));
    state_count(lab->state, "marked", &m.n, MARKS + 2);
    while (c.step < s->steps && !run_stopped(lab->run)) {
        double began = clock_seconds();
        float loss = gpt_course_step(&c);
        m.seconds += clock_seconds() - began;
        sums[0] += loss * BITS;
        sums[1]++;
        if (!isfinite(loss)) {
            run_diverged(lab->run, c.step, "the loss", net_find_nonfinite(net));
        }
        if (c.step % every == 0 || c.step == s->steps || c.step == early) {
            sums[2] = sums[0] / sums[1];
            sums[0] = sums[1] = 0.0;
            write_mark(lab, log, &c, &m, sums[2], bits_in_windows(NULL, net, some, brief));
            state_save(lab->state);
        }
    }
    if (c.step == s->steps) {
        report_gpt(lab, &c, &m, sums[2], held, n_held);
    }
    state_end(lab->state, c.step == s->steps);
    gpt_course_close(&c);
    free(held);
    free(some);
}

/*
## What it has learned

![Left: bits a character against characters read, for training and held-out text. Right: held-out bits against seconds of
training. All curves still fall at the end, and end above the lines of both tables.](gpt.svg)

| | parameters | bits a character, held out |
|---|--:|--:|
| LSTM of 128 cells, 5.12 million characters (lesson 14) | 117,856 | 2.339 |
| **this GPT**, 5.12 million characters | 116,576 | 2.300 |
| table of 6 characters, Witten-Bell (lesson 14) | | 2.217 |
| a GPT with rows of 128 numbers, 4.10 million characters | 429,664 | 2.169 |
| table of 8 characters, Kneser-Ney (lesson 14) | | 2.031 |

The GPT has read 4.5 times as many characters as the training text has. (All of the held-out text is measured at the end. The
curve is that of 16 pieces, which are harder: on them the GPT ends at 2.353.) Both tables are ahead of it, that of Kneser and
Ney, which is counted in one pass, by 0.27 bits. In training the GPT is at 2.281 bits at the end. That is not measured in the
same way: it is a mean over the last 305 steps, and the first characters of each window are predicted from little. Both make the
figure larger, so the true gap to the held-out text is wider.

**A wider network** needs fewer bits. With rows of 128 numbers in place of 64 (`--width 128 --steps 4000`) the GPT has 3.7 times
as many parameters and reads four fifths of the characters, in twice the seconds (128). Its 2.169 bits are below the Witten-Bell
table and 0.14 above that of Kneser and Ney. (One seed.) What more steps or a longer text would bring was not measured.

**Against lesson 14's LSTM of 128 cells.** *At the same number of parameters and of characters* the GPT is ahead, by 0.039 bits.
With `--seed 2` and `--seed 3` the GPT has 2.300 and 2.297 bits, the LSTM 2.343 and 2.345, so that it is ahead at each of three
seeds. Two other things differ as well: the LSTM learns in 2,500 steps of 2,048 characters, the GPT in 5,000 of 1,024; and the
LSTM was trained at two rates, of which this is the better one, the GPT at one. The table of Kneser and Ney is ahead of both.

*At the same seconds* the LSTM is ahead. Measured by turns (`make bench`), a step of 1,024 characters takes the LSTM 7.6
milliseconds and the GPT 10.2. So when the LSTM has read its 5.12 million characters, the GPT has read three quarters of them.
After 3.85 million it stands at 2.426 on the 16 pieces, with a quarter of its schedule still to come. On all of the held-out
text that would be about 2.37, if the pieces are as much harder then as at the end. A GPT whose schedule ends there was not
trained.

What does it write? `samples/text.txt` has 1,000 characters at two temperatures. Those at 0.5 begin

    :crunch of the computer is the moder not to a leectronic the is a machine on the {bogo}. Some term the source and
    particulate the newsgroup are each a result of the compiler to the term is the entire to instent.

and the second entry with

    :slow bug: n.
    The term sometimes for was an into the quarting that the are language of the mone who read by conversanel and the like
    for a posting a program is a {big long for of the first (or sense 1) and its one of an released to do not the program

Parts of the form of an entry are there: a headword between colons, a kind of word, references in braces. But the first
headword and the last brace are never closed, and a pronunciation between slashes comes at the temperature 1.0 only. Most words
are English, and others look like it. The sentences mean nothing.
*/
