/*
# The gated recurrent unit

The [plain cell](rnn.html) makes its whole state anew at each step. Whatever it is to remember has to survive the
multiplication with $U$ and the tanh, every time. A cell that could decide, unit by unit, *not* to change would remember by
doing nothing.

A **gate** is such a decision: a number between 0 and 1 for each unit, computed like a neuron, by a sigmoid of a weighted sum
of input and state, and used as a factor. The gated recurrent unit (GRU; Cho and others 2014, arXiv:1406.1078) has two
gates, the reset gate $r$ and the update gate $z$. With three rows of $W$ and $U$ for each unit, in the order $r$, $z$,
$n$ ($G = 3$):

$$ r = \sigma(W_r x_t + b_r + U_r h_{t-1} + b'_r), $$

$$ z = \sigma(W_z x_t + b_z + U_z h_{t-1} + b'_z), $$

$$ q = U_n h_{t-1} + b'_n, \qquad n = \tanh(W_n x_t + b_n + r \odot q), $$

$$ h_t = (1 - z) \odot n + z \odot h_{t-1}. $$

- $n$ is the **new** state that is proposed: a plain cell's, but for $r$.
- $r$ says how much of the old state the proposal may look at. With $r = 0$ the proposal is made from the row alone, as if
  the sequence began here: at the beginning of a new word, say.
- $z$ says how much of the old state stays. The new state is a point on the line between the proposal and the old
  state (an **interpolation**): at $z = 1$ the unit has not changed, and the row was not seen; at $z = 0$ it is all
  proposal.

Here $r$ multiplies the sum $q$, as in PyTorch. Many texts have it multiply $h_{t-1}$, before the product with $U_n$. With ours all of $U h_{t-1}$ is a single product. It is also why the cell needs both
biases: $b'_n$ stands inside the reset, $b_n$ outside.

## Where the gradient goes

The old state acts on the new one in two ways: directly, by $z$, and through the three sums that it stands in. Let
$dh$ be the gradient with respect to $h_t$. The last formula gives

$$ dn = dh \odot (1 - z), \qquad dz = dh \odot (h_{t-1} - n), \qquad
   dh_{t-1} \mathrel{+}= dh \odot z, $$

and the others, with the slopes of tanh and sigmoid told from their outputs,

$$ da_n = dn \odot (1 - n^2), \qquad da_z = dz \odot z (1 - z), $$

$$ dq = da_n \odot r, \qquad da_r = da_n \odot q \odot r (1 - r). $$

To the input go $da_r, da_z, da_n$ through $W$; to the old state go $da_r, da_z, dq$ through $U$. They differ in the third
part, and so do the gradients of the two biases.

The direct way is a product with $z$ and nothing else. A unit that keeps its state ($z$ near 1) hands on its gradient as it
is, for as many steps as it keeps it: over $k$ steps, $z^k$. With all weights near 0 and no bias, $z$ is $\frac12$, and a
millionth is left after 20 steps, as in a bad plain cell. The bias of $z$ decides for how long an untrained cell
remembers: at 3, $z = 0.95$, and after 20 steps a third is left.
*/

#ifndef GRU_H
#define GRU_H

#include "kernels/recurrent.h"

extern const RecurrentCell gru_cell; // PyTorch's GRU

#endif
