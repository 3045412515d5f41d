/*
# Lesson 2: Backpropagation

Lesson 1 met a problem, XOR, that no single neuron can learn. The cure has been known since the 1960s: put a *hidden*
layer of neurons between the inputs and the last neuron. Each draws a line of its own, and the last one combines the
answers. By hand it is easy: for inputs of $\pm 1$, one hidden neuron that fires when both are positive, one that
fires when both are negative, and an output that says "neither".

**But how would they *learn* it?** The last neuron is wrong, and it can be told so: the truth is known. A hidden
neuron has no truth to be compared with. Nobody knows what it should have said. Whose fault was the mistake, and by
how much? For nearly thirty years that question kept learning to a single layer, and its answer is a rule from the
first year of calculus.

**What you will do here.** Derive backpropagation, write it in plain loops for a network with one hidden layer, and
convince yourself by measurement that the gradient is right. Then solve XOR and two spirals, sort 70,000 pictures of
clothes, meet the library that does the same faster, and find out why networks of many layers did not train for decades.

    make lesson-2
    make lesson-2 ARGS="--activation relu --init he" RUN=relu-he
    make compare RUNS="02-backprop/default 02-backprop/relu-he"
*/

#include "backprop.h"
#include "checkpoint.h"
#include "clock.h"
#include "die.h"
#include "evaluate.h"
#include "file.h"
#include "gradcheck.h"
#include "image.h"
#include "loss.h"
#include "toy2d.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
## A chain of three numbers

Take the smallest network with something hidden in it: one input $x$, one hidden neuron, one output.

$$ a = w x, \qquad h = \tanh a, \qquad y = v h, \qquad L = \tfrac12 (y - t)^2. $$

With $x = 1$, $w = 0.5$, $v = 2$ and the truth $t = 0$, from left to right: $a = 0.5$, $h = 0.4621$, $y = 0.9242$, $L =
0.4271$. How does $L$ change when $w$ changes? Not directly. $w$ moves $a$, which moves $h$, which moves $y$, which
moves $L$, and each link of the chain has a slope that we can read off from its own formula:

$$ \frac{dL}{dw} = \underbrace{\frac{dL}{dy}}_{y - t} \cdot \underbrace{\frac{dy}{dh}}_{v} \cdot
   \underbrace{\frac{dh}{da}}_{1 - h^2} \cdot \underbrace{\frac{da}{dw}}_{x}
   = 0.9242 \cdot 2 \cdot 0.7864 \cdot 1 = 1.4537. $$

(Check it: $w = 0.51$ gives $L = 0.4417$, an increase of 0.0146 for a step of 0.01.) That is the chain rule, and
backpropagation is nothing else. What makes it an *algorithm* is the order of the multiplications. Walk back from $L$
to $w$ and keep each intermediate product, written $d$ and the name of the quantity: $dy = y - t$, then $dh = dy \cdot
v$, then $da = dh \cdot (1 - h^2)$. Each says how fast the loss changes when this number changes, and each is computed
from the one before by *one* multiplication. The weights' gradients fall out on the way, $dv = dy \cdot h$ and $dw =
da \cdot x$.

So this is what a hidden neuron is told instead of a truth: $dh$, how the loss would change if it had said a little
more. The blame is the output's error, times the weight through which the neuron contributed to it.

**Two costs to compare.** The other way to find a slope is to change a weight by a little and compute the loss again.
For a network with 100,000 weights that takes 100,000 forward passes. One backward pass gives all 100,000 slopes, and
costs as much as one or two forward passes.

## The same with many of each

Now $n$ examples with $I$ inputs each, $J$ hidden neurons, $K$ outputs. Shapes stand under the letters; every row is
an example, and a bias is added to each row.

$$ \underset{n \times J}{A} = \underset{n \times I}{X}\, \underset{I \times J}{W_1^\top} + b_1, \qquad
   \underset{n \times J}{H} = \tanh A, \qquad
   \underset{n \times K}{S} = \underset{n \times J}{H}\, \underset{J \times K}{W_2^\top} + b_2 . $$

The rows of $S$ are logits, and the loss is softmax cross-entropy, whose gradient we know already (see
[losses](loss.html)): prediction minus truth, divided by $n$. Let $T$ have the shape of $S$, with a 1 at each
example's class and 0 elsewhere. From there we walk back. When a quantity goes to several places, the blame comes back
from all of them and adds up; the two $\sum$ add the rows, one for each example:

| forward | backward | in words |
|---|---|---|
| $L = \mathrm{loss}(S)$ | $dS = (\mathrm{softmax}(S) - T) / n$ | prediction minus truth |
| $S = H W_2^\top + b_2$ | $dW_2 = dS^\top H$, $\; db_2 = \sum dS$ | error times what came in |
| | $dH = dS\, W_2$ | error times the weight it came through |
| $H = \tanh A$ | $dA = dH \circ (1 - H \circ H)$ | times the slope there |
| $A = X W_1^\top + b_1$ | $dW_1 = dA^\top X$, $\; db_1 = \sum dA$ | error times what came in |

## In plain loops

All weights lie in one array, `theta`, with their gradients in another of the same layout; the pointers `W1`, `b1`,
`W2`, `b2` say where each begins. That makes the last step of training a single loop.
*/

typedef struct {
    int in, hidden, out, batch;
    size_t n_theta;
    float *theta, *grad;          // (n_theta): W1, b1, W2, b2 in this order
    float *W1, *b1, *W2, *b2;     // (hidden, in), (hidden), (out, hidden), (out)
    float *dW1, *db1, *dW2, *db2; // the same shapes
    float *h, *s;                 // (batch, hidden), (batch, out): outputs of the two layers
    float *dh, *ds;               // the same shapes
} Mlp;

static Mlp mlp_create(int in, int hidden, int out, int batch) {
    Mlp m = { .in = in, .hidden = hidden, .out = out, .batch = batch };
    size_t n_W1 = (size_t)hidden * (size_t)in, n_W2 = (size_t)out * (size_t)hidden;
    m.n_theta = n_W1 + (size_t)hidden + n_W2 + (size_t)out;
    m.theta = alloc_floats(m.n_theta);
    m.grad = alloc_floats(m.n_theta);
    m.W1 = m.theta, m.dW1 = m.grad;
    m.b1 = m.W1 + n_W1, m.db1 = m.dW1 + n_W1;
    m.W2 = m.b1 + hidden, m.dW2 = m.db1 + hidden;
    m.b2 = m.W2 + n_W2, m.db2 = m.dW2 + n_W2;
    m.h = alloc_floats((size_t)batch * (size_t)hidden);
    m.s = alloc_floats((size_t)batch * (size_t)out);
    m.dh = alloc_floats((size_t)batch * (size_t)hidden);
    m.ds = alloc_floats((size_t)batch * (size_t)out);
    return m;
}

static void mlp_free(Mlp *m) {
    free(m->theta);
    free(m->grad);
    free(m->h);
    free(m->s);
    free(m->dh);
    free(m->ds);
}

/*
**Initial weights.** Why not give all the same value, such as zero? Because then all hidden neurons would compute the
same thing, be blamed for the same thing, and change in the same way: 128 copies of one neuron, for ever. (The test of
this lesson checks that it is so.) Random numbers break the tie; how large they should be is the subject of [a chapter
of its own](init.html) and of the end of this lesson.
*/

static void mlp_init(Mlp *m, InitScheme scheme, Rng *rng) {
    init_weights(scheme, m->W1, (size_t)(m->hidden * m->in), m->b1, (size_t)m->hidden, m->in,
                 m->hidden, rng);
    init_weights(scheme, m->W2, (size_t)(m->out * m->hidden), m->b2, (size_t)m->out, m->hidden,
                 m->out, rng);
}

/*
**Forward.** For each example and each neuron: a weighted sum, and a tanh between the layers. The line that begins
with `#pragma` allows the compiler to add the products in several partial sums at once, as its vector instructions
want to; it is the only liberty taken here.
*/

static float weighted_sum(const float *w, const float *x, int n) {
    float sum = 0.0f;
#pragma omp simd reduction(+ : sum)
    for (int i = 0; i < n; i++) {
        sum += w[i] * x[i];
    }
    return sum;
}

static void mlp_forward(Mlp *m, const float *x, int n) { // x (n, in) → m->h, m->s
    for (int e = 0; e < n; e++) {
        const float *in = x + e * m->in;
        float *h = m->h + e * m->hidden, *s = m->s + e * m->out;
        for (int j = 0; j < m->hidden; j++) {
            h[j] = tanhf(m->b1[j] + weighted_sum(m->W1 + j * m->in, in, m->in));
        }
        for (int k = 0; k < m->out; k++) {
            s[k] = m->b2[k] + weighted_sum(m->W2 + k * m->hidden, h, m->hidden);
        }
    }
}

/*
**Backward.** The table above, read downwards, one example at a time. The gradients of the weights add up over the
examples, so they start at zero. Inside the walk over the examples two loops, one for each layer, are the whole of
backpropagation.
*/

static void mlp_backward(Mlp *m, const float *x, int n) { // m->ds → m->grad
    memset(m->grad, 0, m->n_theta * sizeof *m->grad);
    for (int e = 0; e < n; e++) {
        const float *in = x + e * m->in, *h = m->h + e * m->hidden, *ds = m->ds + e * m->out;
        float *dh = m->dh + e * m->hidden;
        memset(dh, 0, (size_t)m->hidden * sizeof *dh);
        for (int k = 0; k < m->out; k++) {
            m->db2[k] += ds[k];
            for (int j = 0; j < m->hidden; j++) {
                m->dW2[k * m->hidden + j] += ds[k] * h[j]; // error times what came in
                dh[j] += ds[k] * m->W2[k * m->hidden + j]; // error times the weight it came through
            }
        }
        for (int j = 0; j < m->hidden; j++) {
            float da = dh[j] * (1.0f - h[j] * h[j]); // times the slope there
            m->db1[j] += da;
            for (int i = 0; i < m->in; i++) {
                m->dW1[j * m->in + i] += da * in[i]; // error times what came in
            }
        }
    }
}

/*
**Step.** Downhill, by the learning rate times the slope.
*/

static void mlp_step(Mlp *m, float lr) {
    for (size_t i = 0; i < m->n_theta; i++) {
        m->theta[i] -= lr * m->grad[i];
    }
}

/*
## Is it right?

A wrong backward pass is a treacherous kind of mistake: with one term left out a network often still learns, only
worse, and nobody notices. The [gradient check](gradcheck.html) compares every component with the definition of the
derivative. Before we believe a checker when it says yes, it has to say no to gradients that are wrong: zero, the sign
flipped, doubled, and with $dW_1$ transposed. The program prints all five errors: 0.00006 for ours, and 1, 2, 0.5 and
0.89 for the others.
*/

typedef struct {
    Mlp *m;
    const float *x;
    const int *labels;
    int n;
} Problem;

static double problem_loss(void *context) {
    Problem *p = context;
    mlp_forward(p->m, p->x, p->n);
    return softmax_cross_entropy(NULL, p->m->s, p->labels, p->n, p->m->out);
}

// The gradient `grad` of m, spoiled in one of five ways; way 0 leaves it as it is.
static void spoil(float *spoiled, const Mlp *m, int way) {
    static const float factor[] = { 1.0f, 0.0f, -1.0f, 2.0f, 1.0f };
    for (size_t i = 0; i < m->n_theta; i++) {
        spoiled[i] = factor[way] * m->grad[i];
    }
    for (int i = 0; way == 4 && i < m->hidden * m->in; i++) {
        spoiled[i] = m->dW1[i % m->hidden * m->in + i / m->hidden];
    }
}

static void check_gradient(Run *run, Rng rng) {
    enum { IN = 6, HIDDEN = 5, OUT = 4, N = 7 };
    static const char *const names[] = { "as computed", "zero", "sign flipped", "doubled",
                                         "dW1 transposed" };
    float x[N * IN];
    int labels[N];
    Mlp m = mlp_create(IN, HIDDEN, OUT, N);
    mlp_init(&m, INIT_FAN_IN, &rng);
    rng_fill_normal(&rng, x, N * IN, 0.0f, 1.0f);
    for (int e = 0; e < N; e++) {
        labels[e] = (int)rng_below(&rng, OUT);
    }
    mlp_forward(&m, x, N);
    softmax_cross_entropy(m.ds, m.s, labels, N, OUT);
    mlp_backward(&m, x, N);

    run_say(run, "Gradient check of a %d-%d-%d network (0 is perfect, below 0.01 is right):", IN,
            HIDDEN, OUT);
    float *spoiled = alloc_floats(m.n_theta);
    for (int way = 0; way < 5; way++) {
        spoil(spoiled, &m, way);
        Problem problem = { &m, x, labels, N };
        double error = gradient_error(m.theta, spoiled, m.n_theta, problem_loss, &problem, 1e-2f);
        run_say(run, "  %-16s %.5f", names[way], error);
        if (way == 0) {
            run_summary(run, "gradient_error", error);
        }
    }
    free(spoiled);
    mlp_free(&m);
}

/*
## What one line cannot separate

XOR first, then a harder one: two spirals wound around each other. The training loop is the one that every lesson will
have, in plain sight: forward, loss, backward, step. Each step sees 32 points, drawn at random.
*/

typedef struct {
    const char *name;
    int hidden, steps;
    float lr;
    float scale; // the points' coordinates are multiplied by it
} Toy;

enum { POINTS = 400, TOY_BATCH = 32 };

static int toy_errors(Mlp *m, const float *points, const int *labels) {
    int correct = 0;
    for (int first = 0; first < POINTS; first += TOY_BATCH) {
        int n = POINTS - first < TOY_BATCH ? POINTS - first : TOY_BATCH;
        mlp_forward(m, points + 2 * first, n);
        correct += count_correct(m->s, labels + first, n, 2);
    }
    return POINTS - correct;
}

static void train_toy(Run *run, const Toy *toy, Mlp *m, const float *points, const int *labels,
                      Rng rng) {
    char name[32];
    snprintf(name, sizeof name, "log-%s.csv", toy->name);
    Log *log = log_open(run, name, "train_loss,errors");
    double mean_loss = 0.0;
    int every = toy->steps / 100;
    for (int step = 1; step <= toy->steps && !run_stopped(run); step++) {
        float x[2 * TOY_BATCH];
        int batch_labels[TOY_BATCH];
        for (int e = 0; e < TOY_BATCH; e++) {
            int i = (int)rng_below(&rng, POINTS);
            x[2 * e] = points[2 * i];
            x[2 * e + 1] = points[2 * i + 1];
            batch_labels[e] = labels[i];
        }
        mlp_forward(m, x, TOY_BATCH);
        float loss = softmax_cross_entropy(m->ds, m->s, batch_labels, TOY_BATCH, 2);
        mlp_backward(m, x, TOY_BATCH);
        mlp_step(m, toy->lr);

        mean_loss += loss / every;
        if (step % every == 0) {
            log_row(log, step, mean_loss, toy_errors(m, points, labels));
            run_progress(run, toy->name, step, toy->steps, "loss %.3f", mean_loss);
            mean_loss = 0.0;
        }
    }
}

/*
What has the network made of the plane? For a grid of places we write down the probability it gives to class 1; the
plot colours them. For XOR it is also worth looking at each hidden neuron's own line, where $w \cdot x + b = 0$.
*/

static void draw_toy(Run *run, const Toy *toy, Mlp *m, const float *points, const int *labels) {
    OutFile *file = file_create(run_path(run, "points-%s.csv", toy->name));
    fprintf(file_stream(file), "x,y,label\n");
    for (int i = 0; i < POINTS; i++) {
        fprintf(file_stream(file), "%.3f,%.3f,%d\n", points[2 * i], points[2 * i + 1], labels[i]);
    }
    file_commit(file);

    enum { SIDE = 61 };
    float reach = 0.0f;
    for (int i = 0; i < 2 * POINTS; i++) {
        reach = fmaxf(reach, fabsf(points[i]));
    }
    file = file_create(run_path(run, "regions-%s.csv", toy->name));
    fprintf(file_stream(file), "x,y,probability\n");
    for (int i = 0; i < SIDE * SIDE; i++) {
        float at[2] = { reach * (2.0f * (float)(i % SIDE) / (SIDE - 1) - 1.0f),
                        reach * (2.0f * (float)(i / SIDE) / (SIDE - 1) - 1.0f) };
        mlp_forward(m, at, 1);
        fprintf(file_stream(file), "%.3f,%.3f,%.3f\n", at[0], at[1],
                1.0f / (1.0f + expf(m->s[0] - m->s[1])));
    }
    file_commit(file);

    file =
        file_create(run_path(run, "lines-%s.csv", toy->name)); // from the map's left to its right
    fprintf(file_stream(file), "x,y,dx,dy\n");
    for (int k = 0; k < m->hidden; k++) {
        float slope = -m->W1[2 * k] / m->W1[2 * k + 1], middle = -m->b1[k] / m->W1[2 * k + 1];
        fprintf(file_stream(file), "%.4g,%.4g,%.4g,%.4g\n", -reach, middle - slope * reach,
                2.0f * reach, 2.0f * slope * reach);
    }
    file_commit(file);
}

static void toys(Run *run, uint64_t seed) {
    static const Toy table[] = { { "xor", 4, 2000, 0.5f, 1.0f },
                                 { "spirals", 32, 10000, 0.3f, 3.0f } };
    for (int t = 0; t < 2 && !run_stopped(run); t++) {
        const Toy *toy = &table[t];
        float points[2 * POINTS];
        int labels[POINTS];
        Rng data = rng_create(seed, RNG_DATA), init = rng_create(seed, RNG_INIT);
        if (t == 0) {
            toy2d_xor(points, labels, POINTS, 0.3f, &data);
        } else {
            toy2d_spirals(points, labels, POINTS, 1.25f, 0.02f, &data);
        }
        for (int i = 0; i < 2 * POINTS; i++) {
            points[i] *= toy->scale;
        }
        Mlp m = mlp_create(2, toy->hidden, 2, TOY_BATCH);
        mlp_init(&m, INIT_FAN_IN, &init);
        train_toy(run, toy, &m, points, labels, rng_create(seed, RNG_SHUFFLE));
        draw_toy(run, toy, &m, points, labels);
        char key[32];
        snprintf(key, sizeof key, "%s_errors", toy->name);
        int errors = toy_errors(&m, points, labels);
        run_summary(run, key, errors);
        run_say(run, "%s: %d errors among %d points", toy->name, errors, POINTS);
        mlp_free(&m);
    }
}

/*
![The plane as two small networks see it. Left: XOR, four hidden neurons; the two orange corners are cut off by lines
that no single neuron could draw together. Dashed: where a hidden neuron changes its mind (one of the four does so
outside the picture). Right: two spirals, 32 hidden neurons. White is where the network is undecided, a narrow border
between the arms.](regions.svg)

Both are solved without a single error among the 400 points they were trained on. Look at the far corners, where no
point has ever been: the network is just as certain there. It knows where the border runs between the points it saw,
and nothing of how far it is from home.

## 70,000 pictures, and a bridge

Now the real thing: pictures of 28 × 28 grey pixels, ten kinds of clothes. 784 inputs, 128 hidden neurons, 10 outputs;
$784 \cdot 128 + 128 + 128 \cdot 10 + 10 = 101{,}770$ weights and biases. Nothing in the loops above has to change.

But they are slow, and the next lessons will want other layers. So here is the bridge that we cross once: the same
network as a *table*, handed to the library's [`net`](net.html). It has the same weights in the same order, and its
loops are matrix products. If the two agree on the same batches, step after step, we may trust either. They do: over
60 steps their losses differ by less than one part in ten million, and the library takes less than a third of the
time. From the next lesson on we use the fast one.
*/

enum { PIXELS = 784, CLASSES = 10 };

static Net *make_net(const Settings *s) {
    static const LayerSpec activations[] = { sigmoid(), tanh_(), relu(), leaky_relu(0.01f) };
    const LayerSpec table[] = { dense(s->hidden), activations[s->activation], dense(CLASSES), END };
    Rng rng = rng_create((uint64_t)s->run.seed, RNG_INIT);
    Net *net = net_create(table, (Shape){ 1, 28, 28 }, s->batch, &rng);
    net_init(net, (InitScheme)s->init, &rng);
    return net;
}

static void step(Net *net, float lr) {
    for (size_t i = 0; i < net->n_params; i++) {
        net->params[i] -= lr * net->grads[i];
    }
}

// Trains both for some steps from the same weights on the same batches; reports the largest
// relative difference of their losses, and the time each takes per step.
static void bridge(Run *run, const Settings *s, Batches *batches) {
    enum { STEPS = 60 };
    static const LayerSpec tanh_net[] = { dense(128), tanh_(), dense(CLASSES), END };
    Rng rng = rng_create((uint64_t)s->run.seed, RNG_INIT);
    Mlp m = mlp_create(PIXELS, 128, CLASSES, s->batch);
    mlp_init(&m, INIT_XAVIER, &rng);
    Net *net = net_create(tanh_net, (Shape){ 1, 28, 28 }, s->batch, &rng);
    memcpy(net->params, m.theta, m.n_theta * sizeof *m.theta);

    float *x = alloc_floats((size_t)s->batch * PIXELS);
    int *labels = alloc_bytes((size_t)s->batch * sizeof *labels);
    double largest = 0.0, plain_seconds = 0.0, library_seconds = 0.0;
    for (int i = 0; i < STEPS && !run_stopped(run); i++) {
        int n = batches_next_endless(batches, x, labels);
        double start = clock_seconds();
        mlp_forward(&m, x, n);
        float plain = softmax_cross_entropy(m.ds, m.s, labels, n, CLASSES);
        mlp_backward(&m, x, n);
        mlp_step(&m, s->lr);
        double middle = clock_seconds();
        const float *logits = net_forward(net, x, n, TRAIN);
        float library = softmax_cross_entropy(m.ds, logits, labels, n, CLASSES);
        net_zero_grad(net);
        net_backward(net, m.ds, WANT_PARAMS);
        step(net, s->lr);
        library_seconds += clock_seconds() - middle;
        plain_seconds += middle - start;
        double difference = fabs((double)plain - library) / library;
        largest = difference <= largest ? largest : difference; // a NaN is larger than everything
    }
    if (!run_stopped(run)) {
        run_say(run, "The same %d steps: %.2f ms each in plain loops, %.2f ms with the library;",
                STEPS, 1e3 * plain_seconds / STEPS, 1e3 * library_seconds / STEPS);
        run_say(run, "  their losses differ by a factor of 1 ± %.1g at most", largest);
        run_summary(run, "bridge_loss_difference", largest);
        run_summary(run, "plain_ms_per_step", 1e3 * plain_seconds / STEPS);
        run_summary(run, "library_ms_per_step", 1e3 * library_seconds / STEPS);
    }
    free(x);
    free(labels);
    net_free(net);
    mlp_free(&m);
}

/*
## Training

Of the 60,000 training images one in twelve is set aside, chosen at random (`split_open`): the *validation set*. The
network never learns from it, so its loss there says what the network has understood rather than memorised. The 10,000
test images are looked at once, at the very end.

The log gets ten rows per epoch with the mean training loss since the row before, and at the end of each epoch the
validation figures.
*/

static void train(Run *run, const Settings *s, Net *net, Batches *batches, const int *valid,
                  int n_valid) {
    Log *log = log_open(run, "log.csv", "train_loss,train_accuracy,valid_loss,valid_accuracy");
    float *x = alloc_floats((size_t)s->batch * PIXELS);
    float *dlogits = alloc_floats((size_t)s->batch * CLASSES);
    int *labels = alloc_bytes((size_t)s->batch * sizeof *labels);
    long per_epoch = (batches->n + s->batch - 1) / s->batch, total = per_epoch * s->epochs;
    long every = per_epoch < 10 ? 1 : per_epoch / 10, done = 0;
    double loss_sum = 0.0, correct = 0.0, seen = 0.0;
    for (int epoch = 0; epoch < s->epochs; epoch++) {
        for (int n; !run_stopped(run) && (n = batches_next(batches, x, labels)) > 0;) {
            const float *logits = net_forward(net, x, n, TRAIN);
            float loss = softmax_cross_entropy(dlogits, logits, labels, n, CLASSES);
            correct += count_correct(logits, labels, n, CLASSES);
            net_zero_grad(net);
            net_backward(net, dlogits, WANT_PARAMS);
            step(net, s->lr);

            done++;
            if (!isfinite(loss)) {
                run_diverged(run, done, "the loss", net_find_nonfinite(net));
            }
            loss_sum += (double)loss * n;
            seen += n;
            bool epoch_over = done % per_epoch == 0;
            if (epoch_over || done % per_epoch % every == 0) {
                Score score = { NAN, NAN };
                if (epoch_over) {
                    score = evaluate(net, batches->data, valid, n_valid);
                }
                log_row(log, done, loss_sum / seen, correct / seen, score.loss, score.accuracy);
                run_progress(run, "training", done, total, "loss %.3f  accuracy %.3f",
                             loss_sum / seen, correct / seen);
                loss_sum = correct = seen = 0.0;
            }
        }
    }
    free(x);
    free(dlogits);
    free(labels);
}

/*
![Cross-entropy over 40 passes through the training set. The training curve goes on falling; the validation curve
follows it at first, then flattens: from there on part of what is learned is about these 55,000 pictures, and not
about clothes.](loss.svg)

The first 430 steps, one pass, bring the training loss down to 0.53 (knowing nothing costs $\log 10 = 2.3$), and 82 %
of the validation images are named correctly. The other 39 passes are for the next six percent: at the end the
validation accuracy is 0.884 and the test accuracy 0.880, while the training accuracy has reached 0.911. The gap
between the two losses, 0.24 against 0.32, is what memorising looks like when it begins; lesson 4 drives it to the
extreme.

![Weights of the first 64 hidden neurons as pictures: red where light makes the neuron fire, blue where it holds it
back. Here and there the edge of a shoulder, a sleeve or a sole; most still look much like the random numbers they
began with.](weights.png)
*/

static void fashion(Run *run, const Settings *s, const Split *split) {
    Batches batches = split_batches(split, s->batch, (uint64_t)s->run.seed);
    bridge(run, s, &batches);
    batches_free(&batches);
    batches = split_batches(split, s->batch, (uint64_t)s->run.seed);
    Net *net = make_net(s);
    if (!run_stopped(run)) {
        train(run, s, net, &batches, split->order, split->n_valid);
        Score valid = evaluate(net, split->data, split->order, split->n_valid);
        run_summary(run, "valid_loss", valid.loss);
        run_summary(run, "valid_accuracy", valid.accuracy);
        checkpoint_save(run_path(run, "model.safetensors"), net);
        int pictures = s->hidden < 64 ? s->hidden : 64;
        image_grid_signed(run_path(run, "samples/weights.png"), net->layers[0].weight, pictures, 28,
                          28, 16, 2);
    }
    net_free(net);
    signals(run, s, split);
    batches_free(&batches);
}

/*
The test images are scored with the model as it was *saved*: what is reported is what somebody else will find in the
file.
*/

static void score_on_test(Run *run, const Settings *s, const char *model, const Dataset *test) {
    Net *net = make_net(s);
    evaluate_model(run, net, model, test);
    net_free(net);
}

/*
## The program

The acts in order. The last one, signals in ten layers, has a file of its own, which follows.
*/

int main(int argc, char **argv) {
    Settings s = { .run = RUN_DEFAULTS("02-backprop"),
                   .epochs = 40,
                   .batch = 128,
                   .images = 60000,
                   .hidden = 128,
                   .activation = 1,
                   .init = INIT_XAVIER,
                   .lr = 0.1f };
    const Option options[] = {
        option_int("epochs", &s.epochs, 1, 1000, "passes over the training images"),
        option_int("batch", &s.batch, 1, 10000, "images a step"),
        option_int("images", &s.images, 12, 1000000, "training and validation images to use"),
        option_int("hidden", &s.hidden, 1, 10000, "hidden neurons"),
        option_float("lr", &s.lr, 0, 1000, "learning rate"),
        option_choice("activation", &s.activation, ACTIVATION_CHOICES, "of the hidden layer"),
        option_choice("init", &s.init, INIT_CHOICES, "weights"),
        LOAD_OPTION(s.run, "score this model.safetensors instead of training"),
        RUN_OPTIONS(s.run),
        OPTION_END,
    };
    cli_parse(options, argc, argv, "Lesson 2: backpropagation, by hand and checked.");
    Run *run = run_open(&s.run, options);
    Dataset *test = dataset_load(s.run.data, TEST_SET);
    dataset_expect(test, s.run.data, 28, 28, 1);
    if (s.run.load) {
        score_on_test(run, &s, s.run.load, test);
        dataset_free(test);
        return run_close(run);
    }
    Split split = split_open(s.run.data, s.images, (uint64_t)s.run.seed);
    check_gradient(run, rng_create((uint64_t)s.run.seed, RNG_INIT));
    toys(run, (uint64_t)s.run.seed);
    fashion(run, &s, &split);
    split_close(&split);
    if (!run_stopped(run)) {
        score_on_test(run, &s, run_path(run, "model.safetensors"), test);
    }
    dataset_free(test);
    return run_close(run);
}
