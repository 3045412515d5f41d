/*
## A borrowed network

Edges are edges, in a shirt as in a shoe. A network that has learned to tell some things apart from many pictures has filters
for edges, corners and textures, and another task may use them (Yosinski et al. 2014). One takes over its layers, puts a new
last layer on top, and trains on with the few pictures that there are. That is transfer learning.

The experiment cuts the data in two. The lender learns the classes 0 to 4, T-shirt to coat, from all their pictures. The
borrower gets 10 or 100 pictures each of the classes 5 to 9: sandal, shirt, sneaker, bag, ankle boot. For each seed there is
another lender.
*/

#include "acts.h"
#include "base/die.h"
#include "base/file.h"
#include "data/image.h"
#include "kernels/linalg.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const LayerSpec lenet_of_five[] = { LENET_TRUNK, dense(NEW_CLASSES), END };

// --- nets that have seen much ------------------------------------------------------------------------

Experienced experienced_open(FewLab *lab) {
    Experienced nets = { .lab = lab, .ten = few_net(lab, lenet, 0) };
    state_net(lab->state, "ten", nets.ten);
    for (int s = 0; s < lab->settings->seeds; s++) {
        char place[32];
        nets.five[s] = few_net(lab, lenet_of_five, s);
        snprintf(place, sizeof place, "five-%d", s);
        state_net(lab->state, place, nets.five[s]);
    }
    return nets;
}

void experienced_close(Experienced *nets) {
    net_free(nets->ten);
    for (int s = 0; s < MOST_SEEDS && nets->five[s]; s++) {
        net_free(nets->five[s]);
    }
}

enum { LONGER = 4 }; // so many times the steps of the others

static long gain_experience(const void *context, int i, double *figures) {
    const Experienced *nets = context;
    const FewSettings *s = nets->lab->settings;
    FewRecipe recipe = { .classes = i == 0 ? ALL_TEN : OLD,
                         .per_class = INT_MAX,
                         .steps = LONGER * s->steps,
                         .lr = s->lr };
    Net *net = i == 0 ? nets->ten : nets->five[i - 1];
    return learn(nets->lab, &recipe, i == 0 ? 0 : i - 1, net, figures);
}

int experience_count(const FewSettings *s) {
    return 1 + s->seeds;
}

bool experience(FewLab *lab, Trainings *all, Experienced *nets) {
    if (!trainings_run(all, gain_experience, nets)) {
        return false;
    }
    run_say(lab->run, "All %d pictures, %d steps: held-out accuracy %.3f", lab->n_pool,
            LONGER * lab->settings->steps, all->figures[ACCURACY]);
    run_summary(lab->run, "ten_accuracy", all->figures[ACCURACY]);
    run_summary(lab->run, "ten_loss", all->figures[LOSS]);
    summarise_band(lab, "old_accuracy", band(lab, all->figures + FIGURES, ACCURACY));
    return true;
}

/*
## Taking over layers

![The lender's four layers are copied, and a new head is put on top. Four rows show which layers are frozen: none, the first convolution, both, all but the
head.](diagrams/borrowing.svg)

Borrowing copies numbers. (From a file, `checkpoint_load_first` in [checkpoints](checkpoint.html) does it.) How much of it may
then move? A *frozen* layer learns nothing: the backward pass ends behind it, its gradients stay 0, and after the training its
bytes are the same. Freezing all but the head leaves $5 \cdot 84 + 5 = 425$ numbers that can move, and a problem in which every
local minimum is a global one: softmax regression on fixed features.

Eight ways are compared. Besides the four of the figure there is *from scratch*; the head at ten times the rate, since a layer
that learns alone may need larger steps; and two controls. In these, frozen layers have *random* weights. What they reach is not
the lender's merit.
*/

void borrow(Net *to, const Net *from, int layers) {
    for (int i = 0; i < layers; i++) {
        Layer *l = &to->layers[i];
        const Layer *source = &from->layers[i];
        require(l->n_weight == source->n_weight && l->n_bias == source->n_bias,
                "layer %d of the two nets differs", i);
        if (l->n_weight > 0) {
            memcpy(l->weight, source->weight, l->n_weight * sizeof *l->weight);
            memcpy(l->bias, source->bias, l->n_bias * sizeof *l->bias);
        }
    }
}

enum { WAYS = 8, SCRATCH = 0, FREE = 1, SHARES = 2 };
static const struct {
    const char *name;
    bool borrowed;
    int frozen; // layers
    float rate; // factor for the learning rate
} ways[WAYS] = {
    { "scratch", false, 0, 1.0f },
    { "free", true, 0, 1.0f },
    { "first_frozen", true, FIRST_CONVOLUTION, 1.0f },
    { "convs_frozen", true, CONVOLUTIONS, 1.0f },
    { "head_slow", true, TRUNK, 1.0f },
    { "head", true, TRUNK, 10.0f },
    { "random_convs", false, CONVOLUTIONS, 1.0f },
    { "random_head", false, TRUNK, 10.0f },
};
static const int shares[SHARES] = { 10, 100 }; // pictures of each class

static Net *beginner(const Experienced *nets, int way, int seed) {
    Net *net =
        few_net(nets->lab, lenet_of_five, seed + MOST_SEEDS); // other weights than the lender's
    if (ways[way].borrowed) {
        borrow(net, nets->five[seed], TRUNK);
    }
    net_freeze(net, ways[way].frozen);
    return net;
}

static long learn_the_new(const FewLab *lab, Net *net, int way, int share, int seed,
                          double *figures) {
    const FewSettings *s = lab->settings;
    FewRecipe recipe = {
        .classes = NEW, .per_class = shares[share], .steps = s->steps, .lr = ways[way].rate * s->lr
    };
    return learn(lab, &recipe, seed, net, figures);
}

static long train_way(const void *context, int i, double *figures) {
    const Experienced *nets = context;
    int seeds = nets->lab->settings->seeds;
    int seed = i % seeds, share = i / seeds % SHARES, way = i / seeds / SHARES;
    Net *net = beginner(nets, way, seed);
    long diverged = learn_the_new(nets->lab, net, way, share, seed, figures);
    net_free(net);
    return diverged;
}

int transfer_count(const FewSettings *s) {
    return WAYS * SHARES * s->seeds;
}

// --- results -----------------------------------------------------------------------------------------

typedef struct {
    const double *figures; // (WAYS, SHARES, seeds, FIGURES)
    int seeds;
} WayFigures;

static const double *figures_of_way(const void *context, int way, int share) {
    const WayFigures *w = context;
    return w->figures + (way * SHARES + share) * w->seeds * FIGURES;
}

static void report_ways(FewLab *lab, const WayFigures *w) {
    run_say(lab->run, "Five new classes, accuracy (least, most) of %d seeds, and loss:", w->seeds);
    for (int share = 0; share < SHARES; share++) {
        run_say(lab->run, "  %d pictures of each class", shares[share]);
        for (int way = 0; way < WAYS; way++) {
            const double *f = figures_of_way(w, way, share);
            const double *scratch = figures_of_way(w, SCRATCH, share);
            Band accuracy = band(lab, f, ACCURACY), loss = band(lab, f, LOSS);
            double gains[MOST_SEEDS * FIGURES];
            char key[64];
            for (int s = 0; s < w->seeds; s++) {
                gains[s * FIGURES] = f[s * FIGURES + ACCURACY] - scratch[s * FIGURES + ACCURACY];
            }
            run_say(lab->run, "    %-14s%8.3f (%.3f, %.3f)%8.3f", ways[way].name, accuracy.mean,
                    accuracy.least, accuracy.most, loss.mean);
            snprintf(key, sizeof key, "%s_each_%d_accuracy", ways[way].name, shares[share]);
            summarise_band(lab, key, accuracy);
            snprintf(key, sizeof key, "%s_each_%d_loss", ways[way].name, shares[share]);
            summarise_band(lab, key, loss);
            snprintf(key, sizeof key, "%s_each_%d_gain", ways[way].name, shares[share]);
            summarise_band(lab, key, band(lab, gains, 0));
        }
    }
}

/*
## Which layers carry over

![Accuracy and loss on held-out pictures of five new classes, against the number of pictures of each, for six of the eight ways. In accuracy the two that freeze all but the head are far below the others, which lie close together; in loss they are the highest.](transfer.svg)

| accuracy (loss) | 10 of each class | 100 |
|---|--:|--:|
| from scratch | 0.873 (0.78) | 0.940 (0.25) |
| borrowed, nothing frozen | 0.833 (1.18) | 0.944 (0.26) |
| first convolution frozen | 0.848 (0.86) | 0.942 (0.24) |
| both convolutions frozen | 0.856 (0.64) | 0.941 (0.21) |
| all frozen but the head | 0.616 (1.10) | 0.707 (0.88) |
| the same, at ten times the rate | 0.666 (1.62) | 0.805 (0.57) |
| random convolutions, frozen | 0.851 (0.61) | 0.917 (0.25) |
| random, all frozen but the head, at ten times the rate | 0.684 (1.22) | 0.729 (1.27) |

The lenders name 92.6 % of held-out pictures of their own five classes rightly. What are their layers worth?

**With 10 pictures of each class, nothing.** Every way of borrowing has a lower accuracy than training from scratch, at every
seed. The mean over the seeds is 1.7 points lower with frozen convolutions and 4.0 with nothing frozen. The loss is lower with
frozen convolutions, 0.64 against 0.78; but with frozen *random* convolutions it is 0.61. So it is not what the lender has
learned that helps. Whoever leaves out the control takes this for transfer.

**With 100** the accuracy is the same with and without a lender, 0.94. The loss is 0.21 with borrowed frozen convolutions and
0.25 from scratch, and random frozen convolutions cost accuracy at every seed: 1.6 to 2.7 points, and with 10 of each class 0.9
to 2.9. So with 100 pictures of each class borrowed filters have a higher accuracy than random ones, at every seed; but the
filters that these 500 pictures can teach by themselves are as good.

**All frozen but the head** is far behind, also at ten times the rate: 0.67 and 0.81. With 10 pictures of each class the
lender's features are then no better than random ones, 0.67 against 0.68. With 100 they are, at every seed: 0.81 against 0.73.
But every way that lets the dense layers learn is far ahead. What tells sandals from sneakers is only in part in the 84 features
of a lender that has learned T-shirts and trousers, and the new head has nothing else to learn from. The rule that one freezes
all but the head comes from lenders that know a thousand classes. Here it is the worst of the borrowed ways: *the last layers
carry over much less than is needed*.

## Features, before and after

What does the new head see? The 84 features of 500 held-out pictures of the new classes, of four networks: one with random
weights, the lender, the lender after training on with 100 pictures of each class, and one trained on these from scratch. 84
numbers cannot be drawn. So they are projected onto the two directions in which they vary most, which are eigenvectors of their
covariance (the [principal axes](linalg.html)). And one figure says how far the classes are apart: the share of the variance
that lies between them,

$$ \frac{\sum_c n_c \lVert m_c - m \rVert^2}{\sum_i \lVert f_i - m \rVert^2}, $$

with $f_i$ the features of picture $i$, $m$ their mean, $m_c$ the mean of the $n_c$ pictures of class $c$. It is 1 if all
pictures of a class have the same features, and 0 if all classes have the same mean.
*/

enum { VIEWS = 4, SHOWN = 500 };
typedef struct {
    const FewLab *lab;
    const Experienced *nets;
    Net *views[VIEWS]; // random, borrowed, borrowed and trained on, from scratch
} FeatureViews;
static const char *const views[VIEWS] = { "random", "borrowed", "tuned", "scratch" };

// The held-out pictures of the new classes that are shown, and their classes; returns how many.
static int shown_pictures(const FewLab *lab, float *x, int *labels) {
    int places[SHOWN], n = 0;
    for (int i = 0; i < lab->n_held && n < SHOWN; i++) {
        int label = lab->data->labels[lab->held[i]];
        if (label >= NEW.first && label <= NEW.last) {
            places[n++] = lab->held[i];
        }
    }
    dataset_take(x, labels, lab->data, places, n);
    return n;
}

// features (n, FEATURES), with mean 0.
static void take_features(Net *net, const float *x, int n, double *features) {
    double mean[FEATURES] = { 0.0 };
    for (int first = 0; first < n; first += net->batch) {
        int count = n - first < net->batch ? n - first : net->batch;
        net_forward(net, x + (size_t)first * PIXELS, count, EVAL);
        for (int i = 0; i < count * FEATURES; i++) {
            features[first * FEATURES + i] = net->layers[TRUNK - 1].y[i];
        }
    }
    for (int i = 0; i < n * FEATURES; i++) {
        mean[i % FEATURES] += features[i] / n;
    }
    for (int i = 0; i < n * FEATURES; i++) {
        features[i] -= mean[i % FEATURES];
    }
}

// The share of the features' variance that lies between the classes: 1 if all pictures of a class have the
// same features, 0 if all classes have the same mean.
static double between_classes(const double *features, const int *labels, int n) {
    double means[CLASSES][FEATURES] = { { 0.0 } }, total = 0.0, between = 0.0;
    int counts[CLASSES] = { 0 };
    for (int i = 0; i < n; i++) {
        counts[labels[i]]++;
        for (int k = 0; k < FEATURES; k++) {
            means[labels[i]][k] += features[i * FEATURES + k];
            total += features[i * FEATURES + k] * features[i * FEATURES + k];
        }
    }
    for (int c = 0; c < CLASSES; c++) {
        for (int k = 0; k < FEATURES && counts[c] > 0; k++) {
            between += means[c][k] * means[c][k] / counts[c];
        }
    }
    return total > 0.0 ? between / total : 0.0;
}

// The two directions in which the features vary most (2, FEATURES).
static void main_axes(const double *features, int n, double *axes) {
    double *covariance = alloc_bytes(FEATURES * FEATURES * sizeof *covariance);
    double *vectors = alloc_bytes(FEATURES * FEATURES * sizeof *vectors), values[FEATURES];
    for (int a = 0; a < FEATURES; a++) {
        for (int b = 0; b < FEATURES; b++) {
            double sum = 0.0;
            for (int i = 0; i < n; i++) {
                sum += features[i * FEATURES + a] * features[i * FEATURES + b];
            }
            covariance[a * FEATURES + b] = sum / n;
        }
    }
    symmetric_eigen(values, vectors, covariance, FEATURES);
    memcpy(axes, vectors + (FEATURES - 1) * FEATURES, FEATURES * sizeof *axes);
    memcpy(axes + FEATURES, vectors + (FEATURES - 2) * FEATURES, FEATURES * sizeof *axes);
    free(covariance);
    free(vectors);
}

static void write_features(const FeatureViews *g, Run *run) {
    float *x = alloc_floats((size_t)SHOWN * PIXELS);
    double *features = alloc_bytes((size_t)SHOWN * FEATURES * sizeof *features);
    int labels[SHOWN], n = shown_pictures(g->lab, x, labels);
    OutFile *file = file_create(run_path(run, "features.csv"));
    fprintf(file_stream(file), "net,x,y,class\n");
    for (int v = 0; v < VIEWS; v++) {
        double axes[2 * FEATURES], along[2];
        char key[64];
        take_features(g->views[v], x, n, features);
        main_axes(features, n, axes);
        for (int i = 0; i < n; i++) {
            for (int a = 0; a < 2; a++) {
                along[a] = 0.0;
                for (int k = 0; k < FEATURES; k++) {
                    along[a] += axes[a * FEATURES + k] * features[i * FEATURES + k];
                }
            }
            fprintf(file_stream(file), "%s,%.4g,%.4g,%d\n", views[v], along[0], along[1],
                    labels[i]);
        }
        double share = between_classes(features, labels, n);
        snprintf(key, sizeof key, "between_%s", views[v]);
        run_summary(run, key, share);
        run_say(run, "  features, %-10s %.2f of the variance is between the new classes", views[v],
                share);
    }
    file_commit(file);
    free(features);
    free(x);
}

static void draw_filters(const FeatureViews *g, Run *run) {
    enum { FILTERS = 6, KERNEL = 5 * 5 };
    float all[VIEWS * FILTERS * KERNEL];
    for (int v = 0; v < VIEWS; v++) {
        memcpy(all + v * FILTERS * KERNEL, g->views[v]->layers[0].weight,
               FILTERS * KERNEL * sizeof *all);
    }
    image_grid_signed(run_path(run, "samples/filters.png"), all, VIEWS * FILTERS, 5, 5, FILTERS, 8);
}

// Trains the two that have to be trained; the act of the trainings has done it before, and kept no net.
static void look(FewLab *lab, const Experienced *nets) {
    FeatureViews g = { .lab = lab, .nets = nets };
    g.views[0] = beginner(nets, SCRATCH, 0);
    g.views[1] = beginner(nets, FREE, 0);
    g.views[2] = beginner(nets, FREE, 0);
    g.views[3] = beginner(nets, SCRATCH, 0);
#pragma omp parallel for schedule(dynamic, 1)
    for (int v = 2; v < VIEWS; v++) {
        double figures[FIGURES] = { 0.0 };
        learn_the_new(lab, g.views[v], v == 2 ? FREE : SCRATCH, SHARES - 1, 0, figures);
    }
    if (!run_stopped(lab->run)) {
        write_features(&g, lab->run);
        draw_filters(&g, lab->run);
    }
    for (int v = 0; v < VIEWS; v++) {
        net_free(g.views[v]);
    }
}

void transfer(FewLab *lab, Trainings *all, const Experienced *nets) {
    const char *names[WAYS];
    if (!trainings_run(all, train_way, nets)) {
        return;
    }
    WayFigures w = { all->figures, lab->settings->seeds };
    for (int way = 0; way < WAYS; way++) {
        names[way] = ways[way].name;
    }
    report_ways(lab, &w);
    log_bands(lab, "log-transfer.csv", names, WAYS, shares, SHARES, figures_of_way, &w);
    look(lab, nets);
}

/*
![The 84 features of 500 held-out pictures of five new classes, projected onto two axes, for four networks. With random weights and in the lender the three kinds of shoes lie on top of each other. In the network that was trained from scratch they lie apart; in the lender that was trained on, the sandals do, and sneakers and ankle boots are close to each other in these two directions.](features.svg)

| | variance between the new classes |
|---|--:|
| random weights | 22 % |
| the lender, who has learned five other classes | 28 % |
| the lender, trained on with 100 pictures of each | 76 % |
| from scratch, with 100 pictures of each | 79 % |

(One seed.) The lender's features are hardly better sorted by the new classes than random ones: it has never had to tell shoes
apart. After training on they are sorted as well as those of a network that has seen nothing else. `samples/filters.png` shows
that the filters of the first convolution move little when a borrowed network is trained on: the second row, the lender's, and
the third are nearly the same.
*/
