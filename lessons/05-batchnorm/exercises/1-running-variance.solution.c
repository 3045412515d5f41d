void update(float *running_mean, float *running_var, const float *x, int N, float m) {
    double mean = 0.0, squares = 0.0;
    for (int j = 0; j < N; j++) {
        mean += (double)x[j] / N;
    }
    for (int j = 0; j < N; j++) {
        squares += (x[j] - mean) * (x[j] - mean);
    }
    *running_mean = (float)((1.0 - (double)m) * *running_mean + m * mean);
    *running_var = (float)((1.0 - (double)m) * *running_var + m * squares / (N - 1));
}
