/*
## With pictures

The generator is lesson 7's, with 32 maps at 14 × 14 pixels, and the critic is its mirror image, with batch norm as in
the paper. The paper's values: $c = 0.01$, RMSprop with $\eta = 0.00005$, five steps of the critic for one of the
generator. An epoch is a pass of the *critic* over the 60,000 pictures, so that it costs about what an epoch of lesson 7
does; the generator takes a fifth as many steps. All parameters are clipped, batch norm's among them. (Its scales begin
at 1 and are 0.01 from the first step on. That makes the scores tiny, which RMSprop evens out.)
*/

#include "acts.h"
#include "gan/critic.h"
#include "gan/critic_training.h"
#include "gan/dcgan_nets.h"
#include "gan/picture_eval.h"

GanPair *picture_pair(const WganSettings *s, long total) {
    int most = s->picture_batch > EVAL_LATENTS ? s->picture_batch : EVAL_LATENTS;
    Rng rng = rng_create(s->run.seed, RNG_INIT);
    Net *D = dcgan_discriminator(1, WIDTH, s->picture_batch, &rng);
    Net *G = dcgan_generator(LATENT, WIDTH, most, &rng);
    net_init(D, INIT_DCGAN, &rng);
    net_init(G, INIT_DCGAN, &rng);
    OptimizerSpec rmsprop = optimizer_defaults(RMSPROP, s->picture_lr);
    return gan_pair_create(G, D, rmsprop, rmsprop, false, total, s->run.seed);
}

/*
The loop. [What is watched](critic_training.html) meanwhile, a row of the log now and then and the FID after each epoch, lesson 9
has as well.
*/

void pictures(Run *run, State *state, const WganSettings *s, const Dataset *test) {
    if (!state_begin(state, "pictures")) {
        return;
    }
    PictureEval *eval = picture_eval_open(run, (PictureEvalSpec){ .test = test,
                                                                  .images = s->images,
                                                                  .batch = s->picture_batch,
                                                                  .latent = LATENT,
                                                                  .log = "log-fid.csv" });
    long total = eval->per_epoch * s->epochs;
    GanPair *pair = picture_pair(s, total / s->rules.d_steps);
    CriticTraining training;
    critic_training_begin(&training, eval, pair, state, total);
    while (critic_training_goes_on(&training)) {
        int n = picture_eval_next(eval);
        critic_step(pair, &training.tally, s->picture_clip, eval->real, gan_pair_latent(pair, n),
                    n);
        training.steps++;
        if (training.steps % s->rules.d_steps == 0) {
            critic_generator_step(pair, &training.tally, gan_pair_latent(pair, n), n);
        }
        if (critic_training_row_is_due(&training)) {
            critic_training_write_row(&training);
        }
        if (critic_training_epoch_ends(&training)) {
            picture_eval_judge(eval, pair->G, training.steps);
            state_save(state);
        }
    }
    bool over = critic_training_over(&training);
    if (over) {
        critic_training_save(&training);
        run_summary(run, "pictures_at_bounds",
                    share_at_bounds(pair->D->params, pair->D->n_params, s->picture_clip));
    }
    state_end(state, over);
    gan_pair_free(pair);
    picture_eval_close(eval);
}

void picture_generator(Run *run, const WganSettings *s, const char *model, const Dataset *test) {
    GanPair *pair = picture_pair(s, 1);
    generator_score(run, pair->G, model, test, s->generate);
    gan_pair_free(pair);
}

/*
![Sixty-four samples after five epochs: blotches with the outlines of tops, bags and trousers, few of which one can name with certainty.](clothes.png)

![The critic's estimate rises for 900 steps and falls afterwards; the FID falls from the first epoch on.](pictures.svg)

| after epoch | 0 | 1 | 2 | 3 | 4 | 5 |
|---|---|---|---|---|---|---|
| FID | 244 | 184 | 147 | 119 | 106 | **101** |

**It learns, slowly.** The samples have the outlines of clothes, but few can be named with certainty. Lesson 7's pair, which
differs in nothing but the loss, the optimizer, the clipping and the number of steps of the critic, has 56 after one epoch. The
FID is still falling when the time is up. The generator has taken 938 steps by then, as many as lesson 7's had taken after one
epoch: counted in steps of the generator the difference is 101 against 56, counted in seconds it is larger.

![Bars: the share of the samples that the judge takes for each class. Coats are twice as frequent as they should be, sneakers nearly missing, and sandals rare.](classes.svg)

All classes occur, though sneakers only in 1.1 % of the samples.

**Can the curve be read?** In the first 900 steps the estimate *rises*, from 0.016 to 0.18, while the samples get
better: the critic is still far from its best, and a lower bound that is far from the best one says nothing. From then
on both fall, the estimate to 0.052. Around step 3,500 it swings up and down within a hundred steps or two; the FID, taken
after each epoch, only falls. So the curve can be read once the critic has come near its best, and as a trend.

## Where this differs from the paper, and why

- The paper's pictures are bedrooms of 64 × 64 pixels, and its training lasts days; this lesson has minutes.
- In the authors' program the critic takes a hundred steps in the place of five for each of the first 25 steps of the
  generator, and now and then later. The lesson leaves that out, so that all games have the same budget.
- The paper does not say what happens to batch norm's scales. The program clips all parameters of the critic, theirs among them,
  and so does the lesson.
- The paper has no true distance to compare the estimate with; it shows pictures beside the curve. In the plane the distance
  can be computed.
- The learning rates fall to 0 in the plane, so that the samples come to rest. The paper's rate is constant.

## To explore

1. *Predict, then run.* `make lesson-8 ARGS="--part plane --clip 0.3" RUN=wide`, then 0.03. What becomes of the share of
   weights at the bounds, of the gradient norm, of the samples? What of the bound on the slope?
2. Two sets of 1,000 points on a *circle*, where the distance is the shorter way round. Sorting is no longer enough:
   one may cut the circle anywhere. How do you find the best cut? (Write $F - H$ as a function on the circle; you may
   add a constant to it.)
3. Cross the ways on purpose: in `emd_on_a_line` let $y$ be in random order, and print what the plan costs. By how much
   does it exceed $W$, and why does it for $N(0, 1)$ against itself?
4. Let the critic take 100 steps before the first step of the generator, and look at the first rows of `estimate`. Does
   the estimate on pictures still rise?
5. Leave batch norm's scales and shifts out of the clipping. (`D->layers[i].spec.kind` tells them.) What bounds the slope
   now? What does the judge say?
6. Give lesson 6's game in `ring.c` the clipped discriminator: cross-entropy *and* $c = 0.1$. Its logit is as flat as
   the critic's score. Is the loss as good a guide? (The dashed curves over the two lines suggest an answer.)

## References

- L. Kantorovich, G. Rubinstein, *On a space of completely additive functions*, Vestnik Leningrad University 13(7), 1958
  (in Russian).
- C. Villani, *Optimal transport: old and new*, Springer 2009; chapter 5 has the duality.
- M. Arjovsky, L. Bottou, *Towards principled methods for training GANs*, 2017, arXiv:1701.04862.
- M. Arjovsky, S. Chintala, L. Bottou, *Wasserstein GAN*, 2017, arXiv:1701.07875.
*/
