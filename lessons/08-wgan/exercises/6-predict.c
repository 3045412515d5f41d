// Predict, then run: the five games of the lesson's ring, from the smallest earth mover's distance
// at the end to the largest. The names: "default" (nothing changed), "tight" (weights within 0.01
// instead of 0.1, and a tenth of the learning rate), "one-step" (one step of the critic instead of
// five), "adam" (Adam, beta1 = 0), "momentum" (Adam, beta1 = 0.9).
//
// Write the five names in your order. Then: make lesson-8 ARGS="--part plane"

#include "6-predict.h"

const Order prediction = { { "?", "?", "?", "?", "?" } };
