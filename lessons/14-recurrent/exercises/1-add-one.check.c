// The oracle: texts of one pair, whose probability can be read off, and a longer one against the formula.

#include "exercise.h"

double add_one_bits(const int *train, int n, const int *text, int m, int alphabet);

typedef double (*Answer)(const int *train, int n, const int *text, int m, int alphabet);

enum { A = 4, N = 40 };

// The formula, with a place for each mistake.
typedef struct {
    double added, times_alphabet; // to a count; so many alphabets to the count of a context
    bool in_nats, sum_only, last_counts, all_counts, turned;
} Way;

static double bits_by(const int *train, int n, const int *text, int m, int alphabet, Way way) {
    double sum = 0.0;
    for (int i = 1; i < m; i++) {
        int pair = 0, followed = way.last_counts && train[n - 1] == text[i - 1];
        for (int k = 1; k < n; k++) {
            int h = way.turned ? train[k] : train[k - 1], c = way.turned ? train[k - 1] : train[k];
            pair += h == text[i - 1] && c == text[i];
            followed += h == text[i - 1];
        }
        double all = (way.all_counts ? n - 1 : followed) + way.times_alphabet * alphabet;
        double p = (pair + way.added) / all;
        sum -= way.in_nats ? log(p) : log2(p);
    }
    return way.sum_only ? sum : sum / (m - 1);
}

// --- what learners write --------------------------------------------------------------------------

static double nothing(const int *train, int n, const int *text, int m, int alphabet) {
    (void)train, (void)n, (void)text, (void)m, (void)alphabet;
    return 0.0;
}

#define ANSWER(name, ...)                                                                          \
    static double name(const int *train, int n, const int *text, int m, int alphabet) {            \
        return bits_by(train, n, text, m, alphabet, (Way){ __VA_ARGS__ });                         \
    }

ANSWER(nats, .added = 1, .times_alphabet = 1, .in_nats = true)
ANSWER(whole_sum, .added = 1, .times_alphabet = 1, .sum_only = true)
ANSWER(nothing_added, .added = 0)
ANSWER(one_below, .added = 1, .times_alphabet = 0.25) // N + 1 in place of N + V, for four symbols
ANSWER(end_counted, .added = 1, .times_alphabet = 1, .last_counts = true)
ANSWER(of_all_pairs, .added = 1, .times_alphabet = 1, .all_counts = true)
ANSWER(turned_round, .added = 1, .times_alphabet = 1, .turned = true)

// --- the judge --------------------------------------------------------------------------------------

static bool near(double a, double b) {
    return fabs(a - b) < 1e-9;
}

static const char *judge(Answer answer) {
    const int train[] = { 0, 1, 0, 1, 0, 2, 0, 1 }; // 0 is followed four times: 1, 1, 2, 1
    const int seen[] = { 0, 1 }, unseen[] = { 0, 3 }, never[] = { 3, 0 }, twice[] = { 0, 1, 0 };
    double said = answer(train, 8, seen, 2, A), right = -log2(4.0 / 8.0);
    if (near(said, -log(4.0 / 8.0))) {
        return wrong("your figure is in nats: log2, and not log");
    }
    if (near(said, -log2(4.0 / 5.0))) {
        return wrong("in 0 1 0 1 0 2 0 1, 1 follows 0 three times of four, and yours gives it (3 + "
                     "1) / (4 + 1): one is added to each of the %d counts, so V is added below",
                     A);
    }
    if (near(said, -log2(4.0 / 11.0))) {
        return wrong("N(h) is the number of pairs that begin with h, and not of all pairs");
    }
    if (near(said, -log2(3.0 / 7.0))) {
        return wrong("the pairs are turned round: h stands first, and c behind it");
    }
    if (isinf(answer(train, 8, unseen, 2, A))) {
        return wrong("0 3 never occurs in 0 1 0 1 0 2 0 1, and costs infinitely many bits: add one "
                     "to its count");
    }
    if (!near(said, right)) {
        return wrong("with the pairs of 0 1 0 1 0 2 0 1 and four symbols, 0 1 costs %g bit, since "
                     "p = (3 + 1) / (4 + 4), and yours is %g",
                     right, said);
    }
    said = answer(train, 8, never, 2, A);
    if (!near(said, 2.0)) {
        return wrong("nothing ever follows 3, so all four symbols are equally probable, 2 bits; "
                     "yours is %g",
                     said);
    }
    const int after_last[] = { 1, 0 }; // 1 stands three times, the last time at the end
    said = answer(train, 8, after_last, 2, A);
    if (near(said, -log2(3.0 / 7.0))) {
        return wrong("the last character of train is followed by nothing: N(1) is 2 here, not 3");
    }
    said = answer(train, 8, twice, 3, A);
    if (near(said, right - log2(3.0 / 6.0))) {
        return wrong("a text of three characters has two pairs: divide the sum by m - 1");
    }
    int long_one[N], other[N];
    for (int i = 0; i < N; i++) {
        long_one[i] = i * i % 7 % A;
        other[i] = (3 * i + i / 5) % A;
    }
    said = answer(long_one, N, other, N, A);
    right = bits_by(long_one, N, other, N, A, (Way){ .added = 1, .times_alphabet = 1 });
    return near(said, right) ? NULL
                             : wrong("on a text of %d characters it should be %.6f, and yours is "
                                     "%.6f",
                                     N, right, said);
}

EXERCISE(Answer, judge, add_one_bits,
         { nothing, "with the pairs of 0 1 0 1 0 2 0 1 and four symbols" },
         { nats, "your figure is in nats" }, { nothing_added, "0 3 never occurs" },
         { one_below, "in 0 1 0 1 0 2 0 1, 1 follows 0 three times" },
         { of_all_pairs, "N(h) is the number of pairs that begin with h" },
         { end_counted, "the last character of train" },
         { whole_sum, "a text of three characters" },
         { turned_round, "the pairs are turned round" })
