/*
# Safetensors: arrays of numbers in a file

A program has arrays in memory: the weights of a network, the order of the shuffled images, the running means of an optimizer.
Later another program has to read them, perhaps one in another language, and perhaps somebody else had the file in between. How
should the arrays be stored?

The shortest answer is one line, `fwrite(net, sizeof *net, 1, file)`. It stores pointers, which mean nothing to another program,
instead of what they point to. It stores the gaps that this compiler left between the fields, and the fields in the order of this
version of the program. After a field has been added, every older file is read wrongly, and no error is printed.

Python's answer was for years *pickle*, which stores objects as the steps that rebuild them. Such a file is a program, and loading
it means running it: a model from a stranger can delete your files before its first weight is in memory.

All we need are arrays of numbers, each with a name and a shape. They are called *tensors*. The format *safetensors*
(<https://github.com/huggingface/safetensors>) holds tensors and nothing else. Here is a whole file, 120 bytes, with one tensor:
the bias $(1, -2)$ of a layer with two outputs.

    bytes 0-7      68 00 00 00 00 00 00 00    the length of the header, 104, lowest byte first
    bytes 8-111    {"0.bias":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},
                   "__metadata__":{"crc32.0.bias":"c3872656"}}                     (on one line) and 2 spaces
    bytes 112-119  00 00 80 3f 00 00 00 c0    the data: 1.0 is 3f800000 in hexadecimal, -2.0 is c0000000

The header is JSON: for each tensor its element type, its shape, and the place of its first byte and of the byte after its
last, both counted from the end of the header. The spaces bring the header to a multiple of 8, so that a program which maps
the file into memory finds its numbers aligned. Numbers are little-endian, the order in which nearly every processor of today
keeps them.

A disk or a cable that fails can change a bit. A weight with one bit changed is still a number, so the run would go on with wrong
results. Therefore each tensor has a checksum in the file, in the format's place for remarks, `__metadata__`. It is the CRC-32 of
the tensor's bytes: the remainder of a division in which every bit takes part, so that any single changed bit changes it.
*/

#ifndef SAFETENSORS_H
#define SAFETENSORS_H

#include <stddef.h>
#include <stdint.h>

typedef enum { TENSOR_F32, TENSOR_F64, TENSOR_U8, TENSOR_I32, TENSOR_I64, TENSOR_U64 } TensorType;

// A named array of up to four dimensions, as it stands in a safetensors file.
typedef struct {
    char name[64];   // printable ASCII without " and \, not empty
    TensorType type; // of one element
    int n_dims;      // 0 (a single number) to 4
    int64_t size[4]; // of each dimension, 0 or more; the last one varies fastest in memory
    void *data;      // (size[0], size[1], …)
} Tensor;

// Bytes of its data.
size_t tensor_bytes(const Tensor *tensor);

// Writes tensors (n), in the header in the order given; the file is whole or not there. The same
// tensors give the same bytes. Dies with the reason when it cannot be written. Names must be
// unique.
void safetensors_write(const char *path, const Tensor *tensors, int n);

// Reads tensors (n) into the memory that their data fields point to. The file must hold exactly
// these: each name once, with the same type and shape, in any order. Dies with the file, the tensor
// and the difference, before any of that memory is written. A header of more than 1 MiB is refused,
// and data that do not have the checksum that the header states (a file without checksums is taken).
// A tensor whose data is NULL is passed over, and may be missing.
void safetensors_read(const char *path, const Tensor *tensors, int n);

// Reads whatever tensors the file holds; returns them (caller frees the list and each one's data)
// and their number. Behind the data of each there is a zero byte, so that U8 can be read as text.
// Refuses what is not sound, and names, types and shapes that a Tensor cannot have.
Tensor *safetensors_load(const char *path, int *n);

// Dies if a float of tensors (n), which were read from path, is NaN or infinite.
void safetensors_check_finite(const char *path, const Tensor *tensors, int n);

#endif
