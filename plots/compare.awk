# awk -F, -v axis=step -v columns="A B" -v runs="R S" -v folder=DIR -f plots/compare.awk LOG-OF-R LOG-OF-S
#
# Prints the table of make compare and writes for each run and column a file DIR/run.column (both counted from 1) of
# lines "step value smoothed" for gnuplot. Empty fields, words (inf) and a row still being written do not count.
#
# Smoothed is the mean over the 4 % of the curve's rows around a row: as many after it as before it, also at the steep
# beginning, so that it does not lag as an exponential average would; only at the end there are fewer after it.

FNR == 1 {
    run++
    fields = NF
    sub(/\r$/, "")
    split("", place)
    for (i = 2; i <= NF; i++) place[$i] = i
    next
}
NF == fields {
    sub(/\r$/, "")
    for (c = 1; c <= wanted; c++) {
        value = column[c] in place ? $place[column[c]] : ""
        if (value !~ /^[-+]?[0-9.]+(e[-+]?[0-9]+)?$/) continue
        row = ++rows[run, c]
        step[run, c, row] = $1
        y[run, c, row] = value + 0
        if ($1 + 0 > last_step) last_step = $1 + 0
    }
}

# Of accuracies and their like the highest is the best, of losses and errors the lowest.
function sign(name) {
    return name ~ /acc|covered|modes|good|consistency|share|score|quality/ ? -1 : 1
}

function write_curve(r, c,    n, i, half, before, after, sum, file) {
    n = rows[r, c]
    half = int(n / 50)
    if (half > 0) smoothed = 1
    file = folder "/" r "." c
    printf "" >file
    sum[0] = 0
    for (i = 1; i <= n; i++) sum[i] = sum[i - 1] + y[r, c, i]
    for (i = 1; i <= n; i++) {
        before = half < i - 1 ? half : i - 1
        after = before < n - i ? before : n - i
        printf "%s %.9g %.9g\n", step[r, c, i], y[r, c, i],
            (sum[i + after] - sum[i - before - 1]) / (before + 1 + after) >file
    }
    close(file)
}

# The row of the best value of a curve, the earliest of equals.
function best_row(r, c,    i, best) {
    best = 1
    for (i = 2; i <= rows[r, c]; i++)
        if (sign(column[c]) * y[r, c, i] < sign(column[c]) * y[r, c, best]) best = i
    return best
}

function figure(value, best) {
    return sprintf("%.6g", value) (names > 1 && value == best ? "*" : " ")
}

function print_table(c,    r, best, at, last, s) {
    s = sign(column[c])
    printf "\n%-*s %13s %14s %10s\n", width, column[c], "last", s < 0 ? "highest" : "lowest", "at " axis
    for (r = 1; r <= names; r++) {
        if (!rows[r, c]) continue
        at[r] = best_row(r, c)
        last[r] = y[r, c, rows[r, c]]
        if (best_last == "" || s * last[r] < s * best_last) best_last = last[r]
        if (best == "" || s * y[r, c, at[r]] < s * best) best = y[r, c, at[r]]
    }
    for (r = 1; r <= names; r++) {
        if (rows[r, c])
            printf "  %-*s %14s %14s %10s\n", width - 2, name[r], figure(last[r], best_last),
                figure(y[r, c, at[r]], best), step[r, c, at[r]]
        else printf "  %-*s %13s  %13s  %10s\n", width - 2, name[r], "-", "-", "-"
    }
    best_last = ""
}

BEGIN {
    wanted = split(columns, column, " ")
    names = split(runs, name, " ")
    width = 24
    for (r = 1; r <= names; r++) if (length(name[r]) + 2 > width) width = length(name[r]) + 2
}
END {
    for (c = 1; c <= wanted; c++) {
        for (r = 1; r <= names; r++) write_curve(r, c)
        print_table(c)
    }
    print "last_step = " last_step + 0 ".; smoothed = " smoothed + 0 >(folder "/facts.gp")
}
