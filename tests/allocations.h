// Counts the allocations of a test's program. To be included by the test's .c alone: it takes the place of malloc.

#ifndef ALLOCATIONS_H
#define ALLOCATIONS_H

#include <stddef.h>

// Allocations by the program itself: those of the libraries come through here too, but do not count
// (OpenBLAS takes a buffer for some small products). A sanitizer has its own allocator here.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#endif

static volatile long allocations;

#ifndef SANITIZED
extern char __executable_start[], etext[]; // where the linker put the program's code
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t n, size_t bytes);
void *__libc_realloc(void *block, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);

static void count_allocation(const char *caller) {
    allocations += caller >= __executable_start && caller < etext;
}

void *malloc(size_t bytes) {
    count_allocation(__builtin_return_address(0));
    return __libc_malloc(bytes);
}

void *calloc(size_t n, size_t bytes) {
    count_allocation(__builtin_return_address(0));
    return __libc_calloc(n, bytes);
}

void *realloc(void *block, size_t bytes) {
    count_allocation(__builtin_return_address(0));
    return __libc_realloc(block, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes) {
    count_allocation(__builtin_return_address(0));
    return __libc_memalign(alignment, bytes);
}
#endif

#endif
