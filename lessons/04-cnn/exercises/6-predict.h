// What is to be predicted: accuracies, from 0 to 1.

typedef struct {
    float lenet, dense;             // on the validation pictures
    float lenet_moved, dense_moved; // moved by two pixels
} Prediction;
