#include "measure/emd.h"
#include "base/die.h"

#include <math.h>
#include <stdlib.h>

/*
## Prices

How can one know that an assignment is the best without trying the others? Call the points of $x$ buyers and those of $y$ sellers,
and the distance $c_{ij}$ what it costs buyer $i$ to fetch what seller $j$ has. Give each buyer a number $u_i$ and each seller a
number $v_j$, of any sign. If

$$ u_i + v_j \le c_{ij} \quad \text{for all } i, j, \qquad \text{then} \qquad
   \sum_i u_i + \sum_j v_j \le \sum_i c_{i\pi(i)} \quad \text{for every assignment } \pi, $$

for the right side is a sum of one inequality for each buyer. So whoever has an assignment all of whose pairs are
*tight*, $u_i + v_{\pi(i)} = c_{i\pi(i)}$, has a proof that none is better: it reaches a bound that nobody gets below.
(This is the duality of linear programs. Lesson 8 has its form for distances, the theorem of Kantorovich and Rubinstein: there one
function, the critic, takes the part of both sets of numbers, $u_i = D(x_i)$ and $v_j = -D(y_j)$.)

## The shortest detour

The method (Kuhn's of 1955, with shortest paths as Jonker and Volgenant use them, 1987) serves one buyer after the
other. It keeps the inequality true everywhere and tight for all pairs so far. Let buyer $i$ be new. What an inequality
leaves, $c_{ij} - u_i - v_j \ge 0$, is taken for the length of the way from $i$ to $j$. A seller who is free ends the
search. From one who is not, his buyer may be sent on to another seller, so the way leads on from there (and costs
nothing between the two, who are tight). That is a shortest path in a graph whose lengths are not negative, and
Dijkstra's method finds it: of all sellers reached so far take the nearest, and see whom one reaches through him.

Then every buyer on the path moves on by one seller. The new pairs become tight, and no inequality is broken, if the
numbers change by what the ways are shorter than the path, of length $\ell$: with $\ell_j$ the length of the way to a
seller $j$ whom the search has passed,

$$ v_j \leftarrow v_j - (\ell - \ell_j), \qquad u_{\text{buyer of } j} \leftarrow u_{\text{buyer of } j} + (\ell - \ell_j), \qquad
   u_i \leftarrow u_i + \ell \ \text{ for the new one.} $$

A search looks at $n$ sellers from each of at most $n$ buyers, and there are $n$ searches: $n^3$.
*/

typedef struct {
    int n;
    double *cost;        // (n, n)
    double *u, *v;       // (n)
    double *length;      // (n): of the shortest way to a seller so far; INFINITY once passed
    double *open;        // (n): v of a seller, -INFINITY once passed: no way to him is shorter
    double *way;         // (n): the lengths of the ways to the sellers passed, in their order
    int *passed;         // (n): who they are
    int *from;           // (n): the buyer through whom a seller was reached
    int *seller, *buyer; // (n): of each buyer, of each seller; -1: none
} Market;

static double distance(const float *a, const float *b, int d) {
    double squares = 0.0;
    for (int k = 0; k < d; k++) {
        squares += ((double)a[k] - b[k]) * ((double)a[k] - b[k]);
    }
    return sqrt(squares);
}

static Market market_create(const float *x, const float *y, int n, int d) {
    size_t N = (size_t)n;
    Market m = { .n = n };
    m.cost = alloc_bytes((N + 5) * N * sizeof *m.cost);
    m.u = m.cost + N * N;
    m.v = m.u + N;
    m.length = m.v + N;
    m.open = m.length + N;
    m.way = m.open + N;
    m.passed = alloc_bytes(4 * N * sizeof *m.passed);
    m.from = m.passed + N;
    m.seller = m.from + N;
    m.buyer = m.seller + N;
    for (int i = 0; i < n; i++) {
        m.seller[i] = m.buyer[i] = -1;
        for (int j = 0; j < n; j++) {
            double cost = distance(x + (size_t)i * (size_t)d, y + (size_t)j * (size_t)d, d);
            require(isfinite(cost), "points %d and %d are %g apart", i, j, cost);
            m.cost[(size_t)i * N + (size_t)j] = cost;
        }
    }
    return m;
}

/*
Nearly all the time is spent in this loop. So that it runs without a branch, on several sellers at once, those who have
been passed are not skipped: an `open` of $-\infty$ makes every way to them infinite, and their own `length` is
infinite, too.
*/

// Looks at all sellers from a buyer who is himself `so_far` away. Returns the nearest not yet passed.
static int look_from(Market *m, int buyer, double so_far) {
    const double *cost = m->cost + (size_t)buyer * (size_t)m->n, *open = m->open;
    double *length = m->length, base = so_far - m->u[buyer], least = INFINITY;
    int *from = m->from, nearest = 0;
#pragma omp simd reduction(min : least)
    for (int j = 0; j < m->n; j++) {
        double through = base + cost[j] - open[j];
        from[j] = through < length[j] ? buyer : from[j];
        length[j] = through < length[j] ? through : length[j];
        least = length[j] < least ? length[j] : least;
    }
    while (length[nearest] > least) {
        nearest++;
    }
    return nearest;
}

static void serve(Market *m, int new) {
    int n_passed = 0;
    for (int j = 0; j < m->n; j++) {
        m->length[j] = INFINITY;
        m->open[j] = m->v[j];
    }
    int last = look_from(m, new, 0.0);
    while (m->buyer[last] >= 0) {
        double way = m->length[last];
        m->passed[n_passed] = last;
        m->way[n_passed++] = way;
        m->length[last] = INFINITY;
        m->open[last] = -INFINITY;
        last = look_from(m, m->buyer[last], way);
    }
    double path = m->length[last];
    m->u[new] += path;
    for (int k = 0; k < n_passed; k++) {
        int j = m->passed[k];
        m->v[j] -= path - m->way[k];
        m->u[m->buyer[j]] += path - m->way[k];
    }
    for (int i = -1, j = last; i != new;) { // everybody moves on by one
        i = m->from[j];
        int before = m->seller[i];
        m->seller[i] = j;
        m->buyer[j] = i;
        j = before;
    }
}

double emd(int *partner, const float *x, const float *y, int n, int d) {
    require(n > 0 && d > 0, "the distance of %d points with %d numbers each", n, d);
    Market m = market_create(x, y, n, d);
    double sum = 0.0;
    for (int i = 0; i < n; i++) {
        serve(&m, i);
    }
    for (int i = 0; i < n; i++) {
        sum += m.cost[(size_t)i * (size_t)n + (size_t)m.seller[i]];
        if (partner) {
            partner[i] = m.seller[i];
        }
    }
    free(m.cost);
    free(m.passed);
    return sum / n;
}
