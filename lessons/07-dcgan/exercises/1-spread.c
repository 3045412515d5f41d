// A transposed convolution in one dimension: y[s i + j - p] += x[i] w[j], for all i < n and j < k;
// places outside of y are dropped. y has (n - 1) stride - 2 pad + k numbers, and is overwritten.

void spread(float *y, const float *x, const float *w, int n, int k, int stride, int pad) {
    (void)y, (void)x, (void)w, (void)n, (void)k, (void)stride, (void)pad;
}
