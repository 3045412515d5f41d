/*
## Bookkeeping

The steps of a short run, and the first steps of any.
*/

#include "lab.h"

long lab_steps(const Lab *lab, long steps) {
    long most = lab->settings->steps / 4;
    return steps < most ? steps : most > 2 ? most : 2;
}

float warmed_up(float lr, long step, long steps) {
    return step < steps ? lr * (float)(step + 1) / (float)steps : lr;
}
