/*
# Lesson 10: Asking for a shoe

The generators so far make what they like. About a tenth of their samples are boots, and which latent vectors give boots
nobody knows. **Can one ask for a boot?** The pictures have labels, which lessons 6 to 9 have left aside. This lesson
gives them to both networks (Mirza and Osindero 2014), and the change is a few lines.

![Two parts. Top: the generator gets 64 random numbers and a one-hot label of ten numbers, and makes a picture. Bottom: the discriminator gets the picture and ten planes behind it, of which one is all ones, and answers with a logit. The gradient goes back to the picture only.](diagrams/labels.svg)

It changes the pictures more than one might expect: after three epochs the Fréchet distance is 5.8 with labels, and 18.8 if
the discriminator does not get them.

Then the other way round: a generator that was trained *without* labels, and a classifier that knows them. Can one steer
through the latent space, uphill in what the classifier believes, until a trouser becomes a boot? And what else changes on
the way?

**What you will do here.** Give both networks the label, and see that a one-hot vector, an embedding and a bias are the
same thing. Ask for a thousand of each class. Let the judge say how often it gets what was asked for, and which classes are
confused. Keep the label from the discriminator, and see what the generator makes of it then. Take away nine tenths of one
class's pictures. Steer.

    make lesson-10
    make lesson-10 ARGS="--steer 1" RUN=trousers
    make lesson-10 ARGS="--thin 8" RUN=few-bags
    make lesson-10 ARGS="--load runs/10-conditional-gan/default/model.safetensors --generate 1000"
*/

#include "acts.h"
#include "base/die.h"
#include "gan/dcgan_nets.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
## One game for each class

Let $y$ be the label of a picture. The generator gets it beside $z$, and the discriminator beside the picture: $G(z, y)$
and $D(x, y)$. The loss is that of lesson 6, and each expectation now goes over labels, too:

$$ L_D = \mathrm{E}_{x, y}\left[ -\log D(x, y) \right] + \mathrm{E}_{z, y}\left[ -\log (1 - D(G(z, y), y)) \right]. $$

What does the best discriminator answer? In lesson 6 the mean was a sum with one term for each $x$. Now it has one for each pair:

$$ D^*(x, y) = \frac{p(x, y)}{p(x, y) + q(x, y)} = \frac{p(x \mid y)}{p(x \mid y) + q(x \mid y)}, $$

where the second step needs that labels are as frequent among generated pictures as among real ones, $p(y) = q(y)$. So there
are ten games, one for each class, in which trousers are compared with trousers, and they share all weights. To keep
$p(y) = q(y)$ exactly, **the generated pictures take the labels of the real batch**. (If we asked for boots more often than they
occur, the discriminator could answer "probably generated" to every boot, even a perfect one.)

The best discriminator does not let the generator leave out a class, since a coat is no answer where a boot was asked for. Within a
class, modes can still be missing.

## Where to put a label

**Beside $z$**: ten more numbers, nine 0 and a 1 at the label's place, a *one-hot* vector. $z$ had 64 numbers, and with the label there
are 74: `(n, 64)` becomes `(n, 74)`.
*/

void beside(float *zy, const float *z, const int *labels, int n) {
    memset(zy, 0, (size_t)n * (LATENT + CLASSES) * sizeof *zy);
    for (int i = 0; i < n; i++) {
        float *row = zy + (size_t)i * (LATENT + CLASSES);
        memcpy(row, z + (size_t)i * LATENT, LATENT * sizeof *row);
        row[LATENT + labels[i]] = 1.0f;
    }
}

/*
What does the first dense layer do with it? Its matrix has 64 columns for $z$, call them $V$, and ten for the label,
$E$. Let $e_y$ be the one-hot vector of label $y$. A product with it picks a column:

$$ W \begin{pmatrix} z \\ e_y \end{pmatrix} = V z + E\, e_y = V z + E_{\cdot y}. $$

![A weight matrix with 64 columns for z and ten for the label. The one in the one-hot vector picks one of the ten columns, which is added to V z like a bias.](diagrams/column.svg)

So the label chooses one of ten *biases*, each a vector of 3,136 learned numbers. Other programs look up an *embedding*, a learned
vector $c_y$ of, say, 50 numbers for each class, and put that beside $z$: $V z + F c_y$. That is the same again, with $E = F C$ as a
product of two matrices, where $C$ holds the ten embeddings as columns. It saves weights if there are 10,000 classes, or if the
vectors are used in several places. With ten classes it is one matrix more. (The program checks the first equation, and a
test the second.)

Batch norm comes after this layer. It subtracts one mean for each of 64 maps, over the 49 places and all pictures of the batch.
A bias that is the same for all of these would be lost. One that differs between classes, or between places, passes through,
since a batch has several classes.
*/

// How far W·(z, one-hot of y) is from V·z + the column of y: of a dense layer whose weights are
// drawn at random.
double check_embedding(Rng *rng) {
    enum { UNITS = 5 };
    static const LayerSpec table[] = { dense(UNITS, .no_bias = true), END };
    Net *net = net_create(table, (Shape){ ROW, 1, 1 }, 1, rng);
    float z[LATENT], zy[ROW];
    double worst = 0.0;
    rng_fill_normal(rng, z, LATENT, 0.0f, 1.0f);
    for (int label = 0; label < CLASSES; label++) {
        beside(zy, z, &label, 1);
        const float *y = net_forward(net, zy, 1, EVAL);
        for (int o = 0; o < UNITS; o++) {
            const float *row = net->params + (size_t)o * ROW;
            double sum = row[LATENT + label]; // a bias that belongs to the class
            for (int k = 0; k < LATENT; k++) {
                sum += (double)row[k] * z[k];
            }
            worst = fmax(worst, fabs(sum - (double)y[o]));
        }
    }
    net_free(net);
    return worst;
}

/*
**Behind the picture**: a picture cannot take ten more numbers, but it can take ten more *channels*, planes of $28 \times 28$,
one of them all 1 and the others all 0: `(n, 1, 28, 28)` becomes `(n, 11, 28, 28)`. By the same algebra the plane of
class $y$ adds a number to each output channel of the first convolution, the sum of its 16 weights for that plane. It is a bias for
each class, again (except along the edges, where part of a window hangs over the border of the plane).
*/

void behind(float *xy, const float *x, const int *labels, int n) {
    for (int i = 0; i < n; i++) {
        float *samples = xy + (size_t)i * (1 + CLASSES) * PIXELS;
        memcpy(samples, x + (size_t)i * PIXELS, PIXELS * sizeof *x);
        for (int k = 0; k < CLASSES * PIXELS; k++) {
            samples[PIXELS + k] = k / PIXELS == labels[i] ? 1.0f : 0.0f;
        }
    }
}

/*
## The networks

Lesson 7's pair, with wider inputs. The learning rate is 0.001. Lesson 7 found the paper's 0.0002 too small
for networks of this size, and so it is here (`--epochs 3 --blind-epochs 0`): with 0.0002 the FID is 14.0, with 0.0005
7.5, with 0.001 6.8. (These three are from another kind of processor than the lesson's run.)
*/

GanPair *conditional_pair(const ConditionalSettings *s, bool seeing, long total) {
    int most = s->batch > EVAL_LATENTS ? s->batch : EVAL_LATENTS;
    Rng rng = rng_create(s->run.seed, RNG_INIT);
    Net *D = dcgan_discriminator(seeing ? 1 + CLASSES : 1, s->width, s->batch, &rng);
    Net *G = dcgan_generator(LATENT + CLASSES, s->width, most, &rng);
    net_init(D, INIT_DCGAN, &rng);
    net_init(G, INIT_DCGAN, &rng);
    OptimizerSpec adam = optimizer_defaults(ADAM, s->lr);
    adam.beta1 = s->beta1;
    return gan_pair_create(G, D, adam, adam, false, total, s->run.seed);
}

/*
## The game

Lesson 7's two steps. What is new is that labels go along: `beside` when pictures are generated, `behind` whenever the
discriminator gets some. With `seeing` false the discriminator gets no label, for the experiment below.
*/

ConditionalGame game_create(const ConditionalSettings *s, bool seeing, long total) {
    ConditionalGame g = { .pair = conditional_pair(s, seeing, total), .seeing = seeing };
    size_t batch = (size_t)g.pair->D->batch;
    g.zy = alloc_floats(batch * shape_size(g.pair->G->in));
    g.xy = alloc_floats(batch * shape_size(g.pair->D->in));
    g.dmade = alloc_floats(batch * PIXELS);
    return g;
}

void game_free(ConditionalGame *g) {
    gan_pair_free(g->pair);
    free(g->zy);
    free(g->xy);
    free(g->dmade);
}

void make_fakes(ConditionalGame *g, const int *labels, int n) {
    rng_fill_normal(&g->pair->stream, g->pair->z, (size_t)n * LATENT, 0.0f, 1.0f);
    beside(g->zy, g->pair->z, labels, n);
    g->made = net_forward(g->pair->G, g->zy, n, TRAIN);
}

// What D says of pictures x (n, PIXELS) and, if it sees them, their labels.
static const float *logits_of(ConditionalGame *g, const float *x, const int *labels, int n) {
    if (g->seeing) {
        behind(g->xy, x, labels, n);
    }
    return net_forward(g->pair->D, g->seeing ? g->xy : x, n, TRAIN);
}

void discriminator_step(ConditionalGame *g, const float *real, const int *labels, int n) {
    Net *D = g->pair->D;
    net_zero_grad(D);
    const float *logits = logits_of(g, real, labels, n);
    gan_tally_real(&g->tally, logits, n);
    g->loss_d = gan_pair_cross_entropy(g->pair, logits, 1.0f, n);
    net_backward(D, g->pair->D->dy, WANT_PARAMS);

    logits = logits_of(g, g->made, labels, n);
    gan_tally_fake(&g->tally, logits, n);
    g->loss_d += gan_pair_cross_entropy(g->pair, logits, 0.0f, n);
    net_backward(D, g->pair->D->dy, WANT_PARAMS);
    gan_pair_step_D(g->pair);
    gan_tally_d(&g->tally, g->loss_d, D);
}

void generator_step(ConditionalGame *g, const int *labels, int n) {
    Net *G = g->pair->G, *D = g->pair->D;
    const float *logits = logits_of(g, g->made, labels, n); // D has changed since
    g->loss_g = gan_pair_cross_entropy(g->pair, logits, 1.0f, n);
    const float *dxy = net_backward(D, g->pair->D->dy, WANT_INPUT);
    size_t row = shape_size(D->in); // the picture comes first in it, then the planes
    for (int i = 0; i < n; i++) {
        memcpy(g->dmade + (size_t)i * PIXELS, dxy + (size_t)i * row, PIXELS * sizeof *dxy);
    }
    net_zero_grad(G);
    net_backward(G, g->dmade, WANT_PARAMS);
    gan_pair_step_G(g->pair);
    gan_tally_g(&g->tally, g->loss_g, G);
}

/*
The discriminator passes back a gradient with respect to all of its input, eleven planes. The first one is the
picture's. A label cannot be changed, so the other ten are dropped.

### The loop
*/

void play_round(ConditionalGame *g, PictureEval *eval) {
    int n = picture_eval_next(eval); // fills eval->real and eval->labels
    make_fakes(g, eval->labels, n);
    discriminator_step(g, eval->real, eval->labels, n);
    generator_step(g, eval->labels, n);
}

/*
## How to measure it

From as many samples of each class as of any other, 10,000 in all, come three figures. Are they, taken together, like the test
pictures? That is the FID, as always. Does the judge take each for what was asked for? The share is the **consistency**. The judge is
not always right: of *real* test pictures it gets 91 %. A generator should come near that, and one that has more makes pictures that
are easier to name than real ones. And how good is each class by itself? For that we take the Fréchet distance between the samples
of one class, a thousand, and the test pictures of that class. It has fewer pictures on either side, so it is larger than the FID and
compares only with others of its kind.
*/

uint8_t *sample_classes(uint8_t *labels, Run *run, Net *G, int n) {
    uint8_t *images = alloc_bytes((size_t)n * PIXELS);
    float *z = alloc_floats((size_t)n * LATENT), *zy = alloc_floats((size_t)n * (LATENT + CLASSES));
    int *wanted = alloc_bytes((size_t)n * sizeof *wanted);
    Rng rng = rng_create((uint64_t)run_options(run)->seed, RNG_SAMPLE);
    rng_fill_normal(&rng, z, (size_t)n * LATENT, 0.0f, 1.0f);
    for (int i = 0; i < n; i++) {
        wanted[i] = i % CLASSES;
        labels[i] = (uint8_t)wanted[i];
    }
    beside(zy, z, wanted, n);
    gan_images(images, G, zy, n);
    free(z);
    free(zy);
    free(wanted);
    return images;
}

// Of those pictures (n) that have the label.
static Moments *moments_of_class(Judge *judge, const uint8_t *images, const uint8_t *labels, int n,
                                 int label) {
    uint8_t *own = alloc_bytes((size_t)n * PIXELS);
    int count = 0;
    for (int i = 0; i < n; i++) {
        if (labels[i] == label) {
            memcpy(own + (size_t)count++ * PIXELS, images + (size_t)i * PIXELS, PIXELS);
        }
    }
    float *features = alloc_floats((size_t)(count + 1) * JUDGE_FEATURES);
    judge_look(judge, features, NULL, own, count);
    Moments *moments =
        count > JUDGE_FEATURES ? moments_create(features, count, JUDGE_FEATURES) : NULL;
    free(features);
    free(own);
    return moments;
}

void class_distances(double fid[CLASSES], Judge *judge, const Dataset *test, const uint8_t *images,
                     const uint8_t *labels, int n) {
    for (int c = 0; c < CLASSES; c++) {
        Moments *real = moments_of_class(judge, test->images, test->labels, test->n, c);
        Moments *fake = moments_of_class(judge, images, labels, n, c);
        fid[c] = real && fake ? frechet_distance(real, fake) : NAN;
        moments_free(real);
        moments_free(fake);
    }
}

ConditionalScore score_of(Run *run, Judge *judge, Net *G, int n) {
    uint8_t *labels = alloc_bytes((size_t)n), *taken_for = alloc_bytes((size_t)n);
    uint8_t *images = sample_classes(labels, run, G, n);
    ConditionalScore score = { .verdict = judge_classify(judge, taken_for, images, n) };
    int asked[CLASSES] = { 0 };
    for (int i = 0; i < n; i++) {
        asked[labels[i]]++;
        score.confusion[labels[i]][taken_for[i]]++;
        score.consistency += taken_for[i] == labels[i] ? 1.0 / n : 0.0;
    }
    for (int c = 0; c < CLASSES * CLASSES; c++) {
        score.confusion[c / CLASSES][c % CLASSES] /= asked[c / CLASSES];
    }
    free(labels);
    free(taken_for);
    free(images);
    return score;
}
