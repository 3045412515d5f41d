/*
# States: to go on as if nothing had happened

A run of an hour is killed after fifty minutes: the machine was needed, the battery was empty, somebody pressed Ctrl-C. The
weights of the last epoch may lie in a checkpoint. Is it enough to load them and go on?

It would train, and it would be another run. Adam would have lost its two memories of the gradients, and would count its steps
from 1 again. The images would come in another order, and those that this epoch has used already could come twice. Dropout
would draw other masks, batch norm would begin with other statistics; and the log would have a gap, or the same rows twice.
No later figure would be the one that the uninterrupted run prints, so none could be checked.

So what else is there? Everything that the next step depends on is the *state* of a run:

| what | why |
|---|---|
| weights, running statistics | they are the network |
| an optimizer's memories, its count of steps, its learning rate | they decide the next step |
| the order of the images, and the place in it | they decide the next batch |
| each random stream | masks, noise, the next shuffle |
| the lesson's counters, sums and results so far | they decide the next row, and when to end |
| the rows written so far | a killed run leaves no log |
| every option | with another learning rate it would be another run |

All of this goes into one file, `state.safetensors`, which is written whole or not at all (see [files](file.html)). Whoever
stops us, at whatever moment, leaves the state that was saved last. With `--resume` a run puts it back, loses the steps that it
had taken since, takes them again, and ends with the same bytes as a run that nobody disturbed.

## Acts

A lesson trains several networks, one after the other. To find the way back to the middle of the fifth, the program is simply
run again from its beginning, and what is done already is passed over. For that it is divided into *acts*, each with a name:

    State *state = state_open(run, options);
    state_doubles(state, "results", results, N);         // outside of an act: kept to the end of the run
    Log *log = log_open(run, "log.csv", "loss");
    …
    if (state_begin(state, "lenet")) {                   // false: it is over, and what it wrote is back in its place
        Net *net = net_create(lenet, …);                 // as for a new run, then overwritten
        long step = 0;
        state_net(state, "net", net);                    // in an act: kept to the end of the act
        state_longs(state, "step", &step, 1);
        while (step < total && !run_stopped(run)) {
            …                                            // forward, loss, backward, step; step++; log_row
            if (step % per_epoch == 0) {
                state_save(state);
            }
        }
        if (step == total) {
            …                                            // results[…], run_summary, checkpoint_save
        }
        state_end(state, step == total);                 // false: Ctrl-C
        net_free(net);
    }

Naming a place does two things. From then on it is saved; and if the run goes on from the middle of this act, it gets its value
there and then. So between `state_begin` and the loop stands what a new run needs too, and nothing asks whether this is one.

What is outside of acts is done again each time. It may write rows and figures like anything else, if it always writes the same
ones: the uninterrupted run's come from there as well.
*/

#ifndef STATE_H
#define STATE_H

#include "dataset.h"
#include "net.h"
#include "optimizer.h"
#include "runlog.h"

typedef struct State State;

// Without --resume: the state of a new run; nothing is read or written. With it: reads
// state.safetensors from the run's folder. Dies, with the folder as it was, if the file is damaged,
// or of another lesson or version, or if an option of the table differs from what it was (except
// --threads, --quiet, --name, --out and --resume itself).
State *state_open(Run *run, const Option *table);

// Frees it. Saves nothing.
void state_close(State *state);

// Begins an act. False: it is to be passed over, because it is over (what it wrote to the run's
// files is written again), or because the run was stopped. Names of acts are short, unique, and
// without a slash; one act is not inside another.
bool state_begin(State *state, const char *act);

// Writes state.safetensors. Call it between two steps: gradients are not kept.
void state_save(State *state);

// Ends the act and saves. Its places are forgotten. Not `over`: the act was left because the run was
// stopped, and a resumed run goes on in its middle.
void state_end(State *state, bool over);

// Names a place, unique within its act; it must stay where it is until the act ends, or, outside of
// acts, until state_close. If the run goes on from here, the place is filled with what it held.
void state_ints(State *state, const char *name, int *x, size_t n);
void state_longs(State *state, const char *name, long *x, size_t n);
void state_floats(State *state, const char *name, float *x, size_t n);
void state_doubles(State *state, const char *name, double *x, size_t n);
void state_rng(State *state, const char *name, Rng *rng);

// The same for all that the next step needs of these: weights, running statistics and dropout's
// stream; memories, steps and learning rate; order, place and stream.
void state_net(State *state, const char *name, Net *net);
void state_optimizer(State *state, const char *name, Optimizer *optimizer);
void state_batches(State *state, const char *name, Batches *batches);

#endif
