#ifndef ACTS_H
#define ACTS_H

#include "lab.h"
#include "nn/optimizer.h"

// The networks that learn to write (writing.c): 32 places of the text are read at once, 64 characters at a time.
enum {
    PIECES = 32,
    PIECE = 64,
    ROWS = PIECES * PIECE,
    WRITER_INPUTS = 64,
    WRITER_UNITS = 128,
    MOST_LAYERS = 4
};

// Reads a text at PIECES places at once.
typedef struct {
    const int *symbols;
    int n;
    long pieces, read; // of a pass; in all
    float *x;          // (ROWS)
    int *next;         // (ROWS)
} Reading;
Reading reading_open(const int *symbols, int n);
void reading_close(Reading *reading);

// One step of learning: the next piece of all streams, forward, loss, backward, clipping (see below), step. Returns
// the loss in bits a character; sets *length to that of the gradient.
double learn_piece(Net *net, Reading *reading, Optimizer *optimizer, double most, double *length);

typedef enum { MAIN, PLAIN, GATED, MAIN_SLOW, WRITERS } Which;
typedef struct {
    const char *name;
    LayerKind kind;
    float rate; // times --lr
} WriterSpec;
extern const WriterSpec writer_specs[WRITERS];

// A new network for a text: embedding, recurrent layers, dense. forget: of an LSTM.
Net *writer_net(int words, LayerKind kind, int layers, float forget, uint64_t seed);

// All of them, and the figures of their trainings, a row each time that they were measured.
enum { MOST_MARKS = 7, FIGURES = 5 };
typedef struct {
    float *params[WRITERS]; // (n_params)
    size_t n_params[WRITERS];
    long marks[WRITERS];
    double curve[WRITERS][MOST_MARKS][FIGURES];
} Writers;
Writers *writers_open(RecurrentLab *lab);
void writers_close(Writers *writers);

// One of them as a network, as far as it has learned.
Net *writers_net(const RecurrentLab *lab, const Writers *writers, Which which);

// Trains one of them. The main one also writes as it learns. True when it is over.
bool train_writer(RecurrentLab *lab, Writers *writers, Which which);

// What the trainings of all have brought, and the main network together with a table.
void compare_writers(RecurrentLab *lab, Writers *writers);
void mixture(RecurrentLab *lab, const Writers *writers);

// Scales the gradient to the length `most` if it is longer (0: never). Returns how long it was .
static const double CLIP_TO = 1.0;
double clip_gradient(Net *net, double most);

// The acts, in the order of the essay.
void cell(RecurrentLab *lab); // recurrent.c

enum { CLIPPINGS = 4, CLIPPING_SEEDS = 3, CLIPPING_POINTS = 20 }; // gradients.c
enum { CLIPPING_FIGURES = 2 + 2 * CLIPPING_POINTS };
void clipping(RecurrentLab *lab, Trainings *all);
void vanishing(RecurrentLab *lab, const Writers *writers);

int memory_count(void), memory_each(void); // trainings, and figures of each
void memory(RecurrentLab *lab, Trainings *all);

int direction_count(void), direction_each(void);
void direction(RecurrentLab *lab, Trainings *all);

#endif
