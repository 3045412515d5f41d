float hinge_slope(float s, float t) {
    return t * s < 1.0f ? -t : 0.0f;
}
