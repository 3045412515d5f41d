#include <math.h>

double jensen_shannon(const double *p, const double *q, int n) {
    double sum = 0.0;
    for (int x = 0; x < n; x++) {
        double m = 0.5 * (p[x] + q[x]);
        if (p[x] > 0.0) {
            sum += 0.5 * p[x] * log(p[x] / m);
        }
        if (q[x] > 0.0) {
            sum += 0.5 * q[x] * log(q[x] / m);
        }
    }
    return sum;
}
