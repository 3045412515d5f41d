// The oracle: the pixels themselves, a picture that is a plane (which bilinear interpolation gives exactly),
// and the edge.

#include "exercise.h"

float between(const float *x, int rows, int cols, float row, float col);

typedef float (*Answer)(const float *x, int rows, int cols, float row, float col);

enum { ROWS = 4, COLS = 6 };

static float pixel(const float *x, int rows, int cols, int row, int col) {
    return row >= 0 && row < rows && col >= 0 && col < cols ? x[row * cols + col] : 0.0f;
}

static float mix(const float *x, int rows, int cols, int j, int i, float a, float b) {
    float above = (1 - a) * pixel(x, rows, cols, j, i) + a * pixel(x, rows, cols, j, i + 1);
    float below = (1 - a) * pixel(x, rows, cols, j + 1, i) + a * pixel(x, rows, cols, j + 1, i + 1);
    return (1 - b) * above + b * below;
}

// --- what learners write --------------------------------------------------------------------------

static float nothing(const float *x, int rows, int cols, float row, float col) {
    (void)x, (void)rows, (void)cols, (void)row, (void)col;
    return -1.0f;
}

static float nearest(const float *x, int rows, int cols, float row, float col) {
    return pixel(x, rows, cols, (int)floorf(row + 0.5f), (int)floorf(col + 0.5f));
}

static float exchanged(const float *x, int rows, int cols, float row, float col) {
    int i = (int)floorf(col), j = (int)floorf(row);
    return mix(x, rows, cols, j, i, row - (float)j, col - (float)i);
}

static float mirrored(const float *x, int rows, int cols, float row, float col) {
    int i = (int)floorf(col), j = (int)floorf(row);
    return mix(x, rows, cols, j, i, 1.0f - (col - (float)i), 1.0f - (row - (float)j));
}

static float truncated(const float *x, int rows, int cols, float row, float col) {
    int i = (int)col, j = (int)row;
    return mix(x, rows, cols, j, i, col - (float)i, row - (float)j);
}

static int within(int i, int n) {
    return i < 0 ? 0 : i >= n ? n - 1 : i;
}

static float held_at_the_edge(const float *x, int rows, int cols, float row, float col) {
    int i = (int)floorf(col), j = (int)floorf(row);
    float a = col - (float)i, b = row - (float)j, y[4];
    for (int k = 0; k < 4; k++) {
        y[k] = x[within(j + k / 2, rows) * cols + within(i + k % 2, cols)];
    }
    return (1 - b) * ((1 - a) * y[0] + a * y[1]) + b * ((1 - a) * y[2] + a * y[3]);
}

// --- the judge --------------------------------------------------------------------------------------

static bool near(float a, float b) {
    return fabsf(a - b) < 1e-4f;
}

static const char *judge(Answer answer) {
    float x[ROWS * COLS], plane[ROWS * COLS];
    for (int i = 0; i < ROWS * COLS; i++) {
        x[i] = (float)((7 * i) % 11 + 1);
        plane[i] = 10.0f + (float)(i % COLS) + 3.0f * (float)(i / COLS);
    }
    for (int i = 0; i < ROWS * COLS; i++) {
        float said = answer(x, ROWS, COLS, (float)(i / COLS), (float)(i % COLS));
        if (!near(said, x[i]) && near(said, pixel(x, ROWS, COLS, i / COLS + 1, i % COLS + 1))) {
            return wrong(
                "the weights are the wrong way round: at the place of a pixel, where a and b are "
                "0, its neighbour to the right and below is taken");
        }
        if (!near(said, x[i])) {
            return wrong(
                "at the place of a pixel, row %d and column %d, the value must be the pixel, "
                "%g, and yours is %g",
                i / COLS, i % COLS, (double)x[i], (double)said);
        }
    }
    float said = answer(plane, ROWS, COLS, 1.25f, 2.5f), right = 10.0f + 2.5f + 3.0f * 1.25f;
    if (near(said, 10.0f + 2.25f + 3.0f * 1.5f)) {
        return wrong("a and b are exchanged: a belongs to the columns and b to the rows");
    }
    if (!near(said, right)) {
        return wrong(
            "between four pixels, at row 1.25 and column 2.5, a plane has %g there, and yours "
            "is %g: are all four in it, each with its weight?",
            (double)right, (double)said);
    }
    said = answer(x, ROWS, COLS, 0.0f, -0.25f);
    if (!near(said, 0.75f * x[0])) {
        return near(said, x[0])
                   ? wrong("beyond the edge it is black, and not what is at the edge: a quarter "
                           "of a pixel to the left there are three quarters of the first pixel")
                   : wrong("a quarter of a pixel beyond the left edge there are three quarters "
                           "of the first pixel, %g, and yours is %g: floorf, and not (int)",
                           0.75 * (double)x[0], (double)said);
    }
    said = answer(x, ROWS, COLS, ROWS - 0.5f, COLS - 0.5f);
    if (!near(said, 0.25f * x[ROWS * COLS - 1])) {
        return wrong("half a pixel beyond the last corner a quarter of that pixel is left, %g, and "
                     "yours is %g",
                     0.25 * (double)x[ROWS * COLS - 1], (double)said);
    }
    return near(answer(x, ROWS, COLS, -3.5f, 2.0f), 0.0f)
               ? NULL
               : wrong("far outside the picture the value is not 0");
}

EXERCISE(Answer, judge, between, { nothing, "at the place of a pixel" },
         { mirrored, "the weights are the wrong way round" }, { nearest, "between four pixels" },
         { exchanged, "a and b are exchanged" },
         { truncated, "a quarter of a pixel beyond the left edge" },
         { held_at_the_edge, "beyond the edge it is black" })
