/*
# Networks that predict the next character

What comes behind `See also {bit buck`? A reader of the Jargon File knows it. A *language model* is a network that is asked
this at every place of a text: its output for a row are the scores of all characters of the alphabet, and their softmax is
how probable it takes each to be the next one. Everything that lessons 14 and 15 do with text is this one question, asked in
three ways: learn from the answers, measure them, or believe them and go on from there.

**How good is it?** Say the model gives the character that does come next the probability $p$. The best code for it has
$\log_2 1/p$ bits: 1 bit for a character that was given one half, 10 for one with a thousandth. The mean over a text that it
has not learned from is its figure, *bits per character*:

$$ \underset{1 \times 1}{\text{bits}} = \frac1n \sum_{i=1}^{n} \log_2 \frac1{p(c_i \mid c_1 \dots c_{i-1})} $$

It is the cross-entropy of [the loss](loss.html), divided by $\ln 2$, and it is what an arithmetic coder would need to write
the text with this model on both sides: 2 bits a character compress a text to a quarter of its bytes. So a model can be
compared with every compressor, and with a table of counts. A model that knows nothing but the alphabet of 96 needs
$\log_2 96$, 6.58 bits.

**What does it get to see?** A recurrent net has a state, which may hold something of all that came before. If the text went
through it as one sequence, each row would wait for the one before. So it is cut into *streams* that go side by side:

    one text        : b o g u s : a d j . I n c r e d
    four streams    : b o g     u s : a     d j . I     n c r e
    first pass      : b         u s         d j         n c           two rows of each stream
    second pass         o g         : a         . I         r e

and each stream's state goes from a piece to the next. Only at the beginning of a stream there is none.

A transformer has no state. It sees the rows of its pass and nothing else, so a window of 64 rows predicts its first
character from nothing and its last from 63. Whoever cuts a text into such windows, one behind the other, measures the mean
over all these, and that is a worse figure than the model deserves. Here the windows overlap by half: the second half of each
is counted, so every character but the first few is predicted from at least half a window. A figure without the way it was
measured says little; that goes for published ones, too.

**Writing.** A model that has read `:bogus:` gives a probability to each next character. One is drawn, put behind, and the
question asked again. Taking the most probable one each time leads into circles ("the system of the system of the system").
Drawing by the probabilities as they are has the mistakes of the model in it, each of which is then believed. Between the two
one can divide the scores $s$ by a *temperature* $\tau$ before the softmax:

$$ p_k = \frac{e^{s_k / \tau}}{\sum_j e^{s_j / \tau}} $$

At $\tau = 1$ these are the model's own probabilities, at a lower one the probable characters get still more, and for
$\tau \to 0$ the most probable one is left.
*/

#ifndef LANGUAGE_H
#define LANGUAGE_H

#include "data/text.h"
#include "nn/net.h"
#include "run/runlog.h"

// A network here reads one token a row and answers with the scores of all next ones: its table
// begins with an embedding of text->n_codes words, and ends with as many outputs. `steps` below are
// the rows of a sequence, .steps of its layers; sequence b of a pass has the rows b · steps to b ·
// steps + steps - 1.

// --- learning: a batch -----------------------------------------------------------------------------

// Streams. So many pieces of `steps` rows follow each other until the text is over. A text is long
// enough if that is at least 1.
long stream_pieces(int n, int streams, int steps);

// Piece 0 … pieces-1 of every stream: x (streams · steps) as tokens, and next (streams · steps),
// the symbols that follow. Before piece 0 a net with net->carry = true has to forget (net_begin).
// The last rows of a stream that fill no piece are left out.
void stream_piece(float *x, int *next, const int *symbols, int n, int streams, int steps,
                  long piece);

// Windows of `steps` rows at random places of the text, which has more than `steps` symbols.
void random_windows(float *x, int *next, const int *symbols, int n, int windows, int steps,
                    Rng *rng);

// --- measuring: bits per character -----------------------------------------------------------------

// Both return the mean over a text, and put what each of its symbols costs into bits (n), unless
// that is NULL. The first one, before which there is nothing, costs log2 of the alphabet's size. In
// evaluation mode; what the net carries from pass to pass is afterwards as it was, so a training
// can go on. The net's batch is at least streams · steps, and a multiple of steps.

// A recurrent net: streams side by side, all symbols of the text.
double bits_in_streams(double *bits, Net *net, const int *symbols, int n, int streams);

// A net that sees `steps` rows: windows that overlap by half, with as many side by side as fit into
// the net's batch. The first window counts as a whole. n > steps.
double bits_in_windows(double *bits, Net *net, const int *symbols, int n);

// --- writing ---------------------------------------------------------------------------------------

// The symbol that is drawn from scores (n). Temperature 0: the largest one, and nothing is drawn.
int draw_symbol(const float *scores, int n, float temperature, Rng *rng);

// What a net carries from pass to pass, while it reads something else.
typedef struct {
    float *carried;
    int at;
    bool carry;
} Carried;

// A text as it is being written. A recurrent net keeps its state. One that sees a window of `steps`
// rows keeps them as keys and values; when it is full, the second half of it is read again into an
// empty one.
typedef struct {
    Net *net;
    const float *scores; // of the next symbol
    int n_codes;
    float temperature;
    Rng rng;
    int window; // rows that the net can see, or 0: no limit
    int *past;  // (window): those that it sees
    int n_past;
    Carried before; // put back at the end
} Writer;

// Has read `begins` (n > 0).
Writer writer_open(Net *net, const int *begins, int n, float temperature, Rng rng);
int writer_next(Writer *writer);
void writer_close(Writer *writer);

// A text of `length` characters behind `begins`, all of it as UTF-8; to be freed. It stands at the
// beginning of an entry: the net has read the end of one before. Dies if a character of `begins` is
// not one of the text's.
char *write_sample(Net *net, const Text *text, const char *begins, int length, float temperature,
                   Rng rng);

// What a lesson can be asked to write at its end, and the rows for its table of options.
typedef struct {
    int generate; // characters; 0: nothing
    float temperature;
    const char *begin; // what the text begins with
} WritingOptions;
#define WRITING_DEFAULTS                                                                           \
    { .temperature = 0.5f, .begin = "" }
#define WRITING_OPTIONS(s)                                                                         \
    option_int("generate", &(s).generate, 0, 1000000, "characters to write at the end"),           \
        option_float("temperature", &(s).temperature, 0, 100, "0: always the most probable one"),  \
        option_text("begin", &(s).begin, "what they begin with, as \":bogus:\"")

// Writes what was asked for, if anything was: shows it while it is being written, even in a --quiet run, and
// keeps it in generated.txt in the run's folder. Ends early if the run is stopped.
void show_text(Run *run, Net *net, const Text *text, const WritingOptions *asked);

// --- keeping ---------------------------------------------------------------------------------------

// A checkpoint with the text's alphabet in it, as the tensor "alphabet" of code points.
void language_save(const char *path, const Net *net, const Text *text);

// The reverse. Dies if the model has another alphabet than the text, and says how they differ.
void language_load(const char *path, Net *net, const Text *text);

#endif
