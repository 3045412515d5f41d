/*
## Act 2: XOR

Now four clouds of points, around the corners of a square. Class $+1$ is where the two coordinates have different signs:
"one or the other, but not both", in logic *exclusive or*. Take the corners themselves, $(-1, -1)$ and $(1, 1)$ with
$t = -1$, $(-1, 1)$ and $(1, -1)$ with $t = 1$.

**No line can do it.** Suppose that $w_1, w_2, b$ could. Then the scores of the two positive corners are positive, and
so is their sum:

$$ (-w_1 + w_2 + b) + (w_1 - w_2 + b) = 2b > 0. $$

The scores of the two negative ones are negative, and so is their sum: $(-w_1 - w_2 + b) + (w_1 + w_2 + b) = 2b < 0$.
Both cannot be.

**Nor does a better loss help.** For any weights whatever, add up the margins $ts$ of the four corners: the sum is
$2b - 2b = 0$. If one corner is right by some amount, the others together are wrong by as much. Our four losses, as functions of
the margin, are *convex*: they bend upwards or run straight, never downwards, and the mean of such a function over several
margins is at least its value at their mean (Jensen's inequality). The mean of the margins is 0. So there are no weights whose
mean loss is smaller than that of weights that are all zero: $\frac12$ for the squared error, $\log 2 = 0.693$ for the logistic
loss, 1 for the hinge. The training is not to blame: no straight line has a smaller loss.
*/

#include "acts.h"
#include "base/die.h"
#include "data/toy2d.h"

Trial act_xor(Run *run, const PerceptronSettings *s) {
    Rng data = rng_create(s->run.seed, RNG_DATA);
    float *x = alloc_floats(2 * POINTS);
    int labels[POINTS];
    toy2d_xor(x, labels, POINTS, 0.3f, &data);
    Trial trial = { .name = "xor", .points = points_create(x, labels, POINTS) };
    neurons_create(trial.neurons, 2);
    run_say(run, "Act 2: XOR, %d points in four clouds, %d epochs", POINTS, EPOCHS_2D);
    train_points(run, &trial, s->lr_2d, rng_create(s->run.seed, RNG_SHUFFLE));
    return trial;
}

/*
That is where these three end, at losses of 0.506, 0.694 and 0.995. (Steps of constant size keep the first above its
minimum, and since the clouds are drawn at random, their margins do not cancel exactly.) Where no line separates, the
steps never end, and the lines keep moving:

| | error at the end | error after an epoch, lowest to highest | epochs of 100 with an error below 0.3 |
|---|---|---|---|
| perceptron | 0.470 | 0.255 to 0.750 | 14 |
| squared error | 0.450 | 0.255 to 0.750 | 5 |
| logistic | 0.500 | 0.260 to 0.725 | 6 |
| hinge | 0.265 | 0.255 to 0.480 | 72 |

A line can cut off one of the four corners; then a quarter of the points is wrong, and a few more where the clouds reach across
it. Every rule passes through such lines, and here only the hinge stays with one. It has not understood more than the others. A
line that cuts off one corner has the margins 1, 1, 1 and −3, so hinge losses of 0, 0, 0 and 4, whose mean is once more 1, as
with weights of zero. The loss is the same in both places, and where the hinge ends is chance: at seed 2 it is below 0.3 in 88
epochs, at seed 3 in none, and its last error is 0.5.

No loss and no patience helps a single neuron here. Two things do: other inputs (number 4 of "To explore", at the
end), or more neurons ([lesson 2](02-backprop.html)).
*/
