/*
## Enlarging and reducing

A line of `from` numbers becomes one of `to`. Number $i$ of the new line lies at
$u_i = (i + \frac12) \cdot \text{from} / \text{to}$ on the old one, whose number $k$ lies at $k + \frac12$. It is a weighted
mean of the old numbers near it, with a weight that falls in a line from 1 at distance 0 to 0 at distance $r$,

$$ y_i = \frac{\sum_k w_{ik}\, x_k}{\sum_k w_{ik}}, \qquad w_{ik} = \max \left( 0,\ 1 - \frac{|k + \frac12 - u_i|}{r} \right), \qquad r = \max(1, \text{from} / \text{to}). $$

When a picture is enlarged, $r = 1$ and the mean is over two neighbours. When it is reduced, $r$ is the distance of the new
points, so that no old number falls between two of them unseen. Pictures are done line by line and then column by column.
*/

#include "acts.h"
#include "base/die.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static float tent(int i, int k, int from, int to) {
    float scale = (float)from / (float)to, radius = scale > 1.0f ? scale : 1.0f;
    float distance = fabsf((float)k + 0.5f - ((float)i + 0.5f) * scale) / radius;
    return distance < 1.0f ? 1.0f - distance : 0.0f;
}

// weight (to, from), each row with the sum 1.
static float *tents(int from, int to) {
    float *weight = alloc_floats((size_t)to * (size_t)from);
    for (int i = 0; i < to; i++) {
        float sum = 0.0f;
        for (int k = 0; k < from; k++) {
            sum += weight[i * from + k] = tent(i, k, from, to);
        }
        for (int k = 0; k < from; k++) {
            weight[i * from + k] /= sum;
        }
    }
    return weight;
}

// y (to, to) of x (from, from); lines (from, to).
static void zoom_one(float *y, float *lines, const float *x, const float *weight, int from,
                     int to) {
    for (int row = 0; row < from; row++) {
        for (int i = 0; i < to; i++) {
            float sum = 0.0f;
            for (int k = 0; k < from; k++) {
                sum += weight[i * from + k] * x[row * from + k];
            }
            lines[row * to + i] = sum;
        }
    }
    memset(y, 0, (size_t)(to * to) * sizeof *y);
    for (int i = 0; i < to; i++) {
        for (int k = 0; k < from; k++) {
            float w = weight[i * from + k];
            for (int column = 0; w != 0.0f && column < to; column++) {
                y[i * to + column] += w * lines[k * to + column];
            }
        }
    }
}

void zoom(float *y, const float *x, int n, int from, int to) {
    if (from == to) {
        memcpy(y, x, (size_t)n * (size_t)(from * from) * sizeof *y);
        return;
    }
    float *weight = tents(from, to), *lines = alloc_floats((size_t)n * (size_t)(from * to));
#pragma omp parallel for schedule(static)
    for (int e = 0; e < n; e++) {
        zoom_one(y + (size_t)e * (size_t)(to * to), lines + (size_t)e * (size_t)(from * to),
                 x + (size_t)e * (size_t)(from * from), weight, from, to);
    }
    free(weight);
    free(lines);
}
