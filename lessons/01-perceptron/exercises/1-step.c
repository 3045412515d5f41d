// One step of the perceptron on the example x (d) with the truth t, +1 or -1. The score is s =
// w.x + b. If t * s is not positive, that is a mistake:
//
//     w <- w + t x,     b <- b + t
//
// Return 1 after a mistake, 0 if the answer was right and nothing is to be changed. The weights
// are w[0] ... w[d - 1], the bias is *b.

int step(float *w, float *b, const float *x, float t, int d) {
    (void)w, (void)b, (void)x, (void)t, (void)d;
    return 0;
}
