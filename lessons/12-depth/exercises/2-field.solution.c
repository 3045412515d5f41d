int field(const int *kernel, const int *stride, int n) {
    int sees = 1, every = 1;
    for (int i = 0; i < n; i++) {
        sees += (kernel[i] - 1) * every;
        every *= stride[i];
    }
    return sees;
}
