int learn_averaged(float *mean, const float *x, const float *t, int n, int d, int epochs) {
    float w[17] = { 0 }; // the bias last
    int mistakes = 0;
    for (int i = 0; i <= d; i++) {
        mean[i] = 0.0f;
    }
    for (int m = 0; m < epochs * n; m++) {
        const float *example = x + m % n * d;
        float s = w[d], truth = t[m % n];
        for (int i = 0; i < d; i++) {
            s += w[i] * example[i];
        }
        if (truth * s <= 0.0f) {
            for (int i = 0; i < d; i++) {
                w[i] += truth * example[i];
            }
            w[d] += truth;
            mistakes++;
        }
        for (int i = 0; i <= d; i++) {
            mean[i] += w[i] / (float)(epochs * n);
        }
    }
    return mistakes;
}
