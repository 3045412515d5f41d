#include "gan/samples2d.h"
#include "base/die.h"
#include "base/file.h"
#include "gan/gan_tally.h"
#include "measure/emd.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

Samples2d *samples2d_create(Cloud cloud, uint64_t seed) {
    Samples2d *p = alloc_bytes(sizeof *p);
    Rng rng = rng_create(seed, RNG_SAMPLE);
    p->cloud = cloud;
    p->reach = cloud == GRID ? 5.0f : 3.0f;
    p->z = alloc_floats(2 * SAMPLES2D_N);
    p->real = alloc_floats(2 * SAMPLES2D_N);
    rng_fill_normal(&rng, p->z, 2 * SAMPLES2D_N, 0.0f, 1.0f);
    toy2d_cloud(p->real, cloud, SAMPLES2D_N, &rng);
    p->spread = mean_distance(p->real, SAMPLES2D_N, 2);
    for (int other = 1; other <= 3; other++) {
        p->floor +=
            emd(NULL, p->real + other * SAMPLES2D_MATCHED * 2, p->real, SAMPLES2D_MATCHED, 2) / 3.0;
    }
    return p;
}

void samples2d_free(Samples2d *p) {
    if (p) {
        free(p->z);
        free(p->real);
        free(p);
    }
}

Net *toy_net(int out, int depth, int width, bool leaky, int batch, InitScheme init, Rng *rng) {
    require(depth >= 1 && depth <= TOY_NET_DEPTH, "%d hidden layers", depth);
    LayerSpec table[2 * TOY_NET_DEPTH + 2];
    int n = 0;
    for (int i = 0; i < depth; i++) {
        table[n++] = (LayerSpec)dense(width);
        table[n++] = leaky ? (LayerSpec)leaky_relu(0.2f) : (LayerSpec)relu();
    }
    table[n++] = (LayerSpec)dense(out);
    table[n] = (LayerSpec)END;
    Net *net = net_create(table, (Shape){ 2, 1, 1 }, batch, rng);
    if (init != INIT_FAN_IN) { // which it has
        net_init(net, init, rng);
    }
    return net;
}

const float *samples2d_measure(double *figures, const Samples2d *p, Net *G) {
    const float *x = net_forward(G, p->z, SAMPLES2D_N, EVAL);
    figures[SAMPLES2D_DIVERSITY] = mean_distance(x, SAMPLES2D_N, 2) / p->spread;
    if (!isfinite(figures[SAMPLES2D_DIVERSITY])) {
        for (int i = SAMPLES2D_DIVERSITY + 1; i < SAMPLES2D_FIGURES; i++) {
            figures[i] = NAN;
        }
        return x;
    }
    Coverage coverage = toy2d_coverage(x, p->cloud, SAMPLES2D_N);
    figures[SAMPLES2D_MODES] = coverage.covered;
    figures[SAMPLES2D_GOOD] = (double)coverage.good;
    figures[SAMPLES2D_FULLEST] = coverage.fullest;
    figures[SAMPLES2D_EMD] = emd(NULL, x, p->real, SAMPLES2D_MATCHED, 2);
    return x;
}

void samples2d_map(float *map, const Samples2d *p, Net *D) {
    for (int row = 0; row < MAP_CELLS; row++) {
        for (int col = 0; col < MAP_CELLS; col++) {
            float point[2] = { p->reach * (2.0f * (float)col / (MAP_CELLS - 1) - 1.0f),
                               p->reach * (2.0f * (float)row / (MAP_CELLS - 1) - 1.0f) };
            *map++ = net_forward(D, point, 1, EVAL)[0];
        }
    }
}

void points_write(Run *run, const char *name, const float *x, int frames, int n) {
    OutFile *file = file_create(run_path(run, "%s", name));
    for (int f = 0; f < frames; f++) {
        fprintf(file_stream(file), "%sx,y\n", f > 0 ? "\n\n" : "");
        for (int i = 0; i < n; i++, x += 2) {
            fprintf(file_stream(file), "%.3f,%.3f\n", (double)x[0], (double)x[1]);
        }
    }
    file_commit(file);
}

void maps_write(Run *run, const char *name, const float *maps, int n) {
    OutFile *file = file_create(run_path(run, "%s", name));
    for (int row = 0; row < n * MAP_CELLS; row++) {
        fprintf(file_stream(file), "%s", row > 0 && row % MAP_CELLS == 0 ? "\n\n" : "");
        for (int col = 0; col < MAP_CELLS; col++) {
            fprintf(file_stream(file), "%.4g%c", (double)*maps++, col + 1 < MAP_CELLS ? ',' : '\n');
        }
    }
    file_commit(file);
}
