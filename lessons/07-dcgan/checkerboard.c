/*
## The checkerboard: windows counted

Odena, Dumoulin and Olah (2016) looked closely at generated pictures and found fine regular patterns in them, like woven cloth.
Their explanation: when windows are spread, some pixels lie under more windows than others. That can be counted. Let all
pixels of the small picture be 1 and all weights too: then each pixel of a transposed convolution's output is the number of
products that it is made of.
*/

#include "acts.h"
#include "base/die.h"
#include "base/file.h"
#include "kernels/conv_transpose2d.h"
#include "kernels/upsample.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOWS = 4, ONES = 8, MOST_COUNTED = 16 * 16 }; // ways to enlarge; from 8 × 8 ones

// How many products make each pixel of a picture that is enlarged from ones, and its side. Kernel 0:
// by upsampling, and a convolution of 3 × 3 after it.
static int count_windows(float *count, int kernel) {
    float ones[MOST_COUNTED], weights[25];
    for (int i = 0; i < MOST_COUNTED; i++) {
        ones[i] = weights[i % 25] = 1.0f;
    }
    ConvShape shape = {
        1, ONES, ONES, 1, kernel, .stride = 2, .pad = (kernel - 1) / 2, .dilation = 1
    };
    if (kernel > 0) {
        spread(count, ones, weights, NULL, 1, &shape);
        return conv_transpose_out(ONES, &shape);
    }
    float enlarged[MOST_COUNTED];
    upsample_forward(enlarged, ones, 1, 1, ONES, ONES, 2);
    shape =
        (ConvShape){ 1, 2 * ONES, 2 * ONES, 1, .kernel = 3, .stride = 1, .pad = 1, .dilation = 1 };
    gather(count, enlarged, weights, 1, &shape); // a convolution
    return 2 * ONES;
}

void overlaps(Run *run) {
    static const struct {
        int kernel;
        const char *name, *key;
    } ways[WINDOWS] = { { 3, "kernel 3, stride 2", "kernel_3" },
                        { 4, "kernel 4, stride 2", "kernel_4" },
                        { 5, "kernel 5, stride 2", "kernel_5" },
                        { 0, "upsampling, kernel 3", "upsampled" } };
    enum { BORDER = 3 };
    OutFile *file = file_create(run_path(run, "overlap.csv"));
    run_say(run, "Products that make a pixel, away from the border:");
    for (int w = 0; w < WINDOWS; w++) {
        float count[MOST_COUNTED], least = INFINITY, most = 0.0f;
        int side = count_windows(count, ways[w].kernel);
        char key[40];
        for (int i = 0; i < side * side; i++) {
            int row = i / side, col = i % side;
            fprintf(file_stream(file), "%g%s", (double)count[i], col < side - 1 ? "," : "\n");
            if (row >= BORDER && row < side - BORDER && col >= BORDER && col < side - BORDER) {
                least = fminf(least, count[i]);
                most = fmaxf(most, count[i]);
            }
        }
        fprintf(file_stream(file), "\n\n");
        run_say(run, "  %-22s%2g to %g", ways[w].name, (double)least, (double)most);
        snprintf(key, sizeof key, "overlap_%s_least", ways[w].key);
        run_summary(run, key, least);
        snprintf(key, sizeof key, "overlap_%s_most", ways[w].key);
        run_summary(run, key, most);
    }
    file_commit(file);
}

/*
![Four maps of counts for 8 × 8 pixels enlarged. Kernel 3 and kernel 5 give a checkerboard of different counts; kernel 4 and upsampling give one count everywhere but at the border.](overlap.svg)

With kernel 3 a pixel is made of 1, 2 or 4 products, with kernel 5 of 4, 6 or 9. With kernel 4 every pixel away from the border
is made of 4: **the stride divides the kernel**, and the windows tile the plane evenly. In one line, a pixel lies under $\lceil k / s
\rceil$ or $\lfloor k / s \rfloor$ windows (rounded up, rounded down), and both are the same if $s$ divides $k$. The paper's
networks have kernel 5 and stride 2. This lesson takes 4.

Is the matter settled with that? An even count makes an even picture if all weights are the same, and they are not. The
even pixels of a line are made with the weights $a$ and $c$, the odd ones with $b$ and $d$. Where the small picture is
constant, say $v$, the large one is $(a + c)\, v,\; (b + d)\, v,\; (a + c)\, v,\; \dots$, and nothing keeps $a + c$ near $b
+ d$, unless the four weights come from upsampling. So a pattern of period 2 is to be expected of every transposed
convolution with stride 2, whatever its kernel.

## A pattern in numbers: the spectrum

A pattern that repeats every two pixels is a wave of 14 periods in a line of 28 pixels. How much a line $x_0, \dots, x_{27}$
resembles a wave of $f$ periods is told by two sums, one for each of two phases. (Together they are the line's discrete Fourier
transform.)

$$ a_f = \sum_{j=0}^{27} x_j \cos \frac{2 \pi f j}{28}, \qquad b_f = \sum_{j=0}^{27} x_j \sin \frac{2 \pi f j}{28}, \qquad f = 0, \dots, 14. $$

$a_f^2 + b_f^2$ is the *power* at $f$ periods a line; all of them together are the line's *spectrum*. $f = 0$ is the mean
brightness, which is left out. For the others the program takes the mean power over all rows and all columns of a thousand
pictures and divides by the sum over all $f$, so that dark and bright sets of pictures can be compared. The frequencies 1 to
13 count twice: the transform goes on to $f = 27$, and has the same numbers there in reverse. With that each share is a share of
the variance within a line (Parseval's theorem).
*/

typedef struct {
    double re[FREQUENCIES][SIDE], im[FREQUENCIES][SIDE];
} Waves;

static Waves make_waves(void) {
    Waves w;
    for (int f = 0; f < FREQUENCIES; f++) {
        for (int j = 0; j < SIDE; j++) {
            double angle = 2.0 * acos(-1.0) * (f * j % SIDE) / SIDE;
            w.re[f][j] = cos(angle);
            w.im[f][j] = -sin(angle);
        }
    }
    return w;
}

// A row of a picture, or a column of it.
static void add_power(double power[FREQUENCIES], const float *x, int step, const Waves *waves) {
    double line[SIDE];
    for (int j = 0; j < SIDE; j++) {
        line[j] = x[j * step];
    }
    for (int f = 1; f < FREQUENCIES; f++) {
        double re = 0.0, im = 0.0;
#pragma omp simd reduction(+ : re, im)
        for (int j = 0; j < SIDE; j++) {
            re += line[j] * waves->re[f][j];
            im += line[j] * waves->im[f][j];
        }
        power[f] += (f == PERIOD_2 ? 1.0 : 2.0) * (re * re + im * im);
    }
}

Spectrum spectrum(const float *x, int n) {
    Spectrum s = { { 0.0 } };
    Waves waves = make_waves();
    double sum = 0.0;
    for (int i = 0; i < n * SIDE; i++) {
        const float *picture = x + (size_t)(i / SIDE) * PIXELS;
        add_power(s.share, picture + i % SIDE * SIDE, 1, &waves);
        add_power(s.share, picture + i % SIDE, SIDE, &waves);
    }
    for (int f = 1; f < FREQUENCIES; f++) {
        sum += s.share[f];
    }
    for (int f = 1; f < FREQUENCIES && sum > 0.0; f++) {
        s.share[f] /= sum;
    }
    return s;
}

/*
A pattern that comes from the layers is tied to the grid of pixels: it is at the same place in every picture. What the pictures
show is not. So there is a second, sharper measurement. In the *mean* of a thousand pictures nearly all fine detail cancels, in
real pictures as in generated ones, but a pattern that is always at the same place remains.
*/

Spectrum spectrum_of_mean(const float *x, int n) {
    float mean[PIXELS];
    for (int p = 0; p < PIXELS; p++) {
        double sum = 0.0;
        for (int i = 0; i < n; i++) {
            sum += x[(size_t)i * PIXELS + (size_t)p];
        }
        mean[p] = (float)(sum / n);
    }
    return spectrum(mean, 1);
}

/*
Two periods are to be expected: the last layer doubles from 14 to 28 pixels and may leave a pattern of period 2; the layer
before it doubles from 7 to 14, and what it leaves is doubled to period 4. Of each the program prints how many times as
much power there is as in real pictures.
*/

static void tell_spectrum(DcganStudy *study, const char *what, const char *key, const Spectrum *s,
                          const Spectrum *real) {
    double two = s->share[PERIOD_2] / real->share[PERIOD_2];
    double four = s->share[PERIOD_4] / real->share[PERIOD_4];
    char name[64];
    run_say(study->run, "  %-36s%10.2f%10.2f", what, two, four);
    snprintf(name, sizeof name, "period_2_%s", key);
    run_summary(study->run, name, two);
    snprintf(name, sizeof name, "period_4_%s", key);
    run_summary(study->run, name, four);
}

void compare_spectra(DcganStudy *study) {
    if (!state_begin(study->state, "spectra")) {
        return;
    }
    const Spectrum *before = study->before, *after = study->after, *mean = study->mean;
    Log *log = log_open(study->run, "log-spectrum.csv",
                        "real,transposed_before,upsampled_before,transposed,upsampled,"
                        "real_mean,transposed_mean,upsampled_mean");
    for (int f = 1; f < FREQUENCIES; f++) {
        log_row(log, f, study->real.share[f], before[TRANSPOSED].share[f],
                before[UPSAMPLED].share[f], after[TRANSPOSED].share[f], after[UPSAMPLED].share[f],
                study->real_mean.share[f], mean[TRANSPOSED].share[f], mean[UPSAMPLED].share[f]);
    }
    run_say(study->run, "Power, as a multiple of real pictures', at period");
    run_say(study->run, "  %-36s%10s%10s", "", "2", "4");
    tell_spectrum(study, "transposed, untrained", "transposed_before", &before[TRANSPOSED],
                  &study->real);
    tell_spectrum(study, "transposed, trained", "transposed", &after[TRANSPOSED], &study->real);
    tell_spectrum(study, "upsampled, untrained", "upsampled_before", &before[UPSAMPLED],
                  &study->real);
    tell_spectrum(study, "upsampled, trained", "upsampled", &after[UPSAMPLED], &study->real);
    tell_spectrum(study, "transposed, mean of trained pictures", "transposed_mean",
                  &mean[TRANSPOSED], &study->real_mean);
    tell_spectrum(study, "upsampled, mean of trained pictures", "upsampled_mean", &mean[UPSAMPLED],
                  &study->real_mean);
    state_end(study->state, true);
}
