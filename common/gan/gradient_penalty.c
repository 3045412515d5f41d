#include "gan/gradient_penalty.h"
#include "base/die.h"

#include <math.h>
#include <stdlib.h>

/*
## Its gradient

For one point, with $g = \nabla_x D(x)$ and $r = \lVert g \rVert$, the penalty $\lambda\,(r - 1)^2$ changes with $g$ by

$$ v = 2 \lambda\, (r - 1)\, \frac{g}{r}, $$

and its gradient with respect to the weights is that of $\langle v, g \rangle$ with $v$ held fast, which is what
`net_tangent` adds ([networks](net.html)). So the penalty takes four calls: forward, backward to the input, the norm of each
example's gradient, and the tangent pass.

Each example has its own $\epsilon$, and its own norm over all of its pixels.
*/

Penalty *penalty_create(Net *critic, float lambda, Rng stream) {
    require(shape_size(critic->out) == 1, "a critic with %zu scores", shape_size(critic->out));
    net_allow_tangent(critic);
    Penalty *p = alloc_bytes(sizeof *p);
    size_t batch = (size_t)critic->batch, in = shape_size(critic->in);
    *p = (Penalty){ .critic = critic, .lambda = lambda, .stream = stream };
    p->between = alloc_floats(batch * in);
    p->v = alloc_floats(batch * in);
    p->ones = alloc_floats(batch);
    for (size_t i = 0; i < batch; i++) {
        p->ones[i] = 1.0f;
    }
    return p;
}

void penalty_free(Penalty *p) {
    if (p) {
        free(p->between);
        free(p->v);
        free(p->ones);
        free(p);
    }
}

// v (d) = 2 λ/n (r - 1) g / r, and returns r = |g|.
static double pull(float *v, const float *g, size_t d, double weight) {
    double squares = 1e-12; // where g is 0, r is tiny but g / r is a number
#pragma omp simd reduction(+ : squares)
    for (size_t i = 0; i < d; i++) {
        squares += (double)g[i] * g[i];
    }
    double r = sqrt(squares);
    float factor = (float)(2.0 * weight * (r - 1.0) / r);
    for (size_t i = 0; i < d; i++) {
        v[i] = factor * g[i];
    }
    return r;
}

float penalty_at(Penalty *p, const float *x, int n) {
    size_t d = shape_size(p->critic->in);
    net_forward(p->critic, x, n, TRAIN);
    const float *g = net_backward(p->critic, p->ones, WANT_INPUT);
    double sum = 0.0;
    p->slope = 0.0;
    for (int i = 0; i < n; i++) {
        double r = pull(p->v + (size_t)i * d, g + (size_t)i * d, d, p->lambda / (double)n);
        sum += (r - 1.0) * (r - 1.0) / n;
        p->slope += r / n;
    }
    net_tangent(p->critic, p->v);
    return (float)(p->lambda * sum);
}

float penalty_step(Penalty *p, const float *real, const float *fake, int n) {
    size_t d = shape_size(p->critic->in);
    for (int i = 0; i < n; i++) {
        float epsilon = rng_uniform(&p->stream);
        for (size_t k = (size_t)i * d; k < (size_t)(i + 1) * d; k++) {
            p->between[k] = epsilon * real[k] + (1.0f - epsilon) * fake[k];
        }
    }
    return penalty_at(p, p->between, n);
}
