// Tests of common/nn/draw: which boxes and arrows a drawing has.

#include "nets.h"
#include "nn/draw.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *drawing_of(const LayerSpec *table, Shape in) {
    Net *net = make_net(table, in, 1);
    draw_net("folder/net.svg", "a net", net);
    net_free(net);
    return (char *)read_bytes("folder/net.svg").bytes;
}

START_TEST(a_chain_is_boxes_below_each_other) {
    enter_folder();
    char *text = drawing_of(lenet, (Shape){ 1, 28, 28 });
    ck_assert_int_eq(strncmp(text, "<svg xmlns=\"http://www.w3.org/2000/svg\"", 39), 0);
    ck_assert_ptr_nonnull(strstr(text, "</svg>\n"));
    ck_assert_ptr_nonnull(strstr(text, "<title>The network a net</title>"));
    ck_assert_int_eq(count(text, "<rect "), 8); // ReLUs and flatten stand beside
    ck_assert_int_eq(count(text, "marker-end"), 7);
    ck_assert_ptr_nonnull(strstr(text, ">conv2d 5/1/2, relu<"));
    ck_assert_ptr_nonnull(strstr(text, ">max_pool2d 2/2, flatten<"));
    ck_assert_ptr_nonnull(strstr(text, ">6 × 28 × 28 · 156 parameters<"));
    ck_assert_ptr_nonnull(strstr(text, ">120 · 48120 parameters<"));
    free(text);
}
END_TEST

// The lane that a way takes, by its distance from the boxes.
START_TEST(branches_go_along_the_side) {
    enter_folder();
    static const LayerSpec table[] = {
        conv2d(4, .kernel = 3, .pad = 1), mark("outer"), relu(),    mark("inner"),
        conv2d(4, .kernel = 3, .pad = 1), add("inner"),  mark("a"), from("outer"),
        conv2d(4, .kernel = 1),           concat("a"),   END
    };
    char *text = drawing_of(table, (Shape){ 1, 8, 8 });
    ck_assert_int_eq(count(text, "<rect "), 7); // a ReLU behind a mark has a box of its own
    // Five go straight down; besides there are inner → add, outer → conv2d, a → concat.
    ck_assert_int_eq(count(text, "marker-end"), 5 + 3);
    ck_assert_int_eq(count(text, ">relu<"), 1);
    free(text);
}
END_TEST

static void draw_too_much(void *unused) {
    LayerSpec table[402];
    (void)unused;
    for (int i = 0; i < 401; i++) {
        table[i] = (LayerSpec)relu();
    }
    table[401] = (LayerSpec)END;
    draw_net("net.svg", "net", make_net(table, (Shape){ 1, 1, 1 }, 1));
}

START_TEST(too_many_layers_are_refused) {
    enter_folder();
    assert_refused(draw_too_much, NULL, "401 layers are too many for a drawing");
    ck_assert_int_eq(files_here(), 0);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("draw");
    CASE(s, "draw", a_chain_is_boxes_below_each_other, branches_go_along_the_side,
         too_many_layers_are_refused);
    return s;
}
