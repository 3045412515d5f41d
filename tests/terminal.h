// A terminal of a test's own: what is printed on its slave side, open(ptsname(master)), is read from its master side.

#ifndef TERMINAL_H
#define TERMINAL_H

#include <check.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int open_terminal(int columns) {
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    ck_assert(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    struct winsize size = { .ws_row = 24, .ws_col = (unsigned short)columns };
    ck_assert_int_eq(ioctl(master, TIOCSWINSZ, &size), 0);
    return master;
}

// Some containers give terminals to root alone. A test of another user's then proves nothing, and says so.
static bool no_terminals(void) {
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master >= 0) {
        close(master);
        return false;
    }
    ck_assert_uint_ne(geteuid(), 0);
    fputs("left out: this system gives terminals to root alone\n", stderr);
    return true;
}

#endif
