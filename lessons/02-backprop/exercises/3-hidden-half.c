// The hidden half of the backward pass, from ds back to the first layer's weights:
//
//     dH = dS W2,     dA = dH * (1 - H * H)
//     dW1 = dA^T X,     db1 = sum of dA over the examples
//
// Given: x (n, in), h (n, hidden), ds (n, out), W2 (out, hidden). To write: dW1 (hidden, in) and
// db1 (hidden), which hold zeros when the function is called. Row e of h begins at h + e *
// hidden, and so on.

void hidden_half(float *dW1, float *db1, const float *ds, const float *W2, const float *h,
                 const float *x, int n, int in, int hidden, int out) {
    (void)dW1, (void)db1, (void)ds, (void)W2, (void)h, (void)x;
    (void)n, (void)in, (void)hidden, (void)out;
}
