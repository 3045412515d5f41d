/*
# Earth mover's distance

Two heaps of earth lie in different places. How much work is it to turn the one into the other? Work is weight times distance,
and the answer is the least work of all plans of who is carried where. Between two sets of points this is a distance of *sets*:
it says how far they are apart even if they have no point in common, and it shrinks smoothly as the one moves towards the other.
That is what makes it worth having beside a generator. (Rubner, Tomasi and Guibas 2000 gave it the name and compared pictures by
it; the problem is Monge's, 1781. Lesson 8 builds a loss from it.)

A *plan* is a matrix of shares: $P_{ij} \ge 0$ says how much of point $x_i$ goes to place $y_j$. With $n$ points on
either side, all of the same weight, every row and every column of $P$ adds up to 1, and the work is $\frac1n \sum_{ij}
P_{ij} \lVert x_i - y_j \rVert$. May a point be torn apart? It may, and it never pays: every such matrix is a mixture of
permutations (Birkhoff's theorem), the work is linear in $P$, so the work of the mixture is a mean of the works of its
permutations, and one of them is no worse than the mean. So the best plan can be had as an *assignment*, each $x_i$ to
one $y_{\pi(i)}$ of its own:

$$ \mathrm{EMD}(x, y) = \min_{\pi} \frac1n \sum_{i=1}^{n} \lVert x_i - y_{\pi(i)} \rVert. $$

There are $n!$ permutations, and for $n = 512$ that is a number with 1,167 digits. The best one is found in a number of steps that
grows with $n^3$; for $n = 512$ it takes hundredths of a second.

**Check it by hand.** On a line, let $x$ be 0 and 1, and $y$ be 1 and 3. Staying with the nearest, 1 → 1 and 0 → 3,
costs 0 + 3; the other way, 0 → 1 and 1 → 3, costs 1 + 2. Both are 3, so the distance is 1.5. (On a line, sorting both
sets is always a best assignment. In the plane there is nothing to sort by.)

## What it is worth

Of two sets drawn from the *same* distribution no point lies exactly where another one does, so their distance is not 0. For 512
points each, the mean over 50 pairs of sets, and the deviation from pair to pair:

| cloud of [toy2d](toy2d.html) | real points from real points |
|---|---|
| ring | 0.15 ± 0.05 |
| grid | 0.39 ± 0.07 |
| Swiss roll | 0.13 ± 0.02 |

That is the noise floor: a distance of this size means no difference that so many points could show. On the ring and the
grid nearly all of it is luck in the counts: where one set has 70 points in a mode and the other 60, ten have to walk to
the next mode. Twice as many points divide the floor by about $\sqrt 2$, in the plane, and take eight times as long.
(For comparison: samples that all sit in one mode of the ring are 2.5 away, the mean distance from there to the eight.)
*/

#ifndef EMD_H
#define EMD_H

// The earth mover's distance between x (n, d) and y (n, d): the mean Euclidean distance under the
// best assignment, exact but for rounding. partner (n): the place in y of each point of x; NULL if
// not wanted. All numbers finite, n and d at least 1. Takes 8 n² bytes; may be called by several
// threads at once. Source: Rubner et al. 2000 (Int. J. of Computer Vision 40), for equal weights.
double emd(int *partner, const float *x, const float *y, int n, int d);

#endif
