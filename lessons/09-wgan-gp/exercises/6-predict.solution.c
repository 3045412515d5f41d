// What the reference run has.

#include "6-predict.h"

const Prediction prediction = { .norm_light = 1.32f, .norm_heavy = 1.0f, .modes_clipped = 6 };
