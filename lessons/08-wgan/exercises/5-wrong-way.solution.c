void play(float *w, float *g, float real, float lr, float clip) {
    // L_D = D(g) - D(real) = w g - w real
    float dw = *g - real;
    *w -= lr * dw;
    *w = *w > clip ? clip : *w < -clip ? -clip : *w;

    // L_G = -D(g) = -w g
    float dg = -*w;
    *g -= lr * dg;
}
