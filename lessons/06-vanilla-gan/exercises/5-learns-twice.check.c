// The oracle: the round that is wanted, and those that are not, each played on networks of its own.

#include "base/rng.h"
#include "exercise.h"
#include "nn/loss.h"
#include "nn/net.h"

void play(Net *G, Net *D, const float *real, const float *z, int n, float lr);

typedef void (*Answer)(Net *G, Net *D, const float *real, const float *z, int n, float lr);

enum { N = 6 };
static const float rate = 0.5f;

static Net *net_of(int hidden, int out, uint64_t seed) {
    const LayerSpec table[] = { dense(hidden), tanh_(), dense(out), END };
    Rng rng = rng_create(seed, RNG_INIT);
    return net_create(table, (Shape){ 2, 1, 1 }, N, &rng);
}

// --- what learners write --------------------------------------------------------------------------

typedef enum {
    RIGHT,
    LEARNS_TWICE,
    ADDED_UP,
    FIRST_STEP_GONE,
    NO_G,
    D_NEVER,
    TARGET_0,
    MISTAKES
} Mistake;

static void descend(Net *net, float lr) {
    for (size_t i = 0; i < net->n_params; i++) {
        net->params[i] -= lr * net->grads[i];
    }
}

static void answers(Net *D, const float *x, float target) {
    float targets[N];
    fill(targets, N, target);
    bce_with_logits(D->dy, net_forward(D, x, N, TRAIN), targets, N);
}

static void with_mistake(Mistake mistake, Net *G, Net *D, const float *real, const float *z,
                         float lr) {
    const float *fake = net_forward(G, z, N, TRAIN);
    net_zero_grad(D);
    answers(D, real, 1.0f);
    net_backward(D, D->dy, WANT_PARAMS);
    answers(D, fake, 0.0f);
    net_backward(D, D->dy, WANT_PARAMS);
    if (mistake != FIRST_STEP_GONE && mistake != D_NEVER) {
        descend(D, lr);
    }
    net_zero_grad(G);
    if (mistake != ADDED_UP) {
        net_zero_grad(D);
    }
    answers(D, fake, mistake == TARGET_0 ? 0.0f : 1.0f);
    net_backward(G, net_backward(D, D->dy, WANT_PARAMS | WANT_INPUT), WANT_PARAMS);
    if (mistake != NO_G) {
        descend(G, lr);
    }
    if (mistake == LEARNS_TWICE || mistake == ADDED_UP || mistake == FIRST_STEP_GONE) {
        descend(D, lr);
    }
}

#define WITH(name, mistake)                                                                        \
    static void name(Net *G, Net *D, const float *real, const float *z, int n, float lr) {         \
        (void)n;                                                                                   \
        with_mistake(mistake, G, D, real, z, lr);                                                  \
    }
WITH(learns_twice, LEARNS_TWICE)
WITH(added_up, ADDED_UP)
WITH(first_step_gone, FIRST_STEP_GONE)
WITH(no_G, NO_G)
WITH(D_never, D_NEVER)
WITH(target_0, TARGET_0)

static const char *const messages[MISTAKES] = {
    [LEARNS_TWICE] =
        "the discriminator still takes a second step in each round, with the generator's gradient: "
        "it learns to take samples for real, so that two of its three targets are 1",
    [ADDED_UP] = "the discriminator still takes a second step, and now its own gradients are in "
                 "it once more: not the gradients are to go, the step is",
    [FIRST_STEP_GONE] = "the wrong one of the discriminator's two steps is gone: what is left is "
                        "the one that takes samples for real",
    [NO_G] = "the generator takes no step any more; that one was right as it stood",
    [D_NEVER] = "the discriminator takes no step at all now: the first one is its own",
    [TARGET_0] = "the generator's target is 0 now, and it learns to be recognised: the 1 was "
                 "right as it stood",
};

// --- the judge --------------------------------------------------------------------------------------

// Both networks before a round.
static void set_up(Net **G, Net **D, float *real, float *z) {
    Rng rng = rng_create(6, RNG_DATA);
    *G = net_of(5, 2, 6);
    *D = net_of(4, 1, 7);
    rng_fill_normal(&rng, real, 2 * N, 2.0f, 0.5f);
    rng_fill_normal(&rng, z, 2 * N, 0.0f, 1.0f);
}

// Whether the round with this mistake leaves G and D as given.
static bool leads_to(Mistake mistake, const Net *G, const Net *D) {
    float real[2 * N], z[2 * N];
    Net *other_G, *other_D;
    set_up(&other_G, &other_D, real, z);
    with_mistake(mistake, other_G, other_D, real, z, rate);
    bool same = difference(G->params, other_G->params, G->n_params) < 1e-5 &&
                difference(D->params, other_D->params, D->n_params) < 1e-5;
    net_free(other_G);
    net_free(other_D);
    return same;
}

static const char *judge(Answer answer) {
    float real[2 * N], z[2 * N];
    Net *G, *D;
    set_up(&G, &D, real, z);
    answer(G, D, real, z, N, rate);
    const char *said = wrong("after one round the parameters are none that I know: was something "
                             "else changed, the order or a target?");
    for (int mistake = RIGHT; mistake < MISTAKES; mistake++) {
        if (leads_to((Mistake)mistake, G, D)) {
            said = mistake == RIGHT ? NULL : wrong("%s", messages[mistake]);
            break;
        }
    }
    net_free(G);
    net_free(D);
    return said;
}

EXERCISE(Answer, judge, play,
         { learns_twice, "the discriminator still takes a second step in each round" },
         { added_up, "the discriminator still takes a second step, and now" },
         { first_step_gone, "the wrong one of the discriminator's" },
         { no_G, "the generator takes no step any more" },
         { D_never, "the discriminator takes no step at all" },
         { target_0, "the generator's target is 0 now" })
