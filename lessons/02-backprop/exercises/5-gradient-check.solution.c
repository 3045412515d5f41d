#include <math.h>

double my_check(float *theta, const float *g, int n, double (*loss)(const float *theta, int n),
                float h) {
    double apart = 0.0, length_g = 0.0, length_measured = 0.0;
    for (int i = 0; i < n; i++) {
        float kept = theta[i];
        theta[i] = kept + h;
        double above = loss(theta, n);
        theta[i] = kept - h;
        double below = loss(theta, n);
        theta[i] = kept;
        double measured = (above - below) / (2.0 * (double)h);
        apart += (g[i] - measured) * (g[i] - measured);
        length_g += (double)g[i] * g[i];
        length_measured += measured * measured;
    }
    return sqrt(apart) / fmax(sqrt(length_g), sqrt(length_measured));
}
