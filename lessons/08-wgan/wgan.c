/*
# Lesson 8: A distance that teaches

In lesson 6 the losses stood still while the samples got better, and in the collapse they looked as they do in success.
To see how good a generator was we had to count modes, or to solve an assignment problem. **Can the loss itself be a
distance?** One that is large when the samples are far from the data, becomes smaller as they come nearer, and has a
slope everywhere on the way?

The game of lesson 6 is about a distance, too: against the best discriminator the generator minimises the Jensen-Shannon
divergence. This lesson shows what is wrong with that one, takes the earth mover's distance in its place, and asks how a
network can compute it (Arjovsky, Chintala and Bottou 2017).

**What you will do here.** Carry crowds of points along a line and find that the best way is to keep their order. See
two lines for which the old distance is blind and the new one sees. Prove that *every* function which is not too steep
gives a lower bound of the earth mover's distance, so that one may search for the best bound by gradient ascent: that is
the critic. Keep it from being steep by the crudest of means. Then measure, in the plane, whether its estimate follows
the true distance, what the means costs, and what happens if one uses Adam.

    make lesson-8
    make lesson-8 ARGS="--part plane --clip 0.02" RUN=tight
    make compare RUNS="08-wgan/default 08-wgan/tight" COLS="estimate emd"
*/

#include "die.h"
#include "emd.h"
#include "file.h"
#include "loss.h"
#include "summary.h"
#include "wgan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
## Earth

Here are $n$ heaps of earth of the same size, at $x_1, \dots, x_n$, and there are $n$ holes, at $y_1, \dots, y_n$. Each
heap goes into one hole, and to carry a heap over a distance $d$ costs $d$. Which heap goes where? A plan is an order
$\pi$ of the holes, and the *earth mover's distance* is what the cheapest plan costs, per heap:

$$ W(x, y) = \min_\pi \frac1n \sum_i \lVert x_i - y_{\pi(i)} \rVert. $$

(The letter is for Wasserstein, by whose name it is called, too. [The chapter on it](emd.html) finds the best plan in
any dimension.) Should heaps be split, so that halves go to different holes? It never pays: it would mix plans, and a
mixture is no cheaper than the cheapest plan in it.

**On a line it is easy.** Suppose that two heaps cross each other on their way: $x_1 < x_2$, but $x_1$ goes to the right
hole and $x_2$ to the left one. Exchange their holes. On the stretch that both have walked, in opposite directions, now
nobody walks; nowhere has anybody to walk more. So a plan in which some cross can be made cheaper or no dearer, until
none cross, and then the smallest goes to the smallest, the second to the second, and so on. Sort both, and subtract:
*/

static int by_size(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

// The earth mover's distance of two crowds on a line, x and y (n). Puts both in order.
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
**The same, seen from the ground.** Stand at a point $t$ of the line. How much earth passes? To your left lies a share
$F(t)$ of all heaps, and a share $H(t)$ of all holes. What is too much has to pass you, and in the best plan no more
does: $|F(t) - H(t)|$. Add up over all $t$:

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
## What the old distance does not see

Let the real points lie on a straight line of length 1 in the plane, at $x = 0$, and the made ones on a parallel line at
$x = \theta$. A generator with a single parameter $\theta$ has made them. Is there a slope that leads it to 0?

- **Jensen-Shannon.** For $\theta \ne 0$ the lines have no point in common: a discriminator can be certain of all
  points, and the divergence is $\log 2$. For $\theta = 0$ it is 0. Its slope is 0 wherever it has one. (The
  Kullback-Leibler divergence of the one from the other is even infinite.)
- **Earth mover's.** Each point goes straight across: $W = |\theta|$. Its slope is 1 or $-1$.

![Two parallel lines at distance θ: the Jensen-Shannon divergence, and the earth mover's distance. Dashed: what a discriminator finds of the divergence if its logit may rise by at most 10, or 2, a unit of length.](lines.svg)

Is that far-fetched? Data are like that. A ReLU network that starts from two random numbers makes a crumpled sheet, in
the space of 784 pixels it is thin as a line, and so are the pictures of clothes among all pictures. Two thin things
hardly ever meet (Arjovsky and Bottou 2017).

The dashed curves have a hint. A discriminator whose logit may not rise by more than $k$ a unit of length can only reach
$\log 2 - \log(1 + e^{-k |\theta| / 2})$, and that *has* a slope, far from 0 all the more the smaller $k$ is. It was not
the sigmoid that made the gradient vanish. It was the freedom to be as steep as one likes.
*/

// Lesson 6's formula, from the best discriminator: (V + log 4) / 2. Both densities are 1 on their
// own line, and on the other one too if the lines are the same.
static double divergence_of_lines(bool same) {
    double other = same ? 1.0 : 0.0;
    double D_real = 1.0 / (1.0 + other), D_made = other / (1.0 + other);
    return (log(D_real) + log(1.0 - D_made) + log(4.0)) / 2.0;
}

// Two parallel lines, x = 0 and x = theta, of length 1.
static void parallel_lines(Run *run, Rng rng) {
    enum { N = 256, SHIFTS = 41 };
    float real[2 * N], made[2 * N];
    OutFile *file = file_create(run_path(run, "lines.csv"));
    fprintf(file_stream(file), "theta,emd,jsd,slope_10,slope_2\n");
    double off = 0.0;
    for (int k = 0; k < SHIFTS; k++) {
        float theta = 2.0f * (float)k / (SHIFTS - 1) - 1.0f;
        for (int i = 0; i < N; i++) {
            real[2 * i] = 0.0f;
            made[2 * i] = theta;
            real[2 * i + 1] = made[2 * i + 1] = rng_uniform(&rng);
        }
        double distance = emd(NULL, real, made, N, 2);
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

To train a generator we need $W$ of two crowds that change with every step, and its gradient. To search all plans each
time will not do. Here is the idea that this lesson is about. Give each point of the space a *score* $f$, such that
nowhere it is steep:

$$ |f(x) - f(y)| \le \lVert x - y \rVert \quad \text{for all } x, y. $$

Such an $f$ is called *1-Lipschitz*. How much higher do real points score than made ones? Take any plan $\pi$:

$$ \frac1n \sum_i f(x_i) - \frac1n \sum_i f(y_i) = \frac1n \sum_i \big( f(x_i) - f(y_{\pi(i)}) \big) \le \frac1n \sum_i \lVert x_i - y_{\pi(i)} \rVert. $$

The first step only puts the second sum in another order. So the difference of the mean scores is at most what *any*
plan costs, the best one included:

$$ \frac1n \sum_i f(x_i) - \frac1n \sum_i f(y_i) \;\le\; W. $$

**Every score that is not steep is a lower bound.** And the best score reaches $W$; that is the theorem of Kantorovich
and Rubinstein (1958). The proof for any space takes linear programming, but on the line one can write the best score
down. Earth passes $t$ to the right where $F(t) > H(t)$, that is where more heaps than holes lie to the left. Let $f$
fall there with slope $-1$, and rise with slope 1 where it passes to the left. Then each heap that is carried to the
right loses in height exactly what it is carried, nothing is lost in the inequality, and the difference of the means is
$\int |F - H|\, dt = W$.
*/

// The mean of the best f over x, less that over y; both in order.
static double best_score_difference(const float *x, const float *y, int n) {
    double f = 0.0, real = 0.0, made = 0.0;
    float at = fminf(x[0], y[0]);
    for (int i = 0, j = 0; i < n || j < n;) {
        float next = j == n || (i < n && x[i] < y[j]) ? x[i] : y[j];
        f += (i < j ? 1.0 : i > j ? -1.0 : 0.0) * (double)(next - at);
        at = next;
        for (; i < n && x[i] == next; i++) {
            real += f / n;
        }
        for (; j < n && y[j] == next; j++) {
            made += f / n;
        }
    }
    return real - made;
}

/*
All four ways on 500 points from $N(0, 1)$ and 500 that are uniform between $-1$ and 3: in order, the area, the
assignment, the best score.
*/

static void line(Run *run, Rng rng) {
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
They agree: 1.140749.

## The critic

So look for the best score by gradient ascent, among the functions that a network can be. The network is called
*critic*, and not discriminator: it has no opinion on what is real. It has the same shape, and a score $s = D(x)$ of any
size in the place of a logit. Its loss is the difference of the means, and it makes that large; in [losses](loss.html)
it is `wasserstein`, with the sign turned round, so that small is good:

$$ L_D = \mathrm{E}_z\left[ D(G(z)) \right] - \mathrm{E}_x\left[ D(x) \right], \qquad L_G = -\mathrm{E}_z\left[ D(G(z)) \right]. $$

No logarithm, no sigmoid. The slope at a real example's score is $-1/n$, at a made one's $+1/n$, however sure the critic
is. The generator minimises its own half: its samples shall score higher. And $-L_D$ is the critic's *estimate* of the
distance.

**Why is a loss negative?** Because $L_D = -\text{estimate}$, and a distance is positive. $L_G$ can have either sign,
and means nothing: a constant that is added to all scores changes it, and nothing else.

## To keep it from being steep

Without a bound the critic doubles all its scores and has doubled its estimate, for nothing. What bounds the slope of a
network? One layer's is bounded by its matrix: $\lVert W v \rVert \le \lVert W \rVert_F \lVert v \rVert$, where $\lVert
W \rVert_F$ is the root of the sum of all squares. A leaky ReLU's is at most 1. So

$$ \text{slope of } D \le \lVert W_1 \rVert_F \, \lVert W_2 \rVert_F \cdots \lVert W_L \rVert_F, $$

and if no weight is larger than $c$, each factor is at most $c$ times the root of the number of weights. After each
step, therefore, cut all weights to $[-c, c]$. With $c = 0.1$ and the layers 2-64-64-1 of the ring the bound is $1.13
\cdot 6.4 \cdot 0.8 = 5.8$.

It is 5.8 and not 1. That does no harm: among functions of slope at most $K$ the best difference is $K\,W$, and a factor
that stays the same bends no curve. But we do not know $K$, the true slope is far below the bound, and *which* functions
lie within reach of a network with weights in a box is not known, either. The authors themselves write that weight
clipping is a clearly terrible way to enforce the constraint. So we shall not ask whether the estimate *is* the
distance, only whether it rises and falls with it: for the [rank correlation](correlation.html).

**How many steps?** The bound is good only if the critic is near its best. In lesson 6 more steps of the discriminator
did harm. Here the gradient is the better the nearer the critic is to its best, so there is no reason to hold it back:
five steps of the critic (`--d-steps`), one of the generator.

**RMSprop**, because the authors saw Adam fail: the critic's loss is not stationary, and momentum remembers gradients
that hold no more. We shall try that.
*/

void critic_step(Duel *d, CriticTally *tally, float clip, const float *real, const float *z,
                 int n) {
    const float *fake = net_forward(d->G, z, n, TRAIN);
    net_zero_grad(d->D);

    float loss_real = wasserstein(d->ds, net_forward(d->D, real, n, TRAIN), 1.0f, n);
    net_backward(d->D, d->ds, WANT_PARAMS);
    float loss_fake = wasserstein(d->ds, net_forward(d->D, fake, n, TRAIN), -1.0f, n);
    net_backward(d->D, d->ds, WANT_PARAMS);

    duel_step_D(d);
    clip_weights(d->D->params, d->D->n_params, clip);
    critic_tally_d(tally, -loss_real, loss_fake, loss_real + loss_fake, d->D);
}

/*
The generator's step is lesson 6's, with the other loss. Again nothing of the critic is touched: `WANT_INPUT`.
*/

void generator_step(Duel *d, CriticTally *tally, const float *z, int n) {
    const float *fake = net_forward(d->G, z, n, TRAIN);
    float loss = wasserstein(d->ds, net_forward(d->D, fake, n, TRAIN), 1.0f, n);
    const float *dfake = net_backward(d->D, d->ds, WANT_INPUT);
    net_zero_grad(d->G);
    net_backward(d->G, dfake, WANT_PARAMS);
    duel_step_G(d);
    critic_tally_g(tally, loss, d->G);
}

/*
## The program

Two acts, in two files that follow: the ring, with six games side by side, and pictures.
*/

static void print_summaries(const Settings *s) {
    Duel *duels[] = { plane_duel(s, &s->rules), picture_duel(s, 1) };
    static const char *const names[2][2] = { { "plane: generator", "plane: critic" },
                                             { "pictures: generator", "pictures: critic" } };
    for (int i = 0; i < 2; i++) {
        printf("%s", i > 0 ? "\n" : "");
        summary_print(stdout, names[i][0], duels[i]->G);
        printf("\n");
        summary_print(stdout, names[i][1], duels[i]->D);
        duel_free(duels[i]);
    }
}

static void all_acts(Run *run, const Settings *s, const Option *options, const Dataset *test) {
    if (s->part != PLANE_PART) {
        dataset_check(s->run.data, TRAIN_SET, SIDE, SIDE, 2);
    }
    State *state = state_open(run, options);
    line(run, rng_create((uint64_t)s->run.seed, RNG_DATA));
    parallel_lines(run, rng_create((uint64_t)s->run.seed, RNG_DATA));
    if (s->part != PICTURES_PART) {
        ring(run, state, s);
    }
    if (s->part != PLANE_PART) {
        pictures(run, state, s, test);
        if (!run_stopped(run)) {
            picture_generator(run, s, run_path(run, "model.safetensors"), test);
        }
    }
    state_close(state);
}

int main(int argc, char **argv) {
    Settings s = {
        .run = RUN_DEFAULTS("08-wgan"),
        .rules = { .critic = true, .lr = 0.0005f, .beta1 = 0.5f, .clip = 0.1f, .d_steps = 5 },
        .method = USE_RMSPROP,
        .steps = 6000,
        .batch = 128,
        .width = 64,
        .depth = 2,
        .epochs = 5,
        .picture_batch = 64,
        .images = 60000,
        .picture_lr = 0.00005f,
        .picture_clip = 0.01f
    };
    Rules *r = &s.rules;
    const Option options[] = {
        option_choice("part", &s.part, PART_CHOICES, "which part to run"),
        option_choice("cloud", &s.cloud, CLOUD_CHOICES, "points to learn"),
        option_int("steps", &s.steps, 1, 1000000, "of the generator, in the plane"),
        option_int("batch", &s.batch, 1, 10000, "points a step"),
        option_int("width", &s.width, 1, 4096, "units of a hidden layer, in the plane"),
        option_int("depth", &s.depth, 1, PLANE_DEPTH, "hidden layers, in the plane"),
        option_choice("optimizer", &s.method, METHOD_CHOICES, "in the plane"),
        option_float("lr", &r->lr, 0, 1000, "learning rate in the plane, falls to 0"),
        option_float("beta1", &r->beta1, 0, 0.999, "Adam's memory of the gradient"),
        option_float("clip", &r->clip, 0.000001, 1000, "bound of the critic's weights"),
        option_int("d-steps", &r->d_steps, 1, 1000, "of the critic for one of the generator"),
        option_int("epochs", &s.epochs, 1, 1000, "passes of the critic over the pictures"),
        option_int("picture-batch", &s.picture_batch, 2, 4096, "pictures a step"),
        option_int("images", &s.images, 2, 1000000, "training pictures to use"),
        option_float("picture-lr", &s.picture_lr, 0, 1000, "learning rate with pictures"),
        option_float("picture-clip", &s.picture_clip, 0.000001, 1000, "bound with pictures"),
        option_int("generate", &s.generate, 0, 1000000, "pictures to write at the end"),
        option_flag("summary", &s.summary, "print the nets' layers, and do nothing else"),
        LOAD_OPTION(s.run, "judge this generator instead of training one"),
        RESUME_OPTION(s.run),
        RUN_OPTIONS(s.run),
        OPTION_END,
    };
    cli_parse(options, argc, argv, "Lesson 8: Wasserstein GAN.");
    r->optimizer = s.method == USE_ADAM ? ADAM : s.method == USE_SGD ? SGD : RMSPROP;
    if (s.summary) {
        print_summaries(&s);
        return EXIT_SUCCESS;
    }
    Run *run = run_open(&s.run, options);
    Dataset *test = dataset_load(s.run.data, TEST_SET);
    dataset_expect(test, s.run.data, SIDE, SIDE, JUDGE_FEATURES + 1);
    if (s.run.load) {
        picture_generator(run, &s, s.run.load, test);
    } else {
        all_acts(run, &s, options, test);
    }
    dataset_free(test);
    return run_close(run);
}
