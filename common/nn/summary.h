/*
# What a network is made of

How large is a network, and how much does it cost? A table of layers does not show three things that matter: how many numbers
the network has to learn, how many multiplications one example takes, and on how much of the picture a neuron depends. All three
follow from the table, so every lesson can print them (`--summary`). This is LeNet-5, the network of lesson 4:

    lenet                      (1 × 28 × 28) parameters  sees  every multiplications
     0  conv2d 5/1/2           6 × 28 × 28          156     5      1         117,600
     1  relu                   6 × 28 × 28            0     5      1               0
     2  max_pool2d 2/2         6 × 14 × 14            0     6      2               0
     3  conv2d 5/1/0           16 × 10 × 10       2,416    14      2         240,000
     4  relu                   16 × 10 × 10           0    14      2               0
     5  max_pool2d 2/2         16 × 5 × 5             0    16      4               0
     6  flatten                400                    0    16      4               0
     7  dense                  120               48,120   all                 48,000
        …
        in all                                   61,706                      416,520

The numbers behind a convolution are its kernel, stride and padding (and its dilation, if that is not 1), those behind a
pooling its window and stride. *Parameters* are weights and biases. *Multiplications* are those by a weight, for one example on the
way forward. *Sees* is the side of the **receptive field**, the square of the picture on which one output depends, and
*every* is by how many pixels of the picture the fields of two neighbours are shifted.

Compare parameters with multiplications: most parameters are in the dense layers, most multiplications in the
convolutions. A filter is used at every place, so a convolution has few weights and many multiplications.
*/

#ifndef SUMMARY_H
#define SUMMARY_H

#include "nn/net.h"

#include <stdio.h>

typedef struct {
    size_t params;          // weights and biases
    size_t multiplications; // by weights, for one example, forward
    int sees;               // side of the receptive field in pixels of the input; 0: all of it
    double every; // pixels of the input from one output's field to its neighbour's; below 1 in a
                  // net that enlarges pictures; not defined when the field is all
} LayerSummary;

// Fills rows (net->n_layers). A receptive field may reach beyond the picture, into the padding.
// Batch norm counts as it is in evaluation, where it does not look at its batch.
void summary_rows(LayerSummary *rows, const Net *net);

// Prints the table of a net, at most 80 columns wide.
void summary_print(FILE *out, const char *name, const Net *net);

#endif
