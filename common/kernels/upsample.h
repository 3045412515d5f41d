/*
# Upsampling

A classifier makes pictures smaller, layer by layer, until one number is left. A generator goes the other way: from a
few numbers to a picture. The plainest way to make a map larger is to repeat each number $s$ times across and $s$
times down:

$$ y_{ij} = x_{\lfloor i / s \rfloor,\, \lfloor j / s \rfloor}, \qquad
   \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix} \;\longrightarrow\;
   \begin{pmatrix} 1 & 1 & 2 & 2 \\ 1 & 1 & 2 & 2 \\ 3 & 3 & 4 & 4 \\ 3 & 3 & 4 & 4 \end{pmatrix}. $$

Each output takes its value from the nearest input, hence *nearest neighbour*. The blocks look coarse; a convolution
after it smooths them. Lesson 7 compares this pair with the transposed convolution, which does both at once.
*/

#ifndef UPSAMPLE_H
#define UPSAMPLE_H

// scale >= 1; scale 1 is a copy.
void upsample_forward(float *y,       // (n, channels, height * scale, width * scale)
                      const float *x, // (n, channels, height, width)
                      int n, int channels, int height, int width, int scale);

// height and width are those of the small dx, which is overwritten.
void upsample_backward(float *dx,       // (n, channels, height, width)
                       const float *dy, // (n, channels, height * scale, width * scale)
                       int n, int channels, int height, int width, int scale);

#endif
