#ifndef ACTS_H
#define ACTS_H

#include "lab.h"

// The acts, each in the file of its name.
void cell(RecurrentLab *lab); // recurrent.c

// Scales the gradient to the length `most` if it is longer (0: never). Returns how long it was.
double clip_gradient(Net *net, double most); // gradients.c

int memory_count(void), memory_each(void); // trainings, and figures of each
void memory(RecurrentLab *lab, Trainings *all);

int direction_count(void), direction_each(void);
void direction(RecurrentLab *lab, Trainings *all);

#endif
