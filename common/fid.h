/*
# A judge of pictures, and the distance between two crowds

A generator makes pictures that nobody has made before, so none of them has a right answer to be compared with. What can be
compared are two crowds: ten thousand pictures that it made and the ten thousand of the test set. Do they look alike, as crowds?
*/

#ifndef FID_H
#define FID_H

#include "dataset.h"
#include "net.h"

#include <stdint.h>

// Mean and covariance of n vectors of d numbers.
typedef struct {
    int n, d;
    double *mean;       // (d)
    double *covariance; // (d, d), with 1 / (n - 1)
} Moments;

// Of features (n, d). Dies if n <= d: the covariance would be singular. The caller frees it.
Moments *moments_create(const float *features, int n, int d);
void moments_free(Moments *moments);

// The squared Fréchet distance between the Gaussians with these moments, of the same d:
// |m1 - m2|² + tr(C1 + C2 - 2 (C1^½ C2 C1^½)^½). Source: Heusel et al. 2017 (arXiv:1706.08500), eq. 6.
double frechet_distance(const Moments *a, const Moments *b);

// What the fixed judge, data/lenet-fashion.safetensors, sees: the 84 numbers behind the ReLU of its
// last hidden layer, and which class it takes a picture for.
enum { JUDGE_FEATURES = 84, JUDGE_CLASSES = 10, JUDGE_SIDE = 28 };

typedef struct Judge Judge;

// Finds data/lenet-fashion.safetensors below the current folder, or below one of the folders that
// the program stands in; looks at the real pictures, 28 × 28 and more than 84. Dies otherwise.
Judge *judge_create(const Dataset *real);
void judge_free(Judge *judge);

// features (n, 84) or NULL and probabilities (n, 10) or NULL of images (n, 28, 28).
void judge_look(Judge *judge, float *features, float *probabilities, const uint8_t *images, int n);

typedef struct {
    double fid;             // Fréchet distance of the features to those of the real pictures
    double inception_score; // 1 … 10; Salimans et al. 2016 (arXiv:1606.03498), with this judge
    double share[JUDGE_CLASSES]; // of the pictures that are taken for each class
    double smallest_share;
} Verdict;

// On images (n, 28, 28), n > 84.
Verdict judge_images(Judge *judge, const uint8_t *images, int n);

// The network itself, LeNet-5: its input are pictures (n, 1, 28, 28) in [0, 1].
Net *judge_net(Judge *judge);

#endif
