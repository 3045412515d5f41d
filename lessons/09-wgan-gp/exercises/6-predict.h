// What is to be predicted.

typedef struct {
    float norm_light, norm_heavy; // mean gradient norm at the end, lambda 0.1 and 1
    int modes_clipped;            // of eight, found by the game with clipping
} Prediction;
