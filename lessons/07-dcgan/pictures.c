#include "acts.h"
#include "base/die.h"
#include "data/image.h"
#include "nn/checkpoint.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
## What came out

![The same 64 noise vectors before the first step and after each of eight epochs: grey noise becomes blots, then clothes.](training.gif)

![Four panels over the steps: both losses, the probabilities that the discriminator gives to real and generated pictures, the share that it gets right, the gradient norms. Each point is a mean over 79 steps, the first few over fewer.](game.svg)

This is a game that goes well. (The curves of games that fail are shown in [reading GAN curves](reading-gan-curves.html).) At
first the discriminator wins easily: from step 17 to 32 it gets 96 % of the real pictures right and 99.5 % of the generated ones. At
the end it is right three times in four, and gives real pictures a probability of 0.62 and fakes 0.38, in the mean. The
balance at which it can only guess, ½ and ½ and a loss of $2 \log 2 = 1.386$, is not reached. Neither loss tells how good the
pictures are. The judge does:

![The Fréchet distance to the test images falls, on a logarithmic axis, from 244 to 13.4 over eight epochs; with upsampling it falls alike.](fid.svg)

The FID is 244 before training, 55.6 after one epoch and 13.4 after eight. (After five it is 20.7, where the dense networks of [lesson
6](06-vanilla-gan.html), with eleven times as many weights, have 42.8.) It falls in every epoch, but not evenly: from 22.0 after four
epochs only to 20.7 after five.

![Bars: the share of samples in each class as the judge sees it, between 8 and 12 %. Among real pictures each has 10 %.](classes.svg)

![The mean distance of two samples, divided by that of two real pictures, rises to 1 within the first hundreds of steps and stays there.](diversity.svg)

Has it forgotten a class? No: the rarest, the sneaker, has a share of 0.084. And the *diversity*, the mean distance of two
samples divided by that of two real pictures, lies between 0.95 and 1.03 from step 316 on.

![Left eight columns: real pictures. Right eight columns: generated ones.](real-fake.png)

Boots, pullovers and trousers would pass. Prints on a shirt, straps and checks would not, and some of the samples are
no piece of clothing at all. The generator is a continuous function: it has to get from a boot to a shirt somehow, and there is
something in between.

## The checkerboard, found and lost

![Eight pictures of an untrained generator with transposed convolution, each scaled by its own largest number: a checkerboard over noise, without larger shapes.](untrained-transposed.png)

![Eight of an untrained generator with upsampling: blots without a checkerboard.](untrained-upsampled.png)

![Spectra on a logarithmic axis. Left, before training: transposed convolution has two needles, at 7 and at 14 waves a line. Middle, after training: both generators follow the real pictures' curve. Right, the mean of a thousand pictures after training: at 14 waves both lie above the real ones.](spectrum.svg)

| power, as a multiple of real pictures' | period 2 | period 4 |
|---|---|---|
| transposed, untrained | 91 | 7.1 |
| transposed, after eight epochs | 1.02 | 0.93 |
| upsampled, untrained | 0.27 | 0.66 |
| upsampled, after three epochs | 0.92 | 0.90 |

**Found.** Before training the transposed convolution has what was to be expected. The spectrum has two needles,
at 14 waves in a line and at 7, the periods 2 and 4: one for each layer that doubles. The windows tile the plane evenly,
and that does not help. With upsampling, whose even and odd pixels have the same total weight, there are no needles.

**Lost.** After training the needles are gone, and the pictures have of each wave about as much as real ones.

![Power at the two periods over the steps, on logarithmic axes. With transposed convolution period 2 falls from 91 to 1 within the first epoch; with upsampling it comes from below.](patterns.svg)

That does not take long: at step 32 the power at period 2 is 50 times that of real pictures, at step 64 it is 6.9, at step 237
it is 0.80, and after a relapse to 1.7 (step 553) it stays between 1.0 and 1.5. From the discriminator's side, a pattern of
period 2 looks the same in each window of its first layer, which has stride 2 and kernel 4 itself, and no real picture has it:
few things are easier to see. So the generator soon gets a gradient against it; and all that it has to do is to make a few sums
of weights equal. Upsampling comes from below: it begins too smooth, with 0.27, at step 79 it is down to 0.08, and it has to
learn fine detail.

**Not quite lost.** In the mean of a thousand pictures, where only what is tied to the grid remains, period 2 has still 3.9 times the
power that it has in the mean of real ones (period 4: 1.6 times). In figures that is 0.00013 of the variance of the mean. With
upsampling, after three epochs, it is 4.2 times (period 4: 1.4), which is no less. At two other seeds, after three epochs each
(`--epochs 3 --seed 2`, and 3), it is 8.6 and 5.1 times with transposed convolution, and 1.5 and 1.7 times with upsampling. So
something of the pattern can be left, and at these two seeds it is more than after upsampling; at the first one it is not.

The warning is about what the layer prefers, and this preference is real: 91 times. What a network *ends* with depends on
what it is trained against. Here a discriminator sees this pattern at each step. With `--no-batchnorm`, in a game that goes
badly, three epochs leave 3.4 times the power of real pictures at period 2. A network that is trained without such an opponent
may keep the pattern.

**Which one is better?** After three epochs each: FID 27.7 with transposed convolution and 25.7 with upsampling; with `--seed 2`
30.6 and 30.4, with `--seed 3` 29.7 and 30.8. So neither is better after three epochs: the differences have both signs, and the
three seeds lie as far apart. After the first epoch upsampling is ahead at each seed, 40.9 against 55.6 at the first one. But
its convolutions work on the enlarged pictures; the generator needs 4.0 million multiplications a picture in the place of 1.9,
and a step of the game takes about 1.4 times as long (`step_ms_…` in `summary.csv`). The course keeps the transposed one.

![The same 64 noise vectors, after three epochs with upsampling.](upsampled.png)

## Are the rules good ones?

Each option below breaks one rule of the paper, for three epochs. (The smallest share is that of the rarest class among the samples.)

| `--epochs 3 --upsample-epochs 0` and | FID | FID at seed 2 (`--seed 2`) | smallest share |
|---|---|---|---|
| nothing else | 29.6 | 30.6 | 0.082 |
| `--no-batchnorm` | 82.9 | 89.7 | 0.009 |
| `--init he` | 74.3 | 77.7 | 0.004 |
| `--init he --lr 0.001` | 37.4 | | 0.064 |
| `--beta1 0.9` | 51.8 | 46.9 | 0.050 |
| `--lr 0.001` | **13.5** | **16.4** | 0.076 |

(This table and the figures of the other seeds above are from another kind of processor than the rest of the lesson, where the first
row has 27.7: rounding differs between processors, and with it the game.)

Without batch norm, with larger initial weights, with more momentum the game goes worse, and in the first two cases a class is all but
lost. So these three rules have earned their place. The learning rate has not: with five times as much the FID is about half as
large. The paper found its rate for networks that are many times larger, and says of 0.001 that it was too high. A rule of this kind
holds where it was found. (The lesson keeps the paper's rate, so that its other figures can be compared with the paper's setting.)

Does batch norm not make the size of the initial weights indifferent? To the layer's *output*, yes. Not to its
steps: a step of Adam changes each weight by about $\eta = 0.0002$, whatever its size. That is one part in a hundred of a weight
of 0.02, and one in nine hundred of He initialisation's 0.18 in the first layer. Longer steps should then make up for larger
weights. They do not, or not alone: at 0.001 the FID with He initialisation comes down from 74.3 to 37.4, but that of the small
weights comes down by half as well, from 29.6 to 13.5. What else is wrong with the larger weights, this table does not tell.

## From one piece of clothing to another

What lies between two noise vectors? If the generator had learned pictures by heart, a way from one $z$ to another would show
one picture for a while, then jump. But which way should one take?

A straight line is the wrong one. The length of $z \sim N(0, I)$ in 64 dimensions is nearly always the same: $\lVert z \rVert^2$
is a sum of 64 squares with mean 1 and variance 2 each, so it is $64 \pm \sqrt{2 \cdot 64} = 64 \pm 11$, and the length is about
$8 \pm 0.7$ (the root has the slope $1 / (2 \cdot 8)$ there). Nearly all noise that the generator has been given lies in a thin
shell. The middle of a straight line from $a$ to $b$ is $(a + b) / 2$; two random directions are nearly at right angles, so its
length is about $8 / \sqrt 2 = 5.7$. In training a vector that is as short as that came up about once in 3,600 times.

So walk on the shell, along a great circle (White 2016). With the angle $\theta$ between $a$ and $b$, and their directions
$\hat a$ and $\hat b$ (of length 1):

$$ z(t) = \big( (1 - t) \lVert a \rVert + t \lVert b \rVert \big)
          \left( \frac{\sin((1 - t)\,\theta)}{\sin \theta}\, \hat a + \frac{\sin(t\,\theta)}{\sin \theta}\, \hat b \right),
   \qquad 0 \le t \le 1. $$

The bracket on the right has length 1 for all $t$: with $u = (1 - t)\,\theta$ and $w = t\,\theta$ its square is $(\sin^2
u + \sin^2 w + 2 \sin u \sin w \cos \theta) / \sin^2 \theta$, and that is 1, because $u + w = \theta$. So the length
goes evenly from the one to the other.
*/

// z (d) becomes the point at t, 0 … 1, on the way from a to b (d), neither of them 0 nor opposite.
static void on_circle(float *z, const float *a, const float *b, double t, int d) {
    double along = 0.0, length_a = norm(a, (size_t)d), length_b = norm(b, (size_t)d);
    for (int i = 0; i < d; i++) {
        along += a[i] / length_a * (b[i] / length_b);
    }
    double angle = acos(fmax(-1.0, fmin(1.0, along)));
    double from = 1.0 - t, to = t;
    if (angle > 1e-4) { // else the circle is a straight line
        from = sin((1.0 - t) * angle) / sin(angle);
        to = sin(t * angle) / sin(angle);
    }
    double length = (1.0 - t) * length_a + t * length_b;
    for (int i = 0; i < d; i++) {
        z[i] = (float)(length * (from * a[i] / length_a + to * b[i] / length_b));
    }
}

static void draw_walks(DcganStudy *study, Net *G) {
    enum { WALKS = 8, STOPS = 11 };
    float *z = alloc_floats((size_t)WALKS * STOPS * LATENT);
    for (int i = 0; i < WALKS * STOPS; i++) {
        const float *a = study->z + (size_t)(2 * (i / STOPS)) * LATENT;
        on_circle(z + (size_t)i * LATENT, a, a + LATENT, i % STOPS / (STOPS - 1.0), LATENT);
    }
    gan_image_grid(run_path(study->run, "samples/walks.png"), G, z, WALKS * STOPS, STOPS, 2);
    free(z);
}

/*
![Eight rows of eleven pictures on great circles: each row changes step by step from the piece of clothing on the left to the one on the right.](walks.png)

Step by step the pictures change. In the second row a dark pullover becomes light and grows the toe of a boot, in the last a
boot grows the shoulder of a pullover, and ends as something between the two. Some stretches are steeper than others: in the
fourth row a blot turns into a sneaker within two tenths of the way, and stays one. What lies in the middle often has the
outline of both, and is neither: the generator is a continuous function, so between two kinds of clothes there must be
something. If it has learned well, little of the noise leads there.

Does the straight line do any harm? The judge can tell. It gets ten thousand midpoints of pairs, once on the straight line, once on
the great circle.
*/

static double fid_of(DcganStudy *study, Net *G, const float *z, int n) {
    uint8_t *images = alloc_bytes((size_t)n * PIXELS);
    gan_images(images, G, z, n);
    Verdict v = judge_images(study->judge, images, n);
    free(images);
    return v.fid;
}

static void judge_midpoints(DcganStudy *study, Net *G) {
    int n = study->test->n;
    float *straight = alloc_floats((size_t)n * LATENT), *circle = alloc_floats((size_t)n * LATENT);
    Rng rng = rng_create(study->settings->run.seed, RNG_SAMPLE);
    double length = 0.0, middle = 0.0, squares = 0.0;
    for (int i = 0; i < n; i++) {
        float a[LATENT], b[LATENT], *m = straight + (size_t)i * LATENT;
        rng_fill_normal(&rng, a, LATENT, 0.0f, 1.0f);
        rng_fill_normal(&rng, b, LATENT, 0.0f, 1.0f);
        for (int k = 0; k < LATENT; k++) {
            m[k] = 0.5f * (a[k] + b[k]);
        }
        on_circle(circle + (size_t)i * LATENT, a, b, 0.5, LATENT);
        length += norm(a, LATENT) / n;
        squares += pow(norm(a, LATENT), 2) / n;
        middle += norm(m, LATENT) / n;
    }
    double fid_straight = fid_of(study, G, straight, n), fid_circle = fid_of(study, G, circle, n);
    double deviation = sqrt(fmax(squares - length * length, 0.0));
    run_say(study->run, "Length of z: %.2f ± %.2f; of the middle between two: %.2f", length,
            deviation, middle);
    run_say(study->run, "FID of middles: %.1f on the straight line, %.1f on the great circle",
            fid_straight, fid_circle);
    run_summary(study->run, "z_length", length);
    run_summary(study->run, "z_length_deviation", deviation);
    run_summary(study->run, "z_length_straight", middle);
    run_summary(study->run, "fid_straight", fid_straight);
    run_summary(study->run, "fid_circle", fid_circle);
    free(straight);
    free(circle);
}

/*
| $z$ | its length | FID |
|---|---|---|
| as in training | 8.0 ± 0.7 | 13.4 |
| the middle of two, great circle | 8.0 | 13.7 |
| the middle of two, straight line | 5.6 | **28.4** |

A point on the great circle is as good as any other $z$. Inside the shell the FID is twice as large.

The last pictures to draw are the real ones beside the generated ones, which were shown above.
*/

// To the left of each row real pictures, to the right as many fakes.
static void draw_real_and_fake(DcganStudy *study, Net *G) {
    enum { ROWS = 8, HALF = 8, BOTH = 2 * HALF };
    float *sheet = alloc_floats((size_t)ROWS * BOTH * PIXELS);
    for (int i = 0; i < ROWS * BOTH; i++) {
        if (i % BOTH < HALF) {
            int place = i / BOTH * HALF + i % BOTH;
            dataset_take(sheet + (size_t)i * PIXELS, NULL, study->test, &place, 1);
            gan_scale(sheet + (size_t)i * PIXELS, PIXELS);
        } else {
            imagine(sheet + (size_t)i * PIXELS, G,
                    study->z + (size_t)(i / BOTH * HALF + i % HALF) * LATENT, 1);
        }
    }
    image_grid_grey(run_path(study->run, "samples/real-fake.png"), sheet, ROWS * BOTH, SIDE, SIDE,
                    BOTH, 2, -1.0f, 1.0f);
    free(sheet);
}

void report(DcganStudy *study) {
    if (!state_begin(study->state, "report")) {
        return;
    }
    GanPair *pair = dcgan_pair(study->settings, TRANSPOSED, 1);
    checkpoint_load(run_path(study->run, "model.safetensors"), pair->G);
    draw_walks(study, pair->G);
    draw_real_and_fake(study, pair->G);
    judge_midpoints(study, pair->G);
    if (study->settings->generate > 0) {
        generator_write(study->run, pair->G, study->settings->generate);
    }
    state_end(study->state, true);
    gan_pair_free(pair);
}

/*
## Where this differs from the paper, and why

- The paper's pictures have three channels and 64 × 64 pixels, and its generator doubles four times, from 1,024 maps of 4 × 4.
  This one doubles twice, from 64 maps of 7 × 7: 28 × 28 grey pixels need no more, and it trains in minutes.
- Its kernels are 5 × 5, with stride 2. Here they are 4 × 4, which the stride divides.
- Its $z$ has 100 numbers from a uniform distribution. Here it has 64, normal. Uniform numbers from $-1$ to 1 have nearly always
  the same length, too ($\lVert z \rVert^2 = 100/3 \pm 3$), but they fill a cube: not all directions are equally frequent, and a
  great circle can leave the cube.
- Its batches have 128 pictures, these 64.
- Its learning rate, 0.0002, is this lesson's too, but as the table of rules shows it is not the best one for networks as small as
  these and for training as short as this.
- The paper shows that the discriminator has learned features that are good for recognising pictures, and that one can calculate with
  $z$: the mean $z$ of men with glasses, minus that of men without, plus that of women without. It has no distance
  between sets of pictures to report; the Fréchet distance came two years later.

## To explore

1. *Predict, then run.* `make lesson-7 ARGS="--lr 0.001" RUN=fast`. After four epochs it stands at 11.2. What becomes of it after
   that? Could you have told from the curves of the game, without the judge?
2. Kernel 2 with stride 2 and no padding: the windows do not overlap at all. Put it in the place of both transposed convolutions
   in `dcgan_pair`. What do you expect of the spectrum before training? How many parameters are saved?
3. Kernel 6 and padding 2 double as well. How many products make a pixel? (`count_windows` will tell, once its `weights` has
   room for 36 numbers in the place of 25.)
4. Before training, upsampling has little at 7 and at 14 waves, and a hill between them. Writing each number of a line four times
   multiplies the power at $f$ waves by $(\sin 4u / \sin u)^2$ with $u = \pi f / 28$. Draw that, and compare.
5. Write bilinear upsampling, where a new pixel is a mean of its neighbours, and put it in the place of the blocks. What becomes
   of that hill?
6. Let real and generated pictures pass the discriminator as one batch of 128 (the networks need room for it). What becomes of its
   accuracy, and of the FID?
7. In `generator_step` write `WANT_INPUT | WANT_PARAMS`. The pictures stay the same, bit for bit. Why? What does it cost, and
   which test turns red?
8. Take the $z$ of all samples that the judge calls a boot, and their mean; the same for pullovers. (`judge_look` tells what it
   takes a picture for.) Add the difference of the two to the $z$ of other boots, and bring it back to a length of 8.
9. `make lesson-7 ARGS="--data mnist" RUN=digits`. The judge has never seen a digit. Which of its figures still mean something?
10. Give the dense layer its bias (`check_bias` says what it can do). Does the FID after three epochs change by more than it does
    from seed to seed?

## References

- A. Radford, L. Metz, S. Chintala, *Unsupervised representation learning with deep convolutional generative adversarial
  networks*, 2015, arXiv:1511.06434.
- I. Goodfellow et al., *Generative adversarial networks*, 2014, arXiv:1406.2661.
- A. Odena, V. Dumoulin, C. Olah, *Deconvolution and checkerboard artifacts*, Distill, 2016, doi:10.23915/distill.00003.
- V. Dumoulin, F. Visin, *A guide to convolution arithmetic for deep learning*, 2016, arXiv:1603.07285.
- T. White, *Sampling generative networks*, 2016, arXiv:1609.04468.
- M. Heusel et al., *GANs trained by a two time-scale update rule converge to a local Nash equilibrium*, 2017,
  arXiv:1706.08500.
*/
