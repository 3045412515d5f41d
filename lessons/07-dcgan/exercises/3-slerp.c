// From a (t = 0) to b (t = 1) along the great circle: z = (sin((1-t) w) a + sin(t w) b) / sin w,
// where w is the angle between a and b. Where sin w is nearly 0: the straight line. z, a, b (d).

#include <math.h>

void slerp(float *z, const float *a, const float *b, float t, int d) {
    (void)z, (void)a, (void)b, (void)t, (void)d;
}
