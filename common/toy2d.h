/*
# Points in the plane

A network with 784 inputs cannot be drawn; one with two can. Every point of the plane gets an answer, and where the answer
changes there is a boundary that one can look at. Three sets of points in two classes, each asking for more than the one
before:

- **Blobs**, one on each side of a straight line. One neuron is enough.
- **XOR**: four clouds at the corners of a square, opposite corners of the same class. No straight line does it (lesson 1
  proves that by hand and by trying), two lines do.
- **Spirals**, two of them wound into each other. The boundary has to wind as well.
*/

#ifndef TOY2D_H
#define TOY2D_H

#include "rng.h"

// Points in the plane, x (n, 2), and their labels (n) in {0, 1}. Class 0 and class 1 alternate: as
// many of each, with one more of class 0 when n is odd.

// Two Gaussian blobs on either side of a random line that passes near the origin, with every point
// at least `margin` (0 … 1) away from the line and within radius 3 of the origin: linearly
// separable by construction. Writes the separating line w·x + b = 0, |w| = 1, to line (w0, w1, b);
// class 1 is where w·x + b > 0.
void toy2d_blobs(float *x, int *labels, int n, float margin, float line[3], Rng *rng);

// Four clouds (deviation `noise` in each coordinate) around (±1, ±1), taken in turn; the label is 1
// for the two clouds where the signs differ. noise = 0 and n = 4 give the truth table itself.
void toy2d_xor(float *x, int *labels, int n, float noise, Rng *rng);

// Two interleaved spirals, evenly filled, from radius 0.1 to radius 1, where the angle is
// 2π · turns · radius; with Gaussian noise added to each coordinate. Spiral 1 is spiral 0, turned
// by half a turn.
void toy2d_spirals(float *x, int *labels, int n, float turns, float noise, Rng *rng);

#endif
