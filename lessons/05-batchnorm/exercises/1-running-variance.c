// The running averages of one channel. From the N numbers x of a batch compute their mean, and their
// variance as (sum of squared differences from the mean) / (N - 1). Each running average keeps the
// share 1 - m of what it was and takes the share m of what is new.

void update(float *running_mean, float *running_var, const float *x, int N, float m) {
    (void)running_mean, (void)running_var, (void)x, (void)N, (void)m;
}
