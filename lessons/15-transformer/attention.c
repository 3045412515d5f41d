/*
# Lesson 15: The transformer

Lesson 14's networks read a text from left to right and carry a state along. Whatever will be needed later has to be in that
state, from the moment it was read, and next to everything else. If the question comes twenty letters later ("what was the
eleventh letter?"), it is often too late. **Could each place of a text look back and choose by itself which earlier character
it needs?**

![Four rows of a sequence. The last one compares its query with the keys of all four, which gives four weights that add up to
1, and takes the sum of the values with these weights.](diagrams/weighted-sum.svg)

That is *attention*. It is the only way by which the rows of a *transformer* (Vaswani et al. 2017) learn of each other; all
other layers treat each row by itself. There is no state and nothing has to be carried, so all rows of a text can be computed
at the same time.

**What you will do here.** Write one head of attention in plain loops, derive its backward pass and check it. See why the scores
are divided by $\sqrt w$, that attention does not know in which order its rows stand, and how the order is put in. Train one
attention layer to repeat twenty letters, which a much larger LSTM does not learn in more steps, and watch what it looks at.
Find a task that two layers learn in 500 steps and one does not, and one that the LSTM learns in 300 steps and attention does
not. Then train a small GPT, a transformer that continues a text, on the text of lesson 14, and take it apart. It has nearly as
many parameters as that lesson's LSTM, and reads as many characters.

    make lesson-15
    make lesson-15 ARGS="--load runs/15-transformer/default/model.safetensors --generate 500" RUN=written
    make compare RUNS="14-recurrent/default 15-transformer/default"
*/

#include "acts.h"
#include "base/die.h"
#include "kernels/attention.h"
#include "nn/gradcheck.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
## Which earlier row do I need?

A sequence of $T$ characters comes as $T$ rows of $d$ numbers: each character has a learned vector, its *embedding*. Row $i$
wants to say what character comes next, and for that it may want to know something of an earlier row. Let it ask. From each row
three vectors of $w$ numbers are made, by three dense layers:

- a *query* $q_i$: what row $i$ looks for;
- a *key* $k_j$: by what row $j$ can be found;
- a *value* $v_j$: what row $j$ hands over if it is found.

How well query and key fit together is their dot product, the *score*. Softmax turns the scores of row $i$ into weights that
are positive and add up to 1, and row $i$ receives the values, added up with these weights:

$$ s_{ij} = \frac{q_i \cdot k_j}{\sqrt w}, \qquad p_{ij} = \frac{e^{s_{ij}}}{\sum_l e^{s_{il}}}, \qquad
   y_i = \sum_j p_{ij}\, v_j. $$

| | $q$, $k$, $v$, $y$ | $s$, $p$ |
|---|---|---|
| shape | $(T, w)$ | $(T, T)$ |

Why a weighted sum, and not simply the value with the best score? Because a choice has no slope. If a key moves a little, the
best one mostly stays the best one, and nothing says in which direction the key should move. The weights change with every
score, and where one score is far above the others, the sum is nearly a choice.

**By hand.** Let $w = 1$, and let a query of 2 meet the keys 1, 0 and 1, whose values are 10, 40 and 10. The scores are 2, 0
and 2. Since $e^2 = 7.39$ and $e^0 = 1$, the weights are $0.468$, $0.063$ and $0.468$, and the sum is $y = 11.9$. With a query
of 0 all weights would be a third, and $y$ would be 20: a row that looks for nothing receives the mean.
*/

static float dot(const float *a, const float *b, int n) {
    float sum = 0.0f;
    for (int c = 0; c < n; c++) {
        sum += a[c] * b[c];
    }
    return sum;
}

// Scores p (n) become weights. The largest is taken off first, so that no exponential overflows.
static void softmax(float *p, int n) {
    float largest = p[0], sum = 0.0f;
    for (int j = 1; j < n; j++) {
        largest = fmaxf(largest, p[j]);
    }
    for (int j = 0; j < n; j++) {
        p[j] = expf(p[j] - largest);
        sum += p[j];
    }
    for (int j = 0; j < n; j++) {
        p[j] /= sum;
    }
}

/*
**The mask.** A network that learns to say the next character must not see it. So row $i$ may look at the rows $j \le i$ only:
attention is *causal*. The weights of all later rows are 0, and the sum in the denominator ends at $i$. With this mask one pass
over a text of $T$ characters is $T$ exercises at the same time, one for each place, and none of them sees its own answer.

![The weights as a square: a row for each place that asks, a column for each place that is looked at. The upper right half is
masked.](diagrams/mask.svg)
*/

static int seen_by(int i, const Head *head) {
    return head->causal ? i + 1 : head->rows;
}

void head_forward(float *y, float *p, const float *q, const float *k, const float *v,
                  const Head *head) {
    int T = head->rows, w = head->width;
    for (int i = 0; i < T; i++) {
        int n = seen_by(i, head);
        float *weights = p + i * T, *out = y + i * w;
        for (int j = 0; j < n; j++) {
            weights[j] = dot(q + i * w, k + j * w, w) / sqrtf((float)w);
        }
        softmax(weights, n);
        for (int j = n; j < T; j++) {
            weights[j] = 0.0f;
        }
        for (int c = 0; c < w; c++) {
            out[c] = 0.0f;
            for (int j = 0; j < n; j++) {
                out[c] += weights[j] * v[j * w + c];
            }
        }
    }
}

/*
## Backward

Three steps forward are three steps back. $dy_i$ is given, the gradient of the loss with respect to $y_i$.

**The sum.** $y_i = \sum_j p_{ij} v_j$ is a matrix product. The value $v_j$ goes into each row that looks at it, with the
weight by which it is looked at; and if $p_{ij}$ grows, $y_i$ moves along $v_j$, so that the loss changes by $dy_i \cdot v_j$
per unit:

$$ dv_j = \sum_i p_{ij}\, dy_i, \qquad dp_{ij} = dy_i \cdot v_j. $$

**Softmax.** $p_l$ depends on each score of its row: $\partial p_l / \partial s_j = p_l\,(1 - p_l)$ if $l = j$, and $-p_l\,
p_j$ otherwise. (The numerator is responsible for the 1 in the first case, the denominator for the rest.) So

$$ ds_j = \sum_l dp_l\, \frac{\partial p_l}{\partial s_j} = p_j \bigl( dp_j - \sum_l p_l\, dp_l \bigr). $$

The sum in brackets is the mean of all $dp$ under the weights. Gradient descent raises a score whose $dp_j$ is below this mean:
more weight on its row lowers the loss. Where the mask is, $p_j = 0$, and so $ds_j = 0$: no gradient passes.

**The scores.** $s_{ij} = q_i \cdot k_j / \sqrt w$ is a product again:

$$ dq_i = \frac{1}{\sqrt w} \sum_j ds_{ij}\, k_j, \qquad dk_j = \frac{1}{\sqrt w} \sum_i ds_{ij}\, q_i. $$

A key is used by many rows, and its gradient is a sum over all of them.
*/

void head_backward(float *dq, float *dk, float *dv, const float *dy, const float *p, const float *q,
                   const float *k, const float *v, const Head *head) {
    int T = head->rows, w = head->width;
    for (int i = 0; i < T * w; i++) {
        dq[i] = dk[i] = dv[i] = 0.0f;
    }
    for (int i = 0; i < T; i++) {
        const float *weights = p + i * T, *slope = dy + i * w;
        int n = seen_by(i, head);
        float mean = 0.0f; // of all dp of this row, under its weights
        for (int j = 0; j < n; j++) {
            mean += weights[j] * dot(slope, v + j * w, w);
        }
        for (int j = 0; j < n; j++) {
            float dp = dot(slope, v + j * w, w);
            float ds = weights[j] * (dp - mean) / sqrtf((float)w);
            for (int c = 0; c < w; c++) {
                dv[j * w + c] += weights[j] * slope[c];
                dq[i * w + c] += ds * k[j * w + c];
                dk[j * w + c] += ds * q[i * w + c];
            }
        }
    }
}

/*
## Heads

One weighted sum for each row is often too little. A row may want the letter before it *and* the bracket that was opened long
ago, and a mean of the two is neither. So the $d$ numbers of a row are cut into $H$ *heads* of $w = d / H$ numbers, and each
head has its own queries, keys and values, its own weights and its own sum. Behind them stand $d$ numbers again, side by side,
and a dense layer mixes them. With more heads there are neither more parameters nor more multiplications, only narrower
queries.

| | shape | |
|---|---|---|
| $x$ | $(B T, 3d)$ | $B$ sequences, one below the other. A row: the queries of all heads, then the keys, then the values |
| $y$ | $(B T, d)$ | the sums of all heads, side by side |
*/

// Copies `width` numbers of each of `rows` rows, which begin ldto and ldfrom numbers apart.
static void copy_columns(float *to, int ldto, const float *from, int ldfrom, int rows, int width) {
    for (int i = 0; i < rows; i++) {
        memcpy(to + (size_t)i * (size_t)ldto, from + (size_t)i * (size_t)ldfrom,
               (size_t)width * sizeof *to);
    }
}

// Memory for one head: queries, keys, values, sums, and the gradients of these; the weights.
enum { Q, K, V, Y, DQ, DK, DV, DY, PARTS };
typedef struct {
    Head head;
    float *of[PARTS], *p;
} Room;

static Room room_create(int rows, int width, bool causal) {
    Room room = { .head = { rows, width, causal } };
    for (int part = 0; part < PARTS; part++) {
        room.of[part] = alloc_floats((size_t)(rows * width));
    }
    room.p = alloc_floats((size_t)(rows * rows));
    return room;
}

static void room_free(Room *room) {
    for (int part = 0; part < PARTS; part++) {
        free(room->of[part]);
    }
    free(room->p);
}

// Fetches queries, keys and values of a head from x, and computes its sums.
static void fetch_and_look(Room *room, const float *x, int d, int h) {
    int T = room->head.rows, w = room->head.width;
    for (int part = Q; part <= V; part++) {
        copy_columns(room->of[part], w, x + part * d + h * w, 3 * d, T, w);
    }
    head_forward(room->of[Y], room->p, room->of[Q], room->of[K], room->of[V], &room->head);
}

void plain_attention(float *y, const float *x, int n, int d, int heads, int rows, bool causal) {
    int w = d / heads;
    Room room = room_create(rows, w, causal);
    for (int first = 0; first < n; first += rows) {
        for (int h = 0; h < heads; h++) {
            fetch_and_look(&room, x + (size_t)first * 3 * (size_t)d, d, h);
            copy_columns(y + first * d + h * w, d, room.of[Y], w, rows, w);
        }
    }
    room_free(&room);
}

void plain_attention_backward(float *dx, const float *dy, const float *x, int n, int d, int heads,
                              int rows, bool causal) {
    int w = d / heads;
    Room room = room_create(rows, w, causal);
    for (int first = 0; first < n; first += rows) {
        for (int h = 0; h < heads; h++) {
            fetch_and_look(&room, x + (size_t)first * 3 * (size_t)d, d, h);
            copy_columns(room.of[DY], w, dy + first * d + h * w, d, rows, w);
            head_backward(room.of[DQ], room.of[DK], room.of[DV], room.of[DY], room.p, room.of[Q],
                          room.of[K], room.of[V], &room.head);
            for (int part = Q; part <= V; part++) {
                copy_columns(dx + first * 3 * d + part * d + h * w, 3 * d, room.of[DQ + part], w,
                             rows, w);
            }
        }
    }
    room_free(&room);
}

/*
The library has the same in a [faster form](../../common/kernels/attention.h), as the layer `attention(heads, .steps = T,
.causal = true)`. The program computes both on random numbers, 3 sequences of 40 rows in 4 heads of width 16, and prints by how
much they differ, as a share: about a ten-millionth, which is rounding. Also it moves each number of a small $x$ by a little
and compares what the loss does with $dx$ (lesson 2's gradient check): the two differ by 4 parts in 100,000.
*/

// The difference between two arrays, as a share.
static double share(const float *a, const float *b, size_t n) {
    float *difference = alloc_floats(n);
    for (size_t i = 0; i < n; i++) {
        difference[i] = a[i] - b[i];
    }
    double result = norm(difference, n) / norm(b, n);
    free(difference);
    return result;
}

static void attention_bridge(double *forward, double *backward, Rng rng) {
    enum { ROWS = 40, N = 3 * ROWS, HEADS = 4, D = 64 };
    const AttentionShape shape = { D, HEADS, ROWS, true };
    float *x = alloc_floats(N * 3 * D), *dx = alloc_floats(N * 3 * D), *y = alloc_floats(N * D);
    float *dy = alloc_floats(N * D), *mine = alloc_floats(N * 3 * D);
    float *workspace = alloc_floats(attention_workspace(&shape));
    rng_fill_normal(&rng, x, N * 3 * D, 0.0f, 1.0f);
    rng_fill_normal(&rng, dy, N * D, 0.0f, 1.0f);
    attention_forward(y, x, N, &shape, workspace);
    attention_backward(dx, dy, x, N, &shape, workspace);
    plain_attention(mine, x, N, D, HEADS, ROWS, true);
    *forward = share(mine, y, N * D);
    plain_attention_backward(mine, dy, x, N, D, HEADS, ROWS, true);
    *backward = share(mine, dx, N * 3 * D);
    float *all[] = { x, dx, y, dy, mine, workspace };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        free(all[i]);
    }
}

// A loss of x whose gradient at y is dy: the sum of all y · dy.
typedef struct {
    const float *x, *dy;
    float *y;
    int n, d, heads, rows;
} SmallLoss;

static double small_loss(void *context) {
    const SmallLoss *l = context;
    plain_attention(l->y, l->x, l->n, l->d, l->heads, l->rows, true);
    double sum = 0.0;
    for (int i = 0; i < l->n * l->d; i++) {
        sum += (double)l->y[i] * (double)l->dy[i];
    }
    return sum;
}

static double attention_gradient_error(Rng rng) {
    enum { ROWS = 6, N = 2 * ROWS, HEADS = 2, D = 8 };
    float x[N * 3 * D], dx[N * 3 * D], y[N * D], dy[N * D];
    rng_fill_normal(&rng, x, N * 3 * D, 0.0f, 1.0f);
    rng_fill_normal(&rng, dy, N * D, 0.0f, 1.0f);
    plain_attention_backward(dx, dy, x, N, D, HEADS, ROWS, true);
    SmallLoss loss = { x, dy, y, N, D, HEADS, ROWS };
    return gradient_error(x, dx, N * 3 * D, small_loss, &loss, 0.003f);
}

/*
## Why divide by √w?

Let the numbers of query and key be independent, with mean 0 and variance 1, as they are more or less at the beginning. A
product $q_c k_c$ has mean 0 and variance 1, and the variances of independent terms add up: $q \cdot k$ has variance $w$. With
$w = 64$ the scores are about $\pm 8$, and $e^8$ is nearly 3,000. Softmax then gives most of the weight to one row (0.82 in the
figure below), by chance, before anything has been learned. And where one weight is nearly 1 and the others nearly 0, all slopes
$p_j (1 - p_j)$ are nearly 0, and it is hard to learn another choice. Divided by $\sqrt w$ the scores have variance 1 for any
width.

![The mean largest of 32 weights, and the sum of the slopes of softmax, against the width of the queries: with the division
both stay where they are, without it the largest weight goes to 1 and the slopes to 0.](scaling.svg)

The figure has random queries and keys over 32 rows. Divided, the largest weight is 0.14 at width 1 and 0.16 at width 256;
undivided it is 0.92 at width 256, and the sum of the slopes, $\sum_j p_j (1 - p_j)$, has fallen from 0.93 to 0.12. That is the
argument of the paper. It speaks of the beginning only, and no network was trained without the division here: a network can
learn to make its queries shorter or longer.
*/

enum { WIDTHS = 5, SCALED_ROWS = 32, DRAWS = 20 };
static const int widths[WIDTHS] = { 1, 4, 16, 64, 256 };

// Mean over the rows of the largest weight, and of the sum of p (1 - p). With `factor` queries are longer.
static void measure_weights(double *largest, double *slopes, int width, float factor, Rng rng) {
    Room room = room_create(SCALED_ROWS, width, false);
    size_t n = (size_t)(SCALED_ROWS * width);
    *largest = *slopes = 0.0;
    for (int draw = 0; draw < DRAWS; draw++) {
        rng_fill_normal(&rng, room.of[Q], n, 0.0f, factor);
        rng_fill_normal(&rng, room.of[K], n, 0.0f, 1.0f);
        head_forward(room.of[Y], room.p, room.of[Q], room.of[K], room.of[V], &room.head);
        for (int i = 0; i < SCALED_ROWS; i++) {
            float most = 0.0f;
            for (int j = 0; j < SCALED_ROWS; j++) {
                float p = room.p[i * SCALED_ROWS + j];
                most = fmaxf(most, p);
                *slopes += (double)(p * (1.0f - p)) / (DRAWS * SCALED_ROWS);
            }
            *largest += (double)most / (DRAWS * SCALED_ROWS);
        }
    }
    room_free(&room);
}

static void scaling(Lab *lab) {
    Log *log = log_open(lab->run, "log-scaling.csv",
                        "divided_largest,undivided_largest,divided_slopes,undivided_slopes");
    for (int i = 0; i < WIDTHS; i++) {
        double largest[2], slopes[2];
        char key[64];
        for (int raw = 0; raw < 2; raw++) {
            float factor = raw ? sqrtf((float)widths[i]) : 1.0f; // takes the division back
            measure_weights(&largest[raw], &slopes[raw], widths[i], factor,
                            rng_create(run_seed(lab->run, 0), RNG_NOISE));
            snprintf(key, sizeof key, "largest_weight_%s_%d", raw ? "undivided" : "divided",
                     widths[i]);
            run_summary(lab->run, key, largest[raw]);
            snprintf(key, sizeof key, "slopes_%s_%d", raw ? "undivided" : "divided", widths[i]);
            run_summary(lab->run, key, slopes[raw]);
        }
        log_row(log, widths[i], largest[0], largest[1], slopes[0], slopes[1]);
    }
}

/*
## A bag of rows

Look at the formulas again. Do they anywhere use *where* a row stands? Row $i$ meets row $j$ as a key and a value, and the sum
does not care in which order its terms are added. Put the earlier rows into another order, and $y_i$ is the same. To attention
a text is a bag of characters.

So after `least ` and after `stale `, which have the same letters, a layer of attention without anything else must say the
same. The program asks an untrained one: the scores for the next character differ by less than a ten-millionth, which is
rounding.

With the mask this is true of one layer, and not of two. The first layer's row $i$ has seen the first $i$ rows and no others,
and so its output says something about where it stands; the second layer can use that. In an untrained net of two layers the
scores differ by 7.2 %. How much of this a network learns to use is another question; see the GPT without positions, below.

## Positions

The remedy is plain: write into each row where it stands. A second table of vectors, one for each place, is added to the
embedding of the character,

$$ x_t = e_{\text{character}} + r_t, $$

and learned like it. In a table this is the layer `positions(T)`. With it, the scores of one layer after the two words differ
by 4.1 % before any training. Is it not a loss that the two are added and can no longer be told apart? In 64 dimensions there
is room: the network can learn to keep characters and positions in different directions.

**Sinusoids.** A learned table ends at its last row: for row $T + 1$ there is no vector. Vaswani et al. computed the vectors
instead. Numbers $2c$ and $2c + 1$ of row $t$ are

$$ \sin(\omega_c t), \quad \cos(\omega_c t), \qquad \omega_c = 10000^{-2c/d}, $$

hands of clocks, of which the fastest turns once in $2\pi \approx 6$ rows and the slowest once in up to $60000$. Two such
vectors have the dot product $\sum_c \cos(\omega_c (t - u))$, by $\cos a \cos b + \sin a \sin b = \cos(a - b)$: it depends on
the *distance* of the rows alone. And the vector of row $t + 5$ is that of row $t$ with each hand turned by a fixed angle,
which is a matrix that does not depend on $t$. "Five rows back" is thus a linear function. The lesson [tries
both](#twenty-letters-back) at copying. Later networks put the distance into the scores themselves, by turning queries and keys
(Su et al. 2021) or by a penalty that grows with the distance (Press et al. 2022). The library has the learned table only, but
it may begin as sinusoids, as `sinusoids` below writes them.
*/

void sinusoids(float *table, int rows, int d) {
    for (int t = 0; t < rows; t++) {
        for (int c = 0; c + 1 < d; c += 2) {
            double angle = t * pow(10000.0, -(double)c / d);
            table[t * d + c] = (float)sin(angle);
            table[t * d + c + 1] = (float)cos(angle);
        }
    }
}

// By how much the scores behind the last row differ between "least " and "stale ", as a share.
static double anagrams(int layers, bool positions, Rng rng) {
    enum { D = 32, ROWS = 6, WORDS = 27 };
#define BEGIN embedding(D, .words = WORDS)
    static const LayerSpec one[] = { BEGIN, ATTEND(D, 2, ROWS), dense(WORDS), END };
    static const LayerSpec two[] = { BEGIN, ATTEND(D, 2, ROWS), ATTEND(D, 2, ROWS), dense(WORDS),
                                     END };
    static const LayerSpec placed[] = { BEGIN, positions(ROWS, .spread = 1), ATTEND(D, 2, ROWS),
                                        dense(WORDS), END };
    static const char words[2][ROWS + 1] = { "least ", "stale " };
    float x[ROWS], scores[2][WORDS];
    Net *net = net_create(positions     ? placed
                          : layers == 1 ? one
                                        : two,
                          (Shape){ 1, 1, 1 }, ROWS, &rng);
    for (int w = 0; w < 2; w++) {
        for (int t = 0; t < ROWS; t++) {
            x[t] = words[w][t] == ' ' ? 26.0f : (float)(words[w][t] - 'a');
        }
        const float *y = net_forward(net, x, ROWS, EVAL);
        memcpy(scores[w], y + (ROWS - 1) * WORDS, sizeof scores[w]);
    }
    net_free(net);
    return share(scores[0], scores[1], WORDS);
#undef BEGIN
}

void one_head(Lab *lab) {
    double forward, backward;
    Rng rng = rng_create(run_seed(lab->run, 0), RNG_NOISE),
        init = rng_create(run_seed(lab->run, 0), RNG_INIT);
    if (!state_begin(lab->state, "one_head")) {
        return;
    }
    attention_bridge(&forward, &backward, rng);
    double error = attention_gradient_error(rng);
    double one = anagrams(1, false, init), two = anagrams(2, false, init),
           placed = anagrams(1, true, init);
    run_say(lab->run, "Plain loops and the library differ by %.1e, their gradients by %.1e;",
            forward, backward);
    run_say(lab->run, "the gradient and finite differences by %.1e.", error);
    run_say(lab->run, "\"least \" and \"stale \": one layer %.1e, two layers %.2f, positions %.2f.",
            one, two, placed);
    run_summary(lab->run, "bridge_forward", forward);
    run_summary(lab->run, "bridge_backward", backward);
    run_summary(lab->run, "gradient_error", error);
    run_summary(lab->run, "anagrams_one_layer", one);
    run_summary(lab->run, "anagrams_two_layers", two);
    run_summary(lab->run, "anagrams_positions", placed);
    scaling(lab);
    state_end(lab->state, true);
}
