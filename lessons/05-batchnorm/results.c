/*
## Who has learned?

At the end each net is scored on the validation images, in evaluation mode. Guessing gets 10 %. The best of the six
with batch norm becomes `model.safetensors`.
*/

#include "contest.h"
#include "base/file.h"
#include "measure/evaluate.h"
#include "nn/checkpoint.h"

#include <math.h>
#include <stdio.h>

// For each pictured net and layer a block of lines, one for each fortieth of the training.
static void write_histograms(const Contest *t) {
    OutFile *file = file_create(run_path(t->run, "histograms.csv"));
    for (int i = 0; i < PICTURED * DEPTH; i++) {
        for (long slot = 0; slot < t->slots; slot++) {
            const float *share = t->shares + (i * SLOTS + slot) * BINS;
            for (int b = 0; b < BINS; b++) {
                fprintf(file_stream(file), "%s%.3g", b ? "," : "", (double)share[b]);
            }
            fprintf(file_stream(file), "\n");
        }
        fprintf(file_stream(file), "\n\n");
    }
    file_commit(file);
}

// The length of all weights of the convolutions.
static double length_of_filters(const Net *net) {
    double sum = 0.0;
    for (int i = 0; i < net->n_layers; i++) {
        const Layer *l = &net->layers[i];
        sum += l->spec.kind == CONV2D ? pow(norm(l->weight, l->n_weight), 2) : 0.0;
    }
    return sqrt(sum);
}

static void summarise(const Contest *t, const float accuracy[CONTESTANTS]) {
    static const char *const lengths[LENGTHS] = { "low", "middle", "high" };
    char key[64];
    double rows = (double)((t->total + t->every - 1) / t->every);
    for (int c = 0; c < CONTESTANTS; c++) {
        snprintf(key, sizeof key, "%s_valid_accuracy", contestants[c].name);
        run_summary(t->run, key, accuracy[c]);
        if (t->diverged_at[c]) {
            snprintf(key, sizeof key, "%s_diverged_at", contestants[c].name);
            run_summary(t->run, key, t->diverged_at[c]);
        } else if (c < GRID) {
            snprintf(key, sizeof key, "%s_filters", contestants[c].name);
            run_summary(t->run, key, length_of_filters(t->nets[c]));
        }
    }
    for (int bad = 0; bad < 2; bad++) {
        Net *start = make_net(PLAIN, 1, bad ? (InitScheme)t->settings->bad_init : INIT_HE,
                              t->settings->run.seed);
        run_summary(t->run, bad ? "start_bad_filters" : "start_good_filters",
                    length_of_filters(start));
        net_free(start);
    }
    for (int w = 0; w < WATCHED; w++) {
        if (!t->diverged_at[watched[w]]) {
            snprintf(key, sizeof key, "%s_shift", contestants[watched[w]].name);
            run_summary(t->run, key, t->shift_sum[w] / (rows - 1.0));
            if (contestants[watched[w]].kind == NORMED) {
                snprintf(key, sizeof key, "%s_front_shift", contestants[watched[w]].name);
                run_summary(t->run, key, t->front_sum[w] / (rows - 1.0));
            }
        }
    }
    for (int i = 0; i < PROBED * LENGTHS; i++) {
        if (!t->diverged_at[watched[i / LENGTHS]]) {
            snprintf(key, sizeof key, "kept_%s_%s", i < LENGTHS ? "plain" : "bn",
                     lengths[i % LENGTHS]);
            run_summary(t->run, key, t->kept_sum[i / LENGTHS][i % LENGTHS] / rows);
        }
    }
}

static void print_results(const Contest *t, const float accuracy[CONTESTANTS]) {
    static const char *const rows[] = { "good initial weights", "bad ones", "good, batch norm",
                                        "bad, batch norm" };
    double lr = (double)t->settings->lr;
    run_say(t->run, "Validation accuracy after %ld steps (guessing: 0.1):", t->total);
    run_say(t->run, "  %-22s%10.3g%10.3g%10.3g", "learning rate", lr / 5.0, lr, lr * 5.0);
    for (int r = 0; r < 4; r++) {
        char line[80];
        int length = snprintf(line, sizeof line, "  %-22s", rows[r]);
        for (int c = 3 * r; c < 3 * r + 3; c++) {
            length += snprintf(line + length, sizeof line - (size_t)length, "%9.3f%s",
                               (double)accuracy[c], t->diverged_at[c] ? "*" : " ");
        }
        run_say(t->run, "%s", line);
    }
    for (int c = 0; c < CONTESTANTS; c++) {
        if (t->diverged_at[c]) {
            run_say(t->run, "  (* the loss became NaN or infinite, and training ended there)");
            break;
        }
    }
    run_say(t->run, "  at the high rate, batch norm shaken: %.3f", (double)accuracy[SHAKEN]);
}

// The net of this kind, with good or bad weights, at this multiple of the middle rate.
static int find_contestant(NetKind kind, bool bad, float rate) {
    int c = 0;
    while (contestants[c].kind != kind || contestants[c].bad != bad ||
           contestants[c].rate != rate || contestants[c].shaken) {
        c++;
    }
    return c;
}

static void report_cliff(const Contest *t, const float accuracy[CONTESTANTS]) {
    static const float rates[] = { 0.2f, 1.0f, 2.0f, 3.0f, 5.0f, 7.0f, 10.0f, 14.0f };
    OutFile *file = file_create(run_path(t->run, "cliff.csv"));
    fprintf(file_stream(file), "rate,plain_good,bn_good,bn_bad\n");
    run_say(t->run, "The way up the rates:");
    run_say(t->run, "  %-14s%12s%18s%18s", "learning rate", "good", "good, batch norm",
            "bad, batch norm");
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        double rate = (double)rates[i] * (double)t->settings->lr;
        double plain = (double)accuracy[find_contestant(PLAIN, false, rates[i])];
        double good = (double)accuracy[find_contestant(NORMED, false, rates[i])];
        double bad = (double)accuracy[find_contestant(NORMED, true, rates[i])];
        fprintf(file_stream(file), "%.4g,%.4f,%.4f,%.4f\n", rate, plain, good, bad);
        run_say(t->run, "  %-14.4g%12.3f%18.3f%18.3f", rate, plain, good, bad);
    }
    file_commit(file);
}

static bool all_finite(const float *x, size_t n) {
    size_t i = 0;
    while (i < n && isfinite(x[i])) {
        i++;
    }
    return i == n;
}

bool report(Contest *t) {
    const Split *images = t->images;
    float accuracy[CONTESTANTS];
    int best = -1;
    for (int c = 0; c < CONTESTANTS; c++) {
        Net *net = t->nets[c];
        accuracy[c] = 1.0f / CLASSES; // of a net that has diverged, in its last step perhaps
        if (!all_finite(net->params, net->n_params) || !all_finite(net->state, net->n_state)) {
            t->diverged_at[c] = t->diverged_at[c] ? t->diverged_at[c] : (int)t->total;
        }
        if (!t->diverged_at[c]) {
            accuracy[c] = evaluate(net, images->data, images->order, images->n_valid).accuracy;
        }
        if (contestants[c].kind == NORMED && c < GRID && !t->diverged_at[c] &&
            (best < 0 || accuracy[c] > accuracy[best])) {
            best = c;
        }
    }
    write_histograms(t);
    summarise(t, accuracy);
    print_results(t, accuracy);
    report_cliff(t, accuracy);
    if (best >= 0) {
        checkpoint_save(run_path(t->run, "model.safetensors"), t->nets[best]);
        modes(t->run, t->nets[best], t->nets[WITH_DROPOUT], images);
    } else {
        run_say(t->run, "None of the nets with batch norm has stayed finite: no model is saved.");
    }
    return best >= 0;
}

/*
## What the plots show

![Training loss of the twelve nets of the grid, and their validation accuracy after 860 steps, one pass through the training images. Above: He
initialisation; below: weights twenty times too small. At 0.5, and with bad weights, the black curves without batch norm stay at 2.3.](contest.svg)

| validation accuracy | 0.02 | 0.1 | 0.5 |
|---|---|---|---|
| good initial weights | 0.830 | 0.849 | **0.099** |
| bad initial weights | **0.096** | **0.102** | **0.099** |
| good, with batch norm | 0.846 | 0.856 | 0.844 |
| bad, with batch norm | 0.846 | 0.841 | 0.828 |

In this grid two of six nets without batch norm learn, and all six with it. These
lie between 0.828 and 0.856. Where the plain net learns, batch norm makes the beginning faster (over steps 22 to 42 at 0.1 the
loss is 0.76 against 1.34), and at the end the two are close, 0.856 and 0.849. Differences of a point are within what another seed or another processor changes. So it is not a better net, but one that depends less on
the two choices.

**How far does this reach?** Further up with the rate:

![Validation accuracy at the end, against the learning rate. Without batch norm it falls to guessing between 0.3 and 0.5, with batch norm between 0.7 and 1.0.](cliff.svg)

| validation accuracy | 0.02 | 0.1 | 0.2 | 0.3 | 0.5 | 0.7 | 1.0 | 1.4 |
|---|--:|--:|--:|--:|--:|--:|--:|--:|
| good initial weights | 0.830 | 0.849 | 0.849 | 0.801 | **0.099** | **0.099** | **0.099** | **0.099** |
| good, with batch norm | 0.846 | 0.856 | 0.848 | 0.855 | 0.844 | 0.842 | **0.099** | **0.099** |
| bad, with batch norm | 0.846 | 0.841 | 0.849 | 0.854 | 0.828 | 0.840 | **0.099** | **0.099** |

**Batch norm moves the limit, and does not remove it.** (One seed.) Without it the net learns up to 0.3 and not at 0.5. With it
both kinds of initial weights learn up to 0.7, with hardly less accuracy, and neither at 1.0. So the rate may be about twice as
high as without, and beyond that batch norm does not help. Where exactly the limit lies depends on chance and on the number of
steps: after a short run of 86 steps (`--images 6000`) both nets with batch norm are already worse at 0.7, 0.45 and 0.48, and
the one with bad weights has 0.23 at 1.0. What batch norm removes, in this experiment, is the dependence on the *size* of the
initial weights, by the end of the 860 steps. After 86 it is still there: at 0.1 the accuracy is 0.684 with bad weights and
0.778 with good ones.

**What happened to the four plain nets?** Their losses stand at 2.30, and $\log 10$ is 2.303: they give every class about the
same probability, whatever the picture.

![Standard deviation of the numbers before each ReLU, by layer, over the training. Above without, below with batch norm. With bad weights and without batch norm the signal falls to a
millionth.](deviations.svg)

With bad weights (right) each layer hands on a twentieth or less of what it gets: 0.007 behind the first convolution,
0.0002 and 0.000007 behind the next two. From there on the biases are larger than what is left of the picture, and
the last two lines rise again: they show how the biases differ from channel to channel. The gradient shrinks in the same way
on its way down (a *vanishing gradient*), and nothing but the last biases moves for the rest of the run. Batch norm divides each of these
signals by its own deviation, and the net learns.

![What goes into the six ReLUs, over the course of training: each column of a strip is a histogram, dark where many numbers
are. Four nets, six layers.](histograms.svg)

At the high rate (third row) the reason is another one. The first steps are too long and push the numbers in front of
the last ReLU below 0, for every image: of the 50,176 of a batch not one is above 0 at step 21, the first row of
the log, and later no more than a single one, in two of the histograms. The ReLU's outputs are 0 then, its derivatives
are 0, and no gradient reaches any of the six convolutions: all units of the layer are *dead*. The strips do not change any more. With batch norm (last
row) a channel has the mean $b$ and the deviation $w$, so it is not below 0 for all images unless $b$ goes far below
zero. In layer 6 it went some way: the mean there is $-0.6$.

The first two rows are nets that learn. Without batch norm the distributions spread, from layer 2 on, for some
hundreds of steps, and vary from batch to batch; with it they keep their shape.

## Why does it help?

**Less shift?** The paper's answer is *internal covariate shift*: with batch norm the layers above do not have to follow what the layers below
do. The measurement behind batch norm cannot decide this, since a mean there is the parameter $b$. Both places, as means over the run:

| shift from row to row | into the ReLUs | out of the convolutions |
|---|--:|--:|
| without batch norm, 0.1 | 0.23 | 0.23 |
| with it, 0.1 | 0.0073 | 0.060 |
| with it, 0.5 | 0.025 | 0.072 |
| with it, 0.5, shaken | 0.35 | 0.26 |

In front of batch norm the figure is eight times as large as behind it, 0.060 against 0.0073, and still a quarter of that
without batch norm. So there is less shift, in front as well. How much of the 0.060 is movement of the filters is not told.
Wherever the mean is not the parameter $b$, part of the figure is chance: the rows are measured on different batches. (The net
with bad weights and without batch norm, whose filters hardly move, has 0.06 from that alone.)

Now the shaken net. Its shift is larger than that of the plain net at 0.1 that learned without trouble, behind batch norm and in front of it, and behind it fourteen
times that of the same net unshaken. If steadiness were what helps, it should do no better than
the plain net at the same rate, which ended at 0.099. It ends at 0.834. The unshaken one: 0.844.

![Left: training loss of four nets from the same weights; that of the shaken one is measured while it is shaken. Middle: how
far the means of what goes into the ReLUs move between rows of the log. Right: the same for what comes out of the convolutions.](shaken.svg)

So a steady signal is not what lets this net learn at a rate of 0.5. Santurkar et al. (2018) came to
the same conclusion on larger nets, and offered another explanation: with batch norm the loss, as a function of the weights, is
*smoother*, so that a gradient holds for longer steps. Our measurement of that, on the two nets at
0.1, as a mean over the run:

| share of the predicted fall that is kept | step 0.02 | step 0.1 | step 0.5 |
|---|---|---|---|
| without batch norm | 0.89 | 0.53 | $-0.44$ |
| with batch norm | 0.92 | 0.61 | $-0.18$ |

![The same, over the course of training.](promise.svg)

It points in their direction, and it is not a great difference. A step of 0.5 is too long for
*either* of them, and yet the net with batch norm learns at 0.5. Here the brake from the beginning comes in.
All filters of the six convolutions together began with a length of 13.05 (He) or 0.588 (the bad ones).
At the end:

| length of the filters | 0.02 | 0.1 | 0.5 |
|---|---|---|---|
| bad, plain | 0.588 | 0.588 | 0.588 |
| bad, with batch norm | 2.20 | 4.85 | 13.7 |
| good, plain | 13.46 | 14.07 | 13.92 |
| good, with batch norm | 13.10 | 13.8 | 17.6 |

The bad filters of the plain nets have kept their length to seven digits. The good ones grow without batch norm as well, at 0.02
and 0.1 a little further than with it. (At 0.5 no gradient reaches them after the first steps.) With batch norm a short filter
has a long gradient, so it grows, the further the higher the rate, until a step is short *compared with its own length*. So for
the filters a size or a rate that is wrong by some factor is corrected, up to the limit above. The other parameters, $w$, $b$
and the dense layer, have no such brake; whether they are what fails first beyond the limit was not measured.

**What these measurements do not show.** This is one small net, one data set, one pass, plain SGD. We shook with one strength,
each channel alike for all images of a batch; Santurkar et al. drew noise for each number of each image. So it is not shown that
shift does not matter elsewhere, nor that smoothness or the brake is all there is. What is shown: the explanation that stands in
the title of the paper is plausible, fits a measurement (behind batch norm there *is* less shift), and does not survive the
experiment that tests it.
*/
