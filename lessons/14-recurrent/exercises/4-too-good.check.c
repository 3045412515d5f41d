// The oracle: a text whose characters are their places.

#include "4-too-good.h"
#include "exercise.h"

typedef bool (*Answer)(Reader *r, float *x, int *labels);

enum { STREAMS = 3, STEPS = 4, LENGTH = 18, SYMBOLS = STREAMS * LENGTH + 1 };

// --- what learners write --------------------------------------------------------------------------

typedef struct {
    int shift; // of the label
    bool carry_always, never_carry,
        last_is_first;      // the state; the label of a piece's last character
    bool overlap, one_more; // pieces share a character; a piece too many
} Fault;

static bool read_with(Reader *r, float *x, int *labels, Fault f) {
    long length = r->n / r->streams, advance = r->steps - f.overlap;
    if (r->piece * advance + r->steps + !f.one_more > length) {
        r->piece = 0;
    }
    for (int b = 0; b < r->streams; b++) {
        const int *from = r->symbols + b * length + r->piece * advance;
        for (int t = 0; t < r->steps; t++) {
            int behind = t + f.shift;
            x[b * r->steps + t] = (float)from[t];
            labels[b * r->steps + t] =
                from[behind < 0 || (f.last_is_first && behind == r->steps) ? 0 : behind];
        }
    }
    bool carry = f.carry_always ? r->begun : f.never_carry ? false : r->piece > 0;
    r->begun = true;
    r->piece++;
    return carry;
}

static bool unshifted(Reader *r, float *x, int *labels) {
    return read_with(r, x, labels, (Fault){ .shift = 0 });
}
static bool shifted_back(Reader *r, float *x, int *labels) {
    return read_with(r, x, labels, (Fault){ .shift = -1 });
}
static bool not_reset(Reader *r, float *x, int *labels) {
    return read_with(r, x, labels, (Fault){ .shift = 1, .carry_always = true });
}
static bool never_carried(Reader *r, float *x, int *labels) {
    return read_with(r, x, labels, (Fault){ .shift = 1, .never_carry = true });
}
static bool around(Reader *r, float *x, int *labels) {
    return read_with(r, x, labels, (Fault){ .shift = 1, .last_is_first = true });
}
static bool overlapping(Reader *r, float *x, int *labels) {
    return read_with(r, x, labels, (Fault){ .shift = 1, .overlap = true });
}

// --- the judge --------------------------------------------------------------------------------------

static const char *judge_label(const Reader *r, const float *x, const int *labels, int i) {
    int t = i % STEPS, label = labels[i];
    if (label == (int)x[i]) {
        return wrong(
            "the label of a character is the character itself: the network needs only to copy it");
    }
    if (label == (int)x[i] - 1 || (t == 0 && label == (int)x[i])) {
        return wrong(
            "the label of a character is the one before it, which the network has seen already");
    }
    if (t == STEPS - 1 && label == (int)x[i - t]) {
        return wrong("the label of a piece's last character is its first one, and must be the one "
                     "behind it in the text");
    }
    return label == (int)x[i] + 1 ? NULL
                                  : wrong("at place %d of piece %ld the label must be the "
                                          "character behind it, %d, and is %d",
                                          t, r->piece - 1, (int)x[i] + 1, label);
}

static const char *judge(Answer answer) {
    enum { PIECES_OF_A_PASS = 4, PASSES = 3 };
    int symbols[SYMBOLS], labels[STREAMS * STEPS];
    float x[STREAMS * STEPS];
    for (int i = 0; i < SYMBOLS; i++) {
        symbols[i] = i;
    }
    Reader r = { symbols, SYMBOLS - 1, STREAMS, STEPS, 0, false };
    for (int k = 0; k < PASSES * PIECES_OF_A_PASS; k++) {
        int piece = k % PIECES_OF_A_PASS;
        bool carry = answer(&r, x, labels);
        for (int i = STREAMS * STEPS - 1; i >= 0; i--) {
            int right = i / STEPS * LENGTH + piece * STEPS + i % STEPS;
            const char *problem = (int)x[i] == right ? judge_label(&r, x, labels, i) : NULL;
            if (problem) {
                return problem;
            }
            if ((int)x[i] != right) {
                return wrong("piece %d of stream %d holds character %d of the text where %d "
                             "belongs: pieces follow "
                             "each other without a gap, and share nothing",
                             piece, i / STEPS, (int)x[i], right);
            }
        }
        if (carry && piece == 0) {
            return wrong("the state is carried over into a new pass: the network then begins the "
                         "text with what it "
                         "remembers of its end");
        }
        if (!carry && piece > 0) {
            return wrong("the state is thrown away within a pass: the network remembers nothing "
                         "beyond a piece");
        }
    }
    return NULL;
}

EXERCISE(Answer, judge, next_piece,
         { unshifted, "the label of a character is the character itself" },
         { shifted_back, "the label of a character is the one before" },
         { not_reset, "the state is carried over into a new pass" },
         { never_carried, "the state is thrown away within a pass" },
         { around, "the label of a piece's last character" }, { overlapping, "piece 1 of stream" })
