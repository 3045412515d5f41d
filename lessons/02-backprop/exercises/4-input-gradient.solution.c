void input_gradient(float *dx, const float *da, const float *W1, int n, int in, int hidden) {
    for (int e = 0; e < n; e++) {
        for (int i = 0; i < in; i++) {
            float sum = 0.0f;
            for (int j = 0; j < hidden; j++) {
                sum += da[e * hidden + j] * W1[j * in + i];
            }
            dx[e * in + i] = sum;
        }
    }
}
