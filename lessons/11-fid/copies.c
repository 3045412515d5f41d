/*
## What it does not see

The lowest distance of all has 10,000 *training* images: 0.17. A generator that had them in its weights, picture by picture, and could
make nothing else, would beat every one that has learned what a shoe is. Nothing in the formula can object. The training images *are*
clothes, and the distance knows only two clouds of points. It does not know which points the generator has been shown.

To find a thief one has to look at what could have been stolen. For each sample we search the nearest training image, in
[sixty thousand](../../common/nearest.h); in the pixels, and once more in the judge's features. How near is too near? An honest generator makes
pictures of the same kind, and among 60,000 something similar is always found. So there has to be a measure of what is usual, and the
test images are it: real, and certainly not copied. Half of them serve as *witnesses*. From them we take two figures:

- the **median** distance of a crowd, divided by that of the witnesses: 1 for honest pictures, 0 for a crowd of copies;
- the **suspicious share**: how many pictures are nearer to a training image than 99 % of the witnesses are. For honest pictures it is
  about 1 %, by construction. It notices a thief who steals only now and then.

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

Honest pictures: the other half of the test images; test images blurred, and with noise (for a generator's are seldom perfect). Stolen ones:
training images as they are; a crowd of which a fifth is stolen. And stolen ones in disguise: mirrored, moved by a pixel, blurred,
with noise.

For the stolen crowds there is a third figure, which a real detective does not have: how often the nearest training image is the very one
that was stolen.
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
    image_grid_grey(run_path(g->run, "samples/nearest.png"), x, n * 3 * SHOWN, SIDE, SIDE, SHOWN, 2,
                    0.0f, 1.0f);
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
