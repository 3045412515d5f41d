/*
## Three landscapes

In two dimensions one can watch. Each landscape below is a caricature of something that a network's loss really has.

- **The ravine**, $\frac12 x^2 + 10 y^2$: twenty times steeper across than along. SGD's rate is bounded by the steep
  direction ($\eta < 2/20$, or it diverges), and the flat one has to live with it.
- **Rosenbrock's valley**, $(1 - x)^2 + 100\,(y - x^2)^2$: a ravine with a bend. Memory of a direction helps until the
  direction changes.
- **The saddle**, $\frac12 x^2 - \frac12 y^2 + \frac14 y^4$: two minima at $y = \pm 1$, and we start almost exactly on
  the ridge between them, at $y = 0.001$, where the slope along $y$ is a thousandth, and along $x$ it is 1.5.

There is no noise here: the gradient is exact. The methods differ only in what they do with it.
*/

#include "file.h"
#include "optimizer.h"
#include "optimizers.h"

#include <math.h>
#include <stdio.h>

/*
Each landscape is a function with its gradient, a place to start from and a number of steps.
*/

typedef struct {
    const char *name;
    double (*height)(const float p[2]);
    void (*slope)(float g[2], const float p[2]);
    float start[2];
    int steps;
    float low[2], high[2]; // the corners of the map
} Landscape;

static double ravine(const float p[2]) {
    return 0.5 * p[0] * p[0] + 10.0 * p[1] * p[1];
}

static void ravine_slope(float g[2], const float p[2]) {
    g[0] = p[0];
    g[1] = 20.0f * p[1];
}

static double rosenbrock(const float p[2]) {
    double a = 1.0 - p[0], b = p[1] - p[0] * p[0];
    return a * a + 100.0 * b * b;
}

static void rosenbrock_slope(float g[2], const float p[2]) {
    float b = p[1] - p[0] * p[0];
    g[0] = -2.0f * (1.0f - p[0]) - 400.0f * p[0] * b;
    g[1] = 200.0f * b;
}

static double saddle(const float p[2]) {
    double y2 = (double)p[1] * p[1];
    return 0.5 * p[0] * p[0] - 0.5 * y2 + 0.25 * y2 * y2;
}

static void saddle_slope(float g[2], const float p[2]) {
    g[0] = p[0];
    g[1] = -p[1] + p[1] * p[1] * p[1];
}

static const Landscape table[] = {
    { "ravine", ravine, ravine_slope, { -4.0f, 1.0f }, 60, { -4.5f, -1.2f }, { 1.5f, 1.2f } },
    { "rosenbrock",
      rosenbrock,
      rosenbrock_slope,
      { -1.2f, 1.0f },
      400,
      { -1.6f, -0.4f },
      { 1.6f, 1.4f } },
    { "saddle", saddle, saddle_slope, { -1.5f, 0.001f }, 60, { -1.6f, -1.3f }, { 1.6f, 1.3f } },
};
enum { LANDSCAPES = 3, RATES = 31, MOST_STEPS = 400 };
static const OptimizerKind METHODS = ADAMW; // all before AdamW, which is Adam here

/*
No method is judged at a rate that suits another. For each, thirty-one rates from 0.0001 to 10 are tried, and of the
paths that never leave the map the one with the lowest average height is drawn: that rewards arriving early.
*/

static double walk(float path[][2], const Landscape *land, OptimizerKind kind, float lr) {
    Optimizer *optimizer = optimizer_create(optimizer_defaults(kind, lr), 2);
    float p[2] = { land->start[0], land->start[1] };
    double sum = 0.0;
    for (int step = 0; step <= land->steps; step++) {
        path[step][0] = p[0];
        path[step][1] = p[1];
        sum += land->height(p);
        for (int c = 0; c < 2; c++) {
            sum = p[c] < land->low[c] || p[c] > land->high[c] ? INFINITY : sum;
        }
        float g[2];
        land->slope(g, p);
        optimizer_step(optimizer, p, g);
    }
    optimizer_free(optimizer);
    return isfinite(sum) ? sum / (land->steps + 1) : INFINITY;
}

static float best_rate(const Landscape *land, OptimizerKind kind) {
    float path[MOST_STEPS + 1][2], best = 0.0f;
    double lowest = INFINITY;
    for (int i = 0; i < RATES; i++) {
        float lr = powf(10.0f, -4.0f + 5.0f * (float)i / (RATES - 1));
        double mean = walk(path, land, kind, lr);
        if (mean < lowest) {
            lowest = mean;
            best = lr;
        }
    }
    return best;
}

void landscapes(Run *run) {
    for (int l = 0; l < LANDSCAPES; l++) {
        const Landscape *land = &table[l];
        float paths[OPTIMIZER_KINDS][MOST_STEPS + 1][2];
        run_say(run, "%s: each method's best rate, and how high it stands after %d steps",
                land->name, land->steps);
        OutFile *file = file_create(run_path(run, "path-%s.csv", land->name));
        fprintf(file_stream(file), "step");
        for (OptimizerKind k = 0; k < METHODS; k++) {
            float lr = best_rate(land, k);
            walk(paths[k], land, k, lr);
            fprintf(file_stream(file), ",%s_x,%s_y", optimizer_name(k), optimizer_name(k));
            run_say(run, "  %-10s rate %-8.3g height %.2g", optimizer_name(k), (double)lr,
                    land->height(paths[k][land->steps]));
        }
        for (int step = 0; step <= land->steps; step++) {
            fprintf(file_stream(file), "\n%d", step);
            for (OptimizerKind k = 0; k < METHODS; k++) {
                fprintf(file_stream(file), ",%.5g,%.5g", paths[k][step][0], paths[k][step][1]);
            }
        }
        fprintf(file_stream(file), "\n");
        file_commit(file);
    }
}

/*
![Six methods on three landscapes, a dot for each step. Upper row: SGD, momentum, Nesterov. Lower row: AdaGrad,
RMSprop, Adam. Grey lines are contours. Left, the ravine, with the goal at (0, 0); middle, Rosenbrock's valley, with
the goal at (1, 1); right, the saddle. AdaGrad's paths lie hidden under RMSprop's.](paths.svg)

**The ravine.** SGD zigzags to the bottom within a few steps and then crawls along it. Momentum gets up speed, and
overshoots in both directions; Nesterov, which brakes one step earlier, swings once and then goes straight. AdaGrad
and RMSprop divide each coordinate's slope by its own size and so do not see a ravine at all: they reach heights of
$10^{-16}$ and less in 60 steps. That is too good to be true: the axes of this ravine are the axes of the coordinates.
Turn it by 45 degrees (exercise 2). Why are their two paths nearly the same? RMSprop, which remembers 100 steps, has
little to forget in 60: at a rate of 0.147 it walks like AdaGrad at 1.47.

**The valley.** After 400 steps momentum and Nesterov stand at heights of 0.0005 and 0.0007, Adam at 0.001, SGD at
0.09, RMSprop at 0.2. AdaGrad is still at 1.7: it spent its large steps early, on the first slope.

**The saddle.** All escape within 60 steps, but the lower row sets out *at once*: dividing by its own size turns the
tiny slope along $y$ into a full step. The upper row first runs to the saddle point, where $y$ grows slowly, by a
factor at each step: SGD's doubles.

## Where this differs from the papers

- Nesterov's method is written for the looked-ahead weights, as Sutskever et al. (2013) and the frameworks do, so that
  one array of weights is enough.
- RMSprop never had a paper; there are versions with $\epsilon$ inside the root. Ours, like Adam's, is outside.
- Adam's authors suggest 0.001 as a default. On this network 0.003 is better, for one epoch at least.
- Reddi et al. (2018, arXiv:1904.09237) show that Adam need not converge on a problem made for that purpose. Wilson et
  al. (2017, arXiv:1705.08292) find adaptive methods generalising worse on large networks. Nothing of the kind shows
  in five epochs of a small one.

## Exercises

1. *Predict, then run.* SGD on the ravine at a rate of 0.099, 0.1 and 0.101. (`tests/test_optimizer.c` has the answer
   for a parabola.)
2. Turn the ravine by 45 degrees: $\frac12 u^2 + 10 v^2$ with $u = (x + y)/\sqrt2$, $v = (y - x)/\sqrt2$. Turn the
   start with it, to $x = -5/\sqrt2$, $y = -3/\sqrt2$, and let the map reach from $-4.5$ to $4.5$ both ways. Which
   methods walk as before, only turned, and which do not?
3. Start the saddle at $y = 0$ exactly. Who escapes? Why is this never seen in a network?
4. `make lesson-3 ARGS="--lr 0.01" RUN=same-rate` and compare. Write down the order of the seven and the wrong
   conclusion it suggests.
5. Take the bias correction out of `step_adam`. At which rates of the sweep do you expect to see the difference, and
   in which direction?
6. In `schedules`, replace Adam by SGD at a rate of 0.3. How close does it come to Adam's 0.310?
7. Write Lion (Chen et al. 2023, arXiv:2302.06675): step by the *sign* of $\beta_1 m + (1 - \beta_1) g$, then let $m
   \leftarrow \beta_2 m + (1 - \beta_2) g$, with $\beta_1 = 0.9$ and $\beta_2 = 0.99$. In `optimizer.c` it is one rule
   and one row more; in `optimizers.c` the sweep and the race need a column. Where is its valley?

## References

- H. Robbins, S. Monro, *A stochastic approximation method*, 1951. B. Polyak, *Some methods of speeding up the
  convergence of iteration methods*, 1964. Y. Nesterov, *A method of solving a convex programming problem with
  convergence rate O(1/k²)*, 1983.
- J. Duchi, E. Hazan, Y. Singer, *Adaptive subgradient methods*, JMLR 12, 2011.
- T. Tieleman, G. Hinton, *Lecture 6.5: RMSprop*, Coursera, 2012.
- I. Sutskever, J. Martens, G. Dahl, G. Hinton, *On the importance of initialization and momentum in deep learning*,
  ICML 2013.
- D. Kingma, J. Ba, *Adam: a method for stochastic optimization*, ICLR 2015, arXiv:1412.6980.
- I. Loshchilov, F. Hutter, *SGDR*, 2017, arXiv:1608.03983; *Decoupled weight decay regularization*, 2019,
  arXiv:1711.05101.
- H. Rosenbrock, *An automatic method for finding the greatest or least value of a function*, 1960.
*/
