/*
# Transposed convolution

A classifier goes from a picture to a few numbers, for example by convolutions with stride 2 that halve the picture each
time. A *generator*, a network that makes pictures, has to go the other way. What is the layer that *doubles* a picture?

Look at the backward pass of a convolution with stride 2. It receives a small picture, $dY$, and returns a large one,
$dX$. It spreads each number of the small picture over a window of the large one, multiplied by the filter, and adds up
where the windows overlap. It is linear, it has the filter's weights, and it has the right shapes. The *transposed
convolution* is that function, used forward:

$$ y = \mathrm{conv}^\top(x) + b, \qquad
   \langle \mathrm{conv}(u),\, v \rangle = \langle u,\, \mathrm{conv}^\top(v) \rangle \;\text{ for all } u, v. $$

(It is not an inverse: $\mathrm{conv}^\top(\mathrm{conv}(u))$ is not $u$. The older name "deconvolution" suggests that it is.)
*/

#ifndef CONV_TRANSPOSE2D_H
#define CONV_TRANSPOSE2D_H

#include "kernels/im2col.h"

// The convolution whose transpose is meant, described from this layer's side: `in` channels and
// size are those of the small picture that comes in, `out` the channels of the large one.
// Output size along an axis: (size - 1) * stride - 2 * pad + dilation * (kernel - 1) + 1; below, oh
// and ow are those of height and width.
int conv_transpose_out(int size, const ConvShape *shape);

// Numbers of scratch memory that the functions below need.
size_t conv_transpose2d_workspace(const ConvShape *shape);

// y = convᵀ(x, W) + b for n pictures; b may be NULL: no bias.
void conv_transpose2d_forward(float *y,       // (n, out, oh, ow)
                              const float *x, // (n, in, height, width)
                              const float *W, // (in, out, kernel, kernel), PyTorch's order
                              const float *b, // (out) or NULL
                              int n, const ConvShape *shape, float *workspace);

// dx is overwritten; dW and db are added to. Each may be NULL: not wanted.
void conv_transpose2d_backward(float *dx,       // (n, in, height, width) or NULL
                               float *dW,       // (in, out, kernel, kernel) or NULL
                               float *db,       // (out) or NULL
                               const float *dy, // (n, out, oh, ow)
                               const float *x,  // (n, in, height, width)
                               const float *W,  // (in, out, kernel, kernel)
                               int n, const ConvShape *shape, float *workspace);

#endif
