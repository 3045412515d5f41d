int step(float *w, float *b, const float *x, float t, int d) {
    float s = *b;
    for (int i = 0; i < d; i++) {
        s += w[i] * x[i];
    }
    if (t * s > 0.0f) {
        return 0;
    }
    for (int i = 0; i < d; i++) {
        w[i] += t * x[i];
    }
    *b += t;
    return 1;
}
