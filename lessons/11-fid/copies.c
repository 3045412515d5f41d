/*
## What it does not see

After the test images themselves, the lowest Fréchet distance in the table of sets is that of 10,000 *training* images, 0.17,
and they have nearly the precision and recall of other test images. So a generator that had learned its training images by
heart, and could make nothing else, would have the best scores of all. None of the formulas can see that: they compare two
clouds of points, and do not know which points the generator has been shown.

To find copies one has to look at what could have been copied. For each picture of a set we search the nearest training image,
among [sixty thousand](../../common/measure/nearest_neighbors.h); once in the pixels, and once in the judge's features. How near
is too near? Pictures of the same kind are never far from all of 60,000. What is usual is measured on the test images: they are
real, and certainly not copied. Half of them serve as the reference (`witnesses` in the tables). Of each set 1,000 pictures are
looked up (`--sought`). Two figures come from it:

- the **median** distance of a set, divided by that of the reference: 1 for new real pictures, 0 for a set of copies;
- the **suspicious share**: how many pictures are nearer to a training image than 99 % of the reference are. For new real
  pictures it is about 1 %, by construction. It also notices a set of which only a part is copied.

The other half of the test images must pass, or the method is worth nothing.
*/

#include "gallery.h"
#include "base/die.h"
#include "data/image.h"
#include "measure/nearest_neighbors.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AT_ONCE = 4000, SHOWN = 12, PERCENTS = 101 };

// The sought pictures of a set, and their nearest training images.
typedef struct {
    int n, every;              // sought: the places 0, every, 2 every, …
    float *x, *features;       // (n, PIXELS) in [0, 1]; (n, FEATURES)
    Nearest *pixels, *feature; // found in the one, in the other
} Search;

// Begins a search: that in features, which are at hand, is complete.
static Search search_create(const Gallery *g, const PictureSet *set) {
    int n = g->s->sought < set->n ? g->s->sought : set->n;
    Search search = { .n = n, .every = set->n / n };
    search.x = alloc_floats((size_t)n * PIXELS);
    search.features = alloc_floats((size_t)n * FEATURES);
    uint8_t *images = alloc_bytes((size_t)n * PIXELS);
    for (int i = 0; i < n; i++) {
        memcpy(images + (size_t)i * PIXELS, set->images + (size_t)i * (size_t)search.every * PIXELS,
               PIXELS);
    }
    const Dataset sought = { .n = n, .rows = SIDE, .cols = SIDE, .images = images };
    int *places = alloc_bytes((size_t)n * sizeof *places);
    for (int i = 0; i < n; i++) {
        places[i] = i;
    }
    dataset_take(search.x, NULL, &sought, places, n);
    judge_look(g->judge, search.features, NULL, images, n);
    search.pixels = nearest_create(search.x, n, PIXELS);
    search.feature = nearest_create(search.features, n, FEATURES);
    nearest_offer(search.feature, g->features, g->train->n);
    free(places);
    free(images);
    return search;
}

static void search_free(Search *search) {
    nearest_free(search->pixels);
    nearest_free(search->feature);
    free(search->x);
    free(search->features);
}

// Offers the pixels of all training images to n searches, some at a time.
static void search_pixels(const Gallery *g, Search *searches, int n) {
    float *y = alloc_floats((size_t)AT_ONCE * PIXELS);
    int places[AT_ONCE];
    for (int first = 0; first < g->train->n && !run_stopped(g->run); first += AT_ONCE) {
        int count = g->train->n - first < AT_ONCE ? g->train->n - first : AT_ONCE;
        for (int i = 0; i < count; i++) {
            places[i] = first + i;
        }
        dataset_take(y, NULL, g->train, places, count);
        for (int k = 0; k < n; k++) {
            nearest_offer(searches[k].pixels, y, count);
        }
        run_progress(g->run, "searching", first + count, g->train->n, "training images");
    }
    free(y);
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Distances to the nearest, from small to large; the caller frees them.
static double *sorted_distances(const Nearest *nearest) {
    double *distance = alloc_bytes((size_t)nearest->n * sizeof *distance);
    for (int i = 0; i < nearest->n; i++) {
        distance[i] = sqrt(nearest->square[i]);
    }
    qsort(distance, (size_t)nearest->n, sizeof *distance, by_size);
    return distance;
}

// Of n sorted numbers the one that `percent` of them lie below.
static double percentile(const double *distance, int n, int percent) {
    return distance[(long)percent * (n - 1) / 100];
}

typedef struct {
    double median;     // distance, divided by the witnesses'
    double suspicious; // share that is nearer than 99 % of the witnesses
} Suspicion;

static Suspicion suspect(const Nearest *set, const Nearest *witnesses) {
    double *mine = sorted_distances(set), *usual = sorted_distances(witnesses);
    double bound = percentile(usual, witnesses->n, 1);
    Suspicion s = { .median = percentile(mine, set->n, 50) / percentile(usual, witnesses->n, 50) };
    for (int i = 0; i < set->n; i++) {
        s.suspicious += mine[i] < bound ? 1.0 / set->n : 0.0;
    }
    free(mine);
    free(usual);
    return s;
}

/*
## Ten sets

Pictures that are not copied: both halves of the test images; test images blurred, and with noise (for generated pictures are seldom
perfect). Copied ones: training images as they are; a set of which a fifth is copied. And copies that were changed:
mirrored, moved by a pixel, blurred, with noise.

For the copied sets there is a third figure, which one does not have in practice: how often the nearest training
image is the very one that was copied.
*/

// Every other test image, from the place `first` on.
static void half(PictureSet *set, const Gallery *g, double first, Rng rng) {
    (void)rng;
    for (int i = (int)first; i < g->test->n; i += 2) {
        set_add(set, g->test, i);
    }
}

// Test images, about a share of which training images have replaced.
static void mixed(PictureSet *set, const Gallery *g, double share, Rng rng) {
    for (int i = 0; i < g->test->n; i++) {
        bool stolen = (double)rng_uniform(&rng) < share;
        set_add(set, stolen ? g->train : g->test, i % g->train->n);
    }
}

enum { WITNESSES, OTHER, BLURRED, NOISY, STOLEN, FIFTH, MIRRORED, MOVED, BLURRED_STOLEN };
static const struct {
    const char *name, *key;
    Disturbance *disturb;
    double amount;
    bool stolen; // done to training images
} lineup[] = {
    [WITNESSES] = { "test images, one half", "witnesses", half, 0, false },
    [OTHER] = { "test images, other half", "other", half, 1, false },
    [BLURRED] = { "test images, blurred", "blurred", blur, 2, false },
    [NOISY] = { "test images with noise", "noisy", noise, 25, false },
    [STOLEN] = { "training images", "stolen", noise, 0, true },
    [FIFTH] = { "a fifth of them copied", "fifth", mixed, 0.2, false },
    [MIRRORED] = { "copied, mirrored", "stolen_mirrored", mirror, 0, true },
    [MOVED] = { "copied, moved by a pixel", "stolen_moved", shift, 1, true },
    [BLURRED_STOLEN] = { "copied, blurred", "stolen_blurred", blur, 2, true },
    { "copied, with noise", "stolen_noisy", noise, 25, true },
};
enum { SETS = sizeof lineup / sizeof *lineup };

// The share of a stolen set whose nearest is the one that was stolen; NaN of others.
static double caught(int k, const Nearest *nearest, int every) {
    double share = 0.0;
    for (int i = 0; i < nearest->n; i++) {
        share += nearest->place[i] == i * every ? 1.0 / nearest->n : 0.0;
    }
    return lineup[k].stolen ? share : NAN;
}

// What is told of a set: a figure that is not known of it is NaN.
typedef struct {
    const char *key;
    double value;
    bool share; // to be shown in percent
} CopyFigure;
enum { COPY_FIGURES = 7 };

static void find_figures(CopyFigure figures[COPY_FIGURES], int k, const Search *searches,
                         double fid) {
    const Search *s = &searches[k];
    Suspicion pixels = suspect(s->pixels, searches[WITNESSES].pixels);
    Suspicion features = suspect(s->feature, searches[WITNESSES].feature);
    const CopyFigure found[COPY_FIGURES] = {
        { "fid", fid, false },
        { "median_pixels", pixels.median, false },
        { "suspicious_pixels", pixels.suspicious, true },
        { "found_pixels", caught(k, s->pixels, s->every), true },
        { "median_features", features.median, false },
        { "suspicious_features", features.suspicious, true },
        { "found_features", caught(k, s->feature, s->every), true },
    };
    memcpy(figures, found, sizeof found);
}

// A cell of the table.
static void print_figure(char text[16], const CopyFigure *figure) {
    if (isnan(figure->value)) {
        snprintf(text, 16, "%7s", "");
    } else if (figure->share) {
        snprintf(text, 16, "%6.1f%%", 100.0 * figure->value);
    } else {
        snprintf(text, 16, "%8.2f", figure->value);
    }
}

static void report_lineup(const Gallery *g, const Search *searches, const double *fid) {
    run_say(g->run, "%-28s%8s%22s%22s", "nearest training image", "", "in pixels", "in features");
    run_say(g->run, "%-28s%8s%8s%7s%7s%8s%7s%7s", "", "FID", "median", "susp.", "found", "median",
            "susp.", "found");
    for (int k = 0; k < SETS; k++) {
        CopyFigure figures[COPY_FIGURES];
        find_figures(figures, k, searches, fid[k]);
        char line[100] = "";
        for (int i = 0; i < COPY_FIGURES; i++) {
            char key[60], cell[16];
            print_figure(cell, &figures[i]);
            strcat(line, cell);
            if (!isnan(figures[i].value)) {
                snprintf(key, sizeof key, "%s_%s", lineup[k].key, figures[i].key);
                run_summary(g->run, key, figures[i].value);
            }
        }
        run_say(g->run, "%-28s%s", lineup[k].name, line);
    }
}

// How the distances of each set are spread: a row for each percent.
static void write_distances(const Gallery *g, const Search *searches) {
    char columns[1000] = "", *end = columns;
    double *distances[2 * SETS], row[2 * SETS];
    for (int k = 0; k < SETS; k++) {
        end += sprintf(end, "%s%s_pixels,%s_features", k ? "," : "", lineup[k].key, lineup[k].key);
        distances[2 * k] = sorted_distances(searches[k].pixels);
        distances[2 * k + 1] = sorted_distances(searches[k].feature);
    }
    Log *log = log_open(g->run, "log-nearest.csv", columns);
    for (int percent = 0; percent < PERCENTS; percent++) {
        for (int k = 0; k < 2 * SETS; k++) {
            row[k] = percentile(distances[k], searches[k / 2].n, percent);
        }
        log_write(log, percent, row, 2 * SETS);
    }
    for (int k = 0; k < 2 * SETS; k++) {
        free(distances[k]);
    }
}

// Three rows for each search: some pictures, the nearest of each in pixels, and in features.
static void show_nearest(const Gallery *g, const Search *const *searches, int n) {
    float *x = alloc_floats((size_t)n * 3 * SHOWN * PIXELS), *at = x;
    for (int k = 0; k < n; k++, at += 3 * SHOWN * PIXELS) {
        const Search *s = searches[k];
        int shown = s->n < SHOWN ? s->n : SHOWN;
        memcpy(at, s->x, (size_t)shown * PIXELS * sizeof *x);
        dataset_take(at + SHOWN * PIXELS, NULL, g->train, s->pixels->place, shown);
        dataset_take(at + 2 * SHOWN * PIXELS, NULL, g->train, s->feature->place, shown);
    }
    image_grid_grey(run_path(g->run, "samples/neighbours.png"), x, n * 3 * SHOWN, SIDE, SIDE, SHOWN,
                    2, 0.0f, 1.0f);
    free(x);
}

void look_for_copies(Gallery *g) {
    Search searches[SETS];
    double fid[SETS];
    Dataset copied = *g->train;
    Gallery copier = *g;
    copied.n = g->test->n < copied.n ? g->test->n : copied.n;
    copier.test = &copied;
    for (int k = 0; k < SETS; k++) {
        PictureSet set = set_create(g);
        Rng rng = rng_create(g->s->run.seed, RNG_NOISE);
        lineup[k].disturb(&set, lineup[k].stolen ? &copier : g, lineup[k].amount, rng);
        searches[k] = search_create(g, &set);
        fid[k] = judge_images(g->judge, set.images, set.n).fid;
        set_free(&set);
    }
    search_pixels(g, searches, SETS);
    if (!run_stopped(g->run)) {
        show_nearest(g, (const Search *[]){ &searches[OTHER], &searches[MOVED] }, 2);
        write_distances(g, searches);
        report_lineup(g, searches, fid);
    }
    for (int k = 0; k < SETS; k++) {
        search_free(&searches[k]);
    }
}

// The witnesses are test images here, too, whatever the pictures are compared with.
void nearest_of_file(Gallery *g, const PictureSet *set) {
    PictureSet witnesses = set_create(g);
    half(&witnesses, g, 0, rng_create(1, RNG_NOISE));
    Search searches[] = { search_create(g, &witnesses), search_create(g, set) };
    search_pixels(g, searches, 2);
    if (!run_stopped(g->run)) {
        Suspicion p = suspect(searches[1].pixels, searches[0].pixels);
        Suspicion f = suspect(searches[1].feature, searches[0].feature);
        run_say(g->run, "Nearest training images of %d of them, test images being 1 and 1 %%:",
                searches[1].n);
        run_say(g->run, "  in pixels:   median distance %.2f, suspicious %.1f %%", p.median,
                100.0 * p.suspicious);
        run_say(g->run, "  in features: median distance %.2f, suspicious %.1f %%", f.median,
                100.0 * f.suspicious);
        run_summary(g->run, "median_pixels", p.median);
        run_summary(g->run, "suspicious_pixels", p.suspicious);
        run_summary(g->run, "median_features", f.median);
        run_summary(g->run, "suspicious_features", f.suspicious);
        show_nearest(g, (const Search *[]){ &searches[1] }, 1);
    }
    search_free(&searches[0]);
    search_free(&searches[1]);
    set_free(&witnesses);
}

/*
![Three rows for twelve test images: the image, its nearest training image in pixels, and in features. Below the same for twelve copied pictures that were moved by
a pixel.](neighbours.png)

![How far the nearest training image is: the share of each set that is nearer than a distance.](nearest.svg)

| | FID | pixels: median | suspicious | found | features: median | suspicious | found |
|---|--:|--:|--:|--:|--:|--:|--:|
| the other test images | 0.11 | 1.01 | 1.3 % | | 1.00 | 0.5 % | |
| test images, blurred | 45.3 | 0.91 | 0.2 % | | 0.98 | 0.1 % | |
| test images with noise | 8.5 | 1.19 | 0 | | 1.11 | 0 | |
| training images | **0.17** | **0.00** | **100 %** | 100 % | **0.00** | **100 %** | 100 % |
| a fifth of them copied | 0.05 | 0.91 | **21.4 %** | | 0.90 | **21.4 %** | |
| copied, mirrored | 44.8 | 1.16 | 4.6 % | 26 % | 1.17 | 2.6 % | 18 % |
| copied, moved by a pixel | **5.2** | 1.22 | 0 | 30 % | 1.13 | 0.1 % | 22 % |
| copied, blurred | 45.2 | **0.70** | 1.9 % | 93 % | 0.97 | 0 | 2 % |
| copied, with noise | 8.7 | **0.66** | 0 | 99.9 % | 1.05 | 0 | 31 % |

**What is not copied passes**: of the other test images 1.3 % and 0.5 % look suspicious, where 1 % is to be expected.
(The distances 0.11 and 0.05 in the first row and the fifth mean nothing: these are, wholly or for four fifths, the test
images that they are compared with.)

**Plain copies are found**, also where only one picture in five is copied. The median hardly notices that: it is 0.91,
like that of test images that are a little blurred, for blurred pictures are nearer to everything. The suspicious
share does notice.

**Changed copies pass**, more or less. Noise and blur leave the nearest picture what it was (it is found in 99.9 % and 93 %),
but move the copy away from it; in pixels a median of 0.7 is a hint, if one knows that test images with the same noise have
1.19. One pixel to the right is enough to pass both measures, in the features, too. And yet, where the nearest image is the
original, as it is for 30 %, anybody who looks sees it at once: below stands the same sandal, one pixel to the left. A distance
finds what is near in that distance, and nothing else. To find pictures that were moved one has to search among moved training
images (the fourth question at the end).

The features do worse than the pixels, although alike pictures should be near each other there. They keep the kind
of a thing and drop which one it is, and finding a copy takes just that.

So where a paper shows samples with their nearest neighbours beside them, to prove that nothing was learned by heart, it
shows that nothing was learned by heart *and left in its place*.

## The scoreboard

    make scoreboard

scores all generators that you have trained, on 10,000 samples each. This is the scoreboard of the
reference runs:

![The Fréchet distances of the course's generators, and how many of their samples are taken for which class.](scoreboard.svg)

![The Fréchet distance over the seconds of training, the time for the scores included.](fid-time.svg)

| lesson | FID | IS | smallest class | nearest | suspicious | EMD in the plane | seconds |
|---|--:|--:|--:|--:|--:|--:|--:|
| 10, conditional, 6 epochs | **2.8** | 7.85 | 8.8 % | 1.23 | 0 | | 122 |
| 7, DCGAN, 8 epochs | 13.4 | 6.45 | 8.4 % | 1.39 | 0 | | 116 |
| 9, gradient penalty, 5 epochs | 18.9 | 5.95 | 7.8 % | 1.48 | 0 | 0.15 | 122 |
| 6, dense networks, 5 epochs | 42.8 | 5.46 | 4.0 % | 1.41 | 0 | 0.15 | 142 |
| 8, clipped critic, 5 epochs | 100.9 | 3.04 | 1.1 % | 1.94 | 0 | 0.36 | 55 |
| *training images* | *0.17* | *8.55* | *9.7 %* | *0* | *100 %* | | |

**Read it with care.** The order is not the order of the papers. There, each idea comes with an experiment in which it
wins; here all have two cores and one to two and a half minutes. The penalty needs a second derivative in each step, and its critic has no
batch norm. Clipping costs most. The labels help more than any change of the loss: they say something true about each picture, and
no other lesson has them. The rates differ, too, 0.001 in lessons 9 and 10 and 0.0002 in lesson 7. Twice the
time, another size or another seed may exchange neighbours in the table.

Large differences remain: a clipped critic is far behind all others; among the others the dense networks are more than twice as
far away as the unconditional convolutional ones; labels are better than none, by a factor of three where all else is the same
(5.8 and 18.8 after three epochs of lesson 10); a class that gets 1 % is neglected. What the judge cannot see does not enter: it
cannot tell whether the shirts are shirts. (In the plane, where dense networks are enough, lessons 6 and 9 are level.)

**No generator has copied** in a way that these measures find. In the pixels none has a suspicious sample in a thousand; in the features one
has a single one, where new real pictures have about ten. And all are *further* from the training images than new real pictures are, in the pixels 1.2 to
1.9 times. That also says that their pictures are
a little unlike all clothes, and the order is nearly that of the Fréchet distance.

No single score is enough, since what is good depends on what the pictures are
for. What to keep from this lesson: look at many samples, not chosen by hand. Give a figure with its $n$, its
judge, and its value for real pictures. Try it on something known. And say what it does not see.

## Where this differs from the papers

- Heusel et al. compute the distance with 2,048 features of Inception-v3, a network trained on a million photographs, on
  pictures of $299 \times 299$ pixels, and with 50,000 samples against statistics of the training set. Ours has 84
  features of LeNet, and the *test* set on the other side. **No figure here can be compared with one from a paper.**
- The inception score is usually given as a mean over ten parts of the samples, with a deviation. Ours is of all samples
  at once.
- Meehan et al. compare distances to the training set, of samples and of test pictures, as we do, in each of several
  regions of the space, and with a rank test in place of our 99 %.
- Kynkäänniemi et al. take precision and recall of 50,000 pictures in the 4,096 features of a VGG-16, also with the third neighbour. Ours
  have 2,000 pictures, so larger balls.
- Bińkowski et al. give the kernel distance as a mean over many small subsets. Ours is of one subset of 2,000.
- Here the score of every epoch looks at the test images (see the beginning).

## To explore

1. *Predict, then run.* Take a generator of yours, and make 10,000 samples with `--generate`. Write a program of ten
   lines that blurs them with a window of 1.5 pixels. Does the judge find them better or worse? Why could either
   be?
2. Give the judge the *first* hidden layer's 120 numbers for features. Do missing shirts cost more? Does the blur cost
   less?
3. A normal distribution is a simplification. Build two different clouds of points in the plane with the same mean and
   covariance, and see that their Fréchet distance is 0. What does the kernel distance say? What does that mean for a ring of eight modes?
4. Find copies that were moved: offer each training image nine times, moved by $-1$, 0, 1 pixels in both
   directions. What does it cost in time? What becomes of the reference's distances, and so of the bound?
5. Take the first neighbour in place of the third, or the tenth. What becomes of precision and recall of test images from test images, and of the
   test images with noise?
6. `make lesson-11 ARGS="--fake A --real B" RUN=one` and then the other way round. Which figures stay the same, and why?
   Which do not?

## References

- T. Salimans, I. Goodfellow, W. Zaremba, V. Cheung, A. Radford, X. Chen, *Improved techniques for training GANs*, 2016,
  arXiv:1606.03498.
- M. Heusel, H. Ramsauer, T. Unterthiner, B. Nessler, S. Hochreiter, *GANs trained by a two time-scale update rule
  converge to a local Nash equilibrium*, 2017, arXiv:1706.08500.
- L. Theis, A. van den Oord, M. Bethge, *A note on the evaluation of generative models*, 2016, arXiv:1511.01844.
- S. Barratt, R. Sharma, *A note on the inception score*, 2018, arXiv:1801.01973.
- M. J. Chong, D. Forsyth, *Effectively unbiased FID and inception score and where to find them*, 2020,
  arXiv:1911.07023.
- C. Meehan, K. Chaudhuri, S. Dasgupta, *A non-parametric test to detect data-copying in generative models*, 2020,
  arXiv:2004.05675.
- M. S. M. Sajjadi, O. Bachem, M. Lucic, O. Bousquet, S. Gelly, *Assessing generative models via precision and recall*, 2018,
  arXiv:1806.00035.
- A. Gretton, K. Borgwardt, M. Rasch, B. Schölkopf, A. Smola, *A kernel two-sample test*, Journal of Machine Learning Research 13, 2012.
- M. Bińkowski, D. J. Sutherland, M. Arbel, A. Gretton, *Demystifying MMD GANs*, 2018, arXiv:1801.01401.
- T. Kynkäänniemi, T. Karras, S. Laine, J. Lehtinen, T. Aila, *Improved precision and recall metric for assessing
  generative models*, 2019, arXiv:1904.06991.
- N. J. Higham, *Functions of matrices: theory and computation*, SIAM 2008, chapter 6. G. Schulz, *Iterative Berechnung
  der reziproken Matrix*, ZAMM 13, 1933.
*/
