/*
# Batch normalisation

How large should the numbers inside a network be? Lesson 2 answered for the first step: choose the initial weights so
that each layer keeps the variance of its input. But weights move, and nothing keeps the size of a layer's output from
changing with them. Batch norm (Ioffe and Szegedy 2015, arXiv:1502.03167) sets the size anew at every step. For each channel it takes mean and variance over the batch and all pixels, $N$
numbers in all,

$$ \mu = \frac1N \sum_i x_i, \qquad v = \frac1N \sum_i (x_i - \mu)^2, $$

and makes the channel's mean 0 and its variance 1. A network that wants another mean and another size may learn them,
as $b$ and $w$, one of each per channel:

$$ \hat x_i = \frac{x_i - \mu}{\sigma}, \qquad \sigma = \sqrt{v + \varepsilon}, \qquad y_i = w\, \hat x_i + b. $$

The weights of the layer before may now grow tenfold: $\mu$ and $\sigma$ grow with them and $y$ stays as it was. And
a bias per channel in the layer before has no effect, since $\mu$ takes it out again, so a convolution there goes without. (A dense layer that is
reshaped into maps has a bias for each *place*. Places of one map share a mean, and their biases do have an effect.)

**Two modes.** Now an example's output depends on the other examples in its batch. In training that is accepted. In
use there may be only one example, and the answer should not depend on its neighbours; so running averages of $\mu$
and $v$ are kept during training and take their place. Forgetting to switch is a common mistake with batch norm;
here the modes are functions with different names.

**Two small numbers that are easy to confuse.** `eps` is the $\varepsilon$ under the root. It keeps $\sigma$ from 0
when a channel is constant, it is added to a variance, and it is tiny: $10^{-5}$. `momentum` says how fast the running
averages follow: $\text{running} \leftarrow (1 - m)\, \text{running} + m \cdot \text{new}$, mostly with $m = 0.1$.
That is PyTorch's convention. Others, Keras for one, use the word for the complement, the share of the *old* value
that is kept: a momentum of 0.8 there is 0.2 here. A 0.8 in the place of `eps` gives no error
message, only a $\sigma$ that is too large. The fields of `BatchNormShape` have names, so that the mistake can be seen.
*/

#ifndef BATCHNORM_H
#define BATCHNORM_H

// x and y are (n, channels, area): area = height * width for maps, 1 for vectors.
typedef struct {
    int channels, area;
    float eps;      // added to the variance, > 0; usually 1e-5
    float momentum; // share of the new value in the running averages, 0 … 1; usually 0.1
} BatchNormShape;

// Normalises with the batch's own mean and variance. Refuses n * area = 1: one number has no
// variance.
void batchnorm_forward_train(float *y,            // (n, channels, area), may be x
                             float *mean,         // (channels), kept for the backward pass
                             float *inv_std,      // (channels), 1 / σ, kept too
                             float *running_mean, // (channels), updated
                             float *running_var,  // (channels), updated; unbiased, as PyTorch
                             const float *x,      // (n, channels, area)
                             const float *weight, // (channels), w
                             const float *bias,   // (channels), b
                             int n, const BatchNormShape *shape);

// Normalises with the running mean and variance. Shapes as above.
void batchnorm_forward_eval(float *y, const float *x, const float *weight, const float *bias,
                            const float *running_mean, const float *running_var, int n,
                            const BatchNormShape *shape);

// Gradients from dy. dx is overwritten; it may be NULL (not wanted) or dy. dweight and dbias are
// added to, or both NULL. mean and inv_std are those of the forward pass.
void batchnorm_backward_train(float *dx,       // (n, channels, area) or NULL
                              float *dweight,  // (channels) or NULL
                              float *dbias,    // (channels) or NULL
                              const float *dy, // (n, channels, area)
                              const float *x,  // (n, channels, area), as in the forward pass
                              const float *mean, const float *inv_std, const float *weight, int n,
                              const BatchNormShape *shape);

// The same for the evaluation mode, in which mean and variance are constants.
void batchnorm_backward_eval(float *dx, float *dweight, float *dbias, const float *dy,
                             const float *x, const float *running_mean, const float *running_var,
                             const float *weight, int n, const BatchNormShape *shape);

#endif
