#include "nn/checkpoint.h"
#include "base/die.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
## A network's tensors

[Its kind](kinds.html) says which tensors a layer has. Saving and loading both use this list, so they cannot disagree. The sum over all
layers must be the number of the network's parameters, and of its running statistics. Otherwise a tensor that a kind does not list would
be missing from every file.

Layers are numbered from 0, as PyTorch numbers the modules of a `Sequential`. A row that only passes numbers from one place to another
(`mark`, `add`, `concat`, `from`) is not counted. So a file stays readable when a mark is added to a table.

A tensor without data is a number that PyTorch's module has and ours has not. It is written, as 0, and passed over when a file is
read.
*/

// The tensors of the net's layer i, called "number.name", go to the end of a list (*n).
static void list_layer(const Layer *l, int number, Tensor *tensors, int *n) {
    static int64_t none; // stays 0
    LayerTensor list[LAYER_TENSORS];
    const LayerOps *ops = layer_ops(l->spec.kind);
    int count = ops->tensors ? ops->tensors(l, list) : 0;
    for (const LayerTensor *from = list; from < list + count; from++) {
        Tensor *to = &tensors[(*n)++];
        *to = (Tensor){ .type = from->data ? TENSOR_F32 : TENSOR_I64,
                        .n_dims = from->n_dims,
                        .data = from->data ? (void *)from->data : &none };
        snprintf(to->name, sizeof to->name, "%d.%s", number, from->name);
        for (int d = 0; d < from->n_dims; d++) {
            to->size[d] = from->size[d];
        }
    }
}

// All tensors of the network, to be freed; there is room for one more.
static Tensor *list_layers(const Net *net, int layers, int *n) {
    Tensor *tensors = alloc_bytes(((size_t)layers * LAYER_TENSORS + 1) * sizeof *tensors);
    size_t listed = 0, floats = 0;
    *n = 0;
    for (int i = 0, number = 0; i < layers; i++) {
        const Layer *l = &net->layers[i];
        list_layer(l, number, tensors, n);
        number += !layer_is_branching(l->spec.kind);
        floats += l->n_weight + l->n_bias + l->n_state;
    }
    for (int i = 0; i < *n; i++) {
        listed += tensors[i].type == TENSOR_F32 ? tensor_bytes(&tensors[i]) / sizeof(float) : 0;
    }
    require(listed == floats, "%zu of %zu parameters and statistics are listed", listed, floats);
    return tensors;
}

void checkpoint_save_with(const char *path, const Net *net, const Tensor *more) {
    int n;
    Tensor *tensors = list_layers(net, net->n_layers, &n);
    if (more) {
        tensors[n++] = *more;
    }
    safetensors_write(path, tensors, n);
    free(tensors);
}

void checkpoint_save(const char *path, const Net *net) {
    checkpoint_save_with(path, net, NULL);
}

/*
The tensors are read into memory of their own first. `safetensors_read` has refused a file that does not fit, but not yet the weights
of a run that diverged, which are NaN or infinite. The network changes only when these are excluded, too.

The first layers of one network can be the beginning of another one. Then the file has tensors that are not asked for, and is read
without a list.
*/

typedef enum { ALL_OF_FILE, PART_OF_FILE } Extent;

// Reads the file's tensors of that name, type and shape into memory of their own.
static void read_part(const char *path, Tensor *wanted, int n) {
    int n_found;
    Tensor *found = safetensors_load(path, &n_found);
    for (int i = 0; i < n; i++) {
        Tensor *w = &wanted[i];
        int k = 0;
        while (k < n_found && strcmp(found[k].name, w->name) != 0) {
            k++;
        }
        bool fits = k < n_found && found[k].type == w->type && found[k].n_dims == w->n_dims &&
                    memcmp(found[k].size, w->size, sizeof w->size) == 0;
        if (w->data && !fits) {
            die("%s has no tensor %s of the type and shape that this network needs. Load the file "
                "of "
                "a network that begins with the same layers",
                path, w->name);
        }
        if (w->data) {
            memcpy(w->data, found[k].data, tensor_bytes(w));
        }
    }
    for (int k = 0; k < n_found; k++) {
        free(found[k].data);
    }
    free(found);
}

static void load_layers(const char *path, Net *net, int layers, Extent extent) {
    int n;
    Tensor *tensors = list_layers(net, layers, &n);
    Tensor *loaded = alloc_bytes((size_t)n * sizeof *loaded);
    for (int i = 0; i < n; i++) {
        loaded[i] = tensors[i];
        bool wanted = tensors[i].type == TENSOR_F32; // the count of batches is not
        loaded[i].data = wanted ? alloc_bytes(tensor_bytes(&tensors[i])) : NULL;
    }
    if (extent == ALL_OF_FILE) {
        safetensors_read(path, loaded, n);
    } else {
        read_part(path, loaded, n);
    }
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

void checkpoint_load(const char *path, Net *net) {
    load_layers(path, net, net->n_layers, ALL_OF_FILE);
}

void checkpoint_load_first(const char *path, Net *net, int layers) {
    require(layers > 0 && layers <= net->n_layers, "%d of %d layers", layers, net->n_layers);
    load_layers(path, net, layers, PART_OF_FILE);
}
