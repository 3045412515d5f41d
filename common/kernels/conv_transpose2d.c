#include "kernels/conv_transpose2d.h"
#include "kernels/conv2d.h"

/*
## Nothing new to compute

Turn the layer around and it is a [convolution](conv2d.html), from the large picture to the small one. Call that the
*mirror*: its input is our output.

| transposed convolution | its mirror, a convolution |
|---|---|
| forward, $x \to y$ | backward to the input |
| backward to the input, $dy \to dx$ | forward |
| backward to the weights, from $dy$ and $x$ | backward to the weights, from $x$ (in the place of $dY$) and $dy$ (in the place of the input) |

The third row follows from the first two: in $\langle \mathrm{conv}(u), v \rangle$ a weight multiplies a number of $u$
and a number of $v$, and it makes no difference which of the two is called the gradient.

The size follows from the mirror, too. A window of stride $s$ that stops at $h$ places covers $(h - 1) s + d (k - 1) +
1$ pixels, of which $2p$ are padding. (With stride 2 two sizes of the large picture lead to the same small one; this is
the smaller. PyTorch has `output_padding` for the other, and we have no use for it.)
*/

int conv_transpose_out(int size, const ConvShape *s) {
    return (size - 1) * s->stride - 2 * s->pad + s->dilation * (s->kernel - 1) + 1;
}

static ConvShape mirror_of(const ConvShape *s) {
    ConvShape mirror = *s;
    mirror.in = s->out;
    mirror.out = s->in;
    mirror.height = conv_transpose_out(s->height, s);
    mirror.width = conv_transpose_out(s->width, s);
    return mirror;
}

size_t conv_transpose2d_workspace(const ConvShape *s) {
    ConvShape mirror = mirror_of(s);
    return conv2d_workspace(&mirror);
}

void conv_transpose2d_forward(float *y, const float *x, const float *W, const float *b, int n,
                              const ConvShape *s, float *workspace) {
    ConvShape mirror = mirror_of(s);
    conv2d_backward_data(y, x, W, n, &mirror, workspace);
    if (b) {
        int area = mirror.height * mirror.width;
#pragma omp parallel for schedule(static)
        for (int plane = 0; plane < n * s->out; plane++) {
            for (int a = 0; a < area; a++) {
                y[(long)plane * area + a] += b[plane % s->out];
            }
        }
    }
}

void conv_transpose2d_backward(float *dx, float *dW, float *db, const float *dy, const float *x,
                               const float *W, int n, const ConvShape *s, float *workspace) {
    ConvShape mirror = mirror_of(s);
    if (dx) {
        conv2d_forward(dx, dy, W, NULL, n, &mirror, workspace);
    }
    if (dW) {
        conv2d_backward_weights(dW, x, dy, n, &mirror, workspace);
    }
    if (db) {
        conv2d_backward_bias(db, dy, n, s->out, mirror.height * mirror.width);
    }
}
