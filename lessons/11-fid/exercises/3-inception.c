// The inception score of n pictures from the judge's probabilities p (n, classes):
// exp(mean over the pictures of the sum over the classes of p log(p / mean p)). A term with p = 0
// is 0. At most 10 classes.

#include <math.h>

double inception_score(const float *p, int n, int classes) {
    (void)p, (void)n, (void)classes;
    return 0.0;
}
