/*
## Why games go in circles

A loss that is minimised goes down. With two players there is nothing that both of them make smaller, and what happens then can be
seen with one number for each. Let $x$ be the generator's number, $y$ the discriminator's, and the game

$$ \min_x \max_y\; x\,y. $$

At $x = y = 0$ neither can win anything: an *equilibrium*. Do the players find it? The derivative with respect to $x$ is $y$ and
that with respect to $y$ is $x$, so with rate $\eta$ the one goes by $-\eta y$ and the other by $+\eta x$: always at right angles
to the way to the equilibrium. That is a rotation.

**Both at the same time.** If each answers to where the other was *before* the step, then $x' = x - \eta y$, $y' = y + \eta x$, and

$$ x'^2 + y'^2 = (1 + \eta^2)(x^2 + y^2). $$

Each step leads outward, by a factor of $\sqrt{1 + \eta^2}$. A smaller rate makes the spiral flatter, and more steps are needed for
a turn. It is a spiral outward with every rate.

**In turn**, as we train: the discriminator first, and the generator answers to the new one, $x' = x - \eta y'$. How does one see
where that goes, without solving anything? A step is linear, a matrix $M$ times $(x, y)$. The area between the equilibrium and two
successive points, $x_t y_{t+1} - y_t x_{t+1}$, is a determinant, and a matrix multiplies all areas by its own determinant. So

$$ x_t\, y_{t+1} - y_t\, x_{t+1} = (\det M)^t\; (x_0\, y_1 - y_0\, x_1). $$

In turn, $\det M = 1$: the area stays. Written out it says that $x^2 + y^2 + \eta x y$ never changes, and that is an ellipse around the
equilibrium, nearly a circle. The game goes round for ever, neither nearer nor farther.

**Two time scales** (Heusel et al. 2017): the discriminator with a larger rate than the generator. Then $\det M$ is still 1. With
four times the rate the ellipse is twice as long as it is wide. In *this* game a rate cures nothing.

**A penalty on the discriminator.** R1 (Mescheder et al. 2018) adds $\frac{\gamma}{2} \lVert \nabla s \rVert^2$ at real examples
to its loss, where $\nabla s$ is the gradient of the logit $s$ with respect to the example: it shall be flat where the data are.
In the smallest GAN, below, the logit is a straight line with slope $y$, and the term is $\frac{\gamma}{2} y^2$. We add the same
term to the game $xy$; it pulls $y$ towards 0. In turn $\det M = 1 - \eta\gamma$, and the way leads inward. At the same time
$\det M = 1 - \eta\gamma + \eta^2$, which is smaller than 1 if $\gamma > \eta$.

**Averaged weights.** A point that circles has a mean in the middle of the circle. So one can leave the game as it is and use a running
mean of the generator's weights, $\bar x \leftarrow \beta \bar x + (1 - \beta) x$. What turns by an angle of $\omega$ a step is damped by a
factor of $(1 - \beta) / \sqrt{1 - 2 \beta \cos\omega + \beta^2}$, 0.1 with $\beta = 0.99$ and $\omega = 0.1$. An outward spiral keeps
on growing, averaged or not.

**Adam** is not linear, and no determinant says what it does. We try it.

### The smallest GAN

Is $xy$ a fair picture of a GAN? Let all data lie at the point 0, let the generator put all samples at $x$, and let the
discriminator be a straight line, $s(u) = y u$: the *Dirac-GAN* of Mescheder et al. (2018). With the non-saturating loss

$$ L_D = \log 2 + \log(1 + e^{xy}), \quad \frac{\partial L_D}{\partial y} = \sigma(xy)\, x; \qquad
   L_G = \log(1 + e^{-xy}), \quad \frac{\partial L_G}{\partial x} = -\sigma(-xy)\, y. $$

Near the equilibrium both $\sigma$ are ½: $y$ goes by $-\frac{\eta}{2} x$ and $x$ by $+\frac{\eta}{2} y$. It is the game $xy$ at half the
rate, turning the other way. Farther out it differs. For very small steps the squared distance changes at the rate

$$ \frac{d}{dt}(x^2 + y^2) = 2\, xy\, \big( \sigma(-xy) - \sigma(xy) \big) = -2\, xy \tanh \frac{xy}{2} \;\le\; 0, $$

about $-(xy)^2$, the *fourth* power of the distance. So this game does come closer, ever more slowly: in turn $1 / r^2$ grows by
about $\eta / 8$ a step. (With the minimax loss both factors are $\sigma(xy)$, the rate is 0, and it circles.) At the same time
each step also adds $\eta^2 / 4$ of $r^2$. The two balance where $\eta r^4 / 8 = \eta^2 r^2 / 4$, at $r = \sqrt{2 \eta}$, and
there it stays: for $\eta = 0.1$ at $\sqrt{0.2}$, a little below one half.
*/

#include "acts.h"
#include "base/die.h"
#include "nn/optimizer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef enum { XY, DIRAC, NUMBER_GAMES } NumberGame;

// A way to play: the optimizer and the rates of both, whether they step at the same time, the penalty, and the β of
// the mean.
typedef struct {
    const char *name, *what;
    OptimizerKind kind;
    float lr_x, lr_y;
    bool together;
    float penalty, beta;
} NumberRules;

enum { NUMBER_WAYS = 6, NUMBER_STEPS = 500 };

// clang-format off
static const NumberRules ways[NUMBER_WAYS] = {
    { "together", "SGD, at the same time", SGD,  0.1f,  0.1f,  .together = true },
    { "in_turn",  "SGD, in turn",          SGD,  0.1f,  0.1f,  .together = false },
    { "scales",   "four times the rate for y", SGD, 0.1f, 0.4f, .together = false },
    { "adam",     "Adam, in turn",         ADAM, 0.05f, 0.05f, .together = false },
    { "penalty",  "SGD, in turn, R1",      SGD,  0.1f,  0.1f,  .penalty = 0.3f },
    { "averaged", "SGD, in turn, averaged", SGD, 0.1f,  0.1f,  .beta = 0.99f },
};
// clang-format on

static double probability(double s) {
    return 1.0 / (1.0 + exp(-s));
}

// The derivative of the loss of the generator with respect to x, and of that of the discriminator
// with respect to y. Source: Mescheder et al. 2018 (arXiv:1801.04406), definition 2.1.
static double slope_x(NumberGame game, double x, double y) {
    return game == XY ? y : -probability(-x * y) * y;
}

static double slope_y(NumberGame game, double x, double y) {
    return game == XY ? -x : probability(x * y) * x;
}

/*
Each game begins at $(1, 0)$: a generator that is wrong, and a discriminator that knows nothing.
*/

static Optimizer *optimizer_of(const NumberRules *way, float lr) {
    OptimizerSpec spec = optimizer_defaults(way->kind, lr);
    spec.beta1 = 0.5f; // Adam's, as in the lesson's games
    return optimizer_create(spec, 1);
}

// Fills path (NUMBER_STEPS + 1): the points of the game or, with a β, their running mean.
static void play_numbers(double path[][2], const NumberRules *way, NumberGame game) {
    Optimizer *step_x = optimizer_of(way, way->lr_x), *step_y = optimizer_of(way, way->lr_y);
    float x = 1.0f, y = 0.0f;
    path[0][0] = x;
    path[0][1] = y;
    for (int t = 1; t <= NUMBER_STEPS; t++) {
        float before = y, dy = (float)slope_y(game, x, y) + way->penalty * y;
        optimizer_step(step_y, &y, &dy);
        float dx = (float)slope_x(game, x, way->together ? before : y);
        optimizer_step(step_x, &x, &dx);
        path[t][0] = way->beta * path[t - 1][0] + (1.0 - way->beta) * x;
        path[t][1] = way->beta * path[t - 1][1] + (1.0 - way->beta) * y;
    }
    optimizer_free(step_x);
    optimizer_free(step_y);
}

// The determinant of a step in the game xy; 0 where a step is not linear in (x, y).
static double determinant(const NumberRules *way) {
    double a = way->lr_x, b = way->lr_y, kept = 1.0 - b * way->penalty;
    return way->kind != SGD || way->beta > 0.0f ? 0.0 : way->together ? kept + a * b : kept;
}

// By which factor the area between the equilibrium and two successive points grew in a step, on the
// average.
static double area_growth(double path[][2]) {
    double area[2];
    for (int end = 0; end < 2; end++) {
        const double *at = path[end ? NUMBER_STEPS - 1 : 0], *next = at + 2;
        area[end] = fabs(at[0] * next[1] - at[1] * next[0]);
    }
    return pow(area[1] / area[0], 1.0 / (NUMBER_STEPS - 1));
}

/*
![Two games of two numbers, each played in six ways. Top: the first 200 steps in the plane of x and y, from the point (1, 0). At the same time: a spiral outward in the game xy. In turn: a circle. With a larger rate for y: an ellipse. Adam: a polygon that grows. With the penalty: a spiral inward. Averaged: a curve that ends near the middle. Bottom: the distance from the equilibrium over 500 steps.](cycles.svg)

| 500 steps with $\eta = 0.1$ | $\det M$ | the area grew in a step by | distance at the end, $xy$ | Dirac-GAN |
|---|---|---|---|---|
| SGD, at the same time | 1.01 | 1.0100 | 12 | 0.51 |
| SGD, in turn | 1 | 1.0000 | 1.0 | 0.37 |
| four times the rate for $y$ | 1 | 1.0000 | 1.2 | 0.20 |
| Adam with rate 0.05, in turn | | | 2.4 | 0.84 |
| SGD, in turn, R1 with $\gamma = 0.3$ | 0.97 | 0.9700 | 0.00048 | 0.00040 |
| SGD, in turn, averaged | | | 0.099 | 0.073 |

In the game $xy$ the four linear ways do what their determinants say: $1.01^{250} = 12$, and $0.97^{250} = 0.0005$. The mean is
at 0.099 where the formula says 0.1. At the same time the Dirac-GAN is on its way from 1 to $\sqrt{2 \eta}$, and after 500 steps
at 0.51. Adam, whose steps hardly get shorter, is carried outward in the game $xy$; in the Dirac-GAN it stays farther out than
all others. There SGD in turn ends at 0.37, and $1 / r^2 = 1 + 500\,\eta / 8$ says 0.371. The way to 0.01 would take 800,000
steps. The penalty is there after 300.

What has that to do with two networks? Near an equilibrium the steps of every smooth game are nearly linear. Where one player
gains what the other loses, their effect on each other is the part that turns. What leads inward must come from somewhere else:
from a penalty, or from the curvature of the losses, as in the Dirac-GAN. Where there is little of it, a game wanders for long
without coming nearer.
*/

static void report_way(Run *run, const NumberRules *way, double (*paths)[NUMBER_STEPS + 1][2]) {
    double expected = determinant(way), growth = area_growth(paths[XY]), end[NUMBER_GAMES];
    char key[64], theory[32] = "", measured[32] = "";
    for (int game = 0; game < NUMBER_GAMES; game++) {
        end[game] = hypot(paths[game][NUMBER_STEPS][0], paths[game][NUMBER_STEPS][1]);
        snprintf(key, sizeof key, "cycles_%s_%s", game == XY ? "xy" : "dirac", way->name);
        run_summary(run, key, end[game]);
    }
    if (expected > 0.0) {
        snprintf(theory, sizeof theory, "%.4f", expected);
        snprintf(measured, sizeof measured, "%.4f", growth);
        snprintf(key, sizeof key, "cycles_area_%s", way->name);
        run_summary(run, key, growth);
    }
    run_say(run, "%-28s%10s%10s%12.2g%12.2g", way->what, theory, measured, end[XY], end[DIRAC]);
}

void cycles(Run *run, State *state) {
    if (!state_begin(state, "cycles")) {
        return;
    }
    static double paths[NUMBER_WAYS][NUMBER_GAMES][NUMBER_STEPS + 1][2];
    char columns[1024] = "";
    size_t used = 0;
    for (int i = 0; i < NUMBER_WAYS; i++) {
        for (int game = 0; game < NUMBER_GAMES; game++) {
            play_numbers(paths[i][game], &ways[i], (NumberGame)game);
            const char *which = game == XY ? "xy" : "dirac", *name = ways[i].name;
            used += (size_t)snprintf(columns + used, sizeof columns - used, "%s%s_%s_x,%s_%s_y",
                                     used ? "," : "", which, name, which, name);
        }
    }
    Log *log = log_open(run, "log-cycles.csv", columns);
    for (int t = 0; t <= NUMBER_STEPS; t += 2) {
        double row[NUMBER_WAYS * NUMBER_GAMES * 2], *to = row;
        for (int i = 0; i < NUMBER_WAYS * NUMBER_GAMES; i++) {
            *to++ = paths[i / NUMBER_GAMES][i % NUMBER_GAMES][t][0];
            *to++ = paths[i / NUMBER_GAMES][i % NUMBER_GAMES][t][1];
        }
        log_write(log, t, row, NUMBER_WAYS * NUMBER_GAMES * 2);
    }
    run_say(run, "Games of two numbers: after %d steps, how far from the equilibrium",
            NUMBER_STEPS);
    run_say(run, "%-28s%10s%10s%12s%12s", "", "det M", "measured", "xy", "Dirac-GAN");
    for (int i = 0; i < NUMBER_WAYS; i++) {
        report_way(run, &ways[i], paths[i]);
    }
    state_end(state, true);
}
