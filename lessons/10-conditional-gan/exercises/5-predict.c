// Predict, then run: the share of samples that the judge takes for the class that was asked for, if
// the discriminator sees the labels, and if it does not. Write both. Then: make lesson-10

#include "5-predict.h"

const Prediction prediction = { .seeing = -1.0f, .blind = -1.0f };
