/*
# Critics

The discriminator of lesson 6 says how probable it is that an example is real. A *critic* gives it a score, any number
at all, and tries to make the real ones' mean higher than the made ones'. Among all functions whose slope is nowhere
more than 1, the best critic's difference *is* the earth mover's distance. How that comes about is lesson 8's matter.
What it takes to keep the slope in bounds is here:

- **clipping** (lesson 8): no weight may be larger than $c$. Crude, and one line;
- the **gradient penalty** (lesson 9): the loss gets a term that grows as the slope departs from 1, at points between
  real and made ones,

$$ \lambda\, \mathrm{E}\big[ (\lVert \nabla_{\hat x} D(\hat x) \rVert - 1)^2 \big], \qquad \hat x = \epsilon\, x + (1 - \epsilon)\, G(z), \quad \epsilon \sim U[0, 1]. $$

What a log of such a game has, all but the last two as means over the steps since the row before:

| column | what it is |
|---|---|
| `estimate` | mean score of real examples less mean score of made ones: what the critic takes the distance for, up to its slope |
| `score_real`, `score_fake` | the two by themselves; they wander, and mean nothing alone |
| `loss_d`, `loss_g` | the losses: of the critic, `-estimate` and the penalty; of the generator, `score_fake` with the other sign, in its own steps |
| `grad_d`, `grad_g` | length of the gradients that both are trained with |
| `penalty`, `slope` | the penalty with its $\lambda$, and the mean of $\lVert \nabla D \rVert$ where it was looked at; empty without penalty |
*/

#ifndef CRITIC_H
#define CRITIC_H

#include "net.h"
#include "rng.h"

// Cuts all of w (n) to [-c, c]. Arjovsky et al. 2017 (arXiv:1701.07875), Algorithm 1, line 7.
void clip_weights(float *w, size_t n, float c);

// Where a layer has weights or biases beyond ±c, makes all of them smaller by one factor. Before
// the first step: cutting them would make a pile at the bounds that no training has made.
void begin_inside(Net *critic, float c);

// Share of w (n) within 1 % of ±c.
double share_at_bounds(const float *w, size_t n, float c);

// What the penalty needs besides the critic.
typedef struct {
    Net *critic;        // not owned
    float lambda;       // its weight
    Rng stream;         // where ε comes from
    float *between, *v; // (batch, in): the points that are looked at; the direction of the tangent
    float *ones;        // (batch)
    double slope;       // mean |∇D| in the last call
} Penalty;

// Aborts, by name and reason, if a layer of the critic has no tangent pass. Its output is one
// score.
Penalty *penalty_create(Net *critic, float lambda, Rng stream);
void penalty_free(Penalty *penalty);

// At n points between real and fake (n, in), one ε an example: returns λ·mean((|∇D| - 1)²) and
// adds its gradient to the critic's grads. |∇D| is √(Σ² + 1e-12), over all numbers of an example.
// Gulrajani et al. 2017 (arXiv:1704.00028), eq. 3.
float penalty_step(Penalty *penalty, const float *real, const float *fake, int n);

// The same at the given points x (n, in).
float penalty_at(Penalty *penalty, const float *x, int n);

// The columns of a log, their number, and sums since the last row: all doubles, for
// state_doubles(…, (double *)&tally, CRITIC_TALLY).
#define CRITIC_COLUMNS "estimate,score_real,score_fake,loss_d,loss_g,grad_d,grad_g,penalty,slope"
enum {
    ESTIMATE,
    SCORE_REAL,
    SCORE_FAKE,
    LOSS_D,
    LOSS_G,
    GRAD_D,
    GRAD_G,
    PENALTY,
    SLOPE,
    CRITIC_FIGURES
};
typedef struct {
    double sum[CRITIC_FIGURES]; // in the order of CRITIC_COLUMNS
    double steps_d, steps_g, penalties;
} CriticTally;
enum { CRITIC_TALLY = sizeof(CriticTally) / sizeof(double) };

// A step of the critic with these mean scores and this loss, of the generator with this loss; the
// networks have their gradients. A penalty that was computed.
void critic_tally_d(CriticTally *tally, float score_real, float score_fake, float loss,
                    const Net *D);
void critic_tally_g(CriticTally *tally, float loss, const Net *G);
void critic_tally_penalty(CriticTally *tally, float penalty, double slope);

// Means (CRITIC_FIGURES) since the last row, NaN where there was nothing; the tally begins anew.
void critic_tally_row(double *row, CriticTally *tally);

#endif
