# Pictures of lesson 3: paths on three landscapes, ravines, the learning-rate sweep, the momentum sweep, the race, batch sizes,
# schedules, penalties.
# A method has one line type in all of them, its place in `methods`.
load "plots/style.gp"

methods = "sgd momentum nesterov adagrad rmsprop adam adamw"

# --- paths over contours: the contours are drawn first, the paths over them with the same margins --------------------
ravine(x, y) = 0.5 * x * x + 10 * y * y
rosenbrock(x, y) = (1 - x) ** 2 + 100 * (y - x * x) ** 2
saddle(x, y) = 0.5 * x * x - 0.5 * y * y + 0.25 * y ** 4
ranges = "[-4.5:1.5] [-1.2:1.2] [-1.6:1.6] [-0.4:1.4] [-1.6:1.6] [-1.3:1.3]"
levels(name) = name eq "ravine" ? "0.05, 0.3, 1, 2.5, 5, 10" : name eq "rosenbrock" ? "0.3, 1, 4, 15, 60, 200" : "-0.24, -0.2, -0.1, 0, 0.1, 0.4, 0.8"
map(name) = "set datafile separator whitespace; set contour base; unset surface; unset key; set cntrparam levels discrete ".levels(name)."; " \
    ."set table $contours; splot ".name."(x, y); unset table; unset contour"
path(name, m) = "'".run."/path-".name.".csv' using '".word(methods, m)."_x':'".word(methods, m)."_y' with linespoints pt 7 ps 0.4 lt ".m." title '".word(methods, m)."'"

eval figure("paths", 1000, 720)
set multiplot
set isosamples 150
do for [panel = 0:5] {
    column = panel % 3
    row = panel / 3
    name = word("ravine rosenbrock saddle", column + 1)
    set lmargin at screen 0.05 + 0.32 * column
    set rmargin at screen 0.05 + 0.32 * column + 0.28
    set tmargin at screen 0.94 - 0.42 * row
    set bmargin at screen 0.60 - 0.42 * row
    eval "set xrange ".word(ranges, 2 * column + 1)."; set yrange ".word(ranges, 2 * column + 2)
    eval map(name)
    if (row == 0) { set title name } else { unset title; set xlabel "x" }
    if (column == 0) { set ylabel "y" offset 1.5 } else { unset ylabel }
    plot $contours with lines lc rgb "#c0c0c0" lw 1 notitle
    set datafile separator ","
    unset title; unset xlabel; unset ylabel; set format ""
    if (have(run."/path-".name.".csv")) { eval "plot ".path(name, 3 * row + 1).", ".path(name, 3 * row + 2).", ".path(name, 3 * row + 3) }
    set format
}
unset border; unset tics; unset grid
set lmargin at screen 0; set rmargin at screen 1; set bmargin at screen 0.05; set tmargin at screen 0.06
set xrange [0:1]
set yrange [0:1]
set key at screen 0.5, screen 0.04 center center horizontal
plot for [k = 1:6] 2 with linespoints lt k pt 7 ps 0.5 title word(methods, k) # outside the range: only the legend shows
unset multiplot

# --- two ravines: heights on a logarithmic axis ------------------------------------------------------------------------
eval figure("ravines", 1000, 460)
if (have(run."/log-steep_turned.csv")) {
    set multiplot
    set logscale y
    set xlabel "step"
    set bmargin at screen 0.14
    set tmargin at screen 0.90
    unset key
    heights(file) = "plot '".file."' using 'step':'sgd' with lines lt 1 title 'SGD', " \
        ."'".file."' using 'step':'momentum_09' with lines lt 2 title 'momentum, {/:Italic μ} = 0.9', " \
        ."'".file."' using 'step':'momentum_tuned' with lines lt 2 dt (6, 4) title 'momentum, {/:Italic μ} tuned', " \
        ."'".file."' using 'step':'adam_tuned' with lines lt 6 title 'Adam, β_1 tuned'"
    set lmargin at screen 0.09
    set rmargin at screen 0.50
    set yrange [1e-18:100]
    set format y "10^{%T}"
    set ytics 1e3
    set ylabel "height"
    set title "gentle and turned, 20 : 1"
    eval empty("log-gentle_turned.csv", "sgd") ? nothing : heights(run."/log-gentle_turned.csv")
    set lmargin at screen 0.56
    set rmargin at screen 0.97
    set format y ""
    unset ylabel
    set title "steep and turned, 1000 : 1"
    set key inside left bottom vertical enhanced
    eval empty("log-steep_turned.csv", "sgd") ? nothing : heights(run."/log-steep_turned.csv")
    unset multiplot
}

# --- the sweep ------------------------------------------------------------------------------------------------------
eval figure("sweep", 800, 480)
set logscale x
set format x "10^{%T}"
set xlabel "learning rate"
set ylabel "validation loss after one epoch (nats)"
eval span("y", "log-sweep.csv", methods, "0.38", "1.6", "half")
plot for [k = 1:7] reference("log-sweep.csv") using 'lr':word(methods, k) with lines lt 10 + k notitle, \
     for [k = 1:7] run."/log-sweep.csv" using 'lr':word(methods, k) with linespoints lt k notitle, \
     for [k = 1:7] keyentry with linespoints lt k title word(methods, k)

# --- the same for momentum alone: against the rate, and against the rate of a long run in one direction -----------------
eval figure("momentum", 1000, 460)
if (have(run."/log-momentum.csv")) {
    set multiplot
    set logscale x
    set format x "10^{%T}"
    set xrange [1e-3:100]
    set bmargin at screen 0.14
    set tmargin at screen 0.95
    set key inside right top vertical
    columns_ = "mu_0 mu_05 mu_08 mu_09 mu_098"
    titles_ = "'μ = 0 (SGD)' 'μ = 0.5' 'μ = 0.8' 'μ = 0.9' 'μ = 0.98'"
    types_ = "1 3 4 2 8"
    kept(k) = real(word("0 0.5 0.8 0.9 0.98", k))
    eval span("y", "log-momentum.csv", columns_, "0.4", "1.6", "half")
    set lmargin at screen 0.08
    set rmargin at screen 0.50
    set xlabel "learning rate η"
    set ylabel "validation loss after one epoch (nats)"
    plot for [k = 1:5] run."/log-momentum.csv" using 'lr':word(columns_, k) with linespoints lt int(word(types_, k)) title word(titles_, k)
    set lmargin at screen 0.55
    set rmargin at screen 0.97
    set xlabel "η / (1 − μ)"
    unset ylabel
    set format y ""
    unset key
    plot for [k = 1:5] run."/log-momentum.csv" using (column('lr') / (1 - kept(k))):word(columns_, k) with linespoints lt int(word(types_, k)) title word(titles_, k)
    unset multiplot
}

# --- the race -------------------------------------------------------------------------------------------------------
eval figure("race", 800, 480)
set xlabel "step"
set ylabel "training loss (nats, mean of 1/40 of the run)"
eval span("y", "log.csv", methods, "0.25", "0.8", "")
eval curves("log.csv", methods, "")

# Columns NAME_seconds and NAME of a file of seconds.
seconds_of(file, name) = "'".file."' using '".name."_seconds':'".name."' with lines lt "
timed(file, name, i) = seconds_of(reference(file), name).(10 + i)." notitle, ".seconds_of(run."/".file, name).i." title '".name."'"
thin = has_reference("log.csv") ? ", keyentry with lines lt 11 title 'thin: reference run'" : ""
eval figure("race-seconds", 800, 480)
set xlabel "seconds"
set ylabel "training loss (nats, mean of 1/40 of the run)"
eval span("y", "seconds-race.csv", methods, "0.25", "0.8", "")
command = "plot "
do for [i = 1:7] { command = command.timed("seconds-race.csv", word(methods, i), i).(i < 7 ? ", " : "") }
eval command.thin

# --- one, some or all examples a step -------------------------------------------------------------------------------
eval figure("batch", 800, 480)
set logscale x
set xlabel "seconds"
set ylabel "training loss (nats)"
eval span("y", "seconds-batch.csv", "one minibatch all", "0.2", "2.4", "")
eval "plot ".timed("seconds-batch.csv", "one", 2).", ".timed("seconds-batch.csv", "minibatch", 1).", ".timed("seconds-batch.csv", "all", 3).thin

# --- schedules ------------------------------------------------------------------------------------------------------
eval figure("schedules", 800, 480)
set xlabel "step"
set ylabel "training loss (nats, mean of 1/40 of the run)"
eval span("y", "log-schedules.csv", "constant step_decay linear cosine warm_cosine", "0.15", "0.6", "")
eval curves("log-schedules.csv", "constant step_decay linear cosine warm_cosine", "constant step linear cosine 'warm cosine'")

# --- L1 and L2: how many weights have which size ----------------------------------------------------------------------
eval figure("weights", 800, 460)
if (have(run."/weights.csv")) {
    set logscale y
    set yrange [0.7:10000]
    set xrange [-0.6:0.6]
    set xlabel "weight"
    set ylabel "how many of 7,840 weights"
    plot run."/weights.csv" using 'weight':(column('none') > 0 ? column('none') : 0.5) with histeps lt 1 title "no penalty", \
         run."/weights.csv" using 'weight':(column('l2') > 0 ? column('l2') : 0.5) with histeps lt 3 title "L2", \
         run."/weights.csv" using 'weight':(column('l1') > 0 ? column('l1') : 0.5) with histeps lt 2 title "L1"
}
