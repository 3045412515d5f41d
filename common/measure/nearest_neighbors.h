/*
# The nearest of sixty thousand

Has a generator learned what clothes look like, or has it kept some of the pictures that it was shown? A sample that is
a copy has a training picture right beside it. So for each sample one wants the nearest training picture, and how far
away it is. Nearest in what? In the 784 pixels, or in the 84 features of the [judge](fid.html): the search is the same,
in a space of $d$ numbers.

Looking at all of them is all that there is to it. Cleverer searches (trees that rule out whole regions) rule out next
to nothing once $d$ is more than a dozen or two. In 784 dimensions a thousand samples and 60,000 pictures have $6 \times
10^7$ distances, each a sum over 784 numbers. As plain loops that takes half a minute. But

$$ \lVert x - y \rVert^2 = \lVert x \rVert^2 + \lVert y \rVert^2 - 2\, x^\top y, $$

and the last term, for all pairs, is a [product of two matrices](matmul.html), for which the processor is made.

**The catch** is in the minus sign. If $y$ is a copy of $x$, two numbers like $10^7$ are subtracted, and the result
ought to be 0. In float it is anything up to some hundreds, and a copy looks like a picture that is merely close. How
wrong can the product be? Each of its $d$ additions and multiplications rounds by a factor of at most $1 + u$, $u =
2^{-24}$, and so, in whatever order it was added up,

$$ \lvert \mathrm{fl}(x^\top y) - x^\top y \rvert \le \gamma \sum_k \lvert x_k y_k \rvert \le \gamma\, \lVert x \rVert \lVert y \rVert,
   \qquad \gamma = \frac{d u}{1 - d u}. $$

So the product only decides who *cannot* be nearest. Whoever could, given that bound, is measured exactly: as a sum of
squared differences, in double. There are few such, about a dozen of 60,000, since only one that is nearer than all
before it gets so far. What comes out is what the plain loops find, and a copy is at distance 0.
*/

#ifndef NEAREST_NEIGHBORS_H
#define NEAREST_NEIGHBORS_H

// For each of n points, the nearest of those that were offered so far.
typedef struct {
    int n, d, offered;
    const float *x; // (n, d), not owned
    double *length; // (n) of each x
    int *place; // (n) of the nearest, counted from the first that was offered; of equals the first
    double *square; // (n) squared distance to it, summed in double
} Nearest;

// Of points x (n, d), all finite, which must stay until the end.
Nearest *nearest_create(const float *x, int n, int d);
void nearest_free(Nearest *nearest);

// The next m points y (m, d), all finite: so a large set need not be in memory as a whole. The same
// bits for any number of threads, and however the set is cut.
void nearest_offer(Nearest *nearest, const float *y, int m);

#endif
