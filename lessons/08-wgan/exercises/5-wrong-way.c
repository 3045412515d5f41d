// Find the fault. One round of a Wasserstein GAN with one number: the critic D(x) = w x takes a
// step and is clipped to [-clip, clip]; then the generator, which makes the number g, takes one.
// The real data are at `real`. From g = 0 the generator should walk to real = 3, and it walks away.
// Mend the fault, and leave all else as it is.

void play(float *w, float *g, float real, float lr, float clip) {
    // L_D = D(g) - D(real) = w g - w real
    float dw = *g - real;
    *w -= lr * dw;
    *w = *w > clip ? clip : *w < -clip ? -clip : *w;

    // L_G = -D(g) = -w g
    float dg = *w;
    *g -= lr * dg;
}
