// One step of Nesterov's momentum, for n weights w with the gradient g:
//
//     v <- mu v + g,     w <- w - lr (g + mu v)
//
// with the new v in the second formula. v (n) is kept between the steps, and begins at 0.

void nesterov_step(float *w, float *v, const float *g, int n, float lr, float mu) {
    (void)w, (void)v, (void)g, (void)n, (void)lr, (void)mu;
}
