#ifndef ACTS_H
#define ACTS_H

#include "lab.h"

// The acts, each in the file of its name.
void cell(RecurrentLab *lab); // recurrent.c

int memory_count(void);
void memory(RecurrentLab *lab, Trainings *all);

int direction_count(void);
void direction(RecurrentLab *lab, Trainings *all);

#endif
