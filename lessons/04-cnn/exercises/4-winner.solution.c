void max_pool_backward(float *dx, const float *dy, const float *x, int n, int m, int k,
                       int stride) {
    for (int i = 0; i < n; i++) {
        dx[i] = 0.0f;
    }
    for (int o = 0; o < m; o++) {
        int best = o * stride;
        for (int i = o * stride; i < o * stride + k; i++) {
            best = x[i] > x[best] ? i : best;
        }
        dx[best] += dy[o];
    }
}
