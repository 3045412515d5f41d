/*
# A generator in the plane

Where a sample is two numbers, everything can be seen and counted. A *plane* holds what the lessons measure samples
with: 2,500 latent vectors, the same at each look, and 2,500 real points. A look at a generator gives

| column | what it is |
|---|---|
| `diversity` | mean distance between two samples, divided by that between two real points |
| `modes` | modes covered, and |
| `good` | share of samples within three deviations of one ([toy2d](toy2d.html)); both 0 for the Swiss roll, which has none |
| `fullest` | the mode near which the most samples lie |
| `emd` | earth mover's distance from 512 samples to 512 real points ([its chapter](emd.html)); `floor` is what other real points have |
*/

#ifndef PLANE_H
#define PLANE_H

#include "init.h"
#include "net.h"
#include "runlog.h"
#include "toy2d.h"

enum {
    PLANE_SAMPLES = 2500, // that are looked at
    PLANE_MATCHED = 512,  // and those of them that are matched with real points
    PLANE_CELLS = 41,     // a network is drawn on so many × so many points
    PLANE_DEPTH = 8,      // the most hidden layers of a net
};

#define PLANE_FIGURES "diversity,modes,good,fullest,emd"
enum { PLANE_DIVERSITY, PLANE_MODES, PLANE_GOOD, PLANE_FULLEST, PLANE_EMD, PLANE_COLUMNS };

typedef struct {
    Cloud cloud;
    float *z, *real; // (PLANE_SAMPLES, 2) each
    double spread;   // mean distance of two real points
    double floor;    // EMD between real points and other real points, mean of three
    float reach;     // a picture of the plane shows [-reach, reach]²
} Plane;

// Under the run's seed: stream RNG_SAMPLE.
Plane *plane_create(Cloud cloud, uint64_t seed);
void plane_free(Plane *plane);

// A network of `depth` hidden layers with `width` units, from two numbers to `out`: ReLUs, or
// leaky ones with slope 0.2. 1 to PLANE_DEPTH hidden layers.
Net *plane_net(int out, int depth, int width, bool leaky, int batch, InitScheme init, Rng *rng);

// Looks at a generator, made for at least PLANE_SAMPLES examples: fills figures (PLANE_COLUMNS)
// and returns the samples (PLANE_SAMPLES, 2), valid until its next pass. With samples that are no
// numbers all but the diversity is NaN.
const float *plane_look(double *figures, const Plane *plane, Net *G);

// What a network with one output says on the grid: map (PLANE_CELLS, PLANE_CELLS), row by row from
// the lower left corner.
void plane_map(float *map, const Plane *plane, Net *D);

// Files for gnuplot, in the run's folder: points x (frames, n, 2), in lines "x,y" under a heading;
// maps as rows of PLANE_CELLS numbers. Two blank lines between blocks.
void plane_write_points(Run *run, const char *name, const float *x, int frames, int n);
void plane_write_maps(Run *run, const char *name, const float *maps, int n);

#endif
