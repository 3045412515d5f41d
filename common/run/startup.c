#include "run/startup.h"

#include <cblas.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool has_avx512(void) {
#ifdef __x86_64__
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
#else
    return false;
#endif
}

const char *better_kernels(const char *chosen, bool avx512) {
    bool old = strcmp(chosen, "Haswell") == 0 || strcmp(chosen, "Zen") == 0;
    return avx512 && old ? "SkylakeX" : NULL;
}

__attribute__((constructor)) static void tell_the_libraries(int argc, char **argv) {
    (void)argc;
    bool anew = false;
    if (!getenv("GOMP_SPINCOUNT") && !getenv("OMP_WAIT_POLICY")) {
        setenv("GOMP_SPINCOUNT", "2000", 1);
        anew = true;
    }
    const char *kernels = better_kernels(openblas_get_corename(), has_avx512());
    if (kernels && !getenv("OPENBLAS_CORETYPE")) {
        setenv("OPENBLAS_CORETYPE", kernels, 1);
        anew = true;
    }
    if (anew) {
        execv("/proc/self/exe", argv); // returns only if it failed: then all is as it was
    }
}

void threads_use(int n) {
    if (n > 0) {
        omp_set_num_threads(n);
    }
}
