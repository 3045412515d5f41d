#ifndef GALLERY_H
#define GALLERY_H

#include "data/dataset.h"
#include "measure/fid.h"
#include "run/runlog.h"

// What the lesson can be asked for.
typedef struct {
    RunOptions run;
    const char *real, *fake; // IDX files to compare in place of the experiments; "": none
    int draws;               // sets of each number of pictures, to see how far figures scatter
    int sought;              // pictures of a set whose nearest training image is looked for
} FidSettings;

enum {
    SIDE = JUDGE_SIDE,
    PIXELS = SIDE * SIDE,
    FEATURES = JUDGE_FEATURES,
    CLASSES = JUDGE_CLASSES,
    NEIGHBOURS = 3, // a ball reaches to the third neighbour
    COMPARED = 2000 // pictures of either set, where all pairs are looked at
};

// What all experiments work on.
typedef struct {
    Run *run;
    const FidSettings *s;
    Dataset *train;      // SIDE × SIDE, with labels
    const Dataset *test; // as the judge's real pictures, unless --real names others
    Judge *judge;        // compares with the real pictures
    float *features;     // (train->n, FEATURES): what it sees of the training images
    float *real;         // (n_real, FEATURES): of some of the real pictures
    int n_real;
} Gallery;

// Pictures that are judged together.
typedef struct {
    uint8_t *images; // (most, SIDE, SIDE), of which n are there
    int n, most;
} PictureSet;

// Fills an empty set from the gallery's pictures. amount: in a unit of its own.
typedef void Disturbance(PictureSet *set, const Gallery *g, double amount, Rng rng);

// An empty set, with room for as many pictures as there are test images (disturb.c).
PictureSet set_create(const Gallery *g);
void set_free(PictureSet *set);

// Puts a picture of a data set at the set's end, if there is room.
void set_add(PictureSet *set, const Dataset *from, int place);

// The test images, damaged (disturb.c).
Disturbance noise, salt_and_pepper, blur, swirl, shift, mirror, negative;
// Training images: of all classes but the last few, of one class alone, of the others; the first
// few; one of each class, over and over; a few random ones, over and over.
Disturbance missing, only, without, training, one_of_each, again;
// No clothes at all.
Disturbance grains, black;

// The plain version (fid.c): the trace of the root of A·B, of two covariances (d, d), and the
// squared Fréchet distance between features (n, d) and others (m, d).
double plain_trace_of_root(const double *A, const double *B, int d);
double plain_distance(const float *real, int n, const float *fake, int m, int d);

// points (m, d) turned, (d, m): the caller frees it (precision.c).
double *columns_of(const float *points, int m, int d);

// The share of the made features (m, d) that lie where real ones (n, d) are; and the reverse.
double precision(const float *real, int n, const float *made, int m, int d);
double recall(const float *real, int n, const float *made, int m, int d);

// The squared maximum mean discrepancy of x (n, d) and y (m, d), with the kernel (x·y / d + 1)³,
// unbiased: it may be negative (kernel.c).
double mean_kernel(const float *x, int n, const float *y, int m, int d); // x may be y
double kernel_distance(const float *x, int n, const float *y, int m, int d);

// All scores of a set of pictures (kernel.c).
typedef struct {
    Verdict verdict;
    double precision, recall, kernel; // of COMPARED pictures
} Scores;
void choose_real(Gallery *g, const Dataset *real);
Scores score_set(const Gallery *g, const PictureSet *set);
void note_scores(const Gallery *g, const char *key, const Scores *scores);

// Both versions of the distance, on swirled pictures (fid.c).
void check_plain(const Gallery *g);

// The acts: what the distance sees, and sets that are not all that they should be (disturb.c); how
// it depends on the number of pictures (bias.c); and copies (copies.c).
void see_disturbances(Gallery *g);
void judge_cases(Gallery *g);
void count_pictures(Gallery *g);
void look_for_copies(Gallery *g);

// The nearest training images of pictures that came as a file (copies.c).
void nearest_of_file(Gallery *g, const PictureSet *set);

#endif
