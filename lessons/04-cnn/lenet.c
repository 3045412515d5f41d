/*
## What a neuron sees

To name a shirt one has to see all of it, and a window of 5 × 5 pixels sees a button. A second convolution, on the feature maps
of the first, sees more: 5 × 5 windows, each of which has seen 5 × 5 pixels, 9 × 9 in all. The side of the square on which one
output depends is its **receptive field**. Convolutions alone let it grow by $k - 1$ a layer, which would take many layers.
Pooling makes it grow faster: behind it neighbours lie two pixels apart, so that a window of 5 there covers ten numbers of the
first convolution's output, and 14 pixels.

![A line of 16 pixels at the bottom, above it a convolution, a pooling and a convolution. The one number at the top
depends on 5 numbers below it, these on 10, and these on 14 pixels.](diagrams/field.svg)

A stride of 2 in the convolution has the same effect. What is lost is *where* exactly the feature was; the classifier
does not need it. The [chapter on summaries](summary.html) has the formulas, and

    make lesson-4 ARGS=--summary

prints the table, layer by layer, for each of the networks that follow; with `--draw` it also draws them.

## LeNet-5

![A picture of 28 × 28 becomes 6 maps of 28 × 28, pooled to 14 × 14, then 16 maps of 10 × 10, pooled to 5 × 5. These
are 400 numbers, which three dense layers bring down to 120, 84 and 10.](diagrams/lenet.svg)

Two convolutions, each followed by a max pooling, then three dense layers. 61,706 parameters, of which the
convolutions have 2,572, and 416,520 multiplications for a picture, of which the convolutions do 357,600. What differs from the original of 1998
stands at the end of the lesson.
*/

#include "acts.h"
#include "measure/evaluate.h"
#include "nn/loss.h"
#include "nn/optimizer.h"

// clang-format off
const LayerSpec lenet[] = {
    conv2d(6, .kernel = 5, .pad = 2), relu(), max_pool2d(2), //  1 × 28 × 28 →  6 × 14 × 14
    conv2d(16, .kernel = 5), relu(), max_pool2d(2),          //  6 × 14 × 14 → 16 × 5 × 5
    flatten(),                                               // 16 × 5 × 5 → 400
    dense(120), relu(),
    dense(84), relu(),
    dense(10), END
};
// clang-format on

/*
Four networks to compare it with. `mlp` has no convolution, and as nearly as two hidden layers allow the same number
of parameters: 61,764. `two3x3` replaces the second convolution, 5 × 5, by two of 3 × 3. They see exactly as far: $1 +
2 + 2 = 5$. Between $C$ and $C$ channels they have $2 \cdot 9 C^2 = 18 C^2$ weights in place of $25 C^2$, and one
nonlinearity more. Here the number of channels grows from 6 to 16, so that the saving depends on what is in between;
with 12 the two have 2,404 parameters, and the 5 × 5 has 2,416: the same field, the same number of parameters.
`linear` is a single dense layer, for a later question, and `lenet_dropout` is LeNet with [dropout](dropout.html) in
front of two of its dense layers.
*/

// clang-format off
const LayerSpec mlp[] = {
    dense(70), relu(),
    dense(84), relu(),
    dense(10), END
};

const LayerSpec two3x3[] = {
    conv2d(6, .kernel = 5, .pad = 2), relu(), max_pool2d(2),
    conv2d(12, .kernel = 3), relu(), conv2d(16, .kernel = 3), relu(), max_pool2d(2),
    flatten(),
    dense(120), relu(),
    dense(84), relu(),
    dense(10), END
};

const LayerSpec linear[] = { flatten(), dense(10), END };

const LayerSpec lenet_dropout[] = {
    conv2d(6, .kernel = 5, .pad = 2), relu(), max_pool2d(2),
    conv2d(16, .kernel = 5), relu(), max_pool2d(2),
    flatten(),
    dropout(0.5f), dense(120), relu(),
    dropout(0.5f), dense(84), relu(),
    dense(10), END
};
// clang-format on

/*
And one that is never trained. It has each of the words once, so that `--summary` shows what they do to shape,
parameters and receptive field: stride in place of pooling, 1 × 1, dilation, average pooling.
*/

// clang-format off
const LayerSpec vocabulary[] = {
    conv2d(8, .kernel = 5, .stride = 2, .pad = 2), relu(),
    conv2d(4, .kernel = 1),
    conv2d(8, .kernel = 3, .dilation = 2), relu(),
    avg_pool2d(2),
    conv2d(8, .kernel = 3, .pad = 1),
    flatten(), dense(10), END
};
// clang-format on

Net *make_net(const CnnSettings *s, const LayerSpec *table) {
    Rng rng = rng_create(s->run.seed, RNG_INIT);
    Net *net = net_create(table, (Shape){ 1, SIDE, SIDE }, s->batch, &rng);
    net_init(net, INIT_HE, &rng);
    return net;
}

/*
## Training

The loop is lesson 3's: forward, loss, backward, and a step of Adam. For the last quarter of the epochs the learning
rate is a tenth of what it was before. (What `progress_` and `state_` do is bookkeeping: a run that was interrupted
goes on with `--resume`, and its log ends with the same bytes as that of an undisturbed run. See
[states](state.html).)

All choices below are made on the 5,000 validation images, which no training has seen, or on the first 2,000 of them. So are the
comparisons, but for those of the part on overfitting, for which 10,000 training images are kept apart. The 10,000 test images
are looked at once, by the last act, for the LeNet that has come out.
*/

void train(CnnLab *lab, const CnnCandidate *who, Net *net) {
    const CnnSettings *s = lab->settings;
    if (!state_begin(lab->state, who->name)) {
        return;
    }
    Optimizer *optimizer = optimizer_create(optimizer_defaults(ADAM, s->lr), net->n_params);
    Batches batches = split_batches(&lab->images, s->batch, s->run.seed);
    Progress p;
    state_optimizer(lab->state, "adam", optimizer);
    state_batches(lab->state, "batches", &batches);
    progress_open(&p, lab, who);
    long slow = p.per_epoch * (s->epochs - s->epochs / 4); // from this step on a tenth of the rate

    while (p.done < p.total && !run_stopped(lab->run)) {
        int n = batches_next_endless(&batches, lab->x, lab->labels);
        const float *logits = net_forward(net, lab->x, n, TRAIN);
        float loss = softmax_cross_entropy(net->dy, logits, lab->labels, n, CLASSES);
        net_zero_grad(net);
        net_backward(net, net->dy, WANT_PARAMS);
        optimizer->spec.lr = p.done < slow ? s->lr : 0.1f * s->lr;
        optimizer_step(optimizer, net->params, net->grads);
        progress_step(&p, net, loss, count_correct(logits, lab->labels, n, CLASSES), n);
    }
    if (p.done == p.total) {
        report(lab, who, net);
    }
    state_end(lab->state, p.done == p.total);
    optimizer_free(optimizer);
    batches_free(&batches);
}

/*
![LeNet on Fashion-MNIST, twelve epochs: training and validation loss. At step 7,740, three quarters of the way, the
learning rate falls to a tenth, and both losses with it.](loss.svg)

LeNet names 90.8 % of the validation images correctly, and in the end 90.4 % of the test images. When the rate falls,
the validation loss falls from 0.283 to 0.265 within one epoch: it was the size of the steps that kept it up, and not
the network. From the sixth epoch on training and validation loss part. In the last three epochs the one still falls,
from 0.157 to 0.144 (means over an epoch), and the other stays where it is. That is the beginning of overfitting, which has a
part of its own below.

![Validation accuracy of three networks of 61,700 parameters over twelve epochs. LeNet ends highest, the one with two
3 × 3 just below it, the dense one lowest.](nets.svg)

| | parameters | multiplications | validation loss | validation accuracy |
|---|---|---|---|---|
| LeNet | 61,706 | 416,520 | 0.265 | 0.908 |
| dense layers only | 61,764 | 61,600 | 0.291 | 0.894 |
| two 3 × 3 for the second 5 × 5 | 61,694 | 442,632 | 0.276 | 0.907 |

How large must a difference be to mean something? The standard error of an accuracy of 0.9 on 5,000 images is
$\sqrt{0.9 \cdot 0.1 / 5000}$, 0.4 points.

**Dense layers only.** With the same number of parameters and the same passes over the same images, the dense network
makes 1.4 mistakes more in a hundred pictures. A convolutional network does not need more parameters to be better; it
uses the same weights at hundreds of places. The price is work: LeNet multiplies seven times as often.

**Two 3 × 3.** The advice to replace large kernels by stacks of small ones (Simonyan and Zisserman 2014) is good where
layers are many and channels hundreds. Here it gains nothing that could be told from chance.
*/
