// How many positions has a window of k weights, dilation apart, on n places with `pad` zeros at each
// end, if it is moved by `stride` at a time? 0 if it does not fit.

int places(int n, int k, int stride, int pad, int dilation) {
    (void)n, (void)k, (void)stride, (void)pad, (void)dilation;
    return -1;
}
