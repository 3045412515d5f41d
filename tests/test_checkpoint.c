#include "test.h"

#include "nn/checkpoint.h"
#include "base/die.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

// --- an independent reader: sscanf, and nothing of ours -------------------------------------

// The bytes of a tensor in a file; its two dimensions (the second is 1 if it has only one) must be
// as given.
static const unsigned char *find_by_hand(Bytes file, const char *name, long long rows,
                                         long long columns) {
    size_t length = 0;
    for (int i = 0; i < 8; i++) {
        length |= (size_t)file.bytes[i] << 8 * i;
    }
    ck_assert_uint_le(8 + length, file.n);
    ck_assert_uint_eq(length % 8, 0);
    char *header = strndup((char *)file.bytes + 8, length), quoted[80], type[8];
    snprintf(quoted, sizeof quoted, "\"%s\":", name);
    char *entry = strstr(header, quoted);
    ck_assert_msg(entry != NULL, "no %s in %s", quoted, header);
    long long height = 0, width = 1;
    size_t begin = 0, end = 0;
    const char *place = strstr(entry, "\"data_offsets\"");
    ck_assert_int_ge(sscanf(entry + strlen(quoted),
                            "{\"dtype\":\"%7[A-Z0-9]\",\"shape\":[%lld,%lld", type, &height,
                            &width),
                     2);
    ck_assert_int_eq(sscanf(place, "\"data_offsets\":[%zu,%zu]}", &begin, &end), 2);
    ck_assert_str_eq(type, "F32");
    ck_assert_int_eq(height, rows);
    ck_assert_int_eq(width, columns);
    ck_assert_uint_eq(end - begin, (size_t)(rows * columns) * 4);
    ck_assert_uint_le(8 + length + end, file.n);
    free(header);
    return file.bytes + 8 + length + begin;
}

static const LayerSpec table[] = { dense(5), relu(),   dense(3, .no_bias = true),
                                   tanh_(),  dense(2), END };

static Net *make_net(const LayerSpec *specs, uint64_t seed) {
    Rng rng = rng_create(seed, RNG_INIT);
    return net_create(specs, (Shape){ 2, 2, 1 }, 1, &rng);
}

START_TEST(an_independent_reader_finds_the_weights) {
    enter_folder();
    Net *net = make_net(table, 1);
    checkpoint_save("model.safetensors", net);
    Bytes file = read_bytes("model.safetensors");
    const Layer *l = net->layers;
    ck_assert_mem_eq(find_by_hand(file, "0.weight", 5, 4), l[0].weight, 80);
    ck_assert_mem_eq(find_by_hand(file, "0.bias", 5, 1), l[0].bias, 20);
    ck_assert_mem_eq(find_by_hand(file, "2.weight", 3, 5), l[2].weight, 60);
    ck_assert_ptr_null(strstr((char *)file.bytes + 8, "2.bias"));
    ck_assert_mem_eq(find_by_hand(file, "4.weight", 2, 3), l[4].weight, 24);
    ck_assert_mem_eq(find_by_hand(file, "4.bias", 2, 1), l[4].bias, 8);
    free(file.bytes);
    net_free(net);
}
END_TEST

// --- networks -------------------------------------------------------------------------------

START_TEST(a_network_comes_back_bit_for_bit) {
    enter_folder();
    Net *net = make_net(table, 1), *other = make_net(table, 2);
    ck_assert_mem_ne(other->params, net->params, net->n_params * sizeof(float));
    checkpoint_save("new/folder/model.safetensors", net);
    checkpoint_load("new/folder/model.safetensors", other);
    ck_assert_mem_eq(other->params, net->params, net->n_params * sizeof(float));
    net_free(net);
    net_free(other);
}
END_TEST

static const LayerSpec conv_table[] = { conv2d(3, .kernel = 2, .no_bias = true),
                                        batchnorm(),
                                        relu(),
                                        conv_transpose2d(5, .kernel = 3),
                                        flatten(),
                                        dense(2),
                                        batchnorm(),
                                        END };

static Net *make_conv_net(uint64_t seed) {
    Rng rng = rng_create(seed, RNG_INIT);
    Net *net = net_create(conv_table, (Shape){ 2, 4, 4 }, 2, &rng);
    rng_fill_normal(&rng, net->params, net->n_params, 0.0f, 1.0f);
    rng_fill_uniform(&rng, net->state, net->n_state, 0.5f, 1.0f);
    return net;
}

// Names and shapes of PyTorch's state_dict; the statistics come back with the weights.
START_TEST(convolutions_and_batch_norm_have_pytorchs_names) {
    enter_folder();
    static const char *const entries[] = {
        "{\"0.weight\":{\"dtype\":\"F32\",\"shape\":[3,2,2,2],",
        ",\"1.weight\":{\"dtype\":\"F32\",\"shape\":[3],",
        ",\"1.bias\":{\"dtype\":\"F32\",\"shape\":[3],",
        ",\"1.running_mean\":{\"dtype\":\"F32\",\"shape\":[3],",
        ",\"1.running_var\":{\"dtype\":\"F32\",\"shape\":[3],",
        ",\"1.num_batches_tracked\":{\"dtype\":\"I64\",\"shape\":[],",
        ",\"3.weight\":{\"dtype\":\"F32\",\"shape\":[3,5,3,3],",
        ",\"3.bias\":{\"dtype\":\"F32\",\"shape\":[5],",
        ",\"5.weight\":{\"dtype\":\"F32\",\"shape\":[2,125],",
        ",\"6.running_var\":{\"dtype\":\"F32\",\"shape\":[2],",
    };
    Net *net = make_conv_net(1), *other = make_conv_net(2);
    checkpoint_save("model", net);
    Bytes file = read_bytes("model");
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
        ck_assert_msg(strstr((char *)file.bytes + 8, entries[i]) != NULL, "no %s in %s", entries[i],
                      file.bytes + 8);
    }
    ck_assert_ptr_null(strstr((char *)file.bytes + 8, "0.bias"));
    const Layer *l = net->layers;
    ck_assert_mem_eq(find_by_hand(file, "1.running_mean", 3, 1), l[1].state, 12);
    ck_assert_mem_eq(find_by_hand(file, "1.running_var", 3, 1), l[1].state + 3, 12);
    ck_assert_mem_eq(find_by_hand(file, "6.running_mean", 2, 1), l[6].state, 8);
    free(file.bytes);
    checkpoint_load("model", other);
    ck_assert_mem_eq(other->params, net->params, net->n_params * sizeof(float));
    ck_assert_mem_eq(other->state, net->state, net->n_state * sizeof(float));
    net_free(net);
    net_free(other);
}
END_TEST

static void load_conv(void *path) {
    checkpoint_load(path, make_conv_net(2));
}

// PyTorch's count of batches may be anything, or missing, but not another kind of thing; the
// statistics may not be missing.
START_TEST(the_count_of_batches_is_passed_over) {
    enter_folder();
    Net *net = make_conv_net(1), *other = make_conv_net(2);
    int n, status;
    checkpoint_save("model", net);
    Tensor *tensors = safetensors_load("model", &n), *count = tensors;
    while (strcmp(count->name, "1.num_batches_tracked") != 0) {
        count++;
    }
    *(int64_t *)count->data = 4321;
    safetensors_write("model", tensors, n);
    checkpoint_load("model", other);
    ck_assert_mem_eq(other->state, net->state, net->n_state * sizeof(float));

    Tensor kept = *count;
    *count = tensors[n - 1];
    safetensors_write("model", tensors, n - 1); // without that one
    net_init(other, INIT_HE, &(Rng){ 1, 1 });
    checkpoint_load("model", other);
    ck_assert_mem_eq(other->state, net->state, net->n_state * sizeof(float));

    *count = kept;
    count->type = TENSOR_F64;
    safetensors_write("model", tensors, n);
    char *message = death_message(load_conv, (void *)"model", &status);
    ck_assert_msg(status == 1 && strstr(message, "1.num_batches_tracked is of type F64"), "%s",
                  message);
    free(message);
    count->type = TENSOR_I64;
    strcpy(count[-1].name, "1.unknown"); // was running_var
    safetensors_write("model", tensors, n);
    message = death_message(load_conv, (void *)"model", &status);
    ck_assert_msg(status == 1 && strstr(message, "has a tensor 1.unknown"), "%s", message);
    free(message);
    for (int i = 0; i < n; i++) {
        free(tensors[i].data);
    }
    free(tensors);
    net_free(net);
    net_free(other);
}
END_TEST

START_TEST(a_network_without_weights_is_saved_too) {
    enter_folder();
    static const LayerSpec none[] = { relu(), END };
    Net *net = make_net(none, 1);
    checkpoint_save("x", net);
    checkpoint_load("x", net);
    net_free(net);
}
END_TEST

// What a child process is to load, and a copy of the parameters that it must leave alone.
typedef struct {
    const char *path;
    Net *net;
} Loading;

static const Net *watched;
static float *watched_before;

// Runs in the child as it exits.
static void report_a_change(void) {
    if (memcmp(watched->params, watched_before, watched->n_params * sizeof(float)) != 0) {
        fprintf(stderr, "the network was changed\n");
    }
}

static void load_and_watch(void *arg) {
    Loading *loading = arg;
    size_t bytes = loading->net->n_params * sizeof(float);
    watched = loading->net;
    watched_before = memcpy(alloc_bytes(bytes), watched->params, bytes);
    atexit(report_a_change);
    checkpoint_load(loading->path, loading->net);
}

// Loading ends with exit status 1 and exactly this line; the network stays as it was.
static void check_load_refused(const char *path, Net *net, const char *expected) {
    int status;
    Loading loading = { path, net };
    char *message = death_message(load_and_watch, &loading, &status);
    ck_assert_int_eq(status, 1);
    ck_assert_str_eq(message, expected);
    free(message);
}

START_TEST(another_network_is_refused) {
    enter_folder();
    static const LayerSpec wider[] = { dense(6), relu(),   dense(3, .no_bias = true),
                                       tanh_(),  dense(2), END };
    static const LayerSpec more[] = { dense(5), relu(), dense(3), tanh_(), dense(2), END };
    static const LayerSpec fewer[] = { dense(5), relu(), dense(3, .no_bias = true), END };
    Net *net = make_net(table, 1);
    checkpoint_save("model", net);
    net_free(net);
    char line[512];
    const char *path = "model";

    net = make_net(wider, 2);
    snprintf(
        line, sizeof line,
        "error: 0.weight is 5 × 4 in %s, this network needs 6 × 4. Use the options that %s was "
        "trained with, or load another file\n",
        path, path);
    check_load_refused(path, net, line);
    net_free(net);

    net = make_net(more, 2);
    snprintf(line, sizeof line,
             "error: %s has no tensor 2.bias, which this network needs. Use the options that %s "
             "was trained with, or load another file\n",
             path, path);
    check_load_refused(path, net, line);
    net_free(net);

    net = make_net(fewer, 2);
    snprintf(line, sizeof line,
             "error: %s has a tensor 4.weight, which this network does not have. Use the options "
             "that %s was trained with, or load another file\n",
             path, path);
    check_load_refused(path, net, line);
    net_free(net);
}
END_TEST

// The one bad number stands in the last tensor, when all others have been looked at.
START_TEST(weights_that_are_not_finite_are_refused) {
    enter_folder();
    static const float bad[] = { NAN, INFINITY, -INFINITY };
    static const char *const text[] = { "nan", "inf", "-inf" };
    Net *net = make_net(table, 1), *other = make_net(table, 2);
    for (int i = 0; i < 3; i++) {
        net->layers[4].bias[1] = bad[i];
        checkpoint_save("model", net);
        char line[512];
        snprintf(line, sizeof line,
                 "error: %s holds %s in 4.bias, at place 1: its run has diverged. Load "
                 "another file\n",
                 "model", text[i]);
        check_load_refused("model", other, line);
    }
    net_free(net);
    net_free(other);
}
END_TEST

START_TEST(a_file_cut_short_is_refused_at_every_length) {
    enter_folder();
    Net *net = make_net(table, 1), *other = make_net(table, 2);
    checkpoint_save("model", net);
    Bytes file = read_bytes("model");
    for (size_t n = 0; n < file.n; n += n < 16 ? 1 : 23) {
        write_bytes("short", file.bytes, n);
        int status;
        Loading loading = { "short", other };
        char *message = death_message(load_and_watch, &loading, &status);
        ck_assert_msg(status == 1, "%zu of %zu bytes: status %d", n, file.n, status);
        ck_assert_msg(strncmp(message, "error: short ", 13) == 0, "%s", message);
        ck_assert_msg(strchr(message, '\n') == message + strlen(message) - 1, "%s", message);
        free(message);
    }
    free(file.bytes);
    net_free(net);
    net_free(other);
}
END_TEST

// --- files that cannot be written -----------------------------------------------------------

typedef struct {
    const char *path;
    const Net *net;
    rlim_t limit; // of a file's size; 0: none
} Saving;

static void save(void *arg) {
    Saving *saving = arg;
    if (saving->limit) {
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){ saving->limit, saving->limit });
    }
    checkpoint_save(saving->path, saving->net);
}

static void check_save_refused(Saving saving, const char *expected) {
    int status;
    char *message = death_message(save, &saving, &status);
    ck_assert_int_eq(status, 1);
    ck_assert_msg(strncmp(message, "error: ", 7) == 0 && strstr(message, expected), "%s", message);
    ck_assert_msg(strchr(message, '\n') == message + strlen(message) - 1, "%s", message);
    free(message);
}

// As if a kind of layer had a parameter that the list of tensors does not know.
START_TEST(a_parameter_that_is_not_listed_aborts) {
    enter_folder();
    Net *net = make_net(table, 1);
    net->layers[0].n_bias++;
    int status;
    char *message = death_message(save, &(Saving){ "model", net, 0 }, &status);
    ck_assert_int_eq(status, 128 + SIGABRT);
    free(message);
    net_free(net);
}
END_TEST

START_TEST(unwritable_places_are_refused) {
    enter_folder();
    Net *net = make_net(table, 1);
    write_bytes("file", "x", 1);
    check_save_refused((Saving){ "file/model", net, 0 }, "cannot create the folder");
    ck_assert_int_eq(mkdir("model.part", 0777), 0);
    check_save_refused((Saving){ "model", net, 0 }, "cannot write");
    ck_assert_int_eq(rmdir("model.part"), 0);
    net_free(net);
}
END_TEST

// The limit on a file's size stands for a disk that fills up half way: yesterday's model stays, and
// nothing else.
START_TEST(a_full_disk_leaves_the_older_file) {
    enter_folder();
    static const LayerSpec wide[] = { dense(20000), END };
    Net *net = make_net(wide, 1);
    write_bytes("model", "yesterday", 9);
    check_save_refused((Saving){ "model", net, 100000 }, "cannot finish writing");
    check_save_refused((Saving){ "model", net, 10 }, "cannot finish writing");
    Bytes file = read_bytes("model");
    ck_assert_str_eq((char *)file.bytes, "yesterday");
    ck_assert_int_ne(access("model.part", F_OK), 0);
    free(file.bytes);
    net_free(net);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("checkpoint");
    CASE(s, "networks", an_independent_reader_finds_the_weights, a_network_comes_back_bit_for_bit,
         convolutions_and_batch_norm_have_pytorchs_names, the_count_of_batches_is_passed_over,
         a_network_without_weights_is_saved_too, another_network_is_refused,
         weights_that_are_not_finite_are_refused, a_file_cut_short_is_refused_at_every_length);
    CASE(s, "unwritable", a_parameter_that_is_not_listed_aborts, unwritable_places_are_refused,
         a_full_disk_leaves_the_older_file);
    return s;
}
