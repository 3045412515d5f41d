// What the reference run has.

#include "5-predict.h"

const Prediction prediction = { .power = -3.1f, .lstm = 2.34f, .mixture = 2.0f };
