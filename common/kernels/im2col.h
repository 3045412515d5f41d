/*
# Windows as columns

A convolution slides a small window over a picture and, at each place, takes the weighted sum of what the window shows.
Written down as it is said, that is six or seven nested loops (lesson 4 has them), and they are slow: the innermost one
runs over the three or five numbers of a window's row, too few for vector instructions, and jumps to another row.

What if each window were written out once, as the column of a matrix? A picture of $C$ channels and a kernel of $k
\times k$ numbers per channel give columns of $C k^2$ numbers, one for each of the $A$ places at which the window
stops. A filter is then a row of as many weights, all $M$ filters together are a matrix, and the whole convolution is one
matrix product,

$$ \underset{M \times A}{Y} = \underset{M \times C k^2}{W} \;\; \underset{C k^2 \times A}{\mathrm{columns}(x)}, $$

the operation for which processors and libraries are built. The price is memory: if the window stops at every pixel, each
pixel is in $k^2$ windows and is copied as often. So only a piece of the matrix is ever written, one that fits the cache.

Here are the two functions that all convolutions of this course stand on: `im2col` copies windows into columns, and
`col2im` adds columns back to where they came from. They are linear, and each is the other's *adjoint* (its matrix is
the other's, transposed):

$$ \langle \mathrm{im2col}(x),\, c \rangle = \langle x,\, \mathrm{col2im}(c) \rangle
   \quad\text{for every picture } x \text{ and every matrix } c. $$

Why that is the property to ask for: the backward pass of any linear function $f$ is its adjoint. (If $x$ changes by
$\delta$, then $f(x)$ changes by $f(\delta)$ and the loss by $\langle f(\delta),\, dy \rangle = \langle \delta,\,
f^\top(dy) \rangle$, so that $dx = f^\top(dy)$.) So `col2im` is the backward pass of `im2col`, and the other way round.
*/

#ifndef IM2COL_H
#define IM2COL_H

#include <stddef.h>

// What a convolution is applied to, and how. Window position o covers, along each axis, the places
// o * stride + i * dilation - pad for i = 0 … kernel-1; places outside the picture count as 0. So
// stride is the way from one window to the next, pad the width of a border of zeros, and dilation
// the way from one number of a window to the next (1: side by side), all in pixels.
typedef struct {
    int in, height, width; // channels and size of the picture
    int out;               // channels of the result (filters); im2col and col2im do not ask
    int kernel, stride, pad, dilation;
} ConvShape;

// Window positions along an axis of `size` pixels; 0 if not even one window fits.
int conv_out(int size, const ConvShape *shape);

// Numbers of scratch memory (`planes`) that im2col and col2im work in, for n pictures at a time.
size_t im2col_planes(int n, const ConvShape *shape);

// Numbers that im2col may write (and col2im read) behind the end of the columns.
enum { IM2COL_SLACK = 16 };

// Writes the windows of `channels` channels, from `first` on, of n pictures x (n, in, height,
// width) as columns (channels * kernel * kernel, n * area), area being the window positions of a
// picture; a row begins `pitch` numbers after the one before. What lies between the rows, and
// IM2COL_SLACK numbers behind the last one, is overwritten. planes (im2col_planes) is scratch. Runs
// on the calling thread.
void im2col(float *columns, int pitch, float *planes, const float *x, int first, int channels,
            int n, const ConvShape *shape);

// The adjoint: dx (those channels of it) becomes, for each pixel, the sum of all places in columns
// that im2col would have copied it to; planes and the numbers behind the end (their values do not
// matter) as above. The first numbers of the channels behind them may be overwritten, so channels
// are asked for in ascending order.
void col2im(float *dx, float *planes, const float *columns, int pitch, int first, int channels,
            int n, const ConvShape *shape);

#endif
