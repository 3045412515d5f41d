/*
# Eigenvectors of a symmetric matrix

How does one take the square root of a matrix? A symmetric one can be turned so that it is diagonal, $A = V\, \mathrm{diag}(\lambda)\,
V^\top$ with orthonormal columns in $V$, and in those coordinates it only stretches: by $\lambda_i$ along the $i$-th. Stretching by
$\sqrt{\lambda_i}$ twice does the same. So whoever has the eigenvectors has the root, the inverse and the determinant. Only
[Fréchet distances](fid.html) need it here.
*/

#ifndef LINALG_H
#define LINALG_H

// Eigenvalues (n), ascending, and orthonormal eigenvectors (n, n), one a row, of the symmetric matrix
// A (n, n). All of A finite; it is read below the diagonal only. The same bits for any number of threads.
void symmetric_eigen(double *values, double *vectors, const double *A, int n);

#endif
