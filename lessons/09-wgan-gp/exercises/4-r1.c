// The penalty R1 of the critic D(x) = sum over j of w_j x_j + q_j x_j^2 / 2, whose gradient is
// w_j + q_j x_j: gamma / 2 times the mean of its squared length at the n real examples.
//
// Returned: the penalty. dw, dq (d): its gradients with respect to w and q. real (n, d).

double r1(float *dw, float *dq, const float *w, const float *q, const float *real, float gamma,
          int n, int d) {
    (void)dw, (void)dq, (void)w, (void)q, (void)real, (void)gamma, (void)n, (void)d;
    return 0.0;
}
