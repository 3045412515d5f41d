// The averaged perceptron. Learn with the perceptron's step, from weights of 0, through the n
// examples in their order, `epochs` times:
//
//     if t (w.x + b) <= 0:     w <- w + t x,     b <- b + t
//
// Behind each example (whether there was a step or not) the weights are added to a sum. Write the
// mean weights to mean[0] ... mean[d - 1] and the mean bias to mean[d], and return the number of
// mistakes. x (n, d), t (n); d is at most 16.

int learn_averaged(float *mean, const float *x, const float *t, int n, int d, int epochs) {
    (void)mean, (void)x, (void)t, (void)n, (void)d, (void)epochs;
    return 0;
}
