/*
## Pictures from pictures

A shirt that is moved by two pixels is a shirt. How is a network told? By an example: the moved shirt with its old label. Let
$T$ be a random change of a picture, $f$ the network and $\ell$ the loss of one picture. Training on pictures that are changed
anew at each use makes

$$ L_T(\theta) = \frac1n \sum_{i=1}^n \mathrm{E}_T\, \ell\bigl(f(T x_i), t_i\bigr) $$

small: not the loss at $n$ points, but the mean loss on a whole neighbourhood of each. For a network that learns points by heart
this is harder.

**What noise does** can be computed. Let $T x = x + \sigma \xi$ with independent standard normal $\xi$, and write $\ell(x)$ for
the loss as a function of the picture. To second order

$$ \mathrm{E}\, \ell(x + \sigma \xi) \approx \ell(x) + \sigma\, \mathrm{E}[\xi] \cdot \nabla \ell + \frac{\sigma^2}{2} \sum_{j,k} \mathrm{E}[\xi_j \xi_k]
   \frac{\partial^2 \ell}{\partial x_j \partial x_k} = \ell(x) + \frac{\sigma^2}{2} \sum_j \frac{\partial^2 \ell}{\partial x_j^2} , $$

since $\mathrm{E}[\xi] = 0$ and $\mathrm{E}[\xi_j \xi_k]$ is 1 for $j = k$ and else 0. So noise is a penalty on the curvature of
the loss, the same in all directions (Bishop 1995). (Our program cuts the pixels to $[0, 1]$. On black ones the noise then has a
positive mean, and the formula holds only for grey ones.) A shift asks for more: it says in *which* directions, out of 784, the
loss has to be flat.

![A new pixel asks for its point in the old picture. The point lies between four pixels, and gets its value from them.](diagrams/where-from.svg)

How a turned picture is made of an old one is derived in [the chapter on augmentation](augment.html). These are the kinds, as a
picture of each class shows them:

![Ten pictures of ten classes, and below them eight rows of the same, changed: shifted, flipped, with noise, in other light, with a black square, turned and
zoomed, upside down, and all together but for noise, light and upside-down.](samples/kinds.png)
*/

#include "acts.h"
#include "base/die.h"
#include "base/file.h"
#include "data/image.h"
#include "nn/loss.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KINDS = 9, NONE = 0, SHIFT = 1, TOGETHER = 8 };
static const struct {
    const char *name;
    Augmentation training; // in training
    Augmentation shown;    // in pictures and when a net is asked: a flip then always
} kinds[KINDS] = {
    { .name = "none" },
    { "shift", { .shift = 2 }, { .shift = 2 } },
    { "flip", { .flip = 0.5f }, { .flip = 1.0f } },
    { "noise", { .noise = 0.1f }, { .noise = 0.1f } },
    { "light", { .brightness = 0.2f, .contrast = 0.3f }, { .brightness = 0.2f, .contrast = 0.3f } },
    { "cutout", { .cutout = 8 }, { .cutout = 8 } },
    { "turn", { .turn = 0.3f, .zoom = 0.15f }, { .turn = 0.3f, .zoom = 0.15f } },
    { "upside_down", { .upside_down = 0.5f }, { .upside_down = 1.0f } },
    { "together",
      { .flip = 0.5f, .shift = 2, .turn = 0.3f, .zoom = 0.15f, .cutout = 8 },
      { .flip = 0.5f, .shift = 2, .turn = 0.3f, .zoom = 0.15f, .cutout = 8 } },
};

// What is trained besides LeNet without any, which the act before has: shift and all together at four
// sizes, the others at two.
enum { CELLS = 20 };
static const struct {
    int kind, size;
} cells[CELLS] = {
    { 1, 0 }, { 1, 1 }, { 1, 2 }, { 1, 3 }, { 8, 0 }, { 8, 1 }, { 8, 2 },
    { 8, 3 }, { 2, 1 }, { 2, 3 }, { 3, 1 }, { 3, 3 }, { 4, 1 }, { 4, 3 },
    { 5, 1 }, { 5, 3 }, { 6, 1 }, { 6, 3 }, { 7, 1 }, { 7, 3 },
};

int augmentation_count(const FewSettings *s) {
    return CELLS * s->seeds;
}

static long train_with(const void *context, int i, double *figures) {
    const FewLab *lab = context;
    const FewSettings *s = lab->settings;
    int seed = i % s->seeds, kind = cells[i / s->seeds].kind, size = cells[i / s->seeds].size;
    Net *net = few_net(lab, lenet, seed);
    FewRecipe recipe = { ALL_TEN, per_class[size], s->steps, s->lr, kinds[kind].training };
    long diverged = learn(lab, &recipe, seed, net, figures);
    if (size == AT_2000 && !run_stopped(lab->run)) {
        figures[MORE] = judge(lab, net, ALL_TEN, &kinds[kind].shown).accuracy;
    }
    net_free(net);
    return diverged;
}

// --- results -----------------------------------------------------------------------------------------

typedef struct {
    const FewLab *lab;
    const Trainings *all, *models;
} KindFigures;

static const double *figures_of_kind(const void *context, int kind, int size) {
    const KindFigures *k = context;
    if (kind == NONE) {
        return plain_figures(k->lab, k->models, size);
    }
    for (int c = 0; c < CELLS; c++) {
        if (cells[c].kind == kind && cells[c].size == size) {
            return k->all->figures + c * k->lab->settings->seeds * FIGURES;
        }
    }
    return NULL;
}

// By how many times the loss is that without augmentation, and how much higher the accuracy, seed by
// seed: the same pictures, the same initial weights.
static void compare(const FewLab *lab, const double *with, const double *without, Band *ratio,
                    Band *gain) {
    int seeds = lab->settings->seeds;
    double both[MOST_SEEDS * FIGURES];
    for (int s = 0; s < seeds; s++) {
        both[s * FIGURES + LOSS] = with[s * FIGURES + LOSS] / without[s * FIGURES + LOSS];
        both[s * FIGURES + ACCURACY] =
            with[s * FIGURES + ACCURACY] - without[s * FIGURES + ACCURACY];
    }
    *ratio = band(lab, both, LOSS);
    *gain = band(lab, both, ACCURACY);
}

static void report_size(FewLab *lab, const KindFigures *k, int size) {
    run_say(lab->run, "%d pictures, %d seeds: held-out accuracy (least, most), loss, its ratio",
            pictures[size], lab->settings->seeds);
    for (int kind = 0; kind < KINDS; kind++) {
        const double *f = figures_of_kind(k, kind, size);
        Band accuracy = band(lab, f, ACCURACY), loss = band(lab, f, LOSS), ratio, gain;
        char key[64];
        compare(lab, f, figures_of_kind(k, NONE, size), &ratio, &gain);
        run_say(lab->run, "  %-12s%8.3f (%.3f, %.3f)%8.3f%8.2f (%.2f, %.2f)", kinds[kind].name,
                accuracy.mean, accuracy.least, accuracy.most, loss.mean, ratio.mean, ratio.least,
                ratio.most);
        snprintf(key, sizeof key, "%s_%d_accuracy", kinds[kind].name, pictures[size]);
        summarise_band(lab, key, accuracy);
        snprintf(key, sizeof key, "%s_%d_loss", kinds[kind].name, pictures[size]);
        summarise_band(lab, key, loss);
        snprintf(key, sizeof key, "%s_%d_train_loss", kinds[kind].name, pictures[size]);
        run_summary(lab->run, key, band(lab, f, TRAIN_LOSS).mean);
        snprintf(key, sizeof key, "%s_%d_loss_ratio", kinds[kind].name, pictures[size]);
        summarise_band(lab, key, ratio);
        snprintf(key, sizeof key, "%s_%d_gain", kinds[kind].name, pictures[size]);
        summarise_band(lab, key, gain);
    }
}

static void write_seeds(FewLab *lab, const KindFigures *k) {
    OutFile *file = file_create(run_path(lab->run, "kinds.csv"));
    fprintf(file_stream(file), "kind,pictures,seed,loss,accuracy,train_loss\n");
    for (int kind = 0; kind < KINDS; kind++) {
        for (int size = 0; size < SIZES; size++) {
            const double *f = figures_of_kind(k, kind, size);
            for (int s = 0; f && s < lab->settings->seeds; s++, f += FIGURES) {
                fprintf(file_stream(file), "%s,%d,%d,%.5g,%.5g,%.5g\n", kinds[kind].name,
                        pictures[size], s, f[LOSS], f[ACCURACY], f[TRAIN_LOSS]);
            }
        }
    }
    file_commit(file);
}

/*
## What they are worth

![Loss on held-out pictures for each kind, a point for each seed. With 200 pictures shift, cutout, turn and all together lie clearly below the loss without augmentation. With 2,000 pictures the
lowest loss is that without augmentation.](kinds.svg)

| 200 pictures | accuracy | least, most | loss | its ratio to none, seed by seed |
|---|--:|--:|--:|--:|
| none | 0.726 | 0.715, 0.734 | 1.80 |  |
| shift, up to 2 pixels | 0.741 | 0.733, 0.748 | 1.02 | 0.54 to 0.61 |
| flip | 0.730 | 0.711, 0.741 | 1.76 | 0.92 to 1.00 |
| noise, deviation 0.1 | 0.720 | 0.710, 0.728 | 1.67 | 0.86 to 0.96 |
| light | 0.729 | 0.714, 0.752 | 1.75 | 0.90 to 1.01 |
| cutout, 8 × 8 | 0.732 | 0.725, 0.739 | 1.10 | 0.61 to 0.62 |
| turn and zoom | 0.727 | 0.724, 0.733 | 1.28 | 0.63 to 0.75 |
| upside-down | 0.699 | 0.683, 0.726 | 1.69 | 0.80 to 1.09 |
| flip, shift, turn, zoom, cutout together | 0.710 | 0.701, 0.725 | 0.80 | 0.39 to 0.48 |

| 2,000 pictures | accuracy | least, most | loss | its ratio to none |
|---|--:|--:|--:|--:|
| none | 0.817 | 0.805, 0.824 | 0.50 |  |
| shift, up to 2 pixels | 0.783 | 0.782, 0.785 | 0.55 | 1.08 to 1.16 |
| flip | 0.811 | 0.807, 0.815 | 0.51 | 1.01 to 1.04 |
| noise, deviation 0.1 | 0.808 | 0.796, 0.817 | 0.51 | 1.01 to 1.04 |
| light | 0.812 | 0.805, 0.822 | 0.51 | 1.01 to 1.03 |
| cutout, 8 × 8 | 0.793 | 0.787, 0.798 | 0.53 | 1.04 to 1.12 |
| turn and zoom | 0.783 | 0.774, 0.789 | 0.56 | 1.09 to 1.13 |
| upside-down | 0.775 | 0.764, 0.785 | 0.59 | 1.14 to 1.21 |
| flip, shift, turn, zoom, cutout together | 0.736 | 0.727, 0.745 | 0.68 | 1.31 to 1.39 |

**With 200 pictures** shifts and cutouts take two fifths off the loss, at every seed, and all together more than half. Of the
accuracy there is little to be had: shifts gain 1.4 to 1.8 points, at all three seeds; for the other kinds the gain has both
signs, or is negative. Flip, noise and light change the loss by little: with them, too, the network learns the pictures by
heart, with a training loss of about 0.02 or less at the end. With upside-down pictures it is 0.04, with cutouts 0.11, with
turns 0.16, with shifts 0.18, and with all together 0.66. So the kinds that lower the held-out loss clearly are those whose
training loss stays above 0.1: the network does not come to the end with them. (The order is not the same: turns keep the
training loss higher than cutouts, and help less.) In a run of half as many steps, with other pictures
(`--steps 400 --seeds 2 --seed 2`), the loss with shifts is 0.80 times that without, with cutouts 0.75 times. That fits, since
there was less time to learn by heart; but the pictures are others, too.

**With 2,000 pictures** and the same 800 steps every kind makes the loss larger. The network has not learned them by heart
without augmentation either: its training loss is 0.39 at the end. Where nothing is learned by heart there is nothing to cure,
and a harder task is learned less far in the same time. What more steps bring is the first question under "To explore".

![Accuracy and loss against the number of pictures: as they are, shifted, and all together. The curves of the loss cross between 600 and 2,000 pictures.](augmentation.svg)

Between them, with 600 pictures, shifts lower the loss from 0.70 to 0.62 and cost 1.3 points of accuracy. With 50 they hardly
help: 3.62 against 3.78.

## Which kinds change a class?

An augmentation promises that the label stays. Does it? Two networks are asked.

**The experienced one** has learned from all 50,000 pictures, and has never seen a changed one. Of the held-out pictures that it
names rightly: how many does it still name rightly when they are changed? (`ask_again`; a flip is then done always, and not by
chance.) If it is few, the class may be another one. Or it is the same, and the network was never told.

**Those who were told** decide between the two: the networks that were trained on 2,000 pictures changed in that way. If such a
network names changed pictures as well as plain ones, what makes the class is still in the picture.
*/

// The class with the largest logit of each of n pictures.
static void answers(int *said, const float *logits, int n) {
    for (int i = 0; i < n; i++) {
        said[i] = 0;
        for (int c = 1; c < CLASSES; c++) {
            if (logits[i * CLASSES + c] > logits[i * CLASSES + said[i]]) {
                said[i] = c;
            }
        }
    }
}

// Of the held-out pictures that a net names rightly: counts, by class, how many there are, and what it says
// when they are changed.
static void ask_again(const FewLab *lab, Net *net, const Augmentation *how,
                      int said[CLASSES][CLASSES], int right[CLASSES]) {
    float *x = alloc_floats((size_t)net->batch * PIXELS);
    int *labels = alloc_bytes((size_t)net->batch * sizeof *labels);
    int *before = alloc_bytes((size_t)net->batch * sizeof *before);
    Rng rng = rng_create((uint64_t)lab->settings->run.seed, RNG_SAMPLE);
    for (int first = 0; first < lab->n_held; first += net->batch) {
        int n = lab->n_held - first < net->batch ? lab->n_held - first : net->batch;
        dataset_take(x, labels, lab->data, lab->held + first, n);
        answers(before, net_forward(net, x, n, EVAL), n);
        augment(x, x, n, SIDE, SIDE, how, &rng);
        const float *logits = net_forward(net, x, n, EVAL);
        for (int i = 0; i < n; i++) {
            int after;
            answers(&after, logits + i * CLASSES, 1);
            right[labels[i]] += before[i] == labels[i];
            said[labels[i]][after] += before[i] == labels[i];
        }
    }
    free(x);
    free(labels);
    free(before);
}

// kept.csv: for each kind and class the share that keeps its answer, and the most frequent other one.
static void write_kept(FewLab *lab, Net *ten) {
    OutFile *file = file_create(run_path(lab->run, "kept.csv"));
    fprintf(file_stream(file), "kind,class,kept,other,share\n");
    run_say(lab->run, "A net of many pictures, asked again about what it names rightly:");
    for (int kind = 1; kind < KINDS; kind++) {
        int said[CLASSES][CLASSES] = { { 0 } }, right[CLASSES] = { 0 }, all = 0, kept = 0;
        char key[64];
        ask_again(lab, ten, &kinds[kind].shown, said, right);
        for (int c = 0; c < CLASSES; c++) {
            int other = c == 0;
            for (int o = 0; o < CLASSES; o++) {
                other = o != c && said[c][o] > said[c][other] ? o : other;
            }
            double of = right[c] > 0 ? right[c] : 1.0;
            fprintf(file_stream(file), "%s,%d,%.4f,%d,%.4f\n", kinds[kind].name, c, said[c][c] / of,
                    other, said[c][other] / of);
            all += right[c];
            kept += said[c][c];
        }
        run_say(lab->run, "  %-12s keeps %.3f of its answers", kinds[kind].name,
                all > 0 ? (double)kept / all : 0.0);
        snprintf(key, sizeof key, "kept_%s", kinds[kind].name);
        run_summary(lab->run, key, all > 0 ? (double)kept / all : 0.0);
    }
    file_commit(file);
}

// Nets that were trained on changed pictures, asked about changed ones.
static void report_own(FewLab *lab, const KindFigures *k) {
    run_say(lab->run, "Nets trained on 2,000 pictures: accuracy on changed pictures (plain ones)");
    for (int kind = 1; kind < KINDS; kind++) {
        const double *f = figures_of_kind(k, kind, AT_2000);
        char key[64];
        Band own = band(lab, f, MORE);
        run_say(lab->run, "  %-12s%8.3f (%.3f)", kinds[kind].name, own.mean,
                band(lab, f, ACCURACY).mean);
        snprintf(key, sizeof key, "own_%s", kinds[kind].name);
        summarise_band(lab, key, own);
    }
}

// A row for each kind, a column for each class.
static void draw_kinds(FewLab *lab) {
    float *x = alloc_floats(CLASSES * PIXELS), *all = alloc_floats(KINDS * CLASSES * PIXELS);
    int first[CLASSES] = { 0 };
    for (int i = lab->n_held - 1; i >= 0; i--) {
        first[lab->data->labels[lab->held[i]]] = lab->held[i];
    }
    dataset_take(x, NULL, lab->data, first, CLASSES);
    Rng rng = rng_create((uint64_t)lab->settings->run.seed, RNG_SAMPLE);
    for (int kind = 0; kind < KINDS; kind++) {
        augment(all + kind * CLASSES * PIXELS, x, CLASSES, SIDE, SIDE, &kinds[kind].shown, &rng);
    }
    image_grid_grey(run_path(lab->run, "samples/kinds.png"), all, KINDS * CLASSES, SIDE, SIDE,
                    CLASSES, 2, 0.0f, 1.0f);
    free(x);
    free(all);
}

void augmentation(FewLab *lab, Trainings *all, const Trainings *models, Net *ten) {
    static const char *const curves[] = { "none",   "shift", "flip",        "noise",   "light",
                                          "cutout", "turn",  "upside_down", "together" };
    if (!trainings_run(all, train_with, lab)) {
        return;
    }
    KindFigures k = { lab, all, models };
    draw_kinds(lab);
    report_size(lab, &k, AT_200);
    report_size(lab, &k, AT_2000);
    write_seeds(lab, &k);
    log_bands(lab, "log-augmentation.csv", curves, KINDS, pictures, SIZES, figures_of_kind, &k);
    write_kept(lab, ten);
    report_own(lab, &k);
}

/*
![The share of its right answers that the experienced network keeps, by kind and class. In the rows of flip and upside-down some classes fall to 0 or nearly 0.](kept.svg)

| | experienced network keeps | 2,000 pictures, told: accuracy on changed pictures | on plain ones |
|---|--:|--:|--:|
| shift | 0.843 | 0.771 | 0.783 |
| flip | 0.718 | 0.810 | 0.811 |
| noise | 0.954 | 0.803 | 0.808 |
| light | 0.854 | 0.807 | 0.812 |
| cutout | 0.857 | 0.777 | 0.793 |
| turn and zoom | 0.835 | 0.769 | 0.783 |
| upside-down | 0.252 | 0.777 | 0.775 |
| together | 0.525 | 0.688 | 0.736 |

**The experienced network** keeps 72 % of its answers when the pictures are flipped, and of the ankle boots not a single one: it
calls 85 % of them bags. In Fashion-MNIST nearly all shoes point to the left. It has never seen a boot that points to the right,
and for what it has never seen it has no reason to be right. Upside down it keeps 25 %: of the trousers 0.2 %, which become
dresses, and of the sneakers 0.6 %, which become bags.

**Those who were told** see it otherwise. Networks that trained on flipped pictures name 81.0 % of flipped ones rightly and 81.1
% of plain ones. And upside down it is 77.7 % and 77.5 %: *the class survives*. An upside-down shirt is still a shirt, and
whoever has seen some can tell. What then is wrong with turning pictures upside down? That nobody will ever ask. With 200
pictures the accuracy is 0.699 in place of 0.726, with 2,000 it is 0.775 in place of 0.817: the network spends its steps and its
filters on pictures that do not occur. So the question for an augmentation is not only whether the class survives, but whether
*such pictures will come*. (With digits it is another matter: a 2 whose top and bottom are exchanged looks like a 5.)

A cutout or a shift may take away what tells a shirt from a coat or a pullover: of the shirts that the experienced network named
rightly, 63 % and 55 % are still shirts to it. And the networks that were told name one to two points fewer of such changed
pictures rightly than of plain ones.
*/
