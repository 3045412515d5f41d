// Find the fault. The accuracy that this measures changes when the pictures are sorted by class,
// and the net is another one afterwards. Mend it, and leave all else as it is.

#include "nn/loss.h"
#include "nn/net.h"

float accuracy(Net *net, const float *x, const int *labels, int n) {
    int correct = 0;
    for (int first = 0; first < n; first += net->batch) {
        int count = n - first < net->batch ? n - first : net->batch;
        const float *batch = x + (size_t)first * shape_size(net->in);
        const float *logits = net_forward(net, batch, count, TRAIN);
        correct += count_correct(logits, labels + first, count, (int)shape_size(net->out));
    }
    return (float)correct / (float)n;
}
