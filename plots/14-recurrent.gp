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

# --- networks that write -----------------------------------------------------------------------------------------------------------------
# What needs no network, as lines: the key in summary.csv and its name.
lines = "add_one_4_bits add_some_5_bits gzip_bits kneser_ney_8_bits"
line_titles = "'add-one 4-gram' 'add-0.05 5-gram' 'gzip' 'Kneser-Ney 8-gram'"
nets = "rnn gru lstm lstm_two"
types = "6 2 4 1"
titles = "'plain cell' 'GRU' 'LSTM' 'LSTM, two layers'"
eval figure("writing", 1000, 520)
set multiplot
do for [i = 0:1] {
    eval side(i, i == 0 ? "against characters read" : "against seconds of training")
    set logscale x
    if (i == 0) { set ylabel "bits per character, held out" } else { unset ylabel }
    set yrange [1.9:3.5]
    if (i == 0) { set xlabel "characters read (millions)"; set xrange [0.05:6] } else { set xlabel "seconds"; set xrange [*:*] }
    if (empty("log-writing.csv", "lstm_bits")) { eval nothing; continue }
    do for [k = 1:words(lines)] {
        y = summary_of(word(lines, k))
        if (y == y) { set arrow k from graph 0, first y to graph 1, first y nohead lc rgb "#777777" lw 1 dt 3
                      set label k word(line_titles, k) at graph 0.02, first y + 0.035 font ",9" textcolor rgb "#555555" noenhanced }
    }
    column_x(file) = i == 0 ? "($1 * 2048 / 1e6)" : "1"
    if (i == 0) {
        plot for [k = 1:4] reference("log-writing.csv") using ($1 * 2048 / 1e6):word(nets, k)."_bits" with lines lt 10 + int(word(types, k)) notitle, \
             for [k = 1:4] run."/log-writing.csv" using ($1 * 2048 / 1e6):word(nets, k)."_bits" with lines lt int(word(types, k)) notitle
    } else {
        both(k) = sprintf("< paste -d, %s/log-writing.csv %s/seconds-writing.csv", run, run)
        plot for [k = 1:4] both(k) using word(nets, k)."_seconds":word(nets, k)."_bits" with lines lt int(word(types, k)) notitle
    }
    do for [k = 1:words(lines)] { unset arrow k; unset label k }
}
eval only_the_key
plot for [k = 1:4] NaN with lines lt int(word(types, k)) title word(titles, k)
unset multiplot

# --- rates ---------------------------------------------------------------------------------------------------------------------------------
nets = "rnn_slow lstm_slow rnn lstm"
types = "6 4 6 4"
titles = "'plain cell, 0.002' 'LSTM, 0.002' 'plain cell, 0.01' 'LSTM, 0.01'"
eval figure("rates", 700, 480)
set xlabel "characters read (millions)"
set ylabel "bits per character, held out"
set logscale x
set xrange [0.05:6]
set yrange [2.2:4]
if (empty("log-writing.csv", "lstm_bits")) { eval nothing } else {
    plot for [k = 1:4] run."/log-writing.csv" using ($1 * 2048 / 1e6):word(nets, k)."_bits" with lines lt int(word(types, k)) dt (k < 3 ? 3 : 1) title word(titles, k)
}

# --- network and table ------------------------------------------------------------------------------------------------------------------------
eval figure("mixture", 700, 460)
set xlabel "weight of the network (per cent)"
set ylabel "bits per character, held out"
set xrange [0:100]
eval span("y", "log-mixture.csv", "mixture_bits", "*", "*", "")
eval curves("log-mixture.csv", "mixture_bits", "'LSTM and Kneser-Ney table'")
