void confusion(double *M, const int *asked, const int *taken, int n, int classes) {
    for (int a = 0; a < classes; a++) {
        int all = 0;
        for (int b = 0; b < classes; b++) {
            M[a * classes + b] = 0.0;
        }
        for (int i = 0; i < n; i++) {
            if (asked[i] == a) {
                M[a * classes + taken[i]] += 1.0;
                all++;
            }
        }
        for (int b = 0; b < classes && all > 0; b++) {
            M[a * classes + b] /= all;
        }
    }
}

double consistency(const int *asked, const int *taken, int n) {
    int right = 0;
    for (int i = 0; i < n; i++) {
        right += asked[i] == taken[i];
    }
    return (double)right / n;
}
