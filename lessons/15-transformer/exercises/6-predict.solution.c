// What the reference run has.

#include "6-predict.h"

const Prediction prediction = { .no_positions = 3.72f, .no_skips = 4.1f, .context_16 = 3.1f };
