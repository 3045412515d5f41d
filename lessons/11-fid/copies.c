/*
## What it does not see

The lowest distance of all has 10,000 *training* images: 0.17. A generator that had them in its weights, picture by
picture, and could make nothing else, would beat every one that has learned what a shoe is. Nothing in the formula can
object. The training images *are* clothes, and the distance knows only two clouds of points. It does not know which
points the generator has been shown.

To find a thief one has to look at what could have been stolen. For each sample we search the nearest training image, in
[sixty thousand](../../common/nearest.h); in the pixels, and once more in the judge's features. How near is too near? An
honest generator makes pictures of the same kind, and among 60,000 something similar is always found. So there has to be
a measure of what is usual, and the test images are it: real, and certainly not copied. Half of them serve as
*witnesses*. From them we take two figures:

- the **median** distance of a crowd, divided by that of the witnesses: 1 for honest pictures, 0 for a crowd of copies;
- the **suspicious share**: how many pictures are nearer to a training image than 99 % of the witnesses are. For honest
  pictures it is about 1 %, by construction. It notices a thief who steals only now and then.

The other half of the test images must be acquitted, or the method is worth nothing.
*/

#include "crowds.h"
#include "die.h"
#include "image.h"
#include "nearest.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AT_ONCE = 4000, SHOWN = 12, PERCENTS = 101 };

// The sought pictures of a crowd, and their nearest training images.
typedef struct {
    int n, every;              // sought: the places 0, every, 2 every, …
    float *x, *features;       // (n, PIXELS) in [0, 1]; (n, FEATURES)
    Nearest *pixels, *feature; // found in the one, in the other
} Search;

// Begins a search: that in features, which are at hand, is complete.
static Search search_create(const Gallery *g, const Crowd *crowd) {
    int n = g->s->sought < crowd->n ? g->s->sought : crowd->n;
    Search search = { .n = n, .every = crowd->n / n };
    search.x = alloc_floats((size_t)n * PIXELS);
    search.features = alloc_floats((size_t)n * FEATURES);
    uint8_t *images = alloc_bytes((size_t)n * PIXELS);
    for (int i = 0; i < n; i++) {
        memcpy(images + (size_t)i * PIXELS,
               crowd->images + (size_t)i * (size_t)search.every * PIXELS, PIXELS);
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

static Suspicion suspect(const Nearest *crowd, const Nearest *witnesses) {
    double *mine = sorted_distances(crowd), *usual = sorted_distances(witnesses);
    double bound = percentile(usual, witnesses->n, 1);
    Suspicion s = { .median =
                        percentile(mine, crowd->n, 50) / percentile(usual, witnesses->n, 50) };
    for (int i = 0; i < crowd->n; i++) {
        s.suspicious += mine[i] < bound ? 1.0 / crowd->n : 0.0;
    }
    free(mine);
    free(usual);
    return s;
}

/*
## The line-up

Honest pictures: the other half of the test images; test images blurred, and with noise (for a generator's are seldom
perfect). Stolen ones: training images as they are; a crowd of which a fifth is stolen. And stolen ones in disguise:
mirrored, moved by a pixel, blurred, with noise.

For the stolen crowds there is a third figure, which a real detective does not have: how often the nearest training
image is the very one that was stolen.
*/

// Every other test image, from the place `first` on.
static void half(Crowd *crowd, const Gallery *g, double first, Rng rng) {
    (void)rng;
    for (int i = (int)first; i < g->test->n; i += 2) {
        crowd_add(crowd, g->test, i);
    }
}

// Test images, about a share of which training images have replaced.
static void mixed(Crowd *crowd, const Gallery *g, double share, Rng rng) {
    for (int i = 0; i < g->test->n; i++) {
        bool stolen = (double)rng_uniform(&rng) < share;
        crowd_add(crowd, stolen ? g->train : g->test, i % g->train->n);
    }
}

enum { WITNESSES, OTHER, BLURRED, NOISY, STOLEN, FIFTH, MIRRORED, MOVED, BLURRED_STOLEN };
static const struct {
    const char *name, *key;
    Disturbance *disturb;
    double amount;
    bool stolen; // done to training images
} lineup[] = {
    [WITNESSES] = { "test images: the witnesses", "witnesses", half, 0, false },
    [OTHER] = { "the other test images", "other", half, 1, false },
    [BLURRED] = { "test images, blurred", "blurred", blur, 2, false },
    [NOISY] = { "test images with noise", "noisy", noise, 25, false },
    [STOLEN] = { "training images", "stolen", noise, 0, true },
    [FIFTH] = { "a fifth of them stolen", "fifth", mixed, 0.2, false },
    [MIRRORED] = { "stolen, mirrored", "stolen_mirrored", mirror, 0, true },
    [MOVED] = { "stolen, moved by a pixel", "stolen_moved", shift, 1, true },
    [BLURRED_STOLEN] = { "stolen, blurred", "stolen_blurred", blur, 2, true },
    { "stolen, with noise", "stolen_noisy", noise, 25, true },
};
enum { CROWDS = sizeof lineup / sizeof *lineup };

// The share of a stolen crowd whose nearest is the one that was stolen; NaN of others.
static double caught(int k, const Nearest *nearest, int every) {
    double share = 0.0;
    for (int i = 0; i < nearest->n; i++) {
        share += nearest->place[i] == i * every ? 1.0 / nearest->n : 0.0;
    }
    return lineup[k].stolen ? share : NAN;
}

static void report_lineup(const Gallery *g, const Search *searches, const double *fid) {
    run_say(g->run, "%-28s%8s%22s%22s", "nearest training image", "", "in pixels", "in features");
    run_say(g->run, "%-28s%8s%8s%7s%7s%8s%7s%7s", "", "FID", "median", "susp.", "found", "median",
            "susp.", "found");
    for (int k = 0; k < CROWDS; k++) {
        const Search *s = &searches[k];
        Suspicion p = suspect(s->pixels, searches[WITNESSES].pixels);
        Suspicion f = suspect(s->feature, searches[WITNESSES].feature);
        struct {
            const char *what;
            double value;
        } figures[] = {
            { "fid", fid[k] },
            { "median_pixels", p.median },
            { "suspicious_pixels", p.suspicious },
            { "found_pixels", caught(k, s->pixels, s->every) },
            { "median_features", f.median },
            { "suspicious_features", f.suspicious },
            { "found_features", caught(k, s->feature, s->every) },
        };
        char line[100], *end = line;
        for (int i = 0; i < 7; i++) {
            char key[60];
            snprintf(key, sizeof key, "%s_%s", lineup[k].key, figures[i].what);
            if (isnan(figures[i].value)) {
                end += sprintf(end, "%7s", "");
                continue;
            }
            run_summary(g->run, key, figures[i].value);
            bool share = i % 3 == 2 || (i % 3 == 0 && i > 0);
            end += share ? sprintf(end, "%6.1f%%", 100.0 * figures[i].value)
                         : sprintf(end, "%8.2f", figures[i].value);
        }
        run_say(g->run, "%-28s%s", lineup[k].name, line);
    }
}

// How the distances of each crowd are spread: a row for each percent.
static void write_distances(const Gallery *g, const Search *searches) {
    char columns[1000] = "", *end = columns;
    double *distances[2 * CROWDS], row[2 * CROWDS];
    for (int k = 0; k < CROWDS; k++) {
        end += sprintf(end, "%s%s_pixels,%s_features", k ? "," : "", lineup[k].key, lineup[k].key);
        distances[2 * k] = sorted_distances(searches[k].pixels);
        distances[2 * k + 1] = sorted_distances(searches[k].feature);
    }
    Log *log = log_open(g->run, "log-nearest.csv", columns);
    for (int percent = 0; percent < PERCENTS; percent++) {
        for (int k = 0; k < 2 * CROWDS; k++) {
            row[k] = percentile(distances[k], searches[k / 2].n, percent);
        }
        log_write(log, percent, row, 2 * CROWDS);
    }
    for (int k = 0; k < 2 * CROWDS; k++) {
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
    Search searches[CROWDS];
    double fid[CROWDS];
    Dataset loot = *g->train;
    Gallery thief = *g;
    loot.n = g->test->n < loot.n ? g->test->n : loot.n;
    thief.test = &loot;
    for (int k = 0; k < CROWDS; k++) {
        Crowd crowd = crowd_create(g);
        Rng rng = rng_create((uint64_t)g->s->run.seed, RNG_NOISE);
        lineup[k].disturb(&crowd, lineup[k].stolen ? &thief : g, lineup[k].amount, rng);
        searches[k] = search_create(g, &crowd);
        fid[k] = judge_images(g->judge, crowd.images, crowd.n).fid;
        crowd_free(&crowd);
    }
    search_pixels(g, searches, CROWDS);
    if (!run_stopped(g->run)) {
        show_nearest(g, (const Search *[]){ &searches[OTHER], &searches[MOVED] }, 2);
        write_distances(g, searches);
        report_lineup(g, searches, fid);
    }
    for (int k = 0; k < CROWDS; k++) {
        search_free(&searches[k]);
    }
}

// The witnesses are test images here, too, whatever the pictures are compared with.
void nearest_of_file(Gallery *g, const Crowd *crowd) {
    Crowd witnesses = crowd_create(g);
    half(&witnesses, g, 0, rng_create(1, RNG_NOISE));
    Search searches[] = { search_create(g, &witnesses), search_create(g, crowd) };
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
    crowd_free(&witnesses);
}

/*
![Above a test image, its nearest training image in pixels and in features; below the same of a stolen picture that was moved by a pixel.](neighbours.png)

![How far the nearest training image is: the share of each crowd that is nearer than a distance.](nearest.svg)

| | FID | pixels: median | suspicious | found | features: median | suspicious | found |
|---|--:|--:|--:|--:|--:|--:|--:|
| the other test images | 0.11 | 1.01 | 1.3 % | | 1.00 | 0.5 % | |
| test images, blurred | 45.3 | 0.91 | 0.2 % | | 0.98 | 0.1 % | |
| test images with noise | 8.5 | 1.19 | 0 | | 1.11 | 0 | |
| training images | **0.17** | **0.00** | **100 %** | 100 % | **0.00** | **100 %** | 100 % |
| a fifth of them stolen | 0.05 | 0.91 | **21.4 %** | | 0.90 | **21.4 %** | |
| stolen, mirrored | 44.8 | 1.16 | 4.6 % | 26 % | 1.17 | 2.6 % | 18 % |
| stolen, moved by a pixel | **5.2** | 1.22 | 0 | 30 % | 1.13 | 0.1 % | 22 % |
| stolen, blurred | 45.2 | **0.70** | 1.9 % | 93 % | 0.97 | 0 | 2 % |
| stolen, with noise | 8.7 | **0.66** | 0 | 99.9 % | 1.05 | 0 | 31 % |

**The honest are acquitted**: of the other test images 1.3 % and 0.5 % look suspicious, where 1 % is to be expected.
(The distances 0.11 and 0.05 in the first row and the fifth are no feat: these are, wholly or for four fifths, the test
images that they are compared with.)

**Who steals openly is caught**, and so is who steals one picture in five. The median hardly notices that: it is 0.91,
like that of honest pictures that are a little blurred, for blurred pictures are nearer to everything. The suspicious
share does.

**Who disguises the loot gets away with it**, more or less. Noise and blur leave the nearest picture what it was (it is
found in 99.9 % and 93 %), but move it away; in pixels the median of 0.7 is a hint, if one knows that honest pictures
with the same noise have 1.19. One pixel to the right is enough to be safe from both measures, in the features, too. And
yet everybody who looks at the pictures sees it at once: there stands the same sandal, one pixel to the left. A distance
finds what is near *in it*, and nothing else. Whoever fears that pictures are moved has to search among moved ones
(exercise 4).

The features do worse than the pixels, although they were to be the space in which like is near like. They keep the kind
of a thing and throw away which one it is, and to find a thief one needs just that.

So when a paper shows samples with their nearest neighbours beside them, to prove that nothing was learned by heart, it
shows that nothing was learned by heart *and left where it was*.

## The scoreboard

    make scoreboard

has all generators that you have trained, by all marks of this lesson, on 10,000 samples each. This is the one of the
reference runs:

![The Fréchet distances of the course's generators, and how many of their samples are taken for which class.](scoreboard.svg)

![The Fréchet distance over the seconds of training, marks included.](fid-time.svg)

| lesson | FID | IS | smallest class | nearest | suspicious | EMD in the plane | seconds |
|---|--:|--:|--:|--:|--:|--:|--:|
| 10, conditional, 6 epochs | **4.0** | 7.81 | 9.5 % | 1.11 | 0 | | 140 |
| 7, DCGAN, 8 epochs | 13.5 | 6.44 | 8.3 % | 1.42 | 0 | | 131 |
| 9, gradient penalty, 5 epochs | 19.1 | 6.02 | 6.5 % | 1.49 | 0 | 0.14 | 123 |
| 6, dense networks, 5 epochs | 45.5 | 5.30 | 2.3 % | 1.41 | 0 | 0.14 | 98 |
| 8, clipped critic, 5 epochs | 101.3 | 3.05 | 0.9 % | 1.93 | 0 | 0.37 | 59 |
| *training images* | *0.17* | *8.55* | *9.7 %* | *0* | *100 %* | | |

**Read it with care.** The order is not the order of the papers. There, each idea comes with an experiment in which it
wins; here all have two cores and two minutes. The penalty needs a second derivative in each step, and its critic has no
batch norm; it gives safety, and at this size nothing went wrong without it. Clipping costs nearly everything. The
labels are worth more than any change of loss: they say something true about each picture, and no other lesson had them.
The rates differ, too, 0.001 in lessons 9 and 10 and 0.0002 in lesson 7, where 0.001 would have been better. Twice the
time, another size or another seed may turn neighbours round.

What holds is what is large: a clipped critic teaches least; of the others, dense networks are two to three times as far
away as convolutions; labels are better than none, by 2.5 where all else is the same (6.4 and 16.0 in lesson 10); a
class that is at 2 % is neglected. What the judge cannot see, stays unseen: it has told us nothing about whether the
shirts are shirts. (In the plane, where dense networks are all that is needed, lessons 6 and 9 are level.)

**No generator has stolen.** None has a suspicious sample in a thousand, and all are *further* from the training images
than new real pictures are, 1.1 to 1.9 times. That acquits them of stealing openly. It also says that their pictures are
a little unlike all clothes, and the order is nearly that of the Fréchet distance.

Is there a measure of everything? There is not, and there cannot be one: what is good depends on what the pictures are
for. The habit to take from here is another. Look at samples, many, not chosen by hand. Have a figure, with its $n$, its
judge, and what it is for real pictures. Try it on something that is known. And say what it does not see.

## Where this differs from the papers

- Heusel et al. compute the distance with 2,048 features of Inception-v3, a network trained on a million photographs, on
  pictures of $299 \times 299$ pixels, and with 50,000 samples against statistics of the training set. Ours has 84
  features of LeNet, and the *test* set on the other side. **No figure here can be compared with one from a paper.**
- The inception score is usually given as a mean over ten parts of the samples, with a deviation. Ours is of all samples
  at once.
- Meehan et al. compare distances to the training set, of samples and of test pictures, as we do, in each of several
  regions of the space, and with a rank test in place of our 99 %.
- Precision and recall (Kynkäänniemi et al. 2019) split the question in two: are the samples among the real pictures,
  and are the real ones among the samples? That needs the distances of this lesson and no Gaussians (exercise 5).

## Exercises

1. *Predict, then run.* Take a generator of yours, and make 10,000 samples with `--generate`. Write a program of ten
   lines that blurs them with a window of 1.5 pixels. Do they become better or worse, for the judge? Why could either
   be?
2. Give the judge the *first* hidden layer's 120 numbers for features. Do missing shirts cost more? Does the blur cost
   less?
3. The Gaussian is a simplification. Build two different clouds of points in the plane with the same mean and
   covariance, and see that their distance is 0. What does that mean for FID, and for a ring of eight modes?
4. Catch the thief who moves pictures: offer each training image nine times, moved by $-1$, 0, 1 pixels in both
   directions. What does it cost in time? What becomes of the witnesses' distances, and so of the bound?
5. Precision: the share of samples that are nearer to some real picture than this one is to its third neighbour among
   the real ones. Recall: the same with the roles exchanged. Both come out of `nearest`, called twice. Score lesson 6's
   collapsed game on the ring.
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
- T. Kynkäänniemi, T. Karras, S. Laine, J. Lehtinen, T. Aila, *Improved precision and recall metric for assessing
  generative models*, 2019, arXiv:1904.06991.
- N. J. Higham, *Functions of matrices: theory and computation*, SIAM 2008, chapter 6. G. Schulz, *Iterative Berechnung
  der reziproken Matrix*, ZAMM 13, 1933.
*/
