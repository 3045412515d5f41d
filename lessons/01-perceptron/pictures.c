/*
## Act 3: pictures

Nothing about the neuron changes. There are 784 inputs instead of two, the brightness of each pixel between 0 and 1. In
the logs a pair of classes is called `1v9`; the truth is $+1$ for the first of the two. The images are fetched 100 at a
time; that is a matter of memory only, each example still makes its own step.

What we want is *generalisation*: right answers for images that the neuron has not seen. With 785 numbers to adjust it may
instead learn what holds for these training images and for no others, which is called *overfitting*. To see the
difference, 2,000 of the 12,000 training images of two classes are set aside. Nothing is learned from this *validation
set*; the error on it is what the curves show, and what choices may be based on. The 2,000 images of the *test set* are
scored once, at the end.
*/

#include "acts.h"
#include "kept.h"
#include "logs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void pair_open(Pair *pair, const Pictures *classes, const Dataset *data, Rng rng) {
    *pair = (Pair){ .pictures = *classes };
    pictures_open(&pair->pictures, data, rng);
    neurons_create(pair->neurons, pair->pictures.pixels);
    for (int r = 0; r < RULES; r++) {
        pair->lowest[r] = INFINITY;
        pair->highest[r] = -INFINITY;
    }
}

static void pair_close(Pair *pair) {
    pictures_close(&pair->pictures);
    neurons_free(pair->neurons);
}

// One epoch: every training image once.
static void learn_pictures(Pair *pair, float lr) {
    Pictures *pictures = &pair->pictures;
    for (int n; (n = pictures_next(pictures)) > 0;) {
        for (int i = 0; i < n; i++) {
            const float *x = pictures->x + (size_t)i * (size_t)pictures->pixels;
            learn(pair->neurons, x, pictures->t[i], lr);
        }
    }
}

static void measure_pictures(Measure measures[RULES], Pair *pair, const Dataset *data,
                             const int *places, int n) {
    Pictures *pictures = &pair->pictures;
    for (int first = 0; first < n; first += BATCH) {
        int size = n - first < BATCH ? n - first : BATCH;
        pictures_take(pictures, data, places + first, size);
        for (int r = 0; r < RULES; r++) {
            measure(&measures[r], &pair->neurons[r], pictures->x, pictures->t, size);
        }
    }
}

/*
## The training loop

An epoch is: learn from every training image once, then stop, and measure on the training and on the validation images.
All pairs of classes go through their epochs side by side, so that one row of `log.csv` holds everything that is known
after an epoch.
*/

enum { FIGURES = 5 };
static const char *const figures[] = { "mistakes<",   "train_error<", "valid_error<",
                                       "train_loss<", "valid_loss<",  NULL };

// Fills the pair's part of a row of the log: (RULES, FIGURES).
static void judge_epoch(Run *run, Pair *pair, int epoch, bool late, double row[RULES][FIGURES]) {
    Measure train[RULES] = { 0 }, valid[RULES] = { 0 };
    Pictures *pictures = &pair->pictures;
    measure_pictures(train, pair, pictures->data, pictures->train, pictures->n_train);
    measure_pictures(valid, pair, pictures->data, pictures->valid, pictures->n_valid);
    for (int r = 0; r < RULES; r++) {
        Neuron *neuron = &pair->neurons[r];
        double error = error_rate(valid[r]);
        row[r][0] = epoch > 0 ? neuron->mistakes : NAN;
        row[r][1] = error_rate(train[r]);
        row[r][2] = error;
        row[r][3] = mean_loss(run, epoch, pictures->name, neuron, train[r]);
        row[r][4] = mean_loss(run, epoch, pictures->name, neuron, valid[r]);
        pair->mistakes[r] = neuron->mistakes;
        neuron->mistakes = 0;
        if (late) {
            pair->lowest[r] = fmin(pair->lowest[r], error);
            pair->highest[r] = fmax(pair->highest[r], error);
        }
    }
}

// 0 epochs: one row, for the neurons as they are.
static void train_pictures(Run *run, Pair *pairs, int n_pairs, int epochs, float lr) {
    char columns[4096] = "";
    for (int p = 0; p < n_pairs; p++) {
        char prefix[16];
        snprintf(prefix, sizeof prefix, "%.7s_", pairs[p].pictures.name);
        add_columns(columns, sizeof columns, prefix, figures);
    }
    Log *log = log_open(run, "log.csv", columns);
    for (int epoch = epochs > 0; epoch <= epochs && !run_stopped(run); epoch++) {
        double row[MOST_PAIRS][RULES][FIGURES];
        for (int p = 0; p < n_pairs; p++) {
            if (epoch > 0) {
                learn_pictures(&pairs[p], lr);
            }
            judge_epoch(run, &pairs[p], epoch, epoch > epochs - LAST_EPOCHS, row[p]);
        }
        log_write(log, epoch, row[0][0], (size_t)n_pairs * RULES * FIGURES);
        if (epoch > 0) {
            run_progress(run, "pictures", epoch, epochs, "epoch %d of %d", epoch, epochs);
        }
    }
}

/*
## The test

Up to here nothing has been done with the test images. Now each neuron is scored on them once, and nothing is changed
afterwards.
*/

static void test_pictures(Pair *pair, const Dataset *test) {
    int n, *places = pictures_find(&pair->pictures, test, &n);
    Measure measures[RULES] = { 0 };
    measure_pictures(measures, pair, test, places, n);
    free(places);
    for (int r = 0; r < RULES; r++) {
        pair->test_accuracy[r] = 1.0 - error_rate(measures[r]);
    }
}

// What comes after the training, if nobody has stopped it.
static void keep_and_test(Run *run, const PerceptronSettings *s, Pair *pairs, int n,
                          const Tensor *tensors, int n_tensors) {
    for (int p = 0; p < n; p++) {
        draw_weights(run, &pairs[p]);
        draw_hardest(run, &pairs[p]);
    }
    if (!s->run.load) {
        safetensors_write(run_path(run, "model.safetensors"), tensors, n_tensors);
    }
    Dataset *test = dataset_load(s->run.data, TEST_SET);
    for (int p = 0; p < n; p++) {
        test_pictures(&pairs[p], test);
    }
    dataset_free(test);
}

bool act_pictures(Run *run, const PerceptronSettings *s, Pair *pairs, const Pictures *classes,
                  int n) {
    Dataset *train = dataset_load(s->run.data, TRAIN_SET);
    for (int p = 0; p < n; p++) {
        pair_open(&pairs[p], &classes[p], train, rng_create(s->run.seed, RNG_SHUFFLE));
    }
    Tensor tensors[MOST_PAIRS * RULES * 2];
    int n_tensors = list_tensors(tensors, pairs, n);
    run_say(run, "Act 3: pictures");
    if (s->run.load) {
        safetensors_read(s->run.load, tensors, n_tensors);
        safetensors_check_finite(s->run.load, tensors, n_tensors);
    }
    train_pictures(run, pairs, n, s->run.load ? 0 : s->epochs, s->lr);
    bool whole = !run_stopped(run);
    if (whole) {
        keep_and_test(run, s, pairs, n, tensors, n_tensors);
    }
    for (int p = 0; p < n; p++) {
        pair_close(&pairs[p]);
    }
    dataset_free(train);
    return whole;
}

/*
## What the pictures show

| | test accuracy, 1v9 | test accuracy, 2v4 | mistakes of epoch 30, 2v4 | validation error of epochs 21 to 30, 2v4 |
|---|---|---|---|---|
| perceptron | 1.0000 | 0.6850 | 1688 | 0.1315 to 0.3165 |
| squared error | 0.9990 | 0.8550 | 1243 | 0.1185 to 0.1475 |
| logistic | 0.9990 | 0.8490 | 1301 | 0.1245 to 0.1285 |
| hinge | 1.0000 | 0.8560 | 1221 | 0.1140 to 0.1275 |

**Trouser against boot** is solved by every rule. The perceptron makes its last mistake in epoch 5 and changes no more:
the training images can be separated, and Novikoff's theorem holds. The other three still make 2 to 8 mistakes in epoch
30. The logistic neuron is the slowest: as its margins grow, its slopes become smaller.

![Validation error after each epoch. Left, 0.0005 is one image of 2,000. Right, the perceptron jumps from epoch to epoch
and does not get better, while the other three fall and settle.](curves.svg)

![The weights of perceptron, squared error, logistic and hinge, trouser against boot. Red pixels speak for a trouser,
blue ones for a boot: blue on the right, where the shaft of a boot is, red where trousers have cloth and boots have
nothing.](weights-1v9.png)

![The same for pullover (red) against coat (blue). The losses agree on the outline of the shoulders; the perceptron's
weights, after 30 epochs, look like noise.](weights-2v4.png)

**Pullover against coat** is where the four differ. Whether the perceptron is wrong on 13 % or on 32 % depends on the
epoch in which we stop, and so does its accuracy in the test: 0.6850 here, 0.8595 and 0.8240 at seeds 2 and 3. (The
hinge's is 0.8560, 0.8555 and 0.8585.) In its thirtieth epoch it still makes 1,688 mistakes on 10,000 images. Each is
answered by adding or subtracting the whole picture, however small or large the error was, and a step that mends one
picture makes others wrong. Does that prove that no hyperplane separates pullovers from coats? No: Novikoff's
bound is finite for every positive margin, but the smaller the margin, the larger the bound.

**Why one wants a loss.** The mean loss over all examples is one number that says how good the weights are on the whole.
With our losses it is a convex function of the weights, so it has no other minimum to be caught in: step by step we get
near its lowest point. There the gradients of the examples cancel on average. A step on a single example still moves the
weights a little to and fro, which is why the curves are not smooth. But the lowest point stays where it is, while the
steps can be made as small as we like: with a quarter of the learning rate, the squared error's validation error stays
between 0.1185 and 0.1310.

Then why not the loss $\max(0, -ts)$? Because on data that cannot be separated its lowest point is at $w = 0$, $b = 0$,
where it is 0 and no question is answered. The perceptron walks around that point, and can be proved to stay within some
distance of it for ever (Minsky and Papert's cycling theorem). So its steps never become small compared with its
weights; and with a smaller learning rate the whole walk becomes smaller, and no answer changes: its errors are the
same to the last digit. The other three ask for something that has a size: a margin of 1, a score of $t$, a high
probability. That fixes how large the weights have to be, and compared with these the steps are small.

![Mean loss per epoch, pullover against coat, each in its own unit. Training and validation curve nearly coincide in
every panel: there is hardly any overfitting.](losses.svg)

**And then?** About 85 % is what the three losses reach here. The picture of the weights says why it is not more: the
neuron gives every pixel one weight, the same for all pictures. "Dark between two light stripes" is the zip fastener of
a coat, wherever it is; no weighted sum of pixels can say that. The training error is as high as the validation error:
the neuron is too simple even for the images it has seen, which is called *underfitting*.

![The validation images with the lowest margins under the logistic neuron. Upper row trousers, lower row boots. All of
them are on the right side in the end, but by little: trousers worn by someone, short ones, several pairs in one
picture; boots with high heels.](hardest-1v9.png)

![The same for pullovers (upper row) and coats (lower row): here all are mistakes, the most confident ones
first.](hardest-2v4.png)

**How far is the result to be trusted?** The hinge ends with errors of 0.1205 on the training images, 0.1150 on the
validation images, and 0.1440 on the test images. The first two agree, so the third is not overfitting. Nor is it chance:
a share of 0.12, counted on 2,000 images, has a standard deviation of 0.007. The test images of these two classes are
somewhat harder. A result is a result on *these* images, and only figures from the same test set can be compared.

## Where this differs from the papers

**Rosenblatt (1958)** described a machine: a retina of photocells, wired at random and for good to "association units",
and only the connections behind those could learn. Our pixels go straight to the last stage. The paper tries several
ways to strengthen connections; changing them only after a mistake, as here, is the error-correction procedure of his
book (1962).

**Widrow and Hoff (1960)** trained their adaline as we do, with targets of ±1, one example at a time. The rule is also
called LMS, least mean squares.

**Cox (1958)** had statistics in mind, and all the data at once: the weights under which the observed classes are most probable
(of highest *likelihood*), which are those of lowest loss. We go towards the same point in small steps.

**Cortes and Vapnik (1995)** add $\frac12 \lVert w \rVert^2$ to $C$ times the sum of the hinge losses. If the classes can be
separated and $C$ is large, the hyperplane with the largest margin wins, whatever the order of the examples; only with this term
is the hinge a support vector machine. They solve a quadratic programme. Pegasos (Shalev-Shwartz, Singer and Srebro 2007) is the
stochastic way: our loop, weights that shrink a little at each step, and a learning rate that falls with time.

**Novikoff (1962)** gave the proof above. **Minsky and Papert (1969)** proved much more: whether the number of lit pixels is odd
cannot be decided by any weighted sum of features, each of which looks at only some of the pixels. XOR is the smallest case, two
pixels.

## To explore

Predict first, then run. `make compare RUNS="01-perceptron/default 01-perceptron/NAME"` lays two runs over each other;
`COLS=` names the columns.

1. `make lesson-1 ARGS="--lr 0.0012" RUN=fast`, four times the learning rate. One of the four rows of the last table
   that is printed does not change in any digit. Which, and why not even in the last digit? (Why four, and not five?)
   What happens to the range of the validation error in the other three, and what with `--lr 0.000075`?
2. `make lesson-1 ARGS="--margin 0.01" RUN=narrow`. What becomes of the bound, and what of the perceptron's mistakes?
   Which of the four suffers most?
3. Measure the mean of $x \cdot x$ over pullovers and coats (a loop in `act_pictures`, with `pictures_next`). Above
   which learning rate should the squared error explode? Try the values around it. How does the program end, and which
   of the other three rules could end like this?
4. In `act_xor`, after `toy2d_xor`, replace the second coordinate of each point by the product of both:
   `x[2 * i + 1] *= x[2 * i]`. Why can now every rule do it? Draw in the original plane what the neuron has learned.
5. In `act_blobs`, before `points_create`, move one point of class $+1$ by 6 units away from the line, on its own side:
   `x[2] += 6 * line[0]; x[3] += 6 * line[1];`. It was right, and its margin is larger now. What becomes of the bound? Which of
   the four lines moves, and which hardly? Look at the picture of the four losses before you run it.
6. The *averaged perceptron* (Freund and Schapire 1999): leave the rule as it is, but keep, beside `w` and `b`, their
   sums over all steps, and have `measure` use the averages. The mistakes stay what they are. What do you expect of the
   test accuracy and of the range of the validation error? How much of what a loss does is averaging?
7. Make the hinge a support vector machine: in `step`, for this rule only, multiply the weights by $1 - \eta \lambda$ first.
   Begin with $\lambda = 0.01$ in act 1. The hinge wants $ts \ge 1$, that is, a geometric margin of $1 / \lVert w \rVert$. How
   does $1 / \lVert w \rVert$ change with $\lambda$, and how many examples then have a margin $ts$ below 1?

## References

- D. R. Cox, The regression analysis of binary sequences. Journal of the Royal Statistical Society B 20 (1958), 215–242.
- C. Cortes and V. Vapnik, Support-vector networks. Machine Learning 20 (1995), 273–297.
- Y. Freund and R. E. Schapire, Large margin classification using the perceptron algorithm. Machine Learning 37 (1999),
  277–296.
- M. Minsky and S. Papert, Perceptrons. MIT Press, 1969.
- A. B. J. Novikoff, On convergence proofs on perceptrons. Symposium on the Mathematical Theory of Automata 12 (1962),
  615–622.
- F. Rosenblatt, The perceptron: a probabilistic model for information storage and organization in the brain.
  Psychological Review 65 (1958), 386–408; Principles of Neurodynamics. Spartan Books, 1962.
- S. Shalev-Shwartz, Y. Singer and N. Srebro, Pegasos: primal estimated sub-gradient solver for SVM. International
  Conference on Machine Learning, 2007.
- B. Widrow and M. E. Hoff, Adaptive switching circuits. IRE WESCON Convention Record 4 (1960), 96–104.
- H. Xiao, K. Rasul and R. Vollgraf, Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms.
  arXiv:1708.07747, 2017.
*/
