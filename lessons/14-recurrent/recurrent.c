/*
# Lesson 14: Recurrent networks

What comes next? Somebody has typed `The quick brown fo`, and most readers would bet on `x`. To know that, it is not enough to look
at the letter `o`. One has to remember what came before it, and nobody can say in advance how far back. The networks of the earlier
lessons have no memory: they answer each input by itself, and the input has a fixed size.

A **recurrent network** reads a sequence one step at a time, and hands a vector of numbers, its *state*, from each step to the next:

![The recurrent cell, folded and unrolled. On the left one cell whose state goes back into it; on the right the same cell at four
steps, side by side: letters go in below, states go to the right, guesses of the next letter come out
above.](diagrams/unrolled.svg)

**What you will do here.** Count letters, and get a table that guesses well: the yardstick for everything below. Write a cell in
plain loops, and differentiate it through time. See the gradient vanish on its way back, and how two cells with gates keep it.
Learn which bias makes a memory. Restore vowels, where it matters in which direction one reads. Train networks to write entries
of a dictionary, and mix the LSTM with the table.

    make lesson-14
    make lesson-14 ARGS="--load runs/14-recurrent/default/model.safetensors --generate 400 --begin :hacker:"
    make compare RUNS="14-recurrent/default 15-transformer/default" COLS="held_out_bits"

## The text, and how a guess is scored

The text is the [Jargon File](text.html), a dictionary of the language of hackers: 2,307 entries, 1.27 million characters, 96
different ones. One entry in ten is *held out*: no network and no table learns from it.

A guess is a probability $p(x \mid \text{before})$ for each of the 96 characters. If the character that comes had the
probability $p$, the guess costs $-\log_2 p$ **bits**: one bit if it had $\frac12$, none if it was certain. The mean over a text
is its **bits per character**. Everything that guesses can be compared by this number: a table of counts, a network, or a
program like gzip. The figure of gzip is the bits of its file, divided by the characters of the text. Guessing each of 96
characters with the same probability costs $\log_2 96 = 6.58$ bits.

The tables come first: [counts.c](#counting), further down, counts what followed the last one, two, … eight characters, and the
best of its tables need 2.03 bits on held-out text. That is the yardstick.
*/

#include "acts.h"
#include "base/die.h"
#include "kernels/rnn.h"
#include "nn/gradcheck.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
## The cell

The state $h_t$ is a vector of $H$ numbers. From the state before and the input $x_t$ of $d$ numbers the cell makes the next one:

$$ h_t = \tanh(a_t), \qquad a_t = \underset{H \times d}{W}\, x_t + \underset{H \times H}{U}\, h_{t-1} + \underset{H}{b}, \qquad t = 1, \dots, T. $$

These are the formulas of a dense layer with two inputs, one of which is its own output of one step ago. $h_0$ is given, mostly
zeros. For the loops all states stand one behind the other, $h_0$ in front, in an array of shape $(T + 1, H)$.
*/

// The weights of a plain cell, or their gradients.
typedef struct {
    int in, hidden;
    float *W, *U, *b; // (hidden, in), (hidden, hidden), (hidden)
} PlainCell;

// Fills h (T + 1, hidden) from its second row on; the first is the state before. x (T, in).
static void plain_forward(float *h, const PlainCell *cell, const float *x, int T) {
    int d = cell->in, H = cell->hidden;
    for (int t = 1; t <= T; t++) {
        const float *input = x + (t - 1) * d, *before = h + (t - 1) * H;
        float *now = h + t * H;
        for (int i = 0; i < H; i++) {
            float a = cell->b[i];
            for (int j = 0; j < d; j++) {
                a += cell->W[i * d + j] * input[j];
            }
            for (int j = 0; j < H; j++) {
                a += cell->U[i * H + j] * before[j];
            }
            now[i] = tanhf(a);
        }
    }
}

/*
To guess the next letter, a dense layer makes 96 logits of each state. It sees one row at a time and needs nothing new.

The same $W$, $U$ and $b$ are used at every step. That is why a sequence may have any length, and why what was learned about a
letter at one place holds at all places. (A convolution shares its weights over the places of a picture; this is the same idea, over
time.)

## Backpropagation through time

How does the loss change with $U$? Look at the right half of the picture above. Unrolled, the network has $T$ layers, one behind the
other, and each has the input $x_t$ and a part $L_t$ of the loss of its own. All layers have the same weights. Lesson 2 says how to go
back through such a network, layer by layer from the last one. Write $dh_t$ for $\partial L / \partial h_t$ with *all* ways counted
on which $h_t$ acts on the loss. There are two: through its own part $L_t$, and through the next state.

$$ \underset{H}{dh_t} = \frac{\partial L_t}{\partial h_t} + \underset{H \times H}{U^\top}\, \underset{H}{da_{t+1}}, \qquad
   \underset{H}{da_t} = dh_t \circ (1 - h_t \circ h_t), \qquad t = T, \dots, 1, $$

with $da_{T+1} = 0$. The second formula is the slope of tanh, told from its output. So the way back is a loop from the last step to
the first that hands one vector, $U^\top da_t$, to the step before. Each weight is used $T$ times, and is blamed $T$ times:

$$ \underset{H \times d}{dW} = \sum_{t=1}^T da_t\, x_t^\top, \qquad \underset{H \times H}{dU} = \sum_{t=1}^T da_t\, h_{t-1}^\top, \qquad
   \underset{H}{db} = \sum_{t=1}^T da_t, \qquad \underset{d}{dx_t} = W^\top da_t. $$

This is **backpropagation through time**. There is nothing in it but the chain rule on the unrolled network.

In the loop `dh` arrives with what comes from behind the last step (zeros, if nothing comes after it), and leaves with the gradient
with respect to $h_0$.
*/

enum { MOST_UNITS = 64 };

// Adds to gradient; overwrites dx (T, in). dy (T, hidden): what each state does to the loss by itself. dh (hidden):
// from behind the last state, replaced by the gradient with respect to the first.
static void plain_backward(PlainCell *gradient, float *dx, float *dh, const float *dy,
                           const PlainCell *cell, const float *h, const float *x, int T) {
    int d = cell->in, H = cell->hidden;
    float da[MOST_UNITS];
    require(H <= MOST_UNITS, "%d units", H);
    for (int t = T; t >= 1; t--) {
        const float *input = x + (t - 1) * d, *before = h + (t - 1) * H, *now = h + t * H;
        for (int i = 0; i < H; i++) {
            da[i] = (dy[(t - 1) * H + i] + dh[i]) * (1.0f - now[i] * now[i]);
            gradient->b[i] += da[i];
        }
        memset(dh, 0, (size_t)H * sizeof *dh);
        memset(dx + (t - 1) * d, 0, (size_t)d * sizeof *dx);
        for (int i = 0; i < H; i++) {
            for (int j = 0; j < d; j++) {
                gradient->W[i * d + j] += da[i] * input[j];
                dx[(t - 1) * d + j] += cell->W[i * d + j] * da[i];
            }
            for (int j = 0; j < H; j++) {
                gradient->U[i * H + j] += da[i] * before[j];
                dh[j] += cell->U[i * H + j] * da[i];
            }
        }
    }
}

/*
Is it right? [The gradient check](gradcheck.html) of lesson 2 moves each weight, each input and the first state a little, and compares.
The loss here is the distance of all states from some random targets, $L = \frac12 \sum_t \lVert h_t - r_t \rVert^2$, so $\partial
L_t / \partial h_t = h_t - r_t$. A mistake in the way from step to step shows only if there are steps; here are 12.
*/

// A cell and a sequence of random numbers, and a loss: weights, inputs and first state in one array.
typedef struct {
    int steps;
    size_t n;
    float *theta, *gradient; // (n)
    PlainCell cell, dcell;   // point into them, and so do the next four
    float *x, *first, *dx, *dfirst;
    float *h, *dy, *target; // (steps + 1, hidden), (steps, hidden) twice
} PlainTrial;

static PlainTrial *plain_trial_create(int in, int hidden, int steps, uint64_t seed) {
    PlainTrial *p = alloc_bytes(sizeof *p);
    size_t d = (size_t)in, H = (size_t)hidden, T = (size_t)steps, weights = H * d + H * H + H;
    size_t n = weights + T * d + H;
    *p = (PlainTrial){ .steps = steps, .n = n };
    p->theta = alloc_floats(n);
    p->gradient = alloc_floats(n);
    p->cell = (PlainCell){ in, hidden, p->theta, p->theta + H * d, p->theta + H * d + H * H };
    p->dcell =
        (PlainCell){ in, hidden, p->gradient, p->gradient + H * d, p->gradient + H * d + H * H };
    p->x = p->theta + weights;
    p->first = p->x + T * d;
    p->dx = p->gradient + weights;
    p->dfirst = p->dx + T * d;
    p->h = alloc_floats((T + 1) * H);
    p->dy = alloc_floats(T * H);
    p->target = alloc_floats(T * H);
    Rng rng = rng_create(seed, RNG_DATA);
    rng_fill_normal(&rng, p->theta, n, 0.0f, 1.0f / sqrtf((float)(in + hidden)));
    rng_fill_normal(&rng, p->target, T * H, 0.0f, 0.5f);
    return p;
}

static void plain_trial_free(PlainTrial *p) {
    float *all[] = { p->theta, p->gradient, p->h, p->dy, p->target };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        free(all[i]);
    }
    free(p);
}

// The loss, and in dy the gradient with respect to each state by itself.
static double plain_loss(void *context) {
    PlainTrial *p = context;
    size_t H = (size_t)p->cell.hidden, n = (size_t)p->steps * H;
    double loss = 0.0;
    memcpy(p->h, p->first, H * sizeof *p->h);
    plain_forward(p->h, &p->cell, p->x, p->steps);
    for (size_t i = 0; i < n; i++) {
        p->dy[i] = p->h[H + i] - p->target[i];
        loss += 0.5 * (double)p->dy[i] * (double)p->dy[i];
    }
    return loss;
}

static void plain_gradient(PlainTrial *p) {
    plain_loss(p);
    memset(p->gradient, 0, p->n * sizeof *p->gradient);
    plain_backward(&p->dcell, p->dx, p->dfirst, p->dy, &p->cell, p->h, p->x, p->steps);
}

static double check_gradient(void) {
    PlainTrial *p = plain_trial_create(3, 5, 12, 1);
    plain_gradient(p);
    double error = gradient_error(p->theta, p->gradient, p->n, plain_loss, p, 0.003f);
    plain_trial_free(p);
    return error;
}

/*
The error is 3.6·10⁻⁵: right.

## The bridge

From here on the lesson uses [the library's cell](rnn.html), which does many sequences at a time and is many times as fast. Its
results must be those of the loops above. They are summed in another order, so their last digits differ: over 12 steps the
outputs and all gradients of the two agree within 3·10⁻⁷.
*/

// The length of a - b, as a share of that of a.
static double apart(const float *a, const float *b, size_t n) {
    double difference = 0.0, length = 0.0;
    for (size_t i = 0; i < n; i++) {
        difference += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
        length += (double)a[i] * a[i];
    }
    return sqrt(difference / length);
}

static double check_bridge(void) {
    enum { IN = 7, UNITS = 33, STEPS = 12, WEIGHTS = UNITS * (IN + UNITS + 1) };
    PlainTrial *p = plain_trial_create(IN, UNITS, STEPS, 2);
    RecurrentShape shape = { .in = IN, .hidden = UNITS, .steps = STEPS };
    float y[STEPS * UNITS], dx[STEPS * IN], dfirst[UNITS], none[UNITS] = { 0.0f };
    float gradient[WEIGHTS] = { 0.0f }, bias_hh[UNITS] = { 0.0f };
    RecurrentParams params = { p->cell.W, p->cell.U, p->cell.b, none };
    RecurrentParams dparams = { gradient, gradient + UNITS * IN, gradient + UNITS * (IN + UNITS),
                                bias_hh };
    float *scratch = alloc_floats(recurrent_scratch(&rnn_cell, STEPS, &shape));
    float *workspace = alloc_floats(recurrent_workspace(&rnn_cell, STEPS, &shape));
    RecurrentState first = { p->first, NULL }, nothing = { NULL, NULL };
    plain_gradient(p);
    recurrent_forward(&rnn_cell, y, nothing, scratch, p->x, first, &params, STEPS, &shape,
                      workspace);
    recurrent_backward(&rnn_cell, dx, (RecurrentState){ dfirst, NULL }, &dparams, p->dy, nothing,
                       p->x, scratch, &params, STEPS, &shape, workspace);
    double worst = apart(p->h + UNITS, y, STEPS * UNITS);
    worst = fmax(worst, apart(p->gradient, gradient, WEIGHTS));
    worst = fmax(worst, apart(p->dx, dx, STEPS * IN));
    worst = fmax(worst, apart(p->dfirst, dfirst, UNITS));
    free(scratch);
    free(workspace);
    plain_trial_free(p);
    return worst;
}

/*
## Truncation

The text has more than a million characters. Unrolled in one piece it would be a network of a million layers, which keeps a
million states for the way back; and it would have to read the whole text before it can make one step of learning. So it is read
in pieces of $T$ characters, here 64:

- **Forward nothing is cut.** A piece begins with the state in which the one before has ended. What the network knows may come
  from any distance.
- **Backward it is cut at the border, and only there.** The loop above ends with the gradient with respect to the piece's first
  state, and this vector is thrown away instead of being handed to the piece before.

So the weights learn from what happens *within* a piece: the loss at the last character of a piece sends its gradient back through
64 steps, that at the first character through one. This is **truncated** backpropagation through time. It is a widespread
misunderstanding that the network could then not remember more than $T$ characters. It may; it is only not *taught* to, beyond $T$.

The numbers: a sequence of 24 steps, read whole and in two pieces of 12. The states are the same, bit for bit. If the second piece
hands its gradient to the first, the sums of the gradients are the same, too. If it does not, the gradient of this small random cell with
respect to its weights differs by 0.125 of its length, and the loss in the second piece has no part in the gradients at the inputs of the first.
*/

// Reads the steps of a trial in two pieces. Returns how far the gradient with respect to the weights is from
// that of the whole, relative to its length; sets *forward to how many states differ.
static double two_pieces(bool hand_back, int *forward) {
    enum { IN = 3, UNITS = 5, PIECE_STEPS = 12, WEIGHTS = UNITS * (IN + UNITS + 1) };
    PlainTrial *p = plain_trial_create(IN, UNITS, 2 * PIECE_STEPS, 3);
    plain_gradient(p);
    float h[2][(PIECE_STEPS + 1) * UNITS], dx[PIECE_STEPS * IN], dh[UNITS] = { 0.0f };
    float gradient[WEIGHTS] = { 0.0f };
    PlainCell dcell = { IN, UNITS, gradient, gradient + UNITS * IN,
                        gradient + UNITS * (IN + UNITS) };
    memcpy(h[0], p->first, sizeof dh);
    *forward = 0;
    for (int piece = 0; piece < 2; piece++) {
        plain_forward(h[piece], &p->cell, p->x + piece * PIECE_STEPS * IN, PIECE_STEPS);
        for (int i = 0; i < PIECE_STEPS * UNITS; i++) {
            *forward += h[piece][UNITS + i] != p->h[(piece * PIECE_STEPS + 1) * UNITS + i];
        }
        if (piece == 0) {
            memcpy(h[1], h[0] + PIECE_STEPS * UNITS, sizeof dh); // the state is carried
        }
    }
    for (int piece = 1; piece >= 0; piece--) {
        if (!hand_back) {
            memset(dh, 0, sizeof dh); // the gradient is not
        }
        plain_backward(&dcell, dx, dh, p->dy + piece * PIECE_STEPS * UNITS, &p->cell, h[piece],
                       p->x + piece * PIECE_STEPS * IN, PIECE_STEPS);
    }
    double share = apart(p->gradient, gradient, WEIGHTS);
    plain_trial_free(p);
    return share;
}

void cell(RecurrentLab *lab) {
    int differ, differ_too;
    double error = check_gradient(), bridge = check_bridge();
    double whole = two_pieces(true, &differ), cut = two_pieces(false, &differ_too);
    run_say(lab->run, "The cell in plain loops, through 12 steps: gradient error %.1e;", error);
    run_say(lab->run, "  it and the library's differ by %.1e", bridge);
    run_say(lab->run,
            "In two pieces of 12 steps %d states differ; the gradient differs by %.1e if it",
            differ + differ_too, whole);
    run_say(lab->run, "  is handed back from piece to piece, and by %.3f if it is cut", cut);
    run_summary(lab->run, "gradient_error", error);
    run_summary(lab->run, "bridge_difference", bridge);
    run_summary(lab->run, "truncation_states", differ + differ_too);
    run_summary(lab->run, "truncation_rounding", whole);
    run_summary(lab->run, "truncation_share", cut);
}
