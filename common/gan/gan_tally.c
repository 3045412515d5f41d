#include "gan/gan_tally.h"
#include "base/die.h"

#include <math.h>

/*
## The sums

A logit above 0 means "real". Losses and gradients are one number a step, the others are one an example.
*/

static void add_value(GanTally *tally, int column, double value) {
    tally->sum[column] += value;
    tally->count[column]++;
}

static double probability(double logit) {
    return 1.0 / (1.0 + exp(-logit));
}

void gan_tally_real(GanTally *tally, const float *logits, int n) {
    for (int i = 0; i < n; i++) {
        add_value(tally, GAN_D_REAL, probability(logits[i]));
        add_value(tally, GAN_ACC_REAL, logits[i] > 0.0f);
    }
}

void gan_tally_fake(GanTally *tally, const float *logits, int n) {
    for (int i = 0; i < n; i++) {
        add_value(tally, GAN_D_FAKE, probability(logits[i]));
        add_value(tally, GAN_ACC_FAKE, logits[i] <= 0.0f);
    }
}

void gan_tally_d(GanTally *tally, float loss, const Net *D) {
    add_value(tally, GAN_LOSS_D, loss);
    add_value(tally, GAN_GRAD_D, net_gradient_length(D));
}

void gan_tally_g(GanTally *tally, float loss, const Net *G) {
    add_value(tally, GAN_LOSS_G, loss);
    add_value(tally, GAN_GRAD_G, net_gradient_length(G));
}

void critic_tally_d(GanTally *tally, float score_real, float score_fake, float loss, const Net *D) {
    add_value(tally, CRITIC_ESTIMATE, (double)score_real - score_fake);
    add_value(tally, CRITIC_SCORE_REAL, score_real);
    add_value(tally, CRITIC_SCORE_FAKE, score_fake);
    add_value(tally, CRITIC_LOSS_D, loss);
    add_value(tally, CRITIC_GRAD_D, net_gradient_length(D));
}

void critic_tally_g(GanTally *tally, float loss, const Net *G) {
    add_value(tally, CRITIC_LOSS_G, loss);
    add_value(tally, CRITIC_GRAD_G, net_gradient_length(G));
}

void critic_tally_penalty(GanTally *tally, float penalty, double slope) {
    add_value(tally, CRITIC_PENALTY, penalty);
    add_value(tally, CRITIC_SLOPE, slope);
}

static void take_means(double *row, GanTally *tally, int columns) {
    for (int i = 0; i < columns; i++) {
        row[i] = tally->count[i] > 0.0 ? tally->sum[i] / tally->count[i] : NAN;
    }
    *tally = (GanTally){ 0 };
}

void gan_tally_row(double *row, GanTally *tally) {
    take_means(row, tally, GAN_FIGURES);
}

void critic_tally_row(double *row, GanTally *tally) {
    take_means(row, tally, CRITIC_FIGURES);
}

/*
## Diversity

Are the samples different from each other? Take them in pairs, and the mean distance within a pair, divided by that of real
examples. It is 1 where the samples vary as much as the data do, and near 0 where they are all the same.
*/

double mean_distance(const float *x, int n, int d) {
    require(n >= 2 && n % 2 == 0, "%d examples do not make pairs", n);
    double sum = 0.0;
    for (int i = 0; i < n / 2; i++) {
        const float *a = x + (size_t)i * (size_t)d, *b = x + (size_t)(i + n / 2) * (size_t)d;
        double squares = 0.0;
        for (int k = 0; k < d; k++) {
            squares += ((double)a[k] - b[k]) * ((double)a[k] - b[k]);
        }
        sum += sqrt(squares);
    }
    return sum / (n / 2);
}
