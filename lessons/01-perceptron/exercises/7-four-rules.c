// Predict, then run. Write your predictions here, then make lesson-1, then ask again. The rules
// are called PERCEPTRON, SQUARED, LOGISTIC and HINGE.

#include "perceptron.h"

#include <math.h>

// The mean loss at the end on XOR.
const double xor_squared_loss = NAN;
const double xor_logistic_loss = NAN;

// The rule whose line has the widest margin on the blobs, and the one whose validation error
// swings most on 2 against 4. RULES stands for no prediction.
const int widest_margin = RULES;
const int most_swing = RULES;
