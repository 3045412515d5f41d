// Predict, then run. Write your predictions here, then make lesson-3, then ask again.

#include "nn/optimizer.h"

#include <math.h>

// Who ends with the highest validation loss after five epochs: SGD, MOMENTUM, NESTEROV, ADAGRAD,
// RMSPROP, ADAM or ADAMW? And with which schedule does Adam: CONSTANT, STEP_DECAY, LINEAR_DECAY
// or COSINE? What stands here is no prediction.
const int slowest_method = OPTIMIZER_KINDS;
const int worst_schedule = SCHEDULES;

// The length of Adam's weights with L2, divided by their length with weight decay.
const double l2_over_decay = NAN;
