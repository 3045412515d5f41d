// The six names, from the smallest distance to the largest.

typedef struct {
    const char *name[6];
} Order;
