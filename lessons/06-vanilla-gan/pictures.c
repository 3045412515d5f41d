/*
## With pictures

The plane has taught what to watch. Now the same two functions, `discriminator_step` and `generator_step`, get larger
networks and 784 numbers in place of two. Nothing else changes.

The generator goes from 100 random numbers over 256, 512 and 1,024 units to 784, and ends in $\tanh$: brightness from
$-1$ to 1, and the real pictures are brought to the same range. The discriminator is its mirror. It is larger than it
need be and sees each picture five times, so it has dropout, which keeps it from learning the training pictures by
heart. Each has about one and a half million weights.
*/

#include "checkpoint.h"
#include "die.h"
#include "image.h"
#include "lab.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// clang-format off
static const LayerSpec generator_table[] = {
    dense(256), leaky_relu(0.2f),
    dense(512), leaky_relu(0.2f),
    dense(1024), leaky_relu(0.2f),
    dense(PIXELS), tanh_(), reshape(1, 28, 28), END
};

static const LayerSpec discriminator_table[] = {
    dense(1024), leaky_relu(0.2f), dropout(0.3f),
    dense(512), leaky_relu(0.2f), dropout(0.3f),
    dense(256), leaky_relu(0.2f), dropout(0.3f),
    dense(1), END
};
// clang-format on

Net *picture_net(bool generator, int batch, uint64_t seed) {
    Rng rng = rng_create(seed + !generator, RNG_INIT);
    return generator ? net_create(generator_table, (Shape){ Z_PICTURES, 1, 1 }, batch, &rng)
                     : net_create(discriminator_table, (Shape){ 1, 28, 28 }, batch, &rng);
}

/*
Adam with 0.0002 for both, 64 pictures a step, all 60,000 training pictures. There is no validation set: labels are not
used, and no loss here says what a validation loss says. What we look at instead, at the end of each epoch, is a
*judge*: lesson 4's LeNet, which has its own idea of what clothes look like. From as many samples as there are test
pictures it gives

- the squared **Fréchet distance** (FID) between what it sees in the samples and in the test pictures: 0 for the same, 63 for test
  pictures that are blurred a little, 142 for noise. [Its chapter](fid.html) has the formula, and
  [the page on the judge](judge.html) what its values mean;
- the **share of each class** among the samples. A class that is missing is a mode that is missing.

Here a log row, and a frame of the animation, are made from the same latent vectors each time.
*/

enum {
    PICTURE_ROWS = 20,   // of the log, in an epoch
    COMPARED = 256,      // samples whose diversity is measured
    GRID_PICTURES = 64,  // of the picture that is kept, 8 a row
    FRAME_PICTURES = 36, // of a frame of the animation, 6 a row
    FRAMES_AN_EPOCH = 2,
};

// What the act needs besides the game.
typedef struct {
    Run *run;
    const Settings *settings;
    Dataset *train;
    Judge *judge;
    Batches batches;
    Game *game;
    float *real, *z; // (batch, PIXELS); (COMPARED, Z_PICTURES): the samples that are looked at
    double spread;   // mean distance of real pictures
    long per_epoch;
    double late[COLUMNS]; // the last row of the log, and the classes that occur: for the detector
} Studio;

static Studio studio_open(Run *run, const Settings *s, const Dataset *test) {
    Studio t = { .run = run, .settings = s };
    uint64_t seed = (uint64_t)s->run.seed;
    int batch = s->picture_batch, most = batch > COMPARED ? batch : COMPARED;
    t.train = dataset_load(s->run.data, TRAIN_SET);
    dataset_expect(t.train, s->run.data, 28, 28, 2);
    t.judge = judge_create(test);
    int n = s->images < t.train->n ? s->images : t.train->n;
    t.batches = batches_create(t.train, NULL, 0, n, batch, rng_create(seed, RNG_SHUFFLE));
    t.per_epoch = (n + batch - 1) / batch;
    Rules rules = s->rules;
    rules.lr_g = rules.lr_d = s->picture_lr;
    rules.constant = true;
    rules.noise = 0.0f;
    rules.head_start = 0;
    t.game = game_create(&rules, picture_net(true, most, seed), picture_net(false, batch, seed),
                         t.per_epoch * s->epochs, seed);
    t.real = alloc_floats((size_t)most * PIXELS);
    t.z = alloc_floats(COMPARED * Z_PICTURES);
    Rng rng = rng_create(seed, RNG_SAMPLE);
    rng_fill_normal(&rng, t.z, COMPARED * Z_PICTURES, 0.0f, 1.0f);
    int *order = random_order(t.train->n, rng_create(seed, RNG_DATA));
    int some = t.train->n < COMPARED ? t.train->n / 2 * 2 : COMPARED;
    dataset_take(t.real, NULL, t.train, order, some);
    gan_scale(t.real, (size_t)some * PIXELS);
    t.spread = mean_distance(t.real, some, PIXELS);
    free(order);
    return t;
}

static void studio_close(Studio *t) {
    game_free(t->game);
    batches_free(&t->batches);
    dataset_free(t->train);
    judge_free(t->judge);
    free(t->real);
    free(t->z);
}

static void look(Studio *t, Log *log) {
    double row[GAN_FIGURES + 1];
    gan_tally_row(row, &t->game->tally);
    const float *x = net_forward(t->game->G, t->z, COMPARED, EVAL);
    row[GAN_FIGURES] = mean_distance(x, COMPARED, PIXELS) / t->spread;
    log_write(log, t->game->step, row, GAN_FIGURES + 1);
    run_progress(t->run, "pictures", t->game->step, t->game->total,
                 "D(x) %.2f D(G(z)) %.2f diversity %.2f", row[D_OF_X], row[D_OF_FAKE],
                 row[GAN_FIGURES]);
    for (int c = 0; c <= GAN_FIGURES; c++) {
        t->late[c] = row[c];
    }
}

static void save_frame(const Studio *t, long frame) {
    gan_grid(run_path(t->run, "samples/frames/%02ld.png", frame), t->game->G, t->z, FRAME_PICTURES,
             6, 1);
}

// Also before the first epoch.
static void end_epoch(Studio *t, Log *log, const Dataset *test) {
    Verdict v = gan_verdict(t->judge, t->game->G, test->n,
                            rng_create((uint64_t)t->settings->run.seed, RNG_SAMPLE));
    log_row(log, t->game->step, v.fid, v.smallest_share, v.inception_score);
    int classes = 0;
    for (int c = 0; c < JUDGE_CLASSES; c++) {
        classes += v.share[c] >= 0.01;
    }
    t->late[MODES] = classes;
}

/*
## The loop, once more
*/

static void train_pictures(Studio *t, State *state, Log *log, Log *fids, const Dataset *test) {
    Game *g = t->game;
    long every = t->per_epoch < PICTURE_ROWS ? 1 : t->per_epoch / PICTURE_ROWS;
    long frame_every = t->per_epoch < FRAMES_AN_EPOCH ? 1 : t->per_epoch / FRAMES_AN_EPOCH;
    if (g->step == 0) {
        save_frame(t, 0);
        end_epoch(t, fids, test);
    }
    while (g->step < g->total && !run_stopped(t->run)) {
        int n = 0;
        for (int k = 0; k < g->rules.d_steps; k++) {
            n = batches_next_endless(&t->batches, t->real, NULL);
            gan_scale(t->real, (size_t)n * PIXELS);
            discriminator_step(g, t->real, latent(g, n), n);
        }
        generator_step(g, latent(g, n), n);
        if (!isfinite(g->loss_d + g->loss_g)) {
            run_diverged(t->run, g->step, "a loss",
                         gan_find_nonfinite((char[100]){ 0 }, g->G, g->D));
        }
        long in_epoch = g->step % t->per_epoch;
        if (in_epoch % every == 0 || g->step == g->total) {
            look(t, log);
        }
        if (g->step % frame_every == 0) {
            save_frame(t, g->step / frame_every);
        }
        if (in_epoch == 0) {
            end_epoch(t, fids, test);
            state_save(state);
        }
    }
}

void pictures(Run *run, State *state, const Settings *s, const Dataset *test) {
    if (!state_begin(state, "pictures")) {
        return;
    }
    Studio t = studio_open(run, s, test);
    Log *log = log_open(run, "log-pictures.csv", GAN_COLUMNS ",diversity");
    Log *fids = log_open(run, "log-fid.csv", "fid,smallest_share,inception_score");
    log_time(fids);
    game_keep(t.game, state, "game");
    state_batches(state, "batches", &t.batches);
    state_doubles(state, "late", t.late, COLUMNS);
    train_pictures(&t, state, log, fids, test);
    bool over = t.game->step == t.game->total;
    if (over) {
        Diagnosis diagnosis = diagnose((const double(*)[COLUMNS]) & t.late, 1, JUDGE_CLASSES);
        run_say(run, "Pictures: the detector says %s", diagnoses[diagnosis]);
        run_summary(run, "pictures_diagnosis", diagnosis);
        run_summary(run, "pictures_diversity", t.late[DIVERSITY]);
        gan_grid(run_path(run, "samples/clothes.png"), t.game->G, t.z, GRID_PICTURES, 8, 2);
        checkpoint_save(run_path(run, "model.safetensors"), t.game->G);
        checkpoint_save(run_path(run, "discriminator.safetensors"), t.game->D);
    }
    state_end(state, over);
    studio_close(&t);
}

void picture_generator(Run *run, const Settings *s, const char *model, const Dataset *test) {
    Net *G = picture_net(true, COMPARED, 0);
    gan_score(run, G, model, test, s->generate);
    net_free(G);
}

/*
![What the generator makes after five epochs, of 64 latent vectors.](clothes.png)

![The game with pictures.](pictures.svg)

**What the pictures show.** They are clothes: shoes, trousers, shirts and dresses can be told apart at a glance. They
are also grainy. A dense generator makes each pixel by itself, from 1,024 numbers, and nothing in it says that
neighbours belong together. (That will be lesson 7.)

The discriminator is ahead all the time: at first $D(x)$ is 0.9 and $D(G(z))$ 0.2. Then the generator catches up, and at
the end they stand at 0.60 and 0.39. That does not say that the pictures have become better, only that two networks have
come closer. The judge says it:

| after epoch | 1 | 2 | 3 | 4 | 5 |
|---|---|---|---|---|---|
| FID | 110.5 | 78.0 | 74.1 | 54.6 | 45.5 |
| smallest share of a class | 0 | 2.4 % | 2.5 % | 2.9 % | 2.3 % |

In the first 400 steps the diversity is below 0.2: all latent vectors give nearly the same picture. It is the collapse
of the lab, and it goes away by itself.

![The same 36 latent vectors before the first step and twice in each epoch.](growth.gif)

![Share of the samples that the judge takes for each class; every class has 10 % of the real pictures.](classes.svg)

All classes are there, in unequal shares: 2 % pullovers and 22 % shirts. (To the judge, that is: it confuses pullovers, coats
and shirts of real people, too.) A seed changes which class is rare.

## Where this differs from the paper

- Goodfellow et al. (2014) used SGD with momentum and a decaying rate. Adam was not known yet; $\beta_1 = 0.5$ is from the DCGAN
  paper (2015).
- Their discriminator was a maxout network with dropout, their generator had ReLUs and sigmoids. The shape of ours is
  that of the many tutorials.
- Algorithm 1 takes $k$ steps of the discriminator for one of the generator, and they used $k = 1$ in all experiments. So do we,
  and the lab shows that it was a wise choice.
- They measured with Parzen windows, which was found to say little (Theis et al. 2015). We count modes, solve the
  assignment problem, and have a judge.
- The ring of eight Gaussians is from Metz et al. (2016), who show the hopping of collapsed samples and cure it by
  looking several steps of the discriminator ahead.

## Exercises

1. *Predict, then run.* `make lesson-6 ARGS="--preset collapse --lr-d 0.001" RUN=even`. Then 0.0005, 0.0003, 0.0002 in
   the place of 0.001. Is there a rate of the discriminator from which on the game is healthy? How sure are you, with
   one seed each?
2. `make lesson-6 ARGS="--preset vanish --loss non-saturating" RUN=mended`. The discriminator is as far ahead as before.
   Why is this game not lost? Is it a good one?
3. Smooth both labels: the discriminator is told $\alpha$ of real and $\beta$ of made examples. What is $D^*$ then? Why
   does $\beta > 0$ reward the generator for samples where $p$ is small, and why is smoothing done on one side only?
4. In `generator_step` write `WANT_PARAMS | WANT_INPUT`. Which test turns red, and what would have happened at the next
   step of the discriminator if nobody set its gradients to 0?
5. The grid: `make lesson-6 ARGS="--part plane --cloud grid --width 128 --depth 3 --init he --steps 10000" RUN=grid`,
   and once more with `--noise 0`. How many of the 25 modes does each cover? And without `--init he`? (PyTorch's
   weights, which we use for the ring, shrink the signal from layer to layer, and the grid is four times as wide as
   $z$.)
6. In lesson 3 Adam's $\epsilon$ was a detail. Set it to $10^{-2}$ for the generator (in `game_create`) and run `--part
   lab`. Which row of the second table changes, and why that one?
7. Show the discriminator *two* samples of one kind at a time, as one example with four numbers (Lin et al. 2018). Why does a
   collapsed generator have no chance against it? Change `plane_net` and the two steps, and try it with the rules of `collapse`.
8. `make lesson-6 ARGS="--part pictures --d-steps 5" RUN=ahead`. An epoch is still 938 steps of the generator, but the
   discriminator passes over the pictures five times in it. Compare the FID per epoch, and per second.

## References

- I. Goodfellow, J. Pouget-Abadie, M. Mirza, B. Xu, D. Warde-Farley, S. Ozair, A. Courville, Y. Bengio, *Generative adversarial
  nets*, 2014, arXiv:1406.2661.
- A. Radford, L. Metz, S. Chintala, *Unsupervised representation learning with deep convolutional GANs*, 2015, arXiv:1511.06434.
- L. Theis, A. van den Oord, M. Bethge, *A note on the evaluation of generative models*, 2015, arXiv:1511.01844.
- T. Salimans, I. Goodfellow, W. Zaremba, V. Cheung, A. Radford, X. Chen, *Improved techniques for training GANs*, 2016,
  arXiv:1606.03498.
- C. Sønderby, J. Caballero, L. Theis, W. Shi, F. Huszár, *Amortised MAP inference for image super-resolution*, 2016,
  arXiv:1610.04490.
- L. Metz, B. Poole, D. Pfau, J. Sohl-Dickstein, *Unrolled generative adversarial networks*, 2016, arXiv:1611.02163.
- M. Arjovsky, L. Bottou, *Towards principled methods for training GANs*, 2017, arXiv:1701.04862.
- M. Heusel, H. Ramsauer, T. Unterthiner, B. Nessler, S. Hochreiter, *GANs trained by a two time-scale update rule
  converge to a local Nash equilibrium*, 2017, arXiv:1706.08500.
- Z. Lin, A. Khetan, G. Fanti, S. Oh, *PacGAN: the power of two samples in generative adversarial networks*, 2018,
  arXiv:1712.04086.
*/
