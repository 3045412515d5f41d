/*
# Lesson 10: Asking for a shoe

The generators so far make what they like. A tenth of their samples are boots, and which latent vectors give boots
nobody knows. **Can one ask for a boot?** The pictures have labels; we have left them aside since lesson 5. This lesson
gives them to both players (Mirza and Osindero 2014), and the change is a few lines. What it does to the pictures is
more than one might expect: with labels the same networks reach in three epochs a Fréchet distance of 6.4, and without
16.0.

Then the other way round: a generator that was trained *without* labels, and somebody else who knows them. Can one steer
through its latent space, uphill in what a classifier believes, until a trouser becomes a boot? And what else changes on
the way?

**What you will do here.** Tell both networks the label, and see that a one-hot vector, an embedding and a bias are the
same thing. Ask for ten of each class. Let the judge say how often it gets what was asked for, and which classes are
confused. Take the label away from the discriminator, and see what the generator makes of it then. Steer.

    make lesson-10
    make lesson-10 ARGS="--steer 1" RUN=trousers
    make lesson-10 ARGS="--load runs/10-conditional-gan/default/model.safetensors --generate 1000"
*/

#include "conditional-gan.h"
#include "checkpoint.h"
#include "die.h"
#include "file.h"
#include "summary.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
## One game for each class

Let $y$ be the label of a picture. The generator gets it beside $z$, and the discriminator beside the picture: $G(z, y)$
and $D(x, y)$. The loss is that of lesson 6, and each expectation now goes over labels, too:

$$ L_D = \mathrm{E}_{x, y}\left[ -\log D(x, y) \right] + \mathrm{E}_{z, y}\left[ -\log (1 - D(G(z, y), y)) \right]. $$

What does the best discriminator answer? In lesson 6 the integral fell apart into one term for each $x$; now it falls
apart into one for each pair:

$$ D^*(x, y) = \frac{p(x, y)}{p(x, y) + q(x, y)} = \frac{p(x \mid y)}{p(x \mid y) + q(x \mid y)}, $$

where the second step needs that labels are as frequent among made pictures as among real ones, $p(y) = q(y)$. So there
are ten games, one for each class, in which trousers are compared with trousers; and they share all weights. To keep
$p(y) = q(y)$ exactly, **the fakes take the labels of the real batch**. (If we asked for boots more often than they
occur, the discriminator could say "probably made" of every boot, the best included.)

The generator can no longer leave out a class: in a game of boots, a coat is found out at once. One kind of mode
collapse is gone, by construction.

## Where to put a label

**Beside $z$**: ten more numbers, nine 0 and a 1 at the label's place, a *one-hot* vector. $z$ had 64 numbers, now there
are 74.
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
$E$. A product with a one-hot vector picks a column:

$$ W \begin{pmatrix} z \\ e_y \end{pmatrix} = V z + E\, e_y = V z + E_{\cdot y}. $$

So the label chooses one of ten *biases*, each a vector with 3,136 numbers, all of them learned. Other programs look up
an *embedding*, a learned vector $c_y$ of, say, 50 numbers for each class, and put that beside $z$: $V z + F c_y$. That
is the same again, with the matrix $E = F C$ factored into two, where $C$ holds the ten embeddings as columns. It saves
something if there are 10,000 classes, or if the vectors are used in several places. With ten it only has one more
matrix. (The program checks the first equation; one of the tests the second.)
*/

// How far W·(z, one-hot of y) is from V·z + the column of y: of a dense layer whose weights are
// drawn at random.
static double check_embedding(Rng *rng) {
    enum { UNITS = 5, ROW = LATENT + CLASSES };
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
**Behind the picture**: a picture has no room for ten numbers, but for ten more *channels*: planes of $28 \times 28$,
one of them all 1 and the others all 0. The first convolution has 11 input channels. By the same algebra the plane of
class $y$ adds a number to each output channel, the sum of its 16 weights: a bias for each class, again (except along
the edges, where part of a window hangs over the constant plane).
*/

void behind(float *xy, const float *x, const int *labels, int n) {
    for (int i = 0; i < n; i++) {
        float *planes = xy + (size_t)i * (1 + CLASSES) * PIXELS;
        memcpy(planes, x + (size_t)i * PIXELS, PIXELS * sizeof *x);
        for (int k = 0; k < CLASSES * PIXELS; k++) {
            planes[PIXELS + k] = k / PIXELS == labels[i] ? 1.0f : 0.0f;
        }
    }
}

/*
## The networks

Lesson 7's pair, with wider inputs. The learning rate is 0.001. Lesson 7 found that the paper's 0.0002 is too careful
for networks of this size, and so it is here (`--epochs 3 --blind-epochs 0`): with 0.0002 the FID is 12.7, with 0.0005
8.0, with 0.001 6.4.
*/

Duel *make_duel(const Settings *s, bool seeing, long total) {
    int F = s->width;
    // clang-format off
    const LayerSpec discriminator[] = {                                          // 11 × 28 × 28
        conv2d(F, .kernel = 4, .stride = 2, .pad = 1), leaky_relu(0.2f),         //  F × 14 × 14
        conv2d(2 * F, .kernel = 4, .stride = 2, .pad = 1, .no_bias = true),      // 2F ×  7 ×  7
        batchnorm(), leaky_relu(0.2f),
        flatten(), dense(1), END                                                 // a logit
    };
    const LayerSpec generator[] = {                                              // z and y: 74
        dense(2 * F * 7 * 7, .no_bias = true),
        reshape(2 * F, 7, 7), batchnorm(), relu(),                               // 2F ×  7 ×  7
        conv_transpose2d(F, .kernel = 4, .stride = 2, .pad = 1, .no_bias = true),
        batchnorm(), relu(),                                                     //  F × 14 × 14
        conv_transpose2d(1, .kernel = 4, .stride = 2, .pad = 1), tanh_(), END    //  1 × 28 × 28
    };
    // clang-format on
    int most = s->batch > STUDIO_LATENTS ? s->batch : STUDIO_LATENTS;
    Shape seen = { seeing ? 1 + CLASSES : 1, SIDE, SIDE };
    Rng rng = rng_create((uint64_t)s->run.seed, RNG_INIT);
    Net *D = net_create(discriminator, seen, s->batch, &rng);
    Net *G = net_create(generator, (Shape){ LATENT + CLASSES, 1, 1 }, most, &rng);
    net_init(D, INIT_DCGAN, &rng);
    net_init(G, INIT_DCGAN, &rng);
    OptimizerSpec adam = optimizer_defaults(ADAM, s->lr);
    adam.beta1 = s->beta1;
    return duel_create(G, D, adam, adam, false, total, (uint64_t)s->run.seed);
}

/*
## How to mark it

As many samples of each class as of any other, 10,000 in all, and two questions. Are they, as a crowd, like the test
pictures? That is the FID, as always. And does the judge take each for what was asked for? The share is the
**consistency**. The judge is not always right: of *real* test pictures it gets 91 %, so that is as much as one can hope
for; and a generator that fools the judge in its own way could have more.
*/

// n pictures and their labels, as many of each class.
static uint8_t *draw(uint8_t *labels, Run *run, Net *G, int n) {
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
    gan_pictures(images, G, zy, n);
    free(z);
    free(zy);
    free(wanted);
    return images;
}

Score score_of(Run *run, Judge *judge, Net *G, int n) {
    uint8_t *labels = alloc_bytes((size_t)n), *images = draw(labels, run, G, n);
    float *p = alloc_floats((size_t)n * CLASSES);
    Score score = { .verdict = judge_images(judge, images, n) };
    int asked[CLASSES] = { 0 };
    judge_look(judge, NULL, p, images, n);
    for (int i = 0; i < n; i++) {
        int best = 0;
        for (int c = 1; c < CLASSES; c++) {
            best = p[i * CLASSES + c] > p[i * CLASSES + best] ? c : best;
        }
        asked[labels[i]]++;
        score.confusion[labels[i]][best]++;
        score.consistency += best == labels[i] ? 1.0 / n : 0.0;
    }
    for (int c = 0; c < CLASSES * CLASSES; c++) {
        score.confusion[c / CLASSES][c % CLASSES] /= asked[c / CLASSES];
    }
    free(labels);
    free(images);
    free(p);
    return score;
}

/*
## The program

The game; the same with a discriminator that is blind to labels; steering, with the generator of that; and the marks.
Two files follow.
*/

static void write_confusion(Run *run, const Score *score) {
    OutFile *file = file_create(run_path(run, "confusion.csv"));
    for (int i = 0; i < CLASSES * CLASSES; i++) {
        fprintf(file_stream(file), "%.4f%c", score->confusion[i / CLASSES][i % CLASSES],
                i % CLASSES + 1 < CLASSES ? ',' : '\n');
    }
    file_commit(file);
}

void show(Run *run, const Settings *s, const Dataset *test, const char *model) {
    Duel *duel = make_duel(s, true, 1);
    Judge *judge = judge_create(test);
    checkpoint_load(model, duel->G);
    Score score = score_of(run, judge, duel->G, test->n);
    gan_report(run, &score.verdict, test->n);
    run_summary(run, "consistency", score.consistency);
    for (int c = 0; c < CLASSES; c++) {
        char key[24];
        snprintf(key, sizeof key, "consistency_%d", c);
        run_summary(run, key, score.confusion[c][c]);
    }
    write_confusion(run, &score);
    run_say(run, "FID %.1f, inception score %.2f; taken for the class that was asked for: %.1f %%",
            score.verdict.fid, score.verdict.inception_score, 100.0 * score.consistency);
    if (s->generate > 0) {
        uint8_t *labels = alloc_bytes((size_t)s->generate),
                *images = draw(labels, run, duel->G, s->generate);
        gan_write(run, images, labels, s->generate, SIDE, SIDE);
        free(labels);
        free(images);
    }
    judge_free(judge);
    duel_free(duel);
}

static void print_summaries(const Settings *s) {
    Duel *duel = make_duel(s, true, 1);
    summary_print(stdout, "generator", duel->G);
    printf("\n");
    summary_print(stdout, "discriminator", duel->D);
    duel_free(duel);
}

static void all_acts(Run *run, const Settings *s, const Option *options, const Dataset *test) {
    State *state = state_open(run, options);
    Rng rng = rng_create((uint64_t)s->run.seed, RNG_DATA);
    double off = check_embedding(&rng);
    run_say(run, "A label beside z is a bias that belongs to the class: off by %.1g", off);
    run_summary(run, "embedding_off", off);
    play(run, state, s, test, true);
    if (s->blind_epochs > 0) {
        play(run, state, s, test, false);
        steer(run, state, s, test);
    }
    if (!run_stopped(run)) {
        show(run, s, test, run_path(run, "model.safetensors"));
    }
    state_close(state);
}

int main(int argc, char **argv) {
    Settings s = { .run = RUN_DEFAULTS("10-conditional-gan"),
                   .epochs = 6,
                   .blind_epochs = 3,
                   .batch = 64,
                   .images = 60000,
                   .width = 32,
                   .steer = 9,
                   .walk = 60,
                   .lr = 1e-3f,
                   .beta1 = 0.5f };
    const Option options[] = {
        option_int("epochs", &s.epochs, 1, 1000, "passes over the training images"),
        option_int("blind-epochs", &s.blind_epochs, 0, 1000,
                   "of the game without labels for D, or fewer"),
        option_int("batch", &s.batch, 1, 1024, "real images a step, and as many fakes"),
        option_int("images", &s.images, 2, 1000000, "training images to use"),
        option_int("width", &s.width, 1, 256, "F, channels at 14 × 14 pixels"),
        option_float("lr", &s.lr, 0, 1000, "Adam's learning rate"),
        option_float("beta1", &s.beta1, 0, 0.999, "Adam's memory of the gradient"),
        option_int("steer", &s.steer, 0, CLASSES - 1, "the class that the strips are steered to"),
        option_int("walk", &s.walk, 1, 10000, "steps of a walk in z"),
        option_int("generate", &s.generate, 0, 1000000, "pictures to write at the end"),
        option_flag("summary", &s.summary, "print the networks' tables, and nothing else"),
        LOAD_OPTION(s.run, "judge this generator instead of training one"),
        RESUME_OPTION(s.run),
        RUN_OPTIONS(s.run),
        OPTION_END,
    };
    cli_parse(options, argc, argv, "Lesson 10: conditional GAN.");
    s.blind_epochs = s.blind_epochs < s.epochs ? s.blind_epochs : s.epochs;
    if (s.summary) {
        print_summaries(&s);
        return EXIT_SUCCESS;
    }
    Run *run = run_open(&s.run, options);
    Dataset *test = dataset_load(s.run.data, TEST_SET);
    dataset_expect(test, s.run.data, SIDE, SIDE, JUDGE_FEATURES + 1);
    if (s.run.load) {
        show(run, &s, test, s.run.load);
    } else {
        all_acts(run, &s, options, test);
    }
    dataset_free(test);
    return run_close(run);
}
