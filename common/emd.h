/*
# Earth mover's distance

Two heaps of earth, in different places. How much work is it to turn the one into the other? Work is weight times distance, and
the answer is the best of all plans of who carries what where. For two sets of points this is a distance between *sets*: it says
how far they are apart even if they have no point in common, and that is what makes it valuable (Rubner, Tomasi and Guibas 2000;
lesson 8 builds a loss from it).

With as many points in the one as in the other, and each of the same weight, no plan is better than the best *assignment*: every
point of $x$ goes to exactly one point of $y$. (A plan is a matrix of shares whose rows and columns add up to one. These matrices are
the mixtures of permutations, which is Birkhoff's theorem, and a cost that is linear in the plan is smallest at one of the
permutations that are mixed.) So the distance of $n$ points from $n$ others is

$$ \mathrm{EMD}(x, y) = \min_{\pi} \frac1n \sum_{i=1}^{n} \lVert x_i - y_{\pi(i)} \rVert. $$

There are $n!$ permutations, and for $n = 512$ that is a number with 1,167 digits. The best one is found in $n^3$ steps.

**What it is worth.** Of two sets drawn from the *same* distribution no point lies exactly where another one does, and so their EMD is
not 0. It is 0.1 to 0.2 for 512 points of the ring of [toy2d](toy2d.html). A value of that size means: no difference that this many
points could show.
*/

#ifndef EMD_H
#define EMD_H

// The earth mover's distance between x (n, d) and y (n, d), with Euclidean distances: the mean distance under the
// best assignment, exact but for rounding. partner (n): the place in y of each point of x; NULL if not wanted. All numbers
// finite, n > 0. Memory: 8 n² bytes. May be called by several threads at once.
double emd(int *partner, const float *x, const float *y, int n, int d);

#endif
