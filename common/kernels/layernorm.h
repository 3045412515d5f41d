/*
# Layer normalisation

[Batch norm](batchnorm.html) keeps the numbers inside a network at a reasonable size by looking at the batch: mean and variance of a
channel, over all examples. For sequences that is awkward. The rows of a text are not independent of each other, a
network that writes has a batch of one, and its answer should not depend on what else is in the batch. Layer norm (Ba
et al. 2016, arXiv:1607.06450) takes mean and variance the other way round: over the $d$ numbers of one row,

$$ \mu = \frac1d \sum_k x_k, \qquad v = \frac1d \sum_k (x_k - \mu)^2, \qquad
   \hat x_k = \frac{x_k - \mu}{\sqrt{v + \varepsilon}}, \qquad y_k = w_k\, \hat x_k + b_k. $$

Each row is normalised by itself. So there are no running averages and there is only one mode: training and use are the same
function, and a row's output does not change with its neighbours.

All rows share the weights: $w$ and $b$ have $d$ numbers each, one for each place of
a row. In batch norm, statistics and weights belong to the same channel; here the statistics belong to a row and the
weights to a column. The backward pass sums in both directions.
*/

#ifndef LAYERNORM_H
#define LAYERNORM_H

// Normalises each of n rows, then scales and shifts its d numbers. A row's bytes do not depend on the
// other rows. eps > 0 is added to the variance, usually 1e-5.
void layernorm_forward(float *y,            // (n, d), may be x
                       float *mean,         // (n), kept for the backward pass
                       float *inv_std,      // (n), 1 / sqrt(v + eps), kept too
                       const float *x,      // (n, d)
                       const float *weight, // (d)
                       const float *bias,   // (d)
                       float eps, int n, int d);

// Gradients from dy. dx is overwritten; it may be NULL (not wanted) or dy. dweight and dbias are
// added to, or both NULL. mean and inv_std are those of the forward pass.
void layernorm_backward(float *dx,       // (n, d) or NULL
                        float *dweight,  // (d) or NULL
                        float *dbias,    // (d) or NULL
                        const float *dy, // (n, d)
                        const float *x,  // (n, d), as in the forward pass
                        const float *mean, const float *inv_std, const float *weight, int n, int d);

#endif
