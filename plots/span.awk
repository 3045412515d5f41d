# awk -v logs="A B" -v columns="C D" -v least=0 -v most=2 -v how= -f plots/span.awk: "LOW HIGH N" for an axis.
#
# N numbers stand in these columns of run/A and run/B. The axis reaches from least to most, and further where nine tenths of them
# (how: "half", half of them) do not fit in: a fixed range is right for the usual run, and must not hide another. "*" leaves an end to gnuplot, as long as there
# is anything to be shown. how: "log" (an axis of powers: only what is above 0 counts), "abs" (lengths).

function collect(file,    line, field, n, i, wanted) {
    n = 0
    while ((getline line <file) > 0) {
        split(line, field, ",")
        if (!n) {
            n = split(columns, name, " ")
            split("", place)
            for (i = 1; i in field; i++) place[field[i]] = i
            continue
        }
        for (i = 1; i <= n; i++) {
            if (!(name[i] in place) || field[place[name[i]]] == "") continue
            x = field[place[name[i]]] + 0
            if (how == "abs" && x < 0) x = -x
            if (how == "log" && x <= 0) continue
            value[++count] = x
        }
    }
    close(file)
}

function sort(n,    gap, i, j, x) { # Shell's
    for (gap = int(n / 2); gap > 0; gap = int(gap / 2.2 + 0.3))
        for (i = gap + 1; i <= n; i++) {
            x = value[i]
            for (j = i; j > gap && value[j - gap] > x; j -= gap) value[j] = value[j - gap]
            value[j] = x
        }
}

BEGIN {
    files = split(logs, log_name, " ")
    for (f = 1; f <= files; f++) collect("run/" log_name[f])
    if (!count) {
        print (least == "*" ? (how == "log" ? 0.1 : 0) : least), (most == "*" ? (least == "*" || least < 1 ? 1 : 10 * least) : most), 0
        exit
    }
    n = count
    if (count > 2000) { # enough to know where most of them are
        n = 0
        for (i = 1; i <= count; i += count / 2000) value[++n] = value[int(i)]
    }
    sort(n)
    cut = how == "half" ? 0.25 : 0.05
    low = value[1 + int(cut * (n - 1))]
    high = value[n - int(cut * (n - 1))]
    width = high - low
    if (least != "*" && low < least + 0) least = sprintf("%.6g", how == "log" ? low / 2 : low - 0.05 * width)
    if (most != "*" && high > most + 0) most = sprintf("%.6g", how == "log" ? 2 * high : high + 0.05 * width)
    print least, most, count
}
