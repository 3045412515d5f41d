# Pictures of lesson 2: what the small nets made of the plane, the training curves, and signals in ten layers.
load "plots/style.gp"

# --- XOR and the spirals: the probability of class 1 over the plane, the points on top ------------------------------
region(name, title) = "set title '".title."'; plot '".run."/regions-".name.".csv' using 'x':'y':'probability' with image notitle, " \
    ."'".run."/points-".name.".csv' using (column('label') == 0 ? column('x') : NaN):'y' with points pt 7 ps 0.5 lc rgb '#0b2f6b' title 'class 0', " \
    ."'' using (column('label') == 1 ? column('x') : NaN):'y' with points pt 9 ps 0.5 lc rgb '#8a3400' title 'class 1'"

eval figure("regions", 860, 470)
set multiplot
set size ratio -1
eval two_sided
set cbrange [0:1]
set autoscale fix
set tmargin at screen 0.90
set bmargin at screen 0.22
set lmargin at screen 0.09
set rmargin at screen 0.46
set xlabel "x₁"
set ylabel "x₂"
unset colorbox
set clip two
hidden = sprintf(", '%s/lines-xor.csv' using 'x':'y':'dx':'dy' with vectors nohead lc rgb '#101010' lw 1.2 dt 2 notitle", run)
if (have(run."/regions-xor.csv")) {
    stats run."/regions-xor.csv" every ::1 using 1 nooutput
    set xrange [STATS_min:STATS_max]
    set yrange [STATS_min:STATS_max]
    eval region("xor", "XOR").hidden
} else { eval nothing }
unset label
set xrange [*:*]
set yrange [*:*]
set lmargin at screen 0.53
set rmargin at screen 0.90
unset ylabel
set colorbox
set cblabel "probability of class 1"
if (have(run."/regions-spirals.csv")) { eval region("spirals", "two spirals") } else { eval nothing }
unset multiplot

# --- training on Fashion-MNIST --------------------------------------------------------------------------------------
eval figure("loss", 800, 480)
set xlabel "step"
set ylabel "cross-entropy (nats per image)"
eval span("y", "log.csv", "train_loss valid_loss", "0", "1", "")
eval curves("log.csv", "train_loss valid_loss", "training validation")

eval figure("accuracy", 800, 480)
set xlabel "step"
set ylabel "accuracy"
eval span("y", "log.csv", "train_accuracy valid_accuracy", "0.7", "1", "")
eval curves("log.csv", "train_accuracy valid_accuracy", "training validation")

# --- signals in ten layers: two rows (forward, backward) of four panels, a line for each initialisation --------------
signals = run."/signals.csv"
activations = "sigmoid tanh relu leaky_relu"
inits = "small large xavier he"
init_titles = "small large Xavier He"
types = "5 6 3 4" # not those of training and validation
type(i) = int(word(types, i))
activation_titles = "sigmoid tanh ReLU 'leaky ReLU'"
chosen(activation, init) = "(strcol('activation') eq '".activation."' && strcol('init') eq '".init."' ? column('layer') : NaN)"
one_line(what, a, i) = "'".reference("signals.csv")."' using ".chosen(word(activations, a), word(inits, i)).":'".what."' with lines lt ".(10 + type(i))." notitle, " \
    ."'".signals."' using ".chosen(word(activations, a), word(inits, i)).":'".what."' with linespoints lt ".type(i)." title '".word(init_titles, i)."'"
panel(what, a) = "plot ".one_line(what, a, 1).", ".one_line(what, a, 2).", ".one_line(what, a, 3).", ".one_line(what, a, 4)

eval figure("signals", 900, 640)
if (have(signals)) {
    set multiplot
    set logscale y
    set format y "10^{%T}"
    set xrange [0.5:10.5]
    set xtics 2
    unset key
    do for [row = 0:1] {
        what = row == 0 ? "forward" : "backward"
        if (row == 0) { set yrange [1e-15:1e5] } else { set yrange [1e-18:1e5] }
        set ytics 1e4
        do for [a = 1:4] {
            set lmargin at screen 0.085 + 0.23 * (a - 1)
            set rmargin at screen 0.085 + 0.23 * a - 0.02
            set tmargin at screen (row == 0 ? 0.94 : 0.54)
            set bmargin at screen (row == 0 ? 0.62 : 0.20)
            if (row == 0) { set title word(activation_titles, a); unset xlabel } else { unset title; set xlabel "layer" }
            if (a == 1) {
                set format y "10^{%T}"
                set ylabel (row == 0 ? "size of the output (RMS)" : "norm of its gradient") offset 1
            } else { set format y ""; unset ylabel }
            eval panel(what, a)
        }
    }
    # The legend: an empty plot as wide as the picture.
    unset title; unset xlabel; unset ylabel; unset border; unset tics; unset grid
    set lmargin at screen 0; set rmargin at screen 1; set bmargin at screen 0.1; set tmargin at screen 0.11
    set key at screen 0.5, screen 0.05 center center horizontal
    unset logscale
    set xrange [0:1]
    set yrange [0:1]
    plot for [i = 1:4] 2 with linespoints lt type(i) title word(init_titles, i) # outside the range: only its legend shows
    unset multiplot
}
