// What the reference run has.

#include "5-predict.h"

const Prediction prediction = { .transposed = 91.0f,
                                .upsampled = 0.27f,
                                .straight_over_circle = 2.1f };
