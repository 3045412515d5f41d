/*
## In the plane

Two numbers are not many. Now two networks play, where everything can still be seen. The data are a ring of eight small clouds
([toy2d](toy2d.html)) with a standard deviation of 0.02, at distance 2 from the middle. Each is a *mode* of the data: a place
where examples crowd. The latent vector has two numbers, drawn from the standard normal distribution, and both networks are
small: two hidden layers of 64 units, ReLU in the generator and leaky ReLU in the discriminator. A step sees 128 points, and the
game has 6,000 steps. Both rates begin at 0.001 and fall linearly to 0, and there is instance noise, which begins with a
deviation of 0.5 and has faded after two thirds of the game.

![Samples of a healthy game on the left, and of one that has collapsed on the right. Grey: real points. The healthy samples draw together into a ring, which breaks up into the eight clouds. The collapsed ones lie in one small cloud that wanders about.](ring.gif)

Why leaky? The generator learns only through the discriminator. A ReLU that is off passes no gradient back, and a leaky one passes
a fifth. (`--summary` prints the layers.)
*/

#include "acts.h"

VanillaGame *toy_game(const VanillaSettings *s, const VanillaRules *rules, int batch) {
    InitScheme init = (InitScheme)s->init;
    Rng rng = rng_create(s->run.seed, RNG_INIT);
    int most = batch > SAMPLES2D_N ? batch : SAMPLES2D_N;
    Net *G = toy_net(2, s->depth, s->width, false, most, init, &rng);
    Net *D = toy_net(1, s->depth, s->width, true, batch, init, &rng);
    return game_create(rules, G, D, s->steps, s->run.seed);
}

/*
### What to measure

In the plane one can count. At each row of the log we look at 2,500 samples, from the same latent vectors each time:

- the share of **good** samples, those within three standard deviations of a cloud, and the **modes covered**, those that at
  least 20 of the 2,500 samples belong to, a sixteenth of their due;
- the **fullest** mode, that is, near which of the eight the most samples lie;
- the **earth mover's distance** (EMD) to real points: how far, on average, a sample has to be carried so that together they
  lie where 512 real points lie, in the best assignment ([its chapter](emd.html));
- **diversity**: the mean distance between two samples, divided by that between two real points. It needs no modes, so it also
  serves for pictures.

[Watching a game](gan_tally.html) has the other columns of the log, and [samples in the plane](samples2d.html) does the counting.
A game is over when its losses or samples are no longer numbers, or when the discriminator's loss is above a million.

### The loop

This is all of the training: some steps of the discriminator, each on fresh points, then one of the generator.
*/

void play_in_plane(ToyGame *toy, long until) {
    VanillaGame *g = toy->own;
    GanPair *pair = g->pair;
    int n = pair->D->batch;
    while (pair->step < until) {
        int steps = g->rules.d_steps + (pair->step == 0 ? g->rules.head_start : 0);
        for (int k = 0; k < steps; k++) {
            toy2d_cloud(toy->real, toy->samples->cloud, n, &toy->data);
            discriminator_step(g, &toy->tally, toy->real, gan_pair_latent(pair, n), n);
        }
        generator_step(g, &toy->tally, gan_pair_latent(pair, n), n);
    }
}

/*
![The healthy game over 6,000 steps. Losses: flat after a few hundred steps. D(x) and D(G(z)): near one half. Gradient norms. Modes covered: from 0 to 8. EMD: falls.](curves.svg)

![What D says of each place at four moments, from orange for generated to blue for real. Blue circles: real points; brown dots: samples. Where points lie the map is pale, about one half; inside the ring and between the clouds it turns orange.](heat.svg)

**What the pictures show.** For the first thousand steps the samples draw together into a ring. Then the ring breaks up, and its
pieces gather at the eight clouds. From step 3,300 on all eight modes are covered. At the end 77 % of the samples are good and
the EMD is 0.147; between real points and other real points it is 0.158. (That the samples come out below it is chance: 512
points do not fall on the eight modes evenly, and most of the distance is what has to be carried from a mode with too many to
one with too few. An EMD of about 0.15 is as good as this measure can tell.) There is a reason why some samples still lie
between the clouds. A ReLU network is a continuous function and the $z$ form one connected cloud, so what it makes of them is
connected. It can make the bridges thin, and it cannot cut them.

Now look at the losses. After four hundred steps they are nearly where they will be after six thousand: 1.37 and 0.70 there,
1.34 and 0.73 at the end, beside $2 \log 2 = 1.386$ and $\log 2 = 0.693$. The map of the discriminator shows why. Where points
lie it says about ½, at all four moments. What it has learned lies elsewhere. **The losses say that the two are evenly matched.
They do not say how good either is.** In the lessons before, the loss was the goal.

The gradient norm of the generator changes more. It rises to 1.65 at step 4,100, when the noise has just gone and each sample is
pulled towards the nearest small cloud, and falls as they arrive.
*/
