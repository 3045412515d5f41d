/*
# Lesson 1: One neuron, four ways

Here are two piles of pictures, trousers and ankle boots. Nobody tells the program what a trouser is. All it gets is the
pictures, and for each the pile it comes from. Can it find out how to sort the next picture?

![Filled points, the trousers, and open points, the boots, in a plane, with a straight line between them. An arrow, the
weights, stands on the line at a right angle and points to the filled ones. A band on both sides of the line is empty, as
far as the nearest point; half its width is the margin.](diagrams/line.svg)

The smallest program that can has one number for each pixel and one number more. It multiplies, adds up, and looks at the sign.
Were there only two pixels, each picture would be a point in the plane, and the program a straight line between the two piles.
Where do its numbers come from? They begin at zero, and each picture that is shown with its right answer changes them a little.
How to change them is the question, and four answers have become classics: Rosenblatt's perceptron, Widrow and Hoff's adaline
with the squared error, logistic regression, and the hinge loss of the support vector machine. In code they differ in one line
each. At the end of this chapter you know what that line does, and why one wants a *loss*, a function that says how bad an
answer is.

The four learn side by side, from the same examples in the same order:

1. from points in the plane, where everything can be seen and one thing can be proved;
2. from four clouds at the corners of a square, where all four must fail;
3. from pictures, 1 against 9 (trouser against ankle boot, easy) and 2 against 4 (pullover against coat, hard).
*/

#include "perceptron.h"
#include "base/die.h"

#include <math.h>
#include <stdlib.h>

/*
## The neuron

An example is a list of $d$ numbers $x = (x_1, \dots, x_d)$: two coordinates, or 784 pixels. The neuron has a *weight*
$w_i$ for each of them and one number $b$, its *bias*, and computes the *score*

$$ s = w_1 x_1 + \dots + w_d x_d + b = w \cdot x + b. $$

The answer is the sign of $s$. In the plane, $w \cdot x + b = 0$ is a straight line; $w$ stands at a right angle to it
and points to the positive side, and the bias moves it away from the origin. Among pictures it is a flat surface with
783 dimensions, a *hyperplane*, and nothing else changes.

The *truth* $t$ is $+1$ for one class and $-1$ for the other, so that right and wrong become one number: the answer is
right if $s$ and $t$ have the same sign, that is, if $t s > 0$. This product is the example's *margin*. It is positive
when the answer is right, and the larger the more the example would have to change before the answer changes; it is
negative when the answer is wrong. A score of exactly 0 is no answer, and counts as a mistake.

The margin doubles when all weights and the bias double, although the line stays where it is. Divided by the length of
$w$ it becomes the distance of the point from the line, which does not: the *geometric margin*
$t s / \lVert w \rVert$, with $\lVert w \rVert = \sqrt{w \cdot w}$. The margin of a *line* is the smallest geometric
margin of all examples: half the width of the empty band in the figure at the top.

## Four rules

**Rosenblatt's rule.** If the answer is right, do nothing. If it is wrong, add the example to the weights when $t = 1$,
and subtract it when $t = -1$:

$$ w \leftarrow w + t x, \qquad b \leftarrow b + t. $$

Why does that help? The score of this same example was $w \cdot x + b$ and becomes
$w \cdot x + b + t \, (x \cdot x + 1)$. It has moved towards the truth, by the squared length of $x$, plus one.

![One step of Rosenblatt's rule. Left: the point x has t = +1 and lies on the wrong side of the line. Right: x has been
added to w, and the line, still at a right angle to w, has turned so far that x is on its right
side.](diagrams/step.svg)

(In the figure the bias is left at 0, so that the line turns about the origin.)

**The other three** come from a different thought. Choose a function $L(s, t)$, the *loss*, that says how bad the score
$s$ is when the truth is $t$, and change each weight so that the loss falls. Which way is that? The derivative of $L$
with respect to $w_i$ tells. If it is positive, a larger $w_i$ makes the loss larger, so $w_i$ has to become smaller; and
the steeper the loss, the larger the change. Since $s$ grows by $x_i$ when $w_i$ grows by one, the chain rule gives

$$ \frac{\partial L}{\partial w_i} = \frac{\partial L}{\partial s} \cdot \frac{\partial s}{\partial w_i}
= \frac{\partial L}{\partial s} \, x_i, \qquad \frac{\partial L}{\partial b} = \frac{\partial L}{\partial s}. $$

The list of all these derivatives is the *gradient*. A step against it, with a small factor $\eta$, the *learning rate*,
is

$$ w_i \leftarrow w_i - \eta \, \frac{\partial L}{\partial s} \, x_i, \qquad
b \leftarrow b - \eta \, \frac{\partial L}{\partial s}. $$

Steps against the gradient, each from one example or a few that are drawn at random, are called *stochastic gradient
descent* (SGD). The loss enters through a single number, its slope $\partial L / \partial s$. Here are three.

*Squared error*, the loss of the adaline. The score should *be* $t$: $L = \frac12 (s - t)^2$, slope $s - t$.

*Cross-entropy*, the loss of logistic regression. The *sigmoid* function $\sigma(s) = 1 / (1 + e^{-s})$ turns the score
into a probability: the neuron gives class $+1$ the probability $p = \sigma(s)$. A score of 0 means one half, a large
one near certainty. Class $-1$ gets the rest, $1 - p = \sigma(-s)$; so in both cases the truth was given the probability
$\sigma(t s)$. The loss is $L = -\log \sigma(t s) = \log(1 + e^{-ts})$: 0 if the truth was certain, and large if it
was thought unlikely. Its slope is

$$ \frac{\partial L}{\partial s} = \frac{-t \, e^{-ts}}{1 + e^{-ts}} = \frac{-t}{1 + e^{ts}}, $$

in size the probability that was given to the wrong answer.

*Hinge.* Being right is not enough, the margin has to be at least 1: $L = \max(0, 1 - ts)$. Below that the slope is
$-t$, above it 0.

Does Rosenblatt's rule fit in? It is such a step with $\eta = 1$, if the slope is $-t$ for a mistake and 0 otherwise. A
function with this slope is $\max(0, -ts)$: a loss found after the fact. So one loop serves all four.

| rule | loss $L(s, t)$ | slope $\partial L / \partial s$ |
|---|---|---|
| perceptron | $\max(0, -ts)$ | $-t$ if $ts \le 0$, else 0 |
| squared error | $\frac12 (s - t)^2$ | $s - t$ |
| logistic | $\log(1 + e^{-ts})$ | $-t / (1 + e^{ts})$ |
| hinge | $\max(0, 1 - ts)$ | $-t$ if $ts < 1$, else 0 |

![One neuron. On the left the inputs x1, x2 to xd, each multiplied by its weight, and the bias; their sum is the score s.
On the right the four losses, each a function of the score and the truth t. An orange arrow leads back from the loss: the
slope dL/ds, which changes every weight.](diagrams/neuron.svg)

![The four losses as functions of the margin ts: right answers lie to the right of 0. The perceptron's loss is 0 as soon
as the margin is positive, the hinge's from 1 on. The logistic loss falls everywhere and never reaches 0. The squared
error, alone of the four, rises again: it punishes margins above 1.](four-losses.svg)

At a corner there is no slope, and one has to be chosen. For the perceptron at $s = 0$ we take $-t$: it begins with a
score of 0, and would otherwise never move. And with $m$ for the margin, $\log(1 + e^{-m})$ is computed as
$\max(0, -m) + \log(1 + e^{-|m|})$, the same function, in which nothing overflows.

A rule is these two functions and a name. (The types are declared in `perceptron.h`, which follows this file.)
*/

static float perceptron_loss(float s, float t) {
    return fmaxf(0.0f, -t * s);
}

static float perceptron_slope(float s, float t) {
    return t * s <= 0.0f ? -t : 0.0f;
}

static float squared_loss(float s, float t) {
    return 0.5f * (s - t) * (s - t);
}

static float squared_slope(float s, float t) {
    return s - t;
}

static float logistic_loss(float s, float t) {
    float margin = t * s;
    return fmaxf(0.0f, -margin) + log1pf(expf(-fabsf(margin)));
}

static float logistic_slope(float s, float t) {
    return -t / (1.0f + expf(t * s));
}

static float hinge_loss(float s, float t) {
    return fmaxf(0.0f, 1.0f - t * s);
}

static float hinge_slope(float s, float t) {
    return t * s < 1.0f ? -t : 0.0f;
}

const Rule rules[RULES] = {
    [PERCEPTRON] = { "perceptron", perceptron_loss, perceptron_slope },
    [SQUARED] = { "squared", squared_loss, squared_slope },
    [LOGISTIC] = { "logistic", logistic_loss, logistic_slope },
    [HINGE] = { "hinge", hinge_loss, hinge_slope },
};

/*
## One step

The weights of the four lie one after the other in one block of memory. The line that begins with `#pragma` allows the
compiler to keep several partial sums of the 784 products, the same ones in every run: a vector instruction adds eight or
sixteen numbers at a time.
*/

void neurons_create(Neuron neurons[RULES], int d) {
    float *weights = alloc_floats(RULES * (size_t)d);
    for (int r = 0; r < RULES; r++) {
        neurons[r] = (Neuron){ .rule = &rules[r], .d = d, .w = weights + r * d };
    }
}

void neurons_free(Neuron neurons[RULES]) {
    free(neurons[0].w);
}

float score(const Neuron *neuron, const float *x) {
    const float *w = neuron->w;
    float s = neuron->b;
#pragma omp simd reduction(+ : s)
    for (int i = 0; i < neuron->d; i++) {
        s += w[i] * x[i];
    }
    return s;
}

// Written so that a score that is not a number counts as wrong.
static bool is_wrong(float s, float t) {
    return !(t * s > 0.0f);
}

// One step of one neuron on the example x (d) with truth t.
static void step(Neuron *neuron, const float *x, float t, float lr) {
    float s = score(neuron, x);
    neuron->mistakes += is_wrong(s, t);
    float change = -lr * neuron->rule->slope(s, t);
    if (change != 0.0f) {
        for (int i = 0; i < neuron->d; i++) {
            neuron->w[i] += change * x[i];
        }
        neuron->b += change;
    }
}

// The same example for all four: whoever calls this decides the order.
void learn(Neuron neurons[RULES], const float *x, float t, float lr) {
    for (int r = 0; r < RULES; r++) {
        step(&neurons[r], x, t, lr);
    }
}

/*
One pass over all examples is an *epoch*. Each epoch has a new random order: in a fixed one the same example would
always be the last to change the weights.
*/

void learn_points(Neuron neurons[RULES], Points *p, float lr, Rng *rng) {
    rng_shuffle(rng, p->order, p->n);
    for (int k = 0; k < p->n; k++) {
        int i = p->order[k];
        learn(neurons, &p->x[2 * i], p->t[i], lr);
    }
}

/*
That is all there is to learning. What remains of the program hands out examples and records what happens.

**How large should the learning rate be?** One step changes the score of its own example by
$-\eta \, (x \cdot x + 1) \, \partial L / \partial s$. With squared error and $\eta \, (x \cdot x + 1) = 1$ the score
becomes exactly $t$, whatever the examples before had made of the weights; above 2, each step makes the error larger,
and the weights grow without limit. So $\eta$ should be well below $1 / (x \cdot x + 1)$. For our points
$x \cdot x + 1$ is 10 at most; a picture has hundreds of bright pixels. Hence the program has two learning rates.

For the perceptron alone the learning rate does not matter. Its weights start from 0 and each step adds $\pm \eta x$. So each
weight is $\eta$ times a number that does not depend on $\eta$, and so is every score; but only the sign of a score counts. The
learning rate is the unit in which its weights are measured.

## Measuring

*Mistakes* are counted while learning, each example just before its step. The neuron changes all the time, so after each
epoch we stop and measure how it does at that moment: the *error*, which is the share of examples that are wrong, and the
mean loss.
*/

void measure(Measure *m, const Neuron *neuron, const float *x, const float *t, int n) {
    for (int i = 0; i < n; i++) {
        float s = score(neuron, x + (size_t)i * (size_t)neuron->d);
        m->wrong += is_wrong(s, t[i]);
        m->loss += neuron->rule->loss(s, t[i]);
    }
    m->n += n;
}

double error_rate(Measure m) {
    return (double)m.wrong / m.n;
}
