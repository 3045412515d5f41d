#include "nets.h"
#include "nn/summary.h"
#include "test.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LAYERS = 16 };

// What is expected of a layer.
typedef struct {
    size_t params, multiplications;
    int sees;
    double every;
} Row;

static void assert_rows(const LayerSpec *table, Shape in, const Row *expected) {
    LayerSummary rows[MOST_LAYERS];
    Net *net = make_net(table, in, 2);
    ck_assert_int_le(net->n_layers, MOST_LAYERS);
    summary_rows(rows, net);
    for (int i = 0; i < net->n_layers; i++) {
        ck_assert_msg(rows[i].params == expected[i].params, "layer %d has %zu parameters", i,
                      rows[i].params);
        ck_assert_msg(rows[i].multiplications == expected[i].multiplications,
                      "layer %d multiplies %zu times", i, rows[i].multiplications);
        ck_assert_msg(rows[i].sees == expected[i].sees, "layer %d sees %d", i, rows[i].sees);
        ck_assert_msg(rows[i].sees == 0 || fabs(rows[i].every - expected[i].every) < 1e-9,
                      "layer %d: every %g", i, rows[i].every);
    }
    net_free(net);
}

START_TEST(lenet_by_hand) {
    static const Row rows[] = {
        { 156, 117600, 5, 1 }, { 0, 0, 5, 1 },         { 0, 0, 6, 2 },  { 2416, 240000, 14, 2 },
        { 0, 0, 14, 2 },       { 0, 0, 16, 4 },        { 0, 0, 16, 4 }, { 48120, 48000, 0, 0 },
        { 0, 0, 0, 0 },        { 10164, 10080, 0, 0 }, { 0, 0, 0, 0 },  { 850, 840, 0, 0 }
    };
    assert_rows(lenet, (Shape){ 1, 28, 28 }, rows);
}
END_TEST

START_TEST(every_word_by_hand) {
    static const LayerSpec down[] = { conv2d(4, .kernel = 4, .stride = 2, .pad = 1),
                                      leaky_relu(0.2f),
                                      conv2d(3, .kernel = 1, .no_bias = true),
                                      batchnorm(),
                                      conv2d(2, .kernel = 3, .dilation = 2),
                                      avg_pool2d(3, .stride = 2),
                                      dropout(0.5f),
                                      dense(1),
                                      sigmoid(),
                                      END };
    // 2 × 20 × 24 → 4 × 10 × 12 → 3 × 10 × 12 → 2 × 6 × 8 → 2 × 2 × 3
    static const Row rows[] = {
        { 132, 128 * 120, 4, 2 }, { 0, 0, 4, 2 },         { 12, 12 * 120, 4, 2 },
        { 6, 360, 4, 2 },         { 56, 54 * 48, 12, 2 }, { 0, 0, 16, 4 },
        { 0, 0, 16, 4 },          { 13, 12, 0, 0 },       { 0, 0, 0, 0 }
    };
    assert_rows(down, (Shape){ 2, 20, 24 }, rows);
}
END_TEST

// A net that enlarges: outputs lie closer together than inputs, and windows meet fewer of them.
START_TEST(upward_nets) {
    static const LayerSpec up[] = { conv_transpose2d(4, .kernel = 4, .stride = 2, .pad = 1),
                                    tanh_(),
                                    conv_transpose2d(1, .kernel = 4, .stride = 2, .pad = 1), END };
    static const Row rows[] = { { 8 * 4 * 16 + 4, 8 * 4 * 16 * 49, 2, 0.5 },
                                { 0, 0, 2, 0.5 },
                                { 4 * 16 + 1, 4 * 16 * 196, 3, 0.25 } }; // 2.5, and no half pixels
    assert_rows(up, (Shape){ 8, 7, 7 }, rows);

    static const LayerSpec repeat[] = { upsample(3), conv2d(2, .kernel = 3, .pad = 1), upsample(2),
                                        conv2d(1, .kernel = 5, .pad = 2), END };
    static const Row repeated[] = { { 0, 0, 1, 1.0 / 3 },
                                    { 38, 36 * 144, 2, 1.0 / 3 }, // 1 + 2/3
                                    { 0, 0, 2, 1.0 / 6 },
                                    { 51, 50 * 576, 3, 1.0 / 6 } }; // 1 + 2/3 + 4/6
    assert_rows(repeat, (Shape){ 2, 4, 4 }, repeated);

    static const LayerSpec from_noise[] = { dense(32), reshape(2, 4, 4), conv2d(1, .kernel = 3),
                                            END };
    static const Row noise[] = { { 352, 320, 0, 0 }, { 0, 0, 0, 0 }, { 19, 18 * 4, 0, 0 } };
    assert_rows(from_noise, (Shape){ 10, 1, 1 }, noise);
}
END_TEST

// Which rows of pixels change the output in the middle? As many as the receptive field is high.
static int measured_field(Net *net, int layer) {
    const Layer *l = &net->layers[layer];
    int middle = l->out.height / 2 * l->out.width + l->out.width / 2, seen = 0;
    float *x = alloc_floats(shape_size(net->in));
    net_forward(net, x, 1, EVAL);
    float before = l->y[middle];
    for (int row = 0; row < net->in.height; row++) {
        for (int on = 1; on >= 0; on--) {
            for (int i = 0; i < net->in.width; i++) {
                x[row * net->in.width + i] = (float)on;
            }
            net_forward(net, x, 1, EVAL);
            seen += l->y[middle] != before;
        }
    }
    free(x);
    return seen;
}

// All weights are positive, so that a pixel that is seen is felt; averages, so that all of a window is.
START_TEST(fields_are_as_measured) {
    omp_set_num_threads(1);
    static const LayerSpec table[] = { conv2d(2, .kernel = 5, .pad = 2),
                                       avg_pool2d(2),
                                       conv2d(2, .kernel = 3, .dilation = 2, .pad = 2),
                                       conv2d(1, .kernel = 2, .stride = 2),
                                       conv2d(1, .kernel = 3, .pad = 1),
                                       END };
    static const LayerSpec up[] = { conv2d(1, .kernel = 3, .pad = 1),
                                    conv_transpose2d(1, .kernel = 4, .stride = 2, .pad = 1),
                                    upsample(2), conv2d(1, .kernel = 5, .pad = 2), END };
    const LayerSpec *tables[] = { table, up };
    for (int t = 0; t < 2; t++) {
        LayerSummary rows[MOST_LAYERS];
        Net *net = make_net(tables[t], (Shape){ 1, 40, 40 }, 2);
        for (size_t i = 0; i < net->n_params; i++) {
            net->params[i] = 0.5f;
        }
        summary_rows(rows, net);
        for (int i = 0; i < net->n_layers; i++) {
            int seen = measured_field(net, i);
            if (t == 0) {
                ck_assert_msg(rows[i].sees == seen, "layer %d sees %d, not %d", i, seen,
                              rows[i].sees);
            } else { // the most that any output sees: this one may see one pixel less
                ck_assert(rows[i].sees == seen || rows[i].sees == seen + 1);
            }
        }
        net_free(net);
    }
}
END_TEST

START_TEST(table_as_printed) {
    static const LayerSpec table[] = { conv2d(2000, .kernel = 3, .dilation = 2),
                                       max_pool2d(2),
                                       upsample(4),
                                       leaky_relu(0.25f),
                                       dropout(0.5f),
                                       dense(10),
                                       END };
    static const char expected[] =
        "net                        (1 × 8 × 8)   parameters  sees  every multiplications\n"
        " 0  conv2d 3/1/0/2         2000 × 4 × 4      20,000     5      1         288,000\n"
        " 1  max_pool2d 2/2         2000 × 2 × 2           0     6      2               0\n"
        " 2  upsample 4             2000 × 8 × 8           0     6    0.5               0\n"
        " 3  leaky_relu 0.25        2000 × 8 × 8           0     6    0.5               0\n"
        " 4  dropout 0.5            2000 × 8 × 8           0     6    0.5               0\n"
        " 5  dense                  10             1,280,010   all              1,280,000\n"
        "    in all                                1,300,010                    1,568,000\n";
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    Net *net = make_net(table, (Shape){ 1, 8, 8 }, 2);
    summary_print(out, "net", net);
    fclose(out);
    ck_assert_str_eq(text, expected);
    free(text);
    net_free(net);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("summary");
    CASE(s, "rows", lenet_by_hand, every_word_by_hand, upward_nets, fields_are_as_measured);
    CASE(s, "table", table_as_printed);
    return s;
}
