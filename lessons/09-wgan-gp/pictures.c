/*
## With pictures

The generator is lesson 7's, the critic its mirror image without batch norm, and $\lambda = 10$ as in the paper. The critic's initial
weights are PyTorch's ([initial weights](init.html)): no batch norm corrects their size here. The paper takes five steps of
the critic for one of the generator. This lesson takes one, on samples of its own; the table at the end says why.
*/

#include "acts.h"
#include "gan/critic.h"
#include "gan/critic_training.h"
#include "gan/dcgan_nets.h"
#include "gan/picture_eval.h"

GanPair *picture_pair(const PenaltySettings *s, long total) {
    // clang-format off
    static const LayerSpec critic[] = {                                           //  1 × 28 × 28
        conv2d(WIDTH, .kernel = 4, .stride = 2, .pad = 1), leaky_relu(0.2f),      // 32 × 14 × 14
        conv2d(2 * WIDTH, .kernel = 4, .stride = 2, .pad = 1), leaky_relu(0.2f),  // 64 ×  7 ×  7
        flatten(), dense(1), END                                                  // a score
    };
    // clang-format on
    int most = s->picture_batch > EVAL_LATENTS ? s->picture_batch : EVAL_LATENTS;
    Rng rng = rng_create(s->run.seed, RNG_INIT);
    Net *D = net_create(critic, (Shape){ 1, SIDE, SIDE }, s->picture_batch, &rng);
    Net *G = dcgan_generator(LATENT, WIDTH, most, &rng);
    net_init(G, (InitScheme)s->init, &rng);
    OptimizerSpec adam = optimizer_defaults(ADAM, s->picture_lr);
    adam.beta1 = 0.5f;
    adam.beta2 = 0.9f;
    return gan_pair_create(G, D, adam, adam, false, total, s->run.seed);
}

/*
The loop is lesson 8's, with the penalty in the critic's step; [what is watched](critic_training.html) meanwhile is the same.
*/

void pictures(Run *run, State *state, const PenaltySettings *s, const Dataset *test) {
    if (!state_begin(state, "pictures")) {
        return;
    }
    PictureEval *eval = picture_eval_open(run, (PictureEvalSpec){ .test = test,
                                                                  .images = s->images,
                                                                  .batch = s->picture_batch,
                                                                  .latent = LATENT,
                                                                  .log = "log-fid.csv" });
    long total = eval->per_epoch * s->epochs;
    GanPair *pair = picture_pair(s, total / s->picture_d_steps);
    Rng epsilon = rng_create(s->run.seed, RNG_EPSILON);
    Penalty *penalty = penalty_create(pair->D, s->picture_lambda, epsilon);
    state_rng(state, "epsilon", &penalty->stream);
    CriticTraining training;
    critic_training_begin(&training, eval, pair, state, total);
    while (critic_training_goes_on(&training)) {
        int n = picture_eval_next(eval);
        critic_step(pair, &training.tally, penalty, eval->real, gan_pair_latent(pair, n), n);
        training.steps++;
        if (training.steps % s->picture_d_steps == 0) {
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
    }
    state_end(state, over);
    penalty_free(penalty);
    gan_pair_free(pair);
    picture_eval_close(eval);
}

void picture_generator(Run *run, const PenaltySettings *s, const char *model, const Dataset *test) {
    GanPair *pair = picture_pair(s, 1);
    generator_score(run, pair->G, model, test, s->generate);
    gan_pair_free(pair);
}

/*
![Sixty-four samples after five epochs: clothes of all kinds, most of them with clean edges.](clothes.png)

![Four panels over the steps of the critic: its estimate, on a logarithmic axis, rises to a hill at step 1,000, falls from there to step 3,000, and is nearly flat after it; the FID falls all the time; the mean scores of real and generated pictures wander together; the gradient norm stays just above 1.](pictures.svg)

| after epoch | 0 | 1 | 2 | 3 | 4 | 5 |
|---|---|---|---|---|---|---|
| FID | 211 | 72.2 | 33.0 | 25.6 | 20.7 | **18.9** |

**The curve can be read as a trend.** The estimate goes up and down for the first 400 steps, while the critic is far from its
best, has a hill with its top about step 1,000, and from there on falls with the FID, to less than 0.5 at step 3,000. From then
on both fall slowly: the estimate from a mean of 0.45 in the fourth epoch to one of 0.41 in the fifth, the FID from 20.7 to
18.9. The gradient norm stays between 1.02 and 1.1 all the time. The two mean scores wander between −1 and 14, both together: a
constant added to all scores changes nothing. So watch their difference, never their signs.

**The samples** are clothes, and every class has its share: the smallest, sneakers, 7.8 %.

![Bars: the share of the samples that the judge takes for each class, from 7.8 % to 13.4 %; every class has 10 % of the real pictures.](classes.svg)

**Is it better than the others?** Than lesson 8's by far: 18.9 against 101 after as many passes, with the same generator.
(Lesson 8's has taken a fifth as many steps by then; after as many, this one has 72.) But lesson 7's pair, with the old loss,
batch norm in the discriminator and the slow rate of the DCGAN paper, has an FID of 20.7 after as many epochs. That is 1.8 more,
and two seeds can differ by 4.1 (see below). After eight epochs, which took no longer (116 seconds, and 122 here), it has 13.4;
and with the rate of this lesson, 0.001, 11.2 after four. **At this budget the penalty buys no better pictures.** On the grid
noise found as many modes at half the cost of a step, with samples that were better at one seed and worse at two. What the
penalty buys is a curve that can be read as a trend, and a critic without batch norm.

## What was tried

Each row is a run of three epochs (`--part pictures --epochs 3` and what the row says), judged as always.

| | FID |
|---|---|
| nothing else | 29.2 |
| `--seed 2` | 25.1 |
| `--picture-lr 0.0005` | 39.4 |
| `--picture-lr 0.002` | 31.1 |
| `--picture-d-steps 2` | 36.6 |
| `--init dcgan` | 34.1 |
| `--init dcgan --picture-lr 0.002` | 28.4 |
| `--init dcgan --picture-lambda 1` | 35.0 |
| `--init dcgan --picture-d-steps 2` | 32.6 |
| `--init dcgan --picture-d-steps 2 --epochs 6`, as many steps of the generator | 17.8 |

The table is from another kind of processor than the figures above, so only its rows are to be compared with each other. And that
with care: there is one seed for each row, and the two of the first row differ by 4.1.

Half the rate is worse than that, and so are two steps of the critic for one of the generator: after as many passes over the pictures
the FID is 36.6 in the place of 29.2. (A pass costs about a sixth less, since half of the generator's steps are saved.) Twice the
rate, the other initial weights of the generator (`--init`), and these with a smaller penalty lie within 6 of the first row, which
two more seeds might turn round. After as many steps of the *generator*, in twice as many passes, two steps of the critic end at
17.8. How many steps the critic should have depends on what one counts. The paper counts steps of the generator.

## Where this differs from the paper, and why

- The paper's critic takes five steps for one of the generator; its rate is 0.0001, its pictures and networks are larger. Here
  passes over the pictures are counted, and with the initial weights of this lesson one step makes the most of them.
- Its games in the plane have $\lambda = 0.1$ in the program that came with it, and 10 in the text. Both are shown above.
- Its generator in the plane, for the picture of the critic's scores, is the data with noise; so is this lesson's. But its ring
  and grid are scaled to a deviation of about 1 first, and these are not.
- It has layer normalisation in some critics, which acts within one example and is no obstacle to a penalty. Here there is
  none.
- Its $\beta_1$ is 0 in one place and 0.5 in another. Lesson 8 has shown why it should not be 0.9.
- It has no control for the grid: its toys compare the penalty with clipping only.
- In the library $10^{-12}$ is added under the root, so that a point without any slope has a gradient that is a number.

## To explore

1. *Predict, then run.* `make lesson-9 ARGS="--part plane --lambda 10" RUN=ten`. How many modes does the first game
   find, and what does its gradient norm do? Look at the third row of the first plot before you answer.
2. Penalise only what is too steep: $\max(0, r - 1)^2$. Change `pull` in `common/gan/gradient_penalty.c` (which tests turn red?), and
   run with `--lambda 10` again. Does the tilt go away?
3. Draw one $\epsilon$ for *each coordinate* in `penalty_step`. Where do the points lie now? What does the ring say, and
   which test?
4. In `two_layer_penalty` put $\tanh$ in the place of the leaky ReLU, with slope $1 - a^2$ as the mask. By how much is
   the gradient off from differences now? Derive the term that is missing.
5. The best plan is known in the plane (`emd` returns it). Take $\hat x$ between points that are *coupled*, instead of
   random pairs, with $\lambda = 10$. Is there still a tilt?
6. Find for the clipped critic of the Swiss roll, eight layers deep, the $c$ at which the gradient neither grows nor
   vanishes. (What does lesson 2 say about the size of 64 weights with random signs? Why is that not the answer here?)
7. Lesson 6's game with noise is cheaper than the penalty's. Play it on the grid for as many *seconds* (`longer` in `games.c`,
   `step_ms_…` in `summary.csv` says what a step takes). Does it gain anything?

## References

- I. Gulrajani, F. Ahmed, M. Arjovsky, V. Dumoulin, A. Courville, *Improved training of Wasserstein GANs*, 2017,
  arXiv:1704.00028.
- B. Pearlmutter, *Fast exact multiplication by the Hessian*, Neural Computation 6(1), 1994: the tangent of a backward
  pass.
- H. Petzka, A. Fischer, D. Lukovnikov, *On the regularization of Wasserstein GANs*, 2017, arXiv:1709.08894: the
  one-sided penalty of question 2.
- L. Mescheder, A. Geiger, S. Nowozin, *Which training methods for GANs do actually converge?*, 2018, arXiv:1801.04406:
  a penalty on the gradient norm at the real points alone.
*/
