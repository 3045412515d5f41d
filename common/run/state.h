/*
# States: to go on as if nothing had happened

A run of an hour is killed after fifty minutes: the machine was needed, the battery was empty, somebody pressed Ctrl-C. The
weights of the last epoch may be in a checkpoint. Is it enough to load them and go on?

The network would go on learning, but it would be another run. Adam would have lost its two running means of the gradients, and
would count its steps from 1 again. The images would come in another order, and some of this epoch could come twice. Dropout
would draw other masks, and batch norm would begin with other statistics. The log would have a gap, or the same rows twice. No
later figure would equal that of an uninterrupted run, so none could be checked.

What else has to be kept? Everything that the next step depends on. It is called the *state* of a run:

| what | why |
|---|---|
| weights, running statistics | they are the network |
| an optimizer's running means, its count of steps, its learning rate | they decide the next step |
| the order of the images, and the place in it | they decide the next batch |
| each random stream | masks, noise, the next shuffle |
| the lesson's counters, sums and results so far | they decide the next row, and when to end |
| the rows written so far | a killed run leaves no log |
| every option | with another learning rate it would be another run |

All of this goes into one file, `state.safetensors`, which is written completely or not at all (see [files](file.html)). So
whenever a run is stopped, the state that was saved last remains. With `--resume` a run loads it, repeats the steps that were
taken since, and ends with the same bytes as an uninterrupted run.

## Acts

A lesson trains several networks, one after the other. How does a program return to the middle of the fifth? It runs again from
its beginning and skips what is done already. For that it is divided into *acts*, each with a name:

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

`state_net` and `state_longs` *name a place*, that is, a piece of memory. This does two things. From then on the place is saved;
and if the run goes on from the middle of this act, the place gets its saved value at once. So the code between `state_begin` and
the loop is the same for a new run and for one that goes on.

What is outside of acts is done again each time. It may write rows and figures, too, if it always writes the same ones.
*/

#ifndef STATE_H
#define STATE_H

#include "data/dataset.h"
#include "nn/net.h"
#include "nn/optimizer.h"
#include "run/runlog.h"

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

// A number of steps, rows or the like, 0 to most: dies if the file has another.
void state_count(State *state, const char *name, long *count, long most);

// The same for all that the next step needs of these: weights, running statistics and dropout's
// stream; memories, steps and learning rate; order, place and stream. Dies if a weight or a memory in the
// file is NaN or infinite: a lesson whose networks may diverge and stay names their arrays itself.
void state_net(State *state, const char *name, Net *net);
void state_optimizer(State *state, const char *name, Optimizer *optimizer);
void state_batches(State *state, const char *name, Batches *batches);

#endif
