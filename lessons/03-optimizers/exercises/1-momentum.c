// One step with momentum, for n weights w with the gradient g:
//
//     v <- mu v + g,     w <- w - lr v
//
// v (n) is kept between the steps, and begins at 0.

void momentum_step(float *w, float *v, const float *g, int n, float lr, float mu) {
    (void)w, (void)v, (void)g, (void)n, (void)lr, (void)mu;
}
