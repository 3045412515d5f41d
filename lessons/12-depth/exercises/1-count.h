// A convolution, padded so that a stride of 1 keeps the picture's size.

#include <stdbool.h>

typedef struct {
    int in, out, kernel, stride;
    bool bias;
} Conv;
