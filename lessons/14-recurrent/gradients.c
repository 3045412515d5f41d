/*
## Gradients that vanish

The weights learn that step $T - k$ matters at step $T$ only if a gradient comes back so far. From the loop of backpropagation
through time:

$$ dh_{t-1} = \underset{H \times H}{U^\top}\, \mathrm{diag}(1 - h_t \circ h_t)\, dh_t = J_t^\top\, dh_t, \qquad
   dh_{T-k} = J_{T-k+1}^\top \cdots J_T^\top\, dh_T, $$

if the only loss is that at step $T$. A product of $k$ matrices, all made of the same $U$. What do powers of a matrix do? Take an
eigenvector, $U v = \lambda v$: then $U^k v = \lambda^k v$. The largest $\lvert \lambda \rvert$ is called the **spectral radius**
$\rho$, and in the long run $\lVert U^k v \rVert$ changes by the factor $\rho$ a step for almost every $v$. (It may do something
else at first, and the $\lambda$ may be complex: then $v$ turns while it shrinks or grows.) The slopes of tanh are at most 1,
so each of them shortens the vector that it meets. Roughly there are three cases:

- $\rho < 1$: gradients vanish, as a rule like $\rho^k$ or faster (it is certain if $U$ shortens every vector);
- $\rho > 1$, and units near 0, where tanh has slope 1: it grows, and may explode;
- between them, a narrow edge that training would have to keep to.

How large is $\rho$ at the beginning? The library draws the numbers of $U$, as PyTorch does, evenly between $-1/\sqrt H$ and
$1/\sqrt H$; the variance of that is $1 / (3 H)$. The eigenvalues of a large random matrix whose numbers have the variance $v$
fill a circle of radius $\sqrt{H v}$ (the circular law), here $1 / \sqrt 3 = 0.577$. Measured, by multiplying a vector with $U$
again and again: 0.618 at the beginning, and 6.99 in the trained plain cell. A radius far above 1, and its gradient vanishes all
the same, as will be seen. The likely reason is that many units of the trained cell are near -1 or 1, where tanh is flat; the
program does not count them.
*/

#include "acts.h"
#include "base/die.h"
#include "kernels/gru.h"
#include "kernels/lstm.h"
#include "kernels/rnn.h"
#include "nn/loss.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The spectral radius of U (n, n): by what factor a vector grows at each multiplication, in the long run.
static double spectral_radius(const float *U, int n) {
    enum { BEFORE = 200, COUNTED = 1000 };
    double v[WRITER_UNITS], w[WRITER_UNITS], growth = 0.0;
    require(n <= WRITER_UNITS, "a matrix of %d", n);
    for (int i = 0; i < n; i++) {
        v[i] = 1.0 + 0.1 * (i % 7);
    }
    for (int k = 0; k < BEFORE + COUNTED; k++) {
        double length = 0.0;
        for (int i = 0; i < n; i++) {
            w[i] = 0.0;
            for (int j = 0; j < n; j++) {
                w[i] += (double)U[i * n + j] * v[j];
            }
            length += w[i] * w[i];
        }
        length = sqrt(length);
        if (length == 0.0) {
            return 0.0;
        }
        growth += k >= BEFORE ? log(length) / COUNTED : 0.0;
        for (int i = 0; i < n; i++) {
            v[i] = w[i] / length;
        }
    }
    return exp(growth);
}

/*
## Cells with gates

What would a cell look like in which the gradient does not vanish? One whose state is *added to* instead of being made anew. The [LSTM](lstm.html) (Hochreiter and
Schmidhuber 1997) has such a second state $c$ beside $h$, and three **gates**, numbers between 0 and 1 for each unit, that decide what happens to it
([the next part](#gate-by-gate-the-lstm) takes them one by one):

$$ c_t = f \circ c_{t-1} + i \circ g, \qquad h_t = o \circ \tanh(c_t), \qquad
   \text{along } c\text{: } \quad \frac{\partial c_t}{\partial c_{t-1}} = \mathrm{diag}(f). $$

No matrix lies on this way, and no slope: over $k$ steps of a constant gate it is $f^k$. With a forget gate of 0.5 that vanishes as fast as anything. With
0.95 a third is left after 20 steps. The value at the beginning is a matter of its bias, $f \approx \sigma(b_f)$.
The [GRU](gru.html) has one gate less and no second state; there the gate $z$ does what $f$ does.

The experiment: sequences of 100 characters of held-out text, a loss at the last one only, and the length of $\partial L / \partial
h_{T-k}$, and of $\partial L / \partial c_{T-k}$, relative to that at $k = 0$. To look at each step, the library's cell is run one step at a time, and handed its own
gradient.
*/

enum { FLOW = 100, FLOW_SEQUENCES = 32, FLOW_ROWS = FLOW + 1 };

typedef struct {
    double h[FLOW_ROWS],
        c[FLOW_ROWS]; // lengths k steps before the end, relative to k = 0; c of the LSTM only
} Flow;

static const RecurrentCell *cell_of_kind(LayerKind kind) {
    return kind == RNN ? &rnn_cell : kind == GRU ? &gru_cell : &lstm_cell;
}

// The gradient of the loss at the last state: through softmax and the dense layer.
static void loss_at_the_end(float *dh, const float *h, const Layer *dense, const int *labels) {
    int H = (int)shape_size(dense->in), words = (int)shape_size(dense->out);
    float *logits = alloc_floats((size_t)(FLOW_SEQUENCES * words));
    for (int s = 0; s < FLOW_SEQUENCES; s++) {
        for (int o = 0; o < words; o++) {
            logits[s * words + o] = dense->bias[o];
            for (int i = 0; i < H; i++) {
                logits[s * words + o] += dense->weight[o * H + i] * h[s * H + i];
            }
        }
    }
    softmax_cross_entropy(logits, logits, labels, FLOW_SEQUENCES, words);
    memset(dh, 0, (size_t)(FLOW_SEQUENCES * H) * sizeof *dh);
    for (int s = 0; s < FLOW_SEQUENCES; s++) {
        for (int o = 0; o < words; o++) {
            for (int i = 0; i < H; i++) {
                dh[s * H + i] += dense->weight[o * H + i] * logits[s * words + o];
            }
        }
    }
    free(logits);
}

// With all ways on which c acts: directly on the next c, and through its own h = o tanh(c).
static double mean_length(const float *dh, const float *dc, const float *h, const float *c, int H) {
    double sum = 0.0;
    for (int s = 0; s < FLOW_SEQUENCES; s++) {
        double length = 0.0;
        for (int i = s * H; i < (s + 1) * H; i++) {
            double d = dh[i];
            if (dc) {
                double shown = tanh((double)c[i]), o = shown != 0.0 ? h[i] / shown : 0.0;
                d = dc[i] + dh[i] * o * (1.0 - shown * shown);
            }
            length += d * d;
        }
        sum += sqrt(length) / FLOW_SEQUENCES;
    }
    return sum;
}

// A network's cell, run one step at a time on some sequences at once.
typedef struct {
    const RecurrentCell *cell;
    const Layer *embedding, *dense;
    RecurrentShape shape;
    RecurrentParams params;
    size_t states, inputs, kept; // numbers of one step
    float *x, *h, *c, *scratch, *workspace, *y, *dh,
        *dc; // (FLOW, inputs), (FLOW_ROWS, states) twice, (FLOW, kept)
} Stepper;

static Stepper stepper_open(const Net *net) {
    const Layer *layer = &net->layers[1];
    const RecurrentCell *cell = cell_of_kind(layer->spec.kind);
    int H = layer->spec.out, in = (int)shape_size(layer->in), gates = cell->gates * H;
    Stepper s = { .cell = cell, .embedding = &net->layers[0], .dense = &net->layers[2] };
    s.shape = (RecurrentShape){ .in = in, .hidden = H, .steps = 1 };
    s.params = (RecurrentParams){ layer->weight, layer->weight + gates * in, layer->bias,
                                  layer->bias + gates };
    s.states = (size_t)(FLOW_SEQUENCES * H);
    s.inputs = (size_t)(FLOW_SEQUENCES * in);
    s.kept = recurrent_scratch(cell, FLOW_SEQUENCES, &s.shape);
    s.x = alloc_floats(FLOW * s.inputs);
    s.h = alloc_floats(FLOW_ROWS * s.states);
    s.c = alloc_floats(FLOW_ROWS * s.states);
    s.scratch = alloc_floats(FLOW * s.kept);
    s.workspace = alloc_floats(recurrent_workspace(cell, FLOW_SEQUENCES, &s.shape));
    s.y = alloc_floats(s.states);
    s.dh = alloc_floats(s.states);
    s.dc = alloc_floats(s.states);
    return s;
}

static void stepper_close(Stepper *s) {
    float *all[] = { s->x, s->h, s->c, s->scratch, s->workspace, s->y, s->dh, s->dc };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        free(all[i]);
    }
}

// From step t to t + 1, and the gradient from t + 1 to t.
static void step_forward(Stepper *s, size_t t) {
    RecurrentState before = { s->h + t * s->states, s->c + t * s->states };
    RecurrentState after = { before.h + s->states, before.c + s->states };
    recurrent_forward(s->cell, s->y, after, s->scratch + t * s->kept, s->x + t * s->inputs, before,
                      &s->params, FLOW_SEQUENCES, &s->shape, s->workspace);
}

static void step_back(Stepper *s, size_t t) {
    RecurrentState d = { s->dh, s->dc };
    recurrent_backward(s->cell, NULL, d, NULL, NULL, d, s->x + t * s->inputs,
                       s->scratch + t * s->kept, &s->params, FLOW_SEQUENCES, &s->shape,
                       s->workspace);
}

// Net: embedding, a recurrent layer, dense.
static Flow measure_flow(const RecurrentLab *lab, const Net *net) {
    Stepper s = stepper_open(net);
    Flow flow = { { 0.0 }, { 0.0 } };
    int labels[FLOW_SEQUENCES], in = s.shape.in, H = s.shape.hidden;
    int apart = (lab->n_held_out - FLOW_ROWS) / FLOW_SEQUENCES; // from one sequence to the next
    for (int t = 0; t < FLOW; t++) {
        for (int i = 0; i < FLOW_SEQUENCES; i++) {
            const int *symbol = lab->held_out + i * apart + t;
            memcpy(s.x + (size_t)t * s.inputs + i * in, s.embedding->weight + *symbol * in,
                   (size_t)in * sizeof *s.x);
            labels[i] = symbol[1];
        }
        step_forward(&s, (size_t)t);
    }
    loss_at_the_end(s.dh, s.h + FLOW * s.states, s.dense, labels);
    for (size_t k = 0; k < FLOW_ROWS; k++) {
        size_t t = FLOW - k;
        flow.h[k] = mean_length(s.dh, NULL, NULL, NULL, H);
        flow.c[k] = mean_length(s.dh, s.dc, s.h + t * s.states, s.c + t * s.states, H);
        if (t > 0) {
            step_back(&s, t - 1);
        }
    }
    for (int k = FLOW; k >= 0; k--) {
        flow.h[k] /= flow.h[0];
        flow.c[k] /= flow.c[0];
    }
    stepper_close(&s);
    return flow;
}

enum { UNTRAINED = 5, FLOWS = UNTRAINED + 3 };
static const struct {
    const char *name;
    LayerKind kind;
    float forget;  // untrained: the bias of the forget gate
    Which trained; // else which of the networks
} flows[FLOWS] = {
    { "rnn_init", RNN, 0.0f, 0 },        { "gru_init", GRU, 0.0f, 0 },
    { "lstm0_init", LSTM, 0.0f, 0 },     { "lstm1_init", LSTM, 1.0f, 0 },
    { "lstm3_init", LSTM, 3.0f, 0 },     { "rnn_trained", RNN, 0.0f, PLAIN },
    { "gru_trained", GRU, 0.0f, GATED }, { "lstm_trained", LSTM, 0.0f, MAIN },
};

static void report_flows(RecurrentLab *lab, const Flow *all) {
    static const int shown[] = { 1, 2, 5, 10, 20, 40, 80 };
    enum { SHOWN = sizeof shown / sizeof *shown };
    char columns[1024] = "";
    Log *log;
    for (int i = 0; i < FLOWS; i++) {
        size_t length = strlen(columns);
        snprintf(columns + length, sizeof columns - length, "%s%s_h,%s_c", i ? "," : "",
                 flows[i].name, flows[i].name);
    }
    log = log_open(lab->run, "log-vanishing.csv", columns);
    for (int k = 0; k < FLOW_ROWS; k++) {
        double row[2 * FLOWS];
        for (int i = 0; i < FLOWS; i++) {
            row[2 * i] = all[i].h[k];
            row[2 * i + 1] = flows[i].kind == LSTM ? all[i].c[k] : NAN;
        }
        log_write(log, k, row, 2 * FLOWS);
    }
    run_say(lab->run, "Length of the gradient k steps before the loss, relative to k = 0");
    run_say(lab->run, "  (of the LSTM, that of c)  k = 1       5      10      20      40      80");
    for (int i = 0; i < FLOWS; i++) {
        const double *f = flows[i].kind == LSTM ? all[i].c : all[i].h;
        run_say(lab->run, "  %-18s%13.2g%8.1e%8.1e%8.1e%8.1e%8.1e", flows[i].name, f[1], f[5],
                f[10], f[20], f[40], f[80]);
        for (int j = 0; j < SHOWN; j++) {
            char key[64];
            snprintf(key, sizeof key, "%s_gradient_%d", flows[i].name, shown[j]);
            if (isnan(f[0])) {
                continue;
            }
            run_summary(lab->run, key, f[shown[j]]);
            if (flows[i].kind == LSTM) {
                snprintf(key, sizeof key, "%s_gradient_h_%d", flows[i].name, shown[j]);
                run_summary(lab->run, key, all[i].h[shown[j]]);
            }
        }
    }
}

static double radius_of(const Net *net) {
    const Layer *l = &net->layers[1];
    return spectral_radius(l->weight + (size_t)l->spec.out * shape_size(l->in), l->spec.out);
}

// Of a network with more layers than one.
static Flow unknown_flow(void) {
    Flow flow;
    for (int k = 0; k < FLOW_ROWS; k++) {
        flow.h[k] = flow.c[k] = NAN;
    }
    return flow;
}

void vanishing(RecurrentLab *lab, const Writers *writers) {
    Flow all[FLOWS];
    if (!state_begin(lab->state, "vanishing")) {
        return;
    }
    for (int i = 0; i < FLOWS; i++) {
        bool trained = i >= UNTRAINED;
        Net *net = trained ? writers_net(lab, writers, flows[i].trained)
                           : writer_net(lab->text->n_codes, flows[i].kind, 1, flows[i].forget,
                                        run_seed(lab->run, 0));
        all[i] = net->n_layers == 3 ? measure_flow(lab, net) : unknown_flow();
        if (flows[i].kind == RNN) {
            run_summary(lab->run, trained ? "rnn_trained_radius" : "rnn_init_radius",
                        radius_of(net));
        }
        net_free(net);
    }
    report_flows(lab, all);
    state_end(lab->state, true);
}

/*
![Length of the gradient against the number of steps that it has gone back, on a logarithmic scale. Left, untrained: the plain cell, the GRU and
the LSTM with forget bias 0 fall in a straight line, the LSTM with bias 1 more slowly, with bias 3 hardly. Right, trained.](vanishing.svg)

| what is left after k steps back | 1 | 5 | 10 | 20 | 40 | 80 |
|---|--:|--:|--:|--:|--:|--:|
| plain cell, untrained | 0.51 | 0.032 | 9.8·10⁻⁴ | 1.0·10⁻⁶ | 1.8·10⁻¹² | 8.4·10⁻²⁴ |
| GRU, untrained | 0.53 | 0.061 | 5.5·10⁻³ | 5.3·10⁻⁵ | 6.4·10⁻⁹ | 1.4·10⁻¹⁶ |
| LSTM, forget bias 0, untrained (c) | 0.53 | 0.060 | 5.2·10⁻³ | 4.6·10⁻⁵ | 4.5·10⁻⁹ | 4.1·10⁻¹⁷ |
| LSTM, forget bias 1, untrained (c) | 0.74 | 0.27 | 0.10 | 0.016 | 5.4·10⁻⁴ | 6.6·10⁻⁷ |
| LSTM, forget bias 3, untrained (c) | 0.96 | 0.82 | 0.72 | 0.64 | 0.62 | 1.03 |
| plain cell, trained | 0.56 | 0.11 | 0.020 | 2.0·10⁻⁴ | 1.5·10⁻⁷ | 4.3·10⁻¹⁵ |
| GRU, trained | 0.65 | 0.32 | 0.14 | 0.093 | 0.059 | 0.032 |
| LSTM, trained (c, begun with bias 1) | 0.75 | 0.25 | 0.073 | 0.058 | 0.042 | 0.019 |

- **Untrained, the plain cell about halves the gradient at each step**; 20 steps back about a millionth is left. That is less
  than the powers of its spectral radius 0.618, and of the 0.577 by which such a $U$ multiplies the length of a typical vector.
  One reason is the slopes of tanh, which are below 1; how much they take was not measured.
- **Gates alone help little.** In the first step back the LSTM with forget bias 0 keeps 0.53 of its gradient, and
  $\sigma(0) = 0.5$; with bias 1 it keeps 0.74, and $\sigma(1) = 0.73$; with bias 3 0.96, and $\sigma(3) = 0.95$. Further back
  all three fall more slowly than the powers of $\sigma(b)$, and with bias 3 the gradient even grows again beyond 40 steps. A
  likely reason: more ways lead back than the one along $c$. With bias 0 the LSTM is no better than the GRU. Before training the
  bias decides what is left.
- **After training the cells with gates keep a gradient, the plain one does not.** 80 steps back the GRU has 0.032 of its
  gradient left, the LSTM 0.019, and the plain cell 4.3·10⁻¹⁵. (20 steps back the plain cell has 2.0·10⁻⁴ left, some two hundred
  times as much as before training.) The GRU began with a bias near 0, so on this text a small bias did not keep it from having
  a gradient at the end. On the memory task below the bias does decide. Each is one network at one seed, so only the powers of
  ten count.

## Gradients that explode, and clipping

The other case: $\rho > 1$, where the gradient may grow on its way back. A step in the direction of a gradient that is a
thousand times as long as usual throws the weights far away. The remedy is simple. If the gradient $g$ of all weights together
is longer than some $c$, it is shortened to the length $c$ (Pascanu, Mikolov and Bengio 2013):

$$ g \leftarrow g \cdot \min\bigl(1,\; c / \lVert g \rVert \bigr). $$

Its direction stays. This is **clipping by norm**, `clip_gradient` above. (The library's, which lesson 15 calls, is `net_clip_gradient`.
Lesson 8's clipping of weights is something else.)

It is often said that recurrent networks need it. The plain cell is trained on the text in four ways, 200 steps each, with the same characters and the same three seeds: plain SGD at a high
rate (4) and Adam at the rate 0.01, each with clipping to 1 and without.
*/

static const struct {
    const char *name;
    OptimizerKind kind;
    float lr;
    double most;
} clippings[CLIPPINGS] = {
    { "sgd_clipped", SGD, 4.0f, 1.0 },
    { "sgd", SGD, 4.0f, 0.0 },
    { "adam_clipped", ADAM, 0.01f, 1.0 },
    { "adam", ADAM, 0.01f, 0.0 },
};
enum { CLIPPING_STEPS = 200 };

// Figures: bits in the last twentieth of the steps, the longest gradient; then both of every twentieth.
static long train_clipped(const void *context, int i, double *figures) {
    const RecurrentLab *lab = context;
    int seed = i % CLIPPING_SEEDS, way = i / CLIPPING_SEEDS;
    long steps = lab_steps(lab, CLIPPING_STEPS), counts[CLIPPING_POINTS] = { 0 };
    double *bits = figures + 2, *lengths = bits + CLIPPING_POINTS;
    Net *net = writer_net(lab->text->n_codes, RNN, 1, 0.0f, run_seed(lab->run, seed));
    Reading reading = reading_open(lab->train, lab->n_train);
    Optimizer *optimizer =
        optimizer_create(optimizer_defaults(clippings[way].kind, clippings[way].lr), net->n_params);
    for (long step = 0; step < steps && !run_stopped(lab->run); step++) {
        double length;
        long point = step * CLIPPING_POINTS / steps;
        bits[point] += learn_piece(net, &reading, optimizer, clippings[way].most, &length);
        lengths[point] = fmax(lengths[point], length);
        figures[1] = fmax(figures[1], length);
        counts[point]++;
    }
    for (int point = 0; point < CLIPPING_POINTS; point++) {
        bits[point] = counts[point] ? bits[point] / (double)counts[point] : NAN;
        lengths[point] = counts[point] ? lengths[point] : NAN;
    }
    figures[0] = bits[CLIPPING_POINTS - 1];
    optimizer_free(optimizer);
    reading_close(&reading);
    net_free(net);
    return 0; // a loss that explodes is a result here
}

void clipping(RecurrentLab *lab, Trainings *all) {
    if (!trainings_run(all, train_clipped, lab)) {
        return;
    }
    run_say(lab->run,
            "Clipping the gradient of the plain cell: bits, longest gradient (each seed)");
    for (int way = 0; way < CLIPPINGS; way++) {
        double least = INFINITY, most = 0.0, longest = 0.0;
        char key[64], line[CLIPPING_SEEDS * 24] = "";
        for (int seed = 0; seed < CLIPPING_SEEDS; seed++) {
            const double *f = all->figures + (way * CLIPPING_SEEDS + seed) * all->width;
            size_t length = strlen(line);
            snprintf(line + length, sizeof line - length, "%9.2f %9.3g", f[0], f[1]);
            least = fmin(least, f[0]);
            most = fmax(most, f[0]);
            longest = fmax(longest, f[1]);
        }
        run_say(lab->run, "  %-14s%s", clippings[way].name, line);
        snprintf(key, sizeof key, "clipping_%s_bits_least", clippings[way].name);
        run_summary(lab->run, key, least);
        snprintf(key, sizeof key, "clipping_%s_bits_most", clippings[way].name);
        run_summary(lab->run, key, most);
        snprintf(key, sizeof key, "clipping_%s_longest", clippings[way].name);
        run_summary(lab->run, key, longest);
    }
    Log *log = log_open(lab->run, "log-clipping.csv",
                        "sgd_clipped_bits<,sgd_clipped_length,sgd_bits<,sgd_length,"
                        "adam_clipped_bits<,adam_clipped_length,adam_bits<,adam_length");
    for (int point = 0; point < CLIPPING_POINTS; point++) {
        double row[2 * CLIPPINGS];
        for (int way = 0; way < CLIPPINGS; way++) {
            const double *f = all->figures + way * CLIPPING_SEEDS * all->width + 2;
            row[2 * way] = f[point];
            row[2 * way + 1] = f[CLIPPING_POINTS + point];
        }
        log_write(log, (point + 1) * lab_steps(lab, CLIPPING_STEPS) / CLIPPING_POINTS, row,
                  2 * CLIPPINGS);
    }
}

/*
![Training loss and length of the gradient in four trainings of the plain cell.](clipping.svg)

| the worst of three seeds | bits at the end | longest gradient |
|---|--:|--:|
| SGD, rate 4, clipped to 1 | 3.28 | 11 |
| SGD, rate 4 | 24.86 | 1.2·10⁴ |
| Adam, rate 0.01, clipped to 1 | 2.98 | 1.51 |
| Adam, rate 0.01 | 2.99 | 2.31 |

**Plain SGD at a high rate explodes without clipping** and learns with it (which does not mean that 4 is a good rate; Adam is
far ahead). Whether SGD at a lower rate would need it was not tried. Whether the product of matrices had grown, or the rate
alone was too high, this does not tell. **With Adam it makes hardly any difference here**: the longest gradients have a length
of 1.5 and 2.3 and most are shorter than 1, so that clipping to 1 seldom acts. That is one cell, one rate and 200 steps.
Clipping costs little, and a single batch may be a bad one, so the trainings below clip all the same.
*/
