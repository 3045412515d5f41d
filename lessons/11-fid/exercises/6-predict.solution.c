// The order of the reference run.

#include "6-predict.h"

const Order prediction = { { "salt", "noise", "shift", "missing", "swirl", "blur" } };
