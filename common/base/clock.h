/*
# Time and memory, measured

Every run reports how long it took and how much memory it needed. Both come from the operating system: the monotonic clock,
which no time-zone change or clock adjustment can move, and the peak resident set size, the largest number of bytes of the
program that were in memory at one moment.

Nothing that a network computes may depend on either. They go to `timing.csv` and `summary.csv`, never into `log.csv`.
*/

#ifndef CLOCK_H
#define CLOCK_H

// Seconds since an arbitrary fixed moment; only differences mean something.
double clock_seconds(void);

// The largest resident set of this process so far, in MiB (2^20 bytes).
double clock_peak_mib(void);

#endif
