// The earth mover's distance on a line: the mean of |x_(i) - y_(i)|, where x_(i) is the i-th
// smallest of x, and y_(i) of y. x and y (n) must stay as they are: sort copies.

#include <math.h>
#include <stdlib.h>
#include <string.h>

double earth_on_a_line(const float *x, const float *y, int n) {
    (void)x, (void)y, (void)n;
    return 0.0;
}
