// What the reference run has.

#include "6-predict.h"

const Prediction prediction = { .shift_ratio = 0.57f, .upside_down = 0.25f, .head = 0.67f };
