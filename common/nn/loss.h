/*
# Losses

A network that is right on 870 of 1,000 pictures could still improve, but in which direction? The count does not say:
change a weight a little and it stays 870. A *loss* takes the place of the count: it changes when a weight changes, and
its slope says which way is better.

Each loss here is a function of the network's last outputs and the truth, averaged over the batch, and gives its
gradient with respect to those outputs in the same call.

| loss | outputs | truth | for one example |
|---|---|---|---|
| squared error | $y \in \mathbb{R}^d$ | $t \in \mathbb{R}^d$ | $\frac12 \lVert y - t \rVert^2$ |
| cross-entropy on a logit | $s \in \mathbb{R}$ | $t \in [0, 1]$ | $-t \log \sigma(s) - (1 - t) \log(1 - \sigma(s))$ |
| softmax cross-entropy | $s \in \mathbb{R}^K$ | class $k$ | $-\log \mathrm{softmax}(s)_k$ |
| hinge | $s \in \mathbb{R}$ | $t \in \{-1, 1\}$ | $\max(0, 1 - t s)$ |
| a critic's | $s \in \mathbb{R}$ | $t \in \{-1, 1\}$: make it small, make it large | $-t s$ |
*/

#ifndef LOSS_H
#define LOSS_H

// Every loss returns the mean over n examples, and overwrites its gradient (of that mean) unless it
// is NULL. Values in nats where a logarithm is involved.

// Half the squared distance, as in Bishop 2006, eq. 5.11: the gradient is the plain difference.
float squared_error(float *dy,           // (n, d) or NULL
                    const float *y,      // (n, d)
                    const float *target, // (n, d)
                    int n, int d);

// Targets between 0 and 1; a smoothed label such as 0.9 is fine. With 0 and 1 in place of -1 and 1
// it is the logistic loss of lesson 1. Finite for all finite logits.
float bce_with_logits(float *dlogits,       // (n) or NULL
                      const float *logits,  // (n)
                      const float *targets, // (n)
                      int n);

// Labels 0 … classes-1. Finite for all finite logits.
float softmax_cross_entropy(float *dlogits,      // (n, classes) or NULL
                            const float *logits, // (n, classes)
                            const int *labels,   // (n)
                            int n, int classes);

// Targets -1 or +1. At the corner t·s = 1 the gradient is 0.
float hinge(float *ds,           // (n) or NULL
            const float *s,      // (n)
            const float *target, // (n)
            int n);

// What a critic (lesson 8) is told of a batch: all its scores are to rise (target +1: real
// examples) or to fall (-1: generated ones). The generator wants its samples' scores to rise. The mean
// of -target·s; Arjovsky et al. 2017 (arXiv:1701.07875), Algorithm 1, with the sign turned so that
// small is good.
float wasserstein(float *ds,      // (n) or NULL
                  const float *s, // (n)
                  float target, int n);

// How many of n rows have their largest logit at the label (the first one, if several are equal).
int count_correct(const float *logits, // (n, classes)
                  const int *labels,   // (n)
                  int n, int classes);

#endif
