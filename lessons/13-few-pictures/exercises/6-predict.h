// What is to be predicted.

typedef struct {
    float shift_ratio; // held-out loss with shifts over that without, 200 pictures
    float upside_down; // share of right answers that a net keeps when the pictures are upside down
    float head; // accuracy on five new classes, all frozen but the head, 10 pictures of each class
} Prediction;
