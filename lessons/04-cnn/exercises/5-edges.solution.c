void convolve(float *y, const float *x, const float *w, float b, int n, int k, int pad) {
    for (int o = 0; o < n + 2 * pad - k + 1; o++) {
        y[o] = b;
        for (int i = 0; i < k; i++) {
            int at = o + i - pad;
            if (at >= 0 && at < n) {
                y[o] += w[i] * x[at];
            }
        }
    }
}
