// What is to be predicted.

typedef struct {
    float transposed,
        upsampled; // power at a period of 2 pixels before training, over real pictures'
    float straight_over_circle; // FID half way on the straight line, over that on the great circle
} Prediction;
