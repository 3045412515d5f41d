// make lesson-2 ARGS="--activation sigmoid --epochs 5 --lr 1" RUN=fast

const char *const run = "fast";
