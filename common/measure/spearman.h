/*
# Do two curves tell the same story?

A loss falls and the samples get better: does the one follow the other? Not necessarily in a straight line. If the loss
were the square of the distance that we care about, it would be as good a guide as the distance itself. All we ask is
the order: where the one is larger, is the other larger, too?

So replace each number by its *rank*, 1 for the smallest, and ask how well the ranks lie on a line. That is Spearman's
rank correlation,

$$ \rho = \frac{\sum_i (r_i - \bar r)(s_i - \bar s)}{\sqrt{\sum_i (r_i - \bar r)^2 \, \sum_i (s_i - \bar s)^2}}, $$

1 if both rise and fall together, $-1$ if one rises where the other falls, and near 0 if they have nothing to do with
each other.

## How large is large?

Two curves that have nothing to do with each other do not have $\rho = 0$, only a $\rho$ by chance. How far from 0 does chance
go? That depends on what kind of curves they are, and both kinds can be drawn by a program: pairs of curves that are
independent by construction. Of 4,000 such pairs with 60 rows each, $\lvert \rho \rvert$ is

| curves | median | 95 % are below |
|---|--:|--:|
| independent numbers in each row | .09 | .25 |
| random walks: each row is the one before and a random step | .39 | .81 |

**The rows of a training log are like the second line.** Each row begins where the one before ended, so a curve that happens to go up
stays up for a while, and another one that does the same agrees with it for many rows. More rows do not help: with
ten times as many steps two walks have the same .8, since they wander ten times as long. Two curves that both
*fall*, as losses do, agree even better, whatever drives them.

So a correlation of the *levels* of two curves says little below .8, and above it says that both have a trend. The
*changes* from each row to the next are closer to independent numbers: if the one curve drives the other, the changes agree,
too, and there a $\rho$ beyond .26 is rare by chance (for 59 changes; in general beyond about $2 / \sqrt n$). The course prints both, each beside what chance alone
reaches.
*/

#ifndef SPEARMAN_H
#define SPEARMAN_H

// Spearman's rank correlation of x and y (n), in [-1, 1]. Equal numbers share the mean of their
// ranks. NaN if n < 2, or all x or all y are equal, or one of the numbers is NaN. Spearman 1904.
double spearman(const double *x, const double *y, int n);

// What |ρ| stays below in 95 of 100 pairs of independent curves of n rows: of random walks, to which
// the rows of a log are to be compared; of independent numbers, to which their changes from row to
// row are. Drawn, 4,000 pairs, always with the same seed: right to about .015. NaN if n < 2.
double spearman_walks_95(int n);
double spearman_noise_95(int n);

#endif
