/*
## What the plots need

Three tables for each toy: its points, the probability of class 1 on a grid of places, and the hidden neurons' lines, where
$w \cdot x + b = 0$. And one for the nets of ten layers.
*/

#include "records.h"
#include "base/file.h"

#include <math.h>
#include <stdio.h>

void draw_toy(Run *run, const Toy *toy, Mlp *m, const float *points, const int *labels) {
    OutFile *file = file_create(run_path(run, "points-%s.csv", toy->name));
    fprintf(file_stream(file), "x,y,label\n");
    for (int i = 0; i < POINTS; i++) {
        fprintf(file_stream(file), "%.3f,%.3f,%d\n", points[2 * i], points[2 * i + 1], labels[i]);
    }
    file_commit(file);

    enum { SIDE = 61 };
    float reach = 0.0f;
    for (int i = 0; i < 2 * POINTS; i++) {
        reach = fmaxf(reach, fabsf(points[i]));
    }
    file = file_create(run_path(run, "regions-%s.csv", toy->name));
    fprintf(file_stream(file), "x,y,probability\n");
    for (int i = 0; i < SIDE * SIDE; i++) {
        float at[2] = { reach * (2.0f * (float)(i % SIDE) / (SIDE - 1) - 1.0f),
                        reach * (2.0f * (float)(i / SIDE) / (SIDE - 1) - 1.0f) };
        mlp_forward(m, at, 1);
        fprintf(file_stream(file), "%.3f,%.3f,%.3f\n", at[0], at[1],
                1.0f / (1.0f + expf(m->s[0] - m->s[1])));
    }
    file_commit(file);

    file =
        file_create(run_path(run, "lines-%s.csv", toy->name)); // from the map's left to its right
    fprintf(file_stream(file), "x,y,dx,dy\n");
    for (int k = 0; k < m->hidden; k++) {
        float slope = -m->W1[2 * k] / m->W1[2 * k + 1], middle = -m->b1[k] / m->W1[2 * k + 1];
        fprintf(file_stream(file), "%.4g,%.4g,%.4g,%.4g\n", -reach, middle - slope * reach,
                2.0f * reach, 2.0f * slope * reach);
    }
    file_commit(file);
}

void write_signals(Run *run, Outcome outcomes[ACTIVATIONS][INITS]) {
    OutFile *file = file_create(run_path(run, "signals.csv"));
    fprintf(file_stream(file), "activation,init,layer,forward,backward,weight\n");
    for (int i = 0; i < ACTIVATIONS * INITS * DEPTH; i++) {
        int a = i / DEPTH / INITS, k = i / DEPTH % INITS, l = i % DEPTH;
        const Outcome *o = &outcomes[a][k];
        fprintf(file_stream(file), "%s,%s,%d,%.4g,%.4g,%.4g\n", activations[a].name, inits[k].name,
                l + 1, o->forward[l], o->backward[l], o->weight[l]);
    }
    file_commit(file);
}
