void fill_columns(float *C, const float *x, int n, int k) {
    int m = n - k + 1;
    for (int i = 0; i < k; i++) {
        for (int j = 0; j < m; j++) {
            C[i * m + j] = x[i + j];
        }
    }
}

void add_columns(float *dx, const float *dC, int n, int k) {
    int m = n - k + 1;
    for (int t = 0; t < n; t++) {
        dx[t] = 0.0f;
    }
    for (int i = 0; i < k; i++) {
        for (int j = 0; j < m; j++) {
            dx[i + j] += dC[i * m + j];
        }
    }
}
