// What the reference run has.

#include "6-predict.h"

const Prediction prediction = { .minimax = 8, .collapse = 0, .vanish = 0, .ratio = 0.0017f };
