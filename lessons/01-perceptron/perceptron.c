/*
# Lesson 1: One neuron, four ways

Here are two piles of pictures, trousers and ankle boots. Nobody tells the program what a trouser is. All it gets is the
pictures, and for each the pile it comes from. Can it find out how to sort the next picture?

The smallest program that can has one number for each pixel and one number more. It multiplies, adds up, and looks at
the sign. Where do the numbers come from? They begin at zero, and each picture that is shown with its right answer
changes them a little. How to change them is the whole question, and four answers have become classics: Rosenblatt's
perceptron, Widrow and Hoff's adaline, logistic regression, and the support vector machine. In code they differ in one
line each. At the end of this chapter you know what that line does, and why one wants a *loss*, a function that says how
bad an answer is.

The four learn side by side, from the same examples in the same order:

1. from points in the plane, where all can be seen and one thing can be proved;
2. from four clouds at the corners of a square, where all four must fail;
3. from pictures, 1 against 9 (trouser against ankle boot, easy) and 2 against 4 (pullover against coat, hard).
*/

#include "cli.h"
#include "die.h"
#include "examples.h"
#include "file.h"
#include "image.h"
#include "runlog.h"
#include "safetensors.h"
#include "toy2d.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
## The neuron

An example is a list of $d$ numbers $x = (x_1, \dots, x_d)$: two coordinates, or 784 pixels. The neuron has a *weight*
$w_i$ for each of them and one number $b$, its *bias*, and computes the *score*

$$ s = w_1 x_1 + \dots + w_d x_d + b = w \cdot x + b. $$

The answer is the sign of $s$. In the plane, $w \cdot x + b = 0$ is a straight line; $w$ stands at a right angle to it
and points to the positive side, and the bias moves it away from the origin. Among pictures it is a flat surface with
783 dimensions, and nothing else changes.

The *truth* $t$ is $+1$ for one class and $-1$ for the other, so that right and wrong become one number: the answer is
right if $s$ and $t$ have the same sign, that is, if $t s > 0$. This product is the example's *margin*: how right, or if
negative how wrong. A score of exactly 0 is no answer, and counts as a mistake.

## Four rules

**Rosenblatt's rule.** If the answer is right, do nothing. If it is wrong, add the example to the weights when $t = 1$,
and subtract it when $t = -1$:

$$ w \leftarrow w + t x, \qquad b \leftarrow b + t. $$

Why does that help? The score of this same example was $w \cdot x + b$ and becomes
$w \cdot x + b + t \, (x \cdot x + 1)$. It has moved towards the truth, by the squared length of $x$, plus one.

**The other three** come from a different thought. Choose a function $L(s, t)$, the *loss*, that says how bad the score
$s$ is when the truth is $t$, and change each weight so that the loss falls. Which way is that? The derivative of $L$
with respect to $w_i$ tells. If it is positive, a larger $w_i$ makes things worse: go the other way, and the further the
steeper it is. Since $s$ grows by $x_i$ when $w_i$ grows by one, the chain rule gives

$$ \frac{\partial L}{\partial w_i} = \frac{\partial L}{\partial s} \cdot \frac{\partial s}{\partial w_i}
= \frac{\partial L}{\partial s} \, x_i, \qquad \frac{\partial L}{\partial b} = \frac{\partial L}{\partial s}. $$

The list of all these derivatives is the *gradient*. A step against it, with a small factor $\eta$, the *learning rate*,
is

$$ w_i \leftarrow w_i - \eta \, \frac{\partial L}{\partial s} \, x_i, \qquad
b \leftarrow b - \eta \, \frac{\partial L}{\partial s}. $$

The loss enters through a single number, its slope $\partial L / \partial s$. Here are three.

*Squared error.* The score should *be* $t$: $L = \frac12 (s - t)^2$, slope $s - t$.

*Cross-entropy*, the loss of logistic regression. Read the score as a probability: the neuron believes in class $+1$
with $p = \sigma(s) = 1 / (1 + e^{-s})$, so a large score means certainty and 0 means one half. It believes in class
$-1$ with $1 - p = \sigma(-s)$; in both cases the truth was given the probability $\sigma(t s)$. The loss is the
surprise at the truth, $L = -\log \sigma(t s) = \log(1 + e^{-ts})$. Its slope:

$$ \frac{\partial L}{\partial s} = \frac{-t \, e^{-ts}}{1 + e^{-ts}} = \frac{-t}{1 + e^{ts}}, $$

in size the probability that was given to the wrong answer.

*Hinge.* Right is not enough, it has to be right by a margin of 1: $L = \max(0, 1 - ts)$. Below that margin the slope is
$-t$, above it 0.

Does Rosenblatt's rule fit in? It is such a step with $\eta = 1$, if the slope is $-t$ for a mistake and 0 otherwise. A
function with this slope is $\max(0, -ts)$: a loss found after the fact. So one loop serves all four.

| rule | loss $L(s, t)$ | slope $\partial L / \partial s$ |
|---|---|---|
| perceptron | $\max(0, -ts)$ | $-t$ if $ts \le 0$, else 0 |
| squared error | $\frac12 (s - t)^2$ | $s - t$ |
| logistic | $\log(1 + e^{-ts})$ | $-t / (1 + e^{ts})$ |
| hinge | $\max(0, 1 - ts)$ | $-t$ if $ts < 1$, else 0 |

![The four losses as functions of the margin $ts$. To the right is right. The perceptron is content as soon as the
margin is positive; the hinge wants 1; the logistic loss never quite stops wishing for more; the squared error, alone of
the four, rises again: it punishes being more right than 1.](four-losses.svg)

At a corner there is no slope, and one has to be chosen. For the perceptron at $s = 0$ we take $-t$: it begins with a
score of 0, and would otherwise never move. And $\log(1 + e^{-m})$ is computed as $\max(0, -m) + \log(1 + e^{-|m|})$,
the same function, in which nothing overflows.
*/

// One of the four: functions of the score s and the truth t, -1 or +1.
typedef struct {
    const char *name;                 // as it stands in the logs
    float (*loss)(float s, float t);  // of one example
    float (*slope)(float s, float t); // its derivative with respect to s
} Rule;

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

enum { PERCEPTRON, SQUARED, LOGISTIC, HINGE, RULES };

static const Rule rules[RULES] = {
    [PERCEPTRON] = { "perceptron", perceptron_loss, perceptron_slope },
    [SQUARED] = { "squared", squared_loss, squared_slope },
    [LOGISTIC] = { "logistic", logistic_loss, logistic_slope },
    [HINGE] = { "hinge", hinge_loss, hinge_slope },
};

/*
## One step

The weights of the four lie one after the other in one block of memory. A sum of 784 products, added up in order, would
use one lane of the processor's eight or sixteen; the line that begins with `#pragma` allows the compiler to keep
several partial sums, the same ones in every run.
*/

typedef struct {
    const Rule *rule;
    int d;        // inputs
    float *w;     // (d): the weights
    float b;      // the bias
    int mistakes; // made while learning, since this was last set to 0
} Neuron;

static void neurons_create(Neuron neurons[RULES], int d) {
    float *weights = alloc_floats(RULES * (size_t)d);
    for (int r = 0; r < RULES; r++) {
        neurons[r] = (Neuron){ .rule = &rules[r], .d = d, .w = weights + r * d };
    }
}

static void neurons_free(Neuron neurons[RULES]) {
    free(neurons[0].w);
}

static float score(const Neuron *neuron, const float *x) {
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

// The same example for all four: whoever calls this decides the order, once for all.
static void learn(Neuron neurons[RULES], const float *x, float t, float lr) {
    for (int r = 0; r < RULES; r++) {
        step(&neurons[r], x, t, lr);
    }
}

/*
That is all there is to learning. What remains of the program is examples, and the bookkeeping that lets us see what
happened.

**How large should the learning rate be?** One step changes the score of its own example by
$-\eta \, (x \cdot x + 1) \, \partial L / \partial s$. With squared error and $\eta \, (x \cdot x + 1) = 1$ the score
lands exactly on $t$, and what was learned from the examples before has been overruled; above 2, each step makes the
error larger, and the weights explode. So $\eta$ should be well below $1 / (x \cdot x + 1)$. For our points
$x \cdot x + 1$ is 10 at most; a picture has hundreds of bright pixels. Hence the program has two learning rates.

For the perceptron alone it does not matter. Its weights start from 0, so all of them are multiples of $\eta$, and so is
every score; but only the sign of a score ever counts. The learning rate is the unit in which its weights are measured,
nothing else.

## Judging

*Mistakes* are counted while learning, each example just before its step. The neuron changes all the time, so for a fair
picture of one moment we stop and measure: the share of examples that are wrong, and the mean loss.
*/

typedef struct {
    int n, wrong;
    double loss; // the sum over n examples
} Measure;

// Adds n examples, x (n, d) with truths t (n), to the neuron's measure.
static void measure(Measure *m, const Neuron *neuron, const float *x, const float *t, int n) {
    for (int i = 0; i < n; i++) {
        float s = score(neuron, x + (size_t)i * (size_t)neuron->d);
        m->wrong += is_wrong(s, t[i]);
        m->loss += neuron->rule->loss(s, t[i]);
    }
    m->n += n;
}

static double error_rate(Measure m) {
    return (double)m.wrong / m.n;
}

// The mean loss. One that is not finite ends the run.
static double mean_loss(Run *run, int epoch, const char *what, const Neuron *neuron, Measure m) {
    if (!isfinite(m.loss)) {
        char name[64], where[64];
        snprintf(name, sizeof name, "the %s loss on %s", neuron->rule->name, what);
        snprintf(where, sizeof where, "the weights of the %s neuron", neuron->rule->name);
        run_diverged(run, epoch, name, where);
    }
    return m.loss / m.n;
}

// Appends to the names of a log's columns: prefix, rule and ending, for each rule and each of the
// endings (closed by NULL).
static void add_columns(char *columns, size_t size, const char *prefix,
                        const char *const *endings) {
    for (int r = 0; r < RULES; r++) {
        for (const char *const *ending = endings; *ending; ending++) {
            size_t used = strlen(columns);
            snprintf(columns + used, size - used, "%s%s%s_%s", used ? "," : "", prefix,
                     rules[r].name, *ending);
        }
    }
}

// Adds a figure of one rule to the summary.
static void add_figure(Run *run, const char *what, int rule, const char *figure, double value) {
    char key[128];
    snprintf(key, sizeof key, "%.15s_%s_%s", what, rules[rule].name, figure);
    run_summary(run, key, value);
}

/*
## Must it ever end?

Suppose that some line separates the points. The perceptron does not know it; each mistake moves its line, and may spoil
what was right before. Could it go on for ever? Novikoff showed in 1962 that it cannot, and his proof needs half a page.

Write $z = (x, 1)$ for an example with the 1 of its bias, and $v = (w, b)$ for the weights with the bias, so that
$s = v \cdot z$. What we know:

- No example is longer than $R$: $\lVert z \rVert \le R$.
- There is a separating line, that is, a vector $u$ of length 1 such that every example lies on its right side with some
  room: $t \, (u \cdot z) \ge \gamma$ for all, with $\gamma > 0$.

Start at $v = 0$ and look at two quantities, each time that a mistake on $(z, t)$ changes $v$ to $v + t z$.

*How far $v$ points along $u$.* The product $u \cdot v$ grows by $t \, (u \cdot z)$, which is at least $\gamma$. After
$M$ mistakes,

$$ u \cdot v \ge M \gamma. $$

*How long $v$ is.* Its squared length changes to
$\lVert v + tz \rVert^2 = \lVert v \rVert^2 + 2 t \, (v \cdot z) + \lVert z \rVert^2$. The middle term is not positive:
that is what a mistake means. So $\lVert v \rVert^2$ grows by at most $R^2$, and after $M$ mistakes

$$ \lVert v \rVert^2 \le M R^2. $$

But $u \cdot v$ cannot be larger than $\lVert v \rVert$, since $u$ has length 1. So
$M \gamma \le \lVert v \rVert \le \sqrt{M} \, R$, and therefore

$$ M \le \left( \frac{R}{\gamma} \right)^2. $$

The number of examples does not occur in this, nor their order, nor the number of inputs. It counts only how wide the
gap is, compared with the size of the whole.

Can the bound be reached? Take every other corner of a cube, $(1, 1, 1)$, $(1, -1, -1)$, $(-1, 1, -1)$ and
$(-1, -1, 1)$. Any two of them have the product $x \cdot x' = -1$, hence $z \cdot z' = 0$: what is learned on one
changes nothing for the others. So each costs one mistake, whatever its truth is. And $R^2 = 4$, $\gamma = 1$ (try
$u = \frac14 \sum t z$): four mistakes are made, and four are allowed. Nothing better can be proved from $R$ and
$\gamma$ alone.

## Act 1: two blobs

`toy2d_blobs` makes points of which we know a separating line, and the room beside it. The theorem lives in the space of
$(x, 1)$ and $(w, b)$, so that is where $R$ and $\gamma$ are measured.
*/

enum { POINTS = 200, EPOCHS_2D = 100 };

/*
One walk through all examples is an *epoch*. Each has a new order, drawn at random: in a fixed one the same example
would always have the last word.
*/

static void learn_points(Neuron neurons[RULES], Points *p, float lr, Rng *rng) {
    rng_shuffle(rng, p->order, p->n);
    for (int k = 0; k < p->n; k++) {
        int i = p->order[k];
        learn(neurons, &p->x[2 * i], p->t[i], lr);
    }
}

// Trains for EPOCHS_2D epochs, with a log. Sums each neuron's mistakes into mistakes (RULES).
static void train_points(Run *run, const char *what, Neuron neurons[RULES], Points *p, float lr,
                         Rng *rng, int mistakes[RULES]) {
    char columns[1024] = "", file[64];
    add_columns(columns, sizeof columns, "", (const char *[]){ "mistakes", "error", "loss", NULL });
    snprintf(file, sizeof file, "log-%s.csv", what);
    Log *log = log_open(run, file, columns);
    for (int epoch = 1; epoch <= EPOCHS_2D && !run_stopped(run); epoch++) {
        learn_points(neurons, p, lr, rng);
        double row[RULES][3];
        for (int r = 0; r < RULES; r++) {
            Measure m = { 0 };
            measure(&m, &neurons[r], p->x, p->t, p->n);
            row[r][0] = neurons[r].mistakes;
            row[r][1] = error_rate(m);
            row[r][2] = mean_loss(run, epoch, what, &neurons[r], m);
            mistakes[r] += neurons[r].mistakes;
            neurons[r].mistakes = 0;
        }
        log_write(log, epoch, row[0], sizeof row / sizeof row[0][0]);
    }
}

// The points and the four lines, for the plot.
static void save_points(Run *run, const char *what, const Neuron neurons[RULES], const Points *p) {
    points_write(run_path(run, "points-%s.csv", what), p);
    OutFile *file = file_create(run_path(run, "lines-%s.csv", what));
    fprintf(file_stream(file), "rule,w0,w1,b\n");
    for (int r = 0; r < RULES; r++) {
        fprintf(file_stream(file), "%s,%.9g,%.9g,%.9g\n", rules[r].name, (double)neurons[r].w[0],
                (double)neurons[r].w[1], (double)neurons[r].b);
    }
    file_commit(file);
}

static void act_blobs(Run *run, float margin, float lr, Rng data, Rng shuffle) {
    float *x = alloc_floats(2 * POINTS), line[3];
    int labels[POINTS], mistakes[RULES] = { 0 };
    toy2d_blobs(x, labels, POINTS, margin, line, &data);
    Points points = points_create(x, labels, POINTS);
    Neuron neurons[RULES];
    neurons_create(neurons, 2);

    run_say(run, "Act 1: %d points in two blobs, %d epochs", POINTS, EPOCHS_2D);
    train_points(run, "blobs", neurons, &points, lr, &shuffle, mistakes);
    save_points(run, "blobs", neurons, &points);

    double r_max = points_radius(&points), gamma = points_room(&points, line, line[2]);
    run_summary(run, "blobs_R", r_max);
    run_summary(run, "blobs_gamma", gamma);
    run_summary(run, "blobs_bound", (r_max / gamma) * (r_max / gamma));
    run_say(run, "  Novikoff: R %.3f, gamma %.3f, at most %.0f mistakes", r_max, gamma,
            (r_max / gamma) * (r_max / gamma));
    for (int r = 0; r < RULES; r++) {
        double room = points_room(&points, neurons[r].w, neurons[r].b);
        add_figure(run, "blobs", r, "mistakes", mistakes[r]);
        add_figure(run, "blobs", r, "room", room);
        run_say(run, "  %-12s %3d mistakes, room %.3f", rules[r].name, mistakes[r], room);
    }
    points_free(&points);
    neurons_free(neurons);
}

/*
What comes out? $R = 3.149$ and $\gamma = 0.105$, so the perceptron may make 900 mistakes. It makes 10. The bound speaks
of the worst points with this $R$ and $\gamma$ in the worst order; these are two friendly blobs.

![Points of two classes (filled: +1, open: −1) and the four lines after 100 epochs. Left, all four separate the blobs,
and the perceptron's line passes closest to a point. Right, XOR: no line has the filled points to
itself.](boundaries.svg)

Look where the lines lie. The perceptron stops at the first line without a mistake, wherever that happens to be; here it
leaves a room of 0.020. The hinge, which wants a margin of 1 from every point, goes on until the nearest points are far
enough away: 0.150, more than the line from which the blobs were made. The squared error has no idea of sides. It wants
every score to be exactly 1 or −1, and a point far behind the line, with a score of 3, pulls just as hard as a point
with −1 on the wrong side. Its line separates these blobs at the end, and yet it made a mistake as late as epoch 96.

![Mistakes in each epoch. On the blobs they end. On XOR they never do: around 100 of 200 points, as many as by guessing;
only the hinge finds a line that cuts off one corner.](mistakes.svg)

## Act 2: XOR

Now four clouds, around the corners of a square. Class $+1$ is where the two coordinates have different signs: "one or
the other, but not both", in logic *exclusive or*. Take the corners themselves, $(-1, -1)$ and $(1, 1)$ with $t = -1$,
$(-1, 1)$ and $(1, -1)$ with $t = 1$.

**No line can do it.** Suppose that $w_1, w_2, b$ could. Then the scores of the two positive corners are positive, and
so is their sum:

$$ (-w_1 + w_2 + b) + (w_1 - w_2 + b) = 2b > 0. $$

The scores of the two negative ones are negative, and so is their sum: $(-w_1 - w_2 + b) + (w_1 + w_2 + b) = 2b < 0$.
Both cannot be.

**Nor does a better loss help.** For any weights whatever, add up the margins $ts$ of the four corners: the sum is
$2b - 2b = 0$. If one corner is right by some amount, the others together are wrong by as much. Our four losses, as
functions of the margin, are *convex*: they bend upwards or run straight, never downwards, and the mean of such a
function over several margins is at least its value at their mean (Jensen's inequality). The mean of the margins is 0.
So no weights at all give a smaller loss than all weights zero: $\frac12$ for the squared error, $\log 2 = 0.693$ for
the logistic loss, 1 for the hinge. What fails is not the training, it is the straight line.
*/

static void act_xor(Run *run, float lr, Rng data, Rng shuffle) {
    float *x = alloc_floats(2 * POINTS);
    int labels[POINTS], mistakes[RULES] = { 0 };
    toy2d_xor(x, labels, POINTS, 0.3f, &data);
    Points points = points_create(x, labels, POINTS);
    Neuron neurons[RULES];
    neurons_create(neurons, 2);

    run_say(run, "Act 2: XOR, %d points in four clouds, %d epochs", POINTS, EPOCHS_2D);
    train_points(run, "xor", neurons, &points, lr, &shuffle, mistakes);
    save_points(run, "xor", neurons, &points);

    for (int r = 0; r < RULES; r++) {
        Measure m = { 0 };
        measure(&m, &neurons[r], points.x, points.t, points.n);
        add_figure(run, "xor", r, "error", error_rate(m));
        add_figure(run, "xor", r, "loss", m.loss / m.n);
        run_say(run, "  %-12s %.1f %% wrong", rules[r].name, 100.0 * error_rate(m));
    }
    points_free(&points);
    neurons_free(neurons);
}

/*
And that is where they end: the program prints losses of 0.506, 0.693 and 0.995 for the last three. (Steps of constant
size keep the first above its minimum, and since the clouds are drawn at random, their margins do not cancel exactly.)
The perceptron is wrong on 47 % of the points at the end and will be at any other: where no line separates, it moves for
ever. The hinge is wrong on 26.5 %, one corner and a few points. It has not understood more than the others. A line that
cuts off one corner has the margins 1, 1, 1 and −3, so hinge losses of 0, 0, 0 and 4, whose mean is once more 1, as with
weights of zero. On this level ground the hinge drifted to where it is.

No loss and no patience helps a single neuron here. Two things do: other inputs (exercise 4), or more neurons (lesson
2).

## Act 3: pictures

Nothing about the neuron changes. There are 784 inputs instead of two, the brightness of each pixel between 0 and 1. In
the logs a pair of classes is called `1v9`; the truth is $+1$ for the first of the two. The images are fetched 100 at a
time; that is a matter of memory only, each example still makes its own step.

With 785 numbers to adjust, a neuron may learn things by heart that hold for these images and for no others. So 2,000 of
the 12,000 training images of two classes are set aside. Nothing is learned from this *validation* set; the error on it
is what the curves show, and what decisions may be based on. The 2,000 test images are looked at once, at the end.
*/

enum { LAST_EPOCHS = 10 };

// Two classes, the four neurons that learn to tell them apart, and how they do.
typedef struct {
    Pictures pictures;
    Neuron neurons[RULES];
    int mistakes[RULES];                  // in the last epoch
    double lowest[RULES], highest[RULES]; // validation error in the last LAST_EPOCHS epochs
    double test_accuracy[RULES];
} Pair;

static void pair_open(Pair *pair, const Pictures *classes, const Dataset *data, Rng rng) {
    *pair = (Pair){ .pictures = *classes };
    pictures_open(&pair->pictures, data, rng);
    neurons_create(pair->neurons, pair->pictures.pixels);
    for (int r = 0; r < RULES; r++) {
        pair->lowest[r] = INFINITY;
        pair->highest[r] = -INFINITY;
    }
}

static void pair_close(Pair *pair) {
    pictures_close(&pair->pictures);
    neurons_free(pair->neurons);
}

// One epoch: every training image once.
static void learn_pictures(Pair *pair, float lr) {
    Pictures *pictures = &pair->pictures;
    for (int n; (n = pictures_next(pictures)) > 0;) {
        for (int i = 0; i < n; i++) {
            const float *x = pictures->x + (size_t)i * (size_t)pictures->pixels;
            learn(pair->neurons, x, pictures->t[i], lr);
        }
    }
}

static void measure_pictures(Measure measures[RULES], Pair *pair, const Dataset *data,
                             const int *places, int n) {
    Pictures *pictures = &pair->pictures;
    for (int first = 0; first < n; first += BATCH) {
        int size = n - first < BATCH ? n - first : BATCH;
        pictures_take(pictures, data, places + first, size);
        for (int r = 0; r < RULES; r++) {
            measure(&measures[r], &pair->neurons[r], pictures->x, pictures->t, size);
        }
    }
}

/*
## The training loop

An epoch is: learn from every training image once, then stop, and measure on the training and on the validation images.
All pairs of classes go through their epochs in step, so that one row of `log.csv` holds everything that is known after
an epoch.
*/

enum { FIGURES = 5 };
static const char *const figures[] = { "mistakes",   "train_error", "valid_error",
                                       "train_loss", "valid_loss",  NULL };

// Fills the pair's part of a row of the log: (RULES, FIGURES).
static void judge_epoch(Run *run, Pair *pair, int epoch, bool late, double row[RULES][FIGURES]) {
    Measure train[RULES] = { 0 }, valid[RULES] = { 0 };
    Pictures *pictures = &pair->pictures;
    measure_pictures(train, pair, pictures->data, pictures->train, pictures->n_train);
    measure_pictures(valid, pair, pictures->data, pictures->valid, pictures->n_valid);
    for (int r = 0; r < RULES; r++) {
        Neuron *neuron = &pair->neurons[r];
        double error = error_rate(valid[r]);
        row[r][0] = epoch > 0 ? neuron->mistakes : NAN;
        row[r][1] = error_rate(train[r]);
        row[r][2] = error;
        row[r][3] = mean_loss(run, epoch, pictures->name, neuron, train[r]);
        row[r][4] = mean_loss(run, epoch, pictures->name, neuron, valid[r]);
        pair->mistakes[r] = neuron->mistakes;
        neuron->mistakes = 0;
        if (late) {
            pair->lowest[r] = fmin(pair->lowest[r], error);
            pair->highest[r] = fmax(pair->highest[r], error);
        }
    }
}

// 0 epochs: one row, for the neurons as they are.
static void train_pictures(Run *run, Pair *pairs, int n_pairs, int epochs, float lr) {
    char columns[4096] = "";
    for (int p = 0; p < n_pairs; p++) {
        char prefix[16];
        snprintf(prefix, sizeof prefix, "%.7s_", pairs[p].pictures.name);
        add_columns(columns, sizeof columns, prefix, figures);
    }
    Log *log = log_open(run, "log.csv", columns);
    for (int epoch = epochs > 0; epoch <= epochs && !run_stopped(run); epoch++) {
        double row[MOST_PAIRS][RULES][FIGURES];
        for (int p = 0; p < n_pairs; p++) {
            if (epoch > 0) {
                learn_pictures(&pairs[p], lr);
            }
            judge_epoch(run, &pairs[p], epoch, epoch > epochs - LAST_EPOCHS, row[p]);
        }
        log_write(log, epoch, row[0][0], (size_t)n_pairs * RULES * FIGURES);
        if (epoch > 0) {
            run_progress(run, "pictures", epoch, epochs, "epoch %d of %d", epoch, epochs);
        }
    }
}

/*
## What is kept

The weights go into `model.safetensors`, eight neurons under names such as `1v9.logistic.weight`; `--load` reads such a
file and skips the training. And because each weight belongs to a pixel, the weights of a neuron are a picture.
*/

// The neurons' weights and biases as tensors (n_pairs, RULES, 2); returns how many.
static int list_tensors(Tensor *tensors, Pair *pairs, int n_pairs) {
    for (int i = 0; i < n_pairs * RULES; i++) {
        const char *name = pairs[i / RULES].pictures.name;
        Neuron *neuron = &pairs[i / RULES].neurons[i % RULES];
        Tensor weight = { .n_dims = 1, .size = { neuron->d }, .data = neuron->w };
        Tensor bias = { .n_dims = 1, .size = { 1 }, .data = &neuron->b };
        snprintf(weight.name, sizeof weight.name, "%s.%s.weight", name, neuron->rule->name);
        snprintf(bias.name, sizeof bias.name, "%s.%s.bias", name, neuron->rule->name);
        tensors[2 * i] = weight;
        tensors[2 * i + 1] = bias;
    }
    return n_pairs * RULES * 2;
}

static void draw_weights(Run *run, const Pair *pair) {
    const Dataset *data = pair->pictures.data;
    image_grid_signed(run_path(run, "samples/weights-%s.png", pair->pictures.name),
                      pair->neurons[0].w, RULES, data->rows, data->cols, RULES, 6);
}

// The validation images with the lowest margins under the logistic neuron, each class in a row.
static void draw_hardest(Run *run, Pair *pair) {
    Pictures *pictures = &pair->pictures;
    float *margins = alloc_floats((size_t)pictures->n_valid);
    for (int k = 0; k < pictures->n_valid; k++) {
        pictures_take(pictures, pictures->data, &pictures->valid[k], 1);
        margins[k] = pictures->t[0] * score(&pair->neurons[LOGISTIC], pictures->x);
    }
    pictures_draw_hardest(run_path(run, "samples/hardest-%s.png", pictures->name), pictures,
                          margins);
    free(margins);
}

/*
## The test

Up to here nobody has looked at the test images. Now each neuron sees them once, and nothing is changed afterwards.
*/

static void test_pictures(Run *run, Pair *pair, const Dataset *test, bool trained) {
    const char *name = pair->pictures.name;
    int n, *places = pictures_find(&pair->pictures, test, &n);
    Measure measures[RULES] = { 0 };
    measure_pictures(measures, pair, test, places, n);
    free(places);
    for (int r = 0; r < RULES; r++) {
        pair->test_accuracy[r] = 1.0 - error_rate(measures[r]);
        add_figure(run, name, r, "test_accuracy", pair->test_accuracy[r]);
        if (trained) {
            add_figure(run, name, r, "last_mistakes", pair->mistakes[r]);
            add_figure(run, name, r, "valid_swing", pair->highest[r] - pair->lowest[r]);
        }
    }
}

static void print_table(Run *run, const Pair *pair, const char *which) {
    const int *label = pair->pictures.label;
    run_say(run, "\n%s (%d) against %s (%d)", dataset_class_name(which, label[0]), label[0],
            dataset_class_name(which, label[1]), label[1]);
    run_say(run, "              test      mistakes in   validation error");
    run_say(run, "              accuracy  last epoch    in the last %d epochs", LAST_EPOCHS);
    for (int r = 0; r < RULES; r++) {
        run_say(run, "  %-10s  %8.4f  %10d    %.4f to %.4f", rules[r].name, pair->test_accuracy[r],
                pair->mistakes[r], pair->lowest[r], pair->highest[r]);
    }
}

static void act_pictures(Run *run, const char *which, const Pictures *classes, int n_pairs,
                         const char *load, int epochs, float lr, Rng shuffle) {
    Dataset *train = dataset_load(which, TRAIN_SET);
    Pair pairs[MOST_PAIRS];
    for (int p = 0; p < n_pairs; p++) {
        pair_open(&pairs[p], &classes[p], train, shuffle);
    }
    Tensor tensors[MOST_PAIRS * RULES * 2];
    int n_tensors = list_tensors(tensors, pairs, n_pairs);
    run_say(run, "Act 3: pictures");
    if (load) {
        safetensors_read(load, tensors, n_tensors);
        safetensors_check_finite(load, tensors, n_tensors);
    }
    train_pictures(run, pairs, n_pairs, load ? 0 : epochs, lr);
    for (int p = 0; p < n_pairs && !run_stopped(run); p++) {
        draw_weights(run, &pairs[p]);
        draw_hardest(run, &pairs[p]);
    }
    if (!run_stopped(run)) {
        if (!load) {
            safetensors_write(run_path(run, "model.safetensors"), tensors, n_tensors);
        }
        Dataset *test = dataset_load(which, TEST_SET);
        for (int p = 0; p < n_pairs; p++) {
            test_pictures(run, &pairs[p], test, !load);
        }
        for (int p = 0; p < n_pairs && !load; p++) {
            print_table(run, &pairs[p], which);
        }
        dataset_free(test);
    }
    for (int p = 0; p < n_pairs; p++) {
        pair_close(&pairs[p]);
    }
    dataset_free(train);
}

int main(int argc, char **argv) {
    RunOptions options = RUN_DEFAULTS("01-perceptron");
    const char *classes = "1,9,2,4";
    float margin = 0.1f, lr_2d = 0.02f, lr = 0.0003f;
    int epochs = 30;
    const Option table[] = {
        option_text("classes", &classes, "pairs of classes to tell apart"),
        option_int("epochs", &epochs, 1, 10000, "passes over the pictures"),
        option_float("lr", &lr, 0, 1000, "learning rate for pictures"),
        option_float("lr-2d", &lr_2d, 0, 1000, "learning rate for points"),
        option_float("margin", &margin, 0.001, 1, "room on each side of the blobs' line"),
        LOAD_OPTION(options, "a model.safetensors: score its neurons, train none"),
        RUN_OPTIONS(options),
        OPTION_END,
    };
    cli_parse(table, argc, argv, "Lesson 1: one neuron, four ways.");
    Pictures pairs[MOST_PAIRS];
    int n_pairs = pictures_parse(classes, pairs);
    Run *run = run_open(&options, table);
    Rng data = rng_create((uint64_t)options.seed, RNG_DATA);
    Rng shuffle = rng_create((uint64_t)options.seed, RNG_SHUFFLE);
    act_blobs(run, margin, lr_2d, data, shuffle);
    act_xor(run, lr_2d, data, shuffle);
    act_pictures(run, options.data, pairs, n_pairs, options.load, epochs, lr, shuffle);
    return run_close(run);
}

/*
## What the pictures show

| | test accuracy, 1v9 | test accuracy, 2v4 | mistakes of epoch 30, 2v4 | validation error of epochs 21 to 30, 2v4 |
|---|---|---|---|---|
| perceptron | 1.0000 | 0.6850 | 1688 | 0.1315 to 0.3165 |
| squared error | 0.9990 | 0.8550 | 1243 | 0.1185 to 0.1475 |
| logistic | 0.9990 | 0.8490 | 1301 | 0.1245 to 0.1285 |
| hinge | 1.0000 | 0.8560 | 1221 | 0.1140 to 0.1275 |

**Trouser against boot** is solved by anything. The perceptron makes its last mistake in epoch 5 and then stands still:
the training images can be separated, and Novikoff's promise is kept. The logistic neuron is the slowest. The surer it
is, the smaller its slopes become.

![Validation error after each epoch. Left, 0.0005 is one image of 2,000. Right, the perceptron jumps from epoch to epoch
and does not get better, while the other three fall and settle.](curves.svg)

![The weights of perceptron, squared error, logistic and hinge, trouser against boot. Red pixels speak for a trouser,
blue ones for a boot: blue on the right, where the shaft of a boot is, red where trousers have cloth and boots have
nothing.](weights-1v9.png)

![The same for pullover (red) against coat (blue). The losses agree on the outline of the shoulders; the perceptron's
weights, after 30 epochs, look like noise.](weights-2v4.png)

**Pullover against coat** is where the four part. Whether the perceptron is wrong on 13 % or on 32 % depends on the
epoch in which we stop, and its 0.6850 in the test is an accident: another seed gives another number. In its thirtieth
epoch it still makes 1,688 mistakes on 10,000 images, and each is answered by a step of full size towards that one
picture, a hair's breadth of error by the same step as a gross one. What mends one picture spoils others. Does that
prove that no plane separates pullovers from coats? No: Novikoff's bound is finite for the smallest room, but as large
as you like.

**Why one wants a loss.** The mean loss over all examples is one number that says how good the weights are on the whole.
With our losses it is a convex function of the weights, so it has no false valleys: step by step we get near its lowest
point. There the pulls of the examples cancel on average. A step on a single example still moves the weights a little to
and fro, and the curves tremble. But the lowest point stays where it is while the steps can be made as small as we like:
with a quarter of the learning rate, the squared error's validation error keeps between 0.1185 and 0.1310.

Then why not the loss $\max(0, -ts)$? Because on data that cannot be separated its lowest point is at $w = 0$, $b = 0$,
where it is 0 and nothing is answered. The perceptron walks around that point, and can be proved to stay within some
distance from it for ever (Minsky and Papert's cycling theorem). So its steps never become small compared with its
weights; and if they are made smaller, the whole walk becomes smaller and no answer changes. The other three want
something that has a size: a margin of 1, a score of $t$, a high probability. That fixes how large the weights have to
be, and compared with these the steps are small.

![Mean loss per epoch, pullover against coat, each in its own unit. The two curves of a panel nearly coincide: one
neuron is too simple to learn 10,000 images by heart.](losses.svg)

**And then?** About 85 % is what one neuron reaches here, whichever loss it has. The picture of its weights says why: it
gives every pixel one weight, once for all. "Dark between two light stripes" is the zip fastener of a coat, wherever it
is; no weighted sum of pixels can say such a thing.

![The validation images with the lowest margins under the logistic neuron. Upper row trousers, lower row boots. All of
them are on the right side in the end, but only just: trousers worn by someone, short ones, three pairs in one picture;
boots with high heels.](hardest-1v9.png)

![The same for pullovers (upper row) and coats (lower row): here all are mistakes, the most confident ones
first.](hardest-2v4.png)

**Is that honest?** The hinge ends with errors of 0.1205 on the training images, 0.1150 on the validation images, and
0.1440 on the test images. The first two agree: nothing was learned by heart. Chance does not explain the third; a share
of 0.12, counted on 2,000 images, has a standard deviation of 0.007. So the test images of these two classes are
somewhat harder. A result is a result on *these* images, and only figures from the same test set compare.

## Where this differs from the papers

**Rosenblatt (1958)** described a machine: a retina of photocells, wired at random and for good to "association units",
and only the connections behind those could learn. Our pixels go straight to the last stage. The paper tries several
ways to strengthen connections; changing them only after a mistake, as here, is the error-correction procedure of his
book (1962).

**Widrow and Hoff (1960)** trained their adaline as we do, with targets of ±1, one example at a time. The rule is also
called LMS, least mean squares.

**Cox (1958)** had statistics in mind, and all the data at once: the weights of highest likelihood, which are those of
lowest loss. We walk towards the same point in small steps.

**Cortes and Vapnik (1995)** add $\frac12 \lVert w \rVert^2$ to the sum of the hinge losses. Among all planes this
prefers the one with the widest empty street beside it, whatever the order of the examples; only with this term is it a
support vector machine. They solve a quadratic programme. Pegasos (Shalev-Shwartz, Singer and Srebro 2007) is the
stochastic way: our loop, weights that shrink a little at each step, and a learning rate that falls with time.

**Novikoff (1962)** gave the proof above. **Minsky and Papert (1969)** proved much more than XOR, its smallest case:
whether the number of lit pixels is odd cannot be decided by any weighted sum of features, each of which looks at only
some of the pixels.

## Exercises

Predict first, then run. `make compare RUNS="01-perceptron/default 01-perceptron/NAME"` lays two runs over each other;
`COLS=` names the columns.

1. `make lesson-1 ARGS="--lr 0.0012" RUN=fast`, four times the learning rate. One of the four rows of the second table
   does not change in any digit. Which, and why not even in the last digit? (Why four, and not five?) What happens to
   the range of the validation error in the other three, and what with `--lr 0.000075`?
2. `make lesson-1 ARGS="--margin 0.01" RUN=narrow`. What becomes of the bound, and what of the perceptron's mistakes?
   Which of the four suffers most?
3. Measure the mean of $x \cdot x$ over pullovers and coats (a loop in `act_pictures`, with `pictures_next`). Above
   which learning rate should the squared error explode? Try the values around it. How does the program end, and which
   of the other three rules could end like this?
4. In `act_xor`, after `toy2d_xor`, replace the second coordinate of each point by the product of both:
   `x[2 * i + 1] *= x[2 * i]`. Why can now every rule do it? Draw in the original plane what the neuron has learned.
5. In `act_blobs`, before `points_create`, move one point of class $+1$ by 6 units away from the line, on its own side:
   `x[2] += 6 * line[0]; x[3] += 6 * line[1];`. It was right and is more right now. What becomes of the bound? Which of
   the four lines moves, and which hardly? Look at the picture of the four losses before you run it.
6. The *averaged perceptron* (Freund and Schapire 1999): leave the rule as it is, but keep, beside `w` and `b`, their
   sums over all steps, and have `measure` use the averages. The mistakes stay what they are. What do you expect of the
   test accuracy and of the range of the validation error? How much of a loss's merit is averaging?
7. Make the hinge a support vector machine: in `step`, for this rule only, multiply the weights by $1 - \eta \lambda$
   first. Begin with $\lambda = 0.01$ in act 1. The hinge's empty street is $1 / \lVert w \rVert$ wide on each side. How
   does it change with $\lambda$, and what does it cost?

## References

- D. R. Cox, The regression analysis of binary sequences. Journal of the Royal Statistical Society B 20 (1958), 215–242.
- C. Cortes and V. Vapnik, Support-vector networks. Machine Learning 20 (1995), 273–297.
- Y. Freund and R. E. Schapire, Large margin classification using the perceptron algorithm. Machine Learning 37 (1999),
  277–296.
- M. Minsky and S. Papert, Perceptrons. MIT Press, 1969.
- A. B. J. Novikoff, On convergence proofs on perceptrons. Symposium on the Mathematical Theory of Automata 12 (1962),
  615–622.
- F. Rosenblatt, The perceptron: a probabilistic model for information storage and organization in the brain.
  Psychological Review 65 (1958), 386–408; Principles of Neurodynamics. Spartan Books, 1962.
- S. Shalev-Shwartz, Y. Singer and N. Srebro, Pegasos: primal estimated sub-gradient solver for SVM. International
  Conference on Machine Learning, 2007.
- B. Widrow and M. E. Hoff, Adaptive switching circuits. IRE WESCON Convention Record 4 (1960), 96–104.
- H. Xiao, K. Rasul and R. Vollgraf, Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms.
  arXiv:1708.07747, 2017.
*/
