// Predict, then run. Three shares from 0 to 1; 0 means that it is still open. Then: make lesson-15

#include "3-forgotten.h"

const Prediction prediction = { .with = 0.0f, .without = 0.0f, .one = 0.0f };
