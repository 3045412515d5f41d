/*
## The same sum in another order

The seven loops are slow. The innermost one runs over the five pixels of a window's row, with a question about the
border at each, then jumps to another row. A processor is fast at doing the same thing to a long row of numbers that
lie side by side, and the way to such rows is to exchange loops. The sum in the formula runs over $c, i, j$; let one
index $r$ count all combinations of the three, and one index $a$ all places $(o, q)$. Then

$$ \underset{M \times A}{y_{m,a}} = b_m + \sum_{r} W_{m,r}\; \mathrm{columns}_{r,a}, \qquad
   \underset{C k^2 \times A}{\mathrm{columns}_{r,a}} = x_{c,\; o s + i d - p,\; q s + j d - p}, $$

a matrix product.

![Each window of 2 × 2 pixels becomes a column of a matrix with four rows and six columns. A filter is a row of four
weights. The product of the two matrices has a row for each filter and a column for each place.](diagrams/columns.svg)

The matrix `columns` holds each window of the picture as one of its columns, zeros at the border included. This way is called
*im2col*, from image to columns. It is the same sum of the same products, and each output adds them in the same order. Only the
loop over the places has moved from the outside to the inside, where it is long (784 places in LeNet's first layer) and asks no
questions.
*/

#include "acts.h"
#include "base/die.h"

#include <stdlib.h>

static void fill_columns(float *columns, const float *from, const ConvShape *s) {
    int rows = conv_out(s->height, s), cols = conv_out(s->width, s);
    const float(*x)[s->height][s->width] = (void *)from;
    for (int c = 0; c < s->in; c++) {
        for (int i = 0; i < s->kernel; i++) {
            for (int j = 0; j < s->kernel; j++) {
                for (int o = 0; o < rows; o++) {
                    for (int q = 0; q < cols; q++) {
                        int row = o * s->stride + i * s->dilation - s->pad;
                        int col = q * s->stride + j * s->dilation - s->pad;
                        bool inside = row >= 0 && row < s->height && col >= 0 && col < s->width;
                        *columns++ = inside ? x[c][row][col] : 0.0f;
                    }
                }
            }
        }
    }
}

// y (out, area) = W (out, depth) columns (depth, area) + b.
static void multiply(float *y, const float *W, const float *columns, const float *b, int out,
                     int depth, int area) {
    for (int m = 0; m < out; m++, y += area) {
        for (int a = 0; a < area; a++) {
            y[a] = b[m];
        }
        for (int r = 0; r < depth; r++) {
            float weight = W[m * depth + r];
            const float *row = columns + (long)r * area;
            for (int a = 0; a < area; a++) {
                y[a] += weight * row[a];
            }
        }
    }
}

void columns_forward(float *y, const float *x, const float *W, const float *b, int n,
                     const ConvShape *s) {
    int area = conv_out(s->height, s) * conv_out(s->width, s),
        depth = s->in * s->kernel * s->kernel;
    float *columns = alloc_floats((size_t)depth * (size_t)area);
    for (int e = 0; e < n; e++) {
        fill_columns(columns, x + (long)e * s->in * s->height * s->width, s);
        multiply(y + (long)e * s->out * area, W, columns, b, s->out, depth, area);
    }
    free(columns);
}

/*
And the backward pass? A matrix product is a dense layer, whose backward pass we know from lesson 2: $dW = dY\,
\mathrm{columns}^\top$ and $d\mathrm{columns} = W^\top dY$. The last step, from $d\mathrm{columns}$ to $dx$, adds each
number back to the pixel it was copied from. The chapters on [windows](im2col.html) and [convolution](conv2d.html) do
this, in pieces that stay in the processor's cache, on several threads, with a [matrix product](product.html) that is
made for such pieces.

![Milliseconds for the two convolutions of LeNet on a batch of 64, on a logarithmic axis, for seven loops, columns and
the library. Each is several times as fast as the one before. (The backward pass by columns is not written here.)](speed.svg)

Exchanging the loops makes the forward pass eighteen times as fast, on one thread and with nothing but plain C: the
compiler can now use vector instructions for the innermost loop. The library, on two threads, is as many times
faster again, and the whole, forward and backward, takes 141 ms in loops and 1.3 ms in the library. With the loops an epoch of
LeNet would spend two minutes in its convolutions. The two agree to a few parts in a million of the largest number;
what is left is rounding, since the library adds in another order.
*/
