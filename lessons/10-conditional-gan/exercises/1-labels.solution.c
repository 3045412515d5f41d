void beside(float *zy, const float *z, const int *labels, int n, int latent, int classes) {
    for (int i = 0; i < n; i++) {
        float *row = zy + i * (latent + classes);
        for (int j = 0; j < latent; j++) {
            row[j] = z[i * latent + j];
        }
        for (int k = 0; k < classes; k++) {
            row[latent + k] = k == labels[i] ? 1.0f : 0.0f;
        }
    }
}

void behind(float *xy, const float *x, const int *labels, int n, int pixels, int classes) {
    for (int i = 0; i < n; i++) {
        float *planes = xy + i * (1 + classes) * pixels;
        for (int p = 0; p < pixels; p++) {
            planes[p] = x[i * pixels + p];
            for (int k = 0; k < classes; k++) {
                planes[(1 + k) * pixels + p] = k == labels[i] ? 1.0f : 0.0f;
            }
        }
    }
}
