// The oracle: the way back, from one number to the pixels that it depends on.

#include "exercise.h"

int receptive_field(const int *kernel, const int *stride, int layers);

typedef int (*Answer)(const int *kernel, const int *stride, int layers);

static const struct {
    const char *name;
    int layers, kernel[4], stride[4];
} nets[] = {
    { "one 5 x 5 convolution", 1, { 5 }, { 1 } },
    { "two 3 x 3 convolutions", 2, { 3, 3 }, { 1, 1 } },
    { "3 x 3 behind a pooling of 2", 2, { 2, 3 }, { 2, 1 } },
    { "LeNet", 4, { 5, 2, 5, 2 }, { 1, 2, 1, 2 } },
    { "two convolutions 4 x 4 with stride 2", 2, { 4, 4 }, { 2, 2 } },
};

static int by_walking_back(int net) {
    int first = 0, last = 0;
    for (int l = nets[net].layers - 1; l >= 0; l--) {
        first = first * nets[net].stride[l];
        last = last * nets[net].stride[l] + nets[net].kernel[l] - 1;
    }
    return last - first + 1;
}

static const char *judge(Answer answer) {
    for (int i = 0; i < (int)(sizeof nets / sizeof *nets); i++) {
        int said = answer(nets[i].kernel, nets[i].stride, nets[i].layers),
            right = by_walking_back(i);
        if (said == 0) {
            return wrong("a receptive field of 0: without any layer it is 1, the pixel itself");
        }
        if (said != right) {
            return wrong("%s: the field is %d pixels wide, and this says %d", nets[i].name, right,
                         said);
        }
    }
    return NULL;
}

// --- what learners write --------------------------------------------------------------------------

static int product_of_kernels(const int *kernel, const int *stride, int layers) {
    (void)stride;
    int r = 1;
    for (int l = 0; l < layers; l++) {
        r *= kernel[l];
    }
    return r;
}

static int no_jump(const int *kernel, const int *stride, int layers) {
    (void)stride;
    int r = 1;
    for (int l = 0; l < layers; l++) {
        r += kernel[l] - 1;
    }
    return r;
}

static int new_jump(const int *kernel, const int *stride, int layers) {
    int r = 1, jump = 1;
    for (int l = 0; l < layers; l++) {
        jump *= stride[l];
        r += (kernel[l] - 1) * jump;
    }
    return r;
}

static int from_zero(const int *kernel, const int *stride, int layers) {
    int r = 0, jump = 1;
    for (int l = 0; l < layers; l++) {
        r += (kernel[l] - 1) * jump;
        jump *= stride[l];
    }
    return r;
}

static int added_jump(const int *kernel, const int *stride, int layers) {
    int r = 1, jump = 1;
    for (int l = 0; l < layers; l++) {
        r += (kernel[l] - 1) * jump;
        jump = stride[l];
    }
    return r;
}

EXERCISE(Answer, judge, receptive_field, { from_zero, "one 5 x 5 convolution" },
         { product_of_kernels, "two 3 x 3 convolutions" },
         { no_jump, "3 x 3 behind a pooling of 2: the field is 6 pixels wide, and this says 4" },
         { new_jump, "3 x 3 behind a pooling of 2: the field is 6 pixels wide, and this says 7" },
         { added_jump, "LeNet" })
