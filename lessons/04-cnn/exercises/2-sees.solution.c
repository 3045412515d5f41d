int receptive_field(const int *kernel, const int *stride, int layers) {
    int r = 1, jump = 1;
    for (int l = 0; l < layers; l++) {
        r += (kernel[l] - 1) * jump;
        jump *= stride[l];
    }
    return r;
}
