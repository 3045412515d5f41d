/*
# Branches: networks that are more than a chain

An output that is marked is read by the row below it and by each row that names the mark. Say $u$ is that output. A small
change of $u$ reaches the loss by way of every reader, and what arrives adds up. So the gradient at the mark is the sum of what its
readers send back,

$$ \frac{\partial L}{\partial u} = \sum_{r} \left( \frac{\partial L}{\partial u} \right)_{\text{by way of } r} . $$

Otherwise nothing changes. A [network](net.html) goes through its rows from the last to the first, and every reader stands below its mark. So
when the way back arrives at the mark, all readers know the gradient at their own outputs, and it only has to be collected:

| row | output | sends to the row above | sends to its mark |
|---|---|---|---|
| `mark` | what the row above gives | the sum at the mark | |
| `add` | $x + u$ | $dY$ | $dY$, as many channels as it has |
| `concat` | the channels of $x$, then those of $u$ | the first channels of $dY$ | the other channels |
| `from` | $u$ | 0 | $dY$ |

In a residual block, $y = x + f(x)$, the gradient arrives at $x$ once through $f$ and once as it is, and the second part
is not multiplied by anything on its way.

In forward direction a *tangent* (see [networks](net.html)) passes in the same way as the numbers themselves: all three are linear.

## Add

The sum may take the place of $x$, where the row above lends it, as with activations. Then the gradients of sum and input
are the same numbers at the same place, and nothing has to be copied.

The mark may have fewer channels than $x$. Those that it lacks count as zeros: they are the last ones, and there the sum is $x$. So a
skip can lead past a layer that makes more channels, and has no parameters (He et al. 2015, option A).
*/

#include "nn/kinds.h"

#include <math.h>
#include <string.h>

static const char *plan_add(Layer *l) {
    l->takes = l->lends = true;
    l->out = l->in;
    Shape u = l->marked->out;
    bool fits = u.height == l->in.height && u.width == l->in.width && u.channels <= l->in.channels;
    return fits ? NULL : "has not the shape of the mark, nor more channels";
}

static void sum(float *y, const float *a, const float *b, size_t n) {
#pragma omp parallel for simd schedule(static)
    for (size_t i = 0; i < n; i++) {
        y[i] = a[i] + b[i];
    }
}

// y (n, x) = x plus the u (n, u) of the mark, whose channels are the first ones of x.
static void sum_first(const Layer *l, float *y, const float *x, const float *u, int n) {
    size_t a = shape_size(l->in), b = shape_size(l->marked->out);
    if (a == b) {
        sum(y, x, u, (size_t)n * a);
        return;
    }
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < (size_t)n; i++) {
        for (size_t k = 0; k < b; k++) {
            y[i * a + k] = x[i * a + k] + u[i * b + k];
        }
        if (y != x) {
            memcpy(y + i * a + b, x + i * a + b, (a - b) * sizeof *y);
        }
    }
}

static void forward_add(Layer *l, const Pass *p) {
    sum_first(l, l->y, l->x, l->marked->y, p->n);
}

static void backward_add(Layer *l, const Pass *p) {
    if (p->dx && p->dx != l->dy) {
        memcpy(p->dx, l->dy, layer_outputs(l, p->n) * sizeof *p->dx);
    }
}

static void add_to_mark(const Layer *l, float *dy, int n) {
    size_t a = shape_size(l->out), b = shape_size(l->marked->out);
    if (a == b) {
        sum(dy, dy, l->dy, (size_t)n * a);
        return;
    }
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < (size_t)n; i++) {
        for (size_t k = 0; k < b; k++) {
            dy[i * b + k] += l->dy[i * a + k];
        }
    }
}

static void tangent_add(Layer *l, const Pass *p) {
    sum_first(l, p->t, p->v, l->marked->tangent, p->n);
}

/*
## Concat

An example's channels lie one after the other, so that putting those of the mark behind is two copies an example.
*/

static const char *plan_concat(Layer *l) {
    Shape other = l->marked->out;
    l->out = (Shape){ l->in.channels + other.channels, l->in.height, l->in.width };
    bool fits = other.height == l->in.height && other.width == l->in.width;
    return fits ? NULL : "has not the height and width of the mark";
}

static void join(const Layer *l, float *y, const float *x, const float *u, int n) {
    size_t a = shape_size(l->in), b = shape_size(l->marked->out);
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < (size_t)n; i++) {
        memcpy(y + i * (a + b), x + i * a, a * sizeof *y);
        memcpy(y + i * (a + b) + a, u + i * b, b * sizeof *y);
    }
}

static void forward_concat(Layer *l, const Pass *p) {
    join(l, l->y, l->x, l->marked->y, p->n);
}

static void backward_concat(Layer *l, const Pass *p) {
    size_t a = shape_size(l->in), b = shape_size(l->marked->out);
#pragma omp parallel for schedule(static) if (p->dx != NULL)
    for (size_t i = 0; i < (size_t)p->n; i++) {
        if (p->dx) {
            memcpy(p->dx + i * a, l->dy + i * (a + b), a * sizeof *p->dx);
        }
    }
}

static void concat_to_mark(const Layer *l, float *dy, int n) {
    size_t a = shape_size(l->in), b = shape_size(l->marked->out);
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < (size_t)n; i++) {
        const float *part = l->dy + i * (a + b) + a;
        for (size_t k = 0; k < b; k++) {
            dy[i * b + k] += part[k];
        }
    }
}

static void tangent_concat(Layer *l, const Pass *p) {
    join(l, p->t, p->v, l->marked->tangent, p->n);
}

/*
## From

Its output is the mark's, at the same place in memory, and nothing has to be computed. It does not read the row above (usually a mark itself), and sends it the gradient 0.
*/

static const char *plan_from(Layer *l) {
    l->out = l->marked->out;
    return NULL;
}

static void backward_from(Layer *l, const Pass *p) {
    if (p->dx) {
        memset(p->dx, 0, (size_t)p->n * shape_size(l->in) * sizeof *p->dx);
    }
}

static void tangent_from(Layer *l, const Pass *p) {
    memcpy(p->t, l->marked->tangent, layer_outputs(l, p->n) * sizeof *p->t);
}

/*
## For the summary

An output on which two branches meet sees what either of them sees: the field is the wider one.
*/

static Field field_of_both(const LayerSpec *s, const Field *read) {
    (void)s;
    bool all = read[0].sees == 0.0 || read[1].sees == 0.0;
    return all ? (Field){ 0.0, NAN }
               : (Field){ fmax(read[0].sees, read[1].sees), fmax(read[0].every, read[1].every) };
}

static Field field_from(const LayerSpec *s, const Field *read) {
    (void)s;
    return read[1];
}

const LayerOps add_ops = {
    .name = "add",
    .plan = plan_add,
    .forward = forward_add,
    .backward = backward_add,
    .backward_to_mark = add_to_mark,
    .tangent = tangent_add,
    .field = field_of_both,
};

const LayerOps concat_ops = {
    .name = "concat",
    .plan = plan_concat,
    .forward = forward_concat,
    .backward = backward_concat,
    .backward_to_mark = concat_to_mark,
    .tangent = tangent_concat,
    .field = field_of_both,
};

const LayerOps from_ops = {
    .name = "from",
    .plan = plan_from,
    .backward = backward_from,
    .backward_to_mark = add_to_mark,
    .tangent = tangent_from,
    .field = field_from,
};
