/*
## What came out

![The class grid before the first step and after each epoch: a class by row, T-shirt to boot, the same z by column.](classes.gif)

![Left the Fréchet distance, right the consistency, after each epoch.](judge.svg)

| after epoch | 1 | 2 | 3 | 4 | 5 | 6 |
|---|---|---|---|---|---|---|
| FID | 18.7 | 6.9 | 6.4 | 4.3 | 3.4 | **4.0** |
| taken for what was asked for | 78 % | 81 % | 82 % | 83 % | 85 % | **86 %** |
| FID, discriminator blind to labels | 34.2 | 22.0 | 16.0 | | | |

**It does what it is asked.** Look along a row: ten trousers, and no two alike. Look down a column: what the ten have in
common is the *style*. The fourth column is light and has something printed on it, in T-shirts, pullovers and dresses
alike; the eighth is dark, whatever it is. Nobody has said that $z$ should mean the same in all classes. The layers
behind the first one are shared, and it is the cheapest way.

**The pictures are better**, too, by far: 6.4 after three epochs, where a discriminator that sees no label leads to
16.0. Why? Ten games are easier than one. Given that it is a boot, the discriminator looks for what is wrong with boots,
and its answer goes to that part of the generator that makes boots; and no class can get lost, so none of the distance
comes from wrong shares (the smallest is 9.5 %).

**A blind discriminator.** The generator still gets its label, but only the discriminator could have made it mean
anything. The consistency is 10.6 %, as if by lot: to the generator the label is ten more random numbers. Who ever sees
a conditional generator that ignores its condition should look there first.

![What was asked for, by row, and what the judge takes it for, by column, in per cent.](confusion.svg)

**The mistakes are those that one would make.** Trousers, bags, boots and sandals are nearly always recognised. Shirts
are not: 57 %, and the rest is taken for coats, pullovers and T-shirts. Of *real* shirts the judge gets 71 % right, of
real pullovers 85 % (here 74 %), of real coats 86 % (74 %), and of all real pictures 91 % (86 %). So two thirds of the
missing 14 % are the judge's own, and what the generator adds to them it adds in the same classes.

![Both losses, and what the discriminator believes.](game.svg)

The curves of the game are those of a good one, and say no more than in lesson 7: the losses have stood still since step
1,000, and the FID has fallen from 18.7 to 4.0 since then.

## Steering without labels

Suppose that all we have is a generator that was trained without labels, as that of the blind game. (Its label stays as
it is; it means nothing.) And there is a classifier, trained by somebody else: the judge. Both are networks, so the
chain rule goes through both of them. How does the logarithm of the probability of class $c$ change with $z$?

$$ \nabla_z \log p(c \mid G(z)) = \left( \frac{\partial G}{\partial z} \right)^{\!\top} \nabla_x \log p(c \mid x). $$

A backward pass through the judge, down to the picture; then one through the generator, down to $z$. No weight moves.
Then a step of length 0.1 in this direction, and again. (The judge knows pictures in $[0, 1]$, and $G$ makes them in
$[-1, 1]$: hence the half.)

In lesson 7 we saw that $z$ lives on a shell. Steps lead away from it; so in a second version each step ends with $z$
brought back to its length.
*/

#include "activation.h"
#include "checkpoint.h"
#include "conditional-gan.h"
#include "die.h"
#include "image.h"
#include "loss.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WALKERS = 100, STRIPS = 8, STOPS = 11, ROW = LATENT + CLASSES };
static const float stride = 0.1f; // length of a step in z

typedef enum { UPHILL, ON_SHELL, AT_RANDOM, WAYS } Way;
enum { TARGET, BEFORE, BRIGHTNESS, DISTANCE, LENGTH, BELIEVED, MEASURES };

// The networks that are asked: a generator, the judge, and a discriminator that was trained
// against the generator.
typedef struct {
    Net *G, *judge, *D;
    float *pictures, *d; // (WALKERS, PIXELS) each
} Guides;

// Pictures in [0, 1] of zy (n, ROW), and the judge's logits.
static const float *looked_at(Guides *g, const float *zy, int n) {
    const float *x = net_forward(g->G, zy, n, EVAL);
    for (int i = 0; i < n * PIXELS; i++) {
        g->pictures[i] = 0.5f * (x[i] + 1.0f);
    }
    return net_forward(g->judge, g->pictures, n, EVAL);
}

// The gradient of the sum of log p(target | G(z)) with respect to zy (n, ROW).
static const float *uphill(Guides *g, const float *zy, const int *targets, int n) {
    float ds[WALKERS * CLASSES];
    softmax_cross_entropy(ds, looked_at(g, zy, n), targets, n, CLASSES);
    const float *dx = net_backward(g->judge, ds, WANT_INPUT);
    for (int i = 0; i < n * PIXELS; i++) {
        g->d[i] = -0.5f * (float)n * dx[i]; // up, not down; the half is that of the brightness
    }
    return net_backward(g->G, g->d, WANT_INPUT);
}

static void one_step(Guides *g, float *zy, const float *direction, const int *targets, Way way,
                     int n) {
    const float *gradient = way == AT_RANDOM ? direction : uphill(g, zy, targets, n);
    for (int i = 0; i < n; i++) {
        float *z = zy + (size_t)i * ROW;
        const float *to = gradient + (size_t)i * ROW;
        double length = norm(z, LATENT), steep = norm(to, LATENT);
        for (int k = 0; k < LATENT && steep > 0.0; k++) {
            z[k] += stride * to[k] / (float)steep;
        }
        double longer = norm(z, LATENT);
        for (int k = 0; k < LATENT && way == ON_SHELL; k++) {
            z[k] *= (float)(length / longer);
        }
    }
}

/*
**What else moves?** Of a hundred walkers, each from another $z$ and towards another class than the judge has taken it
for, we keep along the way: the probability of the class that was asked for, and of the one that it was; how far the
brightness and the picture as a whole have gone from where they began; the length of $z$; and what the generator's own
discriminator thinks of the picture.

For comparison others walk as far, each in one random direction.
*/

// What is measured along a walk, as means over the walkers.
static void measure(double *row, Guides *g, const float *zy, const float *start, const int *targets,
                    const int *classes, int n) {
    float p[WALKERS * CLASSES];
    memset(row, 0, MEASURES * sizeof *row);
    softmax_forward(p, looked_at(g, zy, n), n, CLASSES);
    for (int i = 0; i < n; i++) {
        const float *x = g->pictures + (size_t)i * PIXELS, *before = start + (size_t)i * PIXELS;
        double shade = 0.0, squares = 0.0;
        for (int k = 0; k < PIXELS; k++) {
            shade += ((double)x[k] - before[k]) / PIXELS;
            squares += ((double)x[k] - before[k]) * ((double)x[k] - before[k]);
        }
        row[TARGET] += (double)p[i * CLASSES + targets[i]] / n;
        row[BEFORE] += (double)p[i * CLASSES + classes[i]] / n;
        row[BRIGHTNESS] += fabs(shade) / n;
        row[DISTANCE] += sqrt(squares) / n;
        row[LENGTH] += norm(zy + (size_t)i * ROW, LATENT) / n;
    }
    gan_scale(g->pictures, (size_t)n * PIXELS);
    const float *logits = net_forward(g->D, g->pictures, n, EVAL);
    for (int i = 0; i < n; i++) {
        row[BELIEVED] += 1.0 / (1.0 + exp(-(double)logits[i])) / n;
    }
}

// What the judge takes each picture for.
static void name_classes(int *classes, Guides *g, const float *zy, int n) {
    const float *logits = looked_at(g, zy, n);
    for (int i = 0; i < n; i++) {
        classes[i] = 0;
        for (int c = 1; c < CLASSES; c++) {
            classes[i] =
                logits[i * CLASSES + c] > logits[i * CLASSES + classes[i]] ? c : classes[i];
        }
    }
}

// Strips: a walker a row, from left to right, all towards one class.
static void draw_strips(Run *run, Guides *g, const float *zy, const Settings *s, Way way,
                        const char *name) {
    float *walkers = alloc_floats(STRIPS * ROW),
          *sheet = alloc_floats((size_t)STRIPS * STOPS * PIXELS);
    int targets[STRIPS];
    memcpy(walkers, zy, STRIPS * ROW * sizeof *walkers);
    for (int i = 0; i < STRIPS; i++) {
        targets[i] = s->steer;
    }
    for (int stop = 0, step = 0; stop < STOPS; stop++) {
        for (; step < stop * s->walk / (STOPS - 1); step++) {
            one_step(g, walkers, NULL, targets, way, STRIPS);
        }
        looked_at(g, walkers, STRIPS);
        for (int i = 0; i < STRIPS; i++) {
            memcpy(sheet + ((size_t)i * STOPS + (size_t)stop) * PIXELS,
                   g->pictures + (size_t)i * PIXELS, PIXELS * sizeof *sheet);
        }
    }
    image_grid_grey(run_path(run, "samples/%s.png", name), sheet, STRIPS * STOPS, SIDE, SIDE, STOPS,
                    2, 0.0f, 1.0f);
    free(walkers);
    free(sheet);
}

// Walks in all three ways from the same places towards the same classes: fills rows (walk + 1,
// WAYS * MEASURES).
static void walk_all(double (*rows)[WAYS * MEASURES], Guides *g, const float *zy, const Settings *s,
                     Rng rng) {
    float *walkers = alloc_floats(WALKERS * ROW), *start = alloc_floats((size_t)WALKERS * PIXELS);
    float *direction = alloc_floats(WALKERS * ROW);
    int targets[WALKERS], classes[WALKERS];
    name_classes(classes, g, zy, WALKERS);
    memcpy(start, g->pictures, (size_t)WALKERS * PIXELS * sizeof *start);
    for (int i = 0; i < WALKERS; i++) { // another class than it has
        targets[i] = (classes[i] + 1 + i % (CLASSES - 1)) % CLASSES;
    }
    for (int way = 0; way < WAYS; way++) {
        memcpy(walkers, zy, WALKERS * ROW * sizeof *walkers);
        rng_fill_normal(&rng, direction, WALKERS * ROW, 0.0f, 1.0f);
        for (int step = 0; step <= s->walk; step++) {
            if (step > 0) {
                one_step(g, walkers, direction, targets, (Way)way, WALKERS);
            }
            measure(rows[step] + way * MEASURES, g, walkers, start, targets, classes, WALKERS);
        }
    }
    free(walkers);
    free(start);
    free(direction);
}

static void report(Run *run, const Settings *s, double (*rows)[WAYS * MEASURES]) {
    static const char *const ways[WAYS] = { "uphill", "on the shell", "at random" };
    static const char *const keys[WAYS] = { "uphill", "shell", "random" };
    Log *log = log_open(
        run, "log-steer.csv",
        "uphill_target,uphill_before,uphill_brightness,uphill_distance,uphill_length,uphill_"
        "believed,"
        "shell_target,shell_before,shell_brightness,shell_distance,shell_length,shell_believed,"
        "random_target,random_before,random_brightness,random_distance,random_length,random_"
        "believed");
    for (int step = 0; step <= s->walk; step++) {
        log_write(log, step, rows[step], WAYS * MEASURES);
    }
    run_say(run, "Steered for %d steps of %.1f, towards another class each:", s->walk,
            (double)stride);
    run_say(run, "%-14s%9s%9s%12s%10s%9s%9s", "", "p(class)", "p(old)", "brightness", "distance",
            "|z|", "D");
    for (int way = -1; way < WAYS; way++) {
        const double *r = way < 0 ? rows[0] : rows[s->walk] + way * MEASURES;
        run_say(run, "%-14s%9.3f%9.3f%12.3f%10.2f%9.2f%9.2f", way < 0 ? "before" : ways[way],
                r[TARGET], r[BEFORE], r[BRIGHTNESS], r[DISTANCE], r[LENGTH], r[BELIEVED]);
        char key[40];
        snprintf(key, sizeof key, "steer_%s", way < 0 ? "before" : keys[way]);
        run_summary(run, key, r[TARGET]);
    }
}

void steer(Run *run, State *state, const Settings *s, const Dataset *test) {
    if (!state_begin(state, "steer")) {
        return;
    }
    Settings wide = *s;
    wide.batch = WALKERS;
    Duel *duel = make_duel(&wide, false, 1);
    checkpoint_load(run_path(run, "blind.safetensors"), duel->G);
    checkpoint_load(run_path(run, "blind-discriminator.safetensors"), duel->D);
    Judge *judge = judge_create(test);
    Guides g = { .G = duel->G, .judge = judge_net(judge), .D = duel->D };
    g.pictures = alloc_floats((size_t)WALKERS * PIXELS);
    g.d = alloc_floats((size_t)WALKERS * PIXELS);
    float *z = alloc_floats(WALKERS * LATENT), *zy = alloc_floats(WALKERS * ROW);
    int labels[WALKERS];
    Rng rng = rng_create((uint64_t)s->run.seed, RNG_SAMPLE);
    rng_fill_normal(&rng, z, WALKERS * LATENT, 0.0f, 1.0f);
    for (int i = 0; i < WALKERS; i++) {
        labels[i] = i % CLASSES;
    }
    beside(zy, z, labels, WALKERS);
    double(*rows)[WAYS * MEASURES] = alloc_bytes(((size_t)s->walk + 1) * sizeof *rows);
    walk_all(rows, &g, zy, s, rng);
    report(run, s, rows);
    draw_strips(run, &g, zy, s, UPHILL, "steered");
    draw_strips(run, &g, zy, s, ON_SHELL, "steered-on-shell");
    state_end(state, true);
    free(rows);
    free(z);
    free(zy);
    free(g.pictures);
    free(g.d);
    judge_free(judge);
    duel_free(duel);
}

/*
![Eight latent vectors, steered towards the boot: at the left where they began, at the right after 60 steps.](steered.png)

![Four measures along the way, for a hundred walkers.](steer.svg)

| after a walk of length 6 | probability of the class asked for | of the class it was | brightness, change | distance from the first picture | length of $z$ | $D$ |
|---|---|---|---|---|---|---|
| before | 0.02 | 0.80 | 0 | 0 | 8.0 | 0.50 |
| uphill | **0.54** | 0.15 | 0.048 | 4.8 | 8.1 | 0.48 |
| uphill on the shell | **0.54** | 0.16 | 0.051 | 4.8 | 8.0 | 0.48 |
| at random | 0.04 | 0.43 | 0.070 | 6.6 | 10.0 | 0.46 |

**It can be steered, half of the time.** The first steps count most: within a walk of length 1, an eighth of the length
of $z$, the judge has lost more than half of its belief in the old class. Among the strips a pair of trousers becomes a
boot, with one leg for a shaft, and sandals and shoes grow ankles. A T-shirt and a pullover stay what they are: every
direction that would make them more like a boot is used up before they are one. The climb ends on a hill that is not the
highest. Between the sleeves of a pullover and a boot there is a valley, and a gradient does not know what lies behind
it.

**The shell does not matter here.** Going uphill hardly makes $z$ longer, 8.0 to 8.1: the gradient is nearly at right
angles to $z$. (A walk in a *fixed* direction does leave the shell: $\sqrt{8^2 + 6^2} = 10$.)

**What else moves?** Nearly everything. The picture as a whole has gone 4.8 from where it began, and the brightness has
changed by 0.05 of its range, although nobody asked for another brightness: what makes a boot a boot and what makes it
light or dark are not separate directions of $z$. They are *entangled*. In the first half of the walk the steered
picture changes *faster* than one that walks at random, since the gradient points where pictures change.

**Is the judge only fooled?** It is well known that a picture can be changed by gradient ascent so that a classifier is
certain of a class and nobody else sees it (Szegedy et al. 2013). That is done in the space of *pictures*. Here only $z$
moves, whatever comes out has gone through the generator, and the discriminator that was trained against this generator
believes it as much as before (0.48, from 0.50). The generator keeps the walk among clothes.

## Where this differs from the papers

- Mirza and Osindero have dense networks, maxout, and digits; the label goes through a layer of its own before it meets
  the rest. They measure with Parzen windows.
- Planes of constants are from Radford's and others' programs. Later papers give the label to the discriminator as an
  inner product with an embedding (Miyato and Koyama 2018), or to the generator as scales and shifts of its batch norms
  (Dumoulin et al. 2016; Brock et al. 2018), which needs as many numbers for each class as there are channels.
- Steering towards a class with a classifier's gradient is called *plug and play* by Nguyen et al. (2016), who add noise
  to each step, so that the walk does not stop on the first hill.
- Our rate is 0.001, five times the usual.

## Exercises

1. *Predict, then run.* Leave the label away from the *generator*, and let the discriminator keep it. What can the
   generator do best? What will the consistency be, and the FID?
2. The fakes' labels: draw them so that class 0 comes up half of the time, and leave the real ones as they are. What is
   $D^*$ now? Does the share of T-shirts among 10,000 samples, of which we ask for a tenth each, suffer, or something
   else?
3. Interpolate between two *labels*: a one-hot vector that goes from $e_1$ to $e_9$ in ten steps, at the same $z$. No
   network has ever seen half a label. What does the middle look like?
4. Put the label beside the discriminator's *last* dense layer in place of planes (ten more inputs there). It can then
   say "this is no boot" only as a sum of what it thinks of the picture and what it thinks of boots. Why is that not
   enough? (Miyato and Koyama multiply.)
5. Add noise to each step of the walk, a little less with each. Does the T-shirt become a boot?
6. `make lesson-10 ARGS="--walk 600 --blind-epochs 3" RUN=far`: a walk of length 60. What becomes of the probability, of
   $D$, of the pictures, on the shell and off it?

## References

- M. Mirza, S. Osindero, *Conditional generative adversarial nets*, 2014, arXiv:1411.1784.
- C. Szegedy, W. Zaremba, I. Sutskever, J. Bruna, D. Erhan, I. Goodfellow, R. Fergus, *Intriguing properties of neural
  networks*, 2013, arXiv:1312.6199.
- A. Nguyen, J. Clune, Y. Bengio, A. Dosovitskiy, J. Yosinski, *Plug & play generative networks*, 2016,
  arXiv:1612.00005.
- V. Dumoulin, J. Shlens, M. Kudlur, *A learned representation for artistic style*, 2016, arXiv:1610.07629.
- T. Miyato, M. Koyama, *cGANs with projection discriminator*, 2018, arXiv:1802.05637.
- A. Brock, J. Donahue, K. Simonyan, *Large scale GAN training for high fidelity natural image synthesis*, 2018,
  arXiv:1809.11096.
*/
