// Predict, then run. The ring: the mean gradient norm of the critic at the end of the games with
// lambda = 0.1 and lambda = 1, and how many of the eight modes the game with clipping finds. Write
// your three numbers. Then: make lesson-9 ARGS="--part plane"

#include "6-predict.h"

const Prediction prediction = { .norm_light = 0.0f, .norm_heavy = 0.0f, .modes_clipped = -1 };
