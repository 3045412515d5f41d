#include "json.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/*
## The text

The parser takes care of JSON's grammar and of its nesting (a thousand opening brackets are refused, not followed until the
stack ends). Two things it lets pass: bytes that are not UTF-8, and an escape `\u0000`, or one with letters that are no
digits, which would end the name in C at this point and so hide its rest.
*/

// True if all of text (n bytes) is UTF-8 (RFC 3629: shortest form, no surrogates, at most 10ffff)
// without a zero byte.
static bool is_utf8(const unsigned char *text, size_t n) {
    static const uint32_t least[] = { 1, 0x80, 0x800, 0x10000 };
    for (size_t i = 0; i < n;) {
        unsigned char c = text[i++];
        int more = c < 0x80 ? 0 : c >> 5 == 6 ? 1 : c >> 4 == 14 ? 2 : c >> 3 == 30 ? 3 : -1;
        if (more < 0) {
            return false;
        }
        uint32_t code = more ? c & (0x3fu >> more) : c;
        for (int k = 0; k < more; k++, i++) {
            if (i == n || text[i] >> 6 != 2) {
                return false;
            }
            code = code << 6 | (text[i] & 0x3fu);
        }
        if (code < least[more] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
            return false;
        }
    }
    return true;
}

static bool escapes_are_sound(const char *text) {
    for (const char *c = strchr(text, '\\'); c; c = strchr(c, '\\')) {
        c++;
        bool hides = *c == 'u' && (strspn(c + 1, "0123456789abcdefABCDEF") < 4 ||
                                   strncmp(c + 1, "0000", 4) == 0);
        if (hides || *c == '\0') {
            return false;
        }
        c++;
    }
    return true;
}

cJSON *json_object(const char *text, size_t length, JsonFault *fault) {
    *fault = (JsonFault){ "" };
    if (!is_utf8((const unsigned char *)text, length) || !escapes_are_sound(text)) {
        strcpy(fault->text, "not UTF-8 text");
        return NULL;
    }
    if (*text != '{') {
        strcpy(fault->text, "not a JSON object: it must begin with {");
        return NULL;
    }
    const char *end = text;
    cJSON *object = cJSON_ParseWithLengthOpts(text, length, &end, 0);
    if (!object || end + strspn(end, " \t\r\n") != text + length) {
        snprintf(fault->text, sizeof fault->text, "not JSON, from byte %zu of it on",
                 (size_t)(end - text));
        cJSON_Delete(object);
        return NULL;
    }
    return object;
}

/*
## The numbers

The parser hands every number over as a double. From $2^{53}$ on doubles no longer reach every whole number, and to cast
$10^{300}$ to an integer is undefined in C: anything may happen. So the range is checked on the double; a number that is
whole and at most $2^{53}$ can then be cast and stays what it was. (A comparison that is written as "not inside" refuses NaN
as well.)
*/

int json_whole_numbers(const cJSON *list, size_t *values, int most) {
    int n = 0;
    const cJSON *item;
    if (!cJSON_IsArray(list)) {
        return -1;
    }
    cJSON_ArrayForEach(item, list) {
        double value = item->valuedouble;
        if (!cJSON_IsNumber(item) || !(value >= 0 && value <= 0x1p53) || value != floor(value)) {
            return -1;
        }
        if (n < most) {
            values[n] = (size_t)value;
        }
        n++;
    }
    return n;
}
