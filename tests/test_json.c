// Tests of common/json: which texts are taken, and which numbers.

#include "json.h"
#include "test.h"

#include <string.h>

static cJSON *parse(const char *text, JsonFault *fault) {
    return json_object(text, strlen(text), fault);
}

START_TEST(sound_texts_are_taken) {
    static const char *const texts[] = {
        "{}",
        "{} \t\r\n",
        "{\"\\u0041\": 1}",
        "{\"A\": [1, {\"b\": null}]}",
        "{\"\\\\u0000\": \"\\\"\"}", // a backslash, and then u0000
        "{\"é × 𝄞\": 1}",
        "{\"\xc2\x80 \xdf\xbf \xe0\xa0\x80 \xed\x9f\xbf \xee\x80\x80 \xf4\x8f\xbf\xbf\": 1}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        JsonFault fault;
        cJSON *object = parse(texts[i], &fault);
        ck_assert_msg(object != NULL, "%s: %s", texts[i], fault.text);
        ck_assert_str_eq(fault.text, "");
        cJSON_Delete(object);
    }
    JsonFault fault;
    cJSON *object = parse("{\"\\u0041\": 7, \"A\": 8}", &fault);
    ck_assert_str_eq(object->child->string, "A");
    ck_assert_int_eq(cJSON_GetArraySize(object), 2); // twice the same name
    cJSON_Delete(object);
}
END_TEST

START_TEST(others_are_refused) {
    static const struct {
        const char *text, *fault;
    } texts[] = {
        { "", "not a JSON object: it must begin with {" },
        { "[1]", "not a JSON object: it must begin with {" },
        { " {}", "not a JSON object: it must begin with {" },
        { "\xef\xbb\xbf{}", "not a JSON object: it must begin with {" },
        { "{\"a\":}", "not JSON, from byte 5 of it on" },
        { "{}{}", "not JSON, from byte 2 of it on" },
        { "{} x", "not JSON, from byte 2 of it on" },
        { "{\"a\":NaN}", "not JSON, from byte 5 of it on" },
        { "{\"\x80\":1}", "not UTF-8 text" },             // begins in the middle
        { "{\"\xff\":1}", "not UTF-8 text" },             // in no text at all
        { "{\"\xc1\xbf\":1}", "not UTF-8 text" },         // not the shortest form
        { "{\"\xe0\x9f\xbf\":1}", "not UTF-8 text" },     // this neither
        { "{\"\xf0\x8f\xbf\xbf\":1}", "not UTF-8 text" }, // nor this
        { "{\"\xed\xa0\x80\":1}", "not UTF-8 text" },     // the first surrogate
        { "{\"\xed\xbf\xbf\":1}", "not UTF-8 text" },     // the last one
        { "{\"\xf4\x90\x80\x80\":1}", "not UTF-8 text" }, // 110000
        { "{\"\xe2\x82\":1}", "not UTF-8 text" },
        { "{}\xe2", "not UTF-8 text" },
        { "{\"a\\u0000b\":1}", "not UTF-8 text" },
        { "{\"a\\\\\\u0000b\":1}", "not UTF-8 text" },
        { "{\"a\\u00zzb\":1}", "not UTF-8 text" },
        { "{\"a\\", "not UTF-8 text" },
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        JsonFault fault;
        ck_assert_msg(!parse(texts[i].text, &fault), "%s is taken", texts[i].text);
        ck_assert_msg(strcmp(fault.text, texts[i].fault) == 0, "%s: %s", texts[i].text, fault.text);
    }
    JsonFault fault;
    ck_assert_ptr_null(json_object("{}\0}", 4, &fault));
    ck_assert_str_eq(fault.text, "not UTF-8 text");
}
END_TEST

static int numbers_of(const char *list, size_t *values, int most) {
    cJSON *parsed = cJSON_Parse(list);
    int n = json_whole_numbers(parsed, values, most);
    cJSON_Delete(parsed);
    return n;
}

START_TEST(whole_numbers_are_stored) {
    size_t values[3] = { 7, 7, 7 };
    ck_assert_int_eq(numbers_of("[]", values, 3), 0);
    ck_assert_int_eq(numbers_of("[0, 9007199254740992, 2e1]", values, 3), 3);
    ck_assert_uint_eq(values[0], 0);
    ck_assert_uint_eq(values[1], 9007199254740992);
    ck_assert_uint_eq(values[2], 20);
    values[2] = 7;
    ck_assert_int_eq(numbers_of("[1, 2, 3, 4]", values, 2), 4);
    ck_assert_uint_eq(values[0], 1);
    ck_assert_uint_eq(values[1], 2);
    ck_assert_uint_eq(values[2], 7);
}
END_TEST

START_TEST(other_numbers_and_lists_are_not) {
    static const char *const lists[] = {
        "3",         "\"3\"",    "{\"a\": 1}", "null",    "[-1]",   "[0.5]",  "[9007199254740994]",
        "[1e300]",   "[-1e300]", "[1e999]",    "[\"1\"]", "[null]", "[true]", "[[1]]",
        "[1, 2, -3]"
    };
    size_t values[2];
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        ck_assert_msg(numbers_of(lists[i], values, 2) == -1, "%s", lists[i]);
    }
    ck_assert_int_eq(json_whole_numbers(NULL, values, 2), -1);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("json");
    CASE(s, "json", sound_texts_are_taken, others_are_refused, whole_numbers_are_stored,
         other_numbers_and_lists_are_not);
    return s;
}
