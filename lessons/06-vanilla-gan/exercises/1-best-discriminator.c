// The best discriminator. p and q (n) are the probabilities of the faces of two dice, one for the
// data and one for the generator. D (n) is to make the sum of p log D + q log(1 - D) over all faces
// as large as possible. Where p and q are both 0, D is 0.5.

void best_discriminator(double *D, const double *p, const double *q, int n) {
    (void)p, (void)q;
    for (int x = 0; x < n; x++) {
        D[x] = 0.5;
    }
}
