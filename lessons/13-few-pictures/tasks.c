/*
## A second task

The last advice: let the network answer a second question from the same features, and what it learns there will help with the
first (Caruana 1997). The network then has one trunk and two *heads*. For the second question we try two:

- **the group**: clothes for the upper body, trousers and dresses, shoes, bags. It is a coarser label, and cheaper to get than
  the class;
- **denoising**: give a picture with noise, and ask for the one without. It takes no label at all, so that any picture will do.

Each is tried with the same few pictures, and with others, drawn from all 50,000, of which the network gets to know the group
only, or nothing.

![One trunk, two heads. Forward the features go to both; backward their gradients are added at the features, the second times
its weight.](diagrams/two-heads.svg)

In the table of layers the features have a name, and the second head begins from it. The outputs of both stand side by side.
*/

#include "acts.h"
#include "base/die.h"
#include "nn/loss.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Outputs: first those of the second head, then the ten classes.
const LayerSpec two_questions[] = { LENET_TRUNK,      mark("features"),
                                    dense(CLASSES),   mark("class"),
                                    from("features"), dense(GROUPS),
                                    concat("class"),  END };
const LayerSpec denoiser[] = { LENET_TRUNK,      mark("features"), dense(CLASSES),  mark("class"),
                               from("features"), dense(PIXELS),    concat("class"), END };
enum { CLASS_HEAD = TRUNK + 1 }; // the place of its layer in both

// The coarser question: clothes for the upper body, trousers and dresses, shoes, bags.
static const int group_of[CLASSES] = { 0, 1, 0, 1, 0, 2, 0, 2, 3, 2 };

typedef enum { CLASS_ALONE, GROUP_TOO, DENOISE } SecondTask;

enum { SETUPS = 5, TASK_SIZES = 3 };
static const struct {
    const char *name;
    SecondTask second;
    bool others; // the second task has other pictures than the first one
} setups[SETUPS] = {
    { "alone", CLASS_ALONE, false },     { "group", GROUP_TOO, false },
    { "group_others", GROUP_TOO, true }, { "denoise", DENOISE, false },
    { "denoise_others", DENOISE, true },
};
static const float NOISE = 0.2f, DENOISE_SHARE = 0.1f;

// A training with two losses.
typedef struct {
    int setup;
    Net *net;
    Batches own, others;
    Optimizer *adam;
    Rng noise;
    float *x, *clean;              // (2 batch, PIXELS); (batch, PIXELS)
    float *d_class, *y, *d_second; // of a head: gradient, outputs, gradient
    int *labels;                   // (2 batch)
} Double;

static void double_open(Double *d, const FewLab *lab, int setup, int each, int seed) {
    const FewSettings *s = lab->settings;
    size_t batch = (size_t)s->batch;
    *d = (Double){ .setup = setup };
    d->net = few_net(lab, setups[setup].second == DENOISE ? denoiser : two_questions, seed);
    d->own = few_batches(lab, seed, ALL_TEN, each);
    d->others = few_batches(lab, seed, ALL_TEN, setups[setup].others ? INT_MAX : each);
    d->adam = optimizer_create(optimizer_defaults(ADAM, s->lr), d->net->n_params);
    d->noise = rng_create(run_seed(lab->run, seed), RNG_NOISE);
    d->x = alloc_floats(2 * batch * PIXELS);
    d->clean = alloc_floats(batch * PIXELS);
    d->y = alloc_floats(batch * PIXELS);
    d->d_class = alloc_floats(batch * CLASSES);
    d->d_second = alloc_floats(batch * PIXELS);
    d->labels = alloc_bytes(2 * batch * sizeof *d->labels);
}

static void double_close(Double *d) {
    net_free(d->net);
    batches_free(&d->own);
    batches_free(&d->others);
    optimizer_free(d->adam);
    free(d->x);
    free(d->clean);
    free(d->y);
    free(d->d_class);
    free(d->d_second);
    free(d->labels);
}

/*
## Two losses, one trunk

The loss is $L = L_1 + w L_2$, and every weight $\theta$ of the trunk has the gradient

$$ \frac{\partial L}{\partial \theta} = \frac{\partial L_1}{\partial \theta} + w\, \frac{\partial L_2}{\partial \theta} . $$

The backward pass computes it in one go: each head sends its gradient to the features, of shape $(n, 84)$, there they are added,
and from there on nobody knows which loss a gradient came from. The first head's own weights learn from $L_1$ alone. The weight
$w$ is 0.5 (`--weight`). In denoising, where the noise has the deviation 0.2 and the squared error is a sum over 784 pixels, it
is a tenth of that.

A batch may hold rows of two kinds: labelled pictures in front, for the first head, and behind them pictures for the second. A
row that a head is not asked about has the gradient 0 there. (With the group of the *same* pictures both heads look at the same
rows.)

**What can a second label teach?** Let the group $g(c)$ follow from the class $c$. The probability of the right class is that of
its group times that of the class within it, so

$$ -\log p(c) = -\log p\bigl(g(c)\bigr) - \log p\bigl(c \mid g(c)\bigr), \qquad p(g) = \sum_{c \in g} p(c). $$

The loss of the class *contains* that of the group. Whoever knows a picture's class learns nothing from its group; the second
loss only makes one part of the first count more. (In our net the group has a head of its own, so that this is not so to the
letter: the trunk gets a second gradient, but about nothing that the labels did not say.) New information comes with other
pictures, or with a question whose answer does not follow from the class.
*/

// Columns first … first+width-1 of rows of `wide` numbers: out of them, and into them, times a factor.
static void take_columns(float *to, const float *from, int rows, int width, int wide, int first) {
    for (int r = 0; r < rows; r++) {
        memcpy(to + (size_t)r * (size_t)width, from + (size_t)r * (size_t)wide + first,
               (size_t)width * sizeof *to);
    }
}

static void put_columns(float *to, const float *from, float factor, int rows, int width, int wide,
                        int first) {
    for (int r = 0; r < rows; r++) {
        for (int k = 0; k < width; k++) {
            to[(size_t)r * (size_t)wide + (size_t)(first + k)] = factor * from[r * width + k];
        }
    }
}

// The rows of the second task: the first row and how many. They follow those of the first task, unless
// both tasks are about the same pictures as they are.
static int second_rows(Double *d, int n, int *first) {
    SecondTask second = setups[d->setup].second;
    *first = setups[d->setup].others || second == DENOISE ? n : 0;
    if (second == CLASS_ALONE || *first == 0) {
        *first = 0;
        return second == CLASS_ALONE ? 0 : n;
    }
    float *x = d->x + (size_t)n * PIXELS;
    int *labels = d->labels + n, m = n;
    if (setups[d->setup].others) {
        m = batches_next_endless(&d->others, x, labels);
    } else {
        memcpy(x, d->x, (size_t)n * PIXELS * sizeof *x);
    }
    if (second == DENOISE) {
        memcpy(d->clean, x, (size_t)m * PIXELS * sizeof *x);
        augment(x, x, m, SIDE, SIDE, &(Augmentation){ .noise = NOISE }, &d->noise);
    }
    return m;
}

static float double_step(Double *d, float weight) {
    Net *net = d->net;
    SecondTask second = setups[d->setup].second;
    int width = second == DENOISE ? PIXELS : GROUPS, wide = width + CLASSES, first;
    int n = batches_next_endless(&d->own, d->x, d->labels);
    int m = second_rows(d, n, &first), rows = first + m > n ? first + m : n;
    const float *out = net_forward(net, d->x, rows, TRAIN);
    memset(net->dy, 0, (size_t)rows * (size_t)wide * sizeof *net->dy);
    take_columns(d->y, out, n, CLASSES, wide, width);
    float loss = softmax_cross_entropy(d->d_class, d->y, d->labels, n, CLASSES);
    put_columns(net->dy, d->d_class, 1.0f, n, CLASSES, wide, width);
    if (m > 0) {
        take_columns(d->y, out + (size_t)first * (size_t)wide, m, width, wide, 0);
        if (second == DENOISE) {
            squared_error(d->d_second, d->y, d->clean, m, PIXELS);
            weight *= DENOISE_SHARE;
        } else {
            int groups[MOST_ROWS];
            for (int i = 0; i < m; i++) {
                groups[i] = group_of[d->labels[first + i]];
            }
            softmax_cross_entropy(d->d_second, d->y, groups, m, GROUPS);
        }
        put_columns(net->dy + (size_t)first * (size_t)wide, d->d_second, weight, m, width, wide, 0);
    }
    net_zero_grad(net);
    net_backward(net, net->dy, WANT_PARAMS);
    optimizer_step(d->adam, net->params, net->grads);
    return loss;
}

/*
After the training the second head is thrown away.
*/

// The trunk and the head of the first task, as a net of its own.
static Net *first_task(const FewLab *lab, const Net *net) {
    Net *alone = few_net(lab, lenet, 0);
    borrow(alone, net, TRUNK);
    Layer *head = &alone->layers[TRUNK];
    const Layer *source = &net->layers[CLASS_HEAD];
    memcpy(head->weight, source->weight, head->n_weight * sizeof *head->weight);
    memcpy(head->bias, source->bias, head->n_bias * sizeof *head->bias);
    return alone;
}

static long train_setup(const void *context, int i, double *figures) {
    const FewLab *lab = context;
    const FewSettings *s = lab->settings;
    int seed = i % s->seeds, size = i / s->seeds % TASK_SIZES, setup = i / s->seeds / TASK_SIZES;
    int last_tenth = (s->steps + 9) / 10;
    long step = 0, diverged = 0;
    double late = 0.0;
    Double d;
    double_open(&d, lab, setup, per_class[size], seed);
    while (step < s->steps && !run_stopped(lab->run)) {
        d.adam->spec.lr = schedule_lr(LINEAR_DECAY, s->lr, step, s->steps);
        float loss = double_step(&d, s->weight);
        step++;
        if (!isfinite(loss)) {
            diverged = step;
            break;
        }
        late += step > s->steps - last_tenth ? loss : 0.0;
    }
    if (step == s->steps && diverged == 0) {
        Net *alone = first_task(lab, d.net);
        Score score = judge(lab, alone, ALL_TEN, NULL);
        figures[LOSS] = score.loss;
        figures[ACCURACY] = score.accuracy;
        figures[TRAIN_LOSS] = late / last_tenth;
        net_free(alone);
    }
    double_close(&d);
    return diverged;
}

int tasks_count(const FewSettings *s) {
    return SETUPS * TASK_SIZES * s->seeds;
}

typedef struct {
    const double *figures; // (SETUPS, TASK_SIZES, seeds, FIGURES)
    int seeds;
} TaskFigures;

static const double *figures_of_setup(const void *context, int setup, int size) {
    const TaskFigures *t = context;
    return t->figures + (setup * TASK_SIZES + size) * t->seeds * FIGURES;
}

static void report_setups(FewLab *lab, const TaskFigures *t) {
    run_say(lab->run, "A second task: accuracy (least, most) of %d seeds, and loss", t->seeds);
    for (int size = 0; size < TASK_SIZES; size++) {
        run_say(lab->run, "  %d pictures", pictures[size]);
        for (int setup = 0; setup < SETUPS; setup++) {
            const double *f = figures_of_setup(t, setup, size);
            const double *alone = figures_of_setup(t, 0, size);
            Band accuracy = band(lab, f, ACCURACY), loss = band(lab, f, LOSS);
            double gains[MOST_SEEDS * FIGURES];
            char key[64];
            for (int s = 0; s < t->seeds; s++) {
                gains[s * FIGURES] = f[s * FIGURES + ACCURACY] - alone[s * FIGURES + ACCURACY];
            }
            run_say(lab->run, "    %-16s%8.3f (%.3f, %.3f)%8.3f", setups[setup].name, accuracy.mean,
                    accuracy.least, accuracy.most, loss.mean);
            snprintf(key, sizeof key, "task_%s_%d_accuracy", setups[setup].name, pictures[size]);
            summarise_band(lab, key, accuracy);
            snprintf(key, sizeof key, "task_%s_%d_loss", setups[setup].name, pictures[size]);
            summarise_band(lab, key, loss);
            snprintf(key, sizeof key, "task_%s_%d_train_loss", setups[setup].name, pictures[size]);
            summarise_band(lab, key, band(lab, f, TRAIN_LOSS));
            snprintf(key, sizeof key, "task_%s_%d_gain", setups[setup].name, pictures[size]);
            summarise_band(lab, key, band(lab, gains, 0));
        }
    }
}

void tasks(FewLab *lab, Trainings *all) {
    const char *names[SETUPS];
    if (!trainings_run(all, train_setup, lab)) {
        return;
    }
    TaskFigures t = { all->figures, lab->settings->seeds };
    for (int setup = 0; setup < SETUPS; setup++) {
        names[setup] = setups[setup].name;
    }
    report_setups(lab, &t);
    log_bands(lab, "log-tasks.csv", names, SETUPS, pictures, TASK_SIZES, figures_of_setup, &t);
}

/*
## What a second task brings

![Accuracy and loss on held-out pictures against the number of labelled pictures, for the class alone and with four second tasks. The group of other pictures has the highest accuracy at each
number; denoising lowers the loss further with 200 and 600 pictures, and there hardly changes the accuracy.](tasks.svg)

| accuracy (loss) | 50 labelled | 200 | 600 |
|---|--:|--:|--:|
| class alone | 0.618 (3.78) | 0.726 (1.80) | 0.789 (0.70) |
| and the group of the same pictures | 0.615 (3.67) | 0.727 (1.73) | 0.789 (0.67) |
| and the group of others | 0.667 (2.15) | 0.742 (1.41) | 0.801 (0.63) |
| and denoising of the same | 0.628 (2.43) | 0.728 (1.26) | 0.793 (0.61) |
| and denoising of others | 0.642 (1.86) | 0.727 (1.18) | 0.787 (0.62) |

**The group of the same pictures: nothing.** The gain in accuracy is $-0.3$, 0.1 and 0.0 points on the average, and has both
signs among the seeds, as the formula above would have it.

**The group of other pictures** helps at every number and every seed: 1 to 11 points with 50 pictures, 1.3 to 2.2 with 200, 0.7
to 1.4 with 600. Here is information that the labelled pictures do not have. It is a weak kind, four groups where ten classes
are asked for, and there is much of it: 800 steps use 20,000 of the 50,000 pictures.

**Denoising** takes a third off the loss with 200 pictures, from 1.80 to 1.26 and 1.18. It hardly moves the accuracy: 0.2 and
0.1 points with 200 pictures, with both signs. And the control says what it is: denoising the *same* pictures does nearly as
much as denoising 20,000 others. So it is not what the unlabelled pictures show. Does it keep the network from learning 200
labels by heart, as augmentation does? Hardly: the training loss ends at 0.031 and 0.039 where that of the class alone ends at
0.006. What else the second task does to the features was not measured. (Only with 50 pictures the others are better: a loss of
1.86 against 2.43.)

## What holds, and what is folklore at this size

| advice | with 200 pictures | with more |
|---|---|---|
| a simpler model | as many mistakes, but a far smaller loss | with 2,000 the largest of the four, the dense net, is the best |
| shifts, cutouts, turns | the loss falls by 29 to 43 %; the accuracy gains 1.6 points with shifts, less with the others | with 2,000 pictures and no more steps: worse |
| several kinds together | the smallest loss of all kinds, 0.80, as large as that of the linear model without any, and fewer right answers | with 2,000 pictures and no more steps: the largest loss |
| flips, noise, light | next to nothing | next to nothing |
| upside-down is forbidden, since the class changes | the class survives; it costs accuracy, since such pictures never come | the same |
| borrow a network | **folklore** with 10 pictures of each class: frozen random convolutions do as well | with 100 of each: no more right answers, a slightly smaller loss |
| freeze all but the head | the worst that one can do | the worst that one can do |
| a second label of the same pictures | **folklore**, if it follows from the first | folklore |
| a coarse label of many other pictures | 1.3 to 2.2 points, at every seed | 0.7 to 1.4 points with 600 |
| denoise unlabelled pictures | takes a third off the loss, gains no accuracy; denoising the labelled ones does nearly as much | the loss falls by 12 % with 600, no accuracy |

All of it is measured on one kind of picture, with one small network that trains for a second, with three seeds. And one thing
is worth more, in accuracy, than any line of the table: 600 labelled pictures in place of 200 gain five to six points of
accuracy with each of the four models.

## Where this differs from the papers

- Shorten and Khoshgoftaar's survey (2019) lists dozens of augmentations that helped on photographs, with networks of millions
  of parameters trained for hours. Ours has 61,706, trained for a second; its pictures are small, centred and upright.
- DeVries and Taylor (2017) cut squares out of 32 × 32 pictures of CIFAR and trained residual networks for 200 epochs.
- Yosinski et al. (2014) borrowed layers between halves of ImageNet, each of 645,000 pictures of 500 classes. There borrowed
  layers beat random ones clearly, all the more the deeper they are. Our lender has seen five classes.
- Caruana (1997) chose second tasks whose answers do *not* follow from those of the first.
- Our networks have a fixed number of steps, so that changed pictures are not given more time than plain ones. Question 1 below
  asks what more time does.

## To explore

1. *Predict, then run.* `make lesson-13 ARGS="--steps 3200" RUN=long`: four times the steps. Which kinds of augmentation gain,
   and does the loss without any get better or worse?
2. `--weight 5` and `--weight 0.05`: how much may the second task count?
3. Digits (`make mnist`, `--data mnist`): a 2 whose top and bottom, or left and right, are exchanged looks like a 5. Which
   digits does `kept.csv` say survive a flip, and which do not?
4. Let the lender learn to denoise all pictures of the new classes too, without their labels, and borrow from that. Is it better
   than one that has learned five other classes?
5. Stop the trainings on 200 pictures early (lesson 4), by the loss of 50 of the 200. What is left of the gain of shifts and
   cutouts?
6. Write another kind: stretch a picture by a factor of its own in each direction (`picture_affine` does it), or exchange half
   of two pictures of one class.

## References

- C. Shorten, T. Khoshgoftaar, *A survey on image data augmentation for deep learning*, Journal of Big Data 6, 2019.
- C. Bishop, *Training with noise is equivalent to Tikhonov regularization*, Neural Computation 7, 1995.
- T. DeVries, G. Taylor, *Improved regularization of convolutional neural networks with cutout*, 2017, arXiv:1708.04552.
- J. Yosinski, J. Clune, Y. Bengio, H. Lipson, *How transferable are features in deep neural networks?*, 2014, arXiv:1411.1792.
- R. Caruana, *Multitask learning*, Machine Learning 28, 1997.
*/
