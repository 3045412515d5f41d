/*
# Pooling pictures of any size

A convolution does not ask how large a picture is: its weights fit 28 × 28 as well as 40 × 40, and the result is larger in the
second case. A dense layer does ask: it has one weight for each number that comes in. Between the two something has to make
a fixed number of values of a map of any size.

**Global average pooling** makes one of each channel, its mean over all places:

$$ y_c = \frac{1}{hw} \sum_{i, j} x_{cij}, \qquad (n, C, h, w) \to (n, C). $$

It says how much of a feature a picture has, and nothing of where. **Spatial pyramid pooling** (He et al. 2014) keeps some of the
where. It lays grids of 1 × 1, 2 × 2, 4 × 4, … cells over the map, and takes the largest number of each cell. Grids of 1, 2 and 4 have
$1 + 4 + 16 = 21$ cells, so that $C$ channels give $21\,C$ numbers for a map of any size.

Where are the cells, if their number does not divide the size? Cell $i$ of $L$ reaches from $\lfloor i h / L \rfloor$ to
$\lceil (i + 1) h / L \rceil$, the last place not included. Of 7 rows and four cells: rows 0 and 1, 1 to 3, 3 to 5, 5 and 6.
Neighbours may share a row. None is empty, even if the map is smaller than the grid.
*/

#ifndef ANY_SIZE_H
#define ANY_SIZE_H

// The mean of each plane: x (planes, area), y (planes); with n pictures of C channels there are n·C
// planes.
void global_avg_pool_forward(float *y, const float *x, long planes, int area);
void global_avg_pool_backward(float *dx, const float *dy, long planes, int area);

// Maps (n, channels, height, width) and the grids of 1, 2, 4, … `finest` cells on a side.
typedef struct {
    int channels, height, width;
    int finest; // a power of two
} PyramidShape;

// Cells of all grids together: 21 for grids of 1, 2 and 4.
int pyramid_cells(int finest);

// Of an example, y has the coarsest grid first, of each grid the channels in order, of each channel
// the cells row by row. Of equals in a cell the first wins; a NaN wins over any number.
void pyramid_forward(float *y,       // (n, cells · channels)
                     int *winner,    // (n, cells · channels), kept for the backward pass: where in
                                     // its plane the largest stands, row * width + column
                     const float *x, // (n, channels, height, width)
                     int n, const PyramidShape *shape);

// Overwrites dx (n, channels, height, width) with the gradient from dy (n, cells · channels).
void pyramid_backward(float *dx, const float *dy, const int *winner, int n,
                      const PyramidShape *shape);

// A direction v of the input, seen in the output: t (n, cells · channels) is what v has at the
// winners of the forward pass.
void pyramid_tangent(float *t, const float *v, const int *winner, int n, const PyramidShape *shape);

#endif
