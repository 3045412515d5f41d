static double kernel(double x, double y) {
    return (1.0 + x * y) * (1.0 + x * y) * (1.0 + x * y);
}

static double within(const float *x, int n) {
    double sum = 0.0;
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            sum += i == j ? 0.0 : kernel(x[i], x[j]);
        }
    }
    return sum / ((double)n * (n - 1));
}

double kernel_distance(const float *x, const float *y, int n) {
    double mixed = 0.0;
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            mixed += kernel(x[i], y[j]);
        }
    }
    return within(x, n) + within(y, n) - 2.0 * mixed / ((double)n * n);
}
