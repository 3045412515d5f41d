/*
## The logs

A row every twenty steps or so: the training losses of all nets, and what has been measured of the watched ones.
*/

#include "contest.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define CONTESTANT_NAMES                                                                           \
    "plain_good_low<,plain_good_middle<,plain_good_high<,plain_bad_low<,plain_bad_middle<,"        \
    "plain_bad_high<,bn_good_low<,bn_good_middle<,bn_good_high<,bn_bad_low<,bn_bad_middle<,bn_"    \
    "bad_high<,"                                                                                   \
    "shaken<,dropout<,"                                                                            \
    "plain_good_x2<,plain_good_x3<,plain_good_x7<,plain_good_x10<,plain_good_x14<,"                \
    "bn_good_x2<,bn_good_x3<,bn_good_x7<,bn_good_x10<,bn_good_x14<,"                               \
    "bn_bad_x2<,bn_bad_x3<,bn_bad_x7<,bn_bad_x10<,bn_bad_x14<"

#define WATCHED_NAMES                                                                              \
    "plain_good_middle,bn_good_middle,plain_good_high,bn_good_high,plain_bad_middle,"              \
    "bn_bad_middle,shaken"

// Of the nets with batch norm also the shift in front of it.
#define SHIFT_NAMES                                                                                \
    WATCHED_NAMES ",bn_good_middle_front,bn_good_high_front,bn_bad_middle_front,shaken_front"

Logs open_logs(Run *run) {
    char columns[1024] = "";
    for (int w = 0, length = 0; w < WATCHED; w++) {
        for (int l = 1; l <= DEPTH; l++) {
            length += snprintf(columns + length, sizeof columns - (size_t)length, "%s%s_%d",
                               length ? "," : "", contestants[watched[w]].name, l);
        }
    }
    return (Logs){
        .losses = log_open(run, "log.csv", CONTESTANT_NAMES),
        .means = log_open(run, "log-means.csv", columns),
        .deviations = log_open(run, "log-deviations.csv", columns),
        .shift = log_open(run, "log-shift.csv", SHIFT_NAMES),
        .kept = log_open(run, "log-kept.csv",
                         "plain_low,plain_middle,plain_high,bn_low,bn_middle,bn_high"),
    };
}

void write_row(Contest *t, const Logs *logs) {
    double loss[CONTESTANTS];
    for (int c = 0; c < CONTESTANTS; c++) {
        loss[c] = t->diverged_at[c] ? NAN : t->loss_sum[c] / t->since;
        t->loss_sum[c] = 0.0;
        int w = watched_place(c);
        for (int l = 0; w < WATCHED && t->diverged_at[c] && l < DEPTH; l++) {
            t->mean[w][l] = t->deviation[w][l] = t->shift[w] = t->front[w] = NAN;
        }
        for (int i = 0; w < PROBED && t->diverged_at[c] && i < LENGTHS; i++) {
            t->kept[w][i] = NAN;
        }
    }
    t->since = 0.0;
    log_write(logs->losses, t->step, loss, CONTESTANTS);
    log_write(logs->means, t->step, t->mean[0], WATCHED * DEPTH);
    log_write(logs->deviations, t->step, t->deviation[0], WATCHED * DEPTH);
    double shift[2 * WATCHED];
    int n = WATCHED;
    memcpy(shift, t->shift, sizeof t->shift);
    for (int w = 0; w < WATCHED; w++) {
        if (contestants[watched[w]].kind == NORMED) {
            shift[n++] = t->front[w];
        }
    }
    log_write(logs->shift, t->step, shift, n);
    log_write(logs->kept, t->step, t->kept[0], PROBED * LENGTHS);
    run_progress(t->run, "training", t->step, t->total, "loss %.3f, with batch norm %.3f", loss[1],
                 loss[7]);
}
