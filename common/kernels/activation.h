/*
# Activations

Two dense layers in a row are one dense layer: $W_2(W_1 x + b_1) + b_2 = (W_2 W_1) x + (W_2 b_1 + b_2)$. A second layer
adds something only if between the two stands a function that is not linear, an *activation*. It acts on each number by
itself, and many functions will do. What matters in practice is its slope, because the backward pass multiplies by that
slope at each layer. Where it is near 0, far from 0 on the axis of sigmoid and tanh, the unit is *saturated*; and a
product of many factors below one is a *vanishing gradient* ([lesson 2](02-backprop.html) measures both).

| name | $y = f(x)$ | slope, from the output | range of the slope |
|---|---|---|---|
| sigmoid | $1 / (1 + e^{-x})$ | $y (1 - y)$ | $(0, 1/4]$ |
| tanh | $\tanh x$ | $1 - y^2$ | $(0, 1]$ |
| ReLU | $\max(x, 0)$ | 1 if $y > 0$, else 0 | $\{0, 1\}$ |
| leaky ReLU | $x$ if $x > 0$, else $a x$ | 1 if $y > 0$, else $a$ | $\{a, 1\}$ |

Each slope can be written with the *output* alone. So the backward pass needs $y$ and can forget $x$.
*/

#ifndef ACTIVATION_H
#define ACTIVATION_H

#include <stddef.h>

// All on n numbers; y may be x, and dx may be dy. dx is overwritten. Backward takes the output y.
void sigmoid_forward(float *y, const float *x, size_t n);
void sigmoid_backward(float *dx, const float *dy, const float *y, size_t n);
void tanh_forward(float *y, const float *x, size_t n);
void tanh_backward(float *dx, const float *dy, const float *y, size_t n);
void relu_forward(float *y, const float *x, size_t n);
void relu_backward(float *dx, const float *dy, const float *y, size_t n);

// 0 <= slope < 1: the slope for negative x. At x = 0 the slope counts as the negative side's.
void leaky_relu_forward(float *y, const float *x, float slope, size_t n);
void leaky_relu_backward(float *dx, const float *dy, const float *y, float slope, size_t n);

// Rows of numbers become rows of probabilities: p_k = exp(x_k) / Σ_j exp(x_j). No overflow for any
// finite x.
void softmax_forward(float *p,       // (n, classes), may be x
                     const float *x, // (n, classes)
                     int n, int classes);

#endif
