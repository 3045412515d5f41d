// Tests of common/rng: the published sequence, the distributions, and that streams have nothing to
// do with each other. Seeds are fixed, so a bound of four or five standard deviations either holds
// for good or points at a bug.

#include "base/rng.h"
#include "test.h"

#include <math.h>
#include <string.h>

// The first outputs of the author's own pcg32-demo: seed 42, sequence 54.
START_TEST(bits_follow_the_published_sequence) {
    static const uint32_t published[] = { 0xa15c02b7, 0x7b47f409, 0xba1d3330,
                                          0x83d2f293, 0xbfa4784b, 0xcbed606e };
    Rng rng = rng_pcg32(42, 54);
    for (int i = 0; i < 6; i++) {
        ck_assert_uint_eq(rng_bits(&rng), published[i]);
    }
}
END_TEST

START_TEST(same_seed_gives_the_same_bytes) {
    Rng a = rng_create(1, RNG_NOISE), b = rng_create(1, RNG_NOISE);
    float x[101], y[101];
    rng_fill_normal(&a, x, 101, 0.5f, 2.0f);
    rng_fill_normal(&b, y, 101, 0.5f, 2.0f);
    ck_assert_mem_eq(x, y, sizeof x);
    ck_assert_mem_eq(&a, &b, sizeof a);
}
END_TEST

START_TEST(a_copy_of_the_state_resumes) {
    Rng rng = rng_create(7, RNG_SHUFFLE);
    for (int i = 0; i < 1000; i++) {
        rng_normal(&rng);
    }
    Rng copy = rng;
    for (int i = 0; i < 1000; i++) {
        float z = rng_normal(&rng), again = rng_normal(&copy);
        ck_assert_mem_eq(&z, &again, sizeof z);
    }
}
END_TEST

// Pearson's statistic: Σ (count - expected)² / expected. For k cells it has mean k - 1 and variance
// about 2 (k - 1), and exceeds k - 1 by five standard deviations for about one seed in a thousand.
static void assert_equally_often(const int *counts, int k) {
    double total = 0.0, chi_square = 0.0;
    for (int i = 0; i < k; i++) {
        total += counts[i];
    }
    for (int i = 0; i < k; i++) {
        double expected = total / k;
        chi_square += (counts[i] - expected) * (counts[i] - expected) / expected;
    }
    ck_assert_double_le(chi_square, k - 1 + 5 * sqrt(2.0 * (k - 1)));
}

START_TEST(below_is_uniform) {
    Rng rng = rng_create(1, RNG_DATA);
    for (int n = 1; n <= 10; n++) {
        int counts[10] = { 0 };
        for (int i = 0; i < 100000; i++) {
            uint32_t value = rng_below(&rng, (uint32_t)n);
            ck_assert_uint_lt(value, (uint32_t)n);
            counts[value]++;
        }
        assert_equally_often(counts, n);
    }
}
END_TEST

// With n = 3 · 2^30 the remainder alone would take a value from the lowest third every second time.
START_TEST(below_has_no_bias_when_n_does_not_divide) {
    Rng rng = rng_create(2, RNG_DATA);
    int counts[3] = { 0 };
    for (int i = 0; i < 100000; i++) {
        counts[rng_below(&rng, 3u << 30) >> 30]++;
    }
    assert_equally_often(counts, 3);
}
END_TEST

static void draw_below_zero(void *unused) {
    (void)unused;
    Rng rng = rng_create(1, RNG_DATA);
    rng_below(&rng, 0);
}

START_TEST(below_zero_is_refused) {
    assert_refused(draw_below_zero, NULL, "n > 0");
}
END_TEST

START_TEST(uniforms_are_multiples_of_2_to_the_minus_24_below_1) {
    enum { N = 1000000 };
    Rng rng = rng_create(3, RNG_NOISE);
    double sum = 0.0, squares = 0.0;
    float lowest = 1.0f, highest = 0.0f;
    for (int i = 0; i < N; i++) {
        float u = rng_uniform(&rng), scaled = u * 0x1p24f;
        ck_assert(u >= 0.0f && u < 1.0f && scaled == floorf(scaled));
        sum += u;
        squares += (u - 0.5) * (u - 0.5);
        lowest = fminf(lowest, u);
        highest = fmaxf(highest, u);
    }
    ck_assert_double_lt(fabs(sum / N - 0.5), 4 * sqrt(1.0 / 12 / N));
    ck_assert_double_lt(fabs(squares / N - 1.0 / 12), 4 * sqrt(1.0 / 180 / N));
    ck_assert(lowest < 1e-5f && highest > 1 - 1e-5f);
}
END_TEST

START_TEST(fill_uniform_scales) {
    Rng rng = rng_create(4, RNG_INIT);
    float x[10001] = { 0 };
    rng_fill_uniform(&rng, x, 10000, -3.0f, 5.0f);
    double sum = 0.0;
    for (int i = 0; i < 10000; i++) {
        ck_assert(x[i] >= -3.0f && x[i] < 5.0f);
        sum += x[i];
    }
    ck_assert_double_lt(fabs(sum / 10000 - 1.0), 4 * sqrt(64.0 / 12 / 10000));
    ck_assert_float_eq(x[10000], 0.0f);
}
END_TEST

// The first four moments of a standard normal are 0, 1, 0 and 3; the standard errors of their
// estimates from n draws are sqrt(1/n), sqrt(2/n), sqrt(6/n) and sqrt(24/n). A share of 0.0455 lies
// beyond two deviations.
static void assert_normal(const float *z, int n) {
    double moment[5] = { 0 };
    int beyond = 0;
    for (int i = 0; i < n; i++) {
        ck_assert(isfinite(z[i]));
        double power = 1.0;
        for (int k = 0; k < 5; k++) {
            moment[k] += power / n;
            power *= z[i];
        }
        beyond += fabsf(z[i]) > 2.0f;
    }
    double variance = moment[2] - moment[1] * moment[1];
    ck_assert_double_lt(fabs(moment[1]), 4 * sqrt(1.0 / n));
    ck_assert_double_lt(fabs(variance - 1), 4 * sqrt(2.0 / n));
    ck_assert_double_lt(fabs(moment[3] / pow(variance, 1.5)), 4 * sqrt(6.0 / n));
    ck_assert_double_lt(fabs(moment[4] / (variance * variance) - 3), 4 * sqrt(24.0 / n));
    ck_assert_double_lt(fabs((double)beyond / n - 0.0455), 4 * sqrt(0.0455 * 0.9545 / n));
}

START_TEST(normals_have_the_moments_of_a_normal) {
    enum { N = 400000 };
    static float z[N];
    Rng rng = rng_create(5, RNG_NOISE);
    for (int i = 0; i < N; i++) {
        z[i] = rng_normal(&rng);
    }
    assert_normal(z, N);
    rng_fill_normal(&rng, z, N, 0.0f, 1.0f);
    assert_normal(z, N);
    double product = 0.0; // of the two halves of each pair
    for (int i = 0; i < N; i += 2) {
        product += (double)z[i] * z[i + 1];
    }
    ck_assert_double_lt(fabs(product / (N / 2)), 4 * sqrt(2.0 / N));
}
END_TEST

START_TEST(fill_normal_scales_and_writes_an_odd_number) {
    Rng rng = rng_create(6, RNG_NOISE), same = rng;
    float x[8], z[8];
    x[7] = z[7] = 99.0f;
    rng_fill_normal(&rng, x, 7, 10.0f, 3.0f);
    rng_fill_normal(&same, z, 7, 0.0f, 1.0f);
    for (int i = 0; i < 7; i++) {
        ck_assert_float_eq_tol(x[i], 10.0f + 3.0f * z[i], 1e-5f);
    }
    ck_assert_float_eq(x[7], 99.0f);
}
END_TEST

START_TEST(shuffle_gives_all_24_orders_of_4_equally_often) {
    Rng rng = rng_create(8, RNG_SHUFFLE);
    int counts[256] = { 0 }, orders[24], found = 0;
    for (int i = 0; i < 240000; i++) {
        int items[4] = { 0, 1, 2, 3 };
        rng_shuffle(&rng, items, 4);
        counts[items[0] << 6 | items[1] << 4 | items[2] << 2 | items[3]]++;
    }
    for (int i = 0; i < 256; i++) {
        if (counts[i]) {
            ck_assert_int_lt(found, 24);
            orders[found++] = counts[i];
        }
    }
    ck_assert_int_eq(found, 24);
    assert_equally_often(orders, 24);
}
END_TEST

START_TEST(shuffle_loses_nothing) {
    Rng rng = rng_create(9, RNG_SHUFFLE);
    int items[1000], seen[1000] = { 0 }, at_home = 0;
    for (int i = 0; i < 1000; i++) {
        items[i] = i;
    }
    rng_shuffle(&rng, items, 1000);
    for (int i = 0; i < 1000; i++) {
        ck_assert_int_eq(seen[items[i]]++, 0);
        at_home += items[i] == i;
    }
    ck_assert_int_lt(at_home, 8); // 1 is expected
    int alone = 5;
    rng_shuffle(&rng, &alone, 1);
    rng_shuffle(&rng, &alone, 0);
    ck_assert_int_eq(alone, 5);
}
END_TEST

// Unrelated sequences: a correlation near 0, and in the mean 16 of 32 bits differ.
static void assert_unrelated(Rng a, Rng b) {
    enum { N = 10000 };
    double product = 0.0;
    long differing = 0;
    for (int i = 0; i < N; i++) {
        uint32_t x = rng_bits(&a), y = rng_bits(&b);
        product += (x * 0x1p-32 - 0.5) * (y * 0x1p-32 - 0.5) * 12;
        for (uint32_t bits = x ^ y; bits; bits &= bits - 1) {
            differing++;
        }
    }
    ck_assert_double_lt(fabs(product / N), 5 / sqrt(N));
    ck_assert_double_lt(fabs((double)differing / N - 16), 5 * sqrt(8.0 / N));
}

START_TEST(streams_and_neighbouring_seeds_are_unrelated) {
    for (int seed = 0; seed < 20; seed++) {
        for (RngStream stream = RNG_INIT; stream <= RNG_INSTANCE_NOISE; stream++) {
            assert_unrelated(rng_create((uint64_t)seed, stream),
                             rng_create((uint64_t)seed + 1, stream));
            for (RngStream other = RNG_INIT; other < stream; other++) {
                assert_unrelated(rng_create((uint64_t)seed, stream),
                                 rng_create((uint64_t)seed, other));
            }
        }
    }
}
END_TEST

// What the very first draw is must not follow from the seed in a way that can be seen.
START_TEST(first_draws_of_all_seeds_are_uniform) {
    int counts[16] = { 0 };
    for (uint64_t seed = 0; seed < 20000; seed++) {
        Rng rng = rng_create(seed, RNG_INIT);
        counts[rng_below(&rng, 16)]++;
    }
    assert_equally_often(counts, 16);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("rng");
    CASE(s, "sequence", bits_follow_the_published_sequence, same_seed_gives_the_same_bytes,
         a_copy_of_the_state_resumes, streams_and_neighbouring_seeds_are_unrelated,
         first_draws_of_all_seeds_are_uniform);
    CASE(s, "distribution", below_is_uniform, below_has_no_bias_when_n_does_not_divide,
         below_zero_is_refused, uniforms_are_multiples_of_2_to_the_minus_24_below_1,
         fill_uniform_scales, normals_have_the_moments_of_a_normal,
         fill_normal_scales_and_writes_an_odd_number);
    CASE(s, "shuffle", shuffle_gives_all_24_orders_of_4_equally_often, shuffle_loses_nothing);
    return s;
}
