#ifndef LAB_H
#define LAB_H

#include "game.h"

// A game of the lab: what it is called, in the files and in words, and its rules.
typedef struct {
    const char *name, *what;
    Rules rules;
} Experiment;

enum { LAB = 9 };
extern const Experiment lab[LAB];

// The rules of that name. Aborts if there are none.
const Rules *lab_rules(const char *name);

// The columns of a row: those of GAN_COLUMNS, and then these.
#define PLANE_COLUMNS GAN_COLUMNS "," PLANE_FIGURES
enum { LOSS_OF_D, LOSS_OF_G, D_OF_X, D_OF_FAKE, RIGHT_REAL, RIGHT_FAKE, GRAD_OF_D, GRAD_OF_G };
enum { DIVERSITY = GAN_FIGURES, MODES, GOOD, FULLEST, EMD, COLUMNS };

// What a detector says of a game.
typedef enum { HEALTHY, DIVERGED, VANISHED, COLLAPSED, MODES_MISSING, DIAGNOSES } Diagnosis;
extern const char *const diagnoses[DIAGNOSES];

// From the rows of its log; modes: of the data, 0 if they are not known.
Diagnosis diagnose(const double (*rows)[COLUMNS], int n, int modes);

enum {
    LEAST_ROWS = 60,    // of a log, in a long run
    LONGEST_WAIT = 200, // steps from one row to the next
    FRAMES = 30,        // moments of which samples are kept …
    SHOWN = 250,        // … and how many
    HEATS = 4,          // moments of which D is drawn
};

// A game that is played, and what is known of it.
typedef struct {
    const char *name;
    Game *game;
    Rng data;                // where real points come from
    float *real;             // (batch, 2)
    double (*rows)[COLUMNS]; // of its log
    long over;               // the step at which it was found to have diverged, or 0
    float frames[FRAMES][SHOWN][2];
} Contestant;

typedef struct {
    Run *run;
    const Settings *settings;
    int n, n_rows;
    long step, every; // so far; from one row to the next
    Contestant contestants[1 + LAB];
    Plane *plane; // what samples are measured with
    float heat[HEATS][PLANE_CELLS][PLANE_CELLS];
} Arena;

// In lab.c: says how the games went, and writes their figures to the summary.
void arena_report(const Arena *arena);

#endif
