#include "plane.h"
#include "die.h"
#include "emd.h"
#include "file.h"
#include "gan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

Plane *plane_create(Cloud cloud, uint64_t seed) {
    Plane *p = alloc_bytes(sizeof *p);
    Rng rng = rng_create(seed, RNG_SAMPLE);
    p->cloud = cloud;
    p->reach = cloud == GRID ? 5.0f : 3.0f;
    p->z = alloc_floats(2 * PLANE_SAMPLES);
    p->real = alloc_floats(2 * PLANE_SAMPLES);
    rng_fill_normal(&rng, p->z, 2 * PLANE_SAMPLES, 0.0f, 1.0f);
    toy2d_cloud(p->real, cloud, PLANE_SAMPLES, &rng);
    p->spread = mean_distance(p->real, PLANE_SAMPLES, 2);
    for (int other = 1; other <= 3; other++) {
        p->floor += emd(NULL, p->real + other * PLANE_MATCHED * 2, p->real, PLANE_MATCHED, 2) / 3.0;
    }
    return p;
}

void plane_free(Plane *p) {
    if (p) {
        free(p->z);
        free(p->real);
        free(p);
    }
}

Net *plane_net(int out, int depth, int width, bool leaky, int batch, InitScheme init, Rng *rng) {
    require(depth >= 1 && depth <= PLANE_DEPTH, "%d hidden layers", depth);
    LayerSpec table[2 * PLANE_DEPTH + 2];
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

const float *plane_look(double *figures, const Plane *p, Net *G) {
    const float *x = net_forward(G, p->z, PLANE_SAMPLES, EVAL);
    figures[PLANE_DIVERSITY] = mean_distance(x, PLANE_SAMPLES, 2) / p->spread;
    if (!isfinite(figures[PLANE_DIVERSITY])) {
        for (int i = PLANE_DIVERSITY + 1; i < PLANE_COLUMNS; i++) {
            figures[i] = NAN;
        }
        return x;
    }
    Coverage coverage = toy2d_coverage(x, p->cloud, PLANE_SAMPLES);
    figures[PLANE_MODES] = coverage.covered;
    figures[PLANE_GOOD] = (double)coverage.good;
    figures[PLANE_FULLEST] = coverage.fullest;
    figures[PLANE_EMD] = emd(NULL, x, p->real, PLANE_MATCHED, 2);
    return x;
}

void plane_map(float *map, const Plane *p, Net *D) {
    for (int row = 0; row < PLANE_CELLS; row++) {
        for (int col = 0; col < PLANE_CELLS; col++) {
            float point[2] = { p->reach * (2.0f * (float)col / (PLANE_CELLS - 1) - 1.0f),
                               p->reach * (2.0f * (float)row / (PLANE_CELLS - 1) - 1.0f) };
            *map++ = net_forward(D, point, 1, EVAL)[0];
        }
    }
}

void plane_write_points(Run *run, const char *name, const float *x, int frames, int n) {
    OutFile *file = file_create(run_path(run, "%s", name));
    for (int f = 0; f < frames; f++) {
        fprintf(file_stream(file), "%sx,y\n", f > 0 ? "\n\n" : "");
        for (int i = 0; i < n; i++, x += 2) {
            fprintf(file_stream(file), "%.3f,%.3f\n", (double)x[0], (double)x[1]);
        }
    }
    file_commit(file);
}

void plane_write_maps(Run *run, const char *name, const float *maps, int n) {
    OutFile *file = file_create(run_path(run, "%s", name));
    for (int row = 0; row < n * PLANE_CELLS; row++) {
        fprintf(file_stream(file), "%s", row > 0 && row % PLANE_CELLS == 0 ? "\n\n" : "");
        for (int col = 0; col < PLANE_CELLS; col++) {
            fprintf(file_stream(file), "%.4g%c", (double)*maps++,
                    col + 1 < PLANE_CELLS ? ',' : '\n');
        }
    }
    file_commit(file);
}
