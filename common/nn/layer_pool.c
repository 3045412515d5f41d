/*
# Smaller and larger pictures in a network

[Pooling](pool.html) keeps of each window its largest value or its mean; [upsampling](upsample.html) repeats each pixel. Neither has
weights. Max pooling keeps in its scratch memory, as int, which input has won.
*/

#include "kernels/pool.h"
#include "kernels/upsample.h"
#include "nn/kinds.h"

#include <stdio.h>

static PoolShape pool_shape(const Layer *l) {
    return (PoolShape){ l->in.channels, l->in.height,   l->in.width,
                        l->spec.kernel, l->spec.stride, l->spec.pad };
}

static const char *plan_pool(Layer *l) {
    LayerSpec *s = &l->spec;
    s->stride = s->stride ? s->stride : s->kernel;
    if (s->kernel < 1 || s->stride < 1) {
        return "needs a window of at least 1 × 1 and a .stride of at least 1";
    }
    if (s->pad < 0 || s->pad > s->kernel / 2 || (s->pad && s->kind == AVG_POOL2D)) {
        return "needs a .pad of at most half a window, and none for the mean";
    }
    int height = l->in.height + 2 * s->pad, width = l->in.width + 2 * s->pad;
    if (s->kernel > height || s->kernel > width) {
        return "is smaller than one window";
    }
    l->out = (Shape){ l->in.channels, pool_out(height, s->kernel, s->stride),
                      pool_out(width, s->kernel, s->stride) };
    l->n_scratch = s->kind == MAX_POOL2D ? (size_t)l->batch * shape_size(l->out) : 0;
    return NULL;
}

static void forward_max_pool2d(Layer *l, const Pass *p) {
    PoolShape shape = pool_shape(l);
    max_pool2d_forward(l->y, (int *)l->scratch, l->x, p->n, &shape);
}

static void backward_max_pool2d(Layer *l, const Pass *p) {
    PoolShape shape = pool_shape(l);
    if (p->dx) {
        max_pool2d_backward(p->dx, l->dy, (const int *)l->scratch, p->n, &shape);
    }
}

static void tangent_max_pool2d(Layer *l, const Pass *p) {
    PoolShape shape = pool_shape(l);
    max_pool2d_tangent(p->t, p->v, (const int *)l->scratch, p->n, &shape);
}

static void forward_avg_pool2d(Layer *l, const Pass *p) {
    PoolShape shape = pool_shape(l);
    avg_pool2d_forward(l->y, l->x, p->n, &shape);
}

static void backward_avg_pool2d(Layer *l, const Pass *p) {
    PoolShape shape = pool_shape(l);
    if (p->dx) {
        avg_pool2d_backward(p->dx, l->dy, p->n, &shape);
    }
}

static void tangent_avg_pool2d(Layer *l, const Pass *p) {
    PoolShape shape = pool_shape(l);
    avg_pool2d_forward(p->t, p->v, p->n, &shape);
}

static const char *plan_upsample(Layer *l) {
    int scale = l->spec.scale;
    l->out = (Shape){ l->in.channels, l->in.height * scale, l->in.width * scale };
    return scale < 1 ? "needs a factor of at least 1" : NULL;
}

static void forward_upsample(Layer *l, const Pass *p) {
    Shape in = l->in;
    upsample_forward(l->y, l->x, p->n, in.channels, in.height, in.width, l->spec.scale);
}

static void backward_upsample(Layer *l, const Pass *p) {
    Shape in = l->in;
    if (p->dx) {
        upsample_backward(p->dx, l->dy, p->n, in.channels, in.height, in.width, l->spec.scale);
    }
}

static void tangent_upsample(Layer *l, const Pass *p) {
    Shape in = l->in;
    upsample_forward(p->t, p->v, p->n, in.channels, in.height, in.width, l->spec.scale);
}

/*
## For the summary

Pooling is a window like that of a [convolution](layer_conv.html). Enlarging by repetition adds no inputs and brings neighbours
closer. (Windows on such a picture see fractions of a pixel more. A pixel is seen or not, so what is reported is rounded up.)
*/

static void print_pool(const LayerSpec *s, char *text, size_t room) {
    int n = snprintf(text, room, " %d/%d", s->kernel, s->stride);
    if (s->pad) {
        snprintf(text + n, room - (size_t)n, "/%d", s->pad);
    }
}

static void print_upsample(const LayerSpec *s, char *text, size_t room) {
    snprintf(text, room, " %d", s->scale);
}

static Field field_pool(const LayerSpec *s, const Field *read) {
    return (Field){ read->sees + (s->kernel - 1) * read->every, read->every * s->stride };
}

static Field field_upsample(const LayerSpec *s, const Field *read) {
    return (Field){ read->sees, read->every / s->scale };
}

const LayerOps max_pool2d_ops = {
    .name = "max_pool2d",
    .plan = plan_pool,
    .forward = forward_max_pool2d,
    .backward = backward_max_pool2d,
    .tangent = tangent_max_pool2d,
    .print = print_pool,
    .field = field_pool,
};

const LayerOps avg_pool2d_ops = {
    .name = "avg_pool2d",
    .plan = plan_pool,
    .forward = forward_avg_pool2d,
    .backward = backward_avg_pool2d,
    .tangent = tangent_avg_pool2d,
    .print = print_pool,
    .field = field_pool,
};

const LayerOps upsample_ops = {
    .name = "upsample",
    .plan = plan_upsample,
    .forward = forward_upsample,
    .backward = backward_upsample,
    .tangent = tangent_upsample,
    .print = print_upsample,
    .field = field_upsample,
};
