/*
# A picture of a network

Which layer reads which? A [summary](summary.html) says how large each layer is. The way of the numbers, and where branches part
and meet again, is easier to see in a drawing. It is made from the same table, so it is never out of date: with `--summary --draw` a
lesson writes one for each of its networks.

The boxes are the outputs of the layers, from top to bottom. The wider a box, the larger its maps; the higher, the more channels. Both
are on a logarithmic scale: the step from one to two is as long as the step from 16 to 32. Layers that do not change the shape
(activations, normalisation, dropout) are named beside the layer that they follow. An arrow goes from each output to the rows that read
it: straight down to the next one, and along the left side where a row reads a [mark](layer_branch.html).
*/

#ifndef DRAW_H
#define DRAW_H

#include "nn/net.h"

// Writes the drawing of a net as an SVG file of its own, for light and dark pages. Dies with the
// reason when it cannot be written. A net of more than 400 layers is refused.
void draw_net(const char *path, const char *name, const Net *net);

#endif
