// The oracle: the finest grid of the library's pyramid.

#include "base/rng.h"
#include "exercise.h"
#include "kernels/any_size.h"

void grid(float *y, const float *x, int height, int width, int side);

typedef void (*Answer)(float *y, const float *x, int height, int width, int side);

enum { MOST = 64, CELLS = 16 };
static const struct {
    int height, width, side;
} maps[] = { { 4, 4, 2 }, { 7, 7, 4 }, { 5, 8, 2 }, { 3, 2, 4 }, { 7, 5, 1 } };
enum { MAPS = sizeof maps / sizeof *maps };

// --- what learners write --------------------------------------------------------------------------

typedef enum { RIGHT, ROUNDED_DOWN, EQUAL_CELLS, FROM_ZERO, MEAN, TURNED } Mistake;

static void with_mistake(Mistake m, float *y, const float *x, int height, int width, int side) {
    for (int i = 0; i < side; i++) {
        for (int j = 0; j < side; j++) {
            int up = m == ROUNDED_DOWN ? 0 : side - 1;
            int top = i * height / side, bottom = ((i + 1) * height + up) / side;
            int left = j * width / side, right = ((j + 1) * width + up) / side, n = 0;
            if (m == EQUAL_CELLS) {
                top = i * (height / side), bottom = top + height / side;
                left = j * (width / side), right = left + width / side;
            }
            float largest =
                m == FROM_ZERO || bottom <= top || right <= left ? 0.0f : x[top * width + left];
            double sum = 0.0;
            for (int a = top; a < bottom; a++) {
                for (int b = left; b < right; b++, n++) {
                    largest = fmaxf(largest, x[a * width + b]);
                    sum += (double)x[a * width + b];
                }
            }
            y[m == TURNED ? j * side + i : i * side + j] = m == MEAN ? (float)(sum / n) : largest;
        }
    }
}

#define WITH(name, mistake)                                                                        \
    static void name(float *y, const float *x, int height, int width, int side) {                  \
        with_mistake(mistake, y, x, height, width, side);                                          \
    }
WITH(rounded_down, ROUNDED_DOWN)
WITH(equal_cells, EQUAL_CELLS)
WITH(from_zero, FROM_ZERO)
WITH(mean, MEAN)
WITH(turned, TURNED)

static const struct {
    Mistake mistake;
    const char *message;
} known[] = {
    { ROUNDED_DOWN, "the end of a cell is rounded down: of a map smaller than the grid some cells "
                    "are empty" },
    { EQUAL_CELLS, "all cells are height / side rows high: of 7 rows and 4 cells the last three "
                   "are never looked at" },
    { FROM_ZERO, "the search begins with 0, and a cell of negative numbers gets 0: begin with its "
                 "first number" },
    { MEAN, "that is the mean of each cell; the largest is wanted" },
    { TURNED, "rows and columns of the grid have changed places: y[i * side + j] is row i" },
};

static const char *judge(Answer answer) {
    Rng rng = rng_create(13, RNG_DATA);
    float x[MOST], y[MAPS][CELLS], expected[MAPS][CELLS], mistaken[MAPS][CELLS] = { 0 };
    float xs[MAPS][MOST], all[32];
    int winner[32];
    bool right = true, nothing = true;
    for (int m = 0; m < MAPS; m++) {
        int height = maps[m].height, width = maps[m].width, side = maps[m].side;
        rng_fill_normal(&rng, x, MOST, -1.0f, 1.0f);
        memcpy(xs[m], x, sizeof x);
        fill(y[m], CELLS, NAN);
        answer(y[m], x, height, width, side);
        pyramid_forward(all, winner, x, 1, &(PyramidShape){ 1, height, width, side });
        memcpy(expected[m], all + pyramid_cells(side / 2), (size_t)(side * side) * sizeof *all);
        right = right && !memcmp(y[m], expected[m], (size_t)(side * side) * sizeof *all);
        nothing = nothing && all_equal(y[m], (size_t)(side * side), 0.0f);
    }
    if (nothing) {
        return wrong("y is zero everywhere: nothing is written yet");
    }
    for (size_t k = 0; !right && k < sizeof known / sizeof *known; k++) {
        bool same = true;
        for (int m = 0; m < MAPS; m++) {
            size_t cells = (size_t)(maps[m].side * maps[m].side);
            with_mistake(known[k].mistake, mistaken[m], xs[m], maps[m].height, maps[m].width,
                         maps[m].side);
            for (size_t i = 0; i < cells; i++) {
                same = same && fabs((double)mistaken[m][i] - y[m][i]) < 1e-5;
            }
        }
        if (same) {
            return wrong("%s", known[k].message);
        }
    }
    for (int m = 0; m < MAPS; m++) {
        int side = maps[m].side;
        for (int i = 0; i < side * side; i++) {
            if (!(y[m][i] == expected[m][i])) {
                return wrong("map of %d × %d, cell (%d, %d) of %d × %d: the largest is %g, and you "
                             "have %g",
                             maps[m].height, maps[m].width, i / side, i % side, side, side,
                             (double)expected[m][i], (double)y[m][i]);
            }
        }
    }
    return NULL;
}

EXERCISE(Answer, judge, grid, { rounded_down, "the end of a cell is rounded down" },
         { equal_cells, "all cells are height / side rows high" },
         { from_zero, "the search begins with 0" }, { mean, "that is the mean of each cell" },
         { turned, "rows and columns of the grid" })
