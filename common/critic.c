#include "critic.h"
#include "die.h"

#include <math.h>
#include <stdlib.h>

/*
## Clipping
*/

void clip_weights(float *w, size_t n, float c) {
    for (size_t i = 0; i < n; i++) {
        w[i] = w[i] > c ? c : w[i] < -c ? -c : w[i];
    }
}

void begin_inside(Net *critic, float c) {
    for (int i = 0; i < critic->n_layers; i++) {
        const Layer *l = &critic->layers[i];
        float largest = 0.0f;
        for (size_t k = 0; k < l->n_weight + l->n_bias; k++) { // biases lie behind the weights
            largest = fmaxf(largest, fabsf(l->weight[k]));
        }
        for (size_t k = 0; largest > c && k < l->n_weight + l->n_bias; k++) {
            l->weight[k] *= c / largest;
        }
        clip_weights(l->weight, l->n_weight + l->n_bias, c); // what rounding has left outside
    }
}

double share_at_bounds(const float *w, size_t n, float c) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        count += fabsf(w[i]) >= 0.99f * c;
    }
    return (double)count / (double)n;
}

/*
## The gradient penalty

For one point, with $g = \nabla_x D(x)$ and $r = \lVert g \rVert$, the penalty $\lambda\,(r - 1)^2$ changes with $g$ by

$$ v = 2 \lambda\, (r - 1)\, \frac{g}{r}, $$

and its gradient with respect to the weights is that of $\langle v, g \rangle$ with $v$ held fast, which is what
`net_tangent` adds. So: forward, backward to the input, the length of each example's gradient, and a tangent pass.

Each example has its own $\epsilon$ and its own length, over all of its pixels.
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

/*
## The tally
*/

void critic_tally_d(CriticTally *tally, float score_real, float score_fake, float loss,
                    const Net *D) {
    tally->sum[ESTIMATE] += (double)score_real - score_fake;
    tally->sum[SCORE_REAL] += score_real;
    tally->sum[SCORE_FAKE] += score_fake;
    tally->sum[LOSS_D] += loss;
    tally->sum[GRAD_D] += net_gradient_length(D);
    tally->steps_d++;
}

void critic_tally_g(CriticTally *tally, float loss, const Net *G) {
    tally->sum[LOSS_G] += loss;
    tally->sum[GRAD_G] += net_gradient_length(G);
    tally->steps_g++;
}

void critic_tally_penalty(CriticTally *tally, float penalty, double slope) {
    tally->sum[PENALTY] += penalty;
    tally->sum[SLOPE] += slope;
    tally->penalties++;
}

void critic_tally_row(double *row, CriticTally *tally) {
    double d = tally->steps_d, g = tally->steps_g, p = tally->penalties;
    const double counts[CRITIC_FIGURES] = { d, d, d, d, g, d, g, p, p };
    for (int i = 0; i < CRITIC_FIGURES; i++) {
        row[i] = counts[i] > 0.0 ? tally->sum[i] / counts[i] : NAN;
    }
    *tally = (CriticTally){ 0 };
}
