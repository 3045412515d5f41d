#ifndef OPTIMIZERS_H
#define OPTIMIZERS_H

#include "runlog.h"

// The lesson's first act, in landscapes.c: the paths of the methods on functions of two variables.
void landscapes(Run *run);

#endif
