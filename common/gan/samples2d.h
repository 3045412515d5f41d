/*
# A generator in the plane

Where a sample is two numbers, everything can be seen and counted. `Samples2d` holds what the lessons measure a generator
with: 2,500 latent vectors, the same each time, and 2,500 real points. A measurement gives

| column | what it is |
|---|---|
| `diversity` | mean distance between two samples, divided by that between two real points |
| `modes` | modes covered, and |
| `good` | share of samples within three deviations of one ([toy2d](toy2d.html)); both 0 for the Swiss roll, which has none |
| `fullest` | the mode near which the most samples lie |
| `emd` | earth mover's distance from 512 samples to 512 real points ([its chapter](emd.html)); `floor` is what other real points have |
*/

#ifndef SAMPLES2D_H
#define SAMPLES2D_H

#include "data/toy2d.h"
#include "nn/init.h"
#include "nn/net.h"
#include "run/runlog.h"

enum {
    SAMPLES2D_N = 2500,      // that are looked at
    SAMPLES2D_MATCHED = 512, // and those of them that are matched with real points
    MAP_CELLS = 41,          // a network is drawn on so many × so many points
    TOY_NET_DEPTH = 8,       // the most hidden layers of a net
};

#define SAMPLES2D_COLUMNS "diversity,modes>,good>,fullest,emd<"
enum {
    SAMPLES2D_DIVERSITY,
    SAMPLES2D_MODES,
    SAMPLES2D_GOOD,
    SAMPLES2D_FULLEST,
    SAMPLES2D_EMD,
    SAMPLES2D_FIGURES
};

typedef struct {
    Cloud cloud;
    float *z, *real; // (SAMPLES2D_N, 2) each
    double spread;   // mean distance of two real points
    double floor;    // EMD between real points and other real points, mean of three
    float reach;     // a picture of the plane shows [-reach, reach]²
} Samples2d;

// Under the run's seed: stream RNG_SAMPLE.
Samples2d *samples2d_create(Cloud cloud, uint64_t seed);
void samples2d_free(Samples2d *samples);

// A network of `depth` hidden layers with `width` units, from two numbers to `out`: ReLUs, or
// leaky ones with slope 0.2. 1 to TOY_NET_DEPTH hidden layers.
Net *toy_net(int out, int depth, int width, bool leaky, int batch, InitScheme init, Rng *rng);

// Looks at a generator, made for at least SAMPLES2D_N examples: fills figures (SAMPLES2D_FIGURES)
// and returns the samples (SAMPLES2D_N, 2), valid until its next pass. With samples that are no
// numbers all but the diversity is NaN.
const float *samples2d_measure(double *figures, const Samples2d *samples, Net *G);

// What a network with one output says on the grid: map (MAP_CELLS, MAP_CELLS), row by row from
// the lower left corner.
void samples2d_map(float *map, const Samples2d *samples, Net *D);

// Files for gnuplot, in the run's folder: points x (frames, n, 2), in lines "x,y" under a heading;
// maps as rows of MAP_CELLS numbers. Two blank lines between blocks.
void points_write(Run *run, const char *name, const float *x, int frames, int n);
void maps_write(Run *run, const char *name, const float *maps, int n);

#endif
