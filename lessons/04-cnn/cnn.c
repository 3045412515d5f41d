/*
# Lesson 4: Convolution

The network of lesson 2 names 88 of 100 pictures correctly, and it does not know what a picture is. Shuffle the 784
pixels of all training and test images with one fixed permutation: to us they become noise, and the network learns
them as well as before. It has a weight for each pixel and each neuron, and nothing in it says that two pixels are
neighbours. A neuron that has learned what a seam looks like at the left shoulder knows nothing of seams at the right
one. When a shirt is moved by two pixels, every weight sees something else.

**What would a network look like that knows what a picture is?** Two assumptions are enough. What matters at a place
can be told from its *neighbourhood*, and what is worth looking for is *the same everywhere*. A layer that is built on
the two is a convolution.

![A kernel of 2 × 2 weights lies on a picture of 3 × 4 pixels, dark on the left and light on the right. At the first
place the sum of the products is 0; one pixel further, over the edge, it is 2.](diagrams/kernel.svg)

In this lesson we write a convolution and its backward pass as seven nested loops, and see how a matrix product does
the same sums in a fraction of the time. We build LeNet-5, a network that read cheques in the 1990s, and compare it
with a network without convolutions that has as many parameters. Trained on too few pictures it learns them by heart;
we look at what helps. In the end we look inside, at what its filters look for, what it sees, and what it gets wrong.

    make lesson-4
    make lesson-4 ARGS="--images 6000" RUN=tenth
    make compare RUNS="04-cnn/default 04-cnn/tenth" COLS="valid_loss valid_accuracy"
*/

#include "cnn.h"

#include <string.h>

/*
## A small window that goes everywhere

In the figure the picture has 3 × 4 pixels, and the *kernel* 2 × 2 weights. Lay the kernel on the upper left corner of
the picture, multiply what lies on top of each other, and add: $-1 \cdot 0 + 1 \cdot 0 - 1 \cdot 0 + 1 \cdot 0 = 0$.
Move it one pixel to the right: $-0 + 1 - 0 + 1 = 2$. And so on, at all six places. Four weights have found the edge,
and would have found it anywhere else.

A layer has more of everything. The picture has $C$ *channels* (three for colours, one for grey, six if it is the
output of a layer with six filters), a *filter* has a $k \times k$ kernel for each of them, whose results are added,
and there are $M$ filters, each with a bias, which make $M$ *feature maps*, the channels of the output. For example
$e$ of a batch, filter $m$, at row $o$ and column $q$:

$$ \underset{n \times M \times H' \times W'}{y_{e,m,o,q}} = b_m + \sum_{c=1}^{C} \sum_{i=0}^{k-1} \sum_{j=0}^{k-1}
   \underset{M \times C \times k \times k}{W_{m,c,i,j}}\;\;
   \underset{n \times C \times H \times W}{x_{e,\, c,\; o s + i d - p,\; q s + j d - p}} $$

The number under each letter is its shape: a batch of $n$ pictures with $C$ channels of $H \times W$ pixels goes in,
and $n$ times $M$ maps of $H' \times W'$ come out. Three numbers in the indices are choices. The **stride** $s$ is how
far the window moves from one place to the next: with 2 the output has half the height and width. The **padding** $p$
is a border of zeros around the picture. The **dilation** $d$ pulls the window apart: with 2 it looks at every second
pixel, and sees as far as a window of nearly twice its size with no more weights. How many places there are follows by
counting (see [windows](im2col.html)):

$$ H' = \left\lfloor \frac{H + 2p - d (k - 1) - 1}{s} \right\rfloor + 1. $$

A picture of 28 pixels, a kernel of 5, no padding and a stride of 1 give 24 places.

A kernel of **1 × 1** sees no neighbourhood at all. It is a dense layer that is applied to the channels of each pixel
by itself: it mixes feature maps, and changes their number cheaply.

## In seven loops

The formula has seven indices: $e, m, o, q$ say which output, $c, i, j$ which product. Here it is, index by index.
(The pointers to arrays at the top only tell the compiler the shapes, so that an element is written as in the
formula.) Pixels outside the picture are zeros, and are left out.
*/

void loops_forward(float *to, const float *from, const float *weights, const float *b, int n,
                   const ConvShape *s) {
    int rows = conv_out(s->height, s), cols = conv_out(s->width, s), k = s->kernel;
    float(*y)[s->out][rows][cols] = (void *)to;
    const float(*x)[s->in][s->height][s->width] = (void *)from;
    const float(*W)[s->in][k][k] = (void *)weights;
    for (int e = 0; e < n; e++) {
        for (int m = 0; m < s->out; m++) {
            for (int o = 0; o < rows; o++) {
                for (int q = 0; q < cols; q++) {
                    float sum = b[m];
                    for (int c = 0; c < s->in; c++) {
                        for (int i = 0; i < k; i++) {
                            for (int j = 0; j < k; j++) {
                                int row = o * s->stride + i * s->dilation - s->pad;
                                int col = q * s->stride + j * s->dilation - s->pad;
                                if (row >= 0 && row < s->height && col >= 0 && col < s->width) {
                                    sum += W[m][c][i][j] * x[e][c][row][col];
                                }
                            }
                        }
                    }
                    y[e][m][o][q] = sum;
                }
            }
        }
    }
}

/*
## Backward

Each output is a sum of products of a weight and a pixel, and the loss reaches us as $dy$, one number for each output.
A product has two factors, and the gradient of each is $dy$ times the other one:

$$ \frac{\partial y_{e,m,o,q}}{\partial W_{m,c,i,j}} = x_{e,c,\mathrm{row},\mathrm{col}}, \qquad
   \frac{\partial y_{e,m,o,q}}{\partial x_{e,c,\mathrm{row},\mathrm{col}}} = W_{m,c,i,j}, \qquad
   \frac{\partial y_{e,m,o,q}}{\partial b_m} = 1, $$

with row $= os + id - p$ and col $= qs + jd - p$. A weight takes part in one product at every place of every picture,
and a pixel in one for every window that covers it and every filter. Their gradients add up. So

$$ dW_{m,c,i,j} = \sum_{e,o,q} dy_{e,m,o,q}\; x_{e,c,\mathrm{row},\mathrm{col}}, \qquad
   db_m = \sum_{e,o,q} dy_{e,m,o,q}, $$

$$ dx_{e,c,u,v} = \sum_{\substack{m,o,q,i,j:\\ \mathrm{row} = u,\, \mathrm{col} = v}} dy_{e,m,o,q}\; W_{m,c,i,j}. $$

The last sum asks for all windows that cover a pixel. There is no need to look for them. We visit all products of the
forward pass once more, in the same seven loops, and add for each what it contributes.
*/

void loops_backward(float *dx_to, float *dW_to, float *db, const float *dy_from, const float *from,
                    const float *weights, int n, const ConvShape *s) {
    int rows = conv_out(s->height, s), cols = conv_out(s->width, s), k = s->kernel;
    float(*dx)[s->in][s->height][s->width] = (void *)dx_to;
    float(*dW)[s->in][k][k] = (void *)dW_to;
    const float(*dy)[s->out][rows][cols] = (void *)dy_from;
    const float(*x)[s->in][s->height][s->width] = (void *)from;
    const float(*W)[s->in][k][k] = (void *)weights;
    if (dx) {
        memset(dx, 0, (size_t)n * sizeof *dx);
    }
    for (int e = 0; e < n; e++) {
        for (int m = 0; m < s->out; m++) {
            for (int o = 0; o < rows; o++) {
                for (int q = 0; q < cols; q++) {
                    float slope = dy[e][m][o][q];
                    if (db) {
                        db[m] += slope;
                    }
                    for (int c = 0; c < s->in; c++) {
                        for (int i = 0; i < k; i++) {
                            for (int j = 0; j < k; j++) {
                                int row = o * s->stride + i * s->dilation - s->pad;
                                int col = q * s->stride + j * s->dilation - s->pad;
                                if (row < 0 || row >= s->height || col < 0 || col >= s->width) {
                                    continue;
                                }
                                if (dW) {
                                    dW[m][c][i][j] += slope * x[e][c][row][col];
                                }
                                if (dx) {
                                    dx[e][c][row][col] += slope * W[m][c][i][j];
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/*
These two functions are the specification. The fast [convolution](conv2d.html) of the library has to agree with them at
every stride, padding, dilation and size; a test compares them.
*/
