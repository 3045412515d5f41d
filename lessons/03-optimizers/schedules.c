/*
## Schedules

In the sweep Adam liked a rate of 0.003 best; but that was one epoch, and the race has five. What is right for the
first may be too much for the fifth: near the goal the steps are larger than what is left to go, and the noise of the
batches keeps the weights moving. A **schedule** lowers the rate while training goes on. With $\tau$ from 0 to 1, the
part of the training that is over:

- *step*: the rate is $\eta$, then $\eta / 10$ from $\tau = 1/2$, then $\eta / 100$ from $\tau = 3/4$;
- *linear*: $\eta\,(1 - \tau)$;
- *cosine*: $\eta\,(1 + \cos \pi \tau) / 2$, which changes slowly at both ends;
- *warm cosine*: from near 0 up to $\eta$ over the first tenth, then the cosine. That beginning is called **warm-up**.
*/

#include "acts.h"
#include "nn/checkpoint.h"

#include <stdio.h>

void schedules(OptimizersLab *lab, float rate) {
    Curve curves[SCHEDULES];
    long steps = steps_for(lab, lab->settings->batch, lab->settings->epochs);
    for (Schedule s = 0; s < SCHEDULES; s++) {
        Recipe recipe = { optimizer_defaults(ADAM, rate), s, lab->settings->batch, steps };
        curves[s] = train(lab, &recipe);
        report(lab, "schedule", schedule_name(s), &curves[s]);
        if (s == COSINE && !run_stopped(lab->run)) {
            checkpoint_save(run_path(lab->run, "model.safetensors"), lab->net);
        }
    }
    log_curves(lab->run, "log-schedules.csv", "constant<,step_decay<,linear<,cosine<,warm_cosine<",
               curves, SCHEDULES, steps);
}

/*
![Training loss of Adam with five schedules whose highest rate is 0.003. Four begin alike, and the one with a
warm-up begins higher; where the rate falls, so does the loss.](schedules.svg)

The same method, the same highest rate, the same batches: the validation loss is 0.345 at a constant rate, 0.318 with
steps, 0.310 linear, 0.313 with a cosine and 0.314 with a warm-up before it. Each of the four schedules beats all
seven methods of the race at a constant rate. Whoever has time to tune one thing should tune the learning rate;
whoever has time for two, its schedule as well.

## Warm-up

Large networks are often trained with a warm-up. The reason given is that their first gradients are large and change quickly,
and that a full step on them does damage which the rest of the training has to repair. Does it help here? At a rate that was
chosen without one, hardly, as the schedules have shown. So we also ask at rates that were too high in the sweep.
*/

void warm_up(OptimizersLab *lab) {
    static const struct {
        OptimizerKind kind;
        float lr;
    } tries[] = { { ADAM, 0.01f }, { ADAM, 0.03f }, { SGD, 1.0f } };
    long steps = steps_for(lab, lab->settings->batch, lab->settings->epochs);
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
        for (int warm = 0; warm < 2 && !run_stopped(lab->run); warm++) {
            OptimizerSpec spec = optimizer_defaults(tries[i].kind, tries[i].lr);
            Recipe recipe = { spec, warm ? WARM_COSINE : COSINE, lab->settings->batch, steps };
            Curve curve = train(lab, &recipe);
            char name[48];
            snprintf(name, sizeof name, "%s_%.3g_%s", optimizer_name(tries[i].kind),
                     (double)tries[i].lr, warm ? "warm" : "cold");
            report(lab, "warmup", name, &curve);
        }
    }
}

/*
| validation loss after five epochs, seed 1 | cosine | warm cosine |
|---|---|---|
| Adam, 0.003 (from above) | 0.313 | 0.314 |
| Adam, 0.01 | 0.345 | 0.324 |
| Adam, 0.03 | 0.457 | 0.434 |
| SGD, 1 | 0.420 | 0.381 |

At Adam's best rate warm-up changes nothing that could be told from chance. At Adam's higher rates it mends part of the damage,
and neither result is as good as the best rate without it. With SGD it is otherwise: a rate of 1 with a warm-up ends at 0.381.
The best rate of the sweep, 0.1, ends at 0.386 if it stays constant, and at 0.423 with a cosine (and the weight decay of the
next part). These are single runs.
*/
