/*
# Watching a game

A generator and a discriminator are trained against each other, and neither's loss says how good it is: each is measured
against an opponent that changes. What can be watched instead? A few figures that, together, tell a good game from one that has
failed (the guide to [reading GAN curves](reading-gan-curves.html) has the pictures):

| column | what it is | worth knowing |
|---|---|---|
| `loss_d`, `loss_g` | both losses, in nats | a discriminator that only guesses has $2 \log 2 = 1.386$ |
| `d_real`, `d_fake` | mean of $D(x)$ and of $D(G(z))$ | 1 and 0: it is certain; ½ and ½: it cannot tell |
| `acc_real`, `acc_fake` | share of real and of fake examples that it gets right | |
| `grad_d`, `grad_g` | norm of the gradients that both are trained with | near 0: nothing is learned |
| `diversity` | how far apart two samples are, compared with two real examples | near 0: all samples are the same |

All but the last one are means over the steps since the row before. They cost little: logits and losses are at hand, and
the norms take one pass over the gradients.

The games of lessons 8 and 9 have a [critic](critic.html) in the discriminator's place: no probabilities, but scores of
any size. Their logs have these columns, all but the last two as means over the steps since the row before:

| column | what it is |
|---|---|
| `estimate` | mean score of real examples less mean score of generated ones: the critic's estimate of the distance, up to its slope |
| `score_real`, `score_fake` | the two by themselves; a constant added to both changes nothing |
| `loss_d`, `loss_g` | the losses: of the critic, `-estimate` and the penalty; of the generator, `score_fake` with the other sign, in its own steps |
| `grad_d`, `grad_g` | norm of the gradients that both are trained with |
| `penalty`, `slope` | the penalty with its $\lambda$, and the mean of $\lVert \nabla D \rVert$ where it was looked at; empty without penalty |
*/

#ifndef GAN_TALLY_H
#define GAN_TALLY_H

#include "nn/net.h"

// The columns of a log, without diversity, and what stands in which of them.
#define GAN_COLUMNS "loss_d,loss_g,d_real,d_fake,acc_real,acc_fake,grad_d,grad_g"
enum {
    GAN_LOSS_D,
    GAN_LOSS_G,
    GAN_D_REAL,
    GAN_D_FAKE,
    GAN_ACC_REAL,
    GAN_ACC_FAKE,
    GAN_GRAD_D,
    GAN_GRAD_G,
    GAN_FIGURES
};

// The same of a game with a critic.
#define CRITIC_COLUMNS "estimate,score_real,score_fake,loss_d,loss_g,grad_d,grad_g,penalty,slope"
enum {
    CRITIC_ESTIMATE,
    CRITIC_SCORE_REAL,
    CRITIC_SCORE_FAKE,
    CRITIC_LOSS_D,
    CRITIC_LOSS_G,
    CRITIC_GRAD_D,
    CRITIC_GRAD_G,
    CRITIC_PENALTY,
    CRITIC_SLOPE,
    CRITIC_FIGURES
};

// What has been added up in each column since the last row, and how many times. All doubles, so
// that a state keeps it: state_doubles(…, (double *)&tally, GAN_TALLY).
typedef struct {
    double sum[CRITIC_FIGURES], count[CRITIC_FIGURES]; // a game without critic has one fewer
} GanTally;
enum { GAN_TALLY = sizeof(GanTally) / sizeof(double) };

// The discriminator's logits (n) on real and on fake examples, in its own step.
void gan_tally_real(GanTally *tally, const float *logits, int n);
void gan_tally_fake(GanTally *tally, const float *logits, int n);

// The loss and the network, with its gradients, of a step of the discriminator, of the generator.
void gan_tally_d(GanTally *tally, float loss, const Net *D);
void gan_tally_g(GanTally *tally, float loss, const Net *G);

// A step of the critic with these mean scores and this loss, of the generator with this loss; the
// networks have their gradients. A penalty that was computed, and the mean |∇D| that it saw.
void critic_tally_d(GanTally *tally, float score_real, float score_fake, float loss, const Net *D);
void critic_tally_g(GanTally *tally, float loss, const Net *G);
void critic_tally_penalty(GanTally *tally, float penalty, double slope);

// Means since the last row (GAN_FIGURES, CRITIC_FIGURES), NaN where there was nothing; the tally
// begins anew.
void gan_tally_row(double *row, GanTally *tally);
void critic_tally_row(double *row, GanTally *tally);

// The mean distance between x[i] and x[i + n/2], examples (n, d): of n/2 random pairs, if the
// examples are independent. n even.
double mean_distance(const float *x, int n, int d);

#endif
