// Find the fault. A convolution in one dimension with `pad` zeros at each end: y (n + 2 pad - k + 1),
// x (n), w (k). Its feature maps have a bright frame. Mend it, and leave all else as it is.

void convolve(float *y, const float *x, const float *w, float b, int n, int k, int pad) {
    for (int o = 0; o < n + 2 * pad - k + 1; o++) {
        y[o] = b;
        for (int i = 0; i < k; i++) {
            int at = o + i - pad;
            at = at < 0 ? 0 : at;
            at = at >= n ? n - 1 : at;
            y[o] += w[i] * x[at];
        }
    }
}
