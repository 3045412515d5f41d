// The oracle: the bytes of both nets, before and after a step.

#include "base/die.h"
#include "exercise.h"
#include "nn/loss.h"
#include "nn/net.h"

void borrow(Net *to, const Net *from, int layers);

typedef void (*Answer)(Net *to, const Net *from, int layers);

enum { IN = 6, N = 8, BORROWED = 4, HEAD = 4, CLASSES = 3 };

static Net *rig(uint64_t seed) {
    static const LayerSpec table[] = { dense(5), relu(), dense(4), relu(), dense(CLASSES), END };
    Rng rng = rng_create(seed, RNG_INIT);
    return net_create(table, (Shape){ IN, 1, 1 }, N, &rng);
}

// --- what learners write --------------------------------------------------------------------------

static void nothing(Net *to, const Net *from, int layers) {
    (void)to, (void)from, (void)layers;
}

static void weights_alone(Net *to, const Net *from, int layers) {
    for (int i = 0; i < layers; i += 2) {
        memcpy(to->layers[i].weight, from->layers[i].weight,
               to->layers[i].n_weight * sizeof *to->layers[i].weight);
    }
    net_freeze(to, layers);
}

static void all_of_it(Net *to, const Net *from, int layers) {
    memcpy(to->params, from->params, to->n_params * sizeof *to->params);
    net_freeze(to, layers);
}

static void not_frozen(Net *to, const Net *from, int layers) {
    weights_alone(to, from, layers);
    for (int i = 0; i < layers; i += 2) {
        memcpy(to->layers[i].bias, from->layers[i].bias,
               to->layers[i].n_bias * sizeof *to->layers[i].bias);
    }
    net_freeze(to, 0);
}

static void half_frozen(Net *to, const Net *from, int layers) {
    not_frozen(to, from, layers);
    net_freeze(to, layers / 2);
}

static void the_place(Net *to, const Net *from, int layers) {
    for (int i = 0; i < layers; i++) {
        to->layers[i].weight = from->layers[i].weight;
        to->layers[i].bias = from->layers[i].bias;
    }
    net_freeze(to, layers);
}

// --- the judge --------------------------------------------------------------------------------------

static void one_step(Net *net) {
    float x[N * IN];
    int labels[N];
    Rng rng = rng_create(3, RNG_DATA);
    rng_fill_normal(&rng, x, N * IN, 0.0f, 1.0f);
    for (int i = 0; i < N; i++) {
        labels[i] = i % CLASSES;
    }
    softmax_cross_entropy(net->dy, net_forward(net, x, N, TRAIN), labels, N, CLASSES);
    net_zero_grad(net);
    net_backward(net, net->dy, WANT_PARAMS);
    for (size_t i = 0; i < net->n_params; i++) {
        net->params[i] -= 0.1f * net->grads[i];
    }
}

static bool same(const float *a, const float *b, size_t n) {
    return memcmp(a, b, n * sizeof *a) == 0;
}

static const char *compare(Net *to, Net *from, const float *head, const float *lender) {
    size_t n_head = to->layers[HEAD].n_weight;
    for (int i = 0; i < BORROWED; i += 2) {
        const Layer *l = &to->layers[i], *source = &from->layers[i];
        if (l->weight == source->weight) {
            return wrong("layer %d of both nets lies in one place now: copy the numbers", i);
        }
        if (!same(l->weight, source->weight, l->n_weight)) {
            return wrong("layer %d has not the weights of the lender", i);
        }
        if (!same(l->bias, source->bias, l->n_bias)) {
            return wrong("layer %d has the lender's weights, but not its biases", i);
        }
    }
    if (!same(to->layers[HEAD].weight, head, n_head)) {
        return wrong("the last layer has changed: it has to be a new one, for the new classes");
    }
    one_step(to);
    for (int i = 0; i < BORROWED; i += 2) {
        const Layer *l = &to->layers[i];
        if (!same(l->weight, from->layers[i].weight, l->n_weight)) {
            return wrong("all is borrowed, but after a step layer %d has moved: it is not frozen",
                         i);
        }
    }
    return same(from->params, lender, from->n_params) ? NULL
                                                      : wrong("the lender's weights have changed");
}

static const char *judge(Answer answer) {
    Net *to = rig(1), *from = rig(2);
    for (int i = 0; i < BORROWED; i += 2) { // as if they had learned
        from->layers[i].bias[0] = 0.3f;
    }
    size_t n_head = to->layers[HEAD].n_weight;
    float *head = memcpy(alloc_floats(n_head), to->layers[HEAD].weight, n_head * sizeof *head);
    float *lender =
        memcpy(alloc_floats(from->n_params), from->params, from->n_params * sizeof *head);
    answer(to, from, BORROWED);
    const char *verdict = compare(to, from, head, lender);
    free(head);
    free(lender);
    net_free(to);
    net_free(from);
    return verdict;
}

EXERCISE(Answer, judge, borrow, { nothing, "layer 0 has not the weights" },
         { weights_alone, "layer 0 has the lender's weights, but" },
         { all_of_it, "the last layer has changed" },
         { not_frozen, "all is borrowed, but after a step layer 0" },
         { half_frozen, "all is borrowed, but after a step layer 2" },
         { the_place, "layer 0 of both nets" })
