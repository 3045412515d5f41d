void best_discriminator(double *D, const double *p, const double *q, int n) {
    for (int x = 0; x < n; x++) {
        D[x] = p[x] + q[x] > 0.0 ? p[x] / (p[x] + q[x]) : 0.5;
    }
}
