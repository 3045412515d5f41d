void between(float *to, const float *real, const float *fake, const float *epsilon, int n, int d) {
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < d; j++) {
            to[i * d + j] = epsilon[i] * real[i * d + j] + (1.0f - epsilon[i]) * fake[i * d + j];
        }
    }
}
