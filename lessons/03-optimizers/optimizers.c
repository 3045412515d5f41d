/*
# Lesson 3: Optimizers

Backpropagation gives the gradient: for each of 101,770 weights the slope of the loss. **Where should the next step
go?** Straight downhill, is the first answer, and it is often a slow one. The picture shows why, and what memory does
about it.

![A ravine seen from above, its contours long ellipses. Gradient descent zigzags from wall to wall and has not arrived
after twelve steps. With momentum, from the same start, the path swings less and is at the goal.](diagrams/ravine.svg)

Seven methods are in use, and a framework asks you to choose one. How different are they? And what would a fair
comparison look like? In this lesson six of them walk on landscapes of two variables, where one can watch them. Then
all seven train the network of lesson 2 from the same initial weights on the same batches, each with the learning rate
that suits it best. After that come the choices that matter as much as the method: the size of a batch, a learning
rate that changes, and what keeps weights small.

    make lesson-3
    make lesson-3 ARGS="--lr 0.01" RUN=same-rate
    make compare RUNS="03-optimizers/default 03-optimizers/same-rate" COLS="sgd adam"
*/

#include "optimizers.h"

#include <math.h>

/*
## Why downhill is slow

Let $w$ be one weight, $g$ the slope of the loss there, and $\eta$ the *learning rate*. **Gradient descent** steps by

$$ w \leftarrow w - \eta g. $$

On the parabola $\frac12 c w^2$ the slope is $g = c w$, so that a step multiplies $w$ by $1 - \eta c$. It comes closer
to 0 if and only if $\eta < 2/c$: the more curved, the smaller the rate must be. Now take two weights, and a loss that
is curved by $c_1 = 1$ along the one and by $c_2 = 20$ along the other: the ravine of the picture. The steep direction
allows no rate of 0.1 or more. At 0.09 a step multiplies the flat coordinate by $1 - 0.09 = 0.91$, and the steep one
by $1 - 1.8 = -0.8$: it crawls along, and it jumps from wall to wall. The ratio $\kappa = c_2 / c_1$ is the
**condition number**, and all of the methods below are about this conflict.

A network's gradient is that of a random batch of examples, and not of all. Gradient descent on it is called
*stochastic* gradient descent, **SGD** (Robbins and Monro 1951).

## Two memories

![How the gradient becomes a step. Above, the memory of directions: v keeps a part of itself and takes in g. Below,
the memory of sizes: s takes in g squared. The step is v divided by the root of s, times the learning rate. SGD uses
neither, momentum the upper, AdaGrad and RMSprop the lower, Adam both.](diagrams/memory.svg)

**Remember the direction.** A ball that rolls down the ravine is pushed from wall to wall, and these pushes cancel; the pushes
along the ravine add up. **Momentum** (Polyak 1964) keeps a *velocity* $v$, multiplies it by $\mu < 1$ in each step, adds the
gradient, and steps by it:

$$ v \leftarrow \mu v + g, \qquad w \leftarrow w - \eta v. $$

If the gradient is the same for long, $v$ grows to $g\,(1 + \mu + \mu^2 + \dots) = g / (1 - \mu)$, which is ten times the
gradient at the usual $\mu = 0.9$. **Nesterov's** method (1983) takes the gradient a little further on, where the ball is about
to roll, and so brakes earlier. (In the code below $w$ *is* the place further on, so that $g$ is its gradient; the [chapter on
optimizers](optimizer.html) says more.)

**Remember the size.** One learning rate for all weights is too small for one and too large for another if their
gradients differ by a factor of a thousand. **AdaGrad** (Duchi et al. 2011) divides each weight's gradient by the root
of $s$, the sum of all its squares so far. The steps become smaller and smaller. **RMSprop** (Hinton 2012) lets the
sum forget: $s \leftarrow \alpha s + (1 - \alpha) g^2$ is an average over about the last $1 / (1 - \alpha)$ steps.

**Adam** (Kingma and Ba 2015) has both memories, and both are averages, with $\beta_1$ and $\beta_2$ in the places of
$\mu$ and $\alpha$. An average that starts at 0 is too small at first; dividing by $1 - \beta^t$ at step $t$ mends
that. **AdamW** (Loshchilov and Hutter 2019) makes the weights a little smaller as well, which the last part of this
lesson is about.

Here are all of them. A small $\epsilon$ keeps a gradient of 0 from being divided by 0. No weight looks at any other.
*/

void plain_step(float *w, float *v, float *s, const float *g, int n, int t,
                const OptimizerSpec *o) {
    float lr = o->lr, mu = o->momentum, alpha = o->alpha, beta1 = o->beta1, beta2 = o->beta2;
    float correct1 = 1.0f - powf(beta1, (float)t), correct2 = 1.0f - powf(beta2, (float)t);
    for (int i = 0; i < n; i++) {
        switch (o->kind) {
        case SGD:
            w[i] -= lr * g[i];
            break;
        case MOMENTUM:
            v[i] = mu * v[i] + g[i];
            w[i] -= lr * v[i];
            break;
        case NESTEROV:
            v[i] = mu * v[i] + g[i];
            w[i] -= lr * (g[i] + mu * v[i]);
            break;
        case ADAGRAD:
            s[i] = s[i] + g[i] * g[i];
            w[i] -= lr * g[i] / (sqrtf(s[i]) + o->eps);
            break;
        case RMSPROP:
            s[i] = alpha * s[i] + (1.0f - alpha) * g[i] * g[i];
            w[i] -= lr * g[i] / (sqrtf(s[i]) + o->eps);
            break;
        case ADAM:
        case ADAMW:
            w[i] -= lr * o->weight_decay * w[i]; // 0 under Adam
            v[i] = beta1 * v[i] + (1.0f - beta1) * g[i];
            s[i] = beta2 * s[i] + (1.0f - beta2) * g[i] * g[i];
            w[i] -= lr * (v[i] / correct1) / (sqrtf(s[i] / correct2) + o->eps);
            break;
        case OPTIMIZER_KINDS:
            break;
        }
    }
}

/*
The landscapes below are walked with this function. The networks are trained with the [optimizers](optimizer.html) of
the library, which do the same for 100,000 weights on several threads, with more about each method in their chapter. A
test holds the two equal.
*/
