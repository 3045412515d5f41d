// Predict, then run. Three numbers, from 0 up; 0 means that it is still open. Then: make lesson-13

#include "6-predict.h"

const Prediction prediction = { .shift_ratio = 0.0f, .upside_down = 0.0f, .head = 0.0f };
