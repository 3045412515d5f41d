/*
# The dense layer

A layer of neurons, each connected to every input: output $o$ is the weighted sum $y_o = \sum_i W_{oi} x_i + b_o$. For
a batch of $n$ examples, stacked as the rows of a matrix $X$, all of it is one product, with $b$ added to each row:

$$ \underset{n \times \text{out}}{Y} = \underset{n \times \text{in}}{X} \,
   \underset{\text{in} \times \text{out}}{W^\top} + b. $$

What must the layer do in the backward pass? The layer after it knows how the loss changes with each output $y_{eo}$
of each example $e$; call that matrix $dY$, of the same shape as $Y$. This layer must turn it into three gradients:
with respect to its weights, its bias, and its input.
*/

#ifndef DENSE_H
#define DENSE_H

// y = x·Wᵀ + b for n examples. b may be NULL: no bias.
void dense_forward(float *y,       // (n, out)
                   const float *x, // (n, in)
                   const float *W, // (out, in)
                   const float *b, // (out) or NULL
                   int n, int in, int out);

// The same, but the bytes of a row do not depend on the other rows, nor on their number; slower for
// many rows.
void dense_forward_by_row(float *y, const float *x, const float *W, const float *b, int n, int in,
                          int out);

// Gradients from dy. dx is overwritten; dW and db are added to. Each may be NULL: not wanted.
void dense_backward(float *dx,       // (n, in) or NULL
                    float *dW,       // (out, in) or NULL
                    float *db,       // (out) or NULL
                    const float *dy, // (n, out)
                    const float *x,  // (n, in), as it was in the forward pass
                    const float *W,  // (out, in)
                    int n, int in, int out);

#endif
