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

# --- the GPT's training: bits against characters and against seconds ------------------------------------------------------------
eval figure("gpt", 1000, 460)
set multiplot
do for [i = 0:1] {
    file = i == 0 ? "log.csv" : "seconds-gpt.csv"
    set lmargin at screen 0.08 + 0.5 * i
    set rmargin at screen 0.48 + 0.5 * i
    set tmargin at screen 0.96
    set bmargin at screen 0.25
    unset key
    set xlabel (i == 0 ? "million characters read" : "seconds of training")
    if (i == 0) { set ylabel "bits a character" } else { unset ylabel }
    set xrange [0:*]
    # To 4, or, if the training does not come so far down, to its first row.
    top = real(system("cat ".run."/".file." 2>/dev/null | awk -F, 'NR > 1 && $1 > 0 { n = n ? n : $NF; last = $NF } END { print (last > 4 ? n : last) + 0 }'"))
    set yrange [2:(top > 4 ? top : 4)]
    x(value) = i == 0 ? value / 1e6 : value
    axis = i == 0 ? "characters" : "seconds"
    if (empty(file, "held_out_bits")) { eval nothing; continue }
    if (i == 0) {
        plot reference(file) using (x(column(axis))):'train_bits' with lines lt 10 + TRAINING notitle, \
             reference(file) using (x(column(axis))):'held_out_bits' with lines lt 10 + VALIDATION notitle, \
             run."/".file using (x(column(axis))):'train_bits' with lines lt TRAINING notitle, \
             run."/".file using (x(column(axis))):'held_out_bits' with linespoints lt VALIDATION pt 7 notitle, \
             2.217 with lines lt 6 notitle, 2.031 with lines lt 8 notitle
    } else {
        plot reference(file) using (x(column(axis))):'held_out_bits' with lines lt 10 + VALIDATION notitle, \
             run."/".file using (x(column(axis))):'held_out_bits' with linespoints lt VALIDATION pt 7 notitle, \
             2.217 with lines lt 6 notitle, 2.031 with lines lt 8 notitle
    }
}
eval only_the_key
plot 2 with lines lt TRAINING title "training", 2 with linespoints lt VALIDATION pt 7 title "held out", \
     2 with lines lt 6 title "Witten-Bell table of 6 characters", 2 with lines lt 8 title "Kneser-Ney table of 8 characters"
unset multiplot

# --- ablations: every seed ----------------------------------------------------------------------------------------------------------
table = run."/ablations.csv"
names = "base no_positions noisy_positions larger_noise no_skips no_norm norm_behind norm_behind_cold cold one_head context_16 context_128"
titles = "'complete' 'no positions' 'positions: noise of 0.02' 'positions: noise of 0.35' 'no skips' 'no layer norm' 'norm behind' 'norm behind, no warm-up' 'no warm-up' 'one head' 'windows of 16' 'windows of 128'"
eval figure("ablations", 1000, 460)
if (have(table)) {
    unset key
    set bmargin at screen 0.38
    set xrange [-0.6:11.6]
    eval span("y", "ablations.csv", "held_out_bits", "3", "4.3", "")
    set ylabel "bits a character, held out"
    set xtics rotate by 40 right
    set xtics (word(titles, 1) 0, word(titles, 2) 1, word(titles, 3) 2, word(titles, 4) 3, word(titles, 5) 4, word(titles, 6) 5, word(titles, 7) 6, \
        word(titles, 8) 7, word(titles, 9) 8, word(titles, 10) 9, word(titles, 11) 10, word(titles, 12) 11)
    one(k) = sprintf("< awk -F, 'NR == 1 || $1 == \"%s\"' %s", word(names, k), table)
    set label 1 "a bigram table" at 11.6, 3.744 right offset 0, 0.6 textcolor rgb ink
    plot for [k = 1:12] one(k) using (k - 1):'held_out_bits' with points lt (k == 1 ? 6 : 1) pt 7 ps 1 notitle, \
         3.744 with lines lt 8 notitle
} else { eval nothing }

# --- what a longer window costs -----------------------------------------------------------------------------------------------------
costs = run."/seconds-context.csv"
eval figure("context", 800, 420)
if (have(costs)) {
    set xlabel "characters of a window"
    set ylabel "microseconds a character"
    set logscale xy 2
    set xtics (16, 32, 64, 128, 256, 512, 1024, 2048)
    set format y "%g"
    plot reference("seconds-context.csv") using 'context':'step_us' with lines lt 11 notitle, \
         reference("seconds-context.csv") using 'context':'attention_us' with lines lt 12 notitle, \
         costs using 'context':'step_us' with linespoints lt 1 pt 7 title "a training step", \
         costs using 'context':'attention_us' with linespoints lt 2 pt 7 title "of it attention"
} else { eval nothing }

# --- one more character -------------------------------------------------------------------------------------------------------------
costs = run."/seconds-cache.csv"
eval figure("cache", 800, 420)
if (have(costs)) {
    set xlabel "characters so far"
    set ylabel "milliseconds for one more"
    set xrange [0:512]
    set yrange [0:*]
    plot reference("seconds-cache.csv") using 'row':(column('anew_us') / 1000) with lines lt 12 notitle, \
         reference("seconds-cache.csv") using 'row':(column('cached_us') / 1000) with lines lt 11 notitle, \
         costs using 'row':(column('anew_us') / 1000) with linespoints lt 2 pt 7 title "all rows anew", \
         costs using 'row':(column('cached_us') / 1000) with linespoints lt 1 pt 7 title "with the cache"
} else { eval nothing }

# --- what the heads look at, for one place ------------------------------------------------------------------------------------------
line = run."/line.csv"
eval figure("line", 1000, 320)
set termoption noenhanced
if (have(line)) {
    unset key
    unset grid
    set border 0
    set cbrange [0:0.5]
    set cblabel "weight"
    set xtics scale 0
    set ytics scale 0
    unset xtics
    count = int(system("awk -F, 'NR > 1 && $3 + 1 > n { n = $3 + 1 } END { print n + 0 }' ".line))
    rows = int(system("awk -F, 'NR > 1 && !(($1, $2) in seen) { seen[$1, $2]; n++ } END { print n + 0 }' ".line))
    set xrange [-0.5:count - 0.5]
    set yrange [rows - 0.5:-1.5]
    per = int(system("awk -F, 'NR > 1 && $2 > n { n = $2 } END { print n + 0 }' ".line))
    set ytics ("" 0)
    set for [k = 0:rows - 1] ytics add (sprintf("block %d, head %d", k / per + 1, k % per + 1) k)
    letter(code) = code == 10 ? "↵" : code == 32 ? "␣" : code < 127 ? sprintf("%c", code) : "?"
    plot line using 'place':((column('block') - 1) * per + column('head') - 1):'weight' with image, \
         line using 'place':(-1):(letter(column('code'))) every ::0::count - 1 with labels noenhanced
} else { eval nothing }
