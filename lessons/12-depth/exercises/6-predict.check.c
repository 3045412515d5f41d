// The oracle: summary.csv of the run.

#include "exercise.h"

extern const char *const order[4];

typedef const char *const *Answer;

enum { N = 4 };
static const char *const names[N] = { "plain_10", "plain_18", "plain_34", "residual_34" };
static const char *const keys[N] = { "10_plain_growth", "18_plain_growth", "34_plain_growth",
                                     "34_residual_growth" };

static const char *judge(Answer answer) {
    const char *problem = check_order(answer, names, N);
    if (problem) {
        return problem;
    }
    const char *summary = run_text("12-depth", "summary.csv", NULL);
    double growth[N];
    for (int i = 0; i < N; i++) {
        growth[i] = figure(summary, keys[i]);
        if (isnan(growth[i])) {
            return wrong("no run to compare with: make lesson-12");
        }
    }
    return judge_order(answer, names, growth, N);
}

static const char *const open_places[] = { "plain_10", "plain_18", "?", "?" },
                         *const strangers[] = { "plain_10", "plain_18", "plain_34", "residual_18" },
                         *const twice[] = { "plain_10", "plain_10", "plain_34", "residual_34" },
                         *const backward[] = { "plain_34", "plain_18", "residual_34", "plain_10" };

EXERCISE(Answer, judge, order, { open_places, "place 3 is still open" },
         { strangers, "\"residual_18\" is not one of" },
         { twice, "\"plain_10\" stands there twice" }, { backward, "0 of " })
