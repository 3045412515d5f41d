double r1(float *dw, float *dq, const float *w, const float *q, const float *real, float gamma,
          int n, int d) {
    double sum = 0.0;
    for (int j = 0; j < d; j++) {
        dw[j] = dq[j] = 0.0f;
        for (int i = 0; i < n; i++) {
            float g = w[j] + q[j] * real[i * d + j];
            dw[j] += gamma / (float)n * g;
            dq[j] += gamma / (float)n * g * real[i * d + j];
            sum += (double)g * g;
        }
    }
    return gamma / 2.0 * sum / n;
}
