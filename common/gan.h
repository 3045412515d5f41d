/*
# Watching a game

A generator and a discriminator are trained against each other, and neither's loss says how good it is: each is measured
against an opponent that changes. What can be watched instead? A handful of figures that, together, tell a game that goes well
from one that has died (the guide to [reading GAN curves](reading-gan-curves.html) has the pictures):

| column | what it is | worth knowing |
|---|---|---|
| `loss_d`, `loss_g` | both losses, in nats | a discriminator that only guesses has $2 \log 2 = 1.386$ |
| `d_real`, `d_fake` | mean of $D(x)$ and of $D(G(z))$ | 1 and 0: it is certain; ½ and ½: it cannot tell |
| `acc_real`, `acc_fake` | share of real and of fake examples that it gets right | |
| `grad_d`, `grad_g` | length of the gradients that both are trained with | none left: nothing is learned |
| `diversity` | how far apart two samples are, compared with two real examples | near 0: all samples are the same |

All but the last one are means over the steps since the row before. They cost little: logits and losses are at hand, and
the lengths take one pass over the gradients.
*/

#ifndef GAN_H
#define GAN_H

#include "fid.h"
#include "runlog.h"

// The columns, without diversity, and their number.
#define GAN_COLUMNS "loss_d,loss_g,d_real,d_fake,acc_real,acc_fake,grad_d,grad_g"
enum { GAN_FIGURES = 8 };

// Sums since the last row. All doubles, so that a state keeps it: state_doubles(…, (double
// *)&tally, GAN_TALLY).
typedef struct {
    double sum[GAN_FIGURES]; // in the order of GAN_COLUMNS
    double reals, fakes;     // examples seen by the discriminator
    double steps_d, steps_g; // taken
} GanTally;
enum { GAN_TALLY = sizeof(GanTally) / sizeof(double) };

// The discriminator's logits (n) on real and on fake examples, in its own step.
void gan_tally_real(GanTally *tally, const float *logits, int n);
void gan_tally_fake(GanTally *tally, const float *logits, int n);

// The loss and the network, with its gradients, of a step of the discriminator, of the generator.
void gan_tally_d(GanTally *tally, float loss, const Net *D);
void gan_tally_g(GanTally *tally, float loss, const Net *G);

// Means (GAN_FIGURES) since the last row, NaN where there was nothing; the tally begins anew.
void gan_tally_row(double *row, GanTally *tally);

// Where the first NaN or infinity is, in words: "the weights of layer 0 (dense) of the generator".
// Looks through the generator first, since the discriminator sees what it makes. Writes to text,
// and returns it.
const char *gan_find_nonfinite(char text[100], Net *G, Net *D);

// The mean distance between x[i] and x[i + n/2], examples (n, d): of n/2 random pairs, if the
// examples are independent. n even.
double mean_distance(const float *x, int n, int d);

// x (n) from [0, 1], the range of a data set's pictures, to [-1, 1], that of tanh; in place.
void gan_scale(float *x, size_t n);

// What a generator (z → pictures in [-1, 1]) makes of z (n, in), in evaluation mode, as bytes:
// images (n, out), 0 black … 255 white.
void gan_pictures(uint8_t *images, Net *G, const float *z, int n);

// The same as a grid in a PNG file, columns pictures a row.
void gan_grid(const char *path, Net *G, const float *z, int n, int columns, int scale);

// n pictures from the generator under the run's seed, judged, and the verdict in the run's summary.
Verdict gan_judge(Run *run, Judge *judge, Net *G, int n);

// A saved generator on as many samples as there are test pictures: judges, says and notes the
// verdict; writes `generate` samples, if any are asked for. G: a network of that shape. Dies if
// the model has another.
void gan_score(Run *run, Net *G, const char *model, const Dataset *test, int generate);

// A verdict on n samples in the run's summary: samples, fid, inception_score, share_0 … share_9 and
// smallest_share.
void gan_report(Run *run, const Verdict *verdict, int n);

// The judgement alone.
Verdict gan_verdict(Judge *judge, Net *G, int n, Rng rng);

// Writes n pictures from the generator to generated-images-idx3-ubyte.gz in the run's folder.
void gan_generate(Run *run, Net *G, int n);

// The same with pictures (n, height, width) that are there already, and their labels (n) in
// generated-labels-idx1-ubyte.gz, unless NULL.
void gan_write(Run *run, const uint8_t *images, const uint8_t *labels, int n, int height,
               int width);

#endif
