/*
# Pooling

A feature map of 28 × 28 numbers says where in a picture something was found, to the pixel. A classifier needs less:
the corner of a collar counts, a pixel further left or right does not. Pooling throws that precision away on purpose.
It lays a window over the map, makes one number of what it sees, and moves on by `stride`:

$$ y_{ij} = \max_{0 \le a, b < k} x_{is + a,\, js + b} \qquad \text{or} \qquad
   y_{ij} = \frac{1}{k^2} \sum_{0 \le a, b < k} x_{is + a,\, js + b}, $$

with window size $k$ and stride $s$. Max pooling asks whether the feature is present in the window, average pooling
how much of it there is. (Lesson 4 also shows the minimum and the L2 norm.) Each channel is pooled by itself, nothing is learned, and there are no parameters. With
$k = s = 2$ the next layer has a quarter of the numbers to work on, and each of them stands for a piece of the picture
that is twice as wide and twice as high.

How many windows fit? The first begins at 0, the last at $(m - 1) s$, and it must end by the edge:
$(m - 1) s + k \le \text{size}$. So

$$ m = \left\lfloor \frac{\text{size} - k}{s} \right\rfloor + 1. $$

Rows and columns at the end that fill no window are left out, as in PyTorch: of 7 rows with $k = s = 2$ the last is
never looked at.

Max pooling may begin with windows that reach over the edge, by `pad` rows and columns. There is nothing beyond the edge, not even
zeros: such a window takes the largest of the numbers that it does see. With $k = 3$, $s = 1$ and a pad of 1 the map keeps its size.
*/

#ifndef POOL_H
#define POOL_H

// Input (n, channels, height, width), output (n, channels, oh, ow), where oh and ow are pool_out of
// height + 2 pad and width + 2 pad.
typedef struct {
    int channels, height, width;
    int kernel, stride; // a window of kernel × kernel every `stride` rows and columns; at least 1
    int pad;            // max pooling: the first window begins so far outside; at most kernel / 2
} PoolShape;

// How many windows fit into `size`. Refuses a kernel larger than size.
int pool_out(int size, int kernel, int stride);

// The largest of each window. Of equals the first, row by row; a NaN wins over any number.
void max_pool2d_forward(float *y,       // (n, channels, oh, ow)
                        int *winner,    // (n, channels, oh, ow), kept for the backward pass: where
                                        // in its plane the largest stands, row * width + column
                        const float *x, // (n, channels, height, width)
                        int n, const PoolShape *shape);

// Overwrites dx (n, channels, height, width) with the gradient from dy (n, channels, oh, ow).
void max_pool2d_backward(float *dx, const float *dy, const int *winner, int n,
                         const PoolShape *shape);

// A direction v of the input (n, channels, height, width), seen in the output: t (n, channels, oh, ow)
// is what v has at the winners of the forward pass. The mirror of the backward pass.
void max_pool2d_tangent(float *t, const float *v, const int *winner, int n, const PoolShape *shape);

// The mean of each window. Shapes as above.
void avg_pool2d_forward(float *y, const float *x, int n, const PoolShape *shape);
void avg_pool2d_backward(float *dx, const float *dy, int n, const PoolShape *shape);

#endif
