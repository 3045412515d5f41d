#ifndef CNN_H
#define CNN_H

#include "kernels/im2col.h"

// Convolution as it is said, in seven loops. Shapes as in the chapter on convolution.
void loops_forward(float *y, const float *x, const float *W, const float *b, int n,
                   const ConvShape *shape);
void loops_backward(float *dx, float *dW, float *db, const float *dy, const float *x,
                    const float *W, int n, const ConvShape *shape); // dx, dW, db may be NULL

#endif
