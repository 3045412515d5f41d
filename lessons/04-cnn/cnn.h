#ifndef CNN_H
#define CNN_H

#include "dataset.h"
#include "im2col.h"
#include "net.h"
#include "runlog.h"
#include "state.h"

// What the lesson can be asked for.
typedef struct {
    RunOptions run;
    int epochs, batch, images; // images: how many of the 60,000 to use
    float lr;
    bool summary; // print the tables of all nets, and nothing else
} Settings;

enum { SIDE = 28, PIXELS = SIDE * SIDE, CLASSES = 10 };

// What all acts share: the data, and room for a batch.
typedef struct {
    Run *run;
    State *state;
    const Settings *settings;
    Split images; // for training and validation
    Dataset *test;
    float *x, *dlogits; // (batch, PIXELS), (batch, CLASSES)
    int *labels;        // (batch)
} Lab;

// The nets of the lesson, as tables (cnn.c).
extern const LayerSpec lenet[], two3x3[], mlp[], lenet_dropout[], vocabulary[];

Net *make_net(const Settings *settings, const LayerSpec *table);

// Convolution as it is said, in seven loops (cnn.c). Shapes as in the chapter on convolution.
void loops_forward(float *y, const float *x, const float *W, const float *b, int n,
                   const ConvShape *shape);
void loops_backward(float *dx, float *dW, float *db, const float *dy, const float *x,
                    const float *W, int n, const ConvShape *shape); // dx, dW, db may be NULL

// The same by windows as columns, and how long each takes (columns.c).
void columns_forward(float *y, const float *x, const float *W, const float *b, int n,
                     const ConvShape *shape);
void speed(Lab *lab);

// What happens with few images, and what helps (overfitting.c).
void overfitting(Lab *lab);

// Moves n pictures to the right and down (negative: left and up); what enters is black.
void shift_pictures(float *to, const float *from, int n, int right, int down);

// What the trained nets do with pictures that are not where they used to be, and what the
// convolutional one looks for, sees, and gets wrong (looking.c).
void shifts(Lab *lab, Net *lenet_net, Net *mlp_net);
void pictures(Lab *lab, Net *net);

#endif
