# Pictures of lesson 11: what each score sees of six disturbances; sets that are not all that they should be; bias; how far the
# nearest training images are. And, of a folder with a scoreboard (make scoreboard): the marks, and how they came about over time.
load "plots/style.gp"

log = run."/log.csv"

# The legend of a figure of several panels: an empty plot as wide as the picture.
only_the_key = "unset title; unset xlabel; unset ylabel; unset label; unset border; unset tics; unset grid; unset logscale; " \
    ."set lmargin at screen 0; set rmargin at screen 1; set bmargin at screen 0.06; set tmargin at screen 0.07; unset format; " \
    ."set xrange [0:1]; set yrange [0:1]; set key at screen 0.5, screen 0.04 center center horizontal maxrows 2; "
# Panel (i, j) of a grid of columns × rows, counted from the top left.
panel(i, j, columns, rows) = sprintf( \
    "set lmargin at screen %g; set rmargin at screen %g; set tmargin at screen %g; set bmargin at screen %g; unset title; unset xlabel; unset ylabel", \
    0.075 + 0.925 * i / columns, 0.075 + 0.925 * (i + 1) / columns - 0.075, 0.97 - 0.95 * j / rows, 0.97 - 0.95 * (j + 1) / rows + 0.13)

# --- what it sees ------------------------------------------------------------------------------------------------------------
if (have(log)) {
    was = reference("log.csv")
    what = "noise salt blur swirl shift missing"
    names = "'noise, deviation (of 255)' 'salt and pepper (% of the pixels)' 'blur, window (pixels)' 'swirl (radians)' 'shift (pixels)' 'classes that are missing'"
    eval figure("strength", 1000, 620)
    set multiplot
    unset key
    do for [k = 1:6] {
        eval panel((k - 1) % 3, (k - 1) / 3, 3, 2)
        set xlabel word(names, k)
        if (k % 3 == 1) { set ylabel "FID" }
        set xrange [*:*]
        scale = k == 2 ? 100 : 1
        eval span("y", "log.csv", what, "0", "185", "")
        if (empty("log.csv", word(what, k)."_amount")) { set xrange [0:1] }
        plot was using (scale * column(word(what, k)."_amount")):(column(word(what, k))) with lines lt 10 + DISTANCE, \
             log using (scale * column(word(what, k)."_amount")):(column(word(what, k))) with linespoints lt DISTANCE pt 7
    }
    unset multiplot
}

# --- precision, recall and kernel distance of the same sets ------------------------------------------------------------------------
PRECISION = 2; RECALL = 1; KERNEL = 7 # precision is about the generated pictures, recall about the real ones
strengths = run."/strengths.csv"
if (have(strengths) && !empty("strengths.csv", "precision")) {
    eval figure("overlap", 1000, 680)
    set multiplot
    unset key
    set yrange [0:1]
    do for [k = 1:6] {
        eval panel((k - 1) % 3, (k - 1) / 3, 3, 2)
        set bmargin at screen (k < 4 ? 0.63 : 0.18)
        set tmargin at screen (k < 4 ? 0.97 : 0.52)
        set xlabel word(names, k)
        if (k % 3 == 1) { set ylabel "share of the pictures" }
        set xrange [*:*]
        scale = k == 2 ? 100 : 1
        one = "< awk -F, 'NR == 1 || $1 == \"".word(what, k)."\"' ".strengths # a series without a gap
        plot one using (scale * column('amount')):'precision' with linespoints lt PRECISION pt 7, \
             one using (scale * column('amount')):'recall' with linespoints lt RECALL pt 6
    }
    eval only_the_key
    plot 2 with linespoints lt PRECISION pt 7 title "precision", 2 with linespoints lt RECALL pt 6 title "recall"
    unset multiplot
}

# --- sets ------------------------------------------------------------------------------------------------------------------
cases = run."/cases.csv"
if (have(cases)) {
    eval figure("cases", 1100, 500)
    set multiplot
    unset key
    set yrange [system("tail -n +2 '".cases."' | wc -l") - 0.4:-0.6]
    set style fill solid 0.85 noborder
    set boxwidth 0.7
    set grid noytics
    set tmargin at screen 0.97
    set bmargin at screen 0.2
    set lmargin at screen 0.24
    set rmargin at screen 0.50
    set xlabel "FID"
    set xrange [0:450]
    set xtics 100
    plot cases using (column('fid') / 2):0:(column('fid') / 2):(0.35):ytic(1) with boxxyerror lt DISTANCE, \
         cases using 'fid':0:(sprintf(column('fid') < 10 ? " %.2f" : " %.0f", column('fid'))) with labels left
    set lmargin at screen 0.52
    set rmargin at screen 0.73
    set xlabel "inception score"
    set xrange [0:12.5]
    set xtics autofreq
    set format y ""
    plot cases using (column('inception_score') / 2):0:(column('inception_score') / 2):(0.35) with boxxyerror fc rgb "#8a8f98", \
         cases using 'inception_score':0:(sprintf(" %.2f", column('inception_score'))) with labels left
    set lmargin at screen 0.75
    set rmargin at screen 0.98
    set xlabel "precision and recall"
    set xrange [0:1]
    plot cases using (column('precision') / 2):($0 - 0.18):(column('precision') / 2):(0.16) with boxxyerror lt PRECISION, \
         cases using (column('recall') / 2):($0 + 0.18):(column('recall') / 2):(0.16) with boxxyerror lt RECALL
    eval only_the_key
    set key at screen 0.86, screen 0.05
    plot NaN with points lt PRECISION pt 5 ps 2 title "precision", NaN with points lt RECALL pt 5 ps 2 title "recall"
    unset multiplot
}

# --- how many pictures ---------------------------------------------------------------------------------------------------------
bias = run."/log-bias.csv"
if (have(bias)) {
    eval figure("bias", 1000, 480)
    set multiplot
    set style fill solid 0.18 noborder
    set logscale x
    set format x "%g"
    set xlabel "pictures, n"
    set xrange [80:13000]
    set tmargin at screen 0.92
    set bmargin at screen 0.26
    unset key
    test = 10000.0
    thousand = system("sed -n 's/^1000,\\([^,]*\\).*/\\1/p' '".bias."'")
    slope = thousand eq "" ? NaN : thousand / (1 / 1000.0 + 1 / test)
    set lmargin at screen 0.07
    set rmargin at screen 0.49
    set title "Fréchet distance"
    set ylabel "FID (logarithmic)"
    set logscale y
    set yrange [0.1:40]
    plot bias using 'step':'training_least':'training_most' with filledcurves lt REAL notitle, \
         bias using 'step':'noisy_least':'noisy_most' with filledcurves lt GENERATED notitle, \
         slope * (1 / x + 1 / test) with lines lc rgb "#777777" dt 2, \
         bias using 'step':'training' with linespoints lt REAL pt 7, \
         bias using 'step':'noisy' with linespoints lt GENERATED pt 7
    unset logscale y
    set lmargin at screen 0.57
    set rmargin at screen 0.98
    set title "kernel distance"
    set ylabel "kernel distance"
    if (empty("log-bias.csv", "training_kernel")) { eval nothing } else {
        eval span("y", "log-bias.csv", "training_kernel_least training_kernel_most noisy_kernel_least noisy_kernel_most", "*", "*", "")
        plot bias using 'step':'training_kernel_least':'training_kernel_most' with filledcurves lt REAL notitle, \
             bias using 'step':'noisy_kernel_least':'noisy_kernel_most' with filledcurves lt GENERATED notitle, \
             0 with lines lc rgb "#777777" dt 2, \
             bias using 'step':'training_kernel' with linespoints lt REAL pt 7, \
             bias using 'step':'noisy_kernel' with linespoints lt GENERATED pt 7
    }
    eval only_the_key
    set key at screen 0.5, screen 0.06
    plot 2 with linespoints lt REAL pt 7 title "training images", 2 with linespoints lt GENERATED pt 7 title "training images with noise", \
         2 with lines lc rgb "#777777" dt 2 title "left: c (1/n + 1/10,000); right: 0"
    unset multiplot
}

# --- copies --------------------------------------------------------------------------------------------------------------------
near = run."/log-nearest.csv"
if (have(near)) {
    sets = "witnesses noisy blurred fifth stolen_moved stolen_noisy stolen_blurred"
    titles = "'test images' 'with noise' 'blurred' 'a fifth copied' 'copied, moved' 'copied, noise' 'copied, blurred'"
    eval figure("nearest", 1000, 480)
    set multiplot
    unset key
    set yrange [0:100]
    do for [i = 0:1] {
        space = word("pixels features", i + 1)
        eval panel(i, 0, 2, 1)
        set bmargin at screen 0.24
        set xlabel word("'distance to the nearest training image, in pixels' 'in features'", i + 1)
        if (i == 0) { set ylabel "pictures that are nearer (%)" }
        set xrange [0:10]
        plot for [j = 1:words(sets)] near using (column(word(sets, j)."_".space)):'step' with lines lt (j < 4 ? j : j + 2)
    }
    eval only_the_key
    plot for [j = 1:words(sets)] 2 with lines lt (j < 4 ? j : j + 2) title word(titles, j)
    unset multiplot
}

# --- the scoreboard --------------------------------------------------------------------------------------------------------------
short(name) = strlen(name) > 30 ? name[1:29]."…" : name
board = run."/scoreboard.csv"
if (have(board)) {
    n = int(system("tail -n +2 '".board."' | wc -l"))
    eval figure("scoreboard", 1000, 150 + 40 * n)
    high = 150.0 + 40 * n
    set multiplot
    unset key
    set yrange [n - 0.4:-0.6]
    set style fill solid 0.85 noborder
    set grid noytics
    set tmargin at screen 1 - 20 / high
    set bmargin at screen 90 / high
    set lmargin at screen 0.28
    set rmargin at screen 0.58
    set xlabel "FID (logarithmic)"
    set logscale x
    set xrange [1:400]
    plot board using 'fid':0:ytic(short(strcol(1))) with points lt DISTANCE pt 7 ps 1.4, \
         board using 'fid':0:(sprintf("  %.1f", column('fid'))) with labels left
    unset logscale x
    set lmargin at screen 0.61
    set rmargin at screen 0.98
    set format y ""
    set border 0
    set tics scale 0
    unset grid
    set xlabel "taken for (% of the samples)" offset 0, -1.5
    set xrange [-0.5:9.5]
    set cbrange [0:0.4]
    unset colorbox
    set xtics rotate by 45 right
    classes = "T-shirt trouser pullover dress coat sandal shirt sneaker bag boot"
    do for [i = 1:10] { set xtics add (word(classes, i) i - 1) }
    plot for [c = 0:9] board skip 1 using (c):0:(0.48):(0.42):(column(10 + c)) with boxxyerror fc palette, \
         for [c = 0:9] board skip 1 using (c):0:(sprintf("%.0f", 100 * column(10 + c))) with labels textcolor rgb "#222222"
    unset multiplot
}

times = run."/log-time.csv"
if (have(times) && !empty("log-time.csv", "seconds")) {
    names = system("tail -n +2 '".times."' | cut -d, -f2 | uniq")
    eval figure("fid-time", 900, 520)
    set xlabel "seconds of training"
    set ylabel "FID (logarithmic)"
    set logscale y
    set yrange [2:400]
    set key maxrows 3
    plot for [j = 1:words(names)] times using (strcol('run') eq word(names, j) ? column('seconds') : NaN):'fid' with linespoints lt j pt 7 title short(word(names, j))
}
