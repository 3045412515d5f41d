// What the reference run has.

#include "7-bias.h"

const Prediction prediction = { .bias_30 = 3.0f, .bias_100 = 5.0f, .plain_20 = 0.13f };
