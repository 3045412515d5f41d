# Pictures of lesson 5: the contest, the size of the signals, histograms of what goes into the ReLUs, the shaken net.
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
last_step = have(log) ? int(system("tail -n 1 '".log."' | sed 's/,.*//'")) : 1
rates = "low middle high"

# The legend of a figure of several panels: an empty plot as wide as the picture.
only_the_key = "unset title; unset xlabel; unset ylabel; unset label; unset border; unset tics; unset grid; unset colorbox; unset logscale; " \
    ."set lmargin at screen 0; set rmargin at screen 1; set bmargin at screen 0.07; set tmargin at screen 0.08; " \
    ."set xrange [0:1]; set yrange [0:1]; set key at screen 0.5, screen 0.03 center center horizontal; "

# --- the contest: loss of twelve nets, two by two --------------------------------------------------------------------
both(name) = "'".reference("log.csv")."' using 'step':'plain_".name."' with lines lt 13 notitle, " \
    ."'".reference("log.csv")."' using 'step':'bn_".name."' with lines lt 11 notitle, " \
    ."'".log."' using 'step':'plain_".name."' with lines lt 3 notitle, " \
    ."'".log."' using 'step':'bn_".name."' with lines lt 1 notitle"
eval figure("contest", 1000, 640)
set multiplot
set yrange [0.2:2.8]
set xrange [0:last_step]
set xtics nice(last_step / 4.0)
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
        set label 1 "validation accuracy" at graph 0.97, 0.66 right textcolor rgb ink
        set label 2 told("plain_".name) at graph 0.97, 0.58 right textcolor lt 3
        set label 3 told("bn_".name) at graph 0.97, 0.50 right textcolor lt 1
        eval "plot ".both(name)
    }
}
eval only_the_key
plot 2 with lines lt 3 title "without batch norm", 2 with lines lt 1 title "with it", 2 with lines lt 13 title (has_reference("log.csv") ? "thin: reference run" : "")
unset multiplot

# --- how large the numbers are that go into the six ReLUs ------------------------------------------------------------
eval figure("deviations", 1000, 640)
deviation = run."/log-deviations.csv"
cells = "good_middle good_high bad_middle"
set multiplot
set logscale y
set format y "10^{%T}"
set yrange [1e-7:100]
set ytics 1e-6, 100
set xrange [0:last_step]
set xtics nice(last_step / 4.0)
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
        plot for [l = 1:6] reference("log-deviations.csv") using 'step':name."_".l with lines lt 10 + l notitle, \
             for [l = 1:6] deviation using 'step':name."_".l with lines lt l notitle
    }
}
eval only_the_key
set format
plot for [l = 1:6] 2 with lines lt l title "layer ".l
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
    set xrange [0:last_step]
    set xtics nice(last_step / 2.0)
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
            plot histograms index row * 6 + l - 1 matrix using (($2 + 0.5) * last_step / slots):(-6 + 0.25 * ($1 + 0.5)):($3 > 0.001 ? $3 : 0.001) with image notitle
        }
    }
    unset multiplot
}

# --- the shaken net --------------------------------------------------------------------------------------------------
middle = sprintf("rate %.3g", lr)
high = sprintf("rate %.3g", 5 * lr)
shown = "plain_good_middle plain_good_high bn_good_high shaken"
types = "2 3 1 4"
titles = "'without, ".middle."' 'without, ".high."' 'with, ".high."' 'with, ".high.", shaken'"
eval figure("shaken", 1000, 500)
set multiplot
set xrange [0:last_step]
set xtics nice(last_step / 4.0)
set xlabel "step"
unset key
set tmargin at screen 0.95
set bmargin at screen 0.24
set lmargin at screen 0.08
set rmargin at screen 0.46
set ylabel "training loss (nats)"
set yrange [0.2:2.8]
plot for [i = 1:4] reference("log.csv") using 'step':word(shown, i) with lines lt 10 + int(word(types, i)) notitle, \
     for [i = 1:4] log using 'step':word(shown, i) with lines lt int(word(types, i)) notitle
set lmargin at screen 0.57
set rmargin at screen 0.98
set logscale y
set yrange [0.001:3]
set format y "%g"
set ylabel "shift since the row before (deviations)"
plot for [i = 1:4] reference("log-shift.csv") using 'step':word(shown, i) with lines lt 10 + int(word(types, i)) notitle, \
     for [i = 1:4] run."/log-shift.csv" using 'step':word(shown, i) with lines lt int(word(types, i)) notitle
eval only_the_key
set key at screen 0.5, screen 0.06
plot for [i = 1:4] 2 with lines lt int(word(types, i)) title word(titles, i)
unset multiplot

# --- how much of what the gradient promises is kept ------------------------------------------------------------------
eval figure("promise", 800, 480)
set xlabel "step"
set ylabel "share of the promised fall in loss"
set yrange [-1.5:1.05]
set xrange [0:last_step]
plot for [i = 1:3] reference("log-kept.csv") using 'step':'plain_'.word(rates, i) with lines lt 13 dt i notitle, \
     for [i = 1:3] reference("log-kept.csv") using 'step':'bn_'.word(rates, i) with lines lt 11 dt i notitle, \
     for [i = 1:3] run."/log-kept.csv" using 'step':'plain_'.word(rates, i) with lines lt 3 dt i title "without, ".word(rates, i)." rate", \
     for [i = 1:3] run."/log-kept.csv" using 'step':'bn_'.word(rates, i) with lines lt 1 dt i title "with, ".word(rates, i)." rate"
