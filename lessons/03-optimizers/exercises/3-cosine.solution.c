#include <math.h>

float cosine_rate(float lr, long step, long total) {
    double tau = (double)step / (double)total;
    return (float)(0.5 * lr * (1.0 + cos(3.141592653589793 * tau)));
}
