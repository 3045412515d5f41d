/*
# Games side by side

One game proves little. Several that differ in one respect each say more. In the plane a game is small, so a lesson
plays all of them at the same time: they know nothing of each other, and each is played by one thread, from one row of
its log to the next. What a game consists of, its steps and its loop, the lesson says.

A game is over before its end, *diverged*, when a loss or a sample is no longer a number, or when the loss of a discriminator is
above a million nats.
*/

#ifndef TOY_GAMES_H
#define TOY_GAMES_H

#include "gan/gan_pair.h"
#include "gan/gan_tally.h"
#include "gan/samples2d.h"

// The figures of a row: those of GAN_COLUMNS or, with critics, of CRITIC_COLUMNS; then those of
// SAMPLES2D_COLUMNS, from toy_games->first_sample on.
enum { TOY_GAME_FIGURES = CRITIC_FIGURES + SAMPLES2D_FIGURES };

// A game that is played, and what is known of it.
typedef struct {
    // What the lesson says when the game enters.
    const char *name;         // in the names of its files; the first one's log is log.csv
    const char *what;         // a few words
    const void *rules;        // the lesson's: how it is played
    void *own;                // the lesson's: what its steps need and change besides, or NULL
    GanPair *pair;            // owned from then on
    const Samples2d *samples; // what its samples are measured with; not owned
    Rng data;                 // where real points come from
    bool may_diverge;         // it then takes no more steps, where another one stops the run

    // What has come of it since.
    float *real;                      // (D->batch, 2): room for real points
    GanTally tally;                   // since the last row
    double (*rows)[TOY_GAME_FIGURES]; // of its log
    long n_rows;                      // that it has so far
    bool moved;                       // whether it took steps for the last row
    const float *x;                   // its samples then (SAMPLES2D_N, 2), until G's next pass
    long diverged;                    // the step at which that was found, or 0
} ToyGame;

// Plays a game until its generator has taken so many steps.
typedef void ToyPlay(ToyGame *game, long until);

typedef struct {
    Run *run;
    bool critics;
    int first_sample;
    int n, most_rows; // games; rows in a log, at most
    long row;         // so far
    long every;       // steps from one row to the next; 0: most_rows rows, spread evenly
    ToyGame *games;
    Log **logs;
} ToyGames;

// With room for n games, of which none is there yet; most_steps: the longest game's. critics: whether
// it is critics that the generators play against.
ToyGames *toy_games_create(Run *run, int n, long most_steps, bool critics);
void toy_games_free(ToyGames *toy_games);

// Before a game enters: a row each `every` steps of games that all take `steps`.
void toy_games_row_every(ToyGames *toy_games, long every, long steps);

// Puts a game in place i.
void toy_games_enter(ToyGames *toy_games, int i, ToyGame game);

// When all have entered: opens their logs, and names all but what is the lessons' to the state,
// whose act has begun.
void toy_games_begin(ToyGames *toy_games, State *state);

// Whether there is another row to play: not if the run was stopped.
bool toy_games_go_on(const ToyGames *toy_games);

// Plays all games to the next row of their logs, and writes it. Dies if one's samples or losses are
// no longer numbers, unless it may diverge.
void toy_games_play(ToyGames *toy_games, ToyPlay *play);

// Whether all games are over.
bool toy_games_over(const ToyGames *toy_games);

// Afterwards, of each game with a critic: modes, good, emd, and over the rows of its log the rank
// correlation with the EMD of estimate (and of its changes with the EMD's) and of both losses; said
// as a table, and in the summary under its name (the first one's without).
void toy_games_report(const ToyGames *toy_games);

// And files: points-NAME.csv (n samples), points-real.csv of what the first one is measured with.
void toy_games_write(const ToyGames *toy_games, int n);

#endif
