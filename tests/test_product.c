#include "base/die.h"
#include "kernels/product.h"
#include "base/rng.h"
#include "test.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// --- helpers -------------------------------------------------------------------------------------

enum { CASES = 300, MARGIN = 32 }; // numbers around C that must not be written

// A matrix whose rows begin ld numbers apart, at any address; outside of them there is NaN.
typedef struct {
    float *block, *at; // what to free; the first number
    size_t size;       // numbers in block
    int rows, cols, ld;
} Matrix;

static int draw(Rng *rng, int low, int high) {
    return low + (int)rng_below(rng, (uint32_t)(high - low + 1));
}

// Random numbers, up to 20 between two rows and exactly `behind` after the last one: there block
// ends, for a sanitizer to see what is read behind it.
static Matrix draw_matrix(Rng *rng, int rows, int cols, int behind) {
    Matrix x = { .rows = rows, .cols = cols, .ld = cols + draw(rng, 0, 1) * draw(rng, 0, 20) };
    size_t before = (size_t)(MARGIN + draw(rng, 0, 15));
    x.size = before + (size_t)((rows - 1) * x.ld + cols + behind);
    x.block = alloc_bytes(x.size * sizeof *x.block);
    x.at = x.block + before;
    for (size_t i = 0; i < x.size; i++) {
        x.block[i] = NAN;
    }
    for (int i = 0; i < rows; i++) {
        rng_fill_normal(rng, x.at + (long)i * x.ld, (size_t)cols, 0.0f, 1.0f);
    }
    return x;
}

static float number(const Matrix *x, int row, int col) {
    return x->at[(long)row * x->ld + col];
}

// The matrices of a product; before: what C holds until then.
typedef struct {
    int m, n, k;
    bool accumulate;
    Matrix a, b, c;
    float *before;
} Case;

static Case draw_case(Rng *rng, int m, int n, int k) {
    Case p = { .m = m, .n = n, .k = k, .accumulate = draw(rng, 0, 1) };
    p.a = draw_matrix(rng, m, k, 0);
    p.b = draw_matrix(rng, k, n, PRODUCT_SLACK);
    p.c = draw_matrix(rng, m, n, draw(rng, 0, 1) * MARGIN);
    for (size_t i = 0; i < p.c.size; i++) {
        p.c.block[i] = isnan(p.c.block[i]) ? -7.0f : p.c.block[i]; // a NaN written there is seen
    }
    for (int e = 0; e < m * n && !p.accumulate; e++) {
        p.c.at[(long)(e / n) * p.c.ld + e % n] = NAN; // must be overwritten
    }
    p.before = alloc_bytes(p.c.size * sizeof *p.before);
    memcpy(p.before, p.c.block, p.c.size * sizeof *p.before);
    return p;
}

static void free_case(Case *p) {
    free(p->a.block);
    free(p->b.block);
    free(p->c.block);
    free(p->before);
}

static void multiply(Case *p) {
    product(p->c.at, p->c.ld, p->a.at, p->a.ld, p->b.at, p->b.ld, p->accumulate, p->m, p->n, p->k);
}

static float before(const Case *p, int i, int j) {
    return p->before[p->c.at - p->c.block + (long)i * p->c.ld + j];
}

static const char *describe(const Case *p) {
    static char text[120];
    snprintf(text, sizeof text, "%d × %d × %d, rows %d, %d and %d apart, accumulate %d", p->m, p->n,
             p->k, p->a.ld, p->b.ld, p->c.ld, p->accumulate);
    return text;
}

// sum + a·b in one rounding or in two. Which of them product does is the compiler's choice: one, if
// the processor can and optimisation is on.
static float add_product(float sum, float a, float b, bool fused) {
    volatile float rounded = a * b;
    return fused ? fmaf(a, b, sum) : sum + rounded;
}

// (1 + 2^-12)² - 1 has a term 2^-24 that is lost when the square is rounded first.
static bool product_is_fused(void) {
    const float e = 0x1p-12f, a[2] = { -1.0f, 1.0f + e };
    float b[2 + PRODUCT_SLACK] = { 1.0f, 1.0f + e }, c;
    product(&c, 1, a, 2, b, 1, false, 1, 1, 2);
    ck_assert(c == 2.0f * e || c == 2.0f * e + e * e);
    return c != 2.0f * e;
}

// Each number has the bits of the sum over l in ascending order, C added last. In row i of C it has
// k terms, or if A is lower, k + i + 1.
static void check_bits(const Case *p, bool lower, bool fused) {
    for (int e = 0; e < p->m * p->n; e++) {
        int i = e / p->n, j = e % p->n;
        float sum = 0.0f;
        for (int l = 0; l < (lower ? p->k + i + 1 : p->k); l++) {
            sum = add_product(sum, number(&p->a, i, l), number(&p->b, l, j), fused);
        }
        float expected = p->accumulate ? before(p, i, j) + sum : sum, got = number(&p->c, i, j);
        ck_assert_msg(memcmp(&got, &expected, sizeof got) == 0, "(%d, %d) is %a, not %a: %s", i, j,
                      got, expected, describe(p));
    }
}

// --- tests ---------------------------------------------------------------------------------------

START_TEST(a_product_by_hand) {
    const float a[6] = { 1, 2, 3, 4, 5, 6 };
    float b[6 + PRODUCT_SLACK] = { 1, 0, 0, 1, 1, 1 }, c[4] = { NAN, NAN, NAN, NAN };
    product(c, 2, a, 3, b, 2, false, 2, 2, 3);
    ck_assert_mem_eq(c, ((float[]){ 4, 5, 10, 11 }), sizeof c);
    product(c, 2, a, 3, b, 2, true, 2, 2, 3);
    ck_assert_mem_eq(c, ((float[]){ 8, 10, 20, 22 }), sizeof c);
}
END_TEST

// Measured against the sum of the absolute terms.
START_TEST(equals_plain_loops) {
    Rng rng = rng_create(1, RNG_DATA);
    for (int t = 0; t < CASES; t++) {
        Case p = draw_case(&rng, draw(&rng, 1, 40), draw(&rng, 1, 150), draw(&rng, 1, 300));
        multiply(&p);
        for (int e = 0; e < p.m * p.n; e++) {
            int i = e / p.n, j = e % p.n;
            double sum = p.accumulate ? before(&p, i, j) : 0.0, size = fabs(sum);
            for (int l = 0; l < p.k; l++) {
                double term = (double)number(&p.a, i, l) * number(&p.b, l, j);
                sum += term;
                size += fabs(term);
            }
            float got = number(&p.c, i, j);
            ck_assert_msg(fabs(got - sum) <= 1e-6 * size, "(%d, %d) is %g, not %g: %s", i, j, got,
                          sum, describe(&p));
        }
        free_case(&p);
    }
}
END_TEST

// All heights and widths up to two tiles and one more.
START_TEST(bits_do_not_depend_on_the_tile) {
    Rng rng = rng_create(2, RNG_DATA);
    bool fused = product_is_fused();
    for (int m = 1; m <= 17; m++) {
        for (int n = 1; n <= 97; n++) {
            Case p = draw_case(&rng, m, n, draw(&rng, 1, 9));
            multiply(&p);
            check_bits(&p, false, fused);
            free_case(&p);
        }
    }
    for (int t = 0; t < CASES / 3; t++) {
        Case p = draw_case(&rng, draw(&rng, 1, 40), draw(&rng, 1, 150), draw(&rng, 1, 300));
        multiply(&p);
        check_bits(&p, false, fused);
        free_case(&p);
    }
}
END_TEST

START_TEST(the_transposed_form_has_the_same_bits) {
    Rng rng = rng_create(4, RNG_DATA);
    bool fused = product_is_fused();
    for (int t = 0; t < CASES; t++) {
        Case p = draw_case(&rng, draw(&rng, 1, 40), draw(&rng, 1, 150), draw(&rng, 1, 60));
        Matrix turned = draw_matrix(&rng, p.k, p.m, 0);
        for (int e = 0; e < p.m * p.k; e++) {
            turned.at[(long)(e % p.k) * turned.ld + e / p.k] = number(&p.a, e / p.k, e % p.k);
        }
        product_atb(p.c.at, p.c.ld, turned.at, turned.ld, p.b.at, p.b.ld, p.accumulate, p.m, p.n,
                    p.k);
        check_bits(&p, false, fused);
        free(turned.block);
        free_case(&p);
    }
}
END_TEST

// What stands in A behind the end of a row is NaN.
START_TEST(the_lower_form_stops_where_a_row_ends) {
    Rng rng = rng_create(5, RNG_DATA);
    bool fused = product_is_fused();
    for (int t = 0; t < CASES; t++) {
        int m = draw(&rng, 1, 40), k = draw(&rng, 0, 1) * draw(&rng, 1, 60);
        Case p = draw_case(&rng, m, draw(&rng, 1, 150), k + m);
        p.k = k;
        p.accumulate = false;
        for (int e = 0; e < m * m; e++) {
            if (e % m > e / m) {
                p.a.at[(long)(e / m) * p.a.ld + k + e % m] = NAN;
            }
        }
        product_lower(p.c.at, p.c.ld, p.a.at, p.a.ld, p.b.at, p.b.ld, m, p.n, k);
        check_bits(&p, true, fused);
        free_case(&p);
    }
}
END_TEST

// Neither around C nor between its rows.
START_TEST(nothing_else_is_written) {
    Rng rng = rng_create(3, RNG_DATA);
    for (int t = 0; t < 4 * CASES; t++) {
        Case p = draw_case(&rng, draw(&rng, 1, 40), draw(&rng, 1, 150), draw(&rng, 1, 5));
        multiply(&p);
        for (int e = 0; e < p.m * p.n; e++) {
            p.c.at[(long)(e / p.n) * p.c.ld + e % p.n] = before(&p, e / p.n, e % p.n);
        }
        ck_assert_msg(memcmp(p.c.block, p.before, p.c.size * sizeof *p.before) == 0, "%s",
                      describe(&p));
        free_case(&p);
    }
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("product");
    CASE(s, "product", a_product_by_hand, equals_plain_loops, bits_do_not_depend_on_the_tile,
         the_transposed_form_has_the_same_bits, the_lower_form_stops_where_a_row_ends,
         nothing_else_is_written);
    return s;
}
