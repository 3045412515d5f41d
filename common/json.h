/*
# JSON from a stranger

Some files bring a description of themselves along, and they write it as JSON: text of a few kinds, `{"shape": [2, 3]}`. A
library reads it for us, cJSON. Is there anything left to do?

There is when the text comes from somebody else. The grammar of JSON is small, but it says little about what the values mean
to a program: how large a number may be, which bytes make up a name, what may stand behind the closing brace. Two programs
that answer such questions in different ways read the same file and see two things, and that is how a file gets past the one
that checks and harms the one that loads.

So a text is taken here only if there is one way to read it. One question stays with the caller, who knows which names there
should be: whether one comes twice.
*/

#ifndef JSON_H
#define JSON_H

#include <cjson/cJSON.h>
#include <stddef.h>

// Why a text was refused: "not UTF-8 text".
typedef struct {
    char text[64];
} JsonFault;

// The object that a text holds (length bytes, a zero behind them), to be freed with cJSON_Delete.
// NULL with the fault if it is not UTF-8, hides a name's end, is not one object, or has more than
// white space behind it. The same name may stand in it twice: that is for the caller to see.
cJSON *json_object(const char *text, size_t length, JsonFault *fault);

// Stores the first `most` of a list's whole numbers, 0 to 2^53. Returns how many it has, or -1 if it
// is no list of such numbers. The list may be NULL.
int json_whole_numbers(const cJSON *list, size_t *values, int most);

#endif
