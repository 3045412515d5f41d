#include "nn/init.h"
#include "base/die.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/*
A uniform distribution on $[-a, a]$ has variance $a^2 / 3$, so Xavier's bound is $a = \sqrt{6 / (n_\text{in} +
n_\text{out})}$.
*/

void init_weights(InitScheme scheme, float *weight, size_t n, float *bias, size_t n_bias,
                  int fan_in, int fan_out, Rng *rng) {
    require(fan_in > 0 && fan_out > 0, "fan_in %d, fan_out %d", fan_in, fan_out);
    float small = 0.01f, large = 0.5f;
    float xavier = sqrtf(6.0f / (float)(fan_in + fan_out));
    float plain = 1.0f / sqrtf((float)fan_in);
    if (n_bias) {
        memset(bias, 0, n_bias * sizeof *bias);
    }
    switch (scheme) {
    case INIT_ZERO:
        memset(weight, 0, n * sizeof *weight);
        break;
    case INIT_SMALL:
        rng_fill_uniform(rng, weight, n, -small, small);
        break;
    case INIT_LARGE:
        rng_fill_uniform(rng, weight, n, -large, large);
        break;
    case INIT_XAVIER:
        rng_fill_uniform(rng, weight, n, -xavier, xavier);
        break;
    case INIT_HE:
        rng_fill_normal(rng, weight, n, 0.0f, sqrtf(2.0f / (float)fan_in));
        break;
    case INIT_FAN_IN:
        rng_fill_uniform(rng, weight, n, -plain, plain);
        rng_fill_uniform(rng, bias, n_bias, -plain, plain);
        break;
    case INIT_DCGAN:
        rng_fill_normal(rng, weight, n, 0.0f, 0.02f);
        break;
    case INIT_SCHEMES:
        require(false, "INIT_SCHEMES is not a scheme");
    }
}
