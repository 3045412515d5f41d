/*
# A critic's game with pictures

Lessons 8 and 9 play the same game with pictures but for what keeps the critic from being steep. What is watched
meanwhile is the same, too, and stands here: a row of the log now and then, the judge at the beginning and after each
epoch, and at the end a picture of the samples and both networks. An epoch is a pass of the *critic* over the pictures.
The loop itself, with its two steps, is in the lessons.
*/

#ifndef SITTING_H
#define SITTING_H

#include "critic.h"
#include "duel.h"
#include "studio.h"

typedef struct {
    Studio *studio; // not owned
    Duel *duel;     // not owned
    State *state;
    Log *log;                 // log-pictures.csv: CRITIC_COLUMNS, diversity
    CriticTally tally;        // since its last row
    long steps, total, every; // of the critic: so far, in all, from row to row
} Sitting;

// Opens the log, and names the studio, the duel and itself to the state, whose act has begun. A
// new game is judged at once.
void sitting_begin(Sitting *sitting, Studio *studio, Duel *duel, State *state, long total);

// Whether there is another step to take: not if the run was stopped.
bool sitting_goes_on(const Sitting *sitting);

// To be called after each step of the critic, and the generator's step if one was due: counts,
// writes, judges, saves the state. Dies if a loss or a sample is no longer a number.
void sitting_record(Sitting *sitting);

// Whether the game is over; then writes samples/clothes.png, model.safetensors (the generator) and
// discriminator.safetensors (the critic).
bool sitting_end(Sitting *sitting);

#endif
