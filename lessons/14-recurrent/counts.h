#ifndef COUNTS_H
#define COUNTS_H

#include "data/text.h"
#include "run/runlog.h"

enum { MOST_ORDER = 9 };

// How often each row of up to `order` symbols stands in a text.
typedef struct Counts Counts;
Counts *counts_open(const int *symbols, int n, int n_codes, int order);
void counts_close(Counts *counts);

// Different n-grams of that length.
long counts_different(const Counts *counts, int length);

// How the counts become probabilities.
typedef enum { ADD_K, WITTEN_BELL, KNESER_NEY } Smoothing;
typedef struct {
    Smoothing smoothing;
    int order; // a symbol is predicted from the order - 1 before it
    double k;  // ADD_K: so much is added to each count
} Ngram;

typedef struct {
    double bits;       // per symbol; infinite if a symbol has the probability 0
    double impossible; // the share of those
} NgramScore;

// What a text costs with each of n_models models: scores (n_models); and bits (n_models, n) for
// each of its symbols, unless that is NULL. The first symbol of the text is predicted from none,
// the second from one, and so on.
void ngram_score(NgramScore *scores, double *bits, const Counts *counts, const Ngram *models,
                 int n_models, const int *symbols, int n);

// The probabilities p (n_codes) of all symbols behind `past` (n_past, 0 or more), of which the last
// ones count.
void ngram_probabilities(double *p, const Counts *counts, const Ngram *model, const int *past,
                         int n_past);

// Bits per symbol of two models together, the first one with the weight w, from what each symbol
// costs with either, a (n) and b (n).
double mixed_bits(const double *a, const double *b, int n, double w);

// How often an n-gram of that length that stands r times in the counted text stands in a second
// one, in the mean and per symbols of the first: again[1 … most].
void seen_again(double *again, int most, const Counts *counts, int length, const int *symbols,
                int n);

// The act: log-counts.csv (a row for each order), log-again.csv, samples/counts.txt (what a table
// writes), and in the summary bits_unigram, bits_add_one_4, bits_add_05_5, bits_witten_bell_6,
// bits_kneser_ney_6, bits_kneser_ney_8, impossible_6, different_6, bits_gzip_train,
// bits_gzip_alone, bits_gzip. Needs the text alone, and nothing of it is kept.
void counts_act(Run *run, const Text *text);

#endif
