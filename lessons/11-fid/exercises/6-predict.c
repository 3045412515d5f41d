// Predict, then run: six damages, "noise", "salt", "blur", "swirl", "shift" and "missing", from the
// smallest Frechet distance to the largest. Write the names in your order. Then: make lesson-11

#include "6-predict.h"

const Order prediction = { { "?", "?", "?", "?", "?", "?" } };
