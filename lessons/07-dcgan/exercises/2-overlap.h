#include <stdbool.h>

// Of n windows of k places, `stride` apart, the first of which begins at -pad: how many cover `at`?
int windows_over(int at, int n, int k, int stride, int pad);

// even[k]: with stride 2 all places inside lie under the same number of windows of k places.
extern const bool even[8];
