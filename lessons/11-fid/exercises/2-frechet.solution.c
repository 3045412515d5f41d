#include <math.h>

double frechet(const double *m1, const double *v1, const double *m2, const double *v2, int d) {
    double sum = 0.0;
    for (int j = 0; j < d; j++) {
        double apart = m1[j] - m2[j];
        sum += apart * apart + v1[j] + v2[j] - 2.0 * sqrt(v1[j] * v2[j]);
    }
    return sum;
}
