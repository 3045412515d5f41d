// What is to be predicted.

#define OPEN 100.0f

typedef struct {
    float
        bias_30; // the smallest forget bias of 0, 1, 3, 5 that solves 30 distractors, three seeds of three
    float input_100; // the input gate's bias, 0 or -3, with which 100 distractors take fewer steps
    float plain_20;  // accuracy of the plain cell with 20 distractors
} Prediction;
