// What is to be predicted.

typedef struct {
    int minimax, collapse, vanish; // modes of the ring that the game covers, 0 to 8
    float ratio; // gradient norm of G, minimax over non-saturating, D being 400 steps ahead
} Prediction;
