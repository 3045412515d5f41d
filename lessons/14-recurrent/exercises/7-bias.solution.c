// What the reference run has.

#include "7-bias.h"

const Prediction prediction = { .bias_30 = 3.0f, .input_100 = -3.0f, .plain_20 = 0.13f };
