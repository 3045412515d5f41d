#include "emd.h"
#include "die.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/*
## Prices

Call the points of $x$ buyers and those of $y$ sellers, and the distance $c_{ij}$ the cost at which $i$ gets what $j$ has. Let each seller
$j$ have a price $-v_j$, and each buyer $i$ a purse $u_i$. If

$$ u_i + v_j \le c_{ij} \quad \text{for all } i, j, \qquad \text{then} \qquad
   \sum_i u_i + \sum_j v_j \le \sum_i c_{i\pi(i)} \quad \text{for every assignment } \pi, $$

for the right side is a sum of one inequality for each pair. So whoever has an assignment all of whose pairs are *tight*, $u_i + v_j =
c_{ij}$, has a proof that none is better: it reaches the bound. (This is the duality of linear programs, and in lesson 8 the prices
come back as the critic of a WGAN.)

## The shortest detour

The method (Kuhn's, in the form of Jonker and Volgenant 1987) serves one buyer after the other. It keeps the inequality true everywhere
and tight for all pairs so far. A new buyer $i$ looks for a seller. What remains of a cost, $c_{ij} - u_i - v_j \ge 0$, is the length
of the way from $i$ to $j$; a seller who is free ends the search; from one who is not, his buyer may be sent on to another, so the way
leads on from there. That is a shortest path in a graph with lengths that are not negative, and Dijkstra's method finds it: of all
sellers reached so far take the nearest, and see whom one reaches through him.

Then every buyer on the path moves on by one seller, and the prices are changed by as much as the path was longer than the way to
each seller on it, which makes the new pairs tight and leaves the inequality true. $n$ searches of $n^2$ steps each are $n^3$.
*/

typedef struct {
    int n;
    double *cost;           // (n, n)
    double *u, *v, *length; // (n): purses, prices, lengths of the ways to each seller
    int *from;              // (n): the buyer through whom a seller was reached
    int *seller, *buyer;    // (n): of each buyer, of each seller; -1: none
    bool *done;             // (n): the shortest way to this seller is known
} Market;

static Market market_create(const float *x, const float *y, int n, int d) {
    size_t N = (size_t)n;
    Market m = { .n = n };
    m.cost = alloc_bytes(N * N * sizeof *m.cost);
    m.u = alloc_bytes(3 * N * sizeof *m.u);
    m.v = m.u + n;
    m.length = m.v + n;
    m.from = alloc_bytes(3 * N * sizeof *m.from);
    m.seller = m.from + n;
    m.buyer = m.seller + n;
    m.done = alloc_bytes(N * sizeof *m.done);
    for (int i = 0; i < n; i++) {
        m.seller[i] = m.buyer[i] = -1;
        for (int j = 0; j < n; j++) {
            double squares = 0.0;
            for (int k = 0; k < d; k++) {
                double difference = (double)x[(size_t)i * (size_t)d + (size_t)k] -
                                    y[(size_t)j * (size_t)d + (size_t)k];
                squares += difference * difference;
            }
            m.cost[(size_t)i * N + (size_t)j] = sqrt(squares);
        }
    }
    return m;
}

static void market_free(Market *m) {
    free(m->cost);
    free(m->u);
    free(m->from);
    free(m->done);
}

// The nearest seller to whom the shortest way is not known yet.
static int nearest(const Market *m) {
    int best = -1;
    for (int j = 0; j < m->n; j++) {
        if (!m->done[j] && (best < 0 || m->length[j] < m->length[best])) {
            best = j;
        }
    }
    return best;
}

// Ways through a buyer who is himself reached after `so_far`.
static void look_from(Market *m, int buyer, double so_far) {
    const double *cost = m->cost + (size_t)buyer * (size_t)m->n;
    double base = so_far - m->u[buyer];
    for (int j = 0; j < m->n; j++) {
        double length = base + cost[j] - m->v[j];
        bool shorter = !m->done[j] && length < m->length[j];
        m->length[j] = shorter ? length : m->length[j];
        m->from[j] = shorter ? buyer : m->from[j];
    }
}

static void serve(Market *m, int buyer) {
    for (int j = 0; j < m->n; j++) {
        m->length[j] = INFINITY;
        m->done[j] = false;
    }
    look_from(m, buyer, 0.0);
    int last = nearest(m);
    while (m->buyer[last] >= 0) {
        m->done[last] = true;
        look_from(m, m->buyer[last], m->length[last]);
        last = nearest(m);
    }
    double path = m->length[last];
    m->u[buyer] += path;
    for (int j = 0; j < m->n; j++) {
        if (m->done[j]) {
            m->v[j] -= path - m->length[j];
            m->u[m->buyer[j]] += path - m->length[j];
        }
    }
    for (int i = -1, j = last; i != buyer;) { // everybody moves on by one
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
        for (int j = 0; j < n; j++) {
            require(isfinite(m.cost[(size_t)i * (size_t)n + (size_t)j]),
                    "points %d and %d are not "
                    "a distance apart",
                    i, j);
        }
    }
    for (int i = 0; i < n; i++) {
        serve(&m, i);
    }
    for (int i = 0; i < n; i++) {
        sum += m.cost[(size_t)i * (size_t)n + (size_t)m.seller[i]];
        if (partner) {
            partner[i] = m.seller[i];
        }
    }
    market_free(&m);
    return sum / n;
}
