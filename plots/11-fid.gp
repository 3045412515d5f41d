# Pictures of lesson 11: what the distance sees; crowds that are not all that they should be; its bias; how far the nearest training
# images are. And, of a folder with a scoreboard (make scoreboard): the marks, and how they came about over time.
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
    set yrange [0:185]
    do for [k = 1:6] {
        eval panel((k - 1) % 3, (k - 1) / 3, 3, 2)
        set xlabel word(names, k)
        if (k % 3 == 1) { set ylabel "FID" }
        set xrange [*:*]
        scale = k == 2 ? 100 : 1
        plot was using (scale * column(word(what, k)."_amount")):(column(word(what, k))) with lines lt 11, \
             log using (scale * column(word(what, k)."_amount")):(column(word(what, k))) with linespoints lt 1 pt 7
    }
    unset multiplot
}

# --- crowds ------------------------------------------------------------------------------------------------------------------
cases = run."/cases.csv"
if (have(cases)) {
    eval figure("cases", 1000, 460)
    set multiplot
    unset key
    set yrange [system("tail -n +2 '".cases."' | wc -l") - 0.4:-0.6]
    set style fill solid 0.85 noborder
    set boxwidth 0.7
    set grid noytics
    set tmargin at screen 0.97
    set bmargin at screen 0.14
    set lmargin at screen 0.27
    set rmargin at screen 0.62
    set xlabel "FID"
    set xrange [0:430]
    plot cases using (column('fid') / 2):0:(column('fid') / 2):(0.35):ytic(1) with boxxyerror lt 1, \
         cases using 'fid':0:(sprintf(column('fid') < 10 ? " %.2f" : " %.0f", column('fid'))) with labels left
    set lmargin at screen 0.66
    set rmargin at screen 0.97
    set xlabel "inception score"
    set xrange [0:11.5]
    set format y ""
    plot cases using (column('inception_score') / 2):0:(column('inception_score') / 2):(0.35) with boxxyerror lt 2, \
         cases using 'inception_score':0:(sprintf(" %.2f", column('inception_score'))) with labels left
    unset multiplot
}

# --- how many pictures ---------------------------------------------------------------------------------------------------------
bias = run."/log-bias.csv"
if (have(bias)) {
    eval figure("bias", 800, 480)
    set logscale xy
    set xlabel "pictures, n"
    set ylabel "FID"
    set xrange [80:13000]
    set yrange [0.1:40]
    set style fill solid 0.18 noborder
    set key maxrows 2
    test = 10000.0
    thousand = system("sed -n 's/^1000,\\([^,]*\\).*/\\1/p' '".bias."'")
    slope = thousand eq "" ? NaN : thousand / (1 / 1000.0 + 1 / test)
    plot bias using 'step':'training_least':'training_most' with filledcurves lt 1 notitle, \
         bias using 'step':'noisy_least':'noisy_most' with filledcurves lt 2 notitle, \
         slope * (1 / x + 1 / test) with lines lc rgb "#777777" dt 2 title "c (1/n + 1/10,000)", \
         bias using 'step':'training' with linespoints lt 1 pt 7 title "training images", \
         bias using 'step':'noisy' with linespoints lt 2 pt 7 title "training images with noise"
}

# --- copies --------------------------------------------------------------------------------------------------------------------
near = run."/log-nearest.csv"
if (have(near)) {
    crowds = "witnesses noisy blurred fifth stolen_moved stolen_noisy stolen_blurred"
    titles = "'test images' 'with noise' 'blurred' 'a fifth stolen' 'stolen, moved' 'stolen, noise' 'stolen, blurred'"
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
        plot for [k = 1:words(crowds)] near using (column(word(crowds, k)."_".space)):'step' with lines lt (k < 4 ? k : k + 2)
    }
    eval only_the_key
    plot for [k = 1:words(crowds)] 2 with lines lt (k < 4 ? k : k + 2) title word(titles, k)
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
    plot board using (sqrt(column('fid'))):0:(1):'fid':($0 - 0.35):($0 + 0.35):ytic(short(strcol(1))) with boxxyerror lt 1, \
         board using 'fid':0:(sprintf(" %.1f", column('fid'))) with labels left
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
if (have(times)) {
    names = system("tail -n +2 '".times."' | cut -d, -f2 | uniq")
    eval figure("fid-time", 900, 520)
    set xlabel "seconds of training"
    set ylabel "FID (logarithmic)"
    set logscale y
    set yrange [2:400]
    set key maxrows 3
    plot for [k = 1:words(names)] times using (strcol('run') eq word(names, k) ? column('seconds') : NaN):'fid' with linespoints lt k pt 7 title short(word(names, k))
}
