/*
# Checkpoints: a network on disk

When a program ends, its weights are gone. A *checkpoint* keeps them in a file, so that another program can go on from there
on another day: classify new images, draw samples from a generator, continue a run. What should such a file hold?

The shortest answer is one line, `fwrite(net, sizeof *net, 1, file)`. It stores pointers, which mean nothing tomorrow, and
not what they point to; the gaps that this compiler left between the fields; and the fields in the order that this version of
the program happens to have. Add a field, and every older file is read wrongly without a word.

Python's answer was for years *pickle*, which stores objects as the steps that rebuild them. Such a file is a program, and to
load it is to run it: a model from a stranger can delete your files before its first weight is in memory.

All we need are arrays of numbers, each with a name and a shape. The format *safetensors*
(<https://github.com/huggingface/safetensors>) holds these and nothing else. Here is a whole file, 80 bytes, with one tensor:
the bias $(1, -2)$ of a layer with two outputs.

    bytes 0-7     40 00 00 00 00 00 00 00    the length of the header, 64, lowest byte first
    bytes 8-71    {"0.bias":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}     and 5 spaces
    bytes 72-79   00 00 80 3f 00 00 00 c0    the data: 1.0 is 3f800000 in hexadecimal, -2.0 is c0000000

The header is JSON: for each tensor its element type, its shape, and the place of its first byte and of the byte after its
last, both counted from the end of the header. The spaces bring the header to a multiple of 8, so that a program which maps
the file into memory finds its numbers aligned. Numbers are little-endian, the order in which nearly every processor of today
keeps them.

Names and shapes are PyTorch's. In a `Sequential` the modules are counted from 0, activations included, so a network of
dense, ReLU and dense layers has the tensors `0.weight`, `0.bias`, `2.weight` and `2.bias`, and two lines of Python load what
a lesson has trained:

    model = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
    model.load_state_dict(safetensors.torch.load_file("model.safetensors"))
*/

#ifndef CHECKPOINT_H
#define CHECKPOINT_H

#include "net.h"

#include <stdint.h>

typedef enum { TENSOR_F32, TENSOR_F64, TENSOR_U8, TENSOR_I64, TENSOR_U64 } TensorType;

// A named array of up to four dimensions, as it stands in a safetensors file.
typedef struct {
    char name[64];   // printable ASCII without " and \, not empty
    TensorType type; // of one element
    int n_dims;      // 0 (a single number) to 4
    int64_t size[4]; // of each dimension, 0 or more; the last one varies fastest in memory
    void *data;      // (size[0], size[1], …)
} Tensor;

// Writes tensors (n), in the header in the order given; the file is whole or not there. The same
// tensors give the same bytes. Dies with the reason when it cannot be written. Names must be
// unique.
void safetensors_write(const char *path, const Tensor *tensors, int n);

// Reads tensors (n) into the memory that their data fields point to. The file must hold exactly
// these: each name once, with the same type and shape, in any order. Dies with the file, the tensor
// and the difference, before any of that memory is written. A header of more than 1 MiB is refused.
void safetensors_read(const char *path, const Tensor *tensors, int n);

// Dies if a float of tensors (n), which were read from path, is NaN or infinite.
void safetensors_check_finite(const char *path, const Tensor *tensors, int n);

// A network's weights and biases under PyTorch's names for a Sequential: "0.weight", "0.bias",
// "2.weight", …
void checkpoint_save(const char *path, const Net *net);

// The reverse, for a network created from the same table. Refuses what safetensors_read refuses,
// and weights that are NaN or infinite; the network changes only if the whole file is good.
void checkpoint_load(const char *path, Net *net);

#endif
