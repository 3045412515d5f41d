// The oracle: the pixels of a line that an output depends on, found by spreading marks back.

#include "exercise.h"

int field(const int *kernel, const int *stride, int n);

typedef int (*Answer)(const int *kernel, const int *stride, int n);

enum { MOST = 5 };
static const struct {
    const char *name;
    int n, kernel[MOST], stride[MOST];
} nets[] = {
    { "one window of 3", 1, { 3 }, { 1 } },
    { "three windows of 3", 3, { 3, 3, 3 }, { 1, 1, 1 } },
    { "a stride in the last layer", 2, { 3, 3 }, { 1, 2 } },
    { "LeNet's convolutions and poolings", 4, { 5, 2, 5, 2 }, { 1, 2, 1, 2 } },
    { "ResNet's beginning", 4, { 7, 3, 3, 3 }, { 2, 2, 1, 1 } },
};
enum { NETS = sizeof nets / sizeof *nets };

// From output 0 back to the input: the last place that is reached, plus 1.
static int reached(const int *kernel, const int *stride, int n) {
    int last = 0;
    for (int i = n - 1; i >= 0; i--) {
        last = last * stride[i] + kernel[i] - 1;
    }
    return last + 1;
}

// --- what learners write --------------------------------------------------------------------------

static int sum_of_windows(const int *kernel, const int *stride, int n) {
    int sum = 0;
    for (int i = 0; i < n; i++) {
        sum += kernel[i];
    }
    (void)stride;
    return sum;
}

static int no_stride(const int *kernel, const int *stride, int n) {
    int sees = 1;
    for (int i = 0; i < n; i++) {
        sees += kernel[i] - 1;
    }
    (void)stride;
    return sees;
}

static int too_early(const int *kernel, const int *stride, int n) {
    int sees = 1, every = 1;
    for (int i = 0; i < n; i++) {
        every *= stride[i];
        sees += (kernel[i] - 1) * every;
    }
    return sees;
}

static int from_zero(const int *kernel, const int *stride, int n) {
    int sees = 0, every = 1;
    for (int i = 0; i < n; i++) {
        sees += (kernel[i] - 1) * every;
        every *= stride[i];
    }
    return sees;
}

static int added_strides(const int *kernel, const int *stride, int n) {
    int sees = 1, every = 1;
    for (int i = 0; i < n; i++) {
        sees += (kernel[i] - 1) * every;
        every += stride[i] - 1;
    }
    return sees;
}

static const struct {
    Answer answer;
    const char *message;
} known[] = {
    { sum_of_windows, "the windows' sides are added up: two windows of 3 see 5 pixels and not 6, "
                      "since their places overlap" },
    { no_stride, "strides are passed over: behind a stride of 2 neighbours lie two pixels apart" },
    { too_early, "a layer's own stride is multiplied in before its window is counted: it only "
                 "moves the fields of the layers behind" },
    { from_zero, "a pixel sees itself: the field begins at 1, not at 0" },
    { added_strides, "strides are added; two strides of 2 put neighbours 4 pixels apart" },
};

static const char *judge(Answer answer) {
    bool nothing = true;
    for (int i = 0; i < NETS; i++) {
        nothing = nothing && answer(nets[i].kernel, nets[i].stride, nets[i].n) == 0;
    }
    if (nothing) {
        return wrong("it returns 0 for every net: nothing is written yet");
    }
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        bool same = true, right = true;
        for (int i = 0; i < NETS; i++) {
            int yours = answer(nets[i].kernel, nets[i].stride, nets[i].n);
            same = same && yours == known[k].answer(nets[i].kernel, nets[i].stride, nets[i].n);
            right = right && yours == reached(nets[i].kernel, nets[i].stride, nets[i].n);
        }
        if (same && !right) {
            return wrong("%s", known[k].message);
        }
    }
    for (int i = 0; i < NETS; i++) {
        int yours = answer(nets[i].kernel, nets[i].stride, nets[i].n);
        int right = reached(nets[i].kernel, nets[i].stride, nets[i].n);
        if (yours != right) {
            return wrong("%s: an output depends on %d pixels, and you have %d", nets[i].name, right,
                         yours);
        }
    }
    return NULL;
}

EXERCISE(Answer, judge, field, { sum_of_windows, "the windows' sides are added up" },
         { no_stride, "strides are passed over" }, { too_early, "a layer's own stride" },
         { from_zero, "a pixel sees itself" }, { added_strides, "strides are added" })
