/*
# Lesson 13: Few pictures

Lesson 4's network learned from 55,000 pictures of clothes, and somebody had labelled each of them. In most tasks there are a
few hundred. **What can one do with 200 labelled pictures?**

![Accuracy and loss on held-out pictures of four networks, trained on 50, 200, 600 and 2,000 pictures. All curves of the accuracy rise; LeNet has
the highest accuracy at none of the four numbers.](models.svg)

Four answers are usually given:

1. take **a simpler model**, which cannot learn so much by heart;
2. make more pictures out of those that there are: **augmentation**;
3. **borrow** a network that has learned something else from many pictures, and train it on: *transfer learning*;
4. give the network **a second task**, for which there are more examples: *multi-task learning*.

Each of them is right somewhere. Here each is tried, at several numbers of pictures and with several seeds, and next to each
stands its control: frozen *random* layers next to the borrowed ones, denoising of the *same* pictures next to that of new ones.
Some of the advice holds at this size, some is folklore.

**What you will do here.** Turn, shift and cut pictures, and ask two networks whether the class has survived. Freeze the layers
of a network one after the other. Derive what two losses do to one trunk, and why a second label may be worth nothing. The text
ends with a table of what was found.

    make lesson-13
    make lesson-13 ARGS="--seed 2" RUN=other
    make compare RUNS="13-few-pictures/default 13-few-pictures/other" LOG=log-augmentation.csv
*/

#include "acts.h"
#include "base/die.h"
#include "nn/loss.h"
#include "nn/optimizer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/*
## Why few pictures are few

A network is trained to make the mean loss over its $n$ pictures small. What is wanted is a small mean over *all* pictures. For
one network that does not depend on the pictures the two means are nearly equal: their difference has a standard deviation of
$\sigma / \sqrt n$, where $\sigma$ is that of the loss of a single picture. But the network was chosen *because* its loss on
these $n$ is small. Among the many functions that a flexible network can become, there are always some that fit $n$ pictures by
chance. The more there are, and the fewer the pictures, the better the best of them fits them, and the less that says.

So there are two ways out: fewer functions (a simpler model, frozen layers), or more that has to be fitted (changed pictures, a
second task).

## Four nets

Four nets, the first two with few parameters, the last two with many: one dense layer, which is lesson 1's logistic regression
for ten classes; a small convolutional net; lesson 2's dense net; and LeNet-5 of lesson 4. `--summary` has their layers.
*/

const LayerSpec linear[] = { flatten(), dense(CLASSES), END };
const LayerSpec small[] = { conv2d(4, .kernel = 5, .stride = 2, .pad = 2),
                            relu(),
                            max_pool2d(2),
                            flatten(),
                            dense(CLASSES),
                            END };
const LayerSpec dense_only[] = { flatten(), dense(128), relu(), dense(CLASSES), END };
const LayerSpec lenet[] = { LENET_TRUNK, dense(CLASSES), END };

Net *few_net(const FewLab *lab, const LayerSpec *table, int seed) {
    enum { ROOM = 100 }; // pictures at a time, when they are judged
    int batch = 2 * lab->settings->batch;
    Rng rng = rng_create(run_seed(lab->run, seed), RNG_INIT);
    return net_create(table, (Shape){ 1, SIDE, SIDE }, batch > ROOM ? batch : ROOM, &rng);
}

/*
## Training on few pictures

The loop of all lessons: batch, forward, loss, backward, step. New is that a batch is changed before it is used, by
[augment](augment.html); with an `Augmentation` of zeros the pictures stay as they are. A step takes 25 pictures, so that 50,
200, 600 and 2,000 are whole numbers of batches, and each net takes 800 steps of Adam, whose rate falls from 0.003 to 0. With
200 pictures that is 100 epochs.

**Fair comparisons.** With the same seed all networks see the same pictures in the same batches, and those with the same layers
begin with the same weights. A seed draws other pictures, other weights and another order. And the 200 pictures are among the
2,000. All are judged on 10,000 pictures that are *held out*: no training and no choice uses them. (Somebody who has 200
pictures has no such judge. We have, and use it only to measure.)
*/

void course_open(FewCourse *c, const FewLab *lab, const FewRecipe *recipe, int seed, Net *net) {
    *c = (FewCourse){ .recipe = *recipe, .net = net };
    c->batches = few_batches(lab, seed, recipe->classes, recipe->per_class);
    c->adam = optimizer_create(optimizer_defaults(ADAM, recipe->lr), net->n_params);
    c->changes = rng_create(run_seed(lab->run, seed), RNG_NOISE);
    c->x = alloc_floats((size_t)lab->settings->batch * PIXELS);
    c->labels = alloc_bytes((size_t)lab->settings->batch * sizeof *c->labels);
}

void course_close(FewCourse *c) {
    batches_free(&c->batches);
    optimizer_free(c->adam);
    free(c->x);
    free(c->labels);
}

float course_step(FewCourse *c) {
    const FewRecipe *r = &c->recipe;
    int n = batches_next_endless(&c->batches, c->x, c->labels);
    for (int i = 0; i < n; i++) {
        c->labels[i] -= r->classes.first;
    }
    augment(c->x, c->x, n, SIDE, SIDE, &r->how, &c->changes);
    const float *logits = net_forward(c->net, c->x, n, TRAIN);
    int outputs = r->classes.last - r->classes.first + 1;
    float loss = softmax_cross_entropy(c->net->dy, logits, c->labels, n, outputs);
    net_zero_grad(c->net);
    net_backward(c->net, c->net->dy, WANT_PARAMS);
    c->adam->spec.lr = schedule_lr(LINEAR_DECAY, r->lr, c->step, r->steps);
    optimizer_step(c->adam, c->net->params, c->net->grads);
    c->step++;
    return loss;
}

long learn(const FewLab *lab, const FewRecipe *recipe, int seed, Net *net, double *figures) {
    FewCourse c;
    double late = 0.0;
    long diverged = 0;
    int last_tenth = (recipe->steps + 9) / 10;
    course_open(&c, lab, recipe, seed, net);
    while (c.step < recipe->steps && !run_stopped(lab->run)) {
        float loss = course_step(&c);
        if (!isfinite(loss)) {
            diverged = c.step;
            break;
        }
        late += c.step > recipe->steps - last_tenth ? loss : 0.0;
    }
    if (c.step == recipe->steps && diverged == 0) {
        Score score = judge(lab, net, recipe->classes, NULL);
        figures[LOSS] = score.loss;
        figures[ACCURACY] = score.accuracy;
        figures[TRAIN_LOSS] = late / last_tenth;
    }
    course_close(&c);
    return diverged;
}

/*
## Learning by heart

Before the comparisons, three trainings of LeNet are watched step by step: on 200 pictures, on the same 200 with each picture
moved by up to two pixels whenever it is used, and on 2,000.

![Training loss (left) and loss on held-out pictures (right) of three trainings. On 200 pictures the training loss falls nearly to 0, and the held-out loss
rises after its lowest point; with shifts it rises less; with 2,000 pictures it falls, with small ups and downs, to the
end.](watch.svg)

On 200 pictures the training loss falls to 0.007. The loss on held-out pictures has its lowest point, 0.81, at step 100, and
from there it doubles, to 1.66. The *accuracy* does not get worse: it is 0.69 at step 100, 0.72 at step 200 and 0.73 at the end.
The network does not make more mistakes, it becomes surer of those that it makes. So with few pictures the loss says more than
the accuracy, and both are told everywhere below.

Moved pictures slow the learning by heart down: a training loss of 0.18 and a held-out loss of 1.01 at the end. 2,000 pictures
cannot be learned by heart in 800 steps, and the held-out loss falls to 0.52.
*/

enum { WATCHED = 3, MANY = 2 };
static const struct {
    const char *name;
    Augmentation how;
} watched[WATCHED] = { { .name = "plain" }, { "shift", { .shift = 2 } }, { .name = "many" } };

static void watch_open(FewLab *lab, int w, FewCourse *c) {
    const FewSettings *s = lab->settings;
    char place[32];
    int each = w == MANY ? per_class[AT_2000] : per_class[AT_200];
    FewRecipe recipe = { ALL_TEN, each, s->steps, s->lr, watched[w].how };
    course_open(c, lab, &recipe, 0, few_net(lab, lenet, 0));
    snprintf(place, sizeof place, "%s_net", watched[w].name);
    state_net(lab->state, place, c->net);
    snprintf(place, sizeof place, "%s_adam", watched[w].name);
    state_optimizer(lab->state, place, c->adam);
    snprintf(place, sizeof place, "%s_batches", watched[w].name);
    state_batches(lab->state, place, &c->batches);
    snprintf(place, sizeof place, "%s_changes", watched[w].name);
    state_rng(lab->state, place, &c->changes);
    snprintf(place, sizeof place, "%s_step", watched[w].name);
    state_count(lab->state, place, &c->step, s->steps);
}

// A row of the log: training loss since the last row, loss and accuracy on held-out pictures.
static void write_watched(FewLab *lab, Log *log, FewCourse *courses, double *sums, long *since) {
    double row[3 * WATCHED];
#pragma omp parallel for schedule(dynamic, 1)
    for (int w = 0; w < WATCHED; w++) {
        Score held = judge(lab, courses[w].net, ALL_TEN, NULL);
        row[3 * w] = sums[w] / (double)*since;
        row[3 * w + 1] = held.loss;
        row[3 * w + 2] = held.accuracy;
        sums[w] = 0.0;
    }
    *since = 0;
    log_write(log, courses[0].step, row, 3 * WATCHED);
    run_progress(lab->run, "watch", courses[0].step, lab->settings->steps,
                 "loss %.3f, held out %.3f", row[0], row[1]);
    state_save(lab->state);
}

void watch(FewLab *lab) {
    enum { LONGEST_WAIT = 50, ROWS = 16 };
    if (!state_begin(lab->state, "watch")) {
        return;
    }
    long steps = lab->settings->steps, since = 0;
    long every = steps < ROWS ? 1 : steps < ROWS * LONGEST_WAIT ? steps / ROWS : LONGEST_WAIT;
    double sums[WATCHED] = { 0.0 };
    Log *log = log_open(lab->run, "log.csv",
                        "plain_train_loss<,plain_held_loss<,plain_held_accuracy>,"
                        "shift_train_loss<,shift_held_loss<,shift_held_accuracy>,"
                        "many_train_loss<,many_held_loss<,many_held_accuracy>");
    FewCourse courses[WATCHED];
    for (int w = 0; w < WATCHED; w++) {
        watch_open(lab, w, &courses[w]);
    }
    state_longs(lab->state, "since", &since, 1);
    state_doubles(lab->state, "sums", sums, WATCHED);
    while (courses[0].step < steps && !run_stopped(lab->run)) {
        float losses[WATCHED];
#pragma omp parallel for schedule(dynamic, 1)
        for (int w = 0; w < WATCHED; w++) {
            losses[w] = course_step(&courses[w]);
        }
        since++;
        for (int w = 0; w < WATCHED; w++) {
            sums[w] += losses[w];
            if (!isfinite(losses[w])) {
                run_diverged(lab->run, courses[w].step, "the loss",
                             net_find_nonfinite(courses[w].net));
            }
        }
        if (courses[0].step % every == 0 || courses[0].step == steps) {
            write_watched(lab, log, courses, sums, &since);
        }
    }
    state_end(lab->state, courses[0].step == steps);
    for (int w = 0; w < WATCHED; w++) {
        net_free(courses[w].net);
        course_close(&courses[w]);
    }
}

/*
## Against the number of pictures

Now the four nets at four sizes, with every seed. It takes many trainings, and they have nothing to do with each other:
`trainings_run` ([trainings](trainings.html)) gives each thread whole ones.
*/

const int per_class[SIZES] = { 5, 20, 60, 200 }, pictures[SIZES] = { 50, 200, 600, 2000 };

static const struct {
    const char *name;
    const LayerSpec *table;
} four[MODELS] = {
    { "linear", linear }, { "small", small }, { "dense", dense_only }, { "lenet", lenet }
};

// Training i: model, number of pictures, seed; the seed runs fastest.
static long train_model(const void *context, int i, double *figures) {
    const FewLab *lab = context;
    const FewSettings *s = lab->settings;
    int seed = i % s->seeds, size = i / s->seeds % SIZES, model = i / s->seeds / SIZES;
    Net *net = few_net(lab, four[model].table, seed);
    FewRecipe recipe = {
        .classes = ALL_TEN, .per_class = per_class[size], .steps = s->steps, .lr = s->lr
    };
    long diverged = learn(lab, &recipe, seed, net, figures);
    net_free(net);
    return diverged;
}

// What figures_of needs to know.
typedef struct {
    const double *figures; // (MODELS, SIZES, seeds, FIGURES)
    int seeds;
} ModelFigures;

static const double *figures_of_model(const void *context, int model, int size) {
    const ModelFigures *m = context;
    return m->figures + (model * SIZES + size) * m->seeds * FIGURES;
}

const double *plain_figures(const FewLab *lab, const Trainings *all, int size) {
    return figures_of_model(&(ModelFigures){ all->figures, lab->settings->seeds }, LENET, size);
}

int models_count(const FewSettings *s) {
    return MODELS * SIZES * s->seeds;
}

bool models(FewLab *lab, Trainings *all) {
    if (!trainings_run(all, train_model, lab)) {
        return false;
    }
    const char *names[MODELS];
    ModelFigures m = { all->figures, lab->settings->seeds };
    run_say(lab->run, "Held-out accuracy (mean of %d seeds) with so many pictures:", m.seeds);
    run_say(lab->run, "  %-12s%10d%10d%10d%10d", "", pictures[0], pictures[1], pictures[2],
            pictures[3]);
    for (int model = 0; model < MODELS; model++) {
        double mean[SIZES];
        names[model] = four[model].name;
        for (int size = 0; size < SIZES; size++) {
            char key[64];
            const double *f = figures_of_model(&m, model, size);
            mean[size] = band(lab, f, ACCURACY).mean;
            snprintf(key, sizeof key, "%s_%d_accuracy", four[model].name, pictures[size]);
            summarise_band(lab, key, band(lab, f, ACCURACY));
            snprintf(key, sizeof key, "%s_%d_loss", four[model].name, pictures[size]);
            summarise_band(lab, key, band(lab, f, LOSS));
        }
        run_say(lab->run, "  %-12s%10.3f%10.3f%10.3f%10.3f", four[model].name, mean[0], mean[1],
                mean[2], mean[3]);
    }
    log_bands(lab, "log-models.csv", names, MODELS, pictures, SIZES, figures_of_model, &m);
    return true;
}

/*
| accuracy on held-out pictures | 50 | 200 | 600 | 2,000 |
|---|--:|--:|--:|--:|
| linear, 7,850 parameters | 0.647 | 0.734 | 0.796 | 0.819 |
| small, 2,074 | 0.621 | 0.735 | 0.786 | 0.800 |
| dense, 101,770 | 0.653 | 0.741 | 0.802 | 0.837 |
| LeNet, 61,706 | 0.618 | 0.726 | 0.789 | 0.817 |

| loss | 50 | 200 | 600 | 2,000 |
|---|--:|--:|--:|--:|
| linear | 1.24 | 0.80 | 0.60 | 0.54 |
| small | 1.98 | 0.87 | 0.60 | 0.57 |
| dense | 1.63 | 1.01 | 0.65 | 0.48 |
| LeNet | 3.78 | 1.80 | 0.70 | 0.50 |

(Means of three seeds; the figure has the least and the most as bands.) With 200 pictures a model with 2,074 parameters and one
with fifty times as many make about the same number of mistakes. **The simplest model, the linear one, is not better at naming,
it is better at knowing how sure it can be**: with 50 pictures it has a third of LeNet's loss. (With 2,000 its loss is the
larger one.) And LeNet, which beats a dense net with 55,000 pictures (lesson 4), does not at these numbers: with 2,000 pictures
and 800 steps the dense net is two points better, and with 200 the figures of the four lie within 1.6 points.

Four times 50 pictures are worth nine to eleven points of accuracy to the four models, and ten times 200 another six to ten.
Nothing else in this lesson is worth as much as more labelled pictures.
*/
