// What is to be predicted.

typedef struct {
    float bias_30;  // the smallest forget bias of 0, 1, 3, 5 that solves 30 distractors, three seeds of three
    float bias_100; // the same for 100 distractors
    float plain_20; // accuracy of the plain cell with 20 distractors
} Prediction;
