# Pictures of lesson 15: what the division by the root of the width does, small tasks against steps, maps of weights, characters by
# their embeddings; then the GPT.
load "plots/style.gp"

# The legend of a figure of several panels: an empty plot as wide as the picture.
only_the_key = "unset title; unset xlabel; unset ylabel; unset label; unset border; unset tics; unset grid; unset logscale; " \
    ."set lmargin at screen 0; set rmargin at screen 1; set bmargin at screen 0.06; set tmargin at screen 0.07; unset format; " \
    ."set xrange [0:1]; set yrange [0:1]; set key at screen 0.5, screen 0.05 center center horizontal maxrows 2; "
# A panel from left to right and from bottom to top, in shares of the picture.
panel_at(left, right, bottom, top, title) = sprintf("set lmargin at screen %g; set rmargin at screen %g; set bmargin at screen %g; " \
    ."set tmargin at screen %g; set title '%s'; unset key", left, right, bottom, top, title)

# --- why divide ------------------------------------------------------------------------------------------------------------------
eval figure("scaling", 1000, 420)
set multiplot
do for [i = 0:1] {
    what = i == 0 ? "_largest" : "_slopes"
    eval panel_at(0.08 + 0.5 * i, 0.48 + 0.5 * i, 0.26, 0.90, i == 0 ? "largest of 32 weights" : "sum of the slopes p (1 - p)")
    set xlabel "width of queries and keys"
    if (i == 0) { set ylabel "mean over all rows" } else { unset ylabel }
    set logscale x
    set xrange [0.8:320]
    set xtics (1, 4, 16, 64, 256)
    eval span("y", "log-scaling.csv", "divided".what." undivided".what, "0", "1", "")
    if (empty("log-scaling.csv", "divided".what)) { eval nothing; continue }
    plot run."/log-scaling.csv" using 'step':'divided'.what with linespoints lt 1 pt 7 notitle, \
         run."/log-scaling.csv" using 'step':'undivided'.what with linespoints lt 2 pt 7 notitle
}
eval only_the_key
plot 2 with linespoints lt 1 pt 7 title "divided by the root of the width", 2 with linespoints lt 2 pt 7 title "not divided"
unset multiplot

# --- small tasks ------------------------------------------------------------------------------------------------------------------
# Band and mean of the columns NAME, NAME_least, NAME_most; the reference run's mean behind it.
band(log, name, lt) = sprintf("'%s' using 'step':'%s_least':'%s_most' with filledcurves lc rgb %d fs transparent solid 0.15 noborder notitle, ", \
    run."/".log, name, name, colour(lt))
mean(log, name, lt) = sprintf("'%s' using 'step':'%s' with lines lt %d notitle, '%s' using 'step':'%s' with lines lt %d notitle", \
    reference(log), name, 10 + lt, run."/".log, name, lt)
all_of(log, names, types, i) = i > words(names) ? "" : band(log, word(names, i), int(word(types, i))) \
    .mean(log, word(names, i), int(word(types, i))).(i < words(names) ? ", " : "").all_of(log, names, types, i + 1)

tasks = "repeat reverse induct parity"
titles = "'repeat 20 letters' 'in reverse order' 'induct: what came after it before?' 'parity of the bits so far'"
array names[4] = ["repeat_layer repeat_sinusoids repeat_bag repeat_lstm", "reverse_layer reverse_lstm", "induct_two induct_block induct_one induct_lstm", \
    "parity_blocks parity_lstm"]
array types[4] = ["1 5 8 2", "1 2", "3 4 1 2", "7 2"]
eval figure("copying", 1000, 800)
set multiplot
do for [i = 1:4] {
    log = "log-".word(tasks, i).".csv"
    column = (i - 1) % 2
    row = (i - 1) / 2
    eval panel_at(0.08 + 0.5 * column, 0.48 + 0.5 * column, row == 0 ? 0.62 : 0.18, row == 0 ? 0.95 : 0.51, word(titles, i))
    if (row == 1) { set xlabel "step" } else { unset xlabel }
    if (column == 0) { set ylabel "share of right answers" } else { unset ylabel }
    set xrange [0:last_step(run."/".log)]
    eval span("y", log, names[i], "0", "1", "")
    if (empty(log, names[i])) { eval nothing; continue }
    eval "plot ".all_of(log, names[i], types[i], 1)
}
eval only_the_key
plot 2 with lines lt 1 title "one attention layer", 2 with lines lt 5 title "the same, sinusoids", 2 with lines lt 8 title "the same, no positions", \
     2 with lines lt 3 title "two layers", 2 with lines lt 4 title "one block", 2 with lines lt 7 title "two blocks", 2 with lines lt 2 title "LSTM"
unset multiplot

# --- what they look at --------------------------------------------------------------------------------------------------------------
maps = run."/maps.csv"
eval figure("maps", 1000, 1000)
if (have(maps)) {
    titles = "'repeat' 'reverse' 'induct, first layer' 'induct, second layer'"
    set multiplot
    unset key
    unset grid
    do for [i = 0:3] {
        column = i % 2
        row = i / 2
        eval panel_at(0.08 + 0.45 * column, 0.46 + 0.45 * column, row == 0 ? 0.56 : 0.08, row == 0 ? 0.94 : 0.46, word(titles, i + 1))
        if (row == 1) { set xlabel "the row that is looked at" } else { unset xlabel }
        if (column == 0) { set ylabel "the row that asks" } else { unset ylabel }
        last = i > 1 ? 31.5 : 39.5
        set xrange [-0.5:last]
        set yrange [last:-0.5]
        set cbrange [0:1]
        if (i == 3) { set colorbox user origin 0.935, 0.08 size 0.018, 0.38; set cblabel "weight" offset 0.5, 0 } else { unset colorbox }
        plot maps index i matrix with image
    }
    unset multiplot
} else { eval nothing }

# --- characters by their embeddings --------------------------------------------------------------------------------------------------
embeddings = run."/embeddings.csv"
eval figure("embeddings", 900, 640)
if (have(embeddings)) {
    kinds = "vowel consonant capital digit sign"
    inks = "2 1 3 4 6"
    set xlabel "first axis"
    set ylabel "second axis"
    # Each character is its own mark, from its code.
    letters(k) = sprintf("< awk -F, 'NR > 1 && $2 == \"%s\" && $1 > 32 && $1 < 127 { c = sprintf(\"%%c\", $1 + 0); " \
        ."if (c == \",\") c = \"comma\"; if (c == \"\\\"\") c = \"quote\"; if (c == \"\\\\\") c = \"backslash\"; print $3 \",\" $4 \",\" c }' %s", word(kinds, k), embeddings)
    plot for [k = 1:5] letters(k) using 1:2:3 with labels noenhanced tc rgb colour(int(word(inks, k))) notitle, \
         for [k = 1:5] NaN with points pt 7 lc rgb colour(int(word(inks, k))) title word(kinds, k)
} else { eval nothing }
