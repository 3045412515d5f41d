/*
# Eigenvectors of a symmetric matrix

How does one take the square root of a matrix? A symmetric one only stretches space, along axes that are at right angles
to each other: $A = V\, \mathrm{diag}(\lambda)\, V^\top$, where the columns of $V$ are the axes, of length 1, and the
$\lambda_i$ say by how much. Stretching by $\sqrt{\lambda_i}$ twice does the same, so

$$ A^{1/2} = V\, \mathrm{diag}(\sqrt{\lambda})\, V^\top, \qquad
   A^{1/2} A^{1/2} = V\, \mathrm{diag}(\sqrt{\lambda})\, V^\top V\, \mathrm{diag}(\sqrt{\lambda})\, V^\top = A. $$

With the axes the root, the inverse and the determinant are known. The axes are called eigenvectors, the factors eigenvalues, and
a covariance has none below 0: along an axis it is the variance. [Fréchet distances](fid.html) need such roots.
*/

#ifndef LINALG_H
#define LINALG_H

// Eigenvalues (n), ascending, and orthonormal eigenvectors (n, n), one a row, of the symmetric matrix
// A (n, n), of which only what lies on and below the diagonal is used. Refuses a matrix with NaN or
// an infinity in it. The same bits for any number of threads.
void symmetric_eigen(double *values, double *vectors, const double *A, int n);

#endif
