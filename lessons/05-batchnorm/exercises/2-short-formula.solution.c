void backward(float *dx, const float *dy, const float *x_hat, float w, float sigma, int N) {
    double mean = 0.0, along = 0.0;
    for (int j = 0; j < N; j++) {
        mean += (double)dy[j] / N;
        along += (double)dy[j] * x_hat[j] / N;
    }
    for (int i = 0; i < N; i++) {
        dx[i] = (float)(w / sigma * (dy[i] - mean - x_hat[i] * along));
    }
}
