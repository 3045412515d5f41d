/*
## What came out

All figures are of one run, with seed 1.

![The class grid before the first step and after each epoch: a class by row, T-shirt to boot, the same z by column. From grey noise to ten rows of clothes that can be named.](classes.gif)

![Left the Fréchet distance, right the share of samples that the judge takes for what was asked for, after each epoch. With labels for both networks the distance is lower than with a discriminator blind to labels, and the share comes near that of real pictures.](judge.svg)

| after epoch | 1 | 2 | 3 | 4 | 5 | 6 |
|---|---|---|---|---|---|---|
| FID | 19.0 | 10.4 | 5.8 | 3.9 | 2.9 | **2.8** |
| taken for what was asked for | 79 % | 79 % | 80 % | 82 % | 84 % | **87 %** |
| FID, discriminator blind to labels | 33.0 | 19.1 | 18.8 | | | |

**It makes what is asked for.** Look along a row: ten trousers, and no two alike. Look down a column: what the ten have in
common is the *style*. The fourth column is striped, in T-shirts, pullovers, coats and shirts alike, and the second is white. Nobody
has said that $z$ should mean the same in all classes. The layers behind the first one are shared between classes, and that seems to be
enough.

**The pictures are better**, too: 5.8 after three epochs, where a discriminator without labels leads to 18.8. A likely reason is
that ten games are easier than one. Given that it is a boot, the discriminator looks for what is wrong with boots, and its
gradient goes to the part of the generator that makes boots. Missing classes are not the reason: the smallest share is 8.8 %
here and 8.1 % in the game with the blind discriminator.

**A blind discriminator.** The generator still gets its label, but only the discriminator could have given it a meaning. The
consistency is 10.9 %, where an answer that does not depend on the question would get a tenth: to the generator the label is ten
more random numbers. If a conditional generator ignores its condition, look at what its discriminator gets.

![What was asked for, by row, and what the judge takes it for, by column, in per cent. Trousers, sandals, bags and boots are nearly all on the diagonal. Of the shirts 59 per cent are, and most of the rest is taken for coats, pullovers and T-shirts.](confusion.svg)

**The mistakes are those of the judge.** Trousers, bags, boots and sandals are nearly always recognised. Shirts are not: 59 %,
and most of the rest is taken for other upper parts. Of *real* shirts the judge gets 71 % right, of real pullovers 85 % (here 72
%), of real coats 86 % (79 %), and of all real pictures 91 % (87 %). So two thirds of the missing 13 % are the judge's own, and
what the generator adds to them it adds in the same classes.

![Both losses and what the discriminator says, over six epochs: flat from the second epoch on.](game.svg)

The curves of the game are those of a good one, and say no more than in lesson 7: the losses hardly change after step
1,000, and the FID falls from 19.0 to 2.8 in that time.

## A class with few pictures

Data sets are rarely even. What does a class get that has a tenth of the pictures of the others? `--thin 8` keeps every tenth
bag, 600 of 6,000, and all pictures of the other classes. Bags are then 1.1 % of what the games see.

What should one expect? A discriminator without labels compares whole distributions, so its generator should make about as many bags as
there are: one in a hundred. With labels one can ask for a thousand bags and gets a thousand pictures, however few it has been shown. But they
come from a game that has seen a tenth of the bags.

| after three epochs (`--epochs 3 --blind-epochs 0`) | all bags | a tenth of them |
|---|---|---|
| bags asked for that the judge takes for bags (`consistency_8`), seeds 1 and 2 | 0.930, 0.938 | 0.771, 0.776 |
| Fréchet distance of these bags to real ones (`fid_class_8`) | 34.3, 23.5 | 65.0, 77.6 |
| Fréchet distance of all samples | 6.8, 5.2 | 8.0, 10.0 |

So a question for bags is answered with something else more than three times as often, and the bags are farther from real ones than before,
two and three times as far. (A distance of a thousand samples of one class is larger than one of ten thousand of all, even for the same
quality; so these two rows are to be compared with themselves only.) And yet more than three quarters are bags, of a kind that is one
picture in a hundred to the discriminator: it is told what each picture should be, and then a hundredth of the pictures is enough
to learn by. The table is from another kind of processor than the rest of the lesson. What a game without labels does with a rare class is
left to you: `--thin 8` alone plays that game, too, and writes `blind_share_8`, the share of bags among its samples.

## Steering without labels

Now suppose that all we have is a generator that was trained without labels, like that of the blind game. (It still gets a
one-hot vector, which means nothing to it and stays as it is.) And there is a classifier, trained by somebody else: the judge. Both
are networks, so the chain rule goes through both of them. How does the logarithm of the probability of class $c$ change with $z$?

$$ \nabla_z \log p(c \mid G(z)) = \left( \frac{\partial G}{\partial z} \right)^{\!\top} \nabla_x \log p(c \mid x). $$

![A latent vector z goes through the generator to a picture, and the picture through the judge to the probability of a class. The gradient comes back the same way, and z takes a step along it.](diagrams/steer.svg)

A backward pass through the judge, down to the picture; then one through the generator, down to $z$. No weight moves.
Then a step of length 0.1 in this direction, and again. (The judge knows pictures in $[0, 1]$, and $G$ makes them in
$[-1, 1]$: hence the factor of one half.)
*/

#include "acts.h"
#include "base/die.h"
#include "nn/loss.h"

#include <string.h>

const float *looked_at(Guides *g, const float *zy, int n) {
    const float *x = net_forward(g->G, zy, n, EVAL);
    for (int i = 0; i < n * PIXELS; i++) {
        g->pictures[i] = 0.5f * (x[i] + 1.0f);
    }
    return net_forward(g->judge, g->pictures, n, EVAL);
}

const float *uphill(Guides *g, const float *zy, const int *targets, int n) {
    float ds[WALKERS * CLASSES];
    softmax_cross_entropy(ds, looked_at(g, zy, n), targets, n, CLASSES);
    const float *dx = net_backward(g->judge, ds, WANT_INPUT);
    for (int i = 0; i < n * PIXELS; i++) {
        g->d[i] = -0.5f * (float)n * dx[i]; // up, not down; the half is that of the brightness
    }
    return net_backward(g->G, g->d, WANT_INPUT);
}

/*
**Two other ways.** In lesson 7 we saw that nearly all $z$ have about the same length, that is, they lie on a shell. Steps may lead away
from it, so in a second way $z$ is brought back to its length after each step.

The third way asks a question: **what else moves?** Whoever asks for a boot has not asked for a darker picture. Brightness has a gradient
in $z$, too. If "more like a boot" and "brighter" are separate directions of $z$, the two gradients are at right angles. If they are
not, they are *entangled*. So we measure the angle, and in the third way, `EVEN`, each step goes uphill *at right angles* to the
gradient of the brightness.
*/

const float *brighter(Guides *g, const float *zy, int n) {
    net_forward(g->G, zy, n, EVAL);
    for (int i = 0; i < n * PIXELS; i++) {
        g->d[i] = 0.5f / PIXELS;
    }
    return net_backward(g->G, g->d, WANT_INPUT);
}

void remove_along(float *to, const float *off, int n) {
    for (int i = 0; i < n; i++, to += ROW, off += ROW) {
        double along = 0.0, squares = 0.0;
        for (int k = 0; k < LATENT; k++) {
            along += (double)to[k] * off[k];
            squares += (double)off[k] * off[k];
        }
        for (int k = 0; k < LATENT && squares > 0.0; k++) {
            to[k] -= (float)(along / squares) * off[k];
        }
    }
}

void one_step(Guides *g, float *zy, const float *direction, const int *targets, SteeringWay way,
              int n) {
    float gradient[WALKERS * ROW];
    memcpy(gradient, way == AT_RANDOM ? direction : uphill(g, zy, targets, n),
           (size_t)n * ROW * sizeof *gradient);
    if (way == EVEN) {
        remove_along(gradient, brighter(g, zy, n), n);
    }
    for (int i = 0; i < n; i++) {
        float *z = zy + (size_t)i * ROW;
        const float *to = gradient + (size_t)i * ROW;
        double length = norm(z, LATENT), steep = norm(to, LATENT);
        for (int k = 0; k < LATENT && steep > 0.0; k++) {
            z[k] += STRIDE * to[k] / (float)steep;
        }
        double longer = norm(z, LATENT);
        for (int k = 0; k < LATENT && way == ON_SHELL; k++) {
            z[k] *= (float)(length / longer);
        }
    }
}

/*
![Eight latent vectors, steered towards the boot: at the left where they began, at the right after 60 steps. In the seventh row a sandal becomes a boot; in the first a shirt turns white and stays a shirt.](steered.png)

![The same eight, with the brightness held. The shirt of the first row keeps its grey.](steered-even.png)

![Four measures along the way, means over a hundred walks. The three ways uphill reach a probability of 0.6 for the class asked for, and the random one 0.04. Of the three the even one changes the brightness least.](steer.svg)

A hundred walks begin at a hundred $z$, each towards another class than the judge has taken the picture for. For comparison as many go as
far in one random direction each. Means over the walks:

| after a walk of length 6 | probability of the class asked for | of the class it was | change of brightness | distance from the first picture | length of $z$ | $D$ |
|---|---|---|---|---|---|---|
| before | 0.01 | 0.83 | 0 | 0 | 8.0 | 0.48 |
| uphill | 0.61 | 0.14 | 0.039 | 5.0 | 8.1 | 0.48 |
| uphill on the shell | 0.63 | 0.13 | 0.041 | 5.1 | 8.0 | 0.49 |
| even: uphill, brightness held | **0.66** | 0.12 | **0.015** | 4.8 | 8.1 | 0.47 |
| at random | 0.04 | 0.40 | 0.063 | 6.8 | 10.1 | 0.46 |

**It can be steered.** The probability of the class asked for rises from 0.01 to 0.61 in the mean. The first steps count most:
after ten steps, a walk of length 1 and an eighth of the length of $z$, the probability of the old class has fallen from 0.83 to
0.34. In the seventh row of the strips a sandal becomes a boot, and in the first a shirt stays a shirt. (Gradient ascent stops
at the first maximum that it comes to, even if there is a higher one elsewhere.)

**The shell does not matter here.** Going uphill hardly makes $z$ longer, 8.0 to 8.1: each step is nearly at right angles to the
$z$ at which it is taken. (A walk in a *fixed* random direction does leave the shell: $\sqrt{8^2 + 6^2} = 10$.)

**What else moves?** By itself, a change in brightness of 0.039 shows nothing: a random walk changes it by 0.063, and the whole picture by
more, too. The *angle* shows something. Where the walks begin, the cosine between "more like the class" and "brighter" has a mean size of
0.45. For a random direction it is 0.09. The two directions are entangled: a step uphill has five times the part
along "brighter" that a step at random has.

**Does the class need that?** No. With the brightness held, its change is 0.015 in place of 0.039, and the probability at the end is no lower,
0.66 against 0.61. The gradient contains a part that has to do with brightness, and one can leave it out. The first row of the strips
shows it: uphill the shirt turns white, and with the brightness held it stays grey. (One generator and one seed.)

**Is the judge only fooled?** It is well known that a picture can be changed by gradient ascent so that a classifier is
certain of a class and nobody else sees it (Szegedy et al. 2013). That is done in the space of *pictures*. Here only $z$
moves, and whatever comes out has gone through the generator. The discriminator that was trained against this generator
believes it as much as before, 0.48. But a high probability is not a good picture: look at the second row.

## Where this differs from the papers

- Mirza and Osindero have dense networks, maxout, and digits. The label goes through a layer of its own before it meets
  the rest. They measure with Parzen windows.
- Planes of constants come from programs, Radford's and others'. Later papers give the label to the discriminator as an inner
  product with an embedding (Miyato and Koyama 2018), or to the generator as scales and shifts of its batch norms (Brock et al.
  2018; the idea is from Dumoulin et al. 2016, who choose a style of painting that way), which needs two numbers for each class
  and channel.
- Steering towards a class with a classifier's gradient is called *plug and play* by Nguyen et al. (2016), who add noise
  to each step, so that the walk does not stop at the first maximum.
- Our rate is 0.001, five times the usual.

## To explore

1. *Predict, then run.* Keep the label from the *generator*, and let the discriminator have it. What can the
   generator do best? What will the consistency be, and the FID?
2. Draw the labels of the generated pictures so that class 0 comes up half of the time, and leave the real ones as they are. What is
   $D^*$ now? Does the share of T-shirts among 10,000 samples, of which we ask for a tenth each, suffer, or something
   else?
3. `--thin 6`: shirts, which the judge confuses with other upper parts even at full number. Does a thinned shirt become a pullover?
4. Interpolate between two *labels*: a one-hot vector that goes from $e_1$ to $e_9$ in ten steps, at the same $z$. No
   network has ever seen half a label. What does the middle look like?
5. Put the label beside the discriminator's *last* dense layer in place of planes (ten more inputs there). It can then
   say "this is no boot" only as a sum of what it thinks of the picture and what it thinks of boots. Why is that not
   enough? (Miyato and Koyama multiply.)
6. Add noise to each step of the walk, a little less with each. Does the shirt of the first row become a boot?
7. `make lesson-10 ARGS="--walk 600 --blind-epochs 3" RUN=far`: a walk of length 60. What becomes of the probability, of
   $D$, of the pictures, on the shell and off it?

## References

- M. Mirza, S. Osindero, *Conditional generative adversarial nets*, 2014, arXiv:1411.1784.
- C. Szegedy, W. Zaremba, I. Sutskever, J. Bruna, D. Erhan, I. Goodfellow, R. Fergus, *Intriguing properties of neural
  networks*, 2013, arXiv:1312.6199.
- A. Nguyen, J. Clune, Y. Bengio, A. Dosovitskiy, J. Yosinski, *Plug & play generative networks*, 2016,
  arXiv:1612.00005.
- V. Dumoulin, J. Shlens, M. Kudlur, *A learned representation for artistic style*, 2016, arXiv:1610.07629.
- T. Miyato, M. Koyama, *cGANs with projection discriminator*, 2018, arXiv:1802.05637.
- A. Brock, J. Donahue, K. Simonyan, *Large scale GAN training for high fidelity natural image synthesis*, 2018,
  arXiv:1809.11096.
*/
