/*
## Three landscapes

In two dimensions one can watch. Each landscape is a simple case of something that a network's loss has, too.

- **The ravine**, $\frac12 x^2 + 10 y^2$, has a condition number of 20.
- **Rosenbrock's valley**, $(1 - x)^2 + 100\,(y - x^2)^2$, is a ravine with a bend. Memory of a direction helps until
  the direction changes.
- **The saddle**, $\frac12 x^2 - \frac12 y^2 + \frac14 y^4$, has two minima at $y = \pm 1$. We start almost on the
  ridge between them, at $y = 0.001$, where the slope along $y$ is a thousandth, and along $x$ it is 1.5.

The gradient is exact here, without any noise of batches. The methods differ only in what they do with it.
*/

#include "acts.h"
#include "base/file.h"
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
enum { LANDSCAPES = 3, LANDSCAPE_RATES = 31, MOST_STEPS = 400 };
static const OptimizerKind METHODS = ADAMW; // all before AdamW, which is Adam here

/*
No method is judged at a rate that suits another. For each, thirty-one rates from 0.0001 to 10 are tried, and of the
paths that never leave the map the one with the lowest average height is drawn: that rewards arriving early.
*/

static double walk(float path[][2], const Landscape *land, const OptimizerSpec *spec) {
    float p[2] = { land->start[0], land->start[1] }, v[2] = { 0.0f }, s[2] = { 0.0f }, g[2];
    double sum = 0.0;
    for (int step = 0; step <= land->steps; step++) {
        path[step][0] = p[0];
        path[step][1] = p[1];
        sum += land->height(p);
        for (int c = 0; c < 2; c++) {
            sum = p[c] < land->low[c] || p[c] > land->high[c] ? INFINITY : sum;
        }
        land->slope(g, p);
        plain_step(p, v, s, g, 2, step + 1, spec);
    }
    return isfinite(sum) ? sum / (land->steps + 1) : INFINITY;
}

static float tried_rate(int i) {
    return powf(10.0f, -4.0f + 5.0f * (float)i / (LANDSCAPE_RATES - 1));
}

static OptimizerSpec best_rate(const Landscape *land, OptimizerKind kind) {
    float path[MOST_STEPS + 1][2];
    OptimizerSpec best = optimizer_defaults(kind, tried_rate(0));
    double lowest = INFINITY;
    for (int i = 0; i < LANDSCAPE_RATES; i++) {
        OptimizerSpec spec = optimizer_defaults(kind, tried_rate(i));
        double mean = walk(path, land, &spec);
        if (mean < lowest) {
            lowest = mean;
            best = spec;
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
            OptimizerSpec spec = best_rate(land, k);
            walk(paths[k], land, &spec);
            double height = land->height(paths[k][land->steps]);
            char key[64];
            snprintf(key, sizeof key, "%s_%s_height", land->name, optimizer_name(k));
            run_summary(run, key, height);
            fprintf(file_stream(file), ",%s_x,%s_y", optimizer_name(k), optimizer_name(k));
            run_say(run, "  %-10s rate %-8.3g height %.2g", optimizer_name(k), (double)spec.lr,
                    height);
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

| height after the last step | SGD | momentum | Nesterov | AdaGrad | RMSprop | Adam |
|---|---|---|---|---|---|---|
| ravine, 60 steps | 0.0017 | 0.016 | 0.00083 | 9.9·10⁻¹⁷ | 4.9·10⁻²⁰ | 0.011 |
| valley, 400 steps | 0.091 | 0.00047 | 0.00069 | 1.7 | 0.21 | 0.0011 |

**The ravine.** SGD zigzags to the bottom within a few steps and then crawls along it. Momentum overshoots in both
directions, and after 60 steps it stands *higher* than SGD, and so does Adam. Only Nesterov's method is lower than SGD
among those that remember a direction. AdaGrad and RMSprop divide each coordinate's slope by its own size, and seem
not to notice the ravine at all. Both findings are looked into below. (Why are AdaGrad's and RMSprop's paths nearly
the same? RMSprop, which remembers 100 steps, has little to forget in 60: at a rate of 0.147 it walks like AdaGrad at
1.47.)

**The valley.** Momentum and Nesterov are far ahead of SGD here. AdaGrad spent its large steps early, on the first
slope.

**The saddle.** All escape within 60 steps. The lower row sets out *at once*: divided by its own size, the tiny slope
along $y$ becomes a full step. The upper row first runs to the saddle point, where $y$ grows by a factor at each step:
SGD's doubles.

## How much memory?

Only the rate has been chosen so far; $\mu$ and the other memories had their usual values. That is not fair either. So
once more on the ravine, with two more questions.

*How steep is it?* The gentle ravine has $\kappa = 20$ and 60 steps, the steep one $\kappa = 1000$ and 300 steps.

*Which way does it run?* Dividing each coordinate's slope by its own size works on coordinates one by one. So each
ravine is also turned by 45 degrees, so that every step along it changes both coordinates: with $u = (x + y) / \sqrt2$
and $v = (y - x) / \sqrt2$ the height is $\frac12 u^2 + \frac{\kappa}{2} v^2$.

Of all rates (every $10^{1/12}$ from 0.0001 to 10) and all memories in the lists below, the pair counts that stands lowest at
the end. (Above it was the lowest average height, among half as many rates. So the gentle ravine has lower heights here.)
*/

typedef struct {
    float steepness; // κ
    bool turned;
    int steps;
} Ravine;

typedef struct {
    OptimizerSpec spec;
    double height;
} Found;

enum { FINE_RATES = 61, MOST_MEMORIES = 12, LONGEST = 300 };
static const float COSINE_45 = 0.70710678f;

static double ravine_height(const Ravine *r, const float p[2]) {
    double u = p[0], v = p[1];
    if (r->turned) {
        u = (double)COSINE_45 * (p[0] + p[1]);
        v = (double)COSINE_45 * (p[1] - p[0]);
    }
    return 0.5 * u * u + 0.5 * (double)r->steepness * v * v;
}

static void ravine_gradient(const Ravine *r, float g[2], const float p[2]) {
    if (r->turned) {
        float u = COSINE_45 * (p[0] + p[1]), v = r->steepness * COSINE_45 * (p[1] - p[0]);
        g[0] = COSINE_45 * (u - v);
        g[1] = COSINE_45 * (u + v);
    } else {
        g[0] = p[0];
        g[1] = r->steepness * p[1];
    }
}

// From (u, v) = (-4, 1): the height after the last step, and (unless NULL) after each.
static double descend_ravine(const Ravine *r, const OptimizerSpec *spec, double *heights) {
    float p[2] = { -4.0f, 1.0f }, v[2] = { 0.0f }, s[2] = { 0.0f }, g[2];
    if (r->turned) {
        p[0] = COSINE_45 * -5.0f;
        p[1] = COSINE_45 * -3.0f;
    }
    for (int step = 0; step < r->steps; step++) {
        if (heights) {
            heights[step] = ravine_height(r, p);
        }
        ravine_gradient(r, g, p);
        plain_step(p, v, s, g, 2, step + 1, spec);
    }
    double height = ravine_height(r, p);
    if (heights) {
        heights[r->steps] = height;
    }
    return isfinite(height) ? height : INFINITY;
}

// What a method remembers by: the field of its spec; NULL if it has nothing to choose.
static float *memory_of(OptimizerSpec *spec) {
    switch (spec->kind) {
    case MOMENTUM:
    case NESTEROV:
        return &spec->momentum;
    case RMSPROP:
        return &spec->alpha;
    case ADAM:
        return &spec->beta1;
    default:
        return NULL;
    }
}

static Found tune(const Ravine *r, OptimizerKind kind, bool memory_too) {
    static const float memories[MOST_MEMORIES] = { 0.3f, 0.4f,  0.5f,  0.6f,  0.7f,  0.8f,
                                                   0.9f, 0.94f, 0.96f, 0.98f, 0.99f, 0.999f };
    Found best = { .height = INFINITY };
    for (int m = 0; m < (memory_too ? MOST_MEMORIES : 1); m++) {
        for (int i = 0; i < FINE_RATES; i++) {
            OptimizerSpec spec = optimizer_defaults(kind, powf(10.0f, -4.0f + (float)i / 12.0f));
            if (memory_too && memory_of(&spec)) {
                *memory_of(&spec) = memories[m];
            }
            double height = descend_ravine(r, &spec, NULL);
            if (height < best.height) {
                best = (Found){ spec, height };
            }
        }
    }
    return best;
}

static void write_descents(Run *run, const Ravine *r, const OptimizerSpec *specs, int n,
                           const char *name) {
    double heights[4][LONGEST + 1];
    for (int k = 0; k < n; k++) {
        descend_ravine(r, &specs[k], heights[k]);
    }
    Log *log = log_open(run, name, "sgd<,momentum_09<,momentum_tuned<,adam_tuned<");
    for (int step = 0; step <= r->steps; step++) {
        log_row(log, step, heights[0][step], heights[1][step], heights[2][step], heights[3][step]);
    }
}

void ravines(Run *run) {
    static const Ravine all[] = {
        { 20.0f, false, 60 }, { 20.0f, true, 60 }, { 1000.0f, false, 300 }, { 1000.0f, true, 300 }
    };
    static const char *const names[] = { "gentle", "gentle_turned", "steep", "steep_turned" };
    for (int i = 0; i < 4; i++) {
        OptimizerSpec shown[4];
        run_say(run, "ravine %s: height after %d steps, the rate tuned; then the memory too",
                names[i], all[i].steps);
        for (OptimizerKind k = 0; k < METHODS; k++) {
            Found usual = tune(&all[i], k, false), tuned = tune(&all[i], k, true);
            float *memory = memory_of(&tuned.spec);
            char key[64];
            snprintf(key, sizeof key, "%s_%s", names[i], optimizer_name(k));
            run_summary(run, key, usual.height);
            snprintf(key, sizeof key, "%s_%s_tuned", names[i], optimizer_name(k));
            run_summary(run, key, tuned.height);
            run_say(run, "  %-10s %-8.2g at %-8.3g  %-8.2g at %-8.3g memory %.3g",
                    optimizer_name(k), usual.height, (double)usual.spec.lr, tuned.height,
                    (double)tuned.spec.lr, memory ? (double)*memory : 0.0);
            if (k == MOMENTUM) {
                shown[1] = usual.spec;
            }
            shown[k == SGD ? 0 : k == MOMENTUM ? 2 : 3] = tuned.spec;
        }
        if (all[i].turned) {
            char name[64];
            snprintf(name, sizeof name, "log-%s.csv", names[i]);
            write_descents(run, &all[i], shown, 4, name);
        }
    }
}

/*
| height at the end | SGD | momentum | Nesterov | AdaGrad | RMSprop | Adam |
|---|---|---|---|---|---|---|
| gentle, usual memory | 0.00026 | 0.011 | 4.6·10⁻⁶ | 3.3·10⁻⁸¹ | 8·10⁻⁸⁶ | 0.00088 |
| gentle, memory tuned too | 0.00026 | 2.1·10⁻¹⁷ | 1.7·10⁻¹⁰ | 3.3·10⁻⁸¹ | 0 | 10⁻²⁴ |
| gentle and turned, tuned | 0.00026 | 2.1·10⁻¹⁷ | 1.7·10⁻¹⁰ | 0.0035 | 2.7·10⁻⁵ | 1.5·10⁻¹⁴ |
| steep, usual memory | 2.7 | 4.5·10⁻¹¹ | 0.0027 | 0 | 0 | 5.6·10⁻¹³ |
| steep, memory tuned too | 2.7 | 4.5·10⁻¹¹ | 3.7·10⁻⁹ | 0 | 0 | 0 |
| steep and turned, tuned | 2.7 | 4.5·10⁻¹¹ | 3.7·10⁻⁹ | 3.6 | 2.3 | 0.0036 |

![Height against steps in the turned ravines, on a logarithmic axis. Left, the gentle one: momentum with μ = 0.9 stays
above SGD, with μ = 0.5 it falls in a straight line to 10⁻¹⁷. Right, the steep one: after its first steps SGD hardly falls,
momentum with μ = 0.9 does.](ravines.svg)

**Momentum wants the right amount of memory.** In the gentle ravine $\mu = 0.9$ is too much: the ball keeps rolling to and fro,
and momentum loses to plain SGD. With $\mu = 0.5$ it is 13 powers of ten lower than SGD. In the steep ravine 0.9 is the best of
the list, and SGD, at the best of its rates, still stands at 2.7. Theory agrees: with the best rate, the best $\mu$ of a ravine
is $\left((\sqrt\kappa - 1) / (\sqrt\kappa + 1)\right)^2$, which is 0.40 for $\kappa = 20$ and 0.88 for $\kappa = 1000$. SGD's
distance to the goal then shrinks by the factor $(\kappa - 1) / (\kappa + 1)$ at each step, 0.998 in the steep ravine, and
momentum's by about $\sqrt\mu$, 0.94. The usual 0.9 is a value for steep ravines.

**AdaGrad and RMSprop saw the ravine only along the axes.** Turned by 45 degrees it is the same ravine, and SGD,
momentum and Nesterov walk as before. AdaGrad and RMSprop, whose zeros were too good to be true, now stand as high as
SGD in the steep one. Adam, which has a memory of directions as well, is in between. A network's ravines run in no
particular direction, so the turned ones are the better model.
*/
