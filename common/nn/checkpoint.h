/*
# Checkpoints: a network on disk

When a program ends, its weights are gone. A *checkpoint* keeps them in a file, so that another program can go on from there
on another day: classify new images, draw samples from a generator, start from what was learned. How much of a network has to
be in the file?

Its numbers have to be: the weights and biases that training has changed, and the running statistics of [batch
norm](batchnorm.html). Its structure need not be. Which layers there are and how wide each is stands in a [table](layer.html) in
the program. The file has the names and shapes that follow from the table, and these show whether the two belong together.

[The chapter on safetensors](safetensors.html) describes how arrays with a name and a shape become a file. What names should they
have? They have PyTorch's, and PyTorch's shapes. In a `Sequential` the modules are counted from 0, activations
included, so a network of dense, ReLU and dense layers has the tensors `0.weight`, `0.bias`, `2.weight` and `2.bias`, and two
lines of Python load what a lesson has trained:

    model = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
    model.load_state_dict(safetensors.torch.load_file("model.safetensors"))

To continue a run that was stopped takes more than its network. [States](state.html) have the rest.
*/

#ifndef CHECKPOINT_H
#define CHECKPOINT_H

#include "data/safetensors.h"
#include "nn/net.h"

// A network's weights, biases and running statistics under PyTorch's names for a Sequential:
// "0.weight", "0.bias", "1.running_mean", … A batch norm's "num_batches_tracked" is written as 0.
void checkpoint_save(const char *path, const Net *net);

// The same, and one tensor more (or NULL) that is not the network's, under its own name.
void checkpoint_save_with(const char *path, const Net *net, const Tensor *more);

// The reverse, for a network created from the same table. Refuses what safetensors_read refuses,
// and weights that are NaN or infinite; the network changes only if the whole file is good.
void checkpoint_load(const char *path, Net *net);

// The same for the first `layers` layers alone, from a file that may hold another network behind
// them. The other layers stay as they are.
void checkpoint_load_first(const char *path, Net *net, int layers);

#endif
