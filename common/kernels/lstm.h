/*
# Long short-term memory

The [GRU](gru.html) is the younger and simpler answer to the question how a state can last. The first one (Hochreiter and
Schmidhuber, *Long Short-Term Memory*, Neural Computation 9, 1997) gives each unit a second number. The **cell state** $c$
is the memory, seen by nobody outside; the state $h$ is what the unit says of it. Four rows of $W$ and $U$ for each unit, in
the order $i$, $f$, $g$, $o$ ($G = 4$), make three **gates**, numbers between 0 and 1, and a proposal:

$$ a = W x_t + b + U h_{t-1} + b', $$

$$ i = \sigma(a_i), \qquad f = \sigma(a_f), \qquad g = \tanh(a_g), \qquad o = \sigma(a_o), $$

$$ c_t = f \odot c_{t-1} + i \odot g, \qquad h_t = o \odot \tanh(c_t). $$

- the **forget gate** $f$ says how much of the memory stays (at 1 it forgets nothing, so *keep gate* would be the better name);
- the **input gate** $i$ says how much of the proposal $g$ is added to it;
- the **output gate** $o$ says how much of it is shown.

In the GRU keeping and writing are one decision, $z$ and $1 - z$. Here they are two, so that a unit may add without forgetting
($f = i = 1$: it counts), and with $o = 0$ it may keep something that it has no use for yet, without disturbing the others.
The paper of 1997 has no $f$: its memory never forgot. Gers, Schmidhuber and Cummins (*Learning to Forget*, Neural
Computation 12, 2000) found that it fills up in a sequence without an end, and added it.

## Where the gradient goes

$h_t$ and $c_t$ each have a gradient. Through the second formula, what arrives at $h_t$ reaches $o$ and $c_t$:

$$ do = dh_t \odot \tanh(c_t), \qquad
   dc_t \mathrel{+}= dh_t \odot o \odot (1 - \tanh^2 c_t). $$

Through the first, what $dc_t$ is then goes four ways:

$$ di = dc_t \odot g, \qquad df = dc_t \odot c_{t-1}, \qquad
   dg = dc_t \odot i, \qquad dc_{t-1} = dc_t \odot f. $$

The slopes of the sigmoids and of the tanh make $da$ of them: $da_i = di \odot i (1 - i)$, likewise $f$ and $o$, and
$da_g = dg \odot (1 - g^2)$. Then $U^\top da$ goes to $h_{t-1}$.

The last of the four is the point of the cell. From $c_t$ to $c_{t-1}$ there is a way on which no matrix and no slope of
a tanh lies, only the factor $f$, because the memory is *added to* and not made anew. Over $k$ steps of a unit that keeps its
memory the factor is $f^k$: nearly 1 if $f$ is. (There are the other ways too, through $h$ and $U$. They vanish or explode
as they do in the plain cell.)

Whether $f$ is nearly 1 is a matter of its bias. With all weights near 0 and no bias it is $\frac12$, and the cell forgets
as fast as any: a millionth is left after 20 steps. So $b_f$ begins at 1 or more: $f = 0.73$ at 1, $0.95$ at 3. Two
biases are added here, as in all cells here; one of them is enough for it.
*/

#ifndef LSTM_H
#define LSTM_H

#include "kernels/recurrent.h"

extern const RecurrentCell lstm_cell; // PyTorch's LSTM

#endif
