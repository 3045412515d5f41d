# Pictures of lesson 13: overfitting watched, four nets against the number of pictures, kinds of augmentation, what a net keeps,
# transfer, features, second tasks. Bands reach from the least to the most of the seeds.
load "plots/style.gp"

# The legend of a figure of several panels: an empty plot as wide as the picture.
only_the_key = "unset title; unset xlabel; unset ylabel; unset label; unset border; unset tics; unset grid; unset logscale; " \
    ."set lmargin at screen 0; set rmargin at screen 1; set bmargin at screen 0.06; set tmargin at screen 0.07; unset format; " \
    ."set xrange [0:1]; set yrange [0:1]; set key at screen 0.5, screen 0.06 center center horizontal maxrows 2; "
# The i-th of two panels, with its title.
side(i, title) = sprintf("set lmargin at screen %g; set rmargin at screen %g; set tmargin at screen 0.92; set bmargin at screen 0.27; " \
    ."set title '%s'; unset key", 0.08 + 0.5 * i, 0.48 + 0.5 * i, title)
# Band and mean of NAME_loss or NAME_accuracy over the first column, in the colour of a line type; the reference run's mean behind it.
band(log, x, name, lt) = sprintf("'%s' using '%s':'%s_least':'%s_most' with filledcurves lc rgb %d fs transparent solid 0.15 noborder notitle, ", \
    run."/".log, x, name, name, colour(lt))
mean(log, x, name, lt) = sprintf("'%s' using '%s':'%s' with lines lt %d notitle, '%s' using '%s':'%s' with linespoints lt %d pt 7 notitle", \
    reference(log), x, name, 10 + lt, run."/".log, x, name, lt)
both(log, x, names, types, what, i) = i > words(names) ? "" : \
    band(log, x, word(names, i).what, int(word(types, i))).mean(log, x, word(names, i).what, int(word(types, i))) \
    .(i < words(names) ? ", " : "").both(log, x, names, types, what, i + 1)
with_ends(names, what) = names eq "" ? "" : system("for n in ".names."; do printf '%s' \"${n}".what."_least ${n}".what."_most \"; done")

# --- overfitting, step by step -------------------------------------------------------------------------------------------------
three = "plain shift many"
titles = "'200 pictures' '200 pictures, shifted' '2,000 pictures'"
types = "1 2 3"
eval figure("watch", 1000, 460)
set multiplot
do for [i = 0:1] {
    what = i == 0 ? "_train_loss" : "_held_loss"
    eval side(i, i == 0 ? "training loss" : "loss on held-out pictures")
    set xlabel "step"
    if (i == 0) { set ylabel "nats a picture" } else { unset ylabel }
    set xrange [0:last_step(run."/log.csv")]
    eval span("y", "log.csv", "plain".what." shift".what." many".what, "0", "2.3", "")
    if (empty("log.csv", "plain".what)) { eval nothing; continue }
    plot for [k = 1:3] reference("log.csv") using 'step':word(three, k).what with lines lt 10 + k notitle, \
         for [k = 1:3] run."/log.csv" using 'step':word(three, k).what with lines lt k notitle
}
eval only_the_key
plot for [k = 1:3] 2 with lines lt k title word(titles, k)
unset multiplot

# Panel i of two, loss and accuracy, over the number of pictures; what is drawn is in table, names, types, titles, axis, places, least, most.
figure_of(i) = i == 0 ? "_accuracy" : "_loss"
panel(i) = side(i, i == 0 ? "accuracy on held-out pictures" : "loss on held-out pictures") \
    ."; set xlabel '".axis."'; ".(i == 0 ? "set ylabel 'share of right answers'" : "set ylabel 'nats a picture'") \
    ."; set logscale x; set format x '%g'; set xtics (".places."); set xrange [".least.":".most."]; " \
    .span("y", table, with_ends(names, figure_of(i)), "*", "*", "")
drawn(i) = empty(table, with_ends(names, figure_of(i))) ? nothing : "plot ".both(table, "step", names, types, figure_of(i), 1)

# --- four nets ------------------------------------------------------------------------------------------------------------------
table = "log-models.csv"; names = "linear small dense lenet"; types = "6 3 2 1"; axis = "pictures"
titles = "'linear' 'small' 'dense' 'LeNet'"
places = "50, 200, 600, 2000"; least = "40"; most = "2500"
eval figure("models", 1000, 480)
set multiplot
do for [i = 0:1] { eval panel(i); eval drawn(i) }
eval only_the_key
plot for [k = 1:words(names)] 2 with linespoints lt int(word(types, k)) pt 7 title word(titles, k)
unset multiplot

# --- augmentation against the number of pictures -----------------------------------------------------------------------------------
table = "log-augmentation.csv"; names = "none shift together"; types = "6 1 2"
titles = "'as they are' 'shifted' 'flipped, shifted, turned, zoomed, cut'"
eval figure("augmentation", 1000, 480)
set multiplot
do for [i = 0:1] { eval panel(i); eval drawn(i) }
eval only_the_key
plot for [k = 1:words(names)] 2 with linespoints lt int(word(types, k)) pt 7 title word(titles, k)
unset multiplot

# --- every kind, every seed ------------------------------------------------------------------------------------------------------------
kinds = "none shift flip noise light cutout turn upside_down together"
eval figure("kinds", 1000, 420)
seeds = run."/kinds.csv"
if (have(seeds)) {
    set multiplot
    do for [i = 0:1] {
        eval side(i, i == 0 ? "200 pictures" : "2,000 pictures")
        set tmargin at screen 0.9
        set bmargin at screen 0.24
        set xrange [-0.6:8.6]
        set yrange [0:*]
        set xtics rotate by 40 right noenhanced
        if (i == 0) { set ylabel "loss on held-out pictures (nats)" } else { unset ylabel }
        set for [k = 1:9] xtics (word(kinds, k) k - 1)
        set xtics add (word(kinds, 1) 0, word(kinds, 2) 1, word(kinds, 3) 2, word(kinds, 4) 3, word(kinds, 5) 4, word(kinds, 6) 5, word(kinds, 7) 6, "upside-down" 7, word(kinds, 9) 8)
        number = i == 0 ? 200 : 2000
        one(k) = sprintf("< awk -F, 'NR == 1 || ($1 == \"%s\" && $2 == %d)' %s", word(kinds, k), number, seeds)
        plot for [k = 1:9] one(k) using (k - 1):'loss' with points lt (k == 1 ? 6 : 1) pt 7 ps 1 notitle
    }
    unset multiplot
} else { eval nothing }

# --- what a net keeps ------------------------------------------------------------------------------------------------------------
kept = run."/kept.csv"
eval figure("kept", 900, 460)
if (have(kept)) {
    unset key
    set cbrange [0:1]
    set cblabel "share that keeps its answer"
    set xrange [-0.5:9.5]
    set yrange [7.5:-0.5]
    unset grid
    set border 0
    set xtics scale 0
    set ytics scale 0
    set xtics ("T-shirt" 0, "trouser" 1, "pullover" 2, "dress" 3, "coat" 4, "sandal" 5, "shirt" 6, "sneaker" 7, "bag" 8, "boot" 9)
    set ytics ("shift" 0, "flip" 1, "noise" 2, "light" 3, "cutout" 4, "turn" 5, "upside-down" 6, "together" 7)
    plot kept using 2:(int(($0) / 10)):'kept' with image, \
         kept using 2:(int(($0) / 10)):(sprintf("%.2f", column('kept'))):(column('kept') > 0.45 ? 0xffffff : 0x222222) with labels tc rgb variable
} else { eval nothing }

# --- transfer --------------------------------------------------------------------------------------------------------------------------
table = "log-transfer.csv"; names = "scratch free convs_frozen head random_convs random_head"; types = "6 1 2 3 4 5"; axis = "pictures of each new class"
titles = "'from scratch' 'borrowed, nothing frozen' 'convolutions frozen' 'only the head learns, fast' 'random convolutions, frozen' 'random, only the head learns'"
places = "10, 100"; least = "9"; most = "111"
eval figure("transfer", 1000, 500)
set multiplot
do for [i = 0:1] { eval panel(i); eval drawn(i) }
eval only_the_key
set key at screen 0.5, screen 0.08 maxrows 3
plot for [k = 1:words(names)] 2 with linespoints lt int(word(types, k)) pt 7 title word(titles, k)
unset multiplot

# --- features ---------------------------------------------------------------------------------------------------------------------------
features = run."/features.csv"
eval figure("features", 1100, 380)
if (have(features)) {
    nets = "random borrowed tuned scratch"
    titles = "'random weights' 'five other classes learned' 'borrowed, then trained on' 'from scratch'"
    set multiplot
    unset key
    unset tics
    set border 15
    do for [i = 1:4] {
        set lmargin at screen 0.02 + 0.245 * (i - 1)
        set rmargin at screen 0.02 + 0.245 * i - 0.015
        set tmargin at screen 0.90
        set bmargin at screen 0.14
        set title word(titles, i)
        one(c) = sprintf("< awk -F, 'NR == 1 || ($1 == \"%s\" && $4 == %d)' %s", word(nets, i), c, features)
        plot for [c = 5:9] one(c) using 2:3 with points lt c - 4 pt 7 ps 0.5 notitle
    }
    eval only_the_key
    set key at screen 0.5, screen 0.05
    plot NaN with points lt 1 pt 7 title "sandal", NaN with points lt 2 pt 7 title "shirt", NaN with points lt 3 pt 7 title "sneaker", \
         NaN with points lt 4 pt 7 title "bag", NaN with points lt 5 pt 7 title "boot"
    unset multiplot
} else { eval nothing }

# --- second tasks ---------------------------------------------------------------------------------------------------------------------
table = "log-tasks.csv"; names = "alone group group_others denoise denoise_others"; types = "6 3 4 5 1"; axis = "labelled pictures"
titles = "'class alone' 'and group' 'and group of other pictures' 'and denoising' 'and denoising of other pictures'"
places = "50, 200, 600"; least = "42"; most = "720"
eval figure("tasks", 1000, 500)
set multiplot
do for [i = 0:1] { eval panel(i); eval drawn(i) }
eval only_the_key
plot for [k = 1:words(names)] 2 with linespoints lt int(word(types, k)) pt 7 title word(titles, k)
unset multiplot
