// The gradient of two heads' losses with respect to their common features.

void features_gradient(float *df, const float *dy1, const float *W1, const float *dy2,
                       const float *W2, float w, int n, int d, int k1, int k2) {
    for (int e = 0; e < n; e++) {
        for (int i = 0; i < d; i++) {
            float sum = 0.0f;
            for (int o = 0; o < k1; o++) {
                sum += dy1[e * k1 + o] * W1[o * d + i];
            }
            for (int o = 0; o < k2; o++) {
                sum += w * dy2[e * k2 + o] * W2[o * d + i];
            }
            df[e * d + i] = sum;
        }
    }
}
