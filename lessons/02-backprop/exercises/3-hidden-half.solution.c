void hidden_half(float *dW1, float *db1, const float *ds, const float *W2, const float *h,
                 const float *x, int n, int in, int hidden, int out) {
    for (int e = 0; e < n; e++) {
        for (int j = 0; j < hidden; j++) {
            float dh = 0.0f, y = h[e * hidden + j];
            for (int k = 0; k < out; k++) {
                dh += ds[e * out + k] * W2[k * hidden + j];
            }
            float da = dh * (1.0f - y * y);
            db1[j] += da;
            for (int i = 0; i < in; i++) {
                dW1[j * in + i] += da * x[e * in + i];
            }
        }
    }
}
