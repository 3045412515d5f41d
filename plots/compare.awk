# What plots/compare.sh runs in a folder that holds the clean logs log.1, log.2, …, and a list of lines "column lower" or "column
# higher", better; with runs, columns and axis in the environment (RUNS, columns, axis).
#
# Prints the table of make compare and writes for each run and column a file run.column (both counted from 1) of
# lines "step value smoothed" for gnuplot, and facts.gp. Empty fields do not count.
#
# Smoothed is the mean over the 4 % of the curve's rows around a row: as many after it as before it, also at the steep
# beginning, so that it does not lag as an exponential average would; only at the end there are fewer after it.

FNR == 1 {
    run++
    split("", place)
    for (i = 2; i <= NF; i++) place[$i] = i
    next
}
{
    for (c = 1; c <= wanted; c++) {
        if (!(column[c] in place) || $place[column[c]] == "") continue
        row = ++rows[run, c]
        step[run, c, row] = $1 + 0
        y[run, c, row] = $place[column[c]] + 0
        if ($1 + 0 > last_step) last_step = $1 + 0
    }
}

function write_curve(r, c,    n, i, half, before, after, sum, file) {
    n = rows[r, c]
    half = int(n / 50)
    if (half > 0) smoothed = 1
    file = r "." c
    printf "" >file
    sum[0] = 0
    for (i = 1; i <= n; i++) sum[i] = sum[i - 1] + y[r, c, i]
    for (i = 1; i <= n; i++) {
        before = half < i - 1 ? half : i - 1
        after = before < n - i ? before : n - i
        printf "%.15g %.9g %.9g\n", step[r, c, i], y[r, c, i],
            (sum[i + after] - sum[i - before - 1]) / (before + 1 + after) >file
    }
    close(file)
}

# The row of a curve's lowest value (sign 1) or highest (sign -1), the earliest of equals.
function best_row(r, c, sign,    i, best) {
    best = 1
    for (i = 2; i <= rows[r, c]; i++)
        if (sign * y[r, c, i] < sign * y[r, c, best]) best = i
    return best
}

function figure(value, star) {
    if (star && names > 1) starred = 1
    return sprintf("%.6g", value) (star && names > 1 ? "*" : " ")
}

function padded(text, width) { # awks differ in what they make of %-*s
    while (length(text) < width) text = text " "
    return text
}

# Where it is said that lower or higher is better, a star for the best run; else both ends, and no opinion.
function print_table(c,    r, known, sign, at, top, last, best, best_last) {
    known = better[column[c]] ~ /^(lower|higher)$/
    sign = better[column[c]] == "higher" ? -1 : 1
    printf "\n%s %13s %14s %10s\n", padded(column[c], width), "last", (sign < 0 ? "highest" : "lowest"), known ? "at " axis : "highest"
    for (r = 1; r <= names; r++) {
        if (!rows[r, c]) continue
        at[r] = best_row(r, c, sign)
        last[r] = y[r, c, rows[r, c]]
        if (best_last == "" || sign * last[r] < sign * best_last) best_last = last[r]
        if (best == "" || sign * y[r, c, at[r]] < sign * best) best = y[r, c, at[r]]
    }
    for (r = 1; r <= names; r++) {
        if (!rows[r, c]) {
            printf "  %s %13s  %13s  %10s\n", padded(name[r], width - 2), "-", "-", "-"
            continue
        }
        top = known ? sprintf("%.10g", step[r, c, at[r]]) : sprintf("%.6g", y[r, c, best_row(r, c, -1)])
        printf "  %s %14s %14s %10s\n", padded(name[r], width - 2), figure(last[r], known && last[r] == best_last),
            figure(y[r, c, at[r]], known && y[r, c, at[r]] == best), top
    }
}

BEGIN {
    wanted = split(ENVIRON["columns"], column, " ")
    names = split(ENVIRON["RUNS"], name, " ")
    axis = ENVIRON["axis"]
    width = 24
    for (r = 1; r <= names; r++) {
        if (length(name[r]) + 2 > width) width = length(name[r]) + 2
        ARGV[r] = "log." r
    }
    ARGC = names + 1
    while ((getline line <"better") > 0) {
        split(line, said, " ")
        if (better[said[1]] != "" && better[said[1]] != said[2]) said[2] = "unclear" # two runs disagree
        better[said[1]] = said[2]
    }
}
END {
    for (c = 1; c <= wanted; c++) {
        for (r = 1; r <= names; r++) write_curve(r, c)
        print_table(c)
    }
    if (starred) print "\n* the best of these runs"
    printf "last_step = %.17e; smoothed = %d\n", last_step, smoothed >"facts.gp"
}
