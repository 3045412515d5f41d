// The oracle: the formula, and what each mistake would give in its place.

#include "exercise.h"

void kneser_ney(double *p, const int *text, int n, int alphabet, int h);

typedef void (*Answer)(double *p, const int *text, int n, int alphabet, int h);

enum { A = 5, N = 24 };

// 0 stands often, and behind 1 alone; 2 and 3 stand behind several. Nothing follows 4.
static const int text[N] = {
    1, 0, 1, 0, 2, 1, 0, 3, 2, 3, 1, 0, 2, 2, 3, 1, 0, 1, 0, 1, 0, 3, 1, 4
};

typedef enum { CONTINUES, OCCURS, IS_FOLLOWED } Lower;

// The formula, with a place for each mistake.
typedef struct {
    Lower lower;       // what the shorter context counts
    bool alphabet_all; // divides by the alphabet, and not by all pairs
    bool kept;         // what is discounted is not given back
    bool once;         // D, and not D · T
    bool below_zero;   // no max
    bool whole;        // nothing is discounted
    bool empty_is_0;   // a context that nothing follows
} Way;

static int pair(const int *symbols, int n, int h, int c) {
    int count = 0;
    for (int i = 1; i < n; i++) {
        count += symbols[i - 1] == h && symbols[i] == c;
    }
    return count;
}

static double lower_of(const int *symbols, int n, int alphabet, int c, Way way) {
    double of_c = 0, all = 0;
    for (int h = 0; h < alphabet; h++) {
        for (int k = 0; k < alphabet; k++) {
            int count = way.lower == IS_FOLLOWED ? pair(symbols, n, k, h) : pair(symbols, n, h, k);
            double part = way.lower == OCCURS ? count : count > 0;
            of_c += k == c ? part : 0;
            all += part;
        }
    }
    return of_c / (way.alphabet_all ? alphabet : all);
}

static void answer_by(double *p, const int *symbols, int n, int alphabet, int h, Way way) {
    double once = 0, twice = 0, of_h = 0, kinds = 0;
    for (int i = 0; i < alphabet * alphabet; i++) {
        int count = pair(symbols, n, i / alphabet, i % alphabet);
        once += count == 1;
        twice += count == 2;
        of_h += i / alphabet == h ? count : 0;
        kinds += i / alphabet == h && count > 0;
    }
    double d = way.whole ? 0.0 : once / (once + 2 * twice);
    for (int c = 0; c < alphabet; c++) {
        double count = pair(symbols, n, h, c) - d, lower = lower_of(symbols, n, alphabet, c, way);
        double back = way.kept ? 0.0 : d * (way.once ? 1.0 : kinds) * lower;
        p[c] = of_h == 0 ? (way.empty_is_0 ? 0.0 : lower)
                         : ((way.below_zero ? count : fmax(count, 0)) + back) / of_h;
    }
}

// --- what learners write --------------------------------------------------------------------------

static void nothing(double *p, const int *symbols, int n, int alphabet, int h) {
    (void)symbols, (void)n, (void)h;
    memset(p, 0, (size_t)alphabet * sizeof *p);
}

#define ANSWER(name, ...)                                                                          \
    static void name(double *p, const int *symbols, int n, int alphabet, int h) {                  \
        answer_by(p, symbols, n, alphabet, h, (Way){ __VA_ARGS__ });                               \
    }

ANSWER(occurrences, .lower = OCCURS)
ANSWER(followers, .lower = IS_FOLLOWED)
ANSWER(by_alphabet, .alphabet_all = true)
ANSWER(kept_back, .kept = true)
ANSWER(one_discount, .once = true)
ANSWER(negative, .below_zero = true)
ANSWER(undiscounted, .whole = true)
ANSWER(empty_context, .empty_is_0 = true)

// --- the judge --------------------------------------------------------------------------------------

static bool same(const double *a, const double *b) {
    for (int c = 0; c < A; c++) {
        if (!(fabs(a[c] - b[c]) < 1e-9)) {
            return false;
        }
    }
    return true;
}

static const char *judge(Answer answer) {
    static const struct {
        Way way;
        const char *message;
    } known[] = {
        { { .lower = OCCURS },
          "the shorter context counts occurrences: B(c) is how many different characters stand "
          "before c, however often they do" },
        { { .lower = IS_FOLLOWED },
          "B(c) counts what follows c; it must count what stands before it" },
        { { .alphabet_all = true },
          "B(c) has to be divided by the sum of all B, the number of different pairs" },
        { { .kept = true },
          "D is taken off and not given back: the probabilities add up to less than 1" },
        { { .once = true },
          "what is given back is too little: D was taken off T(h) counts, so it is D T(h)" },
        { { .below_zero = true }, "a count of 0 cannot be discounted: max(N - D, 0)" },
        { { .whole = true }, "nothing is discounted: this is maximum likelihood" },
    };
    double said[A], right[A], mistaken[A];
    for (int h = 1; h <= 2; h++) {
        for (int c = 0; c < A; c++) {
            said[c] = NAN; // what is not written shows
        }
        answer(said, text, N, A, h);
        answer_by(right, text, N, A, h, (Way){ 0 });
        for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
            answer_by(mistaken, text, N, A, h, known[k].way);
            if (!same(said, right) && same(said, mistaken)) {
                return wrong("%s", known[k].message);
            }
        }
        for (int c = 0; c < A; c++) {
            if (!(fabs(said[c] - right[c]) < 1e-9)) {
                return wrong("behind %d the probability of %d should be %.6f, and yours is %.6f", h,
                             c, right[c], said[c]);
            }
        }
    }
    answer(said, text, N, A, 4);
    answer_by(right, text, N, A, 4, (Way){ 0 });
    return same(said, right) ? NULL
                             : wrong("nothing follows 4, so behind it the shorter context is asked "
                                     "alone: p[0] should be %.6f, and yours is %.6f",
                                     right[0], said[0]);
}

EXERCISE(Answer, judge, kneser_ney, { nothing, "behind 1 the probability of 0" },
         { occurrences, "the shorter context counts occurrences" },
         { followers, "B(c) counts what follows c" },
         { by_alphabet, "B(c) has to be divided by the sum" },
         { kept_back, "D is taken off and not given back" },
         { one_discount, "what is given back is too little" },
         { negative, "a count of 0 cannot be discounted" },
         { undiscounted, "nothing is discounted" }, { empty_context, "nothing follows 4" })
