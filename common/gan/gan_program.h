/*
# What the programs of lessons 6 to 10 share

These lessons share some options, the test pictures that the judge compares samples with, and `--summary`, which prints both
networks.
*/

#ifndef GAN_PROGRAM_H
#define GAN_PROGRAM_H

#include "data/dataset.h"
#include "gan/gan_pair.h"
#include "gan/samples2d.h"
#include "run/runlog.h"
#include "run/show.h"

// Rows for a table of options; s: the lesson's settings, with members of these names. Games in the
// plane.
#define TOY_NET_OPTIONS(s)                                                                         \
    option_int("width", &(s).width, 1, 4096, "units of a hidden layer, in the plane"),             \
        option_int("depth", &(s).depth, 1, TOY_NET_DEPTH, "hidden layers, in the plane")

// With pictures, beside games in the plane.
#define PICTURE_OPTIONS(s, what_an_epoch_is)                                                       \
    option_int("epochs", &(s).epochs, 1, 1000, what_an_epoch_is),                                  \
        option_int("picture-batch", &(s).picture_batch, 2, 4096, "pictures a step"),               \
        option_int("images", &(s).images, 2, 1000000, "training pictures to use")

// The end of each table.
#define GAN_OPTIONS(s)                                                                             \
    option_int("generate", &(s).generate, 0, 1000000, "samples to write at the end"),              \
        SHOW_OPTIONS((s).show),                                                                    \
        LOAD_OPTION((s).run, "judge this generator instead of training one"),                      \
        RESUME_OPTION((s).run), RUN_OPTIONS((s).run), OPTION_END

// The test pictures, for a judge. Dies if the data are not what it needs: who is "lesson 8"; apart:
// each class is wanted among them.
Dataset *gan_test_set(const RunOptions *options, const char *who, bool labels);

// Shows both networks under these names.
void gan_pair_show(const GanPair *pair, const Show *show, const RunOptions *options,
                   const char *generator, const char *discriminator);

#endif
