/*
## The wrong mode

Everything so far was scored in evaluation mode. Here the mode is an argument of each call, `net_forward(net, x, n, EVAL)`.
In frameworks it is a switch on the model (`model.eval()`), and forgetting it is a common mistake. What
does it cost? Take the best net with batch norm, and let it answer in training mode:

- **in large batches**, as in training: mean and variance are estimated from many images;
- **in small ones**, down to a single image: they are estimated from few, and the answer for an image depends on which
  others are in its batch;
- **in batches of one class only**, as in a folder sorted by class. What all images of the batch have in common goes into the mean, and
  batch norm subtracts the mean.

A pass in training mode also moves the running statistics, which are part of the model, towards those of the images
just seen. And a program that saves only the weights loses them.

Dropout is the other layer of this course with two modes. In training mode it sets half of the features to 0, at random.
*/

#include "experiments.h"
#include "base/die.h"
#include "measure/evaluate.h"
#include "nn/loss.h"

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
| **evaluation mode** | **0.856** |
| training mode, 64 at a time | 0.855 |
| 16 at a time | 0.854 |
| 4 at a time | 0.848 |
| 2 at a time | 0.840 |
| one at a time | 0.809 |
| 64 at a time, all of one class | 0.798 |
| evaluation mode after that | 0.863 |
| evaluation mode, running statistics lost | 0.109 |
| dropout, evaluation mode | 0.836 |
| dropout, training mode | 0.826 |

In large, well-mixed batches the wrong mode goes unnoticed. It shows when images come
one by one, and most when they come sorted: then one image in five is wrong, where it should be one in seven. What makes
a pair of trousers different from other pictures is what all trousers have in common, and in a batch of trousers that is in the mean and is subtracted.

It could be worse. These are maps, so even a single image brings 49 numbers per channel or more to take a mean of. A
batch norm behind a *dense* layer gets one number per image, and with one image its output is $b$, whatever the image
is: the library refuses it.

The pass in training mode has moved the running statistics towards boots, the class that came last; 8 batches at a
momentum of 0.1 make 57 % of them. We expected damage, and the accuracy rises by 0.007. To *lose* the statistics, on the other hand,
costs everything: 0.109. A model with batch norm is not its weights alone, and `model.safetensors` holds
`1.running_mean` and `1.running_var` beside `1.weight`.

Dropout in the wrong mode costs 1.0 points. It loses features at random, but keeps their scale.

## Where this differs from the papers

- Ioffe and Szegedy (2015) computed the statistics for use after training, from many batches. We keep running
  averages, as they suggest on the side, and as all frameworks do.
- They trained large nets for ImageNet, a collection of more than a million photographs in a thousand classes, and reached the
  same accuracy with a fourteenth of the steps. In our small net with good weights and a good rate there is little to gain. We
  looked at the cases where there is more.
- In their text the bias of a convolution is "subsumed" by $b$, and we measured that it is. In many programs it is still there, and Adam
  moves it by noise.
- Santurkar et al. (2018) shake by adding noise to each number, with a mean and a variance that are drawn anew at
  each step. Ours changes $w$ and $b$ of each channel.
- Later nets often do without the batch: layer norm (Ba et al. 2016) takes mean and variance over one example, group
  norm (Wu and He 2018) over groups of its channels. They have one mode only, and no dependence on neighbours. The
  critics of lesson 9 cannot have batch norm either, for a reason of their own.

## To explore

1. *Predict, then run.* `make lesson-5 ARGS="--bad-init large" RUN=large`: initial weights that are too large. Which
   cells of the table change, and how do the plain nets die now?
2. A common slip: in `make_net`, write `.eps = 0.8f`, where somebody meant the momentum. Which of the six nets
   with batch norm suffer, and why those? (What is the variance behind a convolution with bad weights?)
3. Take the line of the variance out of `plain_backward_train`. Which tests turn red? Which would stay green, if
   $dy$ were all ones?
4. Put the batch norm behind the ReLU instead of before it. What does it do to the grid?
5. Give the convolutions before batch norm their bias back, and take steps with Adam (lesson 3's
   `optimizer_step`) instead of SGD. How far do these biases move, with a gradient of 0?
6. `make lesson-5 ARGS="--batch 4 --images 6000" RUN=four`. With four images mean and variance are noise. Who
   suffers more, the nets with or without batch norm?

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
