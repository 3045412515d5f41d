/*
# Games side by side

One game proves little; five that differ in one respect each say something. In the plane a game is small, so a lesson
plays all of them at the same time: they know nothing of each other, and each is played by one thread, from one row of
its log to the next. What a game consists of, its steps and its loop, the lesson says.
*/

#ifndef ARENA_H
#define ARENA_H

#include "critic.h"
#include "duel.h"
#include "plane.h"

#define ARENA_COLUMNS CRITIC_COLUMNS "," PLANE_FIGURES
enum {
    ARENA_DIVERSITY = CRITIC_FIGURES, // and the rest of PLANE_FIGURES
    ARENA_MODES,
    ARENA_GOOD,
    ARENA_FULLEST,
    ARENA_EMD,
    ARENA_FIGURES
};

// A game that is played, and what is known of it.
typedef struct {
    const char *name;   // in the names of its files; the first one's log is log.csv
    const char *what;   // a few words
    const void *rules;  // the lesson's
    Duel *duel;         // owned
    Penalty *penalty;   // of its critic, or NULL; owned
    const Plane *plane; // what its samples are measured with; not owned
    CriticTally tally;  // since the last row
    Rng data;           // where real points come from
    float *real;        // (batch, 2): room for them
    double (*rows)[ARENA_FIGURES];
    int n_rows; // that it has so far
} Contestant;

// Plays a contestant until its generator has taken so many steps.
typedef void Play(Contestant *contestant, long until);

typedef struct {
    Run *run;
    int n, most_rows, row; // contestants; rows in a log, at most; so far
    Contestant *contestants;
} Arena;

// With room for n contestants, of which none is there yet; most_steps: the longest game's.
Arena *arena_create(Run *run, int n, long most_steps);
void arena_free(Arena *arena);

// Puts a game in place i. batch: real points a step. Takes duel and penalty over.
void arena_enter(Arena *arena, int i, const char *name, const char *what, const void *rules,
                 Duel *duel, Penalty *penalty, const Plane *plane, int batch, uint64_t seed);

// Plays all games to their ends, with a row in each log now and then; false if the run was stopped
// before. A state that was begun keeps it all. Dies if one's samples or losses are no longer
// numbers.
bool arena_play(Arena *arena, State *state, Play *play);

// Afterwards, of each game: modes, good, emd, and over the rows of its log the rank correlation
// with the EMD of estimate (and of its changes with the EMD's) and of both losses; said as a
// table, and in the summary under its name (the first one's without).
void arena_report(const Arena *arena);

// And files: points-NAME.csv (n samples), points-real.csv of the first one's plane.
void arena_write(const Arena *arena, int n);

#endif
