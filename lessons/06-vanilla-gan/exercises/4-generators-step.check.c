// The oracle: central differences of the loss by each parameter of G, and the bytes of D.

#include "base/rng.h"
#include "exercise.h"
#include "nn/loss.h"
#include "nn/net.h"

float step_of_G(Net *G, Net *D, const float *z, int n, float lr);

typedef float (*Answer)(Net *G, Net *D, const float *z, int n, float lr);

enum { N = 6, Z = 2, ROOM = 200 };
static const float rate = 0.1f;

static Net *net_of(int hidden, int out, uint64_t seed) {
    const LayerSpec table[] = { dense(hidden), tanh_(), dense(out), END };
    Rng rng = rng_create(seed, RNG_INIT);
    return net_create(table, (Shape){ 2, 1, 1 }, N, &rng);
}

static void learn(Net *net, float lr) {
    for (size_t i = 0; i < net->n_params; i++) {
        net->params[i] -= lr * net->grads[i];
    }
}

static float loss_of(Net *G, Net *D, const float *z, float target) {
    float targets[N];
    fill(targets, N, target);
    const float *fake = net_forward(G, z, N, TRAIN);
    return bce_with_logits(D->dy, net_forward(D, fake, N, TRAIN), targets, N);
}

// --- what learners write --------------------------------------------------------------------------

static float with(Net *G, Net *D, const float *z, float lr, float target, unsigned want) {
    float loss = loss_of(G, D, z, target);
    const float *dfake = net_backward(D, D->dy, want);
    net_zero_grad(G);
    net_backward(G, dfake, WANT_PARAMS);
    learn(G, lr);
    return loss;
}

static float wants_params(Net *G, Net *D, const float *z, int n, float lr) {
    (void)n;
    return with(G, D, z, lr, 1.0f, WANT_PARAMS | WANT_INPUT);
}

static float moves_both(Net *G, Net *D, const float *z, int n, float lr) {
    (void)n;
    net_zero_grad(D);
    float loss = with(G, D, z, lr, 1.0f, WANT_PARAMS | WANT_INPUT);
    learn(D, lr);
    return loss;
}

static float clears_D(Net *G, Net *D, const float *z, int n, float lr) {
    float loss = wants_params(G, D, z, n, lr);
    net_zero_grad(D);
    return loss;
}

static float target_0(Net *G, Net *D, const float *z, int n, float lr) {
    (void)n;
    return with(G, D, z, lr, 0.0f, WANT_INPUT);
}

static float upward(Net *G, Net *D, const float *z, int n, float lr) {
    (void)n;
    return with(G, D, z, -lr, 1.0f, WANT_INPUT);
}

static float not_zeroed(Net *G, Net *D, const float *z, int n, float lr) {
    (void)n;
    float loss = loss_of(G, D, z, 1.0f);
    net_backward(G, net_backward(D, D->dy, WANT_INPUT), WANT_PARAMS);
    learn(G, lr);
    return loss;
}

static float minimax(Net *G, Net *D, const float *z, int n, float lr) {
    float loss = loss_of(G, D, z, 0.0f);
    for (int i = 0; i < n; i++) {
        D->dy[i] = -D->dy[i];
    }
    const float *dfake = net_backward(D, D->dy, WANT_INPUT);
    net_zero_grad(G);
    net_backward(G, dfake, WANT_PARAMS);
    learn(G, lr);
    return -loss;
}

static float no_step(Net *G, Net *D, const float *z, int n, float lr) {
    (void)n;
    return with(G, D, z, 0.0f * lr, 1.0f, WANT_INPUT);
}

static float no_loss(Net *G, Net *D, const float *z, int n, float lr) {
    (void)n;
    return 0.0f * with(G, D, z, lr, 1.0f, WANT_INPUT);
}

// --- the judge --------------------------------------------------------------------------------------

// The gradient of either loss by the parameters of G.
static void differences(float *gradient, Net *G, Net *D, const float *z, float target) {
    const float h = 0.01f;
    for (size_t i = 0; i < G->n_params; i++) {
        float saved = G->params[i];
        G->params[i] = saved + h;
        float above = loss_of(G, D, z, target);
        G->params[i] = saved - h;
        float below = loss_of(G, D, z, target);
        G->params[i] = saved;
        gradient[i] = (above - below) / (2.0f * h);
    }
}

static bool near(const float *a, const float *b, size_t n) {
    return difference(a, b, n) < 0.01;
}

static const char *judge_D(const Net *D, const float *params, const float *grads) {
    size_t size = D->n_params * sizeof(float);
    if (memcmp(D->params, params, size) != 0) {
        return wrong("the discriminator's parameters have changed: in this step it learns to take "
                     "samples for real, and unlearns its task");
    }
    if (memcmp(D->grads, grads, size) == 0) {
        return NULL;
    }
    return all_equal(D->grads, D->n_params, 0.0f)
               ? wrong("the discriminator's gradients are 0 now: they were not to be touched. Ask "
                       "net_backward for WANT_INPUT alone, and nothing has to be cleared")
               : wrong("something was added to the discriminator's gradients: its parameters' "
                       "gradients are not wanted here, only its input's");
}

static const char *judge_G(const float *step, const float *truth, const float *other,
                           const float *stale, size_t n) {
    float turned[ROOM], minus_other[ROOM];
    for (size_t i = 0; i < n; i++) {
        turned[i] = -truth[i];
        minus_other[i] = -other[i];
    }
    if (all_equal(step, n, 0.0f)) {
        return wrong("the generator's parameters have not moved");
    }
    if (near(step, truth, n)) {
        return NULL;
    }
    if (near(step, turned, n)) {
        return wrong("the generator goes up its loss: params -= lr * grads");
    }
    if (near(step, other, n)) {
        return wrong("the target is 0: so the generator learns to be recognised. It wants its "
                     "samples to be taken for real");
    }
    if (near(step, minus_other, n)) {
        return wrong("that is the step of the minimax loss, whose slope is D; the non-saturating "
                     "one is asked for");
    }
    return near(step, stale, n)
               ? wrong("the generator's gradients still hold what was in them before: net_backward "
                       "adds, so set them to 0 first")
               : wrong("the generator's step differs from that of central differences by %.3g of "
                       "its length",
                       difference(step, truth, n));
}

static const char *judge_pair(Answer answer, Net *G, Net *D) {
    float z[N * Z], truth[ROOM], other[ROOM], stale[ROOM], before[ROOM], step[ROOM];
    float params[ROOM], grads[ROOM];
    Rng rng = rng_create(6, RNG_NOISE);
    rng_fill_normal(&rng, z, N * Z, 0.0f, 1.0f);
    differences(truth, G, D, z, 1.0f);
    differences(other, G, D, z, 0.0f);
    float loss = loss_of(G, D, z, 1.0f);
    rng_fill_normal(&rng, G->grads, G->n_params, 0.0f, 1.0f); // what earlier steps have left
    rng_fill_normal(&rng, D->grads, D->n_params, 0.0f, 1.0f);
    for (size_t i = 0; i < G->n_params; i++) {
        before[i] = G->params[i];
        stale[i] = truth[i] + G->grads[i];
    }
    memcpy(params, D->params, D->n_params * sizeof *params);
    memcpy(grads, D->grads, D->n_params * sizeof *grads);
    float said = answer(G, D, z, N, rate);
    const char *verdict = judge_D(D, params, grads);
    if (verdict) {
        return verdict;
    }
    for (size_t i = 0; i < G->n_params; i++) {
        step[i] = (before[i] - G->params[i]) / rate;
    }
    verdict = judge_G(step, truth, other, stale, G->n_params);
    if (verdict) {
        return verdict;
    }
    return fabsf(said - loss) < 1e-4f
               ? NULL
               : wrong("the step is right, and the loss is %.4f: this returns %.4f", (double)loss,
                       (double)said);
}

static const char *judge(Answer answer) {
    Net *G = net_of(5, 2, 6), *D = net_of(4, 1, 7);
    D->params[D->n_params - 1] = 1.0f; // so that D and 1 - D differ
    const char *verdict = judge_pair(answer, G, D);
    net_free(G);
    net_free(D);
    return verdict;
}

EXERCISE(Answer, judge, step_of_G, { wants_params, "something was added to the discriminator's" },
         { moves_both, "the discriminator's parameters have changed" },
         { clears_D, "the discriminator's gradients are 0 now" }, { target_0, "the target is 0" },
         { upward, "the generator goes up its loss" },
         { not_zeroed, "the generator's gradients still hold" },
         { minimax, "that is the step of the minimax loss" },
         { no_step, "the generator's parameters have not moved" },
         { no_loss, "the step is right, and the loss is" })
