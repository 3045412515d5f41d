// Find the fault. On maps of 7 × 7 these are right; on other maps they are not. Mend both.

enum { PLACES = 49 };

void mean_forward(float *y, const float *x, int channels, int height, int width) {
    for (int c = 0; c < channels; c++) {
        float sum = 0.0f;
        for (int i = 0; i < height * width; i++) {
            sum += x[c * height * width + i];
        }
        y[c] = sum / PLACES;
    }
}

void mean_backward(float *dx, const float *dy, int channels, int height, int width) {
    for (int c = 0; c < channels; c++) {
        for (int i = 0; i < height * width; i++) {
            dx[c * height * width + i] = dy[c] / PLACES;
        }
    }
}
