// The order of the reference run; another machine's may differ where two are close.

#include "6-predict.h"

const Order prediction = { { "one-step", "adam", "default", "tight", "momentum" } };
