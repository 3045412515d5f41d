// Predict, then run: the growth of the gradient on its way back, at the first step. Put the four names
// plain_10, plain_18, plain_34 and residual_34 in order, the smallest growth first. Then: make lesson-12

const char *const order[4] = { "?", "?", "?", "?" };
