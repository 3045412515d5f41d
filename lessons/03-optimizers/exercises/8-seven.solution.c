#include "nn/optimizer.h"

const int slowest_method = SGD;      // it remembers nothing
const int worst_schedule = CONSTANT; // long steps where short ones are needed
const double l2_over_decay = 0.4;    // the penalty is divided by a root far below 1
