#include "perceptron.h"

// No line does better than margins of 0: (1/2) (0 - t)^2 and log 2.
const double xor_squared_loss = 0.5;
const double xor_logistic_loss = 0.693;

const int widest_margin = HINGE;   // it wants a margin of 1 from every point
const int most_swing = PERCEPTRON; // a step of full size for each mistake
