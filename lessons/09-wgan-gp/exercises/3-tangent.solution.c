void dense_tangent(float *da, const float *dx, const float *W, const float *b, int in, int out) {
    (void)b; // a constant does not move
    for (int o = 0; o < out; o++) {
        da[o] = 0.0f;
        for (int i = 0; i < in; i++) {
            da[o] += W[o * in + i] * dx[i];
        }
    }
}

void leaky_tangent(float *dh, const float *da, const float *a, float alpha, int n) {
    for (int i = 0; i < n; i++) {
        dh[i] = (a[i] > 0.0f ? 1.0f : alpha) * da[i];
    }
}
