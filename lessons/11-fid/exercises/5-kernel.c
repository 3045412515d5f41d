// Find the fault. The squared distance of two sets of n numbers by the kernel (1 + x y)^3. For two
// sets of the same distribution it should be 0 on the average, and it is always above. Mend it.

static double kernel(double x, double y) {
    return (1.0 + x * y) * (1.0 + x * y) * (1.0 + x * y);
}

static double within(const float *x, int n) {
    double sum = 0.0;
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            sum += kernel(x[i], x[j]);
        }
    }
    return sum / ((double)n * n);
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
