/*
## With pictures

What to watch is known from the plane. Now the same two functions, `discriminator_step` and `generator_step`, get larger
networks and 784 numbers in place of two. The two steps do not change. The rules are simpler: constant rates of 0.0002, and no
instance noise.

The generator goes from 100 random numbers over 256, 512 and 1,024 units to 784, and ends in $\tanh$: brightness from
$-1$ to 1, and the real pictures are brought to the same range. The discriminator is its mirror. It sees each picture five times and
is large enough to learn pictures by heart, so it has dropout. Each network has about one and a half million weights.
*/

#include "acts.h"
#include "base/die.h"
#include "gan/gan_images.h"
#include "gan/picture_eval.h"
#include "nn/checkpoint.h"

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
Adam with 0.0002 for both, 64 pictures a step, all 60,000 training pictures. Labels are not used. No loss here says what a
validation loss says. So at the end of each epoch we ask a *judge*, lesson 4's LeNet, which knows what clothes look like. It looks at
as many samples as there are test pictures and gives

- the squared **Fréchet distance** (FID) between what it sees in the samples and in the test pictures: 0 for the same pictures, 63 for
  test pictures that are blurred a little, 142 for noise. [Its chapter](fid.html) has the formula, and
  [the page on the judge](judge.html) says what its values mean;
- the **share of each class** among the samples. A class that is missing is a mode that is missing.

The judge compares with the *test* pictures at every epoch, and from lesson 7 on we also choose learning rates by this figure. By the
rules of lesson 4 that makes the test set a validation set, and nothing is left that nobody has looked at. The page on the judge
says [why we do it](judge.html#the-test-set-is-used-more-than-once). As a control the summary holds `fid_training`: the same samples
against as many *training* pictures.

A log row, and a frame of the animation, are made from the same latent vectors each time.
*/

enum {
    PICTURE_ROWS = 20,   // of the log, in an epoch
    FRAME_PICTURES = 36, // of a frame of the animation, 6 a row
    FRAMES_AN_EPOCH = 2,
};

// A game with its record.
typedef struct {
    Run *run;
    PictureEval *eval;
    VanillaGame *game;
    GanTally tally; // since the last row of the log
    Log *log;
    double late[TOY_GAME_FIGURES]; // that row, and the classes that occur: for the detector
} PictureGame;

static VanillaGame *picture_game(const VanillaSettings *s, long total) {
    int batch = s->picture_batch, most = batch > EVAL_LATENTS ? batch : EVAL_LATENTS;
    uint64_t seed = s->run.seed;
    VanillaRules rules = s->rules;
    rules.lr_g = rules.lr_d = s->picture_lr;
    rules.constant = true;
    rules.noise = 0.0f;
    rules.head_start = 0;
    return game_create(&rules, picture_net(true, most, seed), picture_net(false, batch, seed),
                       total, seed);
}

static void write_row(PictureGame *p) {
    const GanPair *pair = p->game->pair;
    double row[GAN_FIGURES + 1];
    gan_tally_row(row, &p->tally);
    row[DIVERSITY] = picture_eval_diversity(p->eval, pair->G);
    log_write(p->log, pair->step, row, GAN_FIGURES + 1);
    run_progress(p->run, "pictures", pair->step, pair->total,
                 "D(x) %.2f D(G(z)) %.2f diversity %.2f", row[GAN_D_REAL], row[GAN_D_FAKE],
                 row[DIVERSITY]);
    memcpy(p->late, row, sizeof row);
}

static void save_frame(const PictureGame *p, long frame) {
    gan_image_grid(run_path(p->run, "samples/frames/%02ld.png", frame), p->game->pair->G,
                   p->eval->z, FRAME_PICTURES, 6, 1);
}

// Also before the first epoch.
static void end_epoch(PictureGame *p) {
    Verdict v = picture_eval_judge(p->eval, p->game->pair->G, p->game->pair->step);
    int classes = 0;
    for (int c = 0; c < JUDGE_CLASSES; c++) {
        classes += v.share[c] >= 0.01;
    }
    p->late[MODES] = classes;
}

/*
### The loop, once more
*/

static void train(PictureGame *p, State *state) {
    PictureEval *eval = p->eval;
    VanillaGame *g = p->game;
    GanPair *pair = g->pair;
    long every = eval->per_epoch < PICTURE_ROWS ? 1 : eval->per_epoch / PICTURE_ROWS;
    long frame_every = eval->per_epoch < FRAMES_AN_EPOCH ? 1 : eval->per_epoch / FRAMES_AN_EPOCH;
    if (eval->judged == 0) {
        save_frame(p, 0);
        end_epoch(p);
    }
    while (pair->step < pair->total && !run_stopped(p->run)) {
        int n = 0;
        float loss = 0.0f;
        for (int k = 0; k < g->rules.d_steps; k++) {
            n = picture_eval_next(eval);
            loss = discriminator_step(g, &p->tally, eval->real, gan_pair_latent(pair, n), n);
        }
        loss += generator_step(g, &p->tally, gan_pair_latent(pair, n), n);
        if (!isfinite(loss)) {
            run_diverged(p->run, pair->step, "a loss",
                         gan_pair_find_nonfinite((char[100]){ 0 }, pair));
        }
        long in_epoch = pair->step % eval->per_epoch;
        if (in_epoch % every == 0 || pair->step == pair->total) {
            write_row(p);
        }
        if (pair->step % frame_every == 0) {
            save_frame(p, pair->step / frame_every);
        }
        if (in_epoch == 0) {
            end_epoch(p);
            state_save(state);
        }
    }
}

static void finish(const PictureGame *p) {
    Diagnosis diagnosis = diagnose((const double(*)[TOY_GAME_FIGURES]) & p->late, 1, JUDGE_CLASSES);
    run_say(p->run, "Pictures: the detector says %s", diagnoses[diagnosis]);
    run_summary(p->run, "pictures_diagnosis", diagnosis);
    run_summary(p->run, "pictures_diversity", p->late[DIVERSITY]);
    picture_eval_show(p->eval, p->game->pair->G, "samples/clothes.png");
    checkpoint_save(run_path(p->run, "model.safetensors"), p->game->pair->G);
    checkpoint_save(run_path(p->run, "discriminator.safetensors"), p->game->pair->D);
}

void pictures(Run *run, State *state, const VanillaSettings *s, const Dataset *test) {
    if (!state_begin(state, "pictures")) {
        return;
    }
    PictureGame p = { .run = run };
    p.log = log_open(run, "log-pictures.csv", GAN_COLUMNS ",diversity");
    p.eval = picture_eval_open(run, (PictureEvalSpec){ .test = test,
                                                       .images = s->images,
                                                       .first_images = true,
                                                       .batch = s->picture_batch,
                                                       .latent = Z_PICTURES,
                                                       .log = "log-fid.csv" });
    p.game = picture_game(s, p.eval->per_epoch * s->epochs);
    GanPair *pair = p.game->pair;
    picture_eval_keep(p.eval, state);
    gan_pair_keep(pair, state, "game");
    state_rng(state, "noise", &p.game->noise);
    state_doubles(state, "tally", (double *)&p.tally, GAN_TALLY);
    state_doubles(state, "late", p.late, TOY_GAME_FIGURES);
    train(&p, state);
    bool over = pair->step == pair->total;
    if (over) {
        finish(&p);
    }
    state_end(state, over);
    gan_pair_free(pair);
    game_free(p.game);
    picture_eval_close(p.eval);
}

void picture_generator(Run *run, const VanillaSettings *s, const char *model, const Dataset *test) {
    Net *G = picture_net(true, EVAL_LATENTS, 0);
    generator_score(run, G, model, test, s->generate);
    net_free(G);
}

/*
![Sixty-four generated pictures after five epochs: shoes, trousers, shirts and dresses that one can name, all of them grainy.](clothes.png)

![The game with pictures over five epochs. The discriminator is ahead all the time, and both losses come nearer to the values of a balanced game. Diversity rises from near 0 to 0.88. FID falls from 236 to 43.](pictures.svg)

**What the pictures show.** They are clothes: shoes, trousers, shirts and dresses can be told apart at a glance. They
are also grainy. A dense generator makes each pixel by itself, from 1,024 numbers, and nothing in it says that
neighbours belong together. (That is lesson 7.)

The discriminator is ahead all the time. In the first 140 steps $D(x)$ rises to 0.96. Then the generator catches up, and at
the end $D(x)$ and $D(G(z))$ are 0.59 and 0.41. That says that the two networks have come closer to each other. It does not say that
the pictures are better. The judge does:

| after epoch | 1 | 2 | 3 | 4 | 5 |
|---|---|---|---|---|---|
| FID | 117.8 | 99.9 | 62.2 | 49.2 | 42.8 |
| smallest share of a class | 0 | 0.8 % | 3.8 % | 3.1 % | 4.0 % |

Against 10,000 training pictures the FID at the end is 42.9, where the test pictures give 42.8. In the first 280 steps the diversity
is below 0.2: all latent vectors give nearly the same picture. It goes away by itself.

![The same 36 latent vectors before the first step and twice in each epoch: noise, then grey smears, then clothes.](growth.gif)

![Share of the samples that the judge takes for each class, where each has 10 per cent of the real pictures: 23 per cent shirts, 4 per cent pullovers.](classes.svg)

All classes occur, in unequal shares: 4 % pullovers and 23 % shirts. (To the judge, that is: it confuses pullovers, coats
and shirts in real pictures, too.)

## Where this differs from the paper

- Goodfellow et al. (2014) used SGD with momentum and a decaying rate. Adam was not known yet; $\beta_1 = 0.5$ is from the DCGAN
  paper (2015).
- Their discriminator was a maxout network (a unit is the largest of several linear functions) with dropout, their generator had
  ReLUs and sigmoids. The shape of ours is that of the many tutorials.
- Algorithm 1 takes $k$ steps of the discriminator for one of the generator, and they used $k = 1$ in all experiments. So do we. In
  the lab $k = 5$ covers fewer modes.
- They measured with Parzen windows, an estimate of the density by a small Gaussian around each sample, which were found to say
  little (Theis et al. 2015). We count modes, solve the assignment problem, and have a judge.
- The ring of eight Gaussians is from Metz et al. (2016), who show samples that rotate through the modes and prevent it by
  letting the generator look several steps of the discriminator ahead.

## To explore

1. *Predict, then run.* `make lesson-6 ARGS="--preset collapse --lr-d 0.001" RUN=even`. Then 0.0005, 0.0003, 0.0002 in
   the place of 0.001. Is there a rate of the discriminator from which on the game is healthy? How sure are you, with
   one seed each?
2. `make lesson-6 ARGS="--preset vanish --loss non-saturating" RUN=mended`. The discriminator is as far ahead as before.
   Why is this game not lost? Is it a good one?
3. In `cycles.c` give the penalty a $\gamma$ of 0.05, 1 and 10. What does $\det M$ say, and what happens? Then let the
   discriminator take five steps for each one of the generator. What is $\det M$ then?
4. Smooth both labels: the target is $\alpha$ for real and $\beta$ for generated examples. What is $D^*$ then? Why
   does $\beta > 0$ reward the generator for samples where $p$ is small, and why is smoothing done on one side only?
5. In `generator_step` write `WANT_PARAMS | WANT_INPUT`. Which test turns red, and what would have happened at the next
   step of the discriminator if nobody set its gradients to 0?
6. The grid: `make lesson-6 ARGS="--part plane --cloud grid --width 128 --depth 3 --init he --steps 20000" RUN=grid`,
   and once more with `--noise 0`. How many of the 25 modes does each cover? And without `--init he`? (PyTorch's
   weights, which we use for the ring, shrink the signal from layer to layer, and the grid is four times as wide as
   $z$.)
7. In lesson 3 Adam's $\epsilon$ was a detail. Set it to $10^{-2}$ for the generator (in `game_create`) and run `--part lab`.
   Which row of the second table in "The gradient that vanishes, and who notices" changes, in which column, and why there?
8. Show the discriminator *two* samples of one kind at a time, as one example with four numbers (Lin et al. 2018). Why does a
   collapsed generator have no chance against it? Change `toy_net` and the two steps, and try it with the rules of `collapse`.
9. `make lesson-6 ARGS="--part pictures --d-steps 5" RUN=ahead`. An epoch is still 938 steps of the generator, but the
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
- L. Mescheder, A. Geiger, S. Nowozin, *Which training methods for GANs do actually converge?*, 2018, arXiv:1801.04406.
- Z. Lin, A. Khetan, G. Fanti, S. Oh, *PacGAN: the power of two samples in generative adversarial networks*, 2018,
  arXiv:1712.04086.
*/
