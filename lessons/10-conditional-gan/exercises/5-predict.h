// What is to be predicted: shares, from 0 to 1.

typedef struct {
    float seeing,
        blind; // consistency, with a discriminator that sees the labels and with one that does not
} Prediction;
