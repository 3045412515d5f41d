// What is a Fréchet distance of 30? `make calibrate` runs this program: the judge looks at pictures that are wrong in a known way
// and in a known measure, and says how far they are from the test images. docs/judge.md explains what comes out.
//
//     calibrate PICTURE.png    prints the table, and shows some of the pictures
//
// All random numbers come from seed 1, so the same processor prints the same table.

#include "dataset.h"
#include "die.h"
#include "fid.h"
#include "image.h"
#include "rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = JUDGE_SIDE, PIXELS = SIDE * SIDE, MOST = 10000, SHOWN = 10 };

// What the disturbances work on: images (MOST) to be filled, from the two parts of the data set.
typedef struct {
    const Dataset *train, *test;
    uint8_t *images;
    Rng rng;
} Desk;

// Each fills images and returns how many.
typedef int Disturbance(Desk *desk, double amount);

static uint8_t byte_of(double shade) {
    return (uint8_t)(fmin(fmax(shade, 0.0), 255.0) + 0.5);
}

static int copy(Desk *desk, int at, const Dataset *from, int place) {
    memcpy(desk->images + (size_t)at * PIXELS, from->images + (size_t)place * PIXELS, PIXELS);
    return at + 1;
}

// --- other pictures of the same kind -------------------------------------------------------------

static int training(Desk *desk, double amount) {
    int n = 0;
    while (n < (int)amount) {
        n = copy(desk, n, desk->train, n);
    }
    return n;
}

// --- the test images, damaged --------------------------------------------------------------------

static int noise(Desk *desk, double deviation) {
    for (size_t i = 0; i < (size_t)MOST * PIXELS; i++) {
        desk->images[i] =
            byte_of(desk->test->images[i] + deviation * (double)rng_normal(&desk->rng));
    }
    return MOST;
}

// The mean of the picture's pixels in a square around each, black beyond the border.
static int blur(Desk *desk, double width) {
    int reach = (int)width / 2;
    for (size_t i = 0; i < (size_t)MOST * PIXELS; i++) {
        const uint8_t *image = desk->test->images + i / PIXELS * PIXELS;
        int row = (int)(i % PIXELS) / SIDE, col = (int)(i % PIXELS) % SIDE, sum = 0;
        for (int r = row - reach; r <= row + reach; r++) {
            for (int c = col - reach; c <= col + reach; c++) {
                sum += r >= 0 && r < SIDE && c >= 0 && c < SIDE ? image[r * SIDE + c] : 0;
            }
        }
        desk->images[i] = byte_of(sum / (width * width));
    }
    return MOST;
}

// To the right; what enters is black.
static int shift(Desk *desk, double amount) {
    size_t by = (size_t)amount;
    for (size_t i = 0; i < (size_t)MOST * PIXELS; i++) {
        desk->images[i] = i % SIDE < by ? 0 : desk->test->images[i - by];
    }
    return MOST;
}

static int invert(Desk *desk, double amount) {
    (void)amount;
    for (size_t i = 0; i < (size_t)MOST * PIXELS; i++) {
        desk->images[i] = (uint8_t)(255 - desk->test->images[i]);
    }
    return MOST;
}

// --- no clothes at all ---------------------------------------------------------------------------

static int grains(Desk *desk, double amount) {
    (void)amount;
    for (size_t i = 0; i < (size_t)MOST * PIXELS; i++) {
        desk->images[i] = (uint8_t)rng_below(&desk->rng, 256);
    }
    return MOST;
}

static int black(Desk *desk, double amount) {
    (void)amount;
    memset(desk->images, 0, (size_t)MOST * PIXELS);
    return MOST;
}

// --- perfect pictures, and not all of them -------------------------------------------------------

// The first training images whose classes are wanted, up to MOST.
static int classes(Desk *desk, const bool wanted[JUDGE_CLASSES]) {
    int n = 0;
    for (int i = 0; i < desk->train->n && n < MOST; i++) {
        if (wanted[desk->train->labels[i]]) {
            n = copy(desk, n, desk->train, i);
        }
    }
    return n;
}

static int only(Desk *desk, double class) {
    bool wanted[JUDGE_CLASSES] = { false };
    wanted[(int)class] = true;
    return classes(desk, wanted);
}

static int without(Desk *desk, double class) {
    bool wanted[JUDGE_CLASSES];
    for (int c = 0; c < JUDGE_CLASSES; c++) {
        wanted[c] = c != (int)class;
    }
    return classes(desk, wanted);
}

static int first_classes(Desk *desk, double amount) {
    bool wanted[JUDGE_CLASSES];
    for (int c = 0; c < JUDGE_CLASSES; c++) {
        wanted[c] = c < (int)amount;
    }
    return classes(desk, wanted);
}

// --- a few pictures, again and again -------------------------------------------------------------

// The first training image of each class.
static int one_of_each(Desk *desk, double amount) {
    int n = 0;
    for (int class = 0; class < (int)amount; class ++) {
        int place = 0;
        while (desk->train->labels[place] != class) {
            place++;
        }
        for (int k = 0; k < MOST / (int)amount; k++) {
            n = copy(desk, n, desk->train, place);
        }
    }
    return n;
}

// `amount` training images drawn at random.
static int again(Desk *desk, double amount) {
    int *order = random_order(desk->train->n, desk->rng), n = 0;
    while (n < MOST) {
        n = copy(desk, n, desk->train, order[n % (int)amount]);
    }
    free(order);
    return n;
}

static const struct {
    const char *name;
    Disturbance *disturb;
    double amount;
    bool shown; // in the picture, a row each
} cases[] = {
    { "test images", noise, 0, true },
    { "10,000 training images", training, 10000, false },
    { "5,000", training, 5000, false },
    { "2,000", training, 2000, false },
    { "1,000", training, 1000, false },
    { "500", training, 500, false },
    { "noise, deviation 5 of 255", noise, 5, false },
    { "noise 10", noise, 10, false },
    { "noise 25", noise, 25, true },
    { "noise 50", noise, 50, true },
    { "blur 3 × 3", blur, 3, true },
    { "shift by 2 pixels", shift, 2, true },
    { "inverted", invert, 0, true },
    { "uniform noise", grains, 0, true },
    { "black", black, 0, false },
    { "T-shirts only", only, 0, false },
    { "trousers only", only, 1, false },
    { "bags only", only, 8, false },
    { "shirts missing", without, 6, false },
    { "the first five classes", first_classes, 5, false },
    { "ten images, one of each class", one_of_each, 10, false },
    { "ten images, random", again, 10, false },
    { "100 images", again, 100, false },
    { "1,000 images", again, 1000, false },
};

// Printf counts bytes, and × has two.
static void print_name(const char *name) {
    int width = 0;
    for (const char *c = name; *c; c++) {
        width += (*c & 0xC0) != 0x80;
    }
    printf("%s%*s", name, 32 - width, "");
}

// Adds a row with some of the images to the rows that are there.
static int show(float *x, int rows, const uint8_t *images) {
    for (int i = 0; i < SHOWN; i++) {
        const uint8_t *image = images + (size_t)i * PIXELS;
        for (int p = 0; p < PIXELS; p++) {
            x[(rows * SHOWN + i) * PIXELS + p] = image[p];
        }
    }
    return rows + 1;
}

static void all_cases(const char *picture, Judge *judge, Desk *desk) {
    enum { CASES = sizeof cases / sizeof *cases };
    float *x = alloc_floats(CASES * SHOWN * PIXELS);
    int rows = 0;
    for (int i = 0; i < CASES; i++) {
        desk->rng = rng_create(1, RNG_NOISE);
        int n = cases[i].disturb(desk, cases[i].amount);
        Verdict v = judge_images(judge, desk->images, n);
        print_name(cases[i].name);
        printf("%6d%9.2f%7.2f%16.3f\n", n, v.fid, v.inception_score, v.smallest_share);
        rows = cases[i].shown ? show(x, rows, desk->images) : rows;
    }
    image_grid_grey(picture, x, rows * SHOWN, SIDE, SIDE, SHOWN, 2, 0.0f, 255.0f);
    free(x);
}

int main(int argc, char **argv) {
    if (argc != 2) {
        die("usage: calibrate PICTURE.png");
    }
    Dataset *train = dataset_load("fashion", TRAIN_SET), *test = dataset_load("fashion", TEST_SET);
    dataset_expect(test, "fashion", SIDE, SIDE, MOST);
    dataset_expect(train, "fashion", SIDE, SIDE, MOST);
    Judge *judge = judge_create(test);
    Desk desk = { train, test, alloc_bytes((size_t)MOST * PIXELS), { 0 } };
    print_name("pictures");
    printf("%6s%9s%7s%16s\n", "n", "FID", "IS", "smallest share");
    all_cases(argv[1], judge, &desk);
    free(desk.images);
    judge_free(judge);
    dataset_free(train);
    dataset_free(test);
    return 0;
}
