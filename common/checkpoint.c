#include "checkpoint.h"
#include "die.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
## A network's tensors

One function knows which tensors a layer has, and both directions ask it, so that they cannot disagree. A dense layer has its
weight (out, in), and its bias (out) unless it was made without; a convolution's weight has four dimensions, of which the
transposed one swaps the first two. Batch norm has a number of each per channel, and beside them the statistics it has
gathered while learning. The sum over all layers must be the number of the network's parameters, and of its running
statistics: a kind of layer that is missing here would otherwise be missing from every file.

PyTorch's batch norm also counts the batches it has seen, and misses the count in a file that has none. Nothing we compute
depends on it. So it is written, as 0, and passed over when a file is read.
*/

enum { MOST_TENSORS = 5 }; // of one layer

// The next tensor of layer i, at the end of a list.
static void add_tensor(Tensor *tensors, int *n, int i, const char *name, float *data, int n_dims,
                       const int *size) {
    Tensor *tensor = &tensors[(*n)++];
    *tensor = (Tensor){ .type = TENSOR_F32, .n_dims = n_dims, .data = data };
    snprintf(tensor->name, sizeof tensor->name, "%d.%s", i, name);
    for (int d = 0; d < n_dims; d++) {
        tensor->size[d] = size[d];
    }
}

// Adds those of the net's layer i (at most MOST_TENSORS) to tensors (*n).
static void list_layer(const Net *net, int i, Tensor *tensors, int *n) {
    const Layer *l = &net->layers[i];
    int in = (int)shape_size(l->in), out = (int)shape_size(l->out), kernel = l->spec.kernel;
    switch (l->spec.kind) {
    case DENSE:
        add_tensor(tensors, n, i, "weight", l->weight, 2, (int[]){ out, in });
        break;
    case CONV2D:
        out = l->out.channels;
        add_tensor(tensors, n, i, "weight", l->weight, 4,
                   (int[]){ out, l->in.channels, kernel, kernel });
        break;
    case CONV_TRANSPOSE2D:
        out = l->out.channels;
        add_tensor(tensors, n, i, "weight", l->weight, 4,
                   (int[]){ l->in.channels, out, kernel, kernel });
        break;
    case BATCHNORM:
        out = l->out.channels;
        add_tensor(tensors, n, i, "weight", l->weight, 1, &out);
        break;
    default: // no weights
        return;
    }
    if (l->bias) {
        add_tensor(tensors, n, i, "bias", l->bias, 1, &out);
    }
    if (l->spec.kind == BATCHNORM) {
        static int64_t none; // stays 0
        add_tensor(tensors, n, i, "running_mean", l->state, 1, &out);
        add_tensor(tensors, n, i, "running_var", l->state + out, 1, &out);
        Tensor *count = &tensors[*n];
        add_tensor(tensors, n, i, "num_batches_tracked", NULL, 0, NULL);
        count->type = TENSOR_I64;
        count->data = &none;
    }
}

// All tensors of the network, to be freed.
static Tensor *list_net(const Net *net, int *n) {
    Tensor *tensors = alloc_bytes((size_t)net->n_layers * MOST_TENSORS * sizeof *tensors);
    size_t floats = 0;
    *n = 0;
    for (int i = 0; i < net->n_layers; i++) {
        list_layer(net, i, tensors, n);
    }
    for (int i = 0; i < *n; i++) {
        floats += tensors[i].type == TENSOR_F32 ? tensor_bytes(&tensors[i]) / sizeof(float) : 0;
    }
    require(floats == net->n_params + net->n_state,
            "%zu of %zu parameters and statistics are listed", floats,
            net->n_params + net->n_state);
    return tensors;
}

void checkpoint_save(const char *path, const Net *net) {
    int n;
    Tensor *tensors = list_net(net, &n);
    safetensors_write(path, tensors, n);
    free(tensors);
}

/*
What is read goes to memory of its own first. `safetensors_read` has refused a file that does not fit, but not yet the weights of
a run that diverged, which are NaN or infinite. Only when these are excluded, too, is the network touched.
*/

void checkpoint_load(const char *path, Net *net) {
    int n;
    Tensor *tensors = list_net(net, &n);
    Tensor *loaded = alloc_bytes((size_t)n * sizeof *loaded);
    for (int i = 0; i < n; i++) {
        loaded[i] = tensors[i];
        bool wanted = tensors[i].type == TENSOR_F32; // the count of batches is not
        loaded[i].data = wanted ? alloc_bytes(tensor_bytes(&tensors[i])) : NULL;
    }
    safetensors_read(path, loaded, n);
    safetensors_check_finite(path, loaded, n);
    for (int i = 0; i < n; i++) {
        if (loaded[i].data) {
            memcpy(tensors[i].data, loaded[i].data, tensor_bytes(&tensors[i]));
        }
        free(loaded[i].data);
    }
    free(loaded);
    free(tensors);
}
