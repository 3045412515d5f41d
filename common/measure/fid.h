/*
# A judge of pictures, and the distance between two sets

How good are the pictures that a generator makes? None of them has a right answer to be compared with. What can be
compared are two *sets*: ten thousand generated pictures, and the ten thousand of the test set.

**Not by pixels.** A shoe that is moved by two pixels is the same shoe, and every pixel along its edges has changed. We
need numbers that say what is *on* a picture. Lesson 4 has trained a network that recognises clothes, and the 84 numbers
behind the ReLU of its last hidden layer are what it decides by. So a picture becomes a vector of 84 *features*, and a
set of pictures a cloud of points.

**Two clouds, as normal distributions.** The [earth mover's distance](emd.html) of ten thousand points from ten thousand others
takes 800 MB and minutes. So each cloud is replaced by the normal distribution with its mean $m$ and its covariance $C$, and for
two of these there is a formula. On a line, the cheapest way to carry $N(m_1, s_1^2)$ to $N(m_2, s_2^2)$ keeps the order: a
point $s_1 t$ to the right of the one mean goes to $s_2 t$ to the right of the other, where $t \sim N(0, 1)$, so that
$\mathrm{E}\,t = 0$ and $\mathrm{E}\,t^2 = 1$. If the cost is the *square* of the distance, it is on average

$$ \mathrm{E}\big[(m_1 + s_1 t - m_2 - s_2 t)^2\big] = (m_1 - m_2)^2 + (s_1 - s_2)^2 = (m_1 - m_2)^2 + s_1^2 + s_2^2 - 2 s_1 s_2. $$

In 84 dimensions the squares $s^2$ become covariances, and the product $s_1 s_2$ a root of matrices (Dowson and Landau
1982). $C^{1/2}$ is the symmetric matrix whose square is $C$, and tr the sum of the diagonal:

$$ d^2 = \lVert m_1 - m_2 \rVert^2 + \mathrm{tr}\left( C_1 + C_2 - 2\, \big( C_1^{1/2}\, C_2\, C_1^{1/2} \big)^{1/2} \right). $$

This is the squared *Fréchet distance*. Computed with the features of a certain large network, Inception, it is known as
FID, the Fréchet inception distance (Heusel et al. 2017). Ours is computed with LeNet's features, in the same way, and
we keep the name, but **no figure of this course can be compared with one from a paper**. [The page on the
judge](judge.html) says what ours mean.

**How many pictures?** Two things go wrong with few. A covariance of $k$ features from $n \le k$ examples is singular:
there are directions in which the cloud has no width at all, only because there are too few points to fill them. That is refused. And also
from more examples the estimate is too large: a covariance from a sample has a random error, and the distance, being a
square, counts errors of either sign as distance. So it is never 0 between two different samples of the same distribution; it falls
about as $1/n_1 + 1/n_2$, with the numbers of pictures on either side, and only figures with the same $n$ may be
compared. We always take 10,000.

## The inception score

The older score asks two questions of the classifier's ten probabilities $p(y \mid x)$. Is it certain of each
picture? And do all classes occur, so that the mean $p(y)$ over all pictures is even? If both hold, the answer to a
single picture is far from the mean of all answers. How far, in nats, is the Kullback–Leibler divergence; the score is the exponential of its mean:

$$ \mathrm{IS} = \exp\, \mathrm{E}_x \sum_y p(y \mid x) \log \frac{p(y \mid x)}{p(y)}. $$

This *inception score* (Salimans et al. 2016) is 1 if the classifier gives the same answer for all pictures; and 10 if it is certain of each, and each class is a tenth. It never looks at a real picture. Ten clear ones, a
thousand times each, would be perfect. We print it, since papers do, and decide nothing by it.

The simplest figure is the share of pictures that are taken for each class. In the real set each has a tenth. A share
near 0 is a class that the generator leaves out.
*/

#ifndef FID_H
#define FID_H

#include "data/dataset.h"
#include "nn/net.h"

#include <stdint.h>

// Mean and covariance of n vectors of d numbers.
typedef struct {
    int n, d;
    double *mean;       // (d)
    double *covariance; // (d, d), with 1 / (n - 1)
} Moments;

// Of features (n, d). Dies if n <= d: the covariance would be singular. The caller frees it.
Moments *moments_create(const float *features, int n, int d);
void moments_free(Moments *moments);

// The squared Fréchet distance between the Gaussians with these moments, of the same d:
// |m1 - m2|² + tr(C1 + C2 - 2 (C1^½ C2 C1^½)^½). Source: Heusel et al. 2017 (arXiv:1706.08500), eq. 6.
double frechet_distance(const Moments *a, const Moments *b);

// What the fixed judge, data/lenet-fashion.safetensors, sees: the 84 numbers behind the ReLU of its
// last hidden layer, and which class it takes a picture for.
enum { JUDGE_FEATURES = 84, JUDGE_CLASSES = 10, JUDGE_SIDE = 28 };

// What a game with pictures needs: 28 × 28, more than 84 test pictures, and at least `train` training
// pictures that are not all alike, `each` of each class (0: any classes); train 0: none, only the
// judge looks. Dies otherwise (see dataset_require). who: "lesson 6".
void judge_require(const char *which, const char *who, int train, int each);

typedef struct Judge Judge;

// Finds data/lenet-fashion.safetensors below the current folder, or below one of the folders that
// the program stands in; looks at the real pictures, 28 × 28 and more than 84. Dies otherwise.
Judge *judge_create(const Dataset *real);
void judge_free(Judge *judge);

// features (n, 84) or NULL and probabilities (n, 10) or NULL of images (n, 28, 28), 0 black … 255 white.
void judge_look(Judge *judge, float *features, float *probabilities, const uint8_t *images, int n);

typedef struct {
    double fid;             // squared Fréchet distance of the features to the real pictures'
    double inception_score; // 1 … 10; Salimans et al. 2016 (arXiv:1606.03498), with this judge
    double share[JUDGE_CLASSES]; // of the pictures that are taken for each class
    double smallest_share;
} Verdict;

// On images (n, 28, 28); dies unless n > 84.
Verdict judge_images(Judge *judge, const uint8_t *images, int n);

// The same, and which class each of them is taken for: classes (n).
Verdict judge_classify(Judge *judge, uint8_t *classes, const uint8_t *images, int n);

// The network itself, LeNet-5: its input are pictures (n, 1, 28, 28) in [0, 1].
Net *judge_net(Judge *judge);

#endif
