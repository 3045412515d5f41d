/*
## What can be left out

A transformer has many parts, and each is explained with a reason. A reason can be tested: *leave the part out, and train
again.* That is called an ablation. Twelve networks of two blocks, 64 numbers wide, learn for 400 steps of 1,024 characters,
from the same seed and, with windows of the same length, from the same windows. One thing differs from the complete network, in
one case two.

What a difference means depends on how much it differs from seed to seed. The program trains each network once, and three
times with `--ablation-seeds 3`. The table further down is of these three seeds, the figure of the first. And it is an early
stage: the complete network is at 3.4 bits, the GPT above ends at 2.30.

![Held-out bits of twelve networks after 400 steps, one seed. The networks without skips, without positions, with positions that
begin as noise and with windows of 128 characters are far above the complete one, that with windows of 16 is far below it, and
the others lie close to it.](ablations.svg)
*/

#include "acts.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/file.h"
#include "kernels/attention.h"
#include "measure/language.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/*
## A table for each

*Norm in front* (He et al. 2016; Xiong et al. 2020): $u + f(\mathrm{norm}(u))$. Between the input and the last norm there is
then a path of additions alone, and what comes back along it is not scaled. *Norm behind*, as in the paper of 2017:
$\mathrm{norm}(u + f(u))$. The sum is scaled after every branch, and so is the gradient on its way back. It is said that such a
network diverges in its first steps unless the rate is warmed up.
*/

typedef enum { FRONT, BEHIND, NONE } NormPlace;

typedef struct {
    const char *name;
    NormPlace norm;
    bool no_positions, no_skips, cold; // cold: without warm-up
    float noise;                       // positions begin as noise of this deviation; 0: as waves
    int heads, context, blocks;        // 0: as in the base
} Ablation;

static const Ablation ablations_list[] = {
    { .name = "base" },
    { .name = "no_positions", .no_positions = true },
    { .name = "noisy_positions", .noise = 0.02f },
    { .name = "larger_noise", .noise = 0.35f },
    { .name = "no_skips", .no_skips = true },
    { .name = "no_norm", .norm = NONE },
    { .name = "norm_behind", .norm = BEHIND },
    { .name = "norm_behind_cold", .norm = BEHIND, .cold = true },
    { .name = "cold", .cold = true },
    { .name = "one_head", .heads = 1 },
    { .name = "context_16", .context = 16 },
    { .name = "context_128", .context = 128 },
};
enum { ABLATIONS = sizeof ablations_list / sizeof *ablations_list };
enum { SMALL = 64, HEADS = 4, BLOCKS = 2, CONTEXT = 64, CHARACTERS = 1024, STEPS = 400 };
enum { CURVE = 20, BITS_HELD, TRAIN_BITS, LONGEST, FIGURES }; // before BITS_HELD: the curve

static int or_usual(int own, int usual) {
    return own ? own : usual;
}

// Layers `inside` (closed by END) as a branch, with what this ablation leaves around it. Returns where
// the next row goes.
static LayerSpec *put_branch(LayerSpec *at, const Ablation *a, const LayerSpec *inside) {
    if (!a->no_skips) {
        *at++ = (LayerSpec)mark("x");
    }
    if (a->norm == FRONT) {
        *at++ = (LayerSpec)layernorm();
    }
    while (inside->kind != LAYER_END) {
        *at++ = *inside++;
    }
    if (!a->no_skips) {
        *at++ = (LayerSpec)add("x");
    }
    if (a->norm == BEHIND) {
        *at++ = (LayerSpec)layernorm();
    }
    return at;
}

static void put_table(LayerSpec *at, const Ablation *a, int words) {
    int context = or_usual(a->context, CONTEXT), heads = or_usual(a->heads, HEADS);
    const LayerSpec attend[] = { dense(3 * SMALL),
                                 attention(heads, .steps = context, .causal = true), dense(SMALL),
                                 END };
    const LayerSpec think[] = { dense(4 * SMALL), gelu(), dense(SMALL), END };
    *at++ = (LayerSpec)embedding(SMALL, .words = words, .spread = SPREAD);
    if (!a->no_positions) {
        *at++ = (LayerSpec)positions(context, .spread = a->noise);
    }
    for (int block = 0; block < or_usual(a->blocks, BLOCKS); block++) {
        at = put_branch(at, a, attend);
        at = put_branch(at, a, think);
    }
    if (a->norm == FRONT) {
        *at++ = (LayerSpec)layernorm();
    }
    *at++ = (LayerSpec)dense(words);
    *at = (LayerSpec)END;
}

static Net *ablated(const Ablation *a, int words, Rng *rng) {
    enum { MOST_ROWS = 64 };
    LayerSpec table[MOST_ROWS];
    put_table(table, a, words);
    Net *net = net_create(table, (Shape){ 1, 1, 1 }, CHARACTERS, rng);
    if (!a->no_positions && a->noise == 0.0f) {
        gpt_waves(&net->layers[1]);
    }
    return net;
}

// Training i: ablation, seed; the seed runs fastest.
static long train_ablation(const void *given, int i, double *figures) {
    const Lab *lab = given;
    int seeds = lab->settings->ablation_seeds, seed = i % seeds, n_held, *held;
    const Ablation *a = &ablations_list[i / seeds];
    int context = or_usual(a->context, CONTEXT);
    long steps = lab_steps(lab, STEPS), part = (steps + CURVE - 1) / CURVE, diverged = 0;
    Rng rng = rng_create(run_seed(lab->run, seed), RNG_INIT);
    Net *net = ablated(a, lab->text->n_codes, &rng);
    GptRecipe recipe = { context, CHARACTERS / context,    steps, a->cold ? 0 : WARM_UP,
                         0.004f,  run_seed(lab->run, seed) };
    GptCourse c;
    gpt_course_open(&c, lab, &recipe, net);
    while (c.step < steps && !diverged && !run_stopped(lab->run)) {
        long at = c.step / part, size = (at + 1) * part < steps ? part : steps - at * part;
        float loss = gpt_course_step(&c);
        diverged = isfinite(loss) ? 0 : c.step;
        figures[at] += loss * BITS / (double)size;
    }
    if (c.step == steps && !diverged) {
        enum { JUDGED = 32768 };
        held = text_part(lab->text, TEXT_HELD_OUT, &n_held);
        figures[BITS_HELD] = bits_in_windows(NULL, net, held, n_held < JUDGED ? n_held : JUDGED);
        figures[TRAIN_BITS] = figures[(steps - 1) / part];
        figures[LONGEST] = c.longest;
        free(held);
    }
    gpt_course_close(&c);
    net_free(net);
    return diverged;
}

// --- results -------------------------------------------------------------------------------------

Trainings *ablations_open(Lab *lab) {
    return trainings_open(lab->run, lab->state, "ablations",
                          ABLATIONS * lab->settings->ablation_seeds, FIGURES);
}

// The figure of an ablation with a seed.
static double figure_of(const Trainings *all, int seeds, int ablation, int seed, int figure) {
    return all->figures[(ablation * seeds + seed) * FIGURES + figure];
}

// Mean, least and most over the seeds: of the figure itself, or by how much it is above the base's at
// the same seed.
typedef struct {
    double mean, least, most;
} OfSeeds;

static OfSeeds spread_of(const Trainings *all, int seeds, int ablation, int figure, bool above) {
    OfSeeds s = { 0.0, INFINITY, -INFINITY };
    for (int seed = 0; seed < seeds; seed++) {
        double value = figure_of(all, seeds, ablation, seed, figure);
        value -= above ? figure_of(all, seeds, 0, seed, figure) : 0.0;
        s.mean += value / seeds;
        s.least = fmin(s.least, value);
        s.most = fmax(s.most, value);
    }
    return s;
}

static void summarise(Lab *lab, const char *name, const char *what, OfSeeds s) {
    char key[96];
    snprintf(key, sizeof key, "%s_%s", name, what);
    run_summary(lab->run, key, s.mean);
    snprintf(key, sizeof key, "%s_%s_least", name, what);
    run_summary(lab->run, key, s.least);
    snprintf(key, sizeof key, "%s_%s_most", name, what);
    run_summary(lab->run, key, s.most);
}

// Every seed, and the curves of training as means over the seeds.
static void write_ablations(Lab *lab, const Trainings *all) {
    int seeds = lab->settings->ablation_seeds;
    OutFile *file = file_create(run_path(lab->run, "ablations.csv"));
    fprintf(file_stream(file), "ablation,seed,held_out_bits,train_bits,longest_gradient\n");
    for (int i = 0; i < all->n; i++) {
        const double *f = all->figures + i * FIGURES;
        fprintf(file_stream(file), "%s,%d,%.4f,%.4f,%.3g\n", ablations_list[i / seeds].name,
                i % seeds + 1, f[BITS_HELD], f[TRAIN_BITS], f[LONGEST]);
    }
    file_commit(file);

    char columns[ABLATIONS * 32] = "";
    size_t length = 0;
    for (int a = 0; a < ABLATIONS; a++) {
        length += (size_t)snprintf(columns + length, sizeof columns - length, "%s%s<",
                                   a > 0 ? "," : "", ablations_list[a].name);
    }
    Log *log = log_open(lab->run, "log-ablations.csv", columns);
    long steps = lab_steps(lab, STEPS), part = (steps + CURVE - 1) / CURVE;
    for (long k = 0; k * part < steps; k++) {
        double row[ABLATIONS];
        for (int a = 0; a < ABLATIONS; a++) {
            row[a] = spread_of(all, seeds, a, (int)k, false).mean;
        }
        log_write(log, (k + 1) * part < steps ? (k + 1) * part : steps, row, ABLATIONS);
    }
}

void ablations(Lab *lab, Trainings *all) {
    int seeds = lab->settings->ablation_seeds;
    if (!trainings_run(all, train_ablation, lab)) {
        return;
    }
    run_say(lab->run, "Without one thing or another, %ld steps: held-out bits, and above the base",
            lab_steps(lab, STEPS));
    for (int a = 0; a < ABLATIONS; a++) {
        OfSeeds bits = spread_of(all, seeds, a, BITS_HELD, false);
        OfSeeds above = spread_of(all, seeds, a, BITS_HELD, true);
        OfSeeds longest = spread_of(all, seeds, a, LONGEST, false);
        run_say(lab->run, "  %-18s%7.3f%+8.3f (%+.3f to %+.3f), longest gradient %.2g",
                ablations_list[a].name, bits.mean, above.mean, above.least, above.most,
                longest.most);
        summarise(lab, ablations_list[a].name, "bits", bits);
        summarise(lab, ablations_list[a].name, "above", above);
        char key[64];
        snprintf(key, sizeof key, "%s_longest", ablations_list[a].name);
        run_summary(lab->run, key, longest.most);
    }
    write_ablations(lab, all);
}

/*
Three seeds: the mean of the held-out bits, and by how much they are above those of the complete network at the same seed.

| 400 steps | bits, held out | above the complete one | least to most |
|---|--:|--:|--:|
| complete | 3.421 | | |
| **without skips** | 4.071 | 0.650 | 0.585 to 0.710 |
| **without positions** | 3.690 | 0.269 | 0.248 to 0.287 |
| **positions begin as noise** of 0.02 | 3.680 | 0.259 | 0.240 to 0.279 |
| **positions begin as noise** of 0.35 | 3.705 | 0.284 | 0.257 to 0.311 |
| without layer norm | 3.437 | 0.016 | -0.008 to 0.041 |
| norm behind, with warm-up | 3.466 | 0.045 | 0.042 to 0.050 |
| norm behind, without | 3.371 | -0.050 | -0.061 to -0.037 |
| norm in front, without warm-up | 3.370 | -0.051 | -0.065 to -0.033 |
| one head | 3.359 | -0.062 | -0.070 to -0.057 |
| **windows of 16**, 64 of them a step | 3.119 | -0.302 | -0.315 to -0.288 |
| **windows of 128**, 8 of them a step | 3.675 | 0.254 | 0.252 to 0.256 |

**Skips help most in these 400 steps.** Without them four branches stand one behind the other, and at the end the network knows
less than a bigram table, a count of which character follows which (3.744 bits, lesson 14).

**Positions help, too.** Without them the network ends near the bigram table (3.690 bits on the first 32,768 held-out
characters, the table 3.744 on all of them): it knows the last character, since that is its own row. How much of the order of
the others it recovers through two layers was not measured. Learned positions that begin as noise are little better than none
after 400 steps, by 0.01 bits. This noise has the deviation 0.02, the waves 0.35. The size does not explain it: noise of 0.35 is
not better but worse, by 0.03 bits on the average. So what helps on this text is the form of the waves, in which near places
have near rows. (At repeating letters, positions that begin as noise of deviation 1 are learned sooner than sinusoids.)

**Short windows learn faster at first.** With the same number of characters a step, 16 are far ahead of 64, and 64 of 128. A
longer window has more rows to choose from; whether that is the reason was not tested. Nor was it measured whether windows of
16 would still be ahead after the 5,000 steps of the GPT above.

**The place of the norm, warm-up and the number of heads** change little, by at most 0.07 bits. The complete network alone
differs by 0.04 between seeds, from 3.399 to 3.437. But at the same seed four of these differences have the same sign three
times, and are larger than their own spread: norm behind is worse than in front; no warm-up, with the norm in either place, is
better than the complete network; and so is one head. (Norm behind without warm-up is also better than norm behind with it, by
0.08 to 0.11 bits.) Three seeds are few, and 400 steps are too, of which warm-up takes a quarter. Whether these differences last
in a longer training was not measured.

**Two differences are not established.** Without layer norm the network is worse at two seeds and better at one. And without
warm-up it depends on the seed which place of the norm is better.

The longest gradient of a training, before clipping, is 3.4 without norm and 2.0 with it. Norm behind without warm-up, which
is said to diverge, does not, at any of the three seeds. But all twelve networks have only two blocks, and all their
gradients are clipped to length 1. The rules are from networks of dozens of blocks, and this table cannot say where they
begin to hold.

## What a longer window costs

Each row looks at all rows before it, so that $T$ rows look at $T^2 / 2$: attention is *quadratic*. How bad is that? For a
character and a block, scores and means take $2 \cdot d \cdot T / 2$ multiplications forward if the mask is used to advantage,
and the dense layers $12 d^2$. The two are equal at $T = 12 d$, here at 768 characters. Below that a longer window is cheap.

The program measures it: one pass forward and backward over 2,048 characters, cut into windows of 16 to 2,048, and the
attention alone.
*/

enum { ROWS = 2048, SHORTEST = 16, LENGTHS = 8, REPEATS = 8 };

// Seconds of the fastest of some steps.
static double fastest_step(Net *net, const float *x) {
    double best = INFINITY;
    for (int i = 0; i <= REPEATS; i++) {
        double began = clock_seconds();
        net_forward(net, x, ROWS, TRAIN);
        net_backward(net, net->dy, WANT_PARAMS);
        best = i > 0 ? fmin(best, clock_seconds() - began) : best; // the first one warms up
    }
    return best;
}

// The attention of all blocks alone, forward and backward.
static double fastest_attention(int context) {
    AttentionShape shape = { SMALL, HEADS, context, true };
    float *x = alloc_floats((size_t)ROWS * 3 * SMALL), *dx = alloc_floats((size_t)ROWS * 3 * SMALL);
    float *y = alloc_floats((size_t)ROWS * SMALL);
    float *workspace = alloc_scratch(attention_workspace(&shape));
    Rng rng = rng_create(1, RNG_DATA);
    double best = INFINITY;
    rng_fill_normal(&rng, x, (size_t)ROWS * 3 * SMALL, 0.0f, 1.0f);
    for (int i = 0; i <= REPEATS; i++) {
        double began = clock_seconds();
        attention_forward(y, x, ROWS, &shape, workspace);
        attention_backward(dx, y, x, ROWS, &shape, workspace);
        best = i > 0 ? fmin(best, clock_seconds() - began) : best;
    }
    free(x);
    free(dx);
    free(y);
    free(workspace);
    return BLOCKS * best;
}

void context_cost(Lab *lab) {
    if (!state_begin(lab->state, "context")) {
        return;
    }
    OutFile *file = file_create(run_path(lab->run, "seconds-context.csv"));
    int words = lab->text->n_codes;
    double shares[LENGTHS] = { 0.0 };
    float *x = alloc_floats(ROWS);
    Rng rng = rng_create(run_seed(lab->run, 0), RNG_DATA);
    for (int i = 0; i < ROWS; i++) {
        x[i] = (float)rng_below(&rng, (uint32_t)words);
    }
    fprintf(file_stream(file), "context,step_us,attention_us\n");
    for (int i = 0; i < LENGTHS && !run_stopped(lab->run); i++) {
        int context = SHORTEST << i;
        Net *net = gpt_create(words, &(GptShape){ SMALL, HEADS, context }, ROWS, &rng);
        double step = 1e6 / ROWS * fastest_step(net, x);
        double attention = 1e6 / ROWS * fastest_attention(context);
        fprintf(file_stream(file), "%d,%.3f,%.3f\n", context, step, attention);
        run_say(lab->run, "  windows of %4d: %.1f us a character, %.1f of it attention", context,
                step, attention);
        shares[i] = attention / step;
        net_free(net);
    }
    file_commit(file);
    run_summary(lab->run, "attention_share_64", shares[2]);
    run_summary(lab->run, "attention_share_2048", shares[LENGTHS - 1]);
    state_end(lab->state, !run_stopped(lab->run));
    free(x);
}

/*
![Microseconds a character against the length of the window, on axes of powers: a training step, and the attention in it. The
step's curve is level up to 128 characters, and from 512 on the attention's carries it upward.](context.svg)

Up to windows of 128 characters a training step costs nearly the same, 11.3 to 13.6 microseconds a character. With windows of 64
the attention is 18 % of it. With windows of 512, 1,024 and 2,048 it takes 8.5, 16.3 and 31.6 microseconds a character: 1.9
times as long for twice the window. For a whole window that is about the square. The attention passes all the rest of the step
between 256 and 512 characters. The count above says 768, but that is for the forward pass. Backward, the attention computes its
weights anew and takes five products in place of two, a dense layer two in place of one. With these counted, the two are equal
at $72 d / 7$, about 660. Why it is sooner was not measured.
*/
