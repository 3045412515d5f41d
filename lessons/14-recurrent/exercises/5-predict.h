// What is to be predicted.

typedef struct {
    float power; // of ten: what is left of the gradient after 10 steps back, plain cell, untrained
    float lstm;  // bits a character on held-out text
    float mixture; // the same, network and table together
} Prediction;
