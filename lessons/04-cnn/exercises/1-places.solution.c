int places(int n, int k, int stride, int pad, int dilation) {
    int room = n + 2 * pad - (dilation * (k - 1) + 1);
    return room < 0 ? 0 : room / stride + 1;
}
