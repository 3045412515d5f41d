#include "nn/loss.h"
#include "base/die.h"

#include <math.h>
#include <stddef.h>

/*
## Squared error

For numbers that should come out equal to other numbers. The half cancels the 2 of the derivative, so that

$$ \frac{\partial}{\partial y} \, \tfrac12 (y - t)^2 = y - t. $$

All sums run in double: ten thousand small floats added to a large one lose the small ones. The mean over the batch is
what the reader of a curve expects, so the gradient carries the same $1/n$.
*/

float squared_error(float *dy, const float *y, const float *target, int n, int d) {
    double sum = 0.0;
    for (long i = 0; i < (long)n * d; i++) {
        float error = y[i] - target[i];
        sum += 0.5 * (double)error * error;
        if (dy) {
            dy[i] = error / (float)n;
        }
    }
    return (float)(sum / n);
}

/*
## Binary cross-entropy, on logits

A question with two answers: real or fake, trouser or boot? The last layer gives one number $s$, any number at all,
called a *logit*. The sigmoid turns it into a probability $p = \sigma(s)$, and with the truth $t$, 0 or 1, the loss is

$$ L(s, t) = -t \log p - (1 - t) \log (1 - p). $$

Why not compute $p$ first and take its logarithm? Try $s = -100$ with $t = 1$. A float ends near $e^{88.7}$, so
$e^{100}$ is infinite, $p$ comes out as 0 and its logarithm as $-\infty$: one such example ends the training. The true
loss is a harmless 100. Put $\sigma$ into $L$ and simplify before computing:

$$ L(s, t) = \log(1 + e^s) - s\,t = \max(s, 0) - s\,t + \log\left(1 + e^{-|s|}\right). $$

In the last form the exponent is never positive, so nothing overflows, and the logarithm's argument lies between 1 and
2. It also keeps its digits: at $s = 20$, $t = 1$ the definition rounds to 0, this form gives $2.1 \cdot 10^{-9}$. The
derivative of the middle form is simple:

$$ \frac{\partial L}{\partial s} = \frac{e^s}{1 + e^s} - t = \sigma(s) - t. $$

Prediction minus truth: between $-1$ and $1$, and zero exactly when the two agree.
*/

float bce_with_logits(float *dlogits, const float *logits, const float *targets, int n) {
    double sum = 0.0;
    for (int i = 0; i < n; i++) {
        float s = logits[i], t = targets[i];
        sum += fmaxf(s, 0.0f) - s * t + log1pf(expf(-fabsf(s)));
        if (dlogits) {
            dlogits[i] = (1.0f / (1.0f + expf(-s)) - t) / (float)n;
        }
    }
    return (float)(sum / n);
}

/*
## Softmax cross-entropy

The same with $K$ answers, as [lesson 2](02-backprop.html) derives it. The network gives $K$ logits, softmax makes them
probabilities, and the loss is minus the logarithm of the probability of the true class $k$:

$$ L(s, k) = -\log \frac{e^{s_k}}{\sum_j e^{s_j}} = \log \sum_j e^{s_j} - s_k. $$

With $m = \max_j s_j$ taken out, $\log \sum_j e^{s_j} = m + \log \sum_j e^{s_j - m}$, nothing overflows. And again

$$ \frac{\partial L}{\partial s_j} = \frac{e^{s_j}}{\sum_i e^{s_i}} - [j = k] = \mathrm{softmax}(s)_j - [j = k], $$

prediction minus truth, where $[j = k]$ is 1 for the true class and 0 for the others. The gradient of each row sums to
zero: what one class gains, the others lose.

**Check it by hand.** A network that knows nothing gives ten equal logits: $L = \log 10 = 2.303$. If a training curve
starts much above that, the initial weights are confidently wrong.
*/

// At most so many rows at a time; less than so many numbers are not worth sharing among threads.
enum { ROWS = 512, WORTH_SHARING = 1 << 13 };

// The loss of one of n rows; ds, unless it is NULL, becomes the gradient of their mean.
static double row_loss(float *ds, const float *s, int label, int classes, int n) {
    float largest = s[0];
    for (int j = 1; j < classes; j++) {
        largest = s[j] > largest ? s[j] : largest;
    }
    double sum = 0.0;
    for (int j = 0; j < classes; j++) {
        float e = expf(s[j] - largest);
        sum += e;
        if (ds) {
            ds[j] = e;
        }
    }
    for (int j = 0; ds && j < classes; j++) {
        ds[j] = (ds[j] / (float)sum - (j == label ? 1.0f : 0.0f)) / (float)n;
    }
    return log(sum) + ((double)largest - s[label]);
}

float softmax_cross_entropy(float *dlogits, const float *logits, const int *labels, int n,
                            int classes) {
    for (int i = 0; i < n; i++) {
        require(labels[i] >= 0 && labels[i] < classes, "label %d of %d classes", labels[i],
                classes);
    }
    double total = 0.0;
    for (int first = 0; first < n;
         first += ROWS) { // the threads share the rows; the sum has one order
        int rows = n - first < ROWS ? n - first : ROWS;
        double loss[ROWS];
#pragma omp parallel for if (rows * classes >= WORTH_SHARING)
        for (int i = 0; i < rows; i++) {
            long at = (long)(first + i) * classes;
            loss[i] =
                row_loss(dlogits ? dlogits + at : NULL, logits + at, labels[first + i], classes, n);
        }
        for (int i = 0; i < rows; i++) {
            total += loss[i];
        }
    }
    return (float)(total / n);
}

/*
## Hinge

The support vector machine's loss asks for more than being right: right *by a margin*. An example with $t s \ge 1$
costs nothing and teaches nothing; every other one pulls with the same force, however wrong it is. (Written with `<=`,
because a NaN compares false with everything: `fmaxf(NaN, 0)` is 0, and a run that has gone wrong would look perfect.)
*/

float hinge(float *ds, const float *s, const float *target, int n) {
    double sum = 0.0;
    for (int i = 0; i < n; i++) {
        float shortfall = 1.0f - target[i] * s[i];
        sum += shortfall <= 0.0f ? 0.0f : shortfall;
        if (ds) {
            ds[i] = shortfall <= 0.0f ? 0.0f : -target[i] / (float)n;
        }
    }
    return (float)(sum / n);
}

/*
## A critic's loss

No logarithm, no corner, no bound: the mean score itself, up or down. Its slope is the same for every example, and however well a
critic does, it can do better by making all its scores twice as large. So by itself this loss has no minimum. It needs a critic
whose gradient is bounded, and that is what lessons 8 and 9 are about.
*/

float wasserstein(float *ds, const float *s, float target, int n) {
    double sum = 0.0;
    for (int i = 0; i < n; i++) {
        sum -= target * s[i];
        if (ds) {
            ds[i] = -target / (float)n;
        }
    }
    return (float)(sum / n);
}

/*
## And the count itself

Accuracy is what we want in the end, and it is reported next to every loss. Its slope is 0 wherever it has one.
*/

int count_correct(const float *logits, const int *labels, int n, int classes) {
    int correct = 0;
    for (int i = 0; i < n; i++) {
        const float *s = logits + (long)i * classes;
        int best = 0;
        for (int j = 1; j < classes; j++) {
            if (s[j] > s[best]) {
                best = j;
            }
        }
        correct += best == labels[i];
    }
    return correct;
}
