// Of n windows of k places, `stride` apart, the first of which begins at -pad: how many cover the
// place `at`? And for which kernels from 2 to 7 is that the same everywhere inside, with stride 2?

#include "2-overlap.h"

int windows_over(int at, int n, int k, int stride, int pad) {
    (void)at, (void)n, (void)k, (void)stride, (void)pad;
    return 0;
}

const bool even[8] = {
    [2] = false, [3] = false, [4] = false, [5] = false, [6] = false, [7] = false
};
