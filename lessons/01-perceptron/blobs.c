/*
## Must it ever end?

Suppose that some line separates the points. The perceptron does not know it; each mistake moves its line, and examples
that were right before may be wrong afterwards. Could it go on for ever? Novikoff showed in 1962 that it cannot, and his
proof needs half a page.

Write $z = (x, 1)$ for an example with the 1 of its bias, and $v = (w, b)$ for the weights with the bias, so that
$s = v \cdot z$. What we know:

- No example is longer than $R$: $\lVert z \rVert \le R$.
- There is a separating line, that is, a vector $u$ of length 1 such that every example lies on its right side at a distance of
  at least $\gamma > 0$ in the space of $z$: $t \, (u \cdot z) \ge \gamma$ for all. (With $u = v / \lVert v \rVert$ that is
  $ts / \lVert v \rVert$, a little less than the geometric margin $ts / \lVert w \rVert$ where $b$ is not 0.)

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

The number of examples does not occur in this, nor their order, nor the number of inputs. Only the margin counts,
compared with the length of the examples.

Can the bound be reached? Take every other corner of a cube, $(1, 1, 1)$, $(1, -1, -1)$, $(-1, 1, -1)$ and
$(-1, -1, 1)$. Any two of them have the product $x \cdot x' = -1$, hence $z \cdot z' = 0$: what is learned on one
changes nothing for the others. So each costs one mistake, whatever its truth is. And $R^2 = 4$, $\gamma = 1$ (try
$u = \frac14 \sum t z$): four mistakes are made, and four are allowed. Nothing better can be proved from $R$ and
$\gamma$ alone.

## Act 1: two blobs

[`toy2d_blobs`](toy2d.html) makes points of which we know a separating line and its margin. The theorem speaks of
$z = (x, 1)$ and $v = (w, b)$, so that is where $R$ and all margins of lines are measured: as
$t \, (w \cdot x + b) / \lVert (w, b) \rVert$.
*/

#include "acts.h"
#include "logs.h"
#include "base/die.h"
#include "data/toy2d.h"

#include <math.h>
#include <stdio.h>

double points_radius(const Points *points) {
    double largest = 0.0;
    for (int i = 0; i < points->n; i++) {
        double x = points->x[2 * i], y = points->x[2 * i + 1];
        largest = fmax(largest, sqrt(x * x + y * y + 1.0));
    }
    return largest;
}

double points_margin(const Points *points, const float w[2], float b) {
    double length = sqrt((double)w[0] * w[0] + (double)w[1] * w[1] + (double)b * b);
    double smallest = INFINITY;
    for (int i = 0; i < points->n; i++) {
        double s = (double)w[0] * points->x[2 * i] + (double)w[1] * points->x[2 * i + 1] + b;
        smallest = fmin(smallest, points->t[i] * s / length);
    }
    return smallest;
}

void train_points(Run *run, Trial *trial, float lr, Rng shuffle) {
    char columns[1024] = "", file[64];
    const Points *p = &trial->points;
    add_columns(columns, sizeof columns, "",
                (const char *[]){ "mistakes<", "error<", "loss<", NULL });
    snprintf(file, sizeof file, "log-%s.csv", trial->name);
    Log *log = log_open(run, file, columns);
    for (int epoch = 1; epoch <= EPOCHS_2D && !run_stopped(run); epoch++) {
        learn_points(trial->neurons, &trial->points, lr, &shuffle);
        double row[RULES][3];
        for (int r = 0; r < RULES; r++) {
            Neuron *neuron = &trial->neurons[r];
            Measure m = { 0 };
            measure(&m, neuron, p->x, p->t, p->n);
            row[r][0] = neuron->mistakes;
            row[r][1] = error_rate(m);
            row[r][2] = mean_loss(run, epoch, trial->name, neuron, m);
            trial->mistakes[r] += neuron->mistakes;
            trial->lowest[r] = epoch == 1 ? row[r][1] : fmin(trial->lowest[r], row[r][1]);
            trial->highest[r] = fmax(trial->highest[r], row[r][1]);
            trial->low_epochs[r] += row[r][1] < LOW_ERROR;
            neuron->mistakes = 0;
        }
        log_write(log, epoch, row[0], sizeof row / sizeof row[0][0]);
    }
}

Trial act_blobs(Run *run, const PerceptronSettings *s, float line[3]) {
    Rng data = rng_create(s->run.seed, RNG_DATA);
    float *x = alloc_floats(2 * POINTS);
    int labels[POINTS];
    toy2d_blobs(x, labels, POINTS, s->margin, line, &data);
    Trial trial = { .name = "blobs", .points = points_create(x, labels, POINTS) };
    neurons_create(trial.neurons, 2);
    run_say(run, "Act 1: %d points in two blobs, %d epochs", POINTS, EPOCHS_2D);
    train_points(run, &trial, s->lr_2d, rng_create(s->run.seed, RNG_SHUFFLE));
    return trial;
}

/*
What comes out? $R = 3.149$ and $\gamma = 0.105$, so the perceptron may make 900 mistakes. It makes 10. (At seeds 2 and 3
it makes 3 of 555 and 11 of 323.) The bound holds for the worst points with this $R$ and $\gamma$ in the worst order;
these two blobs are easy.

![Points of two classes (filled: +1, open: −1) and the four lines after 100 epochs. Left, all four separate the blobs,
and the perceptron's line passes closest to a point. Right, XOR: no line separates the filled points from the
open ones; the hinge's line cuts off one corner.](boundaries.svg)

Look where the lines lie. The perceptron stops at the first line without a mistake, wherever that happens to be; here its
margin is 0.020. The hinge goes on until hardly any $ts$ is below 1 (its mean loss ends at 0.002): its line's margin is
0.150, more than that of the line from which the blobs were made. The logistic neuron's is 0.123. At seeds 2 and 3, too,
the perceptron has the smallest margin (0.056 and 0.007), and hinge and logistic neuron have the two largest (0.159 and
0.161; 0.218 and 0.200).

The squared error knows no sides. It wants every score to be exactly 1 or −1, and a point far behind the line, with $t =
1$ and a score of 3, changes the weights as much as one with a score of −1, on the wrong side. Its line separates these
blobs at the end, and yet it made a mistake as late as epoch 96.

![Mistakes in each epoch. On the blobs the perceptron makes its last one in epoch 2. On XOR mistakes never end: around 100
of 200 points, as many as by guessing; the hinge, which has found a line that cuts off one corner, makes around
60.](mistakes.svg)
*/
