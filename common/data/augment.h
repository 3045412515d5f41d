/*
# Augmentation: pictures made from pictures

A shirt that is moved by two pixels is still a shirt, and so is its mirror image. A network has to learn that, and from few
pictures it cannot. **Augmentation** tells it: whenever a picture is used, it is changed at random in a way that leaves its class
as it is. So the network hardly ever sees the same numbers twice.

| kind | what is drawn for each picture | what stays |
|---|---|---|
| shift | by how many pixels to the right and down | all but what leaves the frame |
| flip | whether left and right are exchanged | all |
| upside-down | whether top and bottom are exchanged | all numbers; whether the class does is a question |
| turn, zoom | an angle; a factor | the form |
| light | what is added to all pixels; a factor for their distance from the mean | the order of the pixels by brightness |
| noise | a number for each pixel | each pixel on the average, but for the cut to $[0, 1]$ |
| cutout | the middle of a square that becomes black | what is outside |

A shift, a flip and a cutout (DeVries and Taylor 2017) move or remove pixels. For a turn and a zoom one has to know the picture
between its pixels.

## Where does a pixel come from?

A turn by the angle $\alpha$ and a zoom by the factor $z$ carry the point $(u, v)$ of the old picture, measured from its centre to
the right and down, to

$$ \begin{pmatrix} u' \\ v' \end{pmatrix} = z \begin{pmatrix} \cos\alpha & -\sin\alpha \\ \sin\alpha & \cos\alpha \end{pmatrix}
   \begin{pmatrix} u \\ v \end{pmatrix}. $$

The obvious program carries each old pixel to its new place. The places are not whole numbers; rounded, two pixels may meet in one,
and at $z > 1$ there are more places than pixels, so that holes stay black. So the question is turned round: each *new* pixel asks
which point of the old picture it comes from. That is the inverse: turn back, and shrink,

$$ \begin{pmatrix} u \\ v \end{pmatrix} = \frac1z \begin{pmatrix} \cos\alpha & \sin\alpha \\ -\sin\alpha & \cos\alpha \end{pmatrix}
   \begin{pmatrix} u' \\ v' \end{pmatrix}, $$

and every new pixel gets exactly one answer. Any other matrix will do as well: a shear, a stretched picture. Such a map, a matrix
and a shift, is called *affine*.

## Between four pixels

The answer lies between four pixels of the old picture: columns $i$ and $i + 1$, rows $j$ and $j + 1$. Let $a$ and $b$, from 0 to 1,
be how far it is beyond column $i$ and row $j$. Along a row, a straight line between the two neighbours has the value $(1 - a)\, x_{j,i} + a\,
x_{j,i+1}$ there. This gives a value in row $j$ and one in row $j + 1$, and a straight line between these

$$ y = (1 - b)\, \bigl[ (1 - a)\, x_{j,i} + a\, x_{j,i+1} \bigr] + b\, \bigl[ (1 - a)\, x_{j+1,i} + a\, x_{j+1,i+1} \bigr]. $$

The four weights are at least 0, and their sum is 1, so no new value is outside of the old ones. At a pixel's own place $a = b = 0$,
and $y$ is that pixel. This is *bilinear interpolation*. Outside the frame the old picture counts as black.

A blurred edge is the price: where $a = \frac12$, a step from black to white becomes grey.

## Random numbers

What is drawn for a picture must not depend on who computes it. One stream gives every picture of the batch, in order, the seed of
a generator of its own, and then the pictures can be made by any number of threads. A picture's generator draws for every kind, whether it
is asked for or not, and for the noise last. So the same shift is drawn with and without flips.
*/

#ifndef AUGMENT_H
#define AUGMENT_H

#include "base/rng.h"

// --- one picture, changed in a given way: y, x (rows, cols), in [0, 1], black is 0; y is not x -----------

// Moves it by whole pixels; what comes in is black.
void picture_shift(float *y, const float *x, int rows, int cols, int right, int down);

// Exchanges left and right, top and bottom.
void picture_flip(float *y, const float *x, int rows, int cols);
void picture_upside_down(float *y, const float *x, int rows, int cols);

// Bilinear. The pixel at (u', v'), counted from the centre to the right and down, comes from the point
// u = from[0] u' + from[1] v' + from[2], v = from[3] u' + from[4] v' + from[5].
void picture_affine(float *y, const float *x, int rows, int cols, const float from[6]);

// The map of a picture that is turned by an angle (in radians; on the screen clockwise) and enlarged by
// a factor > 0, for picture_affine.
void turn_and_zoom(float from[6], float angle, float zoom);

// contrast: factor for the distance from the picture's mean; brightness: is added. Cut to [0, 1].
void picture_light(float *y, const float *x, int rows, int cols, float brightness, float contrast);

// A square of side × side pixels becomes black; row and col are its top left one, and may lie outside.
void picture_cutout(float *y, const float *x, int rows, int cols, int row, int col, int side);

// --- a batch, changed at random -----------------------------------------------------------------------

// How. All 0: the pictures stay as they are.
typedef struct {
    float flip, upside_down; // the probability of it, 0 to 1: 0.5 in training
    int shift;               // up to so many pixels, in both directions
    float turn;              // up to so many radians to either side
    float zoom;              // by a factor from 1 - zoom to 1 + zoom; below 1
    float brightness;        // up to so much more or less
    float contrast;          // by a factor from 1 - contrast to 1 + contrast
    float noise;             // deviation of what is added to each pixel; then cut to [0, 1]
    int cutout;              // side of a square, whose middle is anywhere in the picture; 0: none
} Augmentation;

// y, x (n, rows, cols); y may be x. Draws from rng the same amount for every picture.
void augment(float *y, const float *x, int n, int rows, int cols, const Augmentation *how,
             Rng *rng);

#endif
