// Make it happen: the discriminator learns at a twentieth of the generator's rate (--lr-d 0.00005), and
// yet all eight modes are covered after at most 6,000 steps. Find the options, run with RUN=NAME, and
// write the name here.

const char *const run = "?";
