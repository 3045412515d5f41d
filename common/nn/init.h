/*
# Initial weights

Before the first step every weight needs a value. Zero is the obvious choice, and does not work: two hidden units with
the same weights, in front of them and behind, compute the same number, receive the same gradient, and stay equal for
ever. So the weights are random. How large?

Take a unit $y = \sum_{i=1}^{n} w_i x_i$ with independent weights of mean 0 and variance $v$. The products $w_i x_i$
have mean 0 and are uncorrelated, so their variances $v\, \mathrm{E}[x^2]$ add up:

$$ \mathrm{Var}[y] = n\, v\, \mathrm{E}[x^2]. $$

Leave the activation aside. If $n v$ is 0.5, each layer halves the mean square of its signal, and after ten layers a
thousandth is left. If $n v$ is 2, it grows a thousandfold. The signal survives a deep network only if each layer
keeps its size, and the same argument, run backwards with the number of outputs in place of $n$, holds for the
gradient.

| scheme | variance of a weight | why | source |
|---|---|---|---|
| Xavier | $2 / (n_\text{in} + n_\text{out})$ | between what forward ($1 / n_\text{in}$) and backward ($1 / n_\text{out}$) ask for, if the slope is near 1 | Glorot and Bengio 2010 |
| He initialisation | $2 / n_\text{in}$ | twice what forward asks for, since ReLU sets half of the numbers to 0 | He et al. 2015 (arXiv:1502.01852) |
| fan-in | $1 / (3 n_\text{in})$ | uniform on $\pm 1/\sqrt{n_\text{in}}$, still the default of PyTorch | after LeCun et al. 1998 |
| DCGAN | $0.02^2$ | the same for all layers, since batch norm corrects the size; batch norm's own weights are spread by as much around 1 | Radford et al. 2015 (arXiv:1511.06434) |
*/

#ifndef INIT_H
#define INIT_H

#include "base/rng.h"

typedef enum {
    INIT_ZERO,   // all weights 0
    INIT_SMALL,  // uniform on ±0.01
    INIT_LARGE,  // uniform on ±0.5
    INIT_XAVIER, // uniform with variance 2 / (fan_in + fan_out)
    INIT_HE,     // normal with variance 2 / fan_in
    INIT_FAN_IN, // uniform on ±1/√fan_in, biases too; PyTorch's default for dense and convolution
    INIT_DCGAN,  // normal with deviation 0.02, and batch norm's weights around 1 (see layers)
    INIT_SCHEMES
} InitScheme;

// The same schemes by name, for an option's list of choices.
#define INIT_CHOICES "zero|small|large|xavier|he|fan-in|dcgan"

// Fills weights (n) and biases (n_bias, or NULL with 0) of a layer whose units have fan_in inputs,
// and whose inputs feed fan_out units. Biases start at 0 except under INIT_FAN_IN.
void init_weights(InitScheme scheme, float *weight, size_t n, float *bias, size_t n_bias,
                  int fan_in, int fan_out, Rng *rng);

#endif
