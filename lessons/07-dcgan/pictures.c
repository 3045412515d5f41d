#include "dcgan.h"
#include "die.h"
#include "image.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
PLACEHOLDER results

## From one piece of clothing to another

What lies between two noise vectors? If the generator had learned pictures by heart, a path from one $z$ to another would show
one picture for a while, then jump. Let us walk. But along which path?

The straight line is the wrong one. The length of $z \sim N(0, I)$ in 64 dimensions is nearly always the same: $\lVert z
\rVert^2$ is a sum of 64 squares with mean 1, so it is 64, give or take $\sqrt{2 \cdot 64} = 11$, and the length is about $8 \pm
0.7$. All the noise that the generator has ever been given lies in a thin shell around a hollow ball. The middle of a straight
line from $a$ to $b$ is $(a + b) / 2$; two random directions are nearly at right angles, so its length is about $8 / \sqrt 2 =
5.7$. Such a vector never occurred in training.

So walk on the surface, along a great circle (White 2016). With the angle $\theta$ between $a$ and $b$, and their directions
$\hat a$ and $\hat b$ (of length 1):

$$ z(t) = \big( (1 - t) \lVert a \rVert + t \lVert b \rVert \big)
          \left( \frac{\sin((1 - t)\,\theta)}{\sin \theta}\, \hat a + \frac{\sin(t\,\theta)}{\sin \theta}\, \hat b \right),
   \qquad 0 \le t \le 1. $$

The bracket on the right has length 1 for all $t$, and the length goes evenly from the one to the other.
*/

// z (d) becomes the point at t, 0 … 1, on the way from a to b (d), neither of them 0 nor opposite.
static void on_circle(float *z, const float *a, const float *b, double t, int d) {
    double along = 0.0, length_a = norm(a, (size_t)d), length_b = norm(b, (size_t)d);
    for (int i = 0; i < d; i++) {
        along += a[i] / length_a * (b[i] / length_b);
    }
    double angle = acos(fmax(-1.0, fmin(1.0, along)));
    double from = 1.0 - t, to = t;
    if (angle > 1e-4) { // else the circle is a straight line
        from = sin((1.0 - t) * angle) / sin(angle);
        to = sin(t * angle) / sin(angle);
    }
    double length = (1.0 - t) * length_a + t * length_b;
    for (int i = 0; i < d; i++) {
        z[i] = (float)(length * (from * a[i] / length_a + to * b[i] / length_b));
    }
}

static void draw_walks(Lab *lab, Net *G) {
    enum { WALKS = 8, STOPS = 11 };
    float *z = alloc_floats((size_t)WALKS * STOPS * LATENT);
    for (int i = 0; i < WALKS * STOPS; i++) {
        const float *a = lab->z + (size_t)(2 * (i / STOPS)) * LATENT;
        on_circle(z + (size_t)i * LATENT, a, a + LATENT, i % STOPS / (STOPS - 1.0), LATENT);
    }
    gan_grid(run_path(lab->run, "samples/walks.png"), G, z, WALKS * STOPS, STOPS, 2);
    free(z);
}

/*
![Eight walks on great circles, from the left picture to the right one.](walks.png)

WALKS TEXT

Does the straight line do any harm? One can ask the judge. Ten thousand midpoints of pairs, once on the straight line, once on
the great circle:
*/

static double fid_of(Lab *lab, Net *G, const float *z, int n) {
    uint8_t *images = alloc_bytes((size_t)n * PIXELS);
    gan_pictures(images, G, z, n);
    Verdict v = judge_images(lab->judge, images, n);
    free(images);
    return v.fid;
}

static void judge_midpoints(Lab *lab, Net *G) {
    int n = lab->test->n;
    float *straight = alloc_floats((size_t)n * LATENT), *circle = alloc_floats((size_t)n * LATENT);
    Rng rng = rng_create((uint64_t)lab->settings->run.seed, RNG_SAMPLE);
    double length = 0.0, middle = 0.0, squares = 0.0;
    for (int i = 0; i < n; i++) {
        float a[LATENT], b[LATENT], *m = straight + (size_t)i * LATENT;
        rng_fill_normal(&rng, a, LATENT, 0.0f, 1.0f);
        rng_fill_normal(&rng, b, LATENT, 0.0f, 1.0f);
        for (int k = 0; k < LATENT; k++) {
            m[k] = 0.5f * (a[k] + b[k]);
        }
        on_circle(circle + (size_t)i * LATENT, a, b, 0.5, LATENT);
        length += norm(a, LATENT) / n;
        squares += pow(norm(a, LATENT), 2) / n;
        middle += norm(m, LATENT) / n;
    }
    double fid_straight = fid_of(lab, G, straight, n), fid_circle = fid_of(lab, G, circle, n);
    double spread_of_it = sqrt(fmax(squares - length * length, 0.0));
    run_say(lab->run, "Length of z: %.2f ± %.2f; of the middle between two: %.2f", length,
            spread_of_it, middle);
    run_say(lab->run, "FID of middles: %.1f on the straight line, %.1f on the great circle",
            fid_straight, fid_circle);
    run_summary(lab->run, "z_length", length);
    run_summary(lab->run, "z_length_deviation", spread_of_it);
    run_summary(lab->run, "z_length_straight", middle);
    run_summary(lab->run, "fid_straight", fid_straight);
    run_summary(lab->run, "fid_circle", fid_circle);
    free(straight);
    free(circle);
}

/*
## Real beside fake
*/

// To the left of each row real pictures, to the right as many fakes.
static void draw_real_and_fake(Lab *lab, Net *G) {
    enum { ROWS = 8, HALF = 8, BOTH = 2 * HALF };
    float *sheet = alloc_floats((size_t)ROWS * BOTH * PIXELS);
    for (int i = 0; i < ROWS * BOTH; i++) {
        if (i % BOTH < HALF) {
            int place = i / BOTH * HALF + i % BOTH;
            dataset_take(sheet + (size_t)i * PIXELS, NULL, lab->test, &place, 1);
            gan_scale(sheet + (size_t)i * PIXELS, PIXELS);
        } else {
            imagine(sheet + (size_t)i * PIXELS, G,
                    lab->z + (size_t)(i / BOTH * HALF + i % HALF) * LATENT, 1);
        }
    }
    image_grid_grey(run_path(lab->run, "samples/real-fake.png"), sheet, ROWS * BOTH, SIDE, SIDE,
                    BOTH, 2, -1.0f, 1.0f);
    free(sheet);
}

void report(Lab *lab, Net *G) {
    if (!state_begin(lab->state, "report")) {
        return;
    }
    draw_walks(lab, G);
    draw_real_and_fake(lab, G);
    judge_midpoints(lab, G);
    if (lab->settings->generate > 0) {
        gan_generate(lab->run, G, lab->settings->generate);
    }
    state_end(lab->state, true);
}
