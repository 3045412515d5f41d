#ifndef ACTS_H
#define ACTS_H

#include "lab.h"

// --- depth.c -------------------------------------------------------------------------------------

// The skip of a residual block in plain loops: y (n, wide, h, w) = f + every stride-th place of x
// (n, channels, H, W), where the channels that x lacks are 0; h is H / stride, rounded up.
typedef struct {
    int channels, height, width; // of x
    int wide, stride;            // channels of y; places from one to the next
} SkipShape;
void skip_forward(float *y, const float *f, const float *x, int n, const SkipShape *shape);

// What of dy (n, wide, h, w) comes back along the skip is added to dx (n, channels, H, W).
void skip_backward(float *dx, const float *dy, int n, const SkipShape *shape);

// How far the library's block is from these loops, forward and backward, as a share.
double skip_bridge(Rng rng);

// Nets of 4 blocks + 2 layers: a first convolution, `blocks` blocks of 16 channels at 14 × 14 and as
// many of 32 at 7 × 7, the mean of each channel, a dense layer. Same parameters, same first weights,
// with skips and without.
typedef enum { PLAIN, RESIDUAL } Body;
Net *make_deep(Body body, int blocks, bool normed, int batch, uint64_t seed);

// Makes every block begin as the identity: the second convolution is 0, or its batch norm's weight.
void begin_as_identity(Net *net);

// --- gradients.c ---------------------------------------------------------------------------------

// Lengths of the gradients of the convolutions' weights: of the first one, then of each block (its two
// together). Returns how many.
int part_gradients(double length[MOST_PARTS], const Net *net);

// --- the acts ------------------------------------------------------------------------------------

// contest.c: plain against residual; not trained: one step, for the gradients
void contest(DepthLab *lab, int blocks, bool trained);
void identity(DepthLab *lab);              // identity.c: without batch norm
void stacks(DepthLab *lab);                // stacks.c: small filters, 1 × 1, inception
void famous(DepthLab *lab);                // famous.c: their figures, for the summary and the plot
void print_famous(const DepthSettings *s); // and their tables
void sizes(DepthLab *lab);                 // sizes.c: pictures of any size
void best(DepthLab *lab, Net *net);        // best.c: the lesson's best net

// In stacks.c, sizes.c and best.c: the nets as tables, by name; the last one has no name.
typedef struct {
    const char *name;
    const LayerSpec *table;
} NamedTable;
extern const NamedTable stack_tables[], size_tables[];
extern const LayerSpec best_table[];

// zoom.c: x (n, from, from) enlarged or reduced to y (n, to, to).
void zoom(float *y, const float *x, int n, int from, int to);

#endif
