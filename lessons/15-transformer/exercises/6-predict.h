// What is to be predicted.

typedef struct {
    float no_positions; // bits per character, held out, after 400 steps
    float no_skips;     // the same without the ways around attention and dense nets
    float context_16;   // with windows of 16 characters, and four times as many of them
} Prediction;
