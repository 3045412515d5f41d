# Pictures of lesson 14: gradients that vanish, clipping, networks that write and what they are compared with.
load "plots/style.gp"

# The legend of a figure of several panels: an empty plot as wide as the picture.
only_the_key = "unset title; unset xlabel; unset ylabel; unset label; unset border; unset tics; unset grid; unset logscale; unset arrow; " \
    ."set lmargin at screen 0; set rmargin at screen 1; set bmargin at screen 0.06; set tmargin at screen 0.07; unset format; " \
    ."set xrange [0:1]; set yrange [0:1]; set key at screen 0.5, screen 0.06 center center horizontal maxrows 2; "
# The i-th of two panels, with its title.
side(i, title) = sprintf("set lmargin at screen %g; set rmargin at screen %g; set tmargin at screen 0.92; set bmargin at screen 0.27; " \
    ."set title '%s'; unset key", 0.08 + 0.5 * i, 0.48 + 0.5 * i, title)
# A figure of summary.csv; NaN where there is none.
summary_of(key) = real(system("awk -F, -v k=".key." '$1 == k { print $2; n = 1 } END { if (!n) print \"NaN\" }' ".run."/summary.csv"))

# --- gradients that vanish -----------------------------------------------------------------------------------------------------------
eval figure("vanishing", 1000, 480)
set multiplot
do for [i = 0:1] {
    names = i == 0 ? "rnn_init_h gru_init_h lstm0_init_c lstm1_init_c lstm3_init_c" : "rnn_trained_h gru_trained_h lstm_trained_c"
    types = i == 0 ? "6 2 3 4 1" : "6 2 4"
    eval side(i, i == 0 ? "untrained" : "trained")
    set xlabel "steps back from the loss, k"
    if (i == 0) { set ylabel "gradient, relative to k = 0" } else { unset ylabel }
    set logscale y
    set format y "10^{%T}"
    set xrange [0:100]
    set yrange [1e-12:3]
    if (empty("log-vanishing.csv", names)) { eval nothing; continue }
    plot for [k = 1:words(names)] reference("log-vanishing.csv") using 'step':word(names, k) with lines lt 10 + int(word(types, k)) notitle, \
         for [k = 1:words(names)] run."/log-vanishing.csv" using 'step':word(names, k) with lines lt int(word(types, k)) notitle
}
eval only_the_key
plot NaN with lines lt 6 title "plain cell, h", NaN with lines lt 2 title "GRU, h", NaN with lines lt 3 title "LSTM, forget bias 0, c", \
     NaN with lines lt 4 title "bias 1, c", NaN with lines lt 1 title "bias 3, c"
unset multiplot

# --- clipping -----------------------------------------------------------------------------------------------------------------------------
ways = "sgd_clipped sgd adam_clipped adam"
titles = "'SGD, rate 4, clipped to 1' 'SGD, rate 4, not clipped' 'Adam, clipped to 1' 'Adam, not clipped'"
types = "1 2 3 4"
eval figure("clipping", 1000, 480)
set multiplot
do for [i = 0:1] {
    what = i == 0 ? "_bits" : "_length"
    eval side(i, i == 0 ? "training loss" : "longest gradient, before clipping")
    set xlabel "step"
    if (i == 0) { set ylabel "bits a character" } else { set ylabel "length" }
    set logscale y
    set xrange [0:last_step(run."/log-clipping.csv")]
    eval span("y", "log-clipping.csv", "sgd".what." sgd_clipped".what." adam".what." adam_clipped".what, "*", "*", "log")
    if (empty("log-clipping.csv", "sgd".what)) { eval nothing; continue }
    plot for [k = 1:4] reference("log-clipping.csv") using 'step':word(ways, k).what with lines lt 10 + int(word(types, k)) notitle, \
         for [k = 1:4] run."/log-clipping.csv" using 'step':word(ways, k).what with lines lt int(word(types, k)) notitle
}
eval only_the_key
plot for [k = 1:4] NaN with lines lt int(word(types, k)) title word(titles, k)
unset multiplot
