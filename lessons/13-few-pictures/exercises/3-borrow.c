// The first layers of one network for another one, and frozen there.

#include "nn/net.h"

#include <string.h>

void borrow(Net *to, const Net *from, int layers) {
    (void)to;
    (void)from;
    (void)layers; // yours
}
