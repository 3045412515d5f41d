/*
## The program

Without `--fake` it makes the experiments of the three files before this one. With it, it compares two files in the data set's own
format: what `--generate` has written, for example, with the test images, or with the pictures of `--real`. The scores
come with the numbers of pictures, and with a warning if these differ ([why](#how-many-pictures)).
*/

#include "gallery.h"
#include "base/die.h"
#include "gan/picture_eval.h"

#include <stdlib.h>
#include <string.h>

// Pictures from a file, named by an option ("--fake"), that the judge can look at. The caller frees
// images.
static Dataset pictures_of(const char *option, const char *path) {
    int size[3];
    char mend[200];
    snprintf(mend, sizeof mend,
             "%s takes an IDX file of pictures, such as build/lessons/07-dcgan --generate 10000 "
             "writes (docs/own-data.md)",
             option);
    uint8_t *images = idx_read(path, 3, size, mend);
    if (size[1] != SIDE || size[2] != SIDE) {
        die("%s %s has pictures of %d × %d pixels, and the judge knows %d × %d. Scale them, or "
            "choose another file",
            option, path, size[1], size[2], SIDE, SIDE);
    }
    if (size[0] <= FEATURES) {
        die("%s %s has %d pictures, and a distance in %d features takes at least %d. Make more, "
            "10000 if you can",
            option, path, size[0], FEATURES, FEATURES + 1);
    }
    return (Dataset){ .n = size[0], .rows = SIDE, .cols = SIDE, .images = images };
}

static void judge_file(Gallery *g, const Dataset *real, Dataset fake) {
    PictureSet set = { .images = (uint8_t *)fake.images, .n = fake.n, .most = fake.n };
    Scores s = score_set(g, &set);
    Verdict v = s.verdict;
    run_say(g->run, "FID %.2f, inception score %.2f, of %d pictures from %d real ones", v.fid,
            v.inception_score, fake.n, real->n);
    if (fake.n != real->n) {
        run_say(g->run, "Their numbers differ: compare this only with others of %d and %d.", fake.n,
                real->n);
    }
    run_say(g->run, "precision %.3f, recall %.3f, kernel distance %.4f, of %d of them", s.precision,
            s.recall, s.kernel, fake.n / 2 < COMPARED ? fake.n / 2 : COMPARED);
    run_say(g->run, "taken for");
    for (int c = 0; c < CLASSES; c++) {
        run_say(g->run, "  %-14s%6.1f %%", dataset_class_name(g->s->run.data, c),
                100.0 * v.share[c]);
    }
    verdict_report(g->run, &v, fake.n);
    run_summary(g->run, "precision", s.precision);
    run_summary(g->run, "recall", s.recall);
    run_summary(g->run, "kernel", s.kernel);
    nearest_of_file(g, &set);
    free(set.images);
}

/*
What the experiments need of their pictures follows from two of them. Of the ten classes nine are taken away, and what
is left must still be more than 84 (`missing`): so many training pictures of each class. And the test pictures are cut
into two halves, each of which is scored (`half`): twice as many of these. The test pictures must not be training pictures,
since the search for copies would then have no reference.
*/

static void require_pictures(const FidSettings *s) {
    Needs experiments = { .who = "lesson 11",
                          .side = SIDE,
                          .train = CLASSES * (FEATURES + 1),
                          .test = 2 * (FEATURES + 1),
                          .test_for = "for a distance in 84 features of either half of them",
                          .classes = ALL_CLASSES,
                          .each = FEATURES + 1,
                          .differ = true,
                          .apart = true };
    Needs comparison = { .who = "lesson 11 with --fake",
                         .side = SIDE,
                         .train = 1,
                         .test = *s->real ? 2 : FEATURES + 1,
                         .test_for = "to compare the others with",
                         .apart = true };
    dataset_require(s->run.data, *s->fake ? &comparison : &experiments);
}

int main(int argc, char **argv) {
    FidSettings s = {
        .run = RUN_DEFAULTS("11-fid"), .real = "", .fake = "", .draws = 40, .sought = 1000
    };
    const Option options[] = {
        option_text("fake", &s.fake, "IDX file of pictures: score these"),
        option_text("real", &s.real, "IDX file to compare them with, or test images"),
        option_int("draws", &s.draws, 1, 1000, "sets of each number of pictures"),
        option_int("sought", &s.sought, 10, 100000, "pictures whose nearest are looked for"),
        RUN_OPTIONS(s.run),
        OPTION_END,
    };
    cli_parse(options, argc, argv, "Lesson 11: Fréchet distances.");
    if (*s.real && !*s.fake) {
        die("--real names what pictures are compared with; name those, too: --fake FILE");
    }
    if (*s.fake && strcmp(s.run.name, "default") == 0) {
        s.run.name = "compared"; // a comparison does not take the experiments' place
    }
    Run *run = run_open(&s.run, options);
    Gallery g = { .run = run, .s = &s };
    require_pictures(&s);
    Dataset *test = dataset_load(s.run.data, TEST_SET);
    g.train = dataset_load(s.run.data, TRAIN_SET);
    g.test = test;
    Dataset fake = *s.fake ? pictures_of("--fake", s.fake) : (Dataset){ 0 };
    Dataset real = *s.real ? pictures_of("--real", s.real) : *test;
    g.judge = judge_create(&real);
    choose_real(&g, &real);
    g.features = alloc_floats((size_t)g.train->n * FEATURES);
    judge_look(g.judge, g.features, NULL, g.train->images, g.train->n);
    if (*s.fake) {
        judge_file(&g, &real, fake);
    } else {
        check_plain(&g);
        see_disturbances(&g);
        judge_cases(&g);
        count_pictures(&g);
        look_for_copies(&g);
    }
    if (*s.real) {
        free((uint8_t *)real.images);
    }
    free(g.features);
    free(g.real);
    judge_free(g.judge);
    dataset_free(g.train);
    dataset_free(test);
    return run_close(run);
}
