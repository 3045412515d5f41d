#include "run/show.h"
#include "base/die.h"
#include "nn/draw.h"
#include "nn/summary.h"

#include <stdio.h>

bool show_asked(const Show *show) {
    return show->summary || show->draw;
}

void show_net(const Show *show, const RunOptions *options, const char *name, const Net *net) {
    char path[4096];
    summary_print(stdout, name, net);
    if (!show->draw) {
        return;
    }
    if (snprintf(path, sizeof path, "%s/%s/%s.svg", options->out, options->lesson, name) >=
        (int)sizeof path) {
        die("the path %s/%s is too long. Choose a shorter --out", options->out, options->lesson);
    }
    draw_net(path, name, net);
    printf("drawn in ");
    print_plain(stdout, path);
    printf("\n\n");
}
