#ifndef ACTS_H
#define ACTS_H

#include "lab.h"
#include "nn/optimizer.h"

// LeNet-5 without its last layer: 84 features. The tables are in few-pictures.c and tasks.c.
#define LENET_TRUNK                                                                                \
    conv2d(6, .kernel = 5, .pad = 2), relu(), max_pool2d(2), conv2d(16, .kernel = 5), relu(),      \
        max_pool2d(2), flatten(), dense(120), relu(), dense(84), relu()
enum { FIRST_CONVOLUTION = 3, CONVOLUTIONS = 7, TRUNK = 11, FEATURES = 84 }; // layers up to there
enum { NEW_CLASSES = 5, GROUPS = 4, MOST_ROWS = 256 }; // MOST_ROWS: of a batch

extern const LayerSpec linear[], small[], dense_only[], lenet[];
extern const LayerSpec lenet_of_five[];             // in transfer.c
extern const LayerSpec two_questions[], denoiser[]; // in tasks.c

// A net for few pictures, with the initial weights of a seed.
Net *few_net(const FewLab *lab, const LayerSpec *table, int seed);

// How a net is trained on few pictures, and a training that is on its way (few-pictures.c).
typedef struct {
    Classes classes;
    int per_class, steps;
    float lr; // at the beginning; it falls to 0
    Augmentation how;
} FewRecipe;

typedef struct {
    FewRecipe recipe;
    Net *net;
    Optimizer *adam;
    Batches batches;
    Rng changes; // of the pictures
    long step;
    float *x;    // (batch, PIXELS)
    int *labels; // (batch)
} FewCourse;
void course_open(FewCourse *c, const FewLab *lab, const FewRecipe *recipe, int seed, Net *net);
void course_close(FewCourse *c);
float course_step(FewCourse *c); // the loss

// The whole of it, and the figures of the net. Ends early, without figures, if the run is stopped. Returns
// 0, or the step at which the loss was not finite.
long learn(const FewLab *lab, const FewRecipe *recipe, int seed, Net *net, double *figures);

// The acts. An act that trains many nets has a function that says how many.
void watch(FewLab *lab);

enum { SIZES = 4, AT_200 = 1, AT_2000 = 3 };
extern const int per_class[SIZES], pictures[SIZES]; // numbers of pictures: of a class, of all
enum { MODELS = 4, LENET = 3 };
int models_count(const FewSettings *s);
bool models(FewLab *lab, Trainings *all);

// LeNet's figures (seeds, FIGURES) at that size, from the act above.
const double *plain_figures(const FewLab *lab, const Trainings *models, int size);

// Nets that have seen many pictures (transfer.c): one of all ten classes, and for each seed one of the
// old five.
typedef struct {
    const FewLab *lab;
    Net *ten, *five[MOST_SEEDS];
} Experienced;
Experienced experienced_open(FewLab *lab);
void experienced_close(Experienced *nets);
int experience_count(const FewSettings *s);
bool experience(FewLab *lab, Trainings *all, Experienced *nets);

int augmentation_count(const FewSettings *s);
void augmentation(FewLab *lab, Trainings *all, const Trainings *models, Net *ten);

int transfer_count(const FewSettings *s);
void transfer(FewLab *lab, Trainings *all, const Experienced *nets);

// Copies the weights of the first `layers` layers.
void borrow(Net *to, const Net *from, int layers);

int tasks_count(const FewSettings *s);
void tasks(FewLab *lab, Trainings *all);

#endif
