void drop_labels(float *dx, const float *dxy, int n, int pixels, int classes) {
    for (int i = 0; i < n; i++) {
        for (int p = 0; p < pixels; p++) {
            dx[i * pixels + p] = dxy[i * (1 + classes) * pixels + p];
        }
    }
}
