#include "gan/gan_program.h"
#include "measure/fid.h"

#include <stdio.h>

Dataset *gan_test_set(const RunOptions *options, const char *who, bool labels) {
    int least = options->load ? 0 : 2; // training pictures
    judge_require(options->data, who, least, labels);
    return dataset_load(options->data, TEST_SET);
}

void gan_pair_show(const GanPair *pair, const Show *show, const RunOptions *options,
                   const char *generator, const char *discriminator) {
    show_net(show, options, generator, pair->G);
    printf("\n");
    show_net(show, options, discriminator, pair->D);
}
