#include <math.h>

void slerp(float *z, const float *a, const float *b, float t, int d) {
    double ab = 0.0, aa = 0.0, bb = 0.0;
    for (int i = 0; i < d; i++) {
        ab += (double)a[i] * b[i];
        aa += (double)a[i] * a[i];
        bb += (double)b[i] * b[i];
    }
    double omega = acos(fmax(-1.0, fmin(1.0, ab / sqrt(aa * bb))));
    double of_a = 1.0 - t, of_b = t;
    if (sin(omega) >= 1e-6) {
        of_a = sin((1.0 - t) * omega) / sin(omega);
        of_b = sin(t * omega) / sin(omega);
    }
    for (int i = 0; i < d; i++) {
        z[i] = (float)(of_a * a[i] + of_b * b[i]);
    }
}
