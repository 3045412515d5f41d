/*
# Embeddings

A network computes with numbers, and a character is not a number. It has a code, but a misleading one: `b` is not the mean of
`a` and `c`. A one-hot vector, 1 at the character's place and 0 elsewhere, claims nothing, and a dense layer
without bias makes $d$ numbers of it:

$$ \underset{1 \times d}{y} = \underset{1 \times \text{words}}{e_t} \; \underset{\text{words} \times d}{W}, \qquad
   y_k = \sum_j [j = t]\, W_{jk} = W_{tk}. $$

All terms but one are 0: the product picks row $t$ of $W$. So no product is computed; a row is looked up in a table, and the rows are learned like
other weights. Row $t$ is the *embedding* of word $t$ (a character, a syllable, a word; the field says *token*).

**Backward.** By the rule of the dense layer, $dW = E^\top dY$ with the one-hot vectors as rows of $E$. Again all terms but a few are 0:
row $j$ of $dW$ is the sum of $dy_i$ over all rows $i$ in which word $j$ stood, and a word that did not occur gets no gradient.
The input gets none at all: there is nothing between one word and the next.

A network's input is an array of floats, so a token arrives as a float, `17.0f`. Every whole number up to $2^{24}$ is a
float, and no vocabulary is that large.
*/

#ifndef EMBEDDING_H
#define EMBEDDING_H

// y_i = row x_i of W. A token that is not a whole number from 0 to words-1 is refused.
void embedding_forward(float *y,       // (n, d)
                       const float *x, // (n): tokens
                       const float *W, // (words, d)
                       int n, int words, int d);

// Adds dy_i to row x_i of dW, for each i in order.
void embedding_backward(float *dW,       // (words, d)
                        const float *dy, // (n, d)
                        const float *x,  // (n), as in the forward pass
                        int n, int words, int d);

#endif
