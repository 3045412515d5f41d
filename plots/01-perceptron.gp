# The pictures of lesson 1. The four neurons keep their line types throughout: black, green, purple, light blue. (Blue and orange
# are training and validation.)
load "plots/style.gp"

rules = "perceptron squared logistic hinge"
titles = "perceptron 'squared error' logistic hinge"
types = "6 3 4 5"
type(i) = int(word(types, i))
# The curves of the four neurons: a column prefix_RULE_figure of a log for each, and the reference run's behind it.
rule_curve(log, prefix, figure, i) = one_curve(reference(log), prefix.word(rules, i).figure, "", 10 + type(i)).", " \
    .one_curve(run."/".log, prefix.word(rules, i).figure, word(titles, i), type(i))
columns(prefix, figure) = prefix.word(rules, 1).figure." ".prefix.word(rules, 2).figure." " \
                         .prefix.word(rules, 3).figure." ".prefix.word(rules, 4).figure
rule_curves(log, prefix, figure) = empty(log, columns(prefix, figure)) ? nothing : "unset label 99; plot " \
    .rule_curve(log, prefix, figure, 1).", ".rule_curve(log, prefix, figure, 2).", " \
    .rule_curve(log, prefix, figure, 3).", ".rule_curve(log, prefix, figure, 4) \
    .(has_reference(log) ? ", keyentry with lines lt 16 title 'thin: reference run'" : "")
# In a figure of several panels the first one makes the key, below all of them.
one_key = "set key at screen 0.5, 0.06 center vertical maxrows 2"

# --- the four losses, from their formulas ---------------------------------------------------------------------------
eval figure("four-losses", 700, 450)
set xlabel "margin ts of an example"
set ylabel "loss"
set xrange [-2.5:3.5]
set yrange [0:4]
set arrow from 0, graph 0 to 0, graph 1 nohead lc rgb ink lw 1 dt 3
set label "wrong" at -0.1, 3.8 right textcolor rgb ink
set label "right" at 0.1, 3.8 left textcolor rgb ink
set datafile separator whitespace
plot '+' using 1:($1 < 0 ? -$1 : 0) with lines lt type(1) title word(titles, 1), \
     '+' using 1:(0.5 * ($1 - 1) ** 2) with lines lt type(2) title word(titles, 2), \
     '+' using 1:(log(1 + exp(-$1))) with lines lt type(3) title word(titles, 3), \
     '+' using 1:($1 < 1 ? 1 - $1 : 0) with lines lt type(4) title word(titles, 4)

# --- points and lines -----------------------------------------------------------------------------------------------
# A line w·x + b = 0 passes through -b·w/|w|² in the direction (-w1, w0); it is drawn far beyond both sides of the panel.
far = 20
len(w0, w1) = sqrt(w0 ** 2 + w1 ** 2)
from_x(w0, w1, b) = -b * w0 / len(w0, w1) ** 2 + far * w1 / len(w0, w1)
from_y(w0, w1, b) = -b * w1 / len(w0, w1) ** 2 - far * w0 / len(w0, w1)
points(file, t, type) = sprintf("'%s/%s' using (column('t') == %d ? column('x') : NaN):'y' with points pt %d ps 0.6 " \
    ."lc rgb '#888888' notitle", run, file, t, type)
line(file, i) = sprintf("'%s/%s' using (from_x(column('w0'), column('w1'), column('b'))):" \
    ."(from_y(column('w0'), column('w1'), column('b'))):(-2 * far * column('w1') / len(column('w0'), column('w1'))):" \
    ."(2 * far * column('w0') / len(column('w0'), column('w1'))) every ::%d::%d with vectors nohead lt %d title \"%s\"", \
    run, file, i - 1, i - 1, type(i), word(titles, i))
panel(what) = !have(run."/points-".what.".csv") ? nothing : "unset label 99; plot ".points("points-".what.".csv", 1, 7).", ".points("points-".what.".csv", -1, 6).", " \
    .line("lines-".what.".csv", 1).", ".line("lines-".what.".csv", 2).", " \
    .line("lines-".what.".csv", 3).", ".line("lines-".what.".csv", 4)

eval figure("boundaries", 800, 480)
set multiplot layout 1, 2 margins 0.07, 0.98, 0.24, 0.93 spacing 0.1
set xlabel "x₁"
set ylabel "x₂"
set size ratio -1
set clip two
set xrange [-3.2:3.2]
set yrange [-3.2:3.2]
eval one_key
set title "two blobs"
eval panel("blobs")
unset key
set title "XOR"
eval panel("xor")

# --- mistakes in the plane ------------------------------------------------------------------------------------------
eval figure("mistakes", 800, 400)
set multiplot layout 1, 2 margins 0.08, 0.98, 0.28, 0.9 spacing 0.12
set xlabel "epoch"
set ylabel "mistakes in the epoch, of 200"
set yrange [0:*]
eval one_key
set title "two blobs"
eval rule_curves("log-blobs.csv", "", "_mistakes")
unset key
set title "XOR"
eval rule_curves("log-xor.csv", "", "_mistakes")

# --- pictures: every pair of classes in the log ----------------------------------------------------------------------
log = run."/log.csv"
pairs = have(log) ? system("head -n 1 '".log."' | tr , '\\n' | sed -n 's/_perceptron_valid_error$//p'") : ""
epochs = pairs eq "" ? 0 : int(system("tail -n 1 '".log."' | sed 's/,.*//'")) # 0: neurons that were only loaded
versus(pair) = "class ".pair[1:1]." against class ".pair[3:3]

if (epochs > 0) {
    eval figure("curves", 400 * words(pairs), 430)
    set multiplot layout 1, words(pairs) margins 0.25 / words(pairs), 0.98, 0.28, 0.9 spacing 0.25 / words(pairs)
    eval one_key
    if (words(pairs) == 1) { set key at screen 0.5, 0.07 maxrows 3 }
    set xlabel "epoch"
    set ylabel "validation error (share of images)"
    set yrange [0:*]
    do for [pair in pairs] {
        set title versus(pair)
        eval rule_curves("log.csv", pair."_", "_valid_error")
        unset key
    }

    # Each loss has a unit of its own, so each has a panel; the pair is the last one, with the defaults the hard one.
    pair = word(pairs, words(pairs))
    eval figure("losses", 800, 620)
    set multiplot layout 2, 2 margins 0.08, 0.98, 0.19, 0.94 spacing 0.1, 0.14
    eval one_key
    set yrange [0:*]
    do for [i = 1:4] {
        set title word(titles, i).", ".versus(pair)
        set xlabel i > 2 ? "epoch" : ""
        set ylabel i % 2 ? "mean loss" : ""
        name = pair."_".word(rules, i)
        eval curves("log.csv", name."_train_loss ".name."_valid_loss", "training validation")
        unset key
    }
}
