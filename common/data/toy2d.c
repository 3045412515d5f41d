#include "data/toy2d.h"
#include "base/die.h"

#include <math.h>

/*
## Blobs with a known margin

Lesson 1 has a theorem to test: the perceptron makes at most $(R/\gamma)^2$ mistakes, where $R$ bounds the length of
the points and $\gamma$, the *margin*, is the distance from a separating line that all of them keep. For a test, both
must be known beforehand. We get them by *rejection*: draw a point from its class's Gaussian, and draw again if it
lies outside the circle of radius 3, on the wrong side of the line, or closer to it than the margin. What remains has
the property by construction, whatever the generator does. (The theorem is about lines through the origin. A bias $b$
fits in as the weight of a third coordinate that is always 1, and then $R^2 \le 10$ and $\gamma \ge \text{margin} /
\sqrt{1 + b^2}$.)

The line is $w \cdot x + b = 0$ with $|w| = 1$, so that $w \cdot x + b$ *is* the signed distance of $x$. We choose a
direction for $w$ and a point $p$ near the origin, and $b = -w \cdot p$ leads the line through it. The blobs' centres lie at
a distance of $1 + \text{margin}$ on either side. The distance is computed in double from the floats that are handed out: a
point drawn exactly at the margin must not slip below it by rounding.
*/

void toy2d_blobs(float *x, int *labels, int n, float margin, float line[3], Rng *rng) {
    require(margin >= 0.0f && margin <= 1.0f, "a margin of %g", (double)margin);
    const float radius = 3.0f, deviation = 0.7f;
    float angle = 6.2831853f * rng_uniform(rng);
    float px = rng_uniform(rng) - 0.5f, py = rng_uniform(rng) - 0.5f;
    line[0] = cosf(angle);
    line[1] = sinf(angle);
    line[2] = -(line[0] * px + line[1] * py);
    for (int i = 0; i < n; i++) {
        float *point = &x[2 * i];
        float side = i % 2 ? 1.0f : -1.0f;
        float reach = side * (1.0f + margin);
        double distance;
        do {
            point[0] = px + reach * line[0] + deviation * rng_normal(rng);
            point[1] = py + reach * line[1] + deviation * rng_normal(rng);
            distance = (double)line[0] * point[0] + (double)line[1] * point[1] + line[2];
        } while (side * distance < margin || hypotf(point[0], point[1]) > radius);
        labels[i] = i % 2;
    }
}

/*
## XOR

The corners are visited in turn, $(-1, -1), (-1, 1), (1, 1), (1, -1)$: around the square, so that the classes alternate.
*/

void toy2d_xor(float *x, int *labels, int n, float noise, Rng *rng) {
    for (int i = 0; i < n; i++) {
        float sign_x = i % 4 < 2 ? -1.0f : 1.0f;
        float sign_y = i % 4 == 1 || i % 4 == 2 ? 1.0f : -1.0f;
        x[2 * i] = sign_x + noise * rng_normal(rng);
        x[2 * i + 1] = sign_y + noise * rng_normal(rng);
        labels[i] = i % 2;
    }
}

/*
## Spirals

On an arm the radius $r$ grows in proportion to the angle, from 0.1 (at the centre the arms would touch, and no boundary
could pass between them) to 1. The outer turns are longer, so points with evenly spread radii would crowd at the centre. A
piece of arm between $r$ and $r + dr$ is about $2\pi \cdot \text{turns} \cdot r\,dr$ long; for even filling, $r$ must have a
density in proportion to $r$, and $r^2$ is therefore uniform, here between $0.1^2$ and 1.
*/

void toy2d_spirals(float *x, int *labels, int n, float turns, float noise, Rng *rng) {
    const float inner = 0.1f;
    for (int i = 0; i < n; i++) {
        float r = sqrtf(inner * inner + (1.0f - inner * inner) * rng_uniform(rng));
        float angle = 6.2831853f * (turns * r + 0.5f * (float)(i % 2));
        x[2 * i] = r * cosf(angle) + noise * rng_normal(rng);
        x[2 * i + 1] = r * sinf(angle) + noise * rng_normal(rng);
        labels[i] = i % 2;
    }
}

/*
## Clouds

A cloud is its modes: centres, all of equal weight, and one deviation. The Swiss roll has no centres; there the place along
the curve is drawn, and its radius grows in proportion to the angle, $\varphi = \frac{3}{2} \pi (1 + 2u)$ with $u$ uniform on
$[0, 1]$.
*/

enum { MOST_MODES = 25 };

typedef struct {
    int modes;
    float deviation, enough; // enough: good samples that a mode needs, as a share of all samples
    float centre[MOST_MODES][2];
} Modes;

static Modes modes_of(Cloud cloud) {
    Modes m = { .modes = 0 };
    if (cloud == RING) {
        m = (Modes){ .modes = 8, .deviation = 0.02f, .enough = 0.008f };
        for (int k = 0; k < m.modes; k++) {
            m.centre[k][0] = 2.0f * cosf(6.2831853f * (float)k / 8.0f);
            m.centre[k][1] = 2.0f * sinf(6.2831853f * (float)k / 8.0f);
        }
    } else if (cloud == GRID) {
        m = (Modes){ .modes = 25, .deviation = 0.05f, .enough = 0.002f };
        for (int k = 0; k < m.modes; k++) {
            m.centre[k][0] = (float)(2 * (k % 5) - 4);
            m.centre[k][1] = (float)(2 * (k / 5) - 4);
        }
    }
    return m;
}

static void swiss_roll(float *x, int n, Rng *rng) {
    for (int i = 0; i < n; i++) {
        float angle = 1.5f * 3.14159265f * (1.0f + 2.0f * rng_uniform(rng));
        x[2 * i] = (angle * cosf(angle) + 0.25f * rng_normal(rng)) / 7.5f;
        x[2 * i + 1] = (angle * sinf(angle) + 0.25f * rng_normal(rng)) / 7.5f;
    }
}

void toy2d_cloud(float *x, Cloud cloud, int n, Rng *rng) {
    Modes m = modes_of(cloud);
    if (m.modes == 0) {
        swiss_roll(x, n, rng);
        return;
    }
    for (int i = 0; i < n; i++) {
        const float *centre = m.centre[rng_below(rng, (uint32_t)m.modes)];
        x[2 * i] = centre[0] + m.deviation * rng_normal(rng);
        x[2 * i + 1] = centre[1] + m.deviation * rng_normal(rng);
    }
}

/*
**Coverage.** Each sample belongs to the nearest centre, and counts for it only if it is good. Both figures are needed: a
generator whose samples all lie in one mode of the grid has 100 % good ones.
*/

static int nearest_mode(const Modes *m, const float x[2], float *distance) {
    int nearest = 0;
    *distance = INFINITY;
    for (int k = 0; k < m->modes; k++) {
        float here = hypotf(x[0] - m->centre[k][0], x[1] - m->centre[k][1]);
        if (here < *distance) {
            *distance = here;
            nearest = k;
        }
    }
    return nearest;
}

Coverage toy2d_coverage(const float *x, Cloud cloud, int n) {
    require(n > 0, "the coverage of %d samples", n);
    Modes m = modes_of(cloud);
    int near[MOST_MODES] = { 0 }, good[MOST_MODES] = { 0 }, all_good = 0;
    for (int i = 0; i < n && m.modes > 0; i++) {
        float distance;
        int k = nearest_mode(&m, &x[2 * i], &distance);
        near[k]++;
        good[k] += distance <= 3.0f * m.deviation;
    }
    Coverage c = { .modes = m.modes };
    for (int k = 0; k < m.modes; k++) {
        c.covered += (float)good[k] >= m.enough * (float)n && good[k] > 0;
        c.fullest = near[k] > near[c.fullest] ? k : c.fullest;
        all_good += good[k];
    }
    c.good = (float)all_good / (float)n;
    return c;
}
