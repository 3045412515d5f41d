/*
The two sets of points are made by [`toy2d`](toy2d.html). XOR gets four hidden neurons, the spirals 32.
*/

#include "acts.h"
#include "records.h"
#include "data/toy2d.h"

const Toy toy_list[TOYS] = {
    [XOR] = { "xor", 4, 2000, 0.5f, 1.0f }, [SPIRALS] = { "spirals", 32, 10000, 0.3f, 3.0f }
};

int learn_toy(Run *run, ToyName name, uint64_t seed) {
    const Toy *toy = &toy_list[name];
    float points[2 * POINTS];
    int labels[POINTS];
    Rng data = rng_create(seed, RNG_DATA), init = rng_create(seed, RNG_INIT);
    if (name == XOR) {
        toy2d_xor(points, labels, POINTS, 0.3f, &data);
    } else {
        toy2d_spirals(points, labels, POINTS, 1.25f, 0.02f, &data);
    }
    for (int i = 0; i < 2 * POINTS; i++) {
        points[i] *= toy->scale;
    }
    Mlp m = mlp_create(2, toy->hidden, 2, TOY_BATCH);
    mlp_init(&m, INIT_FAN_IN, &init);
    train_toy(run, toy, &m, points, labels, rng_create(seed, RNG_SHUFFLE));
    draw_toy(run, toy, &m, points, labels);
    int errors = toy_errors(&m, points, labels);
    mlp_free(&m);
    return errors;
}

/*
What has the network made of the plane? For a grid of places the program writes down the probability that the network gives
to class 1; the plot colours them.

![The plane as two small networks see it. Left: XOR, four hidden neurons; the two orange corners are each cut off from the
blue part between them. Dashed: the lines w · x + b = 0 of the hidden neurons (one of the four runs outside the picture).
Right: two spirals, 32 hidden neurons. White is where the network is undecided, a narrow border between the
arms.](regions.svg)

Both are solved without an error among the 400 points they were trained on, at seeds 1, 2 and 3. Look at the far corners of the
right-hand picture, where no point has ever been: the network is just as certain there. Its loss was made small at the training
points, and nothing in it asks for doubt anywhere else.
*/
