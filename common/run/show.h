/*
# Networks as tables and drawings

With `--summary` a lesson prints the [table](summary.html) of each of its networks, and with `--draw` it also writes a
[drawing](draw.html) of each. Nothing is trained.
*/

#ifndef SHOW_H
#define SHOW_H

#include "nn/net.h"
#include "run/runlog.h"

typedef struct {
    bool summary, draw;
} Show;

#define SHOW_OPTIONS(show)                                                                         \
    option_flag("summary", &(show).summary, "print the networks' layers, and do nothing else"),    \
        option_flag("draw", &(show).draw, "the same, and draw them: OUT/LESSON/NETWORK.svg")

// True if a network is to be shown, and nothing trained.
bool show_asked(const Show *show);

// Prints the table of a network; with --draw writes OUT/LESSON/name.svg and says so.
void show_net(const Show *show, const RunOptions *options, const char *name, const Net *net);

#endif
