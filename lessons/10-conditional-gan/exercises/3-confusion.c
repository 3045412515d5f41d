// M[a][b]: of the pictures that were asked for as class a, the share that the judge took for class
// b; a row of zeros if there are none. M (classes, classes), asked and taken (n). And the share of
// all pictures that were taken for what was asked for.

void confusion(double *M, const int *asked, const int *taken, int n, int classes) {
    (void)M, (void)asked, (void)taken, (void)n, (void)classes;
}

double consistency(const int *asked, const int *taken, int n) {
    (void)asked, (void)taken, (void)n;
    return -1.0;
}
