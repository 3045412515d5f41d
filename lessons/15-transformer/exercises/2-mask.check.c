// The oracle: sums of exponentials over the rows that may be seen, in double.

#include "exercise.h"

void causal_weights(float *p, const float *s, int rows);

typedef void (*Answer)(float *p, const float *s, int rows);

enum { ROWS = 6 };

// --- what learners write --------------------------------------------------------------------------

// Row i sees `more` rows beyond its own; behind the softmax those after row i are cut if `cut` says so.
static void weights(float *p, const float *s, int rows, int more, bool cut) {
    for (int i = 0; i < rows; i++) {
        int seen = i + 1 + more < rows ? i + 1 + more : rows;
        float sum = 0.0f;
        for (int j = 0; j < rows; j++) {
            p[i * rows + j] = j < seen ? expf(s[i * rows + j]) : 0.0f;
            sum += p[i * rows + j];
        }
        for (int j = 0; j < rows; j++) {
            p[i * rows + j] = cut && j > i ? 0.0f : p[i * rows + j] / sum;
        }
    }
}

static void faulty(float *p, const float *s, int rows) {
    weights(p, s, rows, 1, false);
}

static void all_rows(float *p, const float *s, int rows) {
    weights(p, s, rows, rows, false);
}

static void only_before(float *p, const float *s, int rows) {
    weights(p, s, rows, -1, false);
}

static void cut_behind(float *p, const float *s, int rows) {
    weights(p, s, rows, rows, true);
}

static void score_of_zero(float *p, const float *s, int rows) {
    float masked[ROWS * ROWS];
    for (int i = 0; i < rows * rows; i++) {
        masked[i] = i % rows > i / rows ? 0.0f : s[i];
    }
    weights(p, masked, rows, rows, false);
}

static void backwards(float *p, const float *s, int rows) {
    for (int i = 0; i < rows; i++) {
        float sum = 0.0f;
        for (int j = 0; j < rows; j++) {
            p[i * rows + j] = j >= i ? expf(s[i * rows + j]) : 0.0f;
            sum += p[i * rows + j];
        }
        for (int j = 0; j < rows; j++) {
            p[i * rows + j] /= sum;
        }
    }
}

// --- the judge --------------------------------------------------------------------------------------

static const char *judge(Answer answer) {
    float s[ROWS * ROWS], p[ROWS * ROWS], like[ROWS * ROWS];
    for (int i = 0; i < ROWS * ROWS; i++) {
        s[i] = sinf((float)(3 * i + 1));
    }
    fill(p, ROWS * ROWS, NAN);
    answer(p, s, ROWS);
    faulty(like, s, ROWS);
    if (alike(p, like, ROWS * ROWS)) {
        return wrong("row 0 gives the weight %.2f to row 1, whose character it is to predict",
                     (double)p[1]);
    }
    backwards(like, s, ROWS);
    if (alike(p, like, ROWS * ROWS)) {
        return wrong(
            "each row sees itself and the rows behind it: the mask is the wrong way round");
    }
    if (!isfinite(p[0]) || p[0] == 0.0f) {
        return wrong("row 0 sees nothing at all, not even itself: its weight is %g", (double)p[0]);
    }
    score_of_zero(like, s, ROWS);
    if (alike(p, like, ROWS * ROWS)) {
        return wrong("a masked score of 0 is still a score: e to the 0 is 1");
    }
    for (int i = 0; i < ROWS; i++) {
        float sum = 0.0f;
        for (int j = 0; j < ROWS; j++) {
            sum += p[i * ROWS + j];
            if (j > i && p[i * ROWS + j] != 0.0f) {
                return wrong("row %d still sees row %d, with the weight %.2f", i, j,
                             (double)p[i * ROWS + j]);
            }
        }
        if (!(fabsf(sum - 1.0f) < 1e-5f)) {
            return wrong("the weights of row %d add up to %.2f: the masked rows are still in the "
                         "sum that they are divided by",
                         i, (double)sum);
        }
    }
    weights(like, s, ROWS, 0, false);
    return alike(p, like, ROWS * ROWS) ? NULL
                                       : wrong("the mask is right, but the weights are not those "
                                               "of softmax any more");
}

EXERCISE(Answer, judge, causal_weights, { faulty, "row 0 gives the weight" },
         { all_rows, "row 0 still sees row 1" }, { only_before, "row 0 sees nothing at all" },
         { score_of_zero, "a masked score of 0" }, { cut_behind, "the weights of row 0 add up to" },
         { backwards, "each row sees itself and the rows behind it" })
