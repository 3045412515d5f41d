#include "measure/evaluate.h"
#include "base/die.h"
#include "nn/checkpoint.h"
#include "nn/loss.h"

#include <stdlib.h>

Score evaluate(Net *net, const Dataset *data, const int *index, int n) {
    require(n > 0, "%d images to score", n);
    int pixels = data->rows * data->cols, classes = net->out.channels;
    float *x = alloc_floats((size_t)net->batch * (size_t)pixels);
    int *labels = alloc_bytes((size_t)net->batch * sizeof *labels);
    int *places = alloc_bytes((size_t)net->batch * sizeof *places);
    double loss = 0.0;
    int correct = 0;
    for (int first = 0; first < n; first += net->batch) {
        int count = n - first < net->batch ? n - first : net->batch;
        for (int i = 0; i < count; i++) {
            places[i] = index ? index[first + i] : first + i;
        }
        dataset_take(x, labels, data, places, count);
        const float *logits = net_forward(net, x, count, EVAL);
        loss += (double)count * softmax_cross_entropy(NULL, logits, labels, count, classes);
        correct += count_correct(logits, labels, count, classes);
    }
    free(x);
    free(labels);
    free(places);
    return (Score){ (float)(loss / n), (float)correct / (float)n };
}

Score evaluate_checkpoint(Net *net, const char *model, const Dataset *data) {
    checkpoint_load(model, net);
    return evaluate(net, data, NULL, data->n);
}

void evaluate_model(Run *run, Net *net, const char *model, const Dataset *test) {
    Score score = evaluate_checkpoint(net, model, test);
    run_summary(run, "test_loss", score.loss);
    run_summary(run, "test_accuracy", score.accuracy);
    run_say(run, "On the test images: loss %.4f, accuracy %.4f", (double)score.loss,
            (double)score.accuracy);
}
