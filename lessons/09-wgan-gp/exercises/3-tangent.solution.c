void dense_tangent(float *dh, const float *dx, const float *W, const float *b, int in, int out) {
    (void)b; // a constant does not move
    for (int o = 0; o < out; o++) {
        dh[o] = 0.0f;
        for (int i = 0; i < in; i++) {
            dh[o] += W[o * in + i] * dx[i];
        }
    }
}

void leaky_tangent(float *da, const float *dh, const float *h, float alpha, int n) {
    for (int i = 0; i < n; i++) {
        da[i] = (h[i] > 0.0f ? 1.0f : alpha) * dh[i];
    }
}
