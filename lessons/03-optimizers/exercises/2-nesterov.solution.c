void nesterov_step(float *w, float *v, const float *g, int n, float lr, float mu) {
    for (int i = 0; i < n; i++) {
        v[i] = mu * v[i] + g[i];
        w[i] -= lr * (g[i] + mu * v[i]);
    }
}
