/*
## The lab

Nine more games, with the same initial weights, the same points and the same latent vectors as the first. Six of them
are to tell what the tricks are worth: the first has constant rates and no noise, the second falling rates, and the
other four differ from the second in one respect each. The last three are put together so that they fail.
*/

#include "lab.h"
#include "die.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// clang-format off
const Experiment lab[LAB] = {
    { "plain", "constant rates, no noise",
      { .lr_g = 0.001f, .lr_d = 0.001f, .constant = true, .d_steps = 1, .label = 1.0f } },
    { "decay", "rates fall to 0, no noise",
      { .lr_g = 0.001f, .lr_d = 0.001f, .d_steps = 1, .label = 1.0f } },
    { "smooth", "and real labels of 0.9",
      { .lr_g = 0.001f, .lr_d = 0.001f, .d_steps = 1, .label = 0.9f } },
    { "flip", "or one label in twenty wrong",
      { .lr_g = 0.001f, .lr_d = 0.001f, .d_steps = 1, .label = 1.0f, .flip = 0.05f } },
    { "ahead", "or five steps of D, one of G",
      { .lr_g = 0.001f, .lr_d = 0.001f, .d_steps = 5, .label = 1.0f } },
    { "minimax", "or the minimax loss",
      { .loss = MINIMAX, .lr_g = 0.001f, .lr_d = 0.001f, .d_steps = 1, .label = 1.0f } },
    { "collapse", "D learns ten times as slowly",
      { .lr_g = 0.001f, .lr_d = 0.0001f, .constant = true, .d_steps = 1, .label = 1.0f } },
    { "vanish", "minimax, SGD, D is ahead",
      { .loss = MINIMAX, .sgd = true, .lr_g = 0.002f, .lr_d = 0.001f, .constant = true,
        .d_steps = 1, .head_start = 800, .label = 1.0f } },
    { "diverge", "SGD, rates 100 times as large",
      { .sgd = true, .lr_g = 0.1f, .lr_d = 0.1f, .constant = true, .d_steps = 1, .label = 1.0f } },
};
// clang-format on

/*
`make lesson-6 ARGS="--preset collapse" RUN=collapse` plays one of the last three by itself, and further options change its rules.
*/

const Rules *lab_rules(const char *name) {
    int i = 0;
    while (i < LAB && strcmp(lab[i].name, name) != 0) {
        i++;
    }
    require(i < LAB, "no rules %s", name);
    return &lab[i].rules;
}

/*
## A detector

Can one tell what went wrong from the log alone? Each way to fail leaves a mark, and the marks are looked for in this order:

1. **Diverged**: at any row a loss that is not a number or whose size is beyond 20, or samples ten times as far apart as the data.
2. **The gradient has vanished**: the discriminator is right about more than 99 % of real and of made examples, and the
   gradient of the generator is shorter than 0.01. (One of the two alone is no harm: with the non-saturating loss there
   is a large gradient behind a certain discriminator.)
3. **Mode collapse**: the samples are less than 0.4 times as diverse as the data.
4. **Modes are missing**: less than three quarters of them are covered, where they can be counted.

The last three are judged by the mean over the last quarter of the rows: what happens on the way is nobody's business.
*/

const char *const diagnoses[DIAGNOSES] = { "healthy", "diverged", "gradient vanished",
                                           "mode collapse", "modes missing" };

// The mean of a column over the last quarter of n rows.
static double late_mean(const double (*rows)[COLUMNS], int n, int column) {
    int first = 3 * n / 4;
    double sum = 0.0;
    for (int i = first; i < n; i++) {
        sum += rows[i][column];
    }
    return sum / (n - first);
}

// Whether a row has figures that no game has that goes on.
static bool is_beyond(const double row[COLUMNS]) {
    bool finite = isfinite(row[LOSS_OF_D]) && isfinite(row[LOSS_OF_G]);
    return !finite || row[LOSS_OF_D] > 20.0 || fabs(row[LOSS_OF_G]) > 20.0 ||
           !(row[DIVERSITY] <= 10.0);
}

Diagnosis diagnose(const double (*rows)[COLUMNS], int n, int modes) {
    require(n > 0, "a diagnosis without a row");
    for (int i = 0; i < n; i++) {
        if (is_beyond(rows[i])) {
            return DIVERGED;
        }
    }
    double right = fmin(late_mean(rows, n, RIGHT_REAL), late_mean(rows, n, RIGHT_FAKE));
    return right > 0.99 && late_mean(rows, n, GRAD_OF_G) < 0.01    ? VANISHED
           : late_mean(rows, n, DIVERSITY) < 0.4                   ? COLLAPSED
           : modes > 0 && late_mean(rows, n, MODES) < 0.75 * modes ? MODES_MISSING
                                                                   : HEALTHY;
}

// How many modes were, at one moment or another, the fullest; and how often another one became it.
static void count_fullest(const Contestant *c, int n, int *different, int *changes) {
    bool seen[32] = { false };
    *different = *changes = 0;
    for (int i = 0; i < n; i++) {
        int k = (int)c->rows[i][FULLEST];
        *different += !seen[k];
        *changes += i > 0 && k != (int)c->rows[i - 1][FULLEST];
        seen[k] = true;
    }
}

static void put(Run *run, const char *game, const char *key, double value) {
    char name[64];
    snprintf(name, sizeof name, "%s%s%s", game, *game ? "_" : "", key);
    run_summary(run, name, value);
}

static void report_game(const Arena *a, int i, int modes) {
    const Contestant *c = &a->contestants[i];
    const char *key = i == 0 ? "" : c->name;
    int n = a->n_rows;
    Diagnosis diagnosis =
        c->over ? DIVERGED : diagnose((const double(*)[COLUMNS])c->rows, n, modes);
    const char *what = i > 0 ? lab[i - 1].what : "the game of the options";
    put(a->run, key, "diagnosis", diagnosis);
    if (c->over) {
        put(a->run, key, "over_at_step", (double)c->over);
        run_say(a->run, "%-9s%-29s    over at step %ld  %s", c->name, what, c->over,
                diagnoses[diagnosis]);
        return;
    }
    const double *last = c->rows[n - 1];
    int different, changes;
    count_fullest(c, n, &different, &changes);
    put(a->run, key, "modes", last[MODES]);
    put(a->run, key, "good", last[GOOD]);
    put(a->run, key, "emd", last[EMD]);
    put(a->run, key, "diversity", last[DIVERSITY]);
    put(a->run, key, "fullest_modes", different);
    put(a->run, key, "fullest_changes", changes);
    run_say(a->run, "%-9s%-29s%5.0f%6.0f %%%8.3g  %s", c->name, what, last[MODES],
            100.0 * last[GOOD], last[EMD], diagnoses[diagnosis]);
}

/*
## What came out

| game | modes | good | EMD | the detector says |
|---|---|---|---|---|
| falling rates, instance noise | 8 | 80 % | 0.14 | healthy |
| constant rates | 8 | 68 % | 0.16 | healthy |
| falling rates | 8 | 77 % | 0.16 | healthy |
| … and labels of 0.9 | 8 | 84 % | 0.13 | healthy |
| … or one label in twenty wrong | 8 | 76 % | 0.19 | healthy |
| … or five steps of D for one of G | 8 | 87 % | 0.31 | healthy |
| … or the minimax loss | 8 | 79 % | 0.15 | healthy |
| collapse | 1 | 2 % | 2.24 | mode collapse |
| vanish | 0 | 0 % | 1.92 | gradient vanished |
| diverge | | | | diverged, found at step 300 |

![Tricks of the trade: earth mover's distance to real points.](tricks.svg)

**One seed is no evidence.** At seed 1 every game of the first seven covers the ring, and one might conclude that
nothing matters. Seeds 1 to 5 together (`--part lab --seed 2`, …) say more. The number of modes covered at the end, and
the EMD, as the mean of five and the largest (0.15 is what real points have):

| game | seeds 1, 2, 3, 4, 5 | EMD, mean | largest |
|---|---|---|---|
| falling rates, instance noise | 8, 8, 8, 8, 8 | 0.17 | 0.23 |
| constant rates | 8, 8, 8, 8, 6 | 0.26 | 0.38 |
| falling rates | 8, 8, 8, 8, 7 | 0.21 | 0.35 |
| … and labels of 0.9 | 8, 8, 8, 8, 3 | 0.31 | 0.86 |
| … or one label in twenty wrong | 8, 8, 8, 8, 8 | 0.21 | 0.31 |
| … or five steps of D for one of G | 8, 4, 5, 5, 3 | 0.65 | 1.00 |
| … or the minimax loss | 8, 8, 8, 8, 8 | 0.20 | 0.31 |

- **Instance noise** has the smallest EMD, on average and in the worst of the five games: hardly more than real points have.
  `make verify` holds it to all eight modes at five seeds.
- **Falling rates** make the samples good: the last thousand steps gather what constant rates keep stirring.
- **Label smoothing** has better samples than falling rates alone in three games of the five, worse ones in the fourth,
  and in the last it loses five modes. **Wrong labels** and **the minimax loss** are on a par with falling rates alone;
  the one mode that these lose at one seed is no evidence.
- **More steps of the discriminator harm.** The theory of the best discriminator asks for them, and so does Algorithm 1 of the
  paper, with a $k$ to choose. But a discriminator that is ahead is steep around each cloud and flat between, and then a sample
  that sits in one mode learns nothing of an empty one. (Lesson 8 changes the loss so that more steps help.)

## Three ways to fail

![The same four curves of a healthy game and of three that failed. Where a loss is negative, its size is shown.](failures.svg)

**Mode collapse** (`collapse`: the discriminator's rate is a tenth of the generator's). The generator finds a place that
the discriminator takes for real, and moves *all* samples there, because nothing in its loss asks for variety. By the
time the discriminator has learned that this place is full of fakes, the generator has found the next. The samples hop
from mode to mode, and each of the eight has been the fullest one at some row of the log. Now compare the first two rows
of the picture with the healthy game's: **there is nothing to see**. Both losses and both probabilities are what they
should be. Of all that needs no modes, only the diversity tells, and even that one not before step 2,400.

**The gradient vanishes** (`vanish`: minimax loss, SGD, a discriminator that is 800 steps ahead). The discriminator is
certain, its loss is 0, the generator's gradient is some ten-thousandth, and the samples stay where the initial weights
have put them. The loss of the discriminator looks splendid. A loss of 0 is the worst news in the game.

**Divergence** (`diverge`: rates a hundred times too large, and SGD for the generator). A steep discriminator means a
large gradient for the generator, and with SGD a large step; samples that are far off make the discriminator steeper
still. Within some hundred steps nothing is a number any more, or the samples lie far outside. Adam bounds a step by a
few times the rate, however steep the discriminator.

The guide to [reading GAN curves](reading-gan-curves.html) has all that in one table, to have at hand when a game of your own goes
wrong.
*/

void arena_report(const Arena *a) {
    int modes = toy2d_coverage(a->plane->real, a->plane->cloud, PLANE_SAMPLES).modes;
    run_say(a->run, "%-38s%5s%8s%8s  %s", "game", "modes", "good", "EMD", "the detector says");
    for (int i = 0; i < a->n; i++) {
        report_game(a, i, modes);
    }
    run_say(a->run, "The EMD of real points to other real points is %.2f", a->plane->floor);
    run_summary(a->run, "emd_real", a->plane->floor);
}
