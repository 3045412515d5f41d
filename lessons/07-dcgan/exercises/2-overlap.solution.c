#include "2-overlap.h"

int windows_over(int at, int n, int k, int stride, int pad) {
    int count = 0;
    for (int i = 0; i < n; i++) {
        int first = i * stride - pad;
        count += first <= at && at < first + k;
    }
    return count;
}

const bool even[8] = { [2] = true, [4] = true, [6] = true };
