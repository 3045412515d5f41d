# Pictures of lesson 3: paths on three landscapes, the learning-rate sweep, the race, batch sizes, schedules.
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
    eval "plot ".path(name, 3 * row + 1).", ".path(name, 3 * row + 2).", ".path(name, 3 * row + 3)
    set format
}
unset border; unset tics; unset grid
set lmargin at screen 0; set rmargin at screen 1; set bmargin at screen 0.05; set tmargin at screen 0.06
set xrange [0:1]
set yrange [0:1]
set key at screen 0.5, screen 0.04 center center horizontal
plot for [i = 1:6] 2 with linespoints lt i pt 7 ps 0.5 title word(methods, i) # outside the range: only the legend shows
unset multiplot

# --- the sweep ------------------------------------------------------------------------------------------------------
eval figure("sweep", 800, 480)
set logscale x
set format x "10^{%T}"
set xlabel "learning rate"
set ylabel "validation loss after one epoch (nats)"
set yrange [0.38:1.6]
plot for [i = 1:7] reference("log-sweep.csv") using 'lr':word(methods, i) with lines lt 10 + i notitle, \
     for [i = 1:7] run."/log-sweep.csv" using 'lr':word(methods, i) with linespoints lt i title word(methods, i)

# --- the race -------------------------------------------------------------------------------------------------------
eval figure("race", 800, 480)
set xlabel "step"
set ylabel "training loss (nats, mean of 1/40 of the run)"
set yrange [0.25:0.8]
eval curves("log.csv", methods, "")

# Columns NAME_seconds and NAME of a file of seconds.
seconds_of(file, name) = "'".file."' using '".name."_seconds':'".name."' with lines lt "
timed(file, name, i) = seconds_of(reference(file), name).(10 + i)." notitle, ".seconds_of(run."/".file, name).i." title '".name."'"
thin = has_reference("log.csv") ? ", keyentry with lines lt 11 title 'thin: reference run'" : ""
eval figure("race-seconds", 800, 480)
set xlabel "seconds"
set ylabel "training loss (nats, mean of 1/40 of the run)"
set yrange [0.25:0.8]
command = "plot "
do for [i = 1:7] { command = command.timed("seconds-race.csv", word(methods, i), i).(i < 7 ? ", " : "") }
eval command.thin

# --- one, some or all examples a step -------------------------------------------------------------------------------
eval figure("batch", 800, 480)
set logscale x
set xlabel "seconds"
set ylabel "training loss (nats)"
set yrange [0.2:2.4]
eval "plot ".timed("seconds-batch.csv", "one", 2).", ".timed("seconds-batch.csv", "minibatch", 1).", ".timed("seconds-batch.csv", "all", 3).thin

# --- schedules ------------------------------------------------------------------------------------------------------
eval figure("schedules", 800, 480)
set xlabel "step"
set ylabel "training loss (nats, mean of 1/40 of the run)"
set yrange [0.15:0.6]
eval curves("log-schedules.csv", "constant step_decay linear cosine", "constant step linear cosine")
