#include "nn/optimizer.h"
#include "base/die.h"

#include <math.h>
#include <stdlib.h>

/*
## The rules, one by one

Each rule below handles the weights from `begin` to `end`, so that parts of the array can be worked on side by side.
No weight looks at any other: the order of the parts cannot matter.

**SGD** (Robbins and Monro 1951). Go downhill, a step proportional to the slope. If the loss were the parabola
$\frac12 c w^2$ with a curvature $c > 0$, the step would be $w \leftarrow (1 - \eta c)\, w$, which shrinks $w$ if and
only if $\eta < 2/c$. With many weights the most curved direction sets the limit, and at that rate the flattest one is
slow: all the other methods are about this conflict.

The penalty `l2` is part of the loss, $\frac{l_2}{2} \lVert w \rVert^2$, and so part of the gradient: $g + l_2 w$.
*/

typedef void Rule(Optimizer *o, float *restrict w, const float *restrict grads, size_t begin,
                  size_t end);

static void step_sgd(Optimizer *o, float *restrict w, const float *restrict grads, size_t begin,
                     size_t end) {
    float lr = o->spec.lr, l2 = o->spec.l2;
    for (size_t i = begin; i < end; i++) {
        w[i] -= lr * (grads[i] + l2 * w[i]);
    }
}

/*
**Momentum** (Polyak 1964). A ball rolling down a ravine: the pushes across it alternate and cancel, the pushes along
it add up. With a constant gradient the velocity $v$ grows to $g\,(1 + \mu + \mu^2 + \dots) = g / (1 - \mu)$, ten
times the gradient at $\mu = 0.9$: the same learning rate is ten times as bold here as under SGD.
*/

static void step_momentum(Optimizer *o, float *restrict w, const float *restrict grads,
                          size_t begin, size_t end) {
    float lr = o->spec.lr, mu = o->spec.momentum, l2 = o->spec.l2;
    float *restrict v = o->first;
    for (size_t i = begin; i < end; i++) {
        v[i] = mu * v[i] + (grads[i] + l2 * w[i]);
        w[i] -= lr * v[i];
    }
}

/*
**Nesterov** (1983; in this form Bengio et al. 2013). The ball is going to roll on by $\mu v$ in any case. So take the gradient
where it will be, and not where it is. The weights stored here *are* the looked-ahead point, so that the gradient can be taken
where we stand, and the rule becomes: step by the fresh gradient plus $\mu$ times the updated velocity. It brakes one step
earlier than momentum does.
*/

static void step_nesterov(Optimizer *o, float *restrict w, const float *restrict grads,
                          size_t begin, size_t end) {
    float lr = o->spec.lr, mu = o->spec.momentum, l2 = o->spec.l2;
    float *restrict v = o->first;
    for (size_t i = begin; i < end; i++) {
        float g = grads[i] + l2 * w[i];
        v[i] = mu * v[i] + g;
        w[i] -= lr * (g + mu * v[i]);
    }
}

/*
**AdaGrad** (Duchi et al. 2011). One learning rate for all weights is odd when some see gradients a thousand times
larger than others. Divide each weight's step by the root of the sum of its squared gradients so far: the first step
of every weight then has size $\eta$, whatever the scale of the loss. The sum only grows, so with gradients of
constant size the steps shrink like $1/\sqrt{t}$ after $t$ steps: a schedule that cannot be chosen, right for convex
problems, and for a long training too early.
*/

static void step_adagrad(Optimizer *o, float *restrict w, const float *restrict grads, size_t begin,
                         size_t end) {
    float lr = o->spec.lr, eps = o->spec.eps, l2 = o->spec.l2;
    float *restrict s = o->second;
    for (size_t i = begin; i < end; i++) {
        float g = grads[i] + l2 * w[i];
        s[i] += g * g;
        w[i] -= lr * g / (sqrtf(s[i]) + eps);
    }
}

/*
**RMSprop** (Hinton 2012, lecture 6e). Let the sum forget: an average of recent squares, with a memory of about
$1/(1-\alpha)$ steps, here 100. The step is then the gradient measured in units of its own recent size. (The average
starts at 0, so the first step is larger, $\eta / \sqrt{1 - \alpha} = 10\,\eta$.)
*/

static void step_rmsprop(Optimizer *o, float *restrict w, const float *restrict grads, size_t begin,
                         size_t end) {
    float lr = o->spec.lr, eps = o->spec.eps, l2 = o->spec.l2, alpha = o->spec.alpha;
    float *restrict s = o->second;
    for (size_t i = begin; i < end; i++) {
        float g = grads[i] + l2 * w[i];
        s[i] = alpha * s[i] + (1.0f - alpha) * g * g;
        w[i] -= lr * g / (sqrtf(s[i]) + eps);
    }
}

/*
**Adam** (Kingma and Ba 2015, arXiv:1412.6980) has both memories: a direction $m$ and a size $s$. Both start at 0, and
an average that starts at 0 is too small at first: after $t$ steps with a constant gradient, $m = (1 - \beta_1^t)\,
g$. Dividing by that factor removes the bias:

$$ \hat m = \frac{m}{1 - \beta_1^t}, \quad \hat s = \frac{s}{1 - \beta_2^t}, \quad
   \Delta w = -\eta \frac{\hat m}{\sqrt{\hat s} + \epsilon}. $$

At $t = 1$: $\hat m = g$, $\hat s = g^2$, and the step is $-\eta\, \mathrm{sign}(g)$, for every weight whose gradient
is large beside $\epsilon$, however tiny otherwise. Without the correction it would be $0.1 / \sqrt{0.001} \approx
3.2$ times as large. A tiny gradient makes a full step: in lesson 6 that hides a
vanishing gradient.
*/

static void step_adam(Optimizer *o, float *restrict w, const float *restrict grads, size_t begin,
                      size_t end) {
    float beta1 = o->spec.beta1, beta2 = o->spec.beta2, eps = o->spec.eps, l2 = o->spec.l2;
    float lr = o->spec.lr / (float)(1.0 - pow(beta1, (double)o->steps));
    float root = (float)sqrt(1.0 - pow(beta2, (double)o->steps));
    float *restrict m = o->first, *restrict s = o->second;
    for (size_t i = begin; i < end; i++) {
        float g = grads[i] + l2 * w[i];
        m[i] = beta1 * m[i] + (1.0f - beta1) * g;
        s[i] = beta2 * s[i] + (1.0f - beta2) * g * g;
        w[i] -= lr * m[i] / (sqrtf(s[i]) / root + eps);
    }
}

/*
**AdamW** (Loshchilov and Hutter 2019, arXiv:1711.05101). A penalty $\frac{\lambda}{2} \lVert w \rVert^2$ in the loss
adds $\lambda w$ to the gradient. Under SGD that is the same as shrinking the weights by the factor $1 - \eta \lambda$
and then taking the plain step:

$$ w - \eta\,(g + \lambda w) = (1 - \eta \lambda)\, w - \eta\, g. $$

Under Adam it is not, because the penalty's part of the gradient is divided by $\sqrt{\hat s}$ like everything else: a
weight with small gradients is pulled to zero at full speed, one with large gradients is hardly held back. *Weight
decay* keeps the two apart: shrink first, whatever the method, then let the method step. AdamW is Adam with that
decay.
*/

static void shrink(float *restrict w, float factor, size_t begin, size_t end) {
    for (size_t i = begin; i < end; i++) {
        w[i] *= factor;
    }
}

/*
## One table, one step

The table says which rule a method follows and which memories it needs. A step cuts the array into parts of 4,096
weights; the parts of 64 KiB (weights, gradients and two memories) fit a core's first or second cache.
*/

enum { PART = 4096 };

static const struct {
    const char *name;
    Rule *step;
    int first, second; // needs v or m; needs s
} methods[OPTIMIZER_KINDS] = {
    [SGD] = { "sgd", step_sgd, 0, 0 },
    [MOMENTUM] = { "momentum", step_momentum, 1, 0 },
    [NESTEROV] = { "nesterov", step_nesterov, 1, 0 },
    [ADAGRAD] = { "adagrad", step_adagrad, 0, 1 },
    [RMSPROP] = { "rmsprop", step_rmsprop, 0, 1 },
    [ADAM] = { "adam", step_adam, 1, 1 },
    [ADAMW] = { "adamw", step_adam, 1, 1 },
};

const char *optimizer_name(OptimizerKind kind) {
    return methods[kind].name;
}

OptimizerSpec optimizer_defaults(OptimizerKind kind, float lr) {
    return (OptimizerSpec){
        .kind = kind,
        .lr = lr,
        .momentum = 0.9f,
        .alpha = 0.99f,
        .beta1 = 0.9f,
        .beta2 = 0.999f,
        .eps = kind == ADAGRAD ? 1e-10f : 1e-8f,
        .weight_decay = kind == ADAMW ? 0.01f : 0.0f,
    };
}

Optimizer *optimizer_create(OptimizerSpec spec, size_t n) {
    Optimizer *o = alloc_bytes(sizeof *o);
    o->spec = spec;
    o->n = n;
    o->first = methods[spec.kind].first ? alloc_floats(n) : NULL;
    o->second = methods[spec.kind].second ? alloc_floats(n) : NULL;
    return o;
}

void optimizer_free(Optimizer *o) {
    if (o) {
        free(o->first);
        free(o->second);
        free(o);
    }
}

void optimizer_step(Optimizer *o, float *params, const float *grads) {
    o->steps++;
    Rule *step = methods[o->spec.kind].step;
#pragma omp parallel for schedule(static) if (o->n > PART)
    for (size_t begin = 0; begin < o->n; begin += PART) {
        size_t end = begin + PART < o->n ? begin + PART : o->n;
        if (o->spec.weight_decay > 0.0f) {
            shrink(params, 1.0f - o->spec.lr * o->spec.weight_decay, begin, end);
        }
        step(o, params, grads, begin, end);
    }
}

/*
## Schedules

Far from the goal a large step is welcome; near it, the noise of small batches keeps the weights moving to and fro, the
more widely the larger the learning rate. So one lowers it. With $\tau = t / T$, the part of the training that is
over after $t$ of $T$ steps:

| schedule | rate |
|---|---|
| constant | $\eta$ |
| step | $\eta$, then $\eta / 10$ from $\tau = 1/2$, then $\eta / 100$ from $\tau = 3/4$ |
| linear | $\eta\,(1 - \tau)$ |
| cosine | $\eta\,(1 + \cos \pi \tau) / 2$: slow at both ends (Loshchilov and Hutter 2017, arXiv:1608.03983) |
| warm cosine | *warm-up*: in equal steps up to $\eta$ over the first tenth, then a cosine over the rest |
*/

const char *schedule_name(Schedule schedule) {
    static const char *const names[SCHEDULES] = { "constant", "step", "linear", "cosine",
                                                  "warm_cosine" };
    return names[schedule];
}

static double cosine_share(long step, long total) {
    return 0.5 * (1.0 + cos(3.141592653589793 * (double)step / (double)total));
}

float schedule_lr(Schedule schedule, float lr, long step, long total) {
    require(step >= 0 && step < total, "step %ld of %ld", step, total);
    double tau = (double)step / (double)total;
    switch (schedule) {
    case CONSTANT:
        return lr;
    case STEP_DECAY:
        return tau < 0.5 ? lr : tau < 0.75 ? lr * 0.1f : lr * 0.01f;
    case LINEAR_DECAY:
        return (float)(lr * (1.0 - tau));
    case COSINE:
        return (float)(lr * cosine_share(step, total));
    case WARM_COSINE: {
        long warm = total / 10;
        return step < warm ? lr * (float)(step + 1) / (float)warm
                           : (float)(lr * cosine_share(step - warm, total - warm));
    }
    case SCHEDULES:
        break;
    }
    require(0, "no such schedule");
    return lr;
}
