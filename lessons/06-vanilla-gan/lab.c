/*
## The lab

Nine more games on the ring, with the same initial weights, the same points and the same latent vectors as the first. Six of them
show what the tricks are worth: the first has constant rates and no noise, the second falling rates, and the
other four differ from the second in one respect each. The last three are put together so that they fail.
*/

#include "acts.h"
#include "base/die.h"

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
    { "collapse", "D learns twenty times as slowly",
      { .lr_g = 0.001f, .lr_d = 0.00005f, .constant = true, .d_steps = 1, .label = 1.0f } },
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

const VanillaRules *lab_rules(const char *name) {
    int i = 0;
    while (i < LAB && strcmp(lab[i].name, name) != 0) {
        i++;
    }
    require(i < LAB, "no rules %s", name);
    return &lab[i].rules;
}

/*
### A detector

Can one tell what went wrong from the log alone? Each failure leaves a sign, and the signs are looked for in this order:

1. **Diverged**: at any row a loss that is not a number or whose size is beyond 20, or samples ten times as far apart as the data.
2. **The gradient has vanished**: the discriminator is right about more than 99 % of real and of generated examples, and the
   gradient norm of the generator is below 0.01. (One of the two alone is no harm: with the non-saturating loss there
   is a large gradient behind a certain discriminator.)
3. **Mode collapse**: the samples are less than 0.4 times as diverse as the data.
4. **Modes are missing**: less than three quarters of them are covered, where they can be counted.

The last three go by the mean over the last quarter of the rows. What happens before that does not count.
*/

const char *const diagnoses[DIAGNOSES] = { "healthy", "diverged", "gradient vanished",
                                           "mode collapse", "modes missing" };

// The mean of a column over the last quarter of n rows.
static double late_mean(const double (*rows)[TOY_GAME_FIGURES], int n, int column) {
    int first = 3 * n / 4;
    double sum = 0.0;
    for (int i = first; i < n; i++) {
        sum += rows[i][column];
    }
    return sum / (n - first);
}

// Whether a row has figures that no game has that goes on.
static bool is_beyond(const double row[TOY_GAME_FIGURES]) {
    bool finite = isfinite(row[GAN_LOSS_D]) && isfinite(row[GAN_LOSS_G]);
    return !finite || row[GAN_LOSS_D] > 20.0 || fabs(row[GAN_LOSS_G]) > 20.0 ||
           !(row[DIVERSITY] <= 10.0);
}

Diagnosis diagnose(const double (*rows)[TOY_GAME_FIGURES], int n, int modes) {
    require(n > 0, "a diagnosis without a row");
    for (int i = 0; i < n; i++) {
        if (is_beyond(rows[i])) {
            return DIVERGED;
        }
    }
    double right = fmin(late_mean(rows, n, GAN_ACC_REAL), late_mean(rows, n, GAN_ACC_FAKE));
    return right > 0.99 && late_mean(rows, n, GAN_GRAD_G) < 0.01   ? VANISHED
           : late_mean(rows, n, DIVERSITY) < 0.4                   ? COLLAPSED
           : modes > 0 && late_mean(rows, n, MODES) < 0.75 * modes ? MODES_MISSING
                                                                   : HEALTHY;
}

/*
### What came out

| game | modes | good | EMD | the detector says |
|---|---|---|---|---|
| falling rates, instance noise | 8 | 77 % | 0.15 | healthy |
| constant rates | 8 | 79 % | 0.18 | healthy |
| falling rates | 8 | 77 % | 0.16 | healthy |
| … and labels of 0.9 | 8 | 83 % | 0.13 | healthy |
| … or one label in twenty wrong | 8 | 74 % | 0.14 | healthy |
| … or five steps of D for one of G | 8 | 88 % | 0.35 | healthy |
| … or the minimax loss | 8 | 80 % | 0.15 | healthy |
| collapse | 0 | 1 % | 2.13 | mode collapse |
| vanish | 0 | 0 % | 1.92 | gradient vanished |
| diverge | | | | diverged, found at step 200 |

![The earth mover's distance to real points over the game, for seven ways to play. Five steps of the discriminator for one of the generator end at twice the distance of the others.](tricks.svg)

**One seed is no evidence.** At seed 1 every game of the first seven covers the ring, and one might conclude that
nothing matters. Seeds 1 to 4 together (`--part lab --seed 2`, …) say more. The number of modes covered at the end, and
the EMD, as the mean of four and the largest (real points have 0.16, 0.15, 0.12 and 0.11):

| game | seeds 1, 2, 3, 4 | EMD, mean | largest |
|---|---|---|---|
| falling rates, instance noise | 8, 8, 8, 8 | 0.15 | 0.22 |
| constant rates | 8, 8, 8, 8 | 0.20 | 0.22 |
| falling rates | 8, 8, 8, 8 | 0.18 | 0.21 |
| … and labels of 0.9 | 8, 8, 8, 8 | 0.17 | 0.25 |
| … or one label in twenty wrong | 8, 8, 7, 8 | 0.18 | 0.24 |
| … or five steps of D for one of G | 8, 4, 6, 5 | 0.53 | 0.85 |
| … or the minimax loss | 8, 8, 8, 7 | 0.20 | 0.31 |

- **Instance noise** has the smallest EMD on average, and the smallest at seeds 2 and 3. At seed 4 three of the others have less,
  falling rates alone the least. `make verify` holds it to all eight modes at five seeds.
- **Label smoothing, falling rates, wrong labels** and **the minimax loss** do not differ from constant rates in modes and EMD
  by more than seeds differ. The modes that two of them lose at one seed are no evidence. In the share of good samples there is
  a difference: at seeds 1 to 4 it is 49 to 79 % with constant rates, 77 to 82 % with falling ones and 80 to 86 % with labels of
  0.9.
- **More steps of the discriminator harm.** There are fewer modes and the largest EMD, although the share of good samples is the
  highest of all seven at each seed (85 to 88 %). The theory of the best discriminator asks for them, and Algorithm 1 of the
  paper leaves room for them with its $k$. A likely reason: a discriminator that is ahead is steep around each cloud and flat
  between, and then a sample that sits in one mode learns nothing of an empty one. (Lesson 8 changes the loss, and asks again.)

## Three ways to fail

![The same four curves of a healthy game and of three that failed. The collapsed game's losses look like those of the healthy one. Where a loss is negative, its size is shown.](failures.svg)

**Mode collapse** (`collapse`: the discriminator's rate is a twentieth of the generator's). The generator finds a place that the
discriminator takes for real, and moves *all* samples there, because nothing in its loss asks for variety. By the time the
discriminator has learned that this place is full of generated points, the generator has found the next one. What is seen is one
small cloud (standard deviations of 0.45 along and 0.13 across, in the second half of the game) that wanders about the ring. It
lies mostly *between* the modes: in 48 of the 60 rows of the log it covers no mode at all, and never are more than 4 % of the
samples good (at seeds 2 to 4 up to 23, 12 and 17 %). Within 200 steps its middle moves by 1.73, on average, where the ring has
a radius of 2. That of the healthy game moves by 0.02. (From one row to the next the fullest mode changes 58 times out of 59.
That counts for little: in the healthy game, whose samples are spread evenly, it changes 22 times.) Now compare the first two
rows of the picture with the healthy game's: **the failure cannot be seen there**. Both losses and both probabilities are what
they should be.

Of what can be measured without knowing the modes, the diversity tells most. It is below 0.4 as early as step 100, and in 54 of the 60
rows; at its highest it is 0.81. At seeds 2, 3, 4 and 5 it is below 0.4 in 60, 56, 53 and 60 rows, no mode is covered in 52, 50, 52 and 54, and
at all five seeds the detector says "mode collapse". How strong the failure is depends on the rate. With a tenth in place of a
twentieth (`--preset collapse --lr-d 0.0001`) the cloud is a streak of 1.17 by 0.22 at seed 1, its diversity is mostly above 0.4, and the detector says
"modes missing".

**The gradient vanishes** (`vanish`: minimax loss, SGD, a discriminator that is 800 steps ahead). The discriminator is
certain, its loss is 0, the generator's gradient norm is some ten-thousandth, and the samples stay where the initial weights
have put them. To somebody who looks at the discriminator alone, a loss of 0 is success.

**Divergence** (`diverge`: rates a hundred times too large, and SGD for the generator). A steep discriminator means a large
gradient for the generator, and with SGD a large step. Samples that are far off make the discriminator steeper still. Within two
hundred steps the loss is beyond a million (at seeds 3 and 4 within three and four hundred). Adam bounds a step by a few times
the rate, however steep the discriminator is.

The guide to [reading GAN curves](reading-gan-curves.html) has all that in one table, for a game of your own.
*/
