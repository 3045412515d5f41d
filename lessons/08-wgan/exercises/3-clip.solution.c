void clip(float *params, int n, float c) {
    for (int i = 0; i < n; i++) {
        params[i] = params[i] > c ? c : params[i] < -c ? -c : params[i];
    }
}

double share_clipped(const float *params, int n, float c) {
    int clipped = 0;
    for (int i = 0; i < n; i++) {
        clipped += params[i] == c || params[i] == -c;
    }
    return (double)clipped / n;
}
