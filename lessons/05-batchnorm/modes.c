/*
## The wrong mode

Everything so far was scored in evaluation mode. In C the mode is an argument, `net_forward(net, x, n, EVAL)`, and
cannot be forgotten; in frameworks it is a switch on the model (`model.eval()`), and it is forgotten every day. What
does it cost? Take the best net with batch norm, and let it answer in training mode:

- **in large batches**, the way it was trained: then mean and variance are estimates from many images, and good ones;
- **in small ones**, down to a single image: then they are estimates from few, and an image's answer depends on
  chance;
- **in batches of one class only**, as in a folder sorted by class, or when a user photographs nothing but shoes. What
  all images of the batch have in common is the mean, and batch norm takes out the mean.

A pass in training mode also moves the running statistics, which are part of the model: they are then those of the
last images it has seen. And a model can lose them altogether, when a program saves its weights and forgets what
is no weight.

Dropout is the other layer that has two modes. Forget to switch *it*, and half of the features are missing at random.
*/

#include "die.h"
#include "evaluate.h"
#include "experiments.h"
#include "loss.h"

#include <stdlib.h>
#include <string.h>

// The accuracy of answers given in training mode, `batch` images at a time.
static double accuracy_in_training_mode(Net *net, const Dataset *data, const int *index, int n,
                                        int batch) {
    float *x = alloc_floats((size_t)batch * PIXELS);
    int *labels = alloc_bytes((size_t)batch * sizeof *labels), correct = 0;
    for (int first = 0; first < n; first += batch) {
        int count = n - first < batch ? n - first : batch;
        dataset_take(x, labels, data, index + first, count);
        correct += count_correct(net_forward(net, x, count, TRAIN), labels, count, CLASSES);
    }
    free(x);
    free(labels);
    return (double)correct / n;
}

// The same if each batch holds images of one class only.
static double accuracy_class_by_class(Net *net, const Dataset *data, const int *index, int n) {
    int *same = alloc_bytes((size_t)n * sizeof *same);
    double correct = 0.0;
    for (int c = 0; c < CLASSES; c++) {
        int count = 0;
        for (int i = 0; i < n; i++) {
            if (data->labels[index[i]] == c) {
                same[count++] = index[i];
            }
        }
        if (count > 0) {
            correct += count * accuracy_in_training_mode(net, data, same, count, 64);
        }
    }
    free(same);
    return correct / n;
}

// Running means 0 and variances 1, as in a net that has never been trained.
static void lose_statistics(Net *net) {
    for (int i = 0; i < net->n_layers; i++) {
        Layer *l = &net->layers[i];
        for (int c = 0; l->spec.kind == BATCHNORM && c < l->in.channels; c++) {
            l->state[c] = 0.0f;
            l->state[l->in.channels + c] = 1.0f;
        }
    }
}

static void tell(Run *run, const char *key, const char *words, double accuracy) {
    run_summary(run, key, accuracy);
    run_say(run, "  %-52s %.3f", words, accuracy);
}

void modes(Run *run, Net *normed, Net *dropped, const Split *images) {
    static const struct {
        int batch;
        const char *key, *words;
    } sizes[] = {
        { 64, "modes_train_64", "training mode, 64 images at a time" },
        { 16, "modes_train_16", "training mode, 16 at a time" },
        { 4, "modes_train_4", "training mode, 4 at a time" },
        { 2, "modes_train_2", "training mode, 2 at a time" },
        { 1, "modes_train_1", "training mode, one at a time" },
    };
    const Dataset *data = images->data;
    const int *index = images->order, n = images->n_valid;
    run_say(run, "Validation accuracy in this mode and that, batch norm:");
    tell(run, "modes_eval", "evaluation mode", evaluate(normed, data, index, n).accuracy);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        tell(run, sizes[i].key, sizes[i].words,
             accuracy_in_training_mode(normed, data, index, n, sizes[i].batch));
    }
    tell(run, "modes_train_one_class", "training mode, batches of 64 of the same class",
         accuracy_class_by_class(normed, data, index, n));
    tell(run, "modes_after_that", "evaluation mode after that",
         evaluate(normed, data, index, n).accuracy);
    lose_statistics(normed);
    tell(run, "modes_statistics_lost", "evaluation mode, running statistics lost",
         evaluate(normed, data, index, n).accuracy);
    run_say(run, "Dropout:");
    tell(run, "modes_dropout_eval", "evaluation mode", evaluate(dropped, data, index, n).accuracy);
    tell(run, "modes_dropout_train", "training mode",
         accuracy_in_training_mode(dropped, data, index, n, 64));
}

/*
| | accuracy |
|---|---|
| **evaluation mode** | **0.855** |
| training mode, 64 at a time | 0.862 |
| 16 at a time | 0.860 |
| 4 at a time | 0.847 |
| 2 at a time | 0.836 |
| one at a time | 0.807 |
| 64 at a time, all of one class | 0.752 |
| evaluation mode after that | 0.851 |
| evaluation mode, running statistics lost | 0.102 |
| dropout, evaluation mode | 0.843 |
| dropout, training mode | 0.830 |

The first two lines are the treacherous ones. In large, well-mixed batches nobody notices the wrong mode: it even
scores a little better here. The mistake is in the program all the same, and it shows on the day when images come
one by one, and most of all when they come sorted: then almost one image in four is wrong, not one in seven. Trousers among
trousers have lost what made them trousers.

It could be worse. These are maps, so even a single image brings 49 numbers per channel or more to take a mean of. A
batch norm behind a *dense* layer gets one number per image, and with one image its output is $b$, whatever the image
is: the library refuses it.

The pass in training mode has moved the running statistics towards boots, the class that came last; 8 batches at a
momentum of 0.1 make 57 % of them. We expected damage. There is none to speak of (with seeds 2 and 3 the accuracy
even rises by 0.004 and 0.010), which is one more reason why the mistake is found so late. To *lose* them is fatal,
on the other hand: 0.102. A model with batch norm is not its weights alone, and `model.safetensors` holds
`1.running_mean` and `1.running_var` beside `1.weight`.

Dropout in the wrong mode costs 1.3 points. It loses features at random, but not what all features are measured by.

## Where this differs from the papers

- Ioffe and Szegedy (2015) computed the statistics for use after training, from many batches. We keep running
  averages, as they suggest on the side, and as all frameworks do.
- They trained large nets for ImageNet, and reached the same accuracy with a fourteenth of the steps. In our small net
  with good weights and a good rate there is not much to gain. We looked at the cases where there is.
- In their text the bias is "subsumed" by $b$. It is, and we measured it. In many programs it is still there, and Adam
  moves it about.
- Santurkar et al. (2018) shake by adding noise to each number, with a mean and a variance that are drawn anew at
  each step. Ours changes $w$ and $b$ of each channel.
- Later nets often do without the batch: layer norm (Ba et al. 2016) takes mean and variance over one example, group
  norm (Wu and He 2018) over groups of its channels. They have one mode only, and no dependence on neighbours. The
  critics of lesson 9 cannot have batch norm either, for a reason of their own.

## Exercises

1. *Predict, then run.* `make lesson-5 ARGS="--bad-init large" RUN=large`: initial weights that are too large. Which
   cells of the table change, and how do the plain nets die now?
2. The famous slip: in `make_net`, write `.eps = 0.8f`, where somebody meant the momentum. Which of the six nets
   with batch norm suffer, and why those? (What is the variance behind a convolution with bad weights?)
3. Take the line of the variance out of `plain_backward_train`. Which tests turn red? Which would stay green, if
   $dy$ were all ones?
4. Put the batch norm behind the ReLU instead of before it. What does it do to the grid?
5. Give the convolutions before batch norm their bias back, and take steps with Adam (lesson 3's
   `optimizer_step`) instead of SGD. How far do these biases wander, with a gradient of 0?
6. `make lesson-5 ARGS="--batch 4 --images 6000" RUN=four`. With four images mean and variance are noise. Who
   suffers more, the nets with or without batch norm?
7. In evaluation mode batch norm is $y = a x + c$ with two numbers per channel. Fold them into the weights and a
   bias of the convolution before it, and check that the net gives the same logits with six layers less.
8. Write layer norm: the same loops, with mean and variance over the channels and places of *one* image. Which of the
   two modes is left? Which entries of the table above can no longer happen?

## References

- S. Ioffe, C. Szegedy, *Batch normalization: accelerating deep network training by reducing internal covariate
  shift*, 2015, arXiv:1502.03167.
- S. Santurkar, D. Tsipras, A. Ilyas, A. Madry, *How does batch normalization help optimization?*, 2018,
  arXiv:1805.11604.
- J. Bjorck, C. Gomes, B. Selman, K. Weinberger, *Understanding batch normalization*, 2018, arXiv:1806.02375.
- T. van Laarhoven, *L2 regularization versus batch and weight normalization*, 2017, arXiv:1706.05350.
- K. He, X. Zhang, S. Ren, J. Sun, *Delving deep into rectifiers*, 2015, arXiv:1502.01852.
- J. Ba, J. Kiros, G. Hinton, *Layer normalization*, 2016, arXiv:1607.06450. Y. Wu, K. He, *Group normalization*,
  2018, arXiv:1803.08494.
*/
