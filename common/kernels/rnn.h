/*
# The plain recurrent cell

The simplest way to make a new state from the row and the old state (Elman, *Finding Structure in Time*, Cognitive Science
14, 1990): a weighted sum of both, and a tanh.

$$ h_t = \tanh(a_t), \qquad a_t = W x_t + b + U h_{t-1} + b'. $$

There is one row of $W$ and one of $U$ for each unit of the state ($G = 1$). [Everything that holds for all
cells](recurrent.html) (the batch, the unrolled network, who keeps what) stands in the chapter before.

The step back is that of a tanh, since the state acts on the next one through the sum alone:

$$ da_t = dh_t \odot (1 - h_t^2), \qquad
   J_t = \frac{\partial h_t}{\partial h_{t-1}} = \operatorname{diag}(1 - h_t^2)\; U. $$

($\odot$ multiplies number by number.) The slopes of tanh are at most 1, and 1 only where $h = 0$. So if $U$ does not stretch
any vector, every gradient shrinks at every step, and faster the more the units are used. It need not shrink if $U$
stretches; but a $U$ that keeps the lengths of some directions over a hundred steps is one that stretches others.

There is a variant with ReLU in the place of tanh. Its slope is exactly 1 as long as a unit is active. Begun with $U$ as the
identity matrix and the biases 0, each unit is a sum over all that it was ever sent, and $J_t$ the identity (Le, Jaitly
and Hinton 2015, arXiv:1504.00941). Nothing bounds its state, though, and a $U$ slightly above the identity lets it grow
without limit.
*/

#ifndef RNN_H
#define RNN_H

#include "kernels/recurrent.h"

extern const RecurrentCell rnn_cell;      // PyTorch's RNN, with tanh
extern const RecurrentCell rnn_relu_cell; // PyTorch's RNN with nonlinearity="relu"

#endif
