#ifndef ACTS_H
#define ACTS_H

#include "cnn.h"
#include "lab.h"
#include "nn/net.h"

// "Same" padding, and four ways to pool (windows.c).
void windows(CnnLab *lab);

// Convolution by windows as columns (columns.c), and how long each way takes (speed.c).
void columns_forward(float *y, const float *x, const float *W, const float *b, int n,
                     const ConvShape *shape);
void speed(CnnLab *lab);

// The nets of the lesson, as tables, and the training of one that the state knows (lenet.c).
extern const LayerSpec lenet[], two3x3[], mlp[], linear[], lenet_dropout[], vocabulary[];

Net *make_net(const CnnSettings *settings, const LayerSpec *table);
void train(CnnLab *lab, const CnnCandidate *who, Net *net);

// What happens with few images, and what helps (overfitting.c). few_open makes the nets and names
// them to the state.
enum { FEW_NETS = 6 };

void few_open(CnnLab *lab, Net *nets[FEW_NETS]);
void overfitting(CnnLab *lab, Net *const nets[FEW_NETS]);

// In the same file: moves n pictures to the right and down (negative: left and up); what enters is black.
void shift_pictures(float *to, const float *from, int n, int right, int down);

// What the trained nets do with pictures that are not where they used to be, and what the
// convolutional one looks for, sees, and gets wrong (looking.c).
void shifts(CnnLab *lab, Net *lenet_net, Net *mlp_net);
void pictures(CnnLab *lab, Net *net);

#endif
