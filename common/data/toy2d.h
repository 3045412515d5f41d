/*
# Points in the plane

A network with 784 inputs cannot be drawn; one with two can. Every point of the plane gets an answer, and where the answer
changes there is a boundary that one can look at. Three sets of points in two classes, each asking for more than the one
before:

- **Blobs**, one on each side of a straight line. One neuron is enough.
- **XOR**: four clouds at the corners of a square, opposite corners of the same class. No straight line does it (lesson 1
  proves that by hand and by trying), two lines do.
- **Spirals**, two of them wound into each other. The boundary has to wind as well.

And three clouds without classes, for lesson 6, where the task is the reverse one: to *generate* points like these.

- **A ring** of 8 small Gaussians at distance 2 from the origin. Between them is nothing, and a generator that has found
  one of them does not get to the next by small steps.
- **A grid** of 25 Gaussians, five by five.
- **A Swiss roll**: one curve, rolled up, without any gap.

In the plane one can count what a generator has missed. A Gaussian is a *mode* of the cloud, and a sample is *good* if it
lies within three deviations of the centre of one: of real points 98.9 % do ($1 - e^{-9/2}$).
*/

#ifndef TOY2D_H
#define TOY2D_H

#include "base/rng.h"

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

// Clouds to be learned.
typedef enum { RING, GRID, SWISS_ROLL, CLOUDS } Cloud;
#define CLOUD_CHOICES "ring|grid|swiss-roll"

// Points x (n, 2) of a cloud. Ring: 8 modes at radius 2, deviation 0.02. Grid: 25 modes on
// {-4, -2, 0, 2, 4}², deviation 0.05. Swiss roll: radius 0.63 to 1.88, one and a half turns, noise 1/30;
// the toys of Gulrajani et al. 2017 (arXiv:1704.00028), unscaled.
void toy2d_cloud(float *x, Cloud cloud, int n, Rng *rng);

// How well samples x (n, 2) cover a cloud.
typedef struct {
    int modes; // of the cloud; the Swiss roll has none, and then all else is 0
    int covered; // modes with enough good samples: a sixteenth (ring), a twentieth (grid) of their due
    int fullest; // the mode that is the nearest one of most samples, 0 … modes-1
    float good;  // share of the samples within 3 deviations of a mode, 0 … 1
} Coverage;

Coverage toy2d_coverage(const float *x, Cloud cloud, int n);

#endif
