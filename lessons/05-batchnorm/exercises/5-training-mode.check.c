// The oracle: the logits of the net in evaluation mode, and the bytes of its running statistics.

#include "exercise.h"
#include "nn/loss.h"
#include "nn/net.h"

float accuracy(Net *net, const float *x, const int *labels, int n);

typedef float (*Answer)(Net *net, const float *x, const int *labels, int n);

enum { IN = 4, CLASSES = 3, BATCH = 8, N = 60 }; // the last batch has 4 pictures

static Net *rig(void) {
    static const LayerSpec table[] = { dense(6), batchnorm(), relu(), dense(CLASSES), END };
    Rng rng = rng_create(5, RNG_INIT);
    Net *net = net_create(table, (Shape){ IN, 1, 1 }, BATCH, &rng);
    for (size_t i = 0; i < net->n_state; i++) { // as if it had been trained
        net->state[i] = i < net->n_state / 2 ? 0.2f * rng_normal(&rng) : 0.3f + rng_uniform(&rng);
    }
    return net;
}

// --- what learners write --------------------------------------------------------------------------

static float count_in(Net *net, const float *x, const int *labels, int n, Mode mode) {
    int correct = 0;
    for (int first = 0; first < n; first += BATCH) {
        int count = n - first < BATCH ? n - first : BATCH;
        const float *logits = net_forward(net, x + first * IN, count, mode);
        correct += count_correct(logits, labels + first, count, CLASSES);
    }
    return (float)correct;
}

static float as_it_was(Net *net, const float *x, const int *labels, int n) {
    return count_in(net, x, labels, n, TRAIN) / (float)n;
}

static float put_back(Net *net, const float *x, const int *labels, int n) {
    float state[100];
    memcpy(state, net->state, net->n_state * sizeof *state);
    float share = count_in(net, x, labels, n, TRAIN) / (float)n;
    memcpy(net->state, state, net->n_state * sizeof *state);
    return share;
}

static float warmed_up(Net *net, const float *x, const int *labels, int n) {
    for (int pass = 0; pass < 3; pass++) {
        count_in(net, x, labels, n, TRAIN);
    }
    return count_in(net, x, labels, n, EVAL) / (float)n;
}

static float trained_after(Net *net, const float *x, const int *labels, int n) {
    float share = count_in(net, x, labels, n, EVAL) / (float)n;
    count_in(net, x, labels, n, TRAIN);
    return share;
}

static float first_batch(Net *net, const float *x, const int *labels, int n) {
    (void)n;
    return count_in(net, x, labels, BATCH, EVAL) / BATCH;
}

static float a_number(Net *net, const float *x, const int *labels, int n) {
    return count_in(net, x, labels, n, EVAL);
}

// --- the judge --------------------------------------------------------------------------------------

// Pictures that come class by class, far from the running mean; the labels are what the net says in
// evaluation mode, but for three of them.
static void pictures(Net *net, float *x, int *labels) {
    Rng rng = rng_create(5, RNG_DATA);
    for (int e = 0; e < N; e++) {
        rng_fill_normal(&rng, x + e * IN, IN, 1.5f * (float)(e / 20) - 1.0f, 1.0f);
        const float *logits = net_forward(net, x + e * IN, 1, EVAL);
        labels[e] = 0;
        for (int k = 1; k < CLASSES; k++) {
            labels[e] = logits[k] > logits[labels[e]] ? k : labels[e];
        }
        labels[e] = e % BATCH == 2 ? (labels[e] + 1) % CLASSES : labels[e];
    }
    labels[N - 1] = (labels[N - 1] + 1) % CLASSES;
}

static const char *compare(float said, float right, float in_training, bool moved) {
    if (said == right && !moved) {
        return NULL;
    }
    if (said == right) {
        return wrong("the accuracy is right, but the running averages are others now: no pass in "
                     "training mode, for it moves them");
    }
    if (said == in_training && moved) {
        return wrong("the net still runs in training mode: %.2f of these pictures, which come "
                     "class by class, where evaluation mode has %.2f; and the "
                     "running averages have moved",
                     (double)said, (double)right);
    }
    if (said == in_training) {
        return wrong("the running averages stay as they are now, but a picture's answer still "
                     "depends on its batch: mean and variance must be the "
                     "running ones");
    }
    if (moved) {
        return wrong("the running averages were moved by these pictures before it was measured: "
                     "use the net as the training has left it");
    }
    if (said > 1.0f) {
        return wrong("that is the number of right answers; the accuracy is their share");
    }
    return wrong("the accuracy is %.2f and not %.2f: are all %d pictures in it, those of the last, "
                 "smaller batch, too?",
                 (double)said, (double)right, N);
}

static const char *judge(Answer answer) {
    float x[N * IN], state[100], params[200];
    int labels[N];
    Net *net = rig();
    size_t size = net->n_state * sizeof *state;
    pictures(net, x, labels);
    memcpy(state, net->state, size);
    memcpy(params, net->params, net->n_params * sizeof *params);
    float right = count_in(net, x, labels, N, EVAL) / N;
    float in_training = put_back(net, x, labels, N);
    float said = answer(net, x, labels, N);
    bool moved = memcmp(state, net->state, size) != 0;
    const char *verdict = memcmp(params, net->params, net->n_params * sizeof *params) != 0
                              ? wrong("the weights are others than before")
                              : compare(said, right, in_training, moved);
    net_free(net);
    return verdict;
}

EXERCISE(Answer, judge, accuracy, { as_it_was, "the net still runs in training mode" },
         { put_back, "the running averages stay as they are" },
         { warmed_up, "the running averages were moved" },
         { trained_after, "the accuracy is right, but" }, { first_batch, "the accuracy is 0." },
         { a_number, "that is the number" })
