/*
# Lesson 8: A distance that teaches

**Can a GAN's loss be a distance?** In lesson 6 the losses stood still while the samples got better, and in a collapse they looked
as they do in success. To see how good a generator was one had to count modes, or solve an assignment problem. A loss that is a
distance would be large while the samples are far from the data, fall as they come nearer, and have a gradient all the way.

![Two piles on a line, generated and real points. A score that rises by 1 per unit of length from the one to the other has the largest difference of mean scores, which is the earth mover's distance; a flatter score has a smaller one.](diagrams/critic.svg)

The game of lesson 6 is about a distance, too: in its minimax form, and against the best discriminator, the generator minimises the
Jensen-Shannon divergence. This lesson shows where that one has no gradient, takes the *earth mover's distance* in its place, and
asks how a network can compute it (Arjovsky, Chintala and Bottou 2017). Such a network is called a *critic*; it gives each point
a score.

The lesson

1. computes the earth mover's distance on a line, where sorting is enough;
2. compares it with the Jensen-Shannon divergence on two parallel lines;
3. proves that every score that nowhere rises too fast gives a lower bound of it, so that the best bound can be found by gradient
   ascent;
4. trains a critic on the ring and measures whether its estimate follows the true distance, what clipping its weights costs,
   and what other settings do;
5. does the same with pictures.

Run it, with the options as they are and with another one, and compare:

    make lesson-8
    make lesson-8 ARGS="--part plane --clip 0.02" RUN=tight
    make compare RUNS="08-wgan/default 08-wgan/tight" COLS="estimate emd"
*/

#include "acts.h"
#include "base/die.h"
#include "base/file.h"
#include "gan/critic.h"
#include "measure/emd.h"
#include "nn/loss.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
## Earth

Let there be $n$ generated points $y_1, \dots, y_n$ and $n$ real ones $x_1, \dots, x_n$. Picture a heap of earth at each
generated point and a hole of the same size at each real one. Each heap goes into one hole, and to carry it over a distance $d$
costs $d$. A *plan* $\pi$ says for each real point $x_i$ from which $y_{\pi(i)}$ its earth comes. The *earth mover's distance*
(EMD) is what the cheapest plan costs, per heap:

$$ W(x, y) = \min_\pi \frac1n \sum_i \lVert x_i - y_{\pi(i)} \rVert. $$

(The letter stands for Wasserstein, after whom it is also named. [The chapter on it](emd.html) finds the best plan in any
dimension.) Splitting a heap between two holes never pays: a plan that splits is a mixture of plans that do not, and a mixture
costs at least as much as the cheapest plan in it.

![Six units of earth on a line and six holes on the same line, drawn below it. The first unit goes to the first hole, the second to the second, and so on; no two arrows cross.](diagrams/transport.svg)

**On a line sorting is enough.** Suppose that two arrows of a plan cross: the left heap goes to the right hole and the right heap
to the left one. Exchange their holes. No stretch of the line is walked more often than before, and a stretch that was walked in
both directions is not walked at all any more. So a plan with crossings can be made cheaper, or at least no dearer, until there are
none; and then the smallest $y$ goes to the smallest $x$, the second to the second, and so on. Sort both, and subtract:
*/

static int by_size(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

// The earth mover's distance of two sets of points on a line, x and y (n). Puts both in order.
static double emd_on_a_line(float *x, float *y, int n) {
    qsort(x, (size_t)n, sizeof *x, by_size);
    qsort(y, (size_t)n, sizeof *y, by_size);
    double sum = 0.0;
    for (int i = 0; i < n; i++) {
        sum += fabs((double)x[i] - y[i]);
    }
    return sum / n;
}

/*
**The same, counted place by place.** Take a place $t$ of the line. To its left lies a share $F(t)$ of all real points (holes) and a
share $H(t)$ of all generated ones (earth). The difference has to pass $t$, and in the best plan no more does: $|F(t) - H(t)|$.
Added up over all $t$,

$$ W = \int |F(t) - H(t)|\, dt, $$

the area between two staircases.
*/

// The same as the area between both shares. x and y in order.
static double area_between(const float *x, const float *y, int n) {
    double area = 0.0;
    float at = fminf(x[0], y[0]);
    for (int i = 0, j = 0; i < n || j < n;) {
        float next = j == n || (i < n && x[i] < y[j]) ? x[i] : y[j];
        area += (double)abs(i - j) / n * (double)(next - at);
        at = next;
        i += i < n && x[i] == next;
        j += j < n && y[j] == next;
    }
    return area;
}

/*
## Where the Jensen-Shannon divergence has no gradient

Let the real points lie on a straight line of length 1 in the plane, at $x = 0$, and the generated ones on a parallel line at
$x = \theta$. The generator has this one parameter $\theta$. Which distance has a gradient that leads it to 0?

![Two parallel lines at distance 0, 0.5, 1 and any θ. The Jensen-Shannon divergence is 0 at θ = 0 and 0.69 at every other; the earth mover's distance is θ.](diagrams/lines.svg)

- **Jensen-Shannon divergence.** For $\theta \ne 0$ the lines have no point in common: a discriminator can be certain of all
  points, and the divergence is $\log 2 = 0.69$. For $\theta = 0$ it is 0. Its derivative is 0 wherever there is one. (The
  Kullback-Leibler divergence of the one from the other is infinite.)
- **Earth mover's distance.** Each point goes straight across: $W = |\theta|$. Its derivative is 1 or $-1$.

![The earth mover's distance falls in a straight line to 0 as θ goes to 0; the Jensen-Shannon divergence stays at 0.69 and drops to 0 at θ = 0 alone. Dashed: what a discriminator finds of the divergence if its logit may rise by at most 10, or 2, per unit of length.](lines.svg)

Data are like these lines. A ReLU network that starts from two random numbers makes a crumpled sheet; in the space of 784 pixels
such a sheet has no volume, and neither have the pictures of clothes among all pictures. Two sets without volume have
hardly any points in common (Arjovsky and Bottou 2017).

The dashed curves show what helps. Let the logit rise by at most $k$ per unit of length. Then the logits on the two lines differ
by at most $k |\theta|$. The best a discriminator can do is $k |\theta| / 2$ on the real line and $-k |\theta| / 2$ on the
other, which gives lesson 6's $V$ the value $-2 \log(1 + e^{-k |\theta| / 2})$. In place of the divergence it finds
$(V + \log 4) / 2$, that is $\log 2 - \log(1 + e^{-k |\theta| / 2})$. The derivative of that with respect to $|\theta|$,

$$ \frac{k}{2} \cdot \frac{1}{1 + e^{k |\theta| / 2}}, $$

is not 0. For which $k$ is it largest? With $u = k |\theta| / 2$ it is $u / (1 + e^u)$ divided by $|\theta|$, which has its maximum at
$u = 1.28$, that is at $k = 2.56 / |\theta|$. A discriminator that may be steeper than that has a gradient that dies out
exponentially; one that is flatter has a gradient that shrinks with $k$. So for far-off samples ($|\theta| = 1$) the bound 2
is about right, and for near ones a larger bound. What made the gradient vanish was not the sigmoid: it was a
discriminator that may be as steep as it likes.
*/

// Lesson 6's formula, from the best discriminator: (V + log 4) / 2. Both densities are 1 on their
// own line, and on the other one too if the lines are the same.
static double divergence_of_lines(bool same) {
    double other = same ? 1.0 : 0.0;
    double D_real = 1.0 / (1.0 + other), D_fake = other / (1.0 + other);
    return (log(D_real) + log(1.0 - D_fake) + log(4.0)) / 2.0;
}

// Two parallel lines, x = 0 and x = theta, of length 1.
void parallel_lines(Run *run, Rng rng) {
    enum { N = 256, SHIFTS = 41 };
    float real[2 * N], fake[2 * N];
    OutFile *file = file_create(run_path(run, "lines.csv"));
    fprintf(file_stream(file), "theta,emd,jsd,slope_10,slope_2\n");
    double off = 0.0;
    for (int k = 0; k < SHIFTS; k++) {
        float theta = 2.0f * (float)k / (SHIFTS - 1) - 1.0f;
        for (int i = 0; i < N; i++) {
            real[2 * i] = 0.0f;
            fake[2 * i] = theta;
            real[2 * i + 1] = fake[2 * i + 1] = rng_uniform(&rng);
        }
        double distance = emd(NULL, real, fake, N, 2);
        off = fmax(off, fabs(distance - fabs((double)theta)));
        fprintf(file_stream(file), "%.4g,%.6g,%.6g", (double)theta, distance,
                divergence_of_lines(theta == 0.0f));
        for (int steep = 0; steep < 2; steep++) {
            double slope = steep ? 2.0 : 10.0, s = slope * fabs((double)theta) / 2.0;
            fprintf(file_stream(file), ",%.6g", log(2.0) - log1p(exp(-s)));
        }
        fprintf(file_stream(file), "\n");
    }
    file_commit(file);
    run_say(run, "Two parallel lines: EMD off |theta| by at most %.2g", off);
    run_summary(run, "lines_off", off);
}

/*
## From plans to scores

To train a generator one needs $W$ between two sets of points that change at every step, and its gradient. Searching all plans each
time takes too long. Here is the idea of this lesson. Give each point $x$ of the space a *score* $f(x)$, a number that nowhere rises
faster than the distance:

$$ |f(x) - f(y)| \le \lVert x - y \rVert \quad \text{for all } x, y. $$

Such a function is called *1-Lipschitz*. How much higher do real points score than generated ones, in the mean? Take any plan
$\pi$:

$$ \frac1n \sum_i f(x_i) - \frac1n \sum_i f(y_i) = \frac1n \sum_i \big( f(x_i) - f(y_{\pi(i)}) \big) \le \frac1n \sum_i \lVert x_i - y_{\pi(i)} \rVert. $$

The equality only puts the second sum in another order. So the difference of the mean scores is at most what *any* plan costs,
the best one included:

$$ \frac1n \sum_i f(x_i) - \frac1n \sum_i f(y_i) \;\le\; W. $$

**Every 1-Lipschitz score gives a lower bound of $W$.** The best score reaches $W$: that is the theorem of Kantorovich and
Rubinstein (1958). Its proof for any space takes linear programming, but on a line the best score can be written down. Earth
passes $t$ to the right where $H(t) > F(t)$, that is, where more earth than holes lies to the left of $t$. Let $f$ rise there with
slope 1, and fall with slope $-1$ where earth passes to the left. Then the score rises along each heap's way by exactly the length of the way,
the inequality is an equality, and the difference of the means is $\int |F - H|\, dt = W$.
*/

// The mean of the best f over x, less that over y; both in order.
static double best_score_difference(const float *x, const float *y, int n) {
    double f = 0.0, real = 0.0, fake = 0.0;
    float at = fminf(x[0], y[0]);
    for (int i = 0, j = 0; i < n || j < n;) {
        float next = j == n || (i < n && x[i] < y[j]) ? x[i] : y[j];
        f += (i < j ? 1.0 : i > j ? -1.0 : 0.0) * (double)(next - at);
        at = next;
        for (; i < n && x[i] == next; i++) {
            real += f / n;
        }
        for (; j < n && y[j] == next; j++) {
            fake += f / n;
        }
    }
    return real - fake;
}

/*
All four ways on 500 points from $N(0, 1)$ and 500 that are uniform between $-1$ and 3: in order, the area, the
assignment, the best score.
*/

void line(Run *run, Rng rng) {
    enum { N = 500 };
    float x[N], y[N], in_plane[2][2 * N];
    rng_fill_normal(&rng, x, N, 0.0f, 1.0f);
    rng_fill_uniform(&rng, y, N, -1.0f, 3.0f);
    for (int i = 0; i < N; i++) {
        in_plane[0][2 * i] = x[i];
        in_plane[1][2 * i] = y[i];
        in_plane[0][2 * i + 1] = in_plane[1][2 * i + 1] = 0.0f;
    }
    double assigned = emd(NULL, in_plane[0], in_plane[1], N, 2), sorted = emd_on_a_line(x, y, N);
    double area = area_between(x, y, N), critic = best_score_difference(x, y, N);
    run_say(run, "On a line, 500 points each: in order %.6f, area %.6f,", sorted, area);
    run_say(run, "  best assignment %.6f, best critic %.6f", assigned, critic);
    run_summary(run, "line_off",
                fmax(fabs(sorted - area), fmax(fabs(sorted - assigned), fabs(sorted - critic))));
}

/*
All four are 1.140749.

## The critic

So one looks for the best score by gradient ascent, among the functions that a network can be. The network is called a
*critic*: it does not judge whether a point is real, it gives a score. It has the form of a discriminator, with a score $s = D(x)$ of any
size in the place of a logit. The difference of the mean scores is its *estimate* of the distance, and its loss is the estimate with
the other sign, so that small is good ([losses](loss.html) has it as `wasserstein`). The generator wants its samples to score higher:

$$ L_D = \mathrm{E}_z\left[ D(G(z)) \right] - \mathrm{E}_x\left[ D(x) \right], \qquad L_G = -\mathrm{E}_z\left[ D(G(z)) \right]. $$

There is no logarithm and no sigmoid. The gradient at the score of a real example is $-1/n$, at a generated one's $+1/n$,
however large the scores are.

**Why is a loss negative?** Because $L_D = -\text{estimate}$, and the estimate of a trained critic is positive. $L_G$ can have
either sign. Its value has no meaning by itself: a constant added to all scores changes it and changes nothing else, and
nothing in the game holds that constant fast. It need not be useless for that: how well it goes along with the distance is
measured below.

## Clipping: a bound for the slope

Without a bound the critic doubles all its scores and has doubled its estimate, for nothing. What bounds the slope of a
network? One layer's is bounded by its matrix: $\lVert W v \rVert \le \lVert W \rVert_F \lVert v \rVert$, where $\lVert
W \rVert_F$ is the root of the sum of all squares. A leaky ReLU's slope is at most 1. So

$$ \text{slope of } D \le \lVert W_1 \rVert_F \, \lVert W_2 \rVert_F \cdots \lVert W_L \rVert_F, $$

and if no weight is larger than $c$, each factor is at most $c$ times the root of the number of weights. So after each
step all weights are cut to $[-c, c]$: *clipping*. With $c = 0.1$ and the layers 2-64-64-1 of the ring the bound is $1.13
\cdot 6.4 \cdot 0.8 = 5.8$.

It is 5.8 and not 1. That alone would do no harm: among functions of slope at most $K$ the best difference is $K\,W$, and a
constant factor leaves the shape of a curve as it is. But $K$ is not known, the true slope is far below the bound, and *which*
functions a network can be whose weights lie in a box is not known either. The paper's authors call weight clipping a
clearly terrible way to enforce the constraint. So the question below is not whether the estimate *is* the distance, only whether
it rises and falls with it. That is measured by a [rank correlation](spearman.html), a number from $-1$ to 1.

**How many steps?** The bound is good only if the critic is near its best. In lesson 6 more steps of the discriminator
did harm. Here the gradient is better the nearer the critic is to its best, so there is no reason to hold it back:
five steps of the critic (`--d-steps`) for one of the generator.

**Which optimizer?** The authors take RMSprop, because they saw Adam with momentum fail: the critic's loss changes as the generator
moves, and momentum remembers gradients that no longer hold. The lesson tries that.
*/

void critic_step(GanPair *d, GanTally *tally, float clip, const float *real, const float *z,
                 int n) {
    const float *fake = net_forward(d->G, z, n, TRAIN);
    net_zero_grad(d->D);

    float loss_real = wasserstein(d->D->dy, net_forward(d->D, real, n, TRAIN), 1.0f, n);
    net_backward(d->D, d->D->dy, WANT_PARAMS);
    float loss_fake = wasserstein(d->D->dy, net_forward(d->D, fake, n, TRAIN), -1.0f, n);
    net_backward(d->D, d->D->dy, WANT_PARAMS);

    gan_pair_step_D(d);
    clip_weights(d->D->params, d->D->n_params, clip);
    critic_tally_d(tally, -loss_real, loss_fake, loss_real + loss_fake, d->D);
}

/*
The generator's step is lesson 6's, with the other loss. Lesson 9 takes the same one, so it stands in the chapter on
[critics](critic.html).
*/
