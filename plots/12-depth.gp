# Pictures of lesson 12: plain against residual, gradients, the identity, famous nets, windows, sizes, the best net.
load "plots/style.gp"

# Plain nets are black, residual ones blue.
PLAIN = 6; RESIDUAL = 1
set linetype PLAIN dt 1

pair(log, columns, titles) = "plot ".one_curve(reference(log), word(columns, 1), "", 10 + PLAIN).", " \
    .one_curve(reference(log), word(columns, 2), "", 10 + RESIDUAL).", " \
    .one_curve(run."/".log, word(columns, 1), word(titles, 1), PLAIN).", " \
    .one_curve(run."/".log, word(columns, 2), word(titles, 2), RESIDUAL)

# --- the contest ------------------------------------------------------------------------------------------------------
# Depths whose nets were only measured have a log of one step, and no panel.
depths = ""; logs = ""
do for [depth in "10 18 34 54"] {
    log = depth eq "34" ? "log.csv" : "log-".depth.".csv"
    if (depth eq "10" || depth eq "34" || (have(run."/".log) && last_step(run."/".log) > 1)) {
        depths = depths." ".depth
        logs = logs." ".log
    }
}
wide = 0.93 / words(logs)
eval figure("contest", 1000, 420)
set multiplot
do for [i = 1:words(logs)] {
    log = word(logs, i)
    set lmargin at screen 0.07 + wide * (i - 1)
    set rmargin at screen 0.07 + wide * i - 0.02
    set tmargin at screen 0.91
    set bmargin at screen 0.24
    set title word(depths, i)." layers"
    set xlabel "step"
    set xrange [0:last_step(run."/".log)]
    set xtics nice(last_step(run."/".log) / 4.0)
    if (i == 1) { set ylabel "training loss (nats per image)" } else { unset ylabel; set format y "" }
    eval span("y", logs, "plain residual", "0.3", "2.4", "")
    if (i == 2) { set key at screen 0.5, screen 0.06 center center horizontal } else { unset key }
    if (have(run."/".log)) { eval empty(log, "plain residual") ? nothing : "unset label 99; ".pair(log, "plain residual", "plain residual") }
}
unset multiplot

# --- the gradient -----------------------------------------------------------------------------------------------------
eval figure("gradients", 1000, 480)
set multiplot
set lmargin at screen 0.09
set rmargin at screen 0.50
set tmargin at screen 0.91
set bmargin at screen 0.28
set logscale y
set format y "10^{%T}"
set xlabel "part of the net (0: first convolution; then the blocks)"
set ylabel "length of the weights' gradient"
set title "in the first step"
set key at screen 0.295, screen 0.065 center center horizontal maxrows 2
set xrange [0:16]
if (have(run."/gradients-34.csv") && have(run."/gradients-18.csv") && have(run."/gradients-10.csv")) {
    plot run."/gradients-10.csv" using 1:'plain' with linespoints lt 6 dt 1 pt 6 title "plain 10", \
         run."/gradients-18.csv" using 1:'plain' with linespoints lt 6 dt 1 pt 8 title "18", \
         run."/gradients-34.csv" using 1:'plain' with linespoints lt 6 dt 1 pt 7 title "34", \
         run."/gradients-10.csv" using 1:'residual' with linespoints lt 1 pt 6 title "residual 10", \
         run."/gradients-18.csv" using 1:'residual' with linespoints lt 1 pt 8 title "18", \
         run."/gradients-34.csv" using 1:'residual' with linespoints lt 1 pt 7 title "34"
}
set lmargin at screen 0.57
set rmargin at screen 0.98
unset ylabel
set xlabel "step"
set title "34 layers: first convolution, last block"
set xrange [0:last_step(run."/log-gradients-34.csv")]
set key at screen 0.775, screen 0.07 center center horizontal maxrows 2 width -4
log = run."/log-gradients-34.csv"
if (have(log) && empty("log-gradients-34.csv", "plain_0 plain_16 residual_0 residual_16")) { unset logscale y; set format y; eval nothing } else { if (have(log)) {
    unset label 99
    plot log using 'step':'plain_0' with lines lt 6 dt 1 title "plain, first", \
         log using 'step':'plain_16' with lines lt 6 dt 3 title "plain, last", \
         log using 'step':'residual_0' with lines lt 1 title "residual, first", \
         log using 'step':'residual_16' with lines lt 1 dt 3 title "residual, last"
} }
unset multiplot

# --- without batch norm -----------------------------------------------------------------------------------------------
eval figure("identity", 1000, 440)
set multiplot
do for [i = 1:2] {
    log = "log-".word("adam sgd", i).".csv"
    set lmargin at screen 0.07 + 0.49 * (i - 1)
    set rmargin at screen 0.07 + 0.49 * i - 0.07
    set tmargin at screen 0.91
    set bmargin at screen 0.14
    set title word("Adam SGD", i)
    set xlabel "step"
    if (i == 1) { set ylabel "training loss (nats per image)" } else { unset ylabel }
    eval span("y", "log-adam.csv log-sgd.csv", "plain_10 plain_34 identity_34", "0.8", "2.5", "")
    set xrange [0:last_step(run."/".log)]
    set xtics nice(last_step(run."/".log) / 4.0)
    if (i == 2) { set key at graph 0.04, 0.04 left bottom vertical maxrows 8 } else { unset key }
    nets = i == 1 ? "plain_10 plain_34 he_34 identity_34" : "identity_34"
    if (have(run."/".log) && empty(log, nets)) { eval nothing; continue }
    unset label 99
    if (i == 1 && have(run."/".log)) {
        plot run."/".log using 'step':'plain_10' with lines lt 6 dt 3 notitle, \
             run."/".log using 'step':'plain_34' with lines lt 6 dt 1 notitle, \
             run."/".log using 'step':'he_34' with lines lt 2 notitle, \
             run."/".log using 'step':'identity_34' with lines lt 1 notitle
    }
    if (i == 2 && have(run."/".log)) {
        plot keyentry with lines lt 6 dt 3 title "plain 10", keyentry with lines lt 6 dt 1 title "plain 34", \
             keyentry with lines lt 2 title "residual 34, He (with SGD it is gone at once)", \
             run."/".log using 'step':'identity_34' with lines lt 1 title "residual 34, identity"
    }
}
unset multiplot

# --- the famous ones --------------------------------------------------------------------------------------------------
eval figure("famous", 800, 500)
if (have(run."/famous.csv")) {
    set xlabel "multiplications for one photograph (thousand millions)"
    set ylabel "accuracy as published (first answer)"
    set logscale x
    set xrange [0.4:40]
    set yrange [0.53:0.80]
    unset key
    set style fill transparent solid 0.35 border
    # The area of a bubble is the number of parameters.
    plot run."/famous.csv" using ($4 / 1e9):6:(0.55 * sqrt($2 / 1e6)) with points pt 7 ps variable lc rgb "#1052bf" notitle, \
         run."/famous.csv" using ($4 / 1e9):(strcol(1) eq "googlenet" ? $6 : NaN):1 with labels right offset -1.6, 0 textcolor rgb ink notitle, \
         run."/famous.csv" using ($4 / 1e9):(strcol(1) ne "googlenet" ? $6 : NaN):1 with labels left offset 4.4, 0 textcolor rgb ink notitle
}

# --- windows and blocks -----------------------------------------------------------------------------------------------
eval figure("stacks", 800, 480)
if (have(run."/windows.csv") && have(run."/blocks.csv")) {
    set xlabel "multiplications for one picture (millions)"
    set ylabel "training loss, last fifth of the steps (nats)"
    set xrange [0:5]
    set offsets 0, 0, 0.02, 0.02
    side(net) = net eq "three_3x3" ? 0 : net eq "5x5_and_3x3" ? 1 : 2 # where its name stands: left, below, right
    # The area of a bubble is the number of parameters.
    plot run."/windows.csv" using ($3 / 1e6):4:(1.4 * sqrt($2 / 1e4)) with points pt 7 ps variable lc rgb "#1052bf" title "windows", \
         run."/blocks.csv" using ($3 / 1e6):4:(1.4 * sqrt($2 / 1e4)) with points pt 7 ps variable lc rgb "#e16307" title "blocks", \
         run."/windows.csv" using ($3 / 1e6):(side(strcol(1)) == 0 ? $4 : NaN):1 with labels right offset -1.6, 0 noenhanced textcolor rgb ink notitle, \
         run."/windows.csv" using ($3 / 1e6):(side(strcol(1)) == 1 ? $4 : NaN):1 with labels center offset 0, -1.7 noenhanced textcolor rgb ink notitle, \
         run."/windows.csv" using ($3 / 1e6):(side(strcol(1)) == 2 ? $4 : NaN):1 with labels left offset 1.6, 0 noenhanced textcolor rgb ink notitle, \
         run."/blocks.csv" using ($3 / 1e6):(side(strcol(1)) == 2 ? $4 : NaN):1 with labels left offset 1.6, 0 noenhanced textcolor rgb ink notitle
}

# --- sizes ------------------------------------------------------------------------------------------------------------
sizes = run."/sizes.csv"
eval figure("sizes", 1000, 460)
if (have(sizes)) {
    way(name, column) = sprintf("(strcol('way') eq '%s' ? column('%s') : NaN)", name, column)
    set multiplot
    set tmargin at screen 0.91
    set bmargin at screen 0.14
    set yrange [0:1]
    do for [i = 1:2] {
        name = word("zoomed placed", i)
        set lmargin at screen 0.07 + 0.47 * (i - 1)
        set rmargin at screen 0.07 + 0.47 * i - 0.03
        set xrange [i == 1 ? 14 : 26 : 50]
        set title i == 1 ? "zoomed to another size" : "placed in a black frame"
        set xlabel i == 1 ? "side of the picture (pixels)" : "side of the frame (pixels)"
        if (i == 1) { set ylabel "accuracy"; set key at graph 0.3, 0.04 left bottom vertical maxrows 8 } else { unset ylabel; unset key }
        plot sizes using 'side':(strcol('way') eq name ? column('mean') : NaN) with linespoints lt 2 pt 6 dt 2 title "mean, trained at 28", \
             sizes using 'side':(strcol('way') eq name ? column('mean_many') : NaN) with linespoints lt 2 pt 7 title "mean, at five sizes", \
             sizes using 'side':(strcol('way') eq name ? column('pyramid') : NaN) with linespoints lt 1 pt 6 dt 2 title "pyramid, trained at 28", \
             sizes using 'side':(strcol('way') eq name ? column('pyramid_many') : NaN) with linespoints lt 1 pt 7 title "pyramid, at five sizes"
    }
    unset multiplot
}

# --- the best net -----------------------------------------------------------------------------------------------------
eval figure("accuracy", 800, 460)
set xlabel "step"
set ylabel "accuracy"
eval span("y", "log-best.csv", "train_accuracy valid_accuracy", "0.8", "1", "")
eval curves("log-best.csv", "train_accuracy valid_accuracy", "training validation")
