// A gradient check of your own. For each i measure the slope of the loss,
//
//     m_i = (loss with theta_i + h  -  loss with theta_i - h) / (2 h)
//
// and return |g - m| / max(|g|, |m|), where |v| is the length of a vector, sqrt(sum of v_i *
// v_i). theta (n), g (n); theta is to be left as it was. For the right gradient that is nearly 0,
// for a gradient of zero 1, with the sign flipped 2, doubled 1/2.

#include <math.h>

double my_check(float *theta, const float *g, int n, double (*loss)(const float *theta, int n),
                float h) {
    (void)theta, (void)g, (void)n, (void)loss, (void)h;
    return 0.0;
}
