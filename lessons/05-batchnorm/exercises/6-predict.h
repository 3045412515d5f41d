// What is to be predicted: accuracies on the validation images, from 0 to 1.

typedef struct {
    float mixed;     // training mode, 64 images at a time
    float one_class; // training mode, 64 at a time, all of one class
    float lost;      // evaluation mode, running means 0 and variances 1
} Prediction;
