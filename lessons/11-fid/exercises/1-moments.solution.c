void moments(double *m, double *C, const float *x, int n, int d) {
    for (int j = 0; j < d; j++) {
        m[j] = 0.0;
        for (int i = 0; i < n; i++) {
            m[j] += x[i * d + j] / (double)n;
        }
    }
    for (int j = 0; j < d; j++) {
        for (int k = 0; k < d; k++) {
            double sum = 0.0;
            for (int i = 0; i < n; i++) {
                sum += (x[i * d + j] - m[j]) * (x[i * d + k] - m[k]);
            }
            C[j * d + k] = sum / (n - 1);
        }
    }
}
