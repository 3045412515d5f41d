#include "dcgan.h"
#include "die.h"
#include "image.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
## What came out

![The same 64 noise vectors before the first step and after each epoch.](training.gif)

![Losses, what the discriminator believes, how often it is right, and the gradients. Each point of a curve is a mean over 79
steps, the first few over fewer.](game.svg)

This is a game that goes well. (What the curves of others look like is told in [reading GAN curves](reading-gan-curves.html).) At
first the discriminator wins easily: from step 17 to 32 it gets 96 % of the real pictures right and 99.5 % of the fakes. Then it
gets harder. At the end it is right three times in four, and says on average 0.62 of a real picture and 0.38 of a fake. The
balance at which it can only guess, ½ and ½ and a loss of $2 \log 2 = 1.386$, is not reached, and there is no need for it.
Neither loss tells how good the pictures are. The judge does:

![Fréchet distance to the test images, after each epoch.](fid.svg)

It begins at 244, stands at 55.1 after one epoch and at 13.5 after eight. (After five it is 22.9, where the dense networks of
[lesson 6](06-vanilla-gan.html), with eleven times as many weights, have about 45.) It does not fall every time: from the fourth
epoch to the fifth it rises from 21.6 to 22.9.

![Of which classes the samples are, as the judge sees it. Among real pictures each has 0.1.](classes.svg)

![The mean distance of two samples, divided by that of two real pictures.](diversity.svg)

Has it forgotten a class? No: the rarest, the sneaker, has a share of 0.083. And the diversity, the distance of two
samples by that of two real pictures, lies between 0.95 and 1.03 from step 316 on.

![Left eight columns: real. Right eight columns: made.](real-fake.png)

Boots, pullovers and trousers would pass. What is printed on a shirt, straps and checks would not, and some of the samples are
no piece of clothing at all. Nobody told the generator which pictures belong together; it has to get from a boot to a shirt
somehow, and there is something in between.

## The checkerboard, found and lost

![Eight untrained pictures by transposed convolution, each scaled by its own largest number.](untrained-transposed.png)

![Eight by upsampling.](untrained-upsampled.png)

![Which waves the pictures are made of.](spectrum.svg)

| power, as a multiple of real pictures' | period 2 | period 4 |
|---|---|---|
| transposed, untrained | 91 | 7.1 |
| transposed, trained | 1.08 | 0.93 |
| upsampled, untrained | 0.27 | 0.66 |
| upsampled, trained | 0.87 | 0.84 |

**Found.** Before training the transposed convolution does what was to be expected of it. The spectrum has two needles,
at 14 waves in a line and at 7, the periods 2 and 4: one for each layer that doubles. The windows tile the plane evenly,
and it does not help. With upsampling, whose even and odd pixels have the same total weight, there are no needles, only
the smoothness of its blocks.

**Lost.** After training the needles are gone, and the pictures have of each wave about as much as real ones.

![Power at the two periods, over the steps.](patterns.svg)

That does not take long: at step 32 the power at period 2 is 49 times that of real pictures, at step 64 it is 6.8, at
step 237 it is 1.1, and after a relapse to 1.6 (step 553) it stays close to 1. Look at it from the other side of the
game. A pattern of period 2 looks the same in each window of the discriminator's first layer, which has stride 2 and
kernel 4 itself, and no real picture has it. There is hardly anything easier to see, so it is among the first things
that the generator learns to avoid; and it can, since all it takes is that a few sums of weights become equal.
Upsampling comes from below: it begins too smooth, at step 79 with 0.08, and has to learn fine detail.

**Not quite lost.** In the mean of a thousand pictures, where only what is tied to the grid remains, period 2 has still 4.2 times
the power that it has in the mean of real ones (period 4: 1.3 times). In figures that is 0.00014 of the variance of the mean. With
upsampling it is 2.6 times (period 4: 1.0). (With `--seed 2 --epochs 3` it is 13 times and 2.4 times.)

So is the warning wrong? It is about what the layer prefers, and that is real: 91 times. What a network *ends* with depends on
who looks at it. Here somebody looks for exactly this kind of thing at each step. With `--no-batchnorm`, in a game that goes
badly, three epochs leave 3.4 times the power of real pictures at period 2. Where nobody looks for it, the preference
should be expected to stay.

**Which one, then?** After three epochs each: FID 28.8 with transposed convolution and 28.9 with upsampling (with
`--seed 2` 32.2 and 31.0, with `--seed 3` 31.2 and 30.3): no difference to speak of. In the first epoch upsampling is
ahead, 42.2 against 55.1, and so it is with the other seeds. But its convolutions work on the enlarged pictures; the
generator needs 4.0 million multiplications a picture in the place of 1.9, and a step of the game takes about one and a
half times as long (`step_ms_…` in `summary.csv`). We keep the transposed one.

![The same 64 vectors, after three epochs with upsampling.](upsampled.png)

## From one piece of clothing to another

What lies between two noise vectors? If the generator had learned pictures by heart, a path from one $z$ to another would show
one picture for a while, then jump. Let us walk. But along which path?

The straight line is the wrong one. The length of $z \sim N(0, I)$ in 64 dimensions is nearly always the same: $\lVert z
\rVert^2$ is a sum of 64 squares with mean 1, so it is 64, give or take $\sqrt{2 \cdot 64} = 11$, and the length is
about $8 \pm 0.7$ (the root has the slope $1 / (2 \cdot 8)$ there). All the noise that the generator has ever been given
lies in a thin shell around a hollow ball. The middle of a straight line from $a$ to $b$ is $(a + b) / 2$; two random
directions are nearly at right angles, so its length is about $8 / \sqrt 2 = 5.7$. So short a vector came up about once
in 3,600 times in training.

So walk on the surface, along a great circle (White 2016). With the angle $\theta$ between $a$ and $b$, and their directions
$\hat a$ and $\hat b$ (of length 1):

$$ z(t) = \big( (1 - t) \lVert a \rVert + t \lVert b \rVert \big)
          \left( \frac{\sin((1 - t)\,\theta)}{\sin \theta}\, \hat a + \frac{\sin(t\,\theta)}{\sin \theta}\, \hat b \right),
   \qquad 0 \le t \le 1. $$

The bracket on the right has length 1 for all $t$: with $u = (1 - t)\,\theta$ and $v = t\,\theta$ its square is $(\sin^2
u + \sin^2 v + 2 \sin u \sin v \cos \theta) / \sin^2 \theta$, and that is 1, because $u + v = \theta$. So the length
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

static void draw_walks(Lab *lab, Net *G) {
    enum { WALKS = 8, STOPS = 11 };
    float *z = alloc_floats((size_t)WALKS * STOPS * LATENT);
    for (int i = 0; i < WALKS * STOPS; i++) {
        const float *a = lab->z + (size_t)(2 * (i / STOPS)) * LATENT;
        on_circle(z + (size_t)i * LATENT, a, a + LATENT, i % STOPS / (STOPS - 1.0), LATENT);
    }
    gan_grid(run_path(lab->run, "samples/walks.png"), G, z, WALKS * STOPS, STOPS, 2);
    free(z);
}

/*
![Eight walks on great circles, from the left picture to the right one.](walks.png)

Step by step the pictures change. In the second row a dark pullover becomes a light boot, in the last a boot stands up
and becomes a pullover. Some stretches are steeper than others: in the fourth row a blot turns into a sneaker within two
tenths of the way, and stays one. What lies in the middle often has the outline of both, and is neither. That is the
price of a map without gaps: the generator is a continuous function, so between two kinds of clothes there must be
something. If it has learned well, little of the noise leads there.

Does the straight line do any harm? One can ask the judge. Ten thousand midpoints of pairs, once on the straight line, once on
the great circle:
*/

static double fid_of(Lab *lab, Net *G, const float *z, int n) {
    uint8_t *images = alloc_bytes((size_t)n * PIXELS);
    gan_pictures(images, G, z, n);
    Verdict v = judge_images(lab->judge, images, n);
    free(images);
    return v.fid;
}

static void judge_midpoints(Lab *lab, Net *G) {
    int n = lab->test->n;
    float *straight = alloc_floats((size_t)n * LATENT), *circle = alloc_floats((size_t)n * LATENT);
    Rng rng = rng_create((uint64_t)lab->settings->run.seed, RNG_SAMPLE);
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
    double fid_straight = fid_of(lab, G, straight, n), fid_circle = fid_of(lab, G, circle, n);
    double deviation = sqrt(fmax(squares - length * length, 0.0));
    run_say(lab->run, "Length of z: %.2f ± %.2f; of the middle between two: %.2f", length,
            deviation, middle);
    run_say(lab->run, "FID of middles: %.1f on the straight line, %.1f on the great circle",
            fid_straight, fid_circle);
    run_summary(lab->run, "z_length", length);
    run_summary(lab->run, "z_length_deviation", deviation);
    run_summary(lab->run, "z_length_straight", middle);
    run_summary(lab->run, "fid_straight", fid_straight);
    run_summary(lab->run, "fid_circle", fid_circle);
    free(straight);
    free(circle);
}

/*
| $z$ | its length | FID |
|---|---|---|
| as in training | 8.0 ± 0.7 | 13.5 |
| the middle of two, great circle | 8.0 | 13.0 |
| the middle of two, straight line | 5.6 | **27.3** |

A point on the great circle is as good as any other $z$. In the hollow of the ball the FID is twice as large.

The last pictures to draw are the real ones beside the fakes, which were shown above.
*/

// To the left of each row real pictures, to the right as many fakes.
static void draw_real_and_fake(Lab *lab, Net *G) {
    enum { ROWS = 8, HALF = 8, BOTH = 2 * HALF };
    float *sheet = alloc_floats((size_t)ROWS * BOTH * PIXELS);
    for (int i = 0; i < ROWS * BOTH; i++) {
        if (i % BOTH < HALF) {
            int place = i / BOTH * HALF + i % BOTH;
            dataset_take(sheet + (size_t)i * PIXELS, NULL, lab->test, &place, 1);
            gan_scale(sheet + (size_t)i * PIXELS, PIXELS);
        } else {
            imagine(sheet + (size_t)i * PIXELS, G,
                    lab->z + (size_t)(i / BOTH * HALF + i % HALF) * LATENT, 1);
        }
    }
    image_grid_grey(run_path(lab->run, "samples/real-fake.png"), sheet, ROWS * BOTH, SIDE, SIDE,
                    BOTH, 2, -1.0f, 1.0f);
    free(sheet);
}

void report(Lab *lab, Net *G) {
    if (!state_begin(lab->state, "report")) {
        return;
    }
    draw_walks(lab, G);
    draw_real_and_fake(lab, G);
    judge_midpoints(lab, G);
    if (lab->settings->generate > 0) {
        gan_generate(lab->run, G, lab->settings->generate);
    }
    state_end(lab->state, true);
}

/*
## Where this differs from the paper

- The paper's pictures have three channels and 64 × 64 pixels, and its generator doubles four times, from 1,024 maps of 4 × 4.
  Ours doubles twice. The rules are the same.
- Its kernels are 5 × 5, with stride 2. Ours are 4 × 4, which the stride divides.
- Its $z$ has 100 numbers from a uniform distribution. Ours has 64, normal. The shell and the great circle belong to the
  normal distribution; a cube has corners.
- Its batches have 128 pictures, ours 64.
- Its learning rate, 0.0002, is ours too, but as the table of rules shows it is not the best one for networks as small as
  these and for training as short as this.
- The paper shows that the discriminator has learned features that are good for naming pictures, and that one can calculate with
  $z$: the mean $z$ of men with glasses, minus that of men without, plus that of women without. It has no distance
  between sets of pictures to report; the Fréchet distance came two years later.

## Exercises

1. *Predict, then run.* `make lesson-7 ARGS="--lr 0.001" RUN=fast`. After four epochs it stands at 10.7. What becomes of it after
   that? Could you have told from the curves of the game, without the judge?
2. Kernel 2 with stride 2 and no padding: the windows do not overlap at all. Put it in the place of both transposed convolutions
   in `make_pair`. What do you expect of the spectrum before training? How many parameters are saved?
3. Kernel 6 and padding 2 double as well. How many products make a pixel? (`count_windows` will tell.)
4. Before training, upsampling has little at 7 and at 14 waves, and a hill between them. Writing each number of a line four times
   multiplies the power at $f$ waves by $(\sin 4u / \sin u)^2$ with $u = \pi f / 28$. Draw that, and compare.
5. Write bilinear upsampling, where a new pixel is a mean of its neighbours, and put it in the place of the blocks. What becomes
   of that hill?
6. Let real and fake pictures pass the discriminator as one batch of 128 (the networks need room for it). What becomes of its
   accuracy, and of the FID?
7. In `generator_step` write `WANT_INPUT | WANT_PARAMS`. The pictures stay the same, bit for bit. Why? What does it cost, and
   which test turns red?
8. Take the $z$ of all samples that the judge calls a boot, and their mean; the same for pullovers. (`judge_look` tells what it
   takes a picture for.) Add the difference of the two to the $z$ of other boots, and bring it back to a length of 8.
9. `make lesson-7 ARGS="--data mnist" RUN=digits`. The judge has never seen a digit. Which of its figures still mean something?

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
