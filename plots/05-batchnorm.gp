# Pictures of lesson 5: the contest, the cliff, the size of the signals, histograms of what goes into the ReLUs, the shaken net.
load "plots/style.gp"

log = run."/log.csv"
summary = run."/summary.csv"
# A figure of the summary, or of the settings, as text; "" if it is not there.
look_up(file, key) = have(file) ? system("awk -F, '$1 == \"".key."\" { printf \"%s\", $2 }' '".file."'") : ""
accuracy(name) = look_up(summary, name."_valid_accuracy")
told(name) = accuracy(name) eq "" ? "" : sprintf("%.1f %%", 100 * real(accuracy(name)))
# Kept figures have no config.csv: they are those of the default.
given = look_up(run."/config.csv", "lr")
lr = given eq "" ? 0.1 : real(given)
rate(i) = sprintf("learning rate %.3g", lr * 5.0 ** (i - 2))
steps = last_step(log)
rates = "low middle high"

# Without batch norm a curve is black, with it blue.
WITHOUT = 6; WITH = 1
set linetype WITHOUT dt 1

# The legend of a figure of several panels: an empty plot as wide as the picture.
only_the_key = "unset title; unset xlabel; unset ylabel; unset label; unset border; unset tics; unset grid; unset colorbox; unset logscale; " \
    ."set lmargin at screen 0; set rmargin at screen 1; set bmargin at screen 0.07; set tmargin at screen 0.08; " \
    ."set xrange [0:1]; set yrange [0:1]; set key at screen 0.5, screen 0.03 center center horizontal; "

# --- the contest: loss of twelve nets, two by two --------------------------------------------------------------------
both(name) = "'".reference("log.csv")."' using 'step':'plain_".name."' with lines lt 16 notitle, " \
    ."'".reference("log.csv")."' using 'step':'bn_".name."' with lines lt 11 notitle, " \
    ."'".log."' using 'step':'plain_".name."' with lines lt 6 notitle, " \
    ."'".log."' using 'step':'bn_".name."' with lines lt 1 notitle"
eval figure("contest", 1000, 640)
set multiplot
set xrange [0:steps]
set xtics nice(steps / 4.0)
do for [row = 0:1] {
    do for [i = 1:3] {
        name = (row == 0 ? "good_" : "bad_").word(rates, i)
        set lmargin at screen 0.07 + 0.31 * (i - 1)
        set rmargin at screen 0.07 + 0.31 * i - 0.025
        set tmargin at screen (row == 0 ? 0.94 : 0.53)
        set bmargin at screen (row == 0 ? 0.60 : 0.19)
        unset title; unset xlabel; unset ylabel; unset label
        if (row == 0) { set title rate(i) }
        if (row == 1) { set xlabel "step" }
        if (i == 1) { set format y "%g"; set ylabel "loss, ".(row == 0 ? "good" : "bad")." weights" } else { set format y "" }
        eval span("y", "log.csv", "plain_".name." bn_".name, "0.2", "2.8", "")
        set label 1 "validation accuracy" at graph 0.97, 0.66 right textcolor rgb ink
        set label 2 told("plain_".name) at graph 0.97, 0.58 right textcolor lt 6
        set label 3 told("bn_".name) at graph 0.97, 0.50 right textcolor lt 1
        eval "plot ".both(name)
    }
}
eval only_the_key
plot 2 with lines lt 6 title "without batch norm", 2 with lines lt 1 title "with it", 2 with lines lt 16 title (has_reference("log.csv") ? "thin: reference run" : "")
unset multiplot

# --- the way up the rates ---------------------------------------------------------------------------------------------
cliff = run."/cliff.csv"
if (have(cliff)) {
    eval figure("cliff", 800, 480)
    set logscale x
    set xlabel "learning rate (logarithmic)"
    set ylabel "validation accuracy at the end"
    set yrange [0:1]
    set xrange [0.15 * lr:18 * lr]
    set xtics add (0.2 * lr, lr, 2 * lr, 3 * lr, 5 * lr, 7 * lr, 10 * lr, 14 * lr)
    set key maxrows 2
    plot cliff using 'rate':'plain_good' with linespoints lt WITHOUT pt 7 title "without batch norm, good weights", \
         cliff using 'rate':'bn_good' with linespoints lt WITH pt 7 title "with batch norm, good weights", \
         cliff using 'rate':'bn_bad' with linespoints lt WITH dt 2 pt 6 title "with batch norm, bad weights", \
         0.1 with lines lc rgb "#777777" dt 3 title "guessing"
}

# --- how large the numbers are that go into the six ReLUs ------------------------------------------------------------
eval figure("deviations", 1000, 640)
deviation = run."/log-deviations.csv"
cells = "good_middle good_high bad_middle"
set multiplot
set logscale y
set format y "10^{%T}"
set yrange [1e-7:100]
set ytics 1e-6, 100
set xrange [0:steps]
set xtics nice(steps / 4.0)
unset key
do for [row = 0:1] {
    do for [i = 1:3] {
        name = (row == 0 ? "plain_" : "bn_").word(cells, i)
        set lmargin at screen 0.08 + 0.31 * (i - 1)
        set rmargin at screen 0.08 + 0.31 * i - 0.03
        set tmargin at screen (row == 0 ? 0.94 : 0.53)
        set bmargin at screen (row == 0 ? 0.60 : 0.19)
        unset title; unset xlabel; unset ylabel
        if (row == 0) { set title (i == 3 ? "bad" : "good")." weights, ".rate(i == 2 ? 3 : 2) }
        if (row == 1) { set xlabel "step" }
        if (i == 1) { set format y "10^{%T}"; set ylabel "deviation, ".(row == 0 ? "without" : "with") } else { set format y "" }
        eval span("y", "log-deviations.csv", name."_1 ".name."_6", "1e-7", "100", "log")
        plot for [k = 1:6] reference("log-deviations.csv") using 'step':name."_".k with lines lt 10 + k notitle, \
             for [k = 1:6] deviation using 'step':name."_".k with lines lt k notitle
    }
}
eval only_the_key
set format
plot for [k = 1:6] 2 with lines lt k title "layer ".k
unset multiplot

# --- histograms over time: for each net and layer a strip, bins from bottom to top, steps from left to right ---------
histograms = run."/histograms.csv"
eval figure("histograms", 1000, 760)
if (have(histograms)) {
    slots = int(system("sed '/^$/q' '".histograms."' | wc -l")) - 1
    nets = "'without, middle rate' 'with, middle rate' 'without, high rate' 'with, high rate'"
    set multiplot
    set cbrange [0.001:0.5]
    set logscale cb
    set format cb "%g"
    set yrange [-6:6]
    set xrange [0:steps]
    set xtics nice(steps / 2.0)
    set ytics 3
    unset grid
    unset key
    unset colorbox
    set border 15
    set bmargin 0
    do for [row = 0:3] {
        do for [l = 1:6] {
            set lmargin at screen 0.085 + 0.135 * (l - 1)
            set rmargin at screen 0.085 + 0.135 * l - 0.012
            set tmargin at screen 0.95 - 0.22 * row
            set bmargin at screen 0.95 - 0.22 * row - 0.19
            unset title; unset xlabel; unset ylabel
            set format x ""
            set format y ""
            if (row == 0) { set title "layer ".l }
            if (row == 3) { set format x "%g"; set xlabel "step" }
            if (l == 1) { set format y "%g"; set ylabel word(nets, row + 1) }
            if (row == 3 && l == 6) {
                set colorbox user origin screen 0.90, screen 0.2 size screen 0.018, screen 0.6
                set cblabel "share of the numbers in a bin of 0.25"
            }
            plot histograms index row * 6 + l - 1 matrix using (($2 + 0.5) * steps / slots):(-6 + 0.25 * ($1 + 0.5)):($3 > 0.001 ? $3 : 0.001) with image notitle
        }
    }
    unset multiplot
}

# --- the shaken net: its loss, and how far the means of the signals move behind batch norm and in front of it -----------
middle = sprintf("rate %.3g", lr)
high = sprintf("rate %.3g", 5 * lr)
shown = "plain_good_middle plain_good_high bn_good_high shaken"
types = "6 6 1 4"
dashes = "1 3 1 1"
titles = "'without, ".middle."' 'without, ".high."' 'with, ".high."' 'with, ".high.", shaken'"
# In front of batch norm the nets without it have the same figure as behind.
front(k) = word(shown, k).(k < 3 ? "" : "_front")
eval figure("shaken", 1100, 480)
set multiplot
set xrange [0:steps]
set xtics nice(steps / 3.0)
set xlabel "step"
unset key
set tmargin at screen 0.92
set bmargin at screen 0.26
set lmargin at screen 0.07
set rmargin at screen 0.33
set title "training loss"
set ylabel "nats an image"
eval span("y", "log.csv", shown, "0.2", "2.8", "")
plot for [k = 1:4] reference("log.csv") using 'step':word(shown, k) with lines lt 10 + int(word(types, k)) notitle, \
     for [k = 1:4] log using 'step':word(shown, k) with lines lt int(word(types, k)) dt int(word(dashes, k)) notitle
set logscale y
set format y "%g"
do for [i = 0:1] {
    set lmargin at screen 0.43 + 0.29 * i
    set rmargin at screen 0.69 + 0.29 * i
    eval span("y", "log-shift.csv", shown." bn_good_high_front shaken_front", "0.001", "3", "log")
    if (i == 0) { set title "shift of what goes into the ReLUs"; set ylabel "deviations since the row before" }
    if (i == 1) { set title "shift of what the convolutions give"; unset ylabel; set format y "" }
    if (empty("log-shift.csv", shown)) { eval nothing; continue }
    plot for [k = 1:4] run."/log-shift.csv" using 'step':(column(i == 0 ? word(shown, k) : front(k))) with lines lt int(word(types, k)) dt int(word(dashes, k)) notitle
}
eval only_the_key
set key at screen 0.5, screen 0.06
plot for [k = 1:4] 2 with lines lt int(word(types, k)) dt int(word(dashes, k)) title word(titles, k)
unset multiplot

# --- how much of what the gradient predicts comes true ----------------------------------------------------------------
eval figure("promise", 800, 480)
set xlabel "step"
set ylabel "share of the predicted fall in loss"
eval span("y", "log-kept.csv", "plain_low plain_middle plain_high bn_low bn_middle bn_high", "-1.5", "1.05", "")
set xrange [0:steps]
set key maxrows 2
plot for [k = 1:3] reference("log-kept.csv") using 'step':'plain_'.word(rates, k) with lines lt 16 dt k notitle, \
     for [k = 1:3] reference("log-kept.csv") using 'step':'bn_'.word(rates, k) with lines lt 11 dt k notitle, \
     for [k = 1:3] run."/log-kept.csv" using 'step':'plain_'.word(rates, k) with lines lt WITHOUT dt k title "without, ".word(rates, k)." rate", \
     for [k = 1:3] run."/log-kept.csv" using 'step':'bn_'.word(rates, k) with lines lt WITH dt k title "with, ".word(rates, k)." rate"
