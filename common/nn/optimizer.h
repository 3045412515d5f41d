/*
# Optimizers

The gradient $g$ says in which direction the loss rises fastest from where we stand. Every method below answers the
same question with it: where to step next? They differ in what they remember. Plain gradient descent (SGD, for
*stochastic*: its gradient is that of a random batch) remembers nothing; momentum remembers, in $v$, the direction of
past steps; AdaGrad and RMSprop remember, in $s$, for each weight by itself, how large its gradients have been; Adam
remembers both. How fast they forget is set by $\mu$, $\alpha$ and the $\beta$s, all below 1; $\epsilon$ is tiny, and
keeps a gradient of 0 from being divided by 0. The hats are explained at Adam.

| method | memory per weight | step $\Delta w$ |
|---|---|---|
| SGD | none | $-\eta g$ |
| momentum | $v \leftarrow \mu v + g$ | $-\eta v$ |
| Nesterov | $v \leftarrow \mu v + g$ | $-\eta (g + \mu v)$ |
| AdaGrad | $s \leftarrow s + g^2$ | $-\eta g / (\sqrt{s} + \epsilon)$ |
| RMSprop | $s \leftarrow \alpha s + (1 - \alpha) g^2$ | $-\eta g / (\sqrt{s} + \epsilon)$ |
| Adam | $m \leftarrow \beta_1 m + (1 - \beta_1) g,$ $s \leftarrow \beta_2 s + (1 - \beta_2) g^2$ | $-\eta \hat m / (\sqrt{\hat s} + \epsilon)$ |
| AdamW | as Adam | as Adam, and $-\eta \lambda w$ |

An optimizer here knows nothing of layers: it sees one long array of numbers to change and one of gradients.
*/

#ifndef OPTIMIZER_H
#define OPTIMIZER_H

#include <stddef.h>

typedef enum {
    SGD,
    MOMENTUM,
    NESTEROV,
    ADAGRAD,
    RMSPROP,
    ADAM,
    ADAMW,
    OPTIMIZER_KINDS
} OptimizerKind;

// The same by name, for an option's list of choices, and one at a time.
#define OPTIMIZER_CHOICES "sgd|momentum|nesterov|adagrad|rmsprop|adam|adamw"
const char *optimizer_name(OptimizerKind kind);

// What to do and how strongly. Names and meaning are PyTorch's; fields a method does not use are
// ignored.
typedef struct {
    OptimizerKind kind;
    float lr;           // learning rate η
    float momentum;     // μ, momentum and Nesterov
    float alpha;        // RMSprop's forgetting factor α
    float beta1, beta2; // Adam, AdamW
    float eps;          // ε, outside the root
    float l2;           // adds l2·w to the gradient: the penalty l2/2·|w|², for every method
    float weight_decay; // λ: shrinks the weights by lr·λ·w before the step, for every method
} OptimizerSpec;

// The usual settings of a method with learning rate lr: μ .9, α .99, β .9 and .999, ε 1e-8 (AdaGrad
// 1e-10), l2 0, weight decay 0 (AdamW .01).
OptimizerSpec optimizer_defaults(OptimizerKind kind, float lr);

typedef struct {
    OptimizerSpec spec;    // spec.lr may be changed between steps: a schedule
    size_t n;              // numbers it is responsible for
    long steps;            // taken so far
    float *first, *second; // (n) each: v or m, and s; NULL where the method has no such memory
} Optimizer;

Optimizer *optimizer_create(OptimizerSpec spec, size_t n);
void optimizer_free(Optimizer *optimizer);

// One step: changes params (n) according to grads (n).
void optimizer_step(Optimizer *optimizer, float *params, const float *grads);

typedef enum { CONSTANT, STEP_DECAY, LINEAR_DECAY, COSINE, WARM_COSINE, SCHEDULES } Schedule;
#define SCHEDULE_CHOICES "constant|step|linear|cosine|warm_cosine"
const char *schedule_name(Schedule schedule);

// The learning rate of step `step` (0 … total-1) under a schedule whose highest rate is lr.
float schedule_lr(Schedule schedule, float lr, long step, long total);

#endif
