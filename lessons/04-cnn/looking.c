/*
## When the picture is not where it was

Shift a picture by two pixels, and the feature maps of a convolution with stride 1 shift by two pixels, number for number (away
from the border, where zeros come in). That property is called **equivariance**; it follows from using the same weights
everywhere, and it is exact, as a test shows. One might conclude that a convolutional network does not mind where the shirt is.
Does it? All validation images, moved to the right by 0 to 6 pixels, are given to LeNet and to the network of dense layers.
Neither has ever seen a picture moved.
*/

#include "acts.h"
#include "base/die.h"
#include "base/file.h"
#include "data/image.h"
#include "measure/evaluate.h"
#include "nn/loss.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PIXELS = 6 };

static double accuracy_moved(CnnLab *lab, Net *net, int right) {
    float *moved = alloc_floats((size_t)net->batch * PIXELS);
    int correct = 0, n = lab->images.n_valid;
    for (int first = 0; first < n; first += net->batch) {
        int count = n - first < net->batch ? n - first : net->batch;
        dataset_take(lab->x, lab->labels, lab->images.data, lab->images.order + first, count);
        shift_pictures(moved, lab->x, count, right, 0);
        correct += count_correct(net_forward(net, moved, count, EVAL), lab->labels, count, CLASSES);
    }
    free(moved);
    return (double)correct / n;
}

void shifts(CnnLab *lab, Net *lenet_net, Net *mlp_net) {
    if (!state_begin(lab->state, "shifts")) {
        return;
    }
    Log *log = log_open(lab->run, "log-shifts.csv", "lenet>,mlp>");
    for (int right = 0; right <= MOST_PIXELS; right++) {
        double convolutional = accuracy_moved(lab, lenet_net, right);
        double dense_only = accuracy_moved(lab, mlp_net, right);
        log_row(log, right, convolutional, dense_only);
        run_say(lab->run, "moved by %d pixels: lenet %.3f, mlp %.3f", right, convolutional,
                dense_only);
        if (right == 2) {
            run_summary(lab->run, "moved_by_2_accuracy_lenet", convolutional);
            run_summary(lab->run, "moved_by_2_accuracy_mlp", dense_only);
        }
    }
    state_end(lab->state, true);
}

/*
![Accuracy on the validation images against the number of pixels by which they are moved to the right. LeNet's curve
lies above that of the dense layers; both fall far.](shifts.svg)

Moved by two pixels, LeNet still names three pictures in four, and the dense network little more than half; moved by four, LeNet
has an accuracy of 0.381 and the dense network one of 0.228. The convolutions help, but less than their symmetry promises. Where
does it get lost? Equivariance says that the feature maps *move along*. Behind the second pooling a picture that has moved by
four pixels gives the same maps, moved by one. But then comes a dense layer with a weight for each place, and to it maps at
another place are other inputs, as different as the pixels were to lesson 2's network. Max pooling adds a little tolerance: a
feature that stays inside its window of 2 × 2 changes nothing.

A layer that is *equivariant* does the same everywhere. A network that is *invariant* gives the same answer wherever
the object is. That has to be learned, from pictures that are not always in the middle, such as the moved ones above;
or it is built in as well, by taking the mean over all places before the last layer.

## What it looks for, and what it sees

The weights of a filter in the first layer are a picture of what it looks for. What it finds is one as well: a feature
map, light where the filter says yes.
*/

// Brings each of n maps to the range from 0 to 1, by its own largest number.
static void brighten(float *to, const float *from, int n, int area) {
    for (int m = 0; m < n; m++) {
        float brightest = 0.0f;
        for (int a = 0; a < area; a++) {
            brightest = fmaxf(brightest, from[m * area + a]);
        }
        for (int a = 0; a < area; a++) {
            to[m * area + a] = brightest > 0.0f ? from[m * area + a] / brightest : 0.0f;
        }
    }
}

static void draw_maps(CnnLab *lab, Net *net) {
    const Layer *first = &net->layers[0], *relu1 = &net->layers[1], *relu2 = &net->layers[4];
    int place = first_of_class(lab, BOOT);
    image_grid_signed(run_path(lab->run, "samples/filters.png"), first->weight, first->out.channels,
                      first->spec.kernel, first->spec.kernel, first->out.channels, 16);
    dataset_take(lab->x, NULL, lab->images.data, &place, 1);
    net_forward(net, lab->x, 1, EVAL);
    Shape one = relu1->out, two = relu2->out;
    float *sheet = alloc_floats(PIXELS + shape_size(one)); // the picture, then its maps
    memcpy(sheet, lab->x, PIXELS * sizeof *sheet);
    brighten(sheet + PIXELS, relu1->y, one.channels, PIXELS);
    image_grid_grey(run_path(lab->run, "samples/maps-1.png"), sheet, 1 + one.channels, SIDE, SIDE,
                    1 + one.channels, 4, 0.0f, 1.0f);
    brighten(sheet, relu2->y, two.channels, two.height * two.width);
    image_grid_grey(run_path(lab->run, "samples/maps-2.png"), sheet, two.channels, two.height,
                    two.width, two.channels / 2, 9, 0.0f, 1.0f);
    free(sheet);
}

/*
![The six filters of the first layer. Red: a light pixel there makes the filter answer; blue: it holds it
back.](filters.png)

![A boot, and the six feature maps that the filters make of it.](maps-1.png)

![The sixteen maps of the second layer, 10 × 10, for the same boot.](maps-2.png)

Nobody has told the filters what to look for, and yet some can be read: one with red above blue, or blue above red,
answers to an edge between light and dark, and its map shows one side of the boot as a line. The second layer combines
the six, on maps of half the size, and what its sixteen filters look for can hardly be named any more; some answer at
a few spots only.

## What it gets wrong

The mistakes that say most are those it is sure of. Of all validation images with a wrong answer we look at the
twenty-four with the highest probability for it.
*/

typedef struct {
    int place, truth, said;
    float probability;
} Mistake;

static int more_certain(const void *left, const void *right) {
    const Mistake *a = left, *b = right;
    int order = (a->probability < b->probability) - (a->probability > b->probability);
    return order ? order : (a->place > b->place) - (a->place < b->place);
}

// Probability of the largest logit, and which it is.
static float softmax_peak(const float *logits, int *largest) {
    *largest = 0;
    for (int k = 1; k < CLASSES; k++) {
        *largest = logits[k] > logits[*largest] ? k : *largest;
    }
    double sum = 0.0;
    for (int k = 0; k < CLASSES; k++) {
        sum += exp((double)logits[k] - logits[*largest]);
    }
    return (float)(1.0 / sum);
}

// Fills mistakes (room for all validation images), and counts, for each truth, what was said.
static int find_mistakes(CnnLab *lab, Net *net, Mistake *mistakes, int counts[CLASSES][CLASSES]) {
    int found = 0;
    for (int first = 0; first < lab->images.n_valid; first += net->batch) {
        int left = lab->images.n_valid - first, n = left < net->batch ? left : net->batch;
        const int *places = lab->images.order + first;
        dataset_take(lab->x, lab->labels, lab->images.data, places, n);
        const float *logits = net_forward(net, lab->x, n, EVAL);
        for (int i = 0; i < n; i++) {
            int said, truth = lab->labels[i];
            float probability = softmax_peak(logits + i * CLASSES, &said);
            counts[truth][said]++;
            if (said != truth) {
                mistakes[found++] = (Mistake){ places[i], truth, said, probability };
            }
        }
    }
    qsort(mistakes, (size_t)found, sizeof *mistakes, more_certain);
    return found;
}

static void write_confusions(CnnLab *lab, int counts[CLASSES][CLASSES]) {
    const char *data = lab->settings->run.data;
    int most[2] = { 0, 1 };
    OutFile *file = file_create(run_path(lab->run, "confusions.csv"));
    fprintf(file_stream(file), "truth,said,count\n");
    for (int t = 0; t < CLASSES; t++) {
        for (int s = 0; s < CLASSES; s++) {
            fprintf(file_stream(file), "%s,%s,%d\n", dataset_class_name(data, t),
                    dataset_class_name(data, s), counts[t][s]);
            if (t != s && counts[t][s] > counts[most[0]][most[1]]) {
                most[0] = t, most[1] = s;
            }
        }
    }
    file_commit(file);
    if (counts[most[0]][most[1]] == 0) {
        run_say(lab->run, "No mistake on the validation images");
        return;
    }
    run_say(lab->run, "Most frequent mistake: %d times \"%s\" for a %s", counts[most[0]][most[1]],
            dataset_class_name(data, most[1]), dataset_class_name(data, most[0]));
}

static void draw_mistakes(CnnLab *lab, const Mistake *mistakes, int n) {
    enum { SHOWN = 24, IN_A_ROW = 8 };
    const char *data = lab->settings->run.data;
    int shown = n < SHOWN ? n : SHOWN;
    float *x = alloc_floats(SHOWN * PIXELS);
    OutFile *file = file_create(run_path(lab->run, "mistakes.csv"));
    fprintf(file_stream(file), "image,truth,said,probability\n");
    for (int i = 0; i < shown; i++) {
        const Mistake *m = &mistakes[i];
        dataset_take(x + (size_t)i * PIXELS, NULL, lab->images.data, &m->place, 1);
        fprintf(file_stream(file), "%d,%s,%s,%.4f\n", m->place, dataset_class_name(data, m->truth),
                dataset_class_name(data, m->said), m->probability);
    }
    file_commit(file);
    if (shown > 0) {
        image_grid_grey(run_path(lab->run, "samples/mistakes.png"), x, shown, SIDE, SIDE, IN_A_ROW,
                        3, 0.0f, 1.0f);
    }
    free(x);
}

void pictures(CnnLab *lab, Net *net) {
    if (!state_begin(lab->state, "pictures")) {
        return;
    }
    int counts[CLASSES][CLASSES] = { { 0 } };
    Mistake *mistakes = alloc_bytes((size_t)lab->images.n_valid * sizeof *mistakes);
    draw_maps(lab, net);
    int found = find_mistakes(lab, net, mistakes, counts);
    write_confusions(lab, counts);
    draw_mistakes(lab, mistakes, found);
    run_summary(lab->run, "mistakes", found);
    free(mistakes);
    state_end(lab->state, true);
}

/*
![Mistakes that LeNet is sure of. The file mistakes.csv says for each what it is and what the network
said.](mistakes.png)

Some are a matter of opinion, and some are odd pictures. Where a label itself is doubtful, nothing can be learned, and
a training loss of zero means that the doubtful ones have been learned by heart too.

![What is taken for what, among the validation images: rows are the truth, columns the answers. The large numbers off
the diagonal stand in the rows of shirts, T-shirts, pullovers and coats.](confusions.svg)

The mistakes have an order. What is worn on the feet, trousers and bags are nearly always named correctly; the trouble
is with what is worn on the upper body. Of the shirts only about seven in ten are recognised; the others are taken for
T-shirts, coats and pullovers.

## Where this differs from LeCun's LeNet-5

The network is that of LeCun, Bottou, Bengio and Haffner (1998) in its outline: 6 and 16 feature maps, 5 × 5 windows,
halving after each, then 120, 84 and 10. The rest has been replaced by what is used today.

| | 1998 | here | why |
|---|---|---|---|
| input | 28 × 28 in the middle of 32 × 32 | padding 2 | the same thing |
| activation | $1.7159 \tanh(\frac23 a)$ | ReLU | cheaper, and for $a > 0$ it does not saturate |
| halving | mean of 2 × 2, times a weight, plus a bias, then tanh | maximum | no parameters; keeps the strongest answer |
| second convolution | each map sees 3, 4 or 6 of the first six maps | all see all | the saving (900 weights) is not needed any more |
| last layer | distance to a fixed 7 × 12 picture of each character (hence 84) | 10 logits, softmax | a probability for each class; our classes have no such pictures |
| training | one example a step, an estimate of curvature for each weight | batches of 64, Adam | lesson 3 |

## The judge

Later lessons *generate* pictures, and somebody has to say whether one looks like a shoe. That judge has to be the
same on all machines, or figures could not be compared. So one LeNet, trained by this program, is shipped:
`data/lenet-fashion.safetensors`; [the page on data](../../data/README.md) has the command that made it. From lesson 6
on we take its answers, and the 84 numbers in front of its last layer as a description of what a picture shows.

## To explore

1. Compute by hand what the 2 × 2 kernel of the beginning makes of the picture when it is turned by 90 degrees. Which
   kernel finds that edge? How would a filter look that finds both?
2. How many parameters has LeNet if its input has three colour channels? If the pictures are 32 × 32? Predict it, then
   change `make_net`, and check with `--summary`.
3. What is the receptive field of three 3 × 3 convolutions? Of five? How many weights have they, between $C$ and $C$
   channels, and which single kernel sees as far? Now give the second of three a stride of 2.
4. Replace both poolings by average pooling, then by strides of 2 in the convolutions. What happens to the accuracy,
   and to the seconds?
5. Shuffle the pixels of all images with one fixed permutation (in `dataset_take`). Which of LeNet and the dense
   network gets worse, and why does the other one not?
6. Train LeNet on moved pictures (call `augment` with 2 pixels in `train`; it is `static` in `overfitting.c`) and draw
   `shifts.png` again. What does it cost on pictures that are in the middle?
7. Fashion is nearly symmetric, except for shoes, which all point to the left. Add mirroring to `augment` and look at
   the table of mistakes. Which classes profit?
8. `columns_forward` has no backward pass. Write it: two products, and a `fill_columns` that adds instead of copying.
   The test has what you need to check it.
9. Put a mean over all 5 × 5 places in front of the first dense layer (`avg_pool2d(5)`). How many parameters are left?
   How do the two curves of `shifts.png` change?

## References

- K. Fukushima, *Neocognitron: A Self-organizing Neural Network Model for a Mechanism of Pattern Recognition
  Unaffected by Shift in Position*, Biological Cybernetics 36, 1980.
- Y. LeCun et al., *Backpropagation Applied to Handwritten Zip Code Recognition*, Neural Computation 1, 1989.
- Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, *Gradient-Based Learning Applied to Document Recognition*, Proceedings
  of the IEEE 86, 1998.
- K. Simonyan, A. Zisserman, *Very Deep Convolutional Networks for Large-Scale Image Recognition*, 2014,
  arXiv:1409.1556.
- N. Srivastava et al., *Dropout: A Simple Way to Prevent Neural Networks from Overfitting*, JMLR 15, 2014.
- V. Dumoulin, F. Visin, *A guide to convolution arithmetic for deep learning*, 2016, arXiv:1603.07285.
*/
