float critic_loss(float *d_real, float *d_fake, const float *s_real, const float *s_fake, int n) {
    double loss = 0.0;
    for (int i = 0; i < n; i++) {
        loss += (double)s_fake[i] - s_real[i];
        d_real[i] = -1.0f / (float)n;
        d_fake[i] = 1.0f / (float)n;
    }
    return (float)(loss / n);
}
