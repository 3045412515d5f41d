#include "nn/checkpoint.h"
#include "base/die.h"
#include "measure/evaluate.h"
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { N = 8, PIXELS = 10, CLASSES = 10, BATCH = 3, SURE = 4 };

// Image i is black but for pixel said[i], so that the network below says class said[i].
static const uint8_t said[N] = { 0, 1, 2, 3, 4, 5, 6, 7 }, truth[N] = { 0, 1, 9, 3, 9, 9, 6, 9 };

static Dataset *pictures(void) {
    Dataset *data = alloc_bytes(sizeof *data);
    uint8_t *images = alloc_bytes(N * PIXELS), *labels = alloc_bytes(N);
    memcpy(labels, truth, N);
    for (int i = 0; i < N; i++) {
        images[i * PIXELS + said[i]] = 255;
    }
    *data = (Dataset){ N, 2, 5, images, labels };
    return data;
}

// The logit of class c is SURE where pixel c is white, else 0.
static Net *reader(void) {
    static const LayerSpec table[] = { dense(CLASSES), dropout(0.5f), END };
    Rng rng = rng_create(1, RNG_INIT);
    Net *net = net_create(table, (Shape){ 1, 2, 5 }, BATCH, &rng);
    memset(net->params, 0, net->n_params * sizeof *net->params);
    for (int c = 0; c < CLASSES; c++) {
        net->layers[0].weight[c * PIXELS + c] = SURE;
    }
    return net;
}

static void assert_score(Score score, int right, int n) {
    double surprise = log(exp(SURE) + CLASSES - 1); // at a wrong answer; SURE less at a right one
    ck_assert_double_eq_tol(score.accuracy, (double)right / n, 1e-6);
    ck_assert_double_eq_tol(score.loss, surprise - SURE * (double)right / n, 1e-5);
}

// Batches of 3, 3 and 2 hold 2, 1 and 1 right answers. Dropout would spoil the loss.
START_TEST(each_image_counts_once) {
    static const int some[] = { 6, 3, 1, 0, 7 }, one = 4;
    Dataset *data = pictures();
    Net *net = reader();
    assert_score(evaluate(net, data, NULL, N), 4, N);
    assert_score(evaluate(net, data, NULL, 5), 3, 5);
    assert_score(evaluate(net, data, some, 5), 4, 5);
    assert_score(evaluate(net, data, &one, 1), 0, 1);
    net_free(net);
    dataset_free(data);
}
END_TEST

static void evaluate_none(void *data) {
    evaluate(reader(), data, NULL, 0);
}

START_TEST(no_images_are_refused) {
    Dataset *data = pictures();
    assert_refused(evaluate_none, data, "0 images to score");
    dataset_free(data);
}
END_TEST

// Puts into text (size) what the run says while a saved model is scored by a net with other weights.
static void score_in_a_run(char *text, size_t size, Net *net, const Dataset *data) {
    RunOptions options = RUN_DEFAULTS("99-test");
    FILE *file = fopen("said", "w+");
    ck_assert_ptr_nonnull(file);
    fflush(stdout);
    int console = dup(STDOUT_FILENO);
    dup2(fileno(file), STDOUT_FILENO);
    Run *run = run_open(&options, &(Option)OPTION_END);
    evaluate_model(run, net, "model.safetensors", data);
    ck_assert_int_eq(run_close(run), 0);
    fflush(stdout);
    dup2(console, STDOUT_FILENO);
    close(console);
    rewind(file);
    text[fread(text, 1, size - 1, file)] = '\0';
    fclose(file);
}

START_TEST(the_saved_model_is_scored) {
    enter_folder();
    Dataset *data = pictures();
    Net *net = reader();
    checkpoint_save("model.safetensors", net);
    memset(net->params, 0, net->n_params * sizeof *net->params);
    assert_score(evaluate_checkpoint(net, "model.safetensors", data), 4, N);

    memset(net->params, 0, net->n_params * sizeof *net->params);
    char text[4096], line[128];
    score_in_a_run(text, sizeof text, net, data);
    ck_assert_msg(strstr(text, "On the test images: loss 2.1526, accuracy 0.5000\n") != NULL, "%s",
                  text);
    FILE *summary = fopen("runs/99-test/default/summary.csv", "r");
    ck_assert_ptr_nonnull(summary);
    double loss = NAN, accuracy = NAN;
    while (fgets(line, sizeof line, summary)) {
        sscanf(line, "test_loss,%lf", &loss);
        sscanf(line, "test_accuracy,%lf", &accuracy);
    }
    fclose(summary);
    assert_score((Score){ (float)loss, (float)accuracy }, 4, N);
    net_free(net);
    dataset_free(data);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("evaluate");
    CASE(s, "evaluate", each_image_counts_once, no_images_are_refused, the_saved_model_is_scored);
    return s;
}
