// Count the parameters and the multiplications of a stack of n convolutions on a picture of side × side.
// A convolution works at the size of its output: side / stride, rounded up. Adding a bias is no
// multiplication.

#include "1-count.h"

void count(long *parameters, long *multiplications, const Conv *conv, int n, int side) {
    (void)conv, (void)n, (void)side;
    *parameters = 0;
    *multiplications = 0;
}
