// Tests of common/startup: what the libraries are told before main.

#include "run/startup.h"
#include "test.h"

#include <cblas.h>
#include <stdlib.h>
#include <string.h>

// Chosen for a processor that the library does not know, and only there.
START_TEST(an_unknown_processor_gets_the_vectors_it_has) {
    ck_assert_str_eq(better_kernels("Haswell", true), "SkylakeX");
    ck_assert_str_eq(better_kernels("Zen", true), "SkylakeX");
    ck_assert_ptr_null(better_kernels("Haswell", false));
    ck_assert_ptr_null(better_kernels("SkylakeX", true));
    ck_assert_ptr_null(better_kernels("Cooperlake", true));
    ck_assert_ptr_null(better_kernels("Prescott", false));
    ck_assert_ptr_null(better_kernels("neoversen1", false));
}
END_TEST

// This program is linked with the chapter, so it has been started anew where that was wanted.
START_TEST(programs_have_what_was_chosen) {
    ck_assert(getenv("GOMP_SPINCOUNT") || getenv("OMP_WAIT_POLICY"));
    const char *asked = getenv("OPENBLAS_CORETYPE");
    if (asked && strcmp(asked, "SkylakeX") == 0) {
        ck_assert_str_eq(openblas_get_corename(), "SkylakeX");
    }
    threads_use(0);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("startup");
    CASE(s, "startup", an_unknown_processor_gets_the_vectors_it_has, programs_have_what_was_chosen);
    return s;
}
