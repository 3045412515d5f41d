/*
# Convolution

A dense layer has a weight for each pixel of the picture and knows nothing of neighbourhood: shift a shirt by one
pixel, and other weights see it. But what makes a collar a collar does not depend on where it is. So let one small set
of weights, a *filter*, look at every place in turn, and report how much it sees of what it looks for. Its answers,
one per place, form a picture again. That is a convolution: few weights, shared by all places, and a shifted shirt gives
a shifted answer.

For a picture $x$ of $C$ channels and filters $W_m$ of $C \times k \times k$ weights, with stride $s$, padding $p$ and
dilation $d$:

$$ y_{m,o,q} = b_m + \sum_{c=1}^{C} \sum_{i=0}^{k-1} \sum_{j=0}^{k-1}
   W_{m,c,i,j}\; x_{c,\; o s + i d - p,\; q s + j d - p}\,, $$

where $x$ counts as 0 outside of the picture. (A mathematician would call it a correlation, and turn the filter around
for a convolution. The weights are learned, so it does not matter which; all libraries do it this way.)

Lesson 4 has this formula as loops. Here it is the fast version, made of [windows as columns](im2col.html) and
[matrix products](product.html), and a test holds the two equal. Filters of 3 × 3 with stride 1, between many channels,
are computed in [another way](winograd.html) that multiplies less.
*/

#ifndef CONV2D_H
#define CONV2D_H

#include "kernels/im2col.h"

// Numbers of scratch memory that the functions below need, whatever the number of threads. The
// shape must have sizes of at least 1, and room for at least one window.
size_t conv2d_workspace(const ConvShape *shape);

// y = conv(x, W) + b for n pictures; b may be NULL: no bias.
void conv2d_forward(float *y,       // (n, out, conv_out(height), conv_out(width))
                    const float *x, // (n, in, height, width)
                    const float *W, // (out, in, kernel, kernel)
                    const float *b, // (out) or NULL
                    int n, const ConvShape *shape, float *workspace);

// The gradient with respect to x: the adjoint of the forward pass without bias. dx is overwritten.
void conv2d_backward_data(float *dx,       // (n, in, height, width)
                          const float *dy, // (n, out, conv_out(height), conv_out(width))
                          const float *W,  // (out, in, kernel, kernel)
                          int n, const ConvShape *shape, float *workspace);

// Adds the gradient with respect to W to dW.
void conv2d_backward_weights(float *dW,       // (out, in, kernel, kernel)
                             const float *dy, // (n, out, conv_out(height), conv_out(width))
                             const float *x,  // (n, in, height, width)
                             int n, const ConvShape *shape, float *workspace);

// Adds the gradient with respect to a bias per channel to db: for each channel the sum of dy over
// all pictures and places.
void conv2d_backward_bias(float *db,       // (channels)
                          const float *dy, // (n, channels, area)
                          int n, int channels, int area);

#endif
