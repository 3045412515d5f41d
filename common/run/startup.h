/*
# What OpenMP and OpenBLAS are told before `main`

Both libraries read their wishes from the environment before a program's `main` begins. So does this chapter: every program
that is linked with it runs a function before `main`, which sets two variables, if nobody has decided the matter, and starts
the program anew with the same arguments. It happens once, in the first millisecond.

## How threads wait

Why can one other busy program make a lesson ten times slower? A training step is a dozen short parallel loops, and at the end
of each the threads wait for one another. OpenMP's threads wait by *spinning*: for milliseconds they ask again and again
whether the others have finished, before they give up the processor. On an idle machine that is the fastest way. If another
program uses the processor, too, a thread may spin while the thread it waits for cannot run. A lesson of half a minute then
takes six minutes (measured, with one other busy program on two processors). The remedy is to spin briefly and then sleep, which
costs almost nothing on an idle machine: `GOMP_SPINCOUNT`, unless that or `OMP_WAIT_POLICY` is set already.

## A processor that OpenBLAS does not know

OpenBLAS has its products written anew for each family of processors, and chooses at run time. One that is younger than
the library is taken for an old one: Debian 12's version uses the eight-number vectors of 2013 on an AMD Zen 4 or 5, which
has vectors of sixteen numbers like the one that OpenBLAS calls SkylakeX. Told so, it computes a product of two
1024 × 1024 matrices in 60 ms instead of 94 (`make bench WORKLOADS=sgemm`, one thread of a Zen 5 on a busy day, and with
`OPENBLAS_CORETYPE=Haswell`).
*/

#ifndef STARTUP_H
#define STARTUP_H

#include <stdbool.h>

// How many threads the parallel loops have from here on; 0: as many as there are processors.
void threads_use(int n);

// The processor whose kernels OpenBLAS should use instead of those it has chosen; NULL: its choice is
// good. avx512: the vectors of 16 numbers are there.
const char *better_kernels(const char *chosen, bool avx512);

#endif
