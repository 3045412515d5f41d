/*
# From a picture of any size to a vector

[Global average pooling](any_size.html) gives a number for each channel, the spatial pyramid one for each channel and cell. In both
the size of the output depends on the channels alone, so that dense layers can follow whose weights fit every size of picture. Neither has
weights. The pyramid keeps in its scratch memory, as int, which input has won.
*/

#include "kernels/any_size.h"
#include "nn/kinds.h"

#include <math.h>
#include <stdio.h>

static long planes_of(const Layer *l, int n) {
    return (long)n * l->in.channels;
}

static int area_of(const Layer *l) {
    return l->in.height * l->in.width;
}

static const char *plan_global_avg_pool(Layer *l) {
    l->out = (Shape){ l->in.channels, 1, 1 };
    return NULL;
}

static void forward_global_avg_pool(Layer *l, const Pass *p) {
    global_avg_pool_forward(l->y, l->x, planes_of(l, p->n), area_of(l));
}

static void backward_global_avg_pool(Layer *l, const Pass *p) {
    if (p->dx) {
        global_avg_pool_backward(p->dx, l->dy, planes_of(l, p->n), area_of(l));
    }
}

static void tangent_global_avg_pool(Layer *l, const Pass *p) {
    global_avg_pool_forward(p->t, p->v, planes_of(l, p->n), area_of(l));
}

static PyramidShape pyramid_shape(const Layer *l) {
    return (PyramidShape){ l->in.channels, l->in.height, l->in.width, l->spec.finest };
}

static const char *plan_spatial_pyramid(Layer *l) {
    int finest = l->spec.finest;
    if (finest < 1 || finest > 64 || (finest & (finest - 1))) {
        return "needs a finest grid of 1, 2, 4, … or 64 cells a side";
    }
    l->out = (Shape){ l->in.channels * pyramid_cells(finest), 1, 1 };
    l->n_scratch = (size_t)l->batch * shape_size(l->out);
    return NULL;
}

static void forward_spatial_pyramid(Layer *l, const Pass *p) {
    PyramidShape shape = pyramid_shape(l);
    pyramid_forward(l->y, (int *)l->scratch, l->x, p->n, &shape);
}

static void backward_spatial_pyramid(Layer *l, const Pass *p) {
    PyramidShape shape = pyramid_shape(l);
    if (p->dx) {
        pyramid_backward(p->dx, l->dy, (const int *)l->scratch, p->n, &shape);
    }
}

static void tangent_spatial_pyramid(Layer *l, const Pass *p) {
    PyramidShape shape = pyramid_shape(l);
    pyramid_tangent(p->t, p->v, (const int *)l->scratch, p->n, &shape);
}

/*
## For the summary

The mean of a channel, and the coarsest grid of a pyramid, see the whole picture.
*/

static Field field_of_all(const LayerSpec *s, const Field *read) {
    (void)s, (void)read;
    return (Field){ 0.0, NAN };
}

static void print_spatial_pyramid(const LayerSpec *s, char *text, size_t room) {
    snprintf(text, room, " %d", s->finest);
}

const LayerOps global_avg_pool_ops = {
    .name = "global_avg_pool",
    .plan = plan_global_avg_pool,
    .forward = forward_global_avg_pool,
    .backward = backward_global_avg_pool,
    .tangent = tangent_global_avg_pool,
    .field = field_of_all,
};

const LayerOps spatial_pyramid_ops = {
    .name = "spatial_pyramid",
    .plan = plan_spatial_pyramid,
    .forward = forward_spatial_pyramid,
    .backward = backward_spatial_pyramid,
    .tangent = tangent_spatial_pyramid,
    .print = print_spatial_pyramid,
    .field = field_of_all,
};
