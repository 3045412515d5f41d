/*
## 70,000 pictures, and a bridge

Now pictures of 28 × 28 grey pixels, ten kinds of clothes ([Fashion-MNIST](dataset.html)). 784 inputs, 128 hidden neurons,
10 outputs; $784 \cdot 128 + 128 + 128 \cdot 10 + 10 = 101{,}770$ weights and biases. Nothing in the loops above has to
change.

But they are slow, and the next lessons will want other layers. So here is the bridge that we cross once: the same
network as a *table*, handed to the library's [`net`](net.html). It has the same weights in the same order, and its
loops are matrix products. If the two agree on the same batches, step after step, we may trust either. They do: over
60 steps their losses differ by about one part in ten million, the precision of a float. And the library is
faster, by how much depends on the processor: the program prints the milliseconds that a step takes in each. From the next
lesson on we use the library.
*/

#include "acts.h"
#include "base/clock.h"
#include "base/die.h"
#include "measure/evaluate.h"
#include "nn/loss.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const Activation activations[ACTIVATIONS] = {
    { "sigmoid", sigmoid() },
    { "tanh", tanh_() },
    { "relu", relu() },
    { "leaky_relu", leaky_relu(0.01f) },
};

Net *make_net(const BackpropSettings *s) {
    const LayerSpec table[] = { dense(s->hidden), activations[s->activation].layer, dense(CLASSES),
                                END };
    Rng rng = rng_create(s->run.seed, RNG_INIT);
    Net *net = net_create(table, (Shape){ 1, 28, 28 }, s->batch, &rng);
    net_init(net, (InitScheme)s->init, &rng);
    return net;
}

static void step(Net *net, float lr) {
    for (size_t i = 0; i < net->n_params; i++) {
        net->params[i] -= lr * net->grads[i];
    }
}

// Trains both for some steps from the same weights on the same batches.
Bridge bridge(Run *run, const BackpropSettings *s, Batches *batches) {
    static const LayerSpec tanh_net[] = { dense(128), tanh_(), dense(CLASSES), END };
    Bridge result = { .steps = 60 };
    Rng rng = rng_create(s->run.seed, RNG_INIT);
    Mlp m = mlp_create(PIXELS, 128, CLASSES, s->batch);
    mlp_init(&m, INIT_XAVIER, &rng);
    Net *net = net_create(tanh_net, (Shape){ 1, 28, 28 }, s->batch, &rng);
    memcpy(net->params, m.theta, m.n_theta * sizeof *m.theta);

    float *x = alloc_floats((size_t)s->batch * PIXELS);
    int *labels = alloc_bytes((size_t)s->batch * sizeof *labels);
    for (int i = 0; i < result.steps && !run_stopped(run); i++) {
        int n = batches_next_endless(batches, x, labels);
        double start = clock_seconds();
        mlp_forward(&m, x, n);
        float plain = softmax_cross_entropy(m.ds, m.s, labels, n, CLASSES);
        mlp_backward(&m, x, n);
        mlp_step(&m, s->lr);
        double middle = clock_seconds();
        const float *logits = net_forward(net, x, n, TRAIN);
        float library = softmax_cross_entropy(m.ds, logits, labels, n, CLASSES);
        net_zero_grad(net);
        net_backward(net, m.ds, WANT_PARAMS);
        step(net, s->lr);
        result.library_ms += 1e3 * (clock_seconds() - middle) / result.steps;
        result.plain_ms += 1e3 * (middle - start) / result.steps;
        double difference = fabs((double)plain - library) / library;
        if (!(difference <= result.difference)) { // a NaN is larger than everything
            result.difference = difference;
        }
    }
    free(x);
    free(labels);
    net_free(net);
    mlp_free(&m);
    return result;
}

/*
## Training

Of the 60,000 training images one in twelve is set aside, chosen at random (`split_open`): the *validation set*. The
network never learns from it, so the loss on it tells how well what was learned *generalises* to pictures that it has not
seen. The 10,000 test images are scored once, at the very end.

The log gets ten rows per epoch with the mean training loss since the row before, and at the end of each epoch the
validation figures.
*/

void train(Run *run, const BackpropSettings *s, Net *net, Batches *batches, const int *valid,
           int n_valid) {
    Log *log = log_open(run, "log.csv", "train_loss<,train_accuracy>,valid_loss<,valid_accuracy>");
    float *x = alloc_floats((size_t)s->batch * PIXELS);
    int *labels = alloc_bytes((size_t)s->batch * sizeof *labels);
    long per_epoch = (batches->n + s->batch - 1) / s->batch, total = per_epoch * s->epochs;
    long every = per_epoch < 10 ? 1 : per_epoch / 10, done = 0;
    double loss_sum = 0.0, correct = 0.0, seen = 0.0;
    for (int epoch = 0; epoch < s->epochs; epoch++) {
        for (int n; !run_stopped(run) && (n = batches_next(batches, x, labels)) > 0;) {
            const float *logits = net_forward(net, x, n, TRAIN);
            float loss = softmax_cross_entropy(net->dy, logits, labels, n, CLASSES);
            correct += count_correct(logits, labels, n, CLASSES);
            net_zero_grad(net);
            net_backward(net, net->dy, WANT_PARAMS);
            step(net, s->lr);

            done++;
            if (!isfinite(loss)) {
                run_diverged(run, done, "the loss", net_find_nonfinite(net));
            }
            loss_sum += (double)loss * n;
            seen += n;
            bool epoch_over = done % per_epoch == 0;
            if (epoch_over || done % per_epoch % every == 0) {
                Score score = { NAN, NAN };
                if (epoch_over) {
                    score = evaluate(net, batches->data, valid, n_valid);
                }
                log_row(log, done, loss_sum / seen, correct / seen, score.loss, score.accuracy);
                run_progress(run, "training", done, total, "loss %.3f  accuracy %.3f",
                             loss_sum / seen, correct / seen);
                loss_sum = correct = seen = 0.0;
            }
        }
    }
    free(x);
    free(labels);
}

/*
![Cross-entropy over 40 passes through the training set. The training curve goes on falling; the validation curve
follows it at first, then flattens: from there on part of what is learned holds for these 55,000 pictures
only.](loss.svg)

The first 430 steps, one epoch, bring the training loss down to 0.53 (knowing nothing costs $\log 10 = 2.3$), and 82 %
of the validation images are named correctly. The other 39 epochs are for the next six points: at the end the
validation accuracy is 0.884 and the test accuracy 0.880, while the training accuracy has reached 0.911. The difference
between the two losses, 0.24 in training and 0.32 in validation, is the *generalisation gap*. It opens because the network
begins to fit what is peculiar to its training pictures: *overfitting*. [Lesson 4](04-cnn.html) drives it to the extreme.

![Weights of the first 64 hidden neurons as pictures: red where light raises the neuron's sum, blue where it lowers it.
Here and there the edge of a shoulder, a sleeve or a sole; most still look much like the random numbers they
began with.](weights.png)
*/
