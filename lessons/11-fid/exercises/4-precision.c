// The share of the n vectors `of` (n, d) that lie in at least one ball of `region` (m, d). The ball
// around a vector of region reaches to its k-th nearest neighbour in region, itself not counted; a
// vector on the rim is inside.

#include <stdlib.h>

double share_inside(const float *of, int n, const float *region, int m, int d, int k) {
    (void)of, (void)n, (void)region, (void)m, (void)d, (void)k;
    return -1.0;
}
