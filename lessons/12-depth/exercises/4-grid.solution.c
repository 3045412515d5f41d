void grid(float *y, const float *x, int height, int width, int side) {
    for (int i = 0; i < side; i++) {
        for (int j = 0; j < side; j++) {
            int top = i * height / side, bottom = ((i + 1) * height + side - 1) / side;
            int left = j * width / side, right = ((j + 1) * width + side - 1) / side;
            float largest = x[top * width + left];
            for (int a = top; a < bottom; a++) {
                for (int b = left; b < right; b++) {
                    largest = x[a * width + b] > largest ? x[a * width + b] : largest;
                }
            }
            y[i * side + j] = largest;
        }
    }
}
