/*
## Six famous networks

What did the best nets of the contest bring? Each can be written down in the words of a table. Here they are, for colour
pictures of 224 × 224 and 1,000 classes. They are planned on paper only: a table has its sizes and counts without memory for a
single weight. `--famous` prints all of them, row by row.

**AlexNet** (Krizhevsky 2014; the one-tower variant, not the two towers of 2012). Five convolutions, the first with windows of
11 × 11, then three dense layers. 58.6 million of its 61.1 million parameters are in the dense layers, and 92 % of its
multiplications in the convolutions.
*/

#include "acts.h"
#include "base/die.h"
#include "base/file.h"
#include "nn/summary.h"

#include <stdio.h>
#include <stdlib.h>

// clang-format off
static const LayerSpec alexnet[] = {
    conv2d(64, .kernel = 11, .stride = 4, .pad = 2), relu(), max_pool2d(3, .stride = 2), //  64 × 27 × 27
    conv2d(192, .kernel = 5, .pad = 2), relu(), max_pool2d(3, .stride = 2),              // 192 × 13 × 13
    conv2d(384, .kernel = 3, .pad = 1), relu(),
    conv2d(256, .kernel = 3, .pad = 1), relu(),
    conv2d(256, .kernel = 3, .pad = 1), relu(), max_pool2d(3, .stride = 2),              // 256 × 6 × 6
    flatten(), dropout(0.5f), dense(4096), relu(), dropout(0.5f), dense(4096), relu(), dense(1000), END
};
// clang-format on

/*
**VGG-16** (Simonyan and Zisserman 2014, configuration D, without batch norm). Only 3 × 3 windows, thirteen convolutions of
them, and the channels double when the picture is halved. The same three dense layers at the end have 123.6 of 138.4 million
parameters.
*/

// clang-format off
#define CONV3(c) conv2d(c, .kernel = 3, .pad = 1), relu()

static const LayerSpec vgg16[] = {
    CONV3(64), CONV3(64), max_pool2d(2),               //  64 × 112 × 112
    CONV3(128), CONV3(128), max_pool2d(2),             // 128 × 56 × 56
    CONV3(256), CONV3(256), CONV3(256), max_pool2d(2), // 256 × 28 × 28
    CONV3(512), CONV3(512), CONV3(512), max_pool2d(2), // 512 × 14 × 14
    CONV3(512), CONV3(512), CONV3(512), max_pool2d(2), // 512 × 7 × 7
    flatten(), dense(4096), relu(), dropout(0.5f), dense(4096), relu(), dropout(0.5f), dense(1000), END
};
// clang-format on

/*
**GoogLeNet** (Szegedy et al. 2014). Nine *inception blocks*: four branches read the same input, with windows of 1 × 1, 3 × 3, 5
× 5 and a pooling, and their channels are put one behind the other. In front of the expensive windows stands a 1 × 1 convolution
that makes few channels of many, a *bottleneck*. And there is no large dense layer any more: the mean of each of the 1,024
channels is enough.

The table is that of torchvision: with batch norm, without the two classifiers that helped in training (their *auxiliary
heads*), and with 3 × 3 windows in the branch that has 5 × 5 in the paper. (With max pooling that begins one pixel outside where
torchvision's rounds up: the sizes are the same.)
*/

// clang-format off
#define UNIT(c, k, p) conv2d(c, .kernel = k, .pad = p, .no_bias = true), batchnorm(.eps = 1e-3f), relu()
#define INCEPTION(one, to_three, three, to_five, five, pool)                                       \
    mark("in"), UNIT(one, 1, 0), mark("one"),                                                      \
    from("in"), UNIT(to_three, 1, 0), UNIT(three, 3, 1), mark("three"),                            \
    from("in"), UNIT(to_five, 1, 0), UNIT(five, 3, 1), mark("five"),                               \
    from("in"), max_pool2d(3, .stride = 1, .pad = 1), UNIT(pool, 1, 0), mark("pool"),              \
    from("one"), concat("three"), concat("five"), concat("pool")

static const LayerSpec googlenet[] = {
    conv2d(64, .kernel = 7, .stride = 2, .pad = 3, .no_bias = true), batchnorm(.eps = 1e-3f), relu(),
    max_pool2d(3, .stride = 2, .pad = 1),                                                //  64 × 56 × 56
    UNIT(64, 1, 0), UNIT(192, 3, 1), max_pool2d(3, .stride = 2, .pad = 1),               // 192 × 28 × 28
    INCEPTION(64, 96, 128, 16, 32, 32), INCEPTION(128, 128, 192, 32, 96, 64),
    max_pool2d(3, .stride = 2, .pad = 1),                                                // 480 × 14 × 14
    INCEPTION(192, 96, 208, 16, 48, 64), INCEPTION(160, 112, 224, 24, 64, 64),
    INCEPTION(128, 128, 256, 24, 64, 64), INCEPTION(112, 144, 288, 32, 64, 64),
    INCEPTION(256, 160, 320, 32, 128, 128),
    max_pool2d(2),                                                                       // 832 × 7 × 7
    INCEPTION(256, 160, 320, 32, 128, 128), INCEPTION(384, 192, 384, 48, 128, 128),      // 1024 × 7 × 7
    global_avg_pool(), dropout(0.2f), dense(1000), END
};
// clang-format on

/*
**ResNet** (He, Zhang, Ren and Sun 2015). Residual blocks of two 3 × 3 convolutions (18 and 34 layers), or of three, of which
the first and the last are 1 × 1: the 3 × 3 in the middle works on a quarter of the channels (50 layers and more). Where the
shape changes, the skip has a 1 × 1 convolution; and in the table of 50 layers the stride is in the 3 × 3 convolution, as in
torchvision.
*/

// clang-format off
#define CONV(c, k, s, p) conv2d(c, .kernel = k, .stride = s, .pad = p, .no_bias = true), batchnorm()
#define TURN(c, s)       mark("in"), CONV(c, 1, s, 0), mark("x"), from("in")
#define BASIC(c, s)      CONV(c, 3, s, 1), relu(), CONV(c, 3, 1, 1), add("x"), relu()
#define SAME(c)          mark("x"), BASIC(c, 1)
#define OTHER(c, s)      TURN(c, s), BASIC(c, s)
#define NARROW(c, s)     CONV(c, 1, 1, 0), relu(), CONV(c, 3, s, 1), relu(), CONV(4 * c, 1, 1, 0), add("x"), relu()
#define SAME3(c)         mark("x"), NARROW(c, 1)
#define OTHER3(c, s)     TURN(4 * c, s), NARROW(c, s)
#define STEM             CONV(64, 7, 2, 3), relu(), max_pool2d(3, .stride = 2, .pad = 1) // 64 × 56 × 56
#define HEAD             global_avg_pool(), dense(1000), END

const LayerSpec resnet18[] = {
    STEM,
    SAME(64), SAME(64),
    OTHER(128, 2), SAME(128), // 28 × 28
    OTHER(256, 2), SAME(256), // 14 × 14
    OTHER(512, 2), SAME(512), //  7 × 7
    HEAD
};

static const LayerSpec resnet34[] = {
    STEM,
    SAME(64), SAME(64), SAME(64),
    OTHER(128, 2), SAME(128), SAME(128), SAME(128),
    OTHER(256, 2), SAME(256), SAME(256), SAME(256), SAME(256), SAME(256),
    OTHER(512, 2), SAME(512), SAME(512),
    HEAD
};

static const LayerSpec resnet50[] = {
    STEM,
    OTHER3(64, 1), SAME3(64), SAME3(64),
    OTHER3(128, 2), SAME3(128), SAME3(128), SAME3(128),
    OTHER3(256, 2), SAME3(256), SAME3(256), SAME3(256), SAME3(256), SAME3(256),
    OTHER3(512, 2), SAME3(512), SAME3(512),
    HEAD
};
// clang-format on

/*
The accuracy of each is not ours: nobody trains these nets on two cores. It is what torchvision gives for its trained weights
(`IMAGENET1K_V1`): right answers on the 50,000 validation photographs of ImageNet, one crop of 224 × 224 each. The numbers of
parameters stand beside them (torchvision 0.14, in its folder `models`; Debian 12 has it as python3-torchvision).
*/

static const struct {
    const char *name;
    const LayerSpec *table;
    double published; // top-1 accuracy
} nets[] = {
    { "alexnet", alexnet, 0.56522 },     { "vgg16", vgg16, 0.71592 },
    { "googlenet", googlenet, 0.69778 }, { "resnet18", resnet18, 0.69758 },
    { "resnet34", resnet34, 0.73314 },   { "resnet50", resnet50, 0.76130 },
};
enum { NETS = sizeof nets / sizeof *nets };

static const Shape photograph = { 3, 224, 224 };

typedef struct {
    size_t params, multiplications, of_dense; // of_dense: parameters of the dense layers
    int sees;                                 // the widest field of an output that does not see all
} Figures;

static Figures figures_of(const Net *net) {
    Figures f = { .params = net->n_params };
    LayerSummary *rows = alloc_bytes((size_t)net->n_layers * sizeof *rows);
    summary_rows(rows, net);
    for (int i = 0; i < net->n_layers; i++) {
        LayerKind kind = net->layers[i].spec.kind;
        f.multiplications += kind == CONV2D || kind == DENSE ? rows[i].multiplications : 0;
        f.of_dense += kind == DENSE ? rows[i].params : 0;
        f.sees = rows[i].sees > f.sees ? rows[i].sees : f.sees;
    }
    free(rows);
    return f;
}

void print_famous(const DepthSettings *s) {
    for (int i = 0; i < NETS; i++) {
        Net *net = net_plan(nets[i].table, photograph);
        printf("%s", i > 0 ? "\n" : "");
        show_net(&s->show, &s->run, nets[i].name, net);
        net_free(net);
    }
    printf("\n%-11s%14s%14s%18s%8s%12s\n", "", "parameters", "in dense", "multiplications", "sees",
           "published");
    for (int i = 0; i < NETS; i++) {
        Net *net = net_plan(nets[i].table, photograph);
        Figures f = figures_of(net);
        printf("%-11s%14zu%14zu%18zu%8d%12.3f\n", nets[i].name, f.params, f.of_dense,
               f.multiplications, f.sees, nets[i].published);
        net_free(net);
    }
}

void famous(DepthLab *lab) {
    OutFile *file = file_create(run_path(lab->run, "famous.csv"));
    fprintf(file_stream(file), "net,parameters,dense,multiplications,sees,published\n");
    for (int i = 0; i < NETS; i++) {
        char key[64];
        Net *net = net_plan(nets[i].table, photograph);
        Figures f = figures_of(net);
        fprintf(file_stream(file), "%s,%zu,%zu,%zu,%d,%.5f\n", nets[i].name, f.params, f.of_dense,
                f.multiplications, f.sees, nets[i].published);
        snprintf(key, sizeof key, "%s_parameters", nets[i].name);
        run_summary(lab->run, key, (double)f.params);
        snprintf(key, sizeof key, "%s_million_multiplications", nets[i].name);
        run_summary(lab->run, key, 1e-6 * (double)f.multiplications);
        net_free(net);
    }
    file_commit(file);
}

/*
![Accuracy as published against multiplications, both for one photograph; the area of a bubble is the number of parameters. VGG-16 is far to the right, AlexNet far below.](famous.svg)

| | parameters | of them in dense layers | million multiplications | sees, pixels | published accuracy |
|---|--:|--:|--:|--:|--:|
| AlexNet | 61,100,840 | 58,631,144 | 714 | 195 | 0.565 |
| VGG-16 | 138,357,544 | 123,642,856 | 15,470 | 212 | 0.716 |
| GoogLeNet | 6,624,904 | 1,025,000 | 1,498 | 379 | 0.698 |
| ResNet-18 | 11,689,512 | 513,000 | 1,814 | 435 | 0.698 |
| ResNet-34 | 21,797,672 | 513,000 | 3,664 | 899 | 0.733 |
| ResNet-50 | 25,557,032 | 2,049,000 | 4,089 | 427 | 0.761 |

(Multiplications of convolutions and dense layers; batch norm's are left out. "Sees" is the receptive field of the last map, the
side of the square of pixels that one of its numbers depends on. More than 224 reaches into the padding.) VGG showed that small
windows and more layers give better answers, for twenty times the work. GoogLeNet gave nearly the same with a tenth of that work
and a twentieth of the parameters, since it has no large dense layers and bottlenecks in front of its windows. With the ResNets'
skips many more layers could be trained. ResNet-50 takes hardly more work than ResNet-34, because most of its layers are 1 × 1,
and it gives better answers.

The recipes of training differ, too, so that the picture compares more than the tables.
*/
