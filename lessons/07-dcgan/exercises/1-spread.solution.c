void spread(float *y, const float *x, const float *w, int n, int k, int stride, int pad) {
    int length = (n - 1) * stride - 2 * pad + k;
    for (int i = 0; i < length; i++) {
        y[i] = 0.0f;
    }
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < k; j++) {
            int at = i * stride + j - pad;
            if (at >= 0 && at < length) {
                y[at] += x[i] * w[j];
            }
        }
    }
}
