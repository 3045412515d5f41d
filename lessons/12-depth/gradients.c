/*
## How the gradient grows

In a plain net with batch norm the gradient neither stays as it is nor vanishes on its way back. It *grows*, layer by layer, and
here is why.

Take a layer $s = W a$, where $a$ is the output of a ReLU, with batch norm behind it. At the beginning the numbers that go into
a ReLU are about normal with mean 0 and variance 1, because they come from a batch norm. For such numbers the ReLU's output has
the mean square $\frac12$ (half of the numbers are cut off) and the mean $1 / \sqrt{2 \pi}$, so its variance is
$\frac12 - \frac{1}{2\pi}$. He's weights have the variance $2 / n$, with $n$ for the number of inputs, so that $s$ has the mean
square $n \cdot \frac2n \cdot \frac12 = 1$. But of that, $n \cdot \frac2n \cdot \frac{1}{2\pi} = \frac1\pi$ is due to the *mean*
of $a$. It is the same for all images, and batch norm takes it away. What is left is a variance of

$$ \sigma^2 = 1 - \frac1\pi = 0.68, $$

and batch norm divides by $\sigma$, to make it 1 again. So far nothing has happened to the signal. On the way back the gradient
is divided by the same $\sigma$. (The two other terms of lesson 5's backward pass are small when many numbers are normalised.)
With He's weights the rest of the layer leaves its length as it is: the factor $\frac12$ from the ReLU's slope, 0 or 1, and the
factor 2 from the weights cancel. So from layer to layer the squared length grows by $1 / \sigma^2 = \pi / (\pi - 1) = 1.47$,
and the length by 1.21. A block of two layers makes the length 1.47 times as large, and 16 blocks make
$(\pi / (\pi - 1))^{16} = 460$. (Yang et al. 2019 have found this, and that no other variance of the first weights prevents it.)

In a residual net batch norm stands inside $f$. The variance of the sum grows with every block, by about 1: it is $l$ after $l$
blocks. The branch of block $l$ begins with a convolution of numbers of the size $\sqrt l$, and its batch norm divides by that
size. So the gradient that comes through the branch is by $\sqrt l$ smaller than that on the skip, and adds to the square of the
length a share of about $1/l$ and not a fixed one. The product of $1 + 1/l$ over $L$ blocks is $L + 1$. The length grows like
the root of the depth, and not exponentially.

These are estimates for very wide nets at the first step, and for the gradient of the signal. The gradient of a layer's weights
is that of its output times its input. Behind each batch norm the input has the same size, so that in a plain net it grows
likewise. What happens, we measure: the length of the gradient with respect to the weights of the first convolution, and of each
block.
*/

#include "acts.h"
#include "base/die.h"

#include <math.h>

int part_gradients(double length[MOST_PARTS], const Net *net) {
    int convolutions = 0;
    double squares[MOST_PARTS] = { 0 };
    for (int i = 0; i < net->n_layers; i++) {
        const Layer *l = &net->layers[i];
        if (l->spec.kind == CONV2D) {
            int part = (convolutions++ + 1) / 2; // 0: the first one; then two a block
            require(part < MOST_PARTS, "a net of %d blocks", part);
            squares[part] += pow(norm(l->dweight, l->n_weight), 2);
        }
    }
    int parts = convolutions / 2 + 1;
    for (int p = 0; p < parts; p++) {
        length[p] = sqrt(squares[p]);
    }
    return parts;
}
