// The five names, from the smallest distance to the largest.

typedef struct {
    const char *name[5];
} Order;
