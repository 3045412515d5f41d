// What is to be predicted.

typedef struct {
    float with; // share of right letters: one attention layer with positions, 20 letters to repeat
    float without; // the same without positions
    float one;     // share of right answers of one attention layer at the task "induct"
} Prediction;
