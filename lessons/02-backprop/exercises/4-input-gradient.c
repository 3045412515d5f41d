// The gradient of the inputs: dX = dA W1.
//
// Given: da (n, hidden) and W1 (hidden, in); the weight from input i to hidden neuron j is W1[j *
// in + i]. To write: dx (n, in), which is overwritten.

void input_gradient(float *dx, const float *da, const float *W1, int n, int in, int hidden) {
    (void)dx, (void)da, (void)W1, (void)n, (void)in, (void)hidden;
}
