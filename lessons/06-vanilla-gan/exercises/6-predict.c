// Predict, then run: how many of eight modes each of three games covers (minimax, collapse, vanish),
// and by what factor the generator's gradient norm under the minimax loss is that under the
// non-saturating one when the discriminator is 400 steps ahead. Write your four numbers in place of
// the -1. Then: make lesson-6

#include "6-predict.h"

const Prediction prediction = { .minimax = -1, .collapse = -1, .vanish = -1, .ratio = -1.0f };
