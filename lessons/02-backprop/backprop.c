/*
# Lesson 2: Backpropagation

Lesson 1 met a problem, XOR, that no single neuron can learn. Two *hidden* neurons, $h_1$ and $h_2$, between the inputs
and the last one are enough, as the figure shows: each draws a line of its own, and the last neuron combines their
answers. These weights were found by hand.

**But how would a program find them?** The last neuron is wrong, and it can be told so: the truth is known. A hidden neuron
has no truth to be compared with. Nobody knows what it should have answered. Whose fault was the mistake, and by how much?

![Left: the four corners of XOR in the plane and two parallel lines; the two filled corners lie between them. Right: a
network with inputs x1 and x2, two hidden neurons h1 and h2 and an output s, with weights found by hand. The output has a
truth; beside the hidden neurons stand question marks.](diagrams/xor.svg)

The question is called *credit assignment*, and its answer *backpropagation*: the chain rule, applied from the loss back to
the weights. Rosenblatt's perceptron is from 1958. The answer was published in 1970 for another purpose, applied to the
fitting of models in 1974, and became the way to train networks in 1986 (see the references).

**What you will do here.** Derive backpropagation, write it in plain loops for a network with one hidden layer, and
convince yourself by measurement that the gradient is right. Then solve XOR and two spirals, sort 70,000 pictures of
clothes, meet the library that does the same faster, and find out why networks of many layers did not train for decades.

    make lesson-2
    make lesson-2 ARGS="--activation relu --init he" RUN=relu-he
    make compare RUNS="02-backprop/default 02-backprop/relu-he"
*/

#include "backprop.h"
#include "base/die.h"
#include "measure/evaluate.h"
#include "nn/gradcheck.h"
#include "nn/loss.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
## A chain of three numbers

Take the smallest network with something hidden in it: one input $x$, one hidden neuron with the weight $w$, one output
with the weight $v$, and no biases. Between the two stands a function that is not linear, the *activation*, here the
hyperbolic tangent, $\tanh a = (e^a - e^{-a}) / (e^a + e^{-a})$. It runs from −1 to 1, and its slope is $1 - \tanh^2 a$.
Without an activation two weights in a row would do nothing that one weight cannot. With $a$ for the sum that
goes into the activation, $h$ for the hidden neuron's answer, $y$ for the output and $t$ for the truth:

$$ a = w x, \qquad h = \tanh a, \qquad y = v h, \qquad L = \tfrac12 (y - t)^2. $$

With $x = 1$, $w = 0.5$, $v = 2$ and the truth $t = 0$, from left to right: $a = 0.5$, $h = 0.4621$, $y = 0.9242$, $L =
0.4271$. How does $L$ change when $w$ changes? Not directly. $w$ moves $a$, which moves $h$, which moves $y$, which
moves $L$, and each link of the chain has a slope that we can read off from its own formula:

$$ \frac{dL}{dw} = \underbrace{\frac{dL}{dy}}_{y - t} \cdot \underbrace{\frac{dy}{dh}}_{v} \cdot
   \underbrace{\frac{dh}{da}}_{1 - h^2} \cdot \underbrace{\frac{da}{dw}}_{x}
   = 0.9242 \cdot 2 \cdot 0.7864 \cdot 1 = 1.4537. $$

(Check it: $w = 0.51$ gives $L = 0.4417$, an increase of 0.0146 for a step of 0.01.) That is the chain rule. What makes it
an *algorithm* is the order of the multiplications. Walk back from $L$ to $w$ and keep each intermediate product, written
$d$ and the name of the quantity: $dy = y - t$, then $dh = dy \cdot v$, then $da = dh \cdot (1 - h^2)$. Each says how
fast the loss changes when this number changes, and each is computed from the one before by *one* multiplication. The
weights' gradients are by-products, $dv = dy \cdot h$ and $dw = da \cdot x$.

![The computation graph of the chain. Forward, in blue: x = 1 times w = 0.5 gives a = 0.5; tanh gives h = 0.4621; times
v = 2 gives y = 0.9242; the loss is 0.4271. Backward, in orange: dy = 0.9242, dh = 1.8485, da = 1.4537, and for the
weights dv = 0.4271, dw = 1.4537.](diagrams/chain.svg)

So this is what a hidden neuron is told instead of a truth: $dh$, how the loss would change if its answer were a little
larger. It is the error of the output, times the weight through which the neuron contributed to it.

**Computation graphs.** The figure has a box for each operation and an arrow for each number that goes from one to the
next: a *computation graph*. On the way back a box needs only the derivative of its own operation, the numbers that went
into it on the way forward, and the gradient that arrives from behind. If a number goes to several boxes, a gradient
arrives from each of them, and they are added up. None of this depends on what the rest of the graph is, so it can be
left to a program. That is *automatic differentiation* in *reverse mode*. A framework such as PyTorch notes down the graph
while it computes forward; then it walks it in the opposite order and calls for each operation a function that somebody
has written once. In this course those functions are what you read, a pair of `x_forward` and `x_backward` for each layer,
and [`net`](net.html) calls them in order. (There is a forward mode too. It carries the derivatives with respect to *one*
number from left to right, and would need one pass for each weight.)

**What it costs.** The plain way to find a slope is to change a weight by a little and compute the loss again. For a
network with 100,000 weights that takes 100,000 forward passes. One backward pass gives all 100,000 slopes, and costs as
much as one or two forward passes.

## Ten classes: softmax and cross-entropy

A neuron of lesson 1 answered yes or no. To tell ten kinds of clothes apart, a network has an output for each class, $K$
scores $s = (s_1, \dots, s_K)$, also called *logits*. *Softmax* makes probabilities of them:

$$ p_k = \frac{e^{s_k}}{\sum_{j=1}^{K} e^{s_j}}. $$

All $p_k$ are positive, their sum is 1, and a larger score has a larger probability. Adding the same number to all scores
changes nothing, since it cancels; only differences between scores count. With two classes $p_1 = 1 / (1 + e^{-(s_1 -
s_2)})$: lesson 1's sigmoid, of the difference.

Write the truth in the same form: $t_k$ is 1 for the true class $c$ and 0 for the others (a *one-hot* vector). The loss is
*cross-entropy*,

$$ L = -\sum_k t_k \log p_k = -\log p_c, $$

0 if the true class was certain and the larger the less probable it was thought; with two classes it is lesson 1's
logistic loss. Its gradient with respect to the scores is simple. Since $\log p_k = s_k - \log \sum_j e^{s_j}$ and the $t_k$
sum to 1,

$$ L = -\sum_k t_k s_k + \log \sum_j e^{s_j}, \qquad
   \frac{\partial L}{\partial s_k} = -t_k + \frac{e^{s_k}}{\sum_j e^{s_j}} = p_k - t_k : $$

prediction minus truth. The true class is told to rise, every other one to fall, each by the probability that is wrong.

![Softmax and cross-entropy of three scores 2, 1 and −1. Their exponentials 7.39, 2.72 and 0.37 are divided by their sum,
10.48; the probabilities are 0.705, 0.259 and 0.035. The second class is the true one: the loss is 1.349, and the gradient
is 0.705, −0.741 and 0.035.](diagrams/softmax.svg)

A network that knows nothing gives ten equal scores and has the loss $\log 10 = 2.303$. In the code this is
`softmax_cross_entropy`, whose chapter on [losses](loss.html) also says how to keep the exponentials from overflowing.

## The same with many of each

Now $n$ examples with $I$ inputs each, $J$ hidden neurons, $K$ outputs. Shapes stand under the letters; every row is an
example, and a bias is added to each row. $W_1$ holds the weights of the hidden neurons and $W_2$ those of the outputs, a
neuron in each row; $\top$ exchanges rows and columns.

$$ \underset{n \times J}{A} = \underset{n \times I}{X}\, \underset{I \times J}{W_1^\top} + b_1, \qquad
   \underset{n \times J}{H} = \tanh A, \qquad
   \underset{n \times K}{S} = \underset{n \times J}{H}\, \underset{J \times K}{W_2^\top} + b_2 . $$

The rows of $S$ are the scores, and the loss is the mean of their cross-entropies. Let $P$ be the softmax of each row and
$T$ the one-hot truths, both of the shape of $S$: then $dS = (P - T) / n$. From there we walk back. The two $\sum$ add
the rows, one for each example, and $\circ$ multiplies two matrices number by number:

| forward | backward | in words |
|---|---|---|
| $L = \mathrm{loss}(S)$ | $dS = (P - T) / n$ | prediction minus truth |
| $S = H W_2^\top + b_2$ | $dW_2 = dS^\top H$, $\; db_2 = \sum dS$ | error times what came in |
| | $dH = dS\, W_2$ | error times the weight it came through |
| $H = \tanh A$ | $dA = dH \circ (1 - H \circ H)$ | times the slope there |
| $A = X W_1^\top + b_1$ | $dW_1 = dA^\top X$, $\; db_1 = \sum dA$ | error times what came in |

![The network of this lesson for n pictures. Forward: X, n × 784, times W1 gives A and, through tanh, H, both n × 128;
times W2 gives S, n × 10; then softmax and the loss. Backward: dS, dH and dA have the shapes of S, H and A, and dW2, dW1
those of W2, 10 × 128, and W1, 128 × 784.](diagrams/network.svg)

The shapes are a check: $dW_1$ must be $J \times I$ as $W_1$ is, and of $dA$ and $X$ there is only one
product that is.

## In plain loops

All weights lie in one array, `theta`, with their gradients in another of the same layout; the pointers `W1`, `b1`,
`W2`, `b2` say where each begins. That makes the last step of training a single loop.
*/

Mlp mlp_create(int in, int hidden, int out, int batch) {
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

void mlp_free(Mlp *m) {
    free(m->theta);
    free(m->grad);
    free(m->h);
    free(m->s);
    free(m->dh);
    free(m->ds);
}

/*
**Initial weights.** Why not give all the same value, such as zero? Because then all hidden neurons would compute the
same thing, get the same gradient, and change in the same way: 128 copies of one neuron, for ever. (The test of this lesson
checks that it is so.) Random numbers make them different; how large they should be is the subject of [a chapter of its
own](init.html) and of the end of this lesson.
*/

void mlp_init(Mlp *m, InitScheme scheme, Rng *rng) {
    init_weights(scheme, m->W1, (size_t)(m->hidden * m->in), m->b1, (size_t)m->hidden, m->in,
                 m->hidden, rng);
    init_weights(scheme, m->W2, (size_t)(m->out * m->hidden), m->b2, (size_t)m->out, m->hidden,
                 m->out, rng);
}

/*
**Forward.** For each example and each neuron: a weighted sum, and a tanh between the layers. The line that begins
with `#pragma` allows the compiler to keep several partial sums, as in lesson 1.
*/

static float weighted_sum(const float *w, const float *x, int n) {
    float sum = 0.0f;
#pragma omp simd reduction(+ : sum)
    for (int i = 0; i < n; i++) {
        sum += w[i] * x[i];
    }
    return sum;
}

void mlp_forward(Mlp *m, const float *x, int n) { // x (n, in) → m->h, m->s
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
examples, so they start at zero. Inside the loop over the examples two loops, one for each layer, are the whole of
backpropagation.
*/

void mlp_backward(Mlp *m, const float *x, int n) { // m->ds → m->grad
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
**Step.** Each weight moves against its gradient, by the learning rate times the gradient.
*/

void mlp_step(Mlp *m, float lr) {
    for (size_t i = 0; i < m->n_theta; i++) {
        m->theta[i] -= lr * m->grad[i];
    }
}

/*
## Is it right?

A mistake in a backward pass is hard to see: with one term left out a network often still learns, only worse, and nobody
notices. The [gradient check](gradcheck.html) compares every component with the definition of the derivative, and reports the
length of the difference, divided by the length of the longer of the two, the claimed and the measured gradient. Below 0.001 a
gradient in float counts as right. Before we believe a checker when it says yes, it has to say no to gradients that are wrong:
zero, the sign flipped, doubled, and with $dW_1$ transposed. The program prints all five errors: 0.00006 for ours, and 1, 2, 0.5
and 0.89 for the others.
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
    static const float factor[WAYS] = { 1.0f, 0.0f, -1.0f, 2.0f, 1.0f };
    for (size_t i = 0; i < m->n_theta; i++) {
        spoiled[i] = factor[way] * m->grad[i];
    }
    for (int i = 0; way == 4 && i < m->hidden * m->in; i++) {
        spoiled[i] = m->dW1[i % m->hidden * m->in + i / m->hidden];
    }
}

void check_gradient(double errors[WAYS], Rng rng) {
    float x[CHECK_N * CHECK_IN];
    int labels[CHECK_N];
    Mlp m = mlp_create(CHECK_IN, CHECK_HIDDEN, CHECK_OUT, CHECK_N);
    mlp_init(&m, INIT_FAN_IN, &rng);
    rng_fill_normal(&rng, x, CHECK_N * CHECK_IN, 0.0f, 1.0f);
    for (int e = 0; e < CHECK_N; e++) {
        labels[e] = (int)rng_below(&rng, CHECK_OUT);
    }
    mlp_forward(&m, x, CHECK_N);
    softmax_cross_entropy(m.ds, m.s, labels, CHECK_N, CHECK_OUT);
    mlp_backward(&m, x, CHECK_N);

    float *spoiled = alloc_floats(m.n_theta);
    for (int way = 0; way < WAYS; way++) {
        spoil(spoiled, &m, way);
        Problem problem = { &m, x, labels, CHECK_N };
        errors[way] = gradient_error(m.theta, spoiled, m.n_theta, problem_loss, &problem, 1e-2f);
    }
    free(spoiled);
    mlp_free(&m);
}

/*
## What one line cannot separate

XOR first, then a harder one: two spirals wound around each other. The training loop is the one that every lesson will
have: forward, loss, backward, step. Each step sees a *batch* of 32 points, drawn at random.
*/

int toy_errors(Mlp *m, const float *points, const int *labels) {
    int correct = 0;
    for (int first = 0; first < POINTS; first += TOY_BATCH) {
        int n = POINTS - first < TOY_BATCH ? POINTS - first : TOY_BATCH;
        mlp_forward(m, points + 2 * first, n);
        correct += count_correct(m->s, labels + first, n, 2);
    }
    return POINTS - correct;
}

void train_toy(Run *run, const Toy *toy, Mlp *m, const float *points, const int *labels, Rng rng) {
    char name[32];
    snprintf(name, sizeof name, "log-%s.csv", toy->name);
    Log *log = log_open(run, name, "train_loss<,errors<");
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
