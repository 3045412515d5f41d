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
lines = "bits_add_one_4 bits_add_05_5 bits_gzip bits_kneser_ney_8"
line_titles = "'add-one 4-gram' 'add-0.05 5-gram' 'gzip' 'Kneser-Ney 8-gram'"
nets = "rnn gru lstm"
types = "6 2 4"
titles = "'plain cell' 'GRU' 'LSTM'"
million(n) = n * 2048 / 1e6
millions = sprintf("set xrange [%g:%g]", million(last_step(run."/log-writing.csv")) / 40.0, million(last_step(run."/log-writing.csv")) * 1.1)
eval figure("writing", 1000, 520)
set multiplot
do for [i = 0:1] {
    eval side(i, i == 0 ? "against characters read" : "against seconds of training")
    set logscale x
    set xtics (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
    if (i == 0) { set ylabel "bits per character, held out" } else { unset ylabel }
    eval span("y", "log-writing.csv", "lstm_bits rnn_bits gru_bits", "1.9", "3.8", "")
    if (i == 0) { set xlabel "characters read (millions)"; eval millions } else { set xlabel "seconds"; set xrange [*:*] }
    if (empty("log-writing.csv", "lstm_bits") || (i == 1 && !have(run."/seconds-writing.csv"))) { set xrange [1:2]; eval nothing; continue }
    do for [n = 1:words(lines)] {
        y = summary_of(word(lines, n))
        if (y == y) { set arrow n from graph 0, first y to graph 1, first y nohead lc rgb "#777777" lw 1 dt 3
                      if (n == 2) { set label n word(line_titles, n) at graph 0.02, first y + 0.035 left font ",9" textcolor rgb "#555555" noenhanced } else {
                      set label n word(line_titles, n) at graph 0.98, first y + 0.035 right font ",9" textcolor rgb "#555555" noenhanced } }
    }
    if (i == 0) {
        plot for [k = 1:3] reference("log-writing.csv") using ($1 * 2048 / 1e6):word(nets, k)."_bits" with lines lt 10 + int(word(types, k)) notitle, \
             for [k = 1:3] run."/log-writing.csv" using ($1 * 2048 / 1e6):word(nets, k)."_bits" with linespoints lt int(word(types, k)) pt 7 ps 0.6 notitle
    } else {
        plot for [k = 1:3] sprintf("< paste -d, %s/log-writing.csv %s/seconds-writing.csv", run, run) \
            using word(nets, k)."_seconds":word(nets, k)."_bits" with linespoints lt int(word(types, k)) pt 7 ps 0.6 notitle
    }
    do for [n = 1:words(lines)] { unset arrow n; unset label n }
}
eval only_the_key
plot for [k = 1:3] NaN with lines lt int(word(types, k)) title word(titles, k)
unset multiplot

# --- rates ---------------------------------------------------------------------------------------------------------------------------------
nets = "lstm_slow rnn lstm"
types = "3 6 4"
titles = "'LSTM, rate 0.002' 'plain cell, rate 0.01' 'LSTM, rate 0.01'"
eval figure("rates", 700, 480)
set xlabel "characters read (millions)"
set ylabel "bits per character, held out"
set logscale x
set xtics (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
eval millions
eval span("y", "log-writing.csv", "lstm_bits rnn_bits lstm_slow_bits", "2.2", "3.8", "")
if (empty("log-writing.csv", "lstm_bits")) { eval nothing } else {
    plot for [k = 1:3] run."/log-writing.csv" using ($1 * 2048 / 1e6):word(nets, k)."_bits" with linespoints lt int(word(types, k)) pt 7 ps 0.6 title word(titles, k)
}

# --- network and table ------------------------------------------------------------------------------------------------------------------------
eval figure("mixture", 700, 460)
set xlabel "weight of the network (per cent)"
set ylabel "bits per character, held out"
set xrange [0:100]
eval span("y", "log-mixture.csv", "mixture_bits", "*", "*", "")
eval curves("log-mixture.csv", "mixture_bits", "'LSTM and Kneser-Ney table'")

# --- memory: every training --------------------------------------------------------------------------------------------------------
# A point for each training: filled where the task was solved, at the step; an open one at the last step where it was not.
recalls = run."/memory.csv"
of_task(task, cell, solved) = sprintf("< awk -F, 'NR == 1 || ($1 == \"%s\" && $2 == \"%s\" && $4 == %d)' %s", task, cell, solved, recalls)
recall_panel(i, n, title) = sprintf("set lmargin at screen %g; set rmargin at screen %g; set tmargin at screen 0.90; set bmargin at screen 0.34; set title '%s'; ", \
    0.10 + 0.90 / n * i, 0.10 + 0.90 / n * (i + 1) - 0.05, title) \
    ."set logscale y; set xtics rotate by 40 right noenhanced; unset key; set ytics (10, 20, 50, 100, 200, 300, 500, 1000, 2000, 5000, 10000); ".span("y", "memory.csv", "steps", "80", "1500", "log")."; ".(i == 0 ? "set ylabel 'step'; " : "unset ylabel; ")
recall_legend = "plot 2 with points lt TRAINING pt 7 ps 1.1 title 'solved at this step', 2 with points lt TRAINING pt 6 ps 1.1 title 'not solved up to this step'"

cells = "plain gru gru_3 lstm_0 lstm_1 lstm_3 lstm_5"
cell_names = "'plain' 'GRU' 'GRU, bias 3' 'LSTM, bias 0' 'LSTM, bias 1' 'LSTM, bias 3' 'LSTM, bias 5'"
eval figure("memory", 1000, 430)
if (have(recalls)) {
    set multiplot
    do for [i = 0:2] {
        task = word("20 30 100", i + 1)
        eval recall_panel(i, 3, task." distractors")
        if (i == 2) {
            cells = "gru_3 lstm_3 lstm_5 lstm_closed"
            cell_names = "'GRU, bias 3' 'LSTM, bias 3' 'LSTM, bias 5' 'bias 5, input -3'"
        }
        last = words(cells)
        set xrange [-0.6:last - 0.4]
        set xtics (word(cell_names, 1) 0)
        set for [k = 2:last] xtics add (word(cell_names, k) k - 1)
        plot for [k = 1:last] of_task(task, word(cells, k), 1) using (k - 1):'steps' with points lt TRAINING pt 7 ps 1.1 notitle, \
             for [k = 1:last] of_task(task, word(cells, k), 0) using (k - 1):'steps' with points lt TRAINING pt 6 ps 1.1 notitle
    }
    eval only_the_key
    eval recall_legend
    unset multiplot
} else { eval nothing }

# --- gates that are held ----------------------------------------------------------------------------------------------------------
held = "all_learn forget_1 forget_0 input_1 output_1"
held_names = "'all learn' 'f = 1' 'f = 0' 'i = 1' 'o = 1'"
eval figure("held", 800, 400)
if (have(recalls)) {
    set multiplot
    do for [i = 0:1] {
        task = word("first latest", i + 1)
        eval recall_panel(i, 2, "the ".task." symbol, 20 distractors")
        set xrange [-0.6:4.6]
        set xtics (word(held_names, 1) 0)
        set for [k = 2:5] xtics add (word(held_names, k) k - 1)
        plot for [k = 1:5] of_task(task, word(held, k), 1) using (k - 1):'steps' with points lt TRAINING pt 7 ps 1.1 notitle, \
             for [k = 1:5] of_task(task, word(held, k), 0) using (k - 1):'steps' with points lt TRAINING pt 6 ps 1.1 notitle
    }
    eval only_the_key
    eval recall_legend
    unset multiplot
} else { eval nothing }

# --- memory: accuracy while they learn -----------------------------------------------------------------------------------------------
eval figure("recall", 800, 460)
set xlabel "step"
set ylabel "share of right answers (running mean)"
set xrange [0:last_step(run."/log-memory.csv")]
set yrange [0:1]
eval curves("log-memory.csv", "lstm_0_20 lstm_1_20 lstm_3_20 lstm_5_20 gru_20 plain_20", \
    "'LSTM, bias 0' 'LSTM, bias 1' 'LSTM, bias 3' 'LSTM, bias 5' 'GRU' 'plain'")

# --- direction -----------------------------------------------------------------------------------------------------------------------
summary = run."/summary.csv"
restored(key) = real(system("sed -n 's/^".key.",//p' '".summary."' 2>/dev/null | grep . || echo 0"))
eval figure("direction", 800, 480)
set xlabel "step"
set ylabel "share of vowels restored, held out"
set xrange [0:last_step(run."/log-direction.csv")]
eval span("y", "log-direction.csv", "forward both backward", "0.3", "1", "")
ways = "forward both backward"
way_names = "'from the left' 'both' 'from the right'"
seeds_of(k) = k == 3 ? 1 : 3
seed_of(k, r) = word(ways, k).(r == 1 ? "" : sprintf("_%d", r)) # columns: the first seed, then the others
level(key, text) = restored(key) > 0 ? sprintf("set arrow from graph 0, first %g to graph 1, first %g nohead lc rgb ink dt 3; set label '%s' at graph 0.01, first %g left offset 0, 0.5 textcolor rgb ink; ", \
    restored(key), restored(key), text, restored(key)) : ""
eval level("table_none", "the most frequent vowel").level("table_last_4", "table of the last 4").level("table_around_3", "table of 3 + 3 around")
if (empty("log-direction.csv", "forward both")) { eval nothing } else {
    plot for [k = 1:3] for [r = 1:seeds_of(k)] reference("log-direction.csv") using 'step':seed_of(k, r) with lines lt 10 + k notitle, \
         for [k = 1:3] for [r = 1:seeds_of(k)] run."/log-direction.csv" using 'step':seed_of(k, r) with lines lt k lw (r == 1 ? 2 : 1) title (r == 1 ? word(way_names, k) : "")
}
