/*
# A critic's game with pictures

Lessons 8 and 9 play the same game with pictures, except for what bounds the critic's slope. What is recorded
is the same and stands here: a row of the log twenty times an epoch, the judge's verdict before the first step and after each
epoch, and at the end a grid of samples and both networks. An epoch is a pass of the *critic* over the pictures.
The loop itself, with its two steps, is in the lessons.
*/

#ifndef CRITIC_TRAINING_H
#define CRITIC_TRAINING_H

#include "gan/gan_pair.h"
#include "gan/gan_tally.h"
#include "gan/picture_eval.h"

typedef struct {
    PictureEval *eval;        // not owned
    GanPair *pair;            // not owned
    Log *log;                 // log-pictures.csv: CRITIC_COLUMNS, diversity
    GanTally tally;           // since its last row
    long steps, total, every; // of the critic: so far, in all, from row to row
} CriticTraining;

// Opens the log, and names the evaluation, the pair and itself to the state, whose act has begun. A
// new game is judged at once.
void critic_training_begin(CriticTraining *training, PictureEval *eval, GanPair *pair, State *state,
                           long total);

// Whether there is another step to take: not if the run was stopped.
bool critic_training_goes_on(const CriticTraining *training);

// After training->steps steps of the critic: whether a row of the log is due, and the row. Dies if a
// loss or a sample is no longer a number.
bool critic_training_row_is_due(const CriticTraining *training);
void critic_training_write_row(CriticTraining *training);

// Whether an epoch ends with this step: the samples are to be judged, and the state to be saved.
bool critic_training_epoch_ends(const CriticTraining *training);

bool critic_training_over(const CriticTraining *training);

// Afterwards: samples/clothes.png, model.safetensors (the generator) and discriminator.safetensors
// (the critic).
void critic_training_save(const CriticTraining *training);

#endif
