// make lesson-6 ARGS="--part plane --lr-d 0.00005 --d-steps 20" RUN=rescued

const char *const run = "rescued";
