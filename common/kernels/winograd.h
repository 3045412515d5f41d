/*
# Winograd's convolution

A convolution with filters of 3 × 3 multiplies nine times for each number that comes out: per channel, per filter. Can
fewer multiplications do? Begin with one dimension. Four pixels $d_0 \dots d_3$ and a filter of three weights give two
numbers,

$$ y_0 = d_0 g_0 + d_1 g_1 + d_2 g_2, \qquad y_1 = d_1 g_0 + d_2 g_1 + d_3 g_2, $$

with six multiplications. But the two sums have much in common: $d_1$ and $d_2$ occur in both. Here are four products
that hold all that is needed (Shmuel Winograd, *Arithmetic Complexity of Computations*, 1980; for neural networks Lavin
and Gray, *Fast Algorithms for Convolutional Neural Networks*, 2016):

$$ \begin{aligned}
m_0 &= (d_0 - d_2)\; g_0 & m_1 &= (d_1 + d_2)\; \tfrac12 (g_0 + g_1 + g_2) \\
m_3 &= (d_1 - d_3)\; g_2 & m_2 &= (d_2 - d_1)\; \tfrac12 (g_0 - g_1 + g_2),
\end{aligned} $$

$$ y_0 = m_0 + m_1 + m_2, \qquad y_1 = m_1 - m_2 - m_3. $$

Multiply it out: $m_1 + m_2 = d_1 g_1 + d_2 (g_0 + g_2)$, and $m_0$ puts $d_0 g_0$ in the place of $d_2 g_0$. So four
multiplications do the work of six, for some additions more: of pixels, of weights, and of products.

All three kinds of additions are linear maps. Written as matrices,

$$ y = A^\top \big[\, (G g) \circ (B^\top d)\, \big], $$

$$ B^\top = \begin{pmatrix} 1&0&-1&0 \\ 0&1&1&0 \\ 0&-1&1&0 \\ 0&1&0&-1 \end{pmatrix}, \quad
G = \begin{pmatrix} 1&0&0 \\ \frac12&\frac12&\frac12 \\ \frac12&-\frac12&\frac12 \\ 0&0&1 \end{pmatrix}, \quad
A^\top = \begin{pmatrix} 1&1&1&0 \\ 0&1&-1&-1 \end{pmatrix}, $$

where $\circ$ multiplies number by number. In two dimensions the same is done along columns and along rows: a **tile**
of 4 × 4 pixels and a filter of 3 × 3 give 2 × 2 numbers,

$$ Y = A^\top \Big[\, (G\, g\, G^\top) \circ (B^\top d\, B)\, \Big] A, $$

with 16 multiplications in place of 36: 2.25 times fewer.

## Where the matrix product is

Made for each pair of a channel and a filter, the additions would cost more than is gained. They need not be. A
tile is transformed once and then used by all $M$ filters; a filter once and then used for all tiles; and since $A^\top
[\cdot] A$ is linear, the sum over the $C$ channels can be taken before it. Number the 16 places of a transformed tile
by $\xi$, let $V_\xi$ hold that place of all $T$ tiles and channels, $U_\xi$ that of all filters:

$$ \underset{T \times M}{M_\xi} = \underset{T \times C}{V_\xi} \;\; \underset{C \times M}{U_\xi}, \qquad \xi = 0 \dots 15. $$

Sixteen [matrix products](product.html), and additions before and after.

## What it costs

*Digits*: $d_0 - d_2$ is larger than what it is made of, and parts of it cancel later. But there are fewer terms to add,
too. Measured against sums in double, on random numbers: for 32 channels of 14 × 14 and 32 filters, $y$ is off by 2.0 ⋅
10⁻⁷ of its size (2.6 ⋅ 10⁻⁷ in the general way), $dx$ by 2.0 (1.2), $dW$ by 3.3 (2.4); for 128 channels of 7 × 7 by 3.5
(2.6), 3.5 (2.1) and 2.1 (1.7). A float is exact to 0.6. Larger tiles would save more, but the numbers in their
transforms are larger, and so is what is lost by cancelling.

*Memory*: 16 numbers for 4 pixels. But only a few tiles are at work at a time, as in the [general
way](conv2d.html).

*Generality*: it must be a filter of 3 × 3 with stride 1. That is what residual networks and U-Nets are made of.

*What is not a number*: one infinite pixel makes all numbers of its tile infinite or NaN, also those that do not see it.
*/

#ifndef WINOGRAD_H
#define WINOGRAD_H

#include "kernels/im2col.h"

#include <stdbool.h>

// Is this a convolution that is faster in this way? If not, the functions must not be called.
bool winograd_pays(const ConvShape *shape);

// As conv2d_workspace and the three functions of conv2d.h that have the same names and arguments,
// which call these.
size_t winograd_workspace(const ConvShape *shape);

void winograd_forward(float *y, const float *x, const float *W, const float *b, int n,
                      const ConvShape *shape, float *workspace);

void winograd_backward_data(float *dx, const float *dy, const float *W, int n,
                            const ConvShape *shape, float *workspace);

void winograd_backward_weights(float *dW, const float *dy, const float *x, int n,
                               const ConvShape *shape, float *workspace);

#endif
