void block_backward(float *dx, const float *dy, const float *x, const float *W1, const float *W2,
                    int d, int h) {
    for (int i = 0; i < d; i++) {
        dx[i] = dy[i]; // along the skip
    }
    for (int k = 0; k < h; k++) {
        float s = 0.0f, da = 0.0f;
        for (int i = 0; i < d; i++) {
            s += W1[k * d + i] * x[i];
            da += W2[i * h + k] * dy[i];
        }
        for (int i = 0; i < d; i++) {
            dx[i] += s > 0.0f ? da * W1[k * d + i] : 0.0f;
        }
    }
}
