/*
## Networks that write

Now the networks learn to write, and are compared with the tables.

## Four networks

Three cells at the rate 0.01, which falls in a straight line to 0, and the LSTM once more at a fifth of it. All begin with
the same seed and read the same characters in the same order: 2,500 steps, 5.12 million characters, 4.5 times the training text.
*/

#include "acts.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/file.h"
#include "counts.h"
#include "measure/language.h"
#include "nn/loss.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Rates: what --lr says, or a fifth of it.
const WriterSpec writer_specs[WRITERS] = {
    [MAIN] = { "lstm", LSTM, 1.0f },
    [PLAIN] = { "rnn", RNN, 1.0f },
    [GATED] = { "gru", GRU, 1.0f },
    [MAIN_SLOW] = { "lstm_slow", LSTM, 0.2f },
};

// What a training has brought when it was measured: one row of figures a time.
enum { SO_MANY_STEPS, TRAIN_BITS, VALID_BITS, HELD_OUT_BITS, SECONDS };

// Layers of the main network are --layers, of the others one.
static Net *new_net(const RecurrentLab *lab, Which which) {
    return writer_net(lab->text->n_codes, writer_specs[which].kind,
                      which == MAIN ? lab->settings->layers : 1, 1.0f, run_seed(lab->run, 0));
}

Writers *writers_open(RecurrentLab *lab) {
    Writers *w = alloc_bytes(sizeof *w);
    *w = (Writers){ .marks = { 0 } };
    for (int i = 0; i < WRITERS; i++) {
        char place[64];
        Net *net = new_net(lab, (Which)i);
        w->n_params[i] = net->n_params;
        w->params[i] = alloc_floats(net->n_params);
        memcpy(w->params[i], net->params, net->n_params * sizeof *net->params);
        net_free(net);
        snprintf(place, sizeof place, "%s_params", writer_specs[i].name);
        state_floats(lab->state, place, w->params[i], w->n_params[i]);
    }
    state_longs(lab->state, "marks", w->marks, WRITERS);
    state_doubles(lab->state, "curves", w->curve[0][0], sizeof w->curve / sizeof(double));
    return w;
}

void writers_close(Writers *w) {
    for (int i = 0; i < WRITERS; i++) {
        free(w->params[i]);
    }
    free(w);
}

Net *writers_net(const RecurrentLab *lab, const Writers *w, Which which) {
    Net *net = new_net(lab, which);
    memcpy(net->params, w->params[which], w->n_params[which] * sizeof *net->params);
    return net;
}

// A training on its way.
typedef struct {
    Net *net;
    Reading reading;
    Optimizer *adam;
    float rate;
    long steps, since;
    double sum, seconds; // of the bits since the last row; of training alone
} Writing;

static void writing_open(Writing *c, RecurrentLab *lab, const WriterSpec *spec, Net *net) {
    *c = (Writing){ .net = net,
                    .rate = spec->rate * lab->settings->lr,
                    .steps = lab->settings->steps };
    c->reading = reading_open(lab->train, lab->n_train);
    c->adam = optimizer_create(optimizer_defaults(ADAM, c->rate), net->n_params);
    state_net(lab->state, "net", net);
    state_optimizer(lab->state, "adam", c->adam);
    state_count(lab->state, "step", &c->reading.read, c->steps);
    state_longs(lab->state, "since", &c->since, 1);
    state_doubles(lab->state, "sum", &c->sum, 1);
    state_doubles(lab->state, "seconds", &c->seconds, 1);
    state_floats(lab->state, "carried", net->carried, net->n_carried);
}

// When a training is measured: at so many 32nds of its steps.
static bool is_mark(long step, long steps) {
    static const int parts[] = { 1, 2, 4, 8, 16, 24, 32 };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (step == (parts[i] * steps + 31) / 32) {
            return true;
        }
    }
    return false;
}

// Held-out text is that for validation and that for the test, one behind the other.
static void measure(RecurrentLab *lab, Writers *w, Which which, Writing *c, Log *log) {
    double *row = w->curve[which][w->marks[which]++], valid = 0.0;
    double *bits = alloc_bytes((size_t)lab->n_held_out * sizeof *bits);
    long step = c->reading.read;
    require(w->marks[which] <= MOST_MARKS, "%ld rows", w->marks[which]);
    row[SO_MANY_STEPS] = (double)step;
    row[TRAIN_BITS] = c->sum / (double)c->since;
    row[HELD_OUT_BITS] = bits_in_streams(bits, c->net, lab->held_out, lab->n_held_out, PIECES);
    for (int i = 0; i < lab->n_valid; i++) {
        valid += bits[i] / lab->n_valid;
    }
    row[VALID_BITS] = valid;
    row[SECONDS] = c->seconds;
    c->sum = 0.0;
    c->since = 0;
    if (log) {
        log_row(log, step, (double)step * ROWS, row[TRAIN_BITS], valid, row[HELD_OUT_BITS]);
    }
    run_progress(lab->run, writer_specs[which].name, step, c->steps, "train %.3f, held out %.3f",
                 row[TRAIN_BITS], row[HELD_OUT_BITS]);
    free(bits);
    state_save(lab->state);
}

static bool is_power_of_ten(long n) {
    while (n > 0 && n % 10 == 0) {
        n /= 10;
    }
    return n == 1;
}

// What it writes: an entry of its own, into samples/ in the folder of the run.
static void keep_sample(RecurrentLab *lab, Net *net, long step) {
    enum { LENGTH = 240 };
    Rng rng = rng_create((uint64_t)lab->settings->run.seed, RNG_SAMPLE);
    char *sample =
        write_sample(net, lab->text, "", LENGTH, lab->settings->writing.temperature, rng);
    OutFile *file = file_create(run_path(lab->run, "samples/text-%05ld.txt", step));
    fprintf(file_stream(file), "%s\n", sample);
    file_commit(file);
    free(sample);
}

bool train_writer(RecurrentLab *lab, Writers *w, Which which) {
    const WriterSpec *spec = &writer_specs[which];
    if (state_begin(lab->state, spec->name)) {
        Writing c;
        Net *net = writers_net(lab, w, which);
        Log *log = which == MAIN ? log_open(lab->run, "log.csv",
                                            "characters,train_bits<,valid_bits<,held_out_bits<")
                                 : NULL;
        writing_open(&c, lab, spec, net);
        long *step = &c.reading.read;
        while (*step < c.steps && !run_stopped(lab->run)) {
            double length, before = clock_seconds();
            c.adam->spec.lr = schedule_lr(LINEAR_DECAY, c.rate, *step, c.steps);
            c.sum += learn_piece(c.net, &c.reading, c.adam, CLIP_TO, &length);
            c.seconds += clock_seconds() - before;
            c.since++;
            if (!isfinite(c.sum)) {
                run_diverged(lab->run, *step, "the loss", net_find_nonfinite(c.net));
            }
            if (which == MAIN && (is_power_of_ten(*step) || *step == c.steps)) {
                keep_sample(lab, c.net, *step);
            }
            if (is_mark(*step, c.steps)) {
                measure(lab, w, which, &c, log);
            } else if (log && *step == 10) { // something to be seen, soon
                log_row(log, *step, *step * (double)ROWS, c.sum / (double)c.since, NAN, NAN);
                state_save(lab->state);
            }
        }
        memcpy(w->params[which], net->params, net->n_params * sizeof *net->params);
        if (which == MAIN && *step == c.steps) {
            language_save(run_path(lab->run, "model.safetensors"), c.net, lab->text);
        }
        state_end(lab->state, *step == c.steps);
        reading_close(&c.reading);
        optimizer_free(c.adam);
        net_free(net);
    }
    long marks = w->marks[which];
    return marks > 0 && w->curve[which][marks - 1][SO_MANY_STEPS] == (double)lab->settings->steps;
}

/*
![Bits per character on held-out text against characters read (left) and against seconds of training (right), for three networks, beside horizontal lines: what tables
and gzip need. Against characters the GRU is below the plain cell at each point, the LSTM from the second one on; against seconds the LSTM is above the plain cell for as long as that one is trained, by 0.3 bits at first and by a few hundredths at the end. All end above the line of the Kneser-Ney table.](writing.svg)
*/

static const double *last_row(const Writers *w, int which) {
    return w->curve[which][w->marks[which] - 1];
}

// The held-out bits of all networks over the steps, and the seconds that their trainings took until then.
static void log_curves(RecurrentLab *lab, const Writers *w) {
    char columns[2][512] = { "", "" };
    for (int i = 0; i < WRITERS; i++) {
        for (int k = 0; k < 2; k++) {
            size_t length = strlen(columns[k]);
            snprintf(columns[k] + length, sizeof columns[k] - length, "%s%s_%s", i ? "," : "",
                     writer_specs[i].name, k ? "seconds" : "bits<");
        }
    }
    Log *logs[] = { log_open(lab->run, "log-writing.csv", columns[0]),
                    log_open(lab->run, "seconds-writing.csv", columns[1]) };
    for (long mark = 0; mark < w->marks[MAIN]; mark++) {
        double rows[2][WRITERS];
        for (int i = 0; i < WRITERS; i++) {
            rows[0][i] = w->curve[i][mark][HELD_OUT_BITS];
            rows[1][i] = w->curve[i][mark][SECONDS];
        }
        for (int k = 0; k < 2; k++) {
            log_write(logs[k], (long)w->curve[MAIN][mark][SO_MANY_STEPS], rows[k], WRITERS);
        }
    }
}

void compare_writers(RecurrentLab *lab, Writers *w) {
    log_curves(lab, w);
    run_say(lab->run,
            "Bits per character after %.2f million:  parameters  train  held out  ms a step",
            (double)lab->settings->steps * ROWS / 1e6);
    for (int i = 0; i < WRITERS; i++) {
        const double *row = last_row(w, i);
        char key[64];
        run_say(lab->run, "  %-28s%20zu%8.3f%10.3f%11.1f", writer_specs[i].name, w->n_params[i],
                row[TRAIN_BITS], row[HELD_OUT_BITS], 1000.0 * row[SECONDS] / row[SO_MANY_STEPS]);
        const struct {
            const char *name;
            double value;
        } figures[] = { { "train_bits", row[TRAIN_BITS] },
                        { "held_out_bits", row[HELD_OUT_BITS] },
                        { "seconds", row[SECONDS] },
                        { "gap", row[HELD_OUT_BITS] - row[TRAIN_BITS] },
                        { "behind_lstm", row[HELD_OUT_BITS] - last_row(w, MAIN)[HELD_OUT_BITS] } };
        for (size_t k = 0; k < sizeof figures / sizeof *figures; k++) {
            snprintf(key, sizeof key, "%s_%s", writer_specs[i].name, figures[k].name);
            run_summary(lab->run, key, figures[k].value);
        }
    }
    run_summary(lab->run, "held_out_bits", last_row(w, MAIN)[HELD_OUT_BITS]);
}

/*
## Network and table

If table and network err in different places, each can help the other. Their weighted mean

$$ p(x) = w\, p_\text{network}(x) + (1 - w)\, p_\text{table}(x) $$

is a probability, too, for each weight $w$ between 0 and 1. The weight is chosen on the text for validation.

![Bits per character of network and table together, against the weight of the network. The curve has its lowest point below both of its ends.](mixture.svg)
*/

void mixture(RecurrentLab *lab, const Writers *w) {
    enum { ORDER = 8, WEIGHTS = 20 };
    if (!state_begin(lab->state, "mixture")) {
        return;
    }
    size_t n = (size_t)lab->n_held_out;
    double *table = alloc_bytes(n * sizeof *table), *network = alloc_bytes(n * sizeof *network);
    double held_out[WEIGHTS + 1], valid[WEIGHTS + 1];
    int best = 0;
    NgramScore score;
    Net *net = writers_net(lab, w, MAIN);
    Counts *counts = counts_open(lab->train, lab->n_train, lab->text->n_codes, ORDER);
    const Ngram kneser_ney = { KNESER_NEY, ORDER, 0.0 };
    ngram_score(&score, table, counts, &kneser_ney, 1, lab->held_out, lab->n_held_out);
    bits_in_streams(network, net, lab->held_out, lab->n_held_out, PIECES);
    Log *log = log_open(lab->run, "log-mixture.csv", "valid_bits<,mixture_bits<");
    for (int i = 0; i <= WEIGHTS; i++) {
        double weight = (double)i / WEIGHTS;
        valid[i] = mixed_bits(network, table, lab->n_valid, weight);
        held_out[i] = mixed_bits(network, table, lab->n_held_out, weight);
        best = valid[i] < valid[best] ? i : best;
        log_row(log, 100L * i / WEIGHTS, valid[i], held_out[i]);
    }
    run_say(lab->run, "Table alone %.3f, network alone %.3f; network with weight %.2f: %.3f",
            held_out[0], held_out[WEIGHTS], (double)best / WEIGHTS, held_out[best]);
    run_summary(lab->run, "mixture_best_weight", (double)best / WEIGHTS);
    run_summary(lab->run, "mixture_best_bits", held_out[best]);
    run_summary(lab->run, "mixture_table_bits", held_out[0]);
    free(table);
    free(network);
    net_free(net);
    counts_close(counts);
    state_end(lab->state, true);
}

/*
## What was found

| after 5.12 million characters | parameters | bits, training | bits, held out | with `--seed 2` | `--seed 3` |
|---|--:|--:|--:|--:|--:|
| plain cell, rate 0.01 | 43,360 | 2.483 | 2.534 | 2.599 | 2.510 |
| GRU, rate 0.01 | 93,024 | 2.253 | 2.325 | 2.328 | 2.380 |
| LSTM, rate 0.01 | 117,856 | 2.272 | 2.339 | 2.343 | 2.345 |
| LSTM, rate 0.002 | 117,856 | 2.723 | 2.748 | 2.729 | 2.708 |

**The table beats every network here.** The Kneser-Ney 8-gram needs 2.03 bits, and has read the text once. The networks have
read it 4.5 times and need 2.325 at best. They do beat other tables: the LSTM passes the add-one 4-gram (2.92) early, and the
add-0.05 5-gram (2.50) before it has read 2.56 million characters. So a sentence such as "the network beats n-grams" means
little without the name of the table. Where would the curves cross? Each of the last three doublings of the characters took off
less: 2.786, 2.610, 2.461 and 2.339 bits after 0.64, 1.28, 2.56 and 5.12 million. If each further doubling took off five sixths
of the one before, four would do: 82 million characters, the training text 72 times over. That is arithmetic and was not
measured. The earlier points are from within one training, where the rate had not fallen yet, so they are no ends of shorter
trainings; and a network of this size may learn the text by heart before.

**Gates help.** At equal characters, each at the rate 0.01, the plain cell is 0.195 bits behind the LSTM, and 0.257 and 0.165 at
the other two seeds. But it has little more than a third of the parameters, and a plain cell with as many was not trained. It
takes 18 s of training where the LSTM takes 50, and the GRU 39. The GRU is ahead of the LSTM at two seeds, by 0.014 bits, and
behind at the third, by 0.035: which of the two is better, three seeds do not say.

**The rate outweighs the cell.** The LSTM at a rate of 0.002, which would not look wrong to anybody, needs 2.748 bits, and is
far behind the plain cell at 0.01 (2.534). Whoever compares two cells has to search the rate for each of them. Here it was not
searched: the plain cell and the GRU have been trained at one rate only.

![Bits per character on held-out text for the LSTM at two rates and the plain cell at the higher one. The rate makes a larger difference than the cell.](rates.svg)

**Little overfitting so far.** The held-out text costs the LSTM 0.067 bits more than the training text. The figure for training
is the mean over the last quarter of the steps, while the weights were still changing; that of the finished network on the
training text should be lower, and the gap larger. The held-out bits fell to the end.

**Network and table together** need 1.957 bits (1.961 and 1.959 at the other seeds) with 0.25 of the weight on the network:
0.073 less than the table alone, though the network alone is worse by 0.31. So they err in different places. In which, was not
examined. (The held-out text has the text for validation in it, on which the weight was chosen. Over all of it the best of the
21 weights is the same.)

## What it writes

At a temperature of 0.5, after so many steps:

    1 step  DBrff3|"MJwyoy<086p>8f|H2u/mCf}Eb
            p[#An`6qyq(7@.:(qWCcz.ap*RtFW|,'A1<T8J?>CyM[.,|~0k3m|stVyRL)y

    10      T, s dt kertot ce tae ue t te ue  tf fof tto e ce the t or ms ou ag e e gaht o buy t tuse te
            at

    100     :cringual to whe but such and whe the the wing a but suctical it a decensentare wree to the
            entare the the proce of the as {beres consing the the be b

    1,000   :frierrative: /bang/, n.
            [Usenet] The starting accurity of the warly of some of {way such used (see {muse}.
            :Deping: n.
            [creative of a a {manual comment}, {spacker}).
            2. The short used or server by gun messages derives undenty with the ori

    2,500   :from the tool: /boh'ky, and much program: n.
            See {flatary on the fact in its a {warbox}.
            :fat the coord: n.
            1. [common] As a form to real and fact has one to a program means and the like the entire
            which for the computer canely and the re

The first letters are noise. Then come the frequent letters and blanks, then pairs and endings, then words, then the form of an entry: `:head:`, a part of speech, `{cross reference}`. At the end many words are
English, and no sentence makes sense.

## What holds, and what is folklore

| said | found here |
|---|---|
| plain cells forget: the gradient vanishes | holds: untrained, it about halves at each step; trained, 1.5·10⁻⁷ is left after 40 |
| the LSTM solves that | before training **only with a forget bias above 0**: with 0 its gradient vanishes like that of the GRU |
| recurrent networks need clipping | plain SGD at the rate 4 does; with Adam it made hardly any difference in 200 steps |
| networks beat n-grams | not these: the best needs 2.325 bits and a smoothed table 2.03; network and table together are the best |
| the LSTM is better than the plain cell | holds at equal characters and the rate 0.01, with more parameters; an LSTM at a fifth of that rate is behind the plain cell |
| the network sees only as far as it is unrolled | not so: states are carried from piece to piece; how far back they are used was not measured |

The figures without a seed are those of the default one. Between three seeds the held-out bits of the LSTM differ by 0.005, those
of the GRU by 0.055 and those of the plain cell by 0.090.

## To explore

- `--steps 10000` is four times as long. Does the network reach the table? Does it begin to overfit?
- `--layers 2`, and `--layers 3`: worth their time?
- `--data` with a text of your own. How long must it be until a network is ahead of a table?
- Train with pieces of 16 characters instead of 64 (`PIECE`). What does the network lose?
- Give the plain cell $U = $ identity and ReLU ([rnn_relu_cell](rnn.html)). Does it remember?

## References

- J. L. Elman, *Finding Structure in Time*, Cognitive Science 14, 1990.
- P. J. Werbos, *Backpropagation Through Time: What It Does and How to Do It*, Proceedings of the IEEE 78, 1990.
- Y. Bengio, P. Simard and P. Frasconi, *Learning Long-Term Dependencies with Gradient Descent Is Difficult*, IEEE Transactions on Neural Networks 5, 1994.
- S. Hochreiter and J. Schmidhuber, *Long Short-Term Memory*, Neural Computation 9, 1997.
- R. Pascanu, T. Mikolov and Y. Bengio, *On the Difficulty of Training Recurrent Neural Networks*, 2013 (arXiv:1211.5063).
- K. Cho and others, *Learning Phrase Representations using RNN Encoder-Decoder*, 2014 (arXiv:1406.1078).
*/
