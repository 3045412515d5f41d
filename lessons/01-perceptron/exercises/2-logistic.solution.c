#include <math.h>

float logistic_loss(float s, float t) {
    float margin = t * s;
    return fmaxf(0.0f, -margin) + log1pf(expf(-fabsf(margin)));
}

float logistic_slope(float s, float t) {
    return -t / (1.0f + expf(t * s));
}
