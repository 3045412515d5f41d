# Pictures of lesson 6: both losses, the gradient that vanishes, the game in the plane, failures side by side, the tricks,
# the game with pictures; and two animations.
load "plots/style.gp"

log = run."/log.csv"
summary = run."/summary.csv"
steps = last_step(log)
# Kept figures have no config.csv: they are those of the default, the ring.
grid = have(run."/config.csv") && system("grep -c '^cloud,grid$' '".run."/config.csv'") > 0
modes = grid ? 25 : 8
reach = grid ? 5 : 3
# A log that is not there (a run of one part only) is drawn as nothing.
log_of(name) = name eq "default" ? "log.csv" : "log-".name.".csv"
strong(name) = have(run."/".log_of(name)) ? run."/".log_of(name) : "/dev/null"
faint(name) = have(reference(log_of(name))) ? reference(log_of(name)) : "/dev/null"

# The legend of a figure of several panels: an empty plot as wide as the picture.
only_the_key = "unset title; unset xlabel; unset ylabel; unset label; unset border; unset tics; unset grid; unset colorbox; unset logscale; " \
    ."set lmargin at screen 0; set rmargin at screen 1; set bmargin at screen 0.06; set tmargin at screen 0.07; unset format; " \
    ."set xrange [0:1]; set yrange [0:1]; set key at screen 0.5, screen 0.03 center center horizontal maxrows 1; "
# Panel (i, j) of a grid of columns × rows, counted from the top left.
panel(i, j, columns, rows) = sprintf( \
    "set lmargin at screen %g; set rmargin at screen %g; set tmargin at screen %g; set bmargin at screen %g; unset title; unset xlabel; unset ylabel", \
    0.075 + 0.925 * i / columns, 0.075 + 0.925 * (i + 1) / columns - (columns > 2 ? 0.02 : 0.085), 0.95 - 0.83 * j / rows, 0.95 - 0.83 * (j + 1) / rows + 0.05)

# --- both losses and their slopes ------------------------------------------------------------------------------------
eval figure("losses", 900, 420)
set datafile separator whitespace
set multiplot layout 1, 2 margins 0.08, 0.98, 0.28, 0.95 spacing 0.1
set xlabel "D(G(z))"
set xrange [0.001:1]
set ylabel "loss of a sample (nats)"
set yrange [-5:5]
set key at screen 0.5, screen 0.06 center center horizontal maxrows 1
plot log(1 - x) with lines lt MINIMAX title "minimax", -log(x) with lines lt NON_SATURATING title "non-saturating"
set ylabel "derivative at the logit"
set yrange [-1.05:0.05]
unset key
plot -x with lines lt MINIMAX, x - 1 with lines lt NON_SATURATING
unset multiplot

# --- behind a discriminator that is ahead ------------------------------------------------------------------------------
if (have(run."/log-saturation.csv")) {
    eval figure("saturation", 1000, 460)
    behind = run."/log-saturation.csv"
    before = reference("log-saturation.csv")
    set multiplot
    unset key
    set logscale y
    set format y "10^{%T}"
    set xrange [0:last_step(behind)]
    set xtics nice(last_step(behind) / 4.0)
    eval panel(0, 0, 2, 1)
    set bmargin at screen 0.29
    set xlabel "steps that the discriminator is ahead"
    set ylabel "gradient norm of the generator"
    eval span("y", "log-saturation.csv", "minimax non_saturating", "1e-3", "10", "log")
    plot before using 'step':'non_saturating' with lines lt NON_SATURATING + 10, before using 'step':'minimax' with lines lt MINIMAX + 10, \
         behind using 'step':'non_saturating' with linespoints lt NON_SATURATING, behind using 'step':'minimax' with linespoints lt MINIMAX
    eval panel(1, 0, 2, 1)
    set bmargin at screen 0.29
    set xlabel "steps that the discriminator is ahead"
    set ylabel "ratio; D(G(z))"
    eval span("y", "log-saturation.csv", "ratio d_fake", "1e-5", "1", "log")
    plot before using 'step':'ratio' with lines lt 16, before using 'step':'d_fake' with lines lt 11, \
         behind using 'step':'ratio' with linespoints lt 6, behind using 'step':'d_fake' with linespoints lt REAL
    eval only_the_key
    set key at screen 0.5, screen 0.06
    plot 2 with lines lt NON_SATURATING title "non-saturating", 2 with lines lt MINIMAX title "minimax", 2 with lines lt 6 title "minimax over non-saturating", \
         2 with lines lt REAL title "D(G(z))"
    unset multiplot
}

# --- two numbers -------------------------------------------------------------------------------------------------------
circles = run."/log-cycles.csv"
if (have(circles)) {
    eval figure("cycles", 1000, 900)
    ways = "together in_turn scales adam penalty averaged"
    titles = "'at the same time' 'in turn' 'four times the rate for y' 'Adam' 'penalty R1' 'averaged'"
    array types[6] = [2, 1, 9, 6, 3, 4]
    set multiplot
    unset key
    do for [g = 1:2] {
        game = word("xy dirac", g)
        eval panel(g - 1, 0, 2, 2)
        set lmargin at screen 0.075 + 0.5 * (g - 1); set rmargin at screen 0.475 + 0.5 * (g - 1)
        set tmargin at screen 0.95; set bmargin at screen 0.52
        set title word("'the game xy' 'the Dirac-GAN'", g)
        set xlabel "x, the generator's number"
        set ylabel "y, the discriminator's"
        side = word("3 1.5", g) + 0.0
        set xrange [-side:side]
        set yrange [-side:side]
        set xtics side / 3.0
        set ytics side / 3.0
        set label 1 "" at 0, 0 point pt 1 ps 1.5 lw 2 lc rgb "#777777"
        set label 2 "start" at 1, 0 point pt 7 ps 0.8 lc rgb "#444444" offset 0.6, 0.6
        plot for [k = 1:6] circles using (column('step') <= 200 ? column(game.'_'.word(ways, k).'_x') : NaN):(column(game.'_'.word(ways, k).'_y')) \
             with lines lt types[k]
        unset label
        unset title
        set lmargin at screen 0.075 + 0.5 * (g - 1); set rmargin at screen 0.475 + 0.5 * (g - 1)
        set tmargin at screen 0.43; set bmargin at screen 0.14
        set xlabel "step"
        set ylabel "distance from the equilibrium"
        set xrange [0:last_step(circles)]
        set xtics 100
        set logscale y
        set ytics autofreq
        set yrange [1e-4:100]
        set format y "10^{%T}"
        plot for [k = 1:6] circles using 'step':(sqrt(column(game.'_'.word(ways, k).'_x') ** 2 + column(game.'_'.word(ways, k).'_y') ** 2)) \
             with lines lt types[k]
        unset logscale y
        set format y "%g"
    }
    eval only_the_key
    set key maxrows 2
    plot for [k = 1:6] 2 with lines lt types[k] title word(titles, k)
    unset multiplot
}

# --- the game in the plane ---------------------------------------------------------------------------------------------
if (have(log)) {
    eval figure("curves", 1000, 640)
    set multiplot
    set xrange [0:steps]
    set xtics nice(steps / 5.0)
    unset key
    set format x ""
    eval panel(0, 0, 2, 2)
    set ylabel "loss (nats)"
    eval span("y", "log.csv", "loss_d loss_g", "0", "2", "")
    set label 1 "2 log 2" at graph 0.98, first 1.48 right textcolor rgb "#777777"
    plot 1.3863 with lines lc rgb "#999999" dt 2, \
         faint("default") using 'step':'loss_d' with lines lt 11, faint("default") using 'step':'loss_g' with lines lt 12, \
         log using 'step':'loss_d' with lines lt 1, log using 'step':'loss_g' with lines lt 2
    unset label
    eval panel(1, 0, 2, 2)
    set ylabel "D(x), D(G(z))"
    set yrange [0:1]
    plot faint("default") using 'step':'d_real' with lines lt 11, faint("default") using 'step':'d_fake' with lines lt 12, \
         log using 'step':'d_real' with lines lt 1, log using 'step':'d_fake' with lines lt 2
    set format x "%g"
    eval panel(0, 1, 2, 2)
    set xlabel "step"
    set ylabel "gradient norm"
    eval span("y", "log.csv", "grad_d grad_g", "0", "*", "")
    plot faint("default") using 'step':'grad_d' with lines lt 11, faint("default") using 'step':'grad_g' with lines lt 12, \
         log using 'step':'grad_d' with lines lt 1, log using 'step':'grad_g' with lines lt 2
    eval panel(1, 1, 2, 2)
    set xlabel "step"
    set ylabel "modes covered"
    set y2label "EMD"
    set ytics nomirror
    set y2tics nomirror
    set border 11
    eval span("y", "log.csv", "modes", "0", sprintf("%d", modes + 1), "")
    eval span("y2", "log.csv", "emd", "0", "2.5", "")
    plot faint("default") using 'step':'modes' with steps lt MODES + 10, faint("default") using 'step':'emd' axes x1y2 with lines lt DISTANCE + 10, \
         log using 'step':'modes' with steps lt MODES, log using 'step':'emd' axes x1y2 with lines lt DISTANCE
    unset y2tics
    unset y2label
    eval only_the_key
    plot 2 with lines lt REAL title "discriminator, real", 2 with lines lt GENERATED title "generator, samples", 2 with lines lt MODES title "modes (left)", \
         2 with lines lt DISTANCE title "EMD (right)"
    unset multiplot
}

if (have(run."/heat.csv") && have(run."/points-default.csv")) {
    eval figure("heat", 1100, 360)
    set multiplot
    set palette defined (0 '#e16307', 0.5 '#ffffff', 1 '#1052bf')
    set cbrange [0:1]
    set xrange [-reach:reach]
    set yrange [-reach:reach]
    set xtics 2
    set ytics 2
    unset key
    unset colorbox
    unset grid
    set border 15
    frames = int(system("grep -c x '".run."/points-default.csv'"))
    array part[4] = [15, 6, 2, 1]
    do for [h = 1:4] {
        set lmargin at screen 0.045 + 0.222 * (h - 1)
        set rmargin at screen 0.045 + 0.222 * h - 0.015
        set tmargin at screen 0.9
        set bmargin at screen 0.2
        set title sprintf("step %d", steps / part[h])
        set format y (h == 1 ? "%g" : "")
        set xlabel "x"
        if (h == 1) { set ylabel "y" } else { unset ylabel }
        if (h == 4) {
            set colorbox user origin screen 0.935, screen 0.2 size screen 0.012, screen 0.7
            set cblabel "D(x)" offset -1.5
        }
        frame = int((real(frames) / part[h]) + 0.001) - 1
        plot run."/heat.csv" index h - 1 matrix using (reach * ($1 / 20.0 - 1)):(reach * ($2 / 20.0 - 1)):3 with image notitle, \
             run."/points-real.csv" using 1:2 with points pt 6 ps 0.6 lc rgb colour(REAL) notitle, \
             run."/points-default.csv" index (frame < 0 ? 0 : frame) using 1:2 with points pt 7 ps 0.55 lc rgb "#ffffff" notitle, \
             run."/points-default.csv" index (frame < 0 ? 0 : frame) using 1:2 with points pt 7 ps 0.35 lc rgb "#a03c00" notitle
    }
    unset multiplot
}

# --- failures side by side ---------------------------------------------------------------------------------------------
if (have(run."/log-collapse.csv")) {
    games = "default collapse vanish diverge"
    titles = "'healthy' 'mode collapse' 'gradient vanished' 'diverged'"
    eval figure("failures", 1100, 860)
    set multiplot
    unset key
    set xrange [0:steps]
    do for [g = 1:4] {
        name = word(games, g)
        first = g == 1
        size = last_step(run."/".log_of(name)) > 1000 ? 0 : 0.7 # a game that is soon over: as points
        set xtics nice(steps / 2.5)
        set format x ""
        set format y (first ? "%g" : "")
        eval panel(g - 1, 0, 4, 4)
        set title word(titles, g)
        if (first) { set ylabel "loss (nats)" }
        eval span("y", log_of(name), "loss_d loss_g", "0", "4", "abs")
        set ytics 1
        plot 1.3863 with lines lc rgb "#999999" dt 2, \
             faint(name) using 'step':'loss_d' with lines lt 11, faint(name) using 'step':(abs(column('loss_g'))) with lines lt 12, \
             strong(name) using 'step':'loss_d' with linespoints lt 1 pt 7 ps size, strong(name) using 'step':(abs(column('loss_g'))) with linespoints lt 2 pt 7 ps size
        eval panel(g - 1, 1, 4, 4)
        if (first) { set ylabel "D(x), D(G(z))" }
        set ytics 0.5
        eval span("y", log_of(name), "d_real d_fake", "-0.02", "1.02", "")
        plot faint(name) using 'step':'d_real' with lines lt 11, faint(name) using 'step':'d_fake' with lines lt 12, \
             strong(name) using 'step':'d_real' with linespoints lt 1 pt 7 ps size, strong(name) using 'step':'d_fake' with linespoints lt 2 pt 7 ps size
        eval panel(g - 1, 2, 4, 4)
        if (first) { set ylabel "gradient norm" }
        set logscale y
        set ytics ("10^{-6}" 1e-6, "10^{-4}" 1e-4, "10^{-2}" 0.01, "1" 1, "100" 100)
        if (!first) { set ytics ("" 1e-6, "" 1e-4, "" 0.01, "" 1, "" 100) }
        eval span("y", log_of(name), "grad_d grad_g", "1e-6", "1e3", "log")
        set format y (first ? "10^{%T}" : "")
        plot faint(name) using 'step':'grad_d' with lines lt 11, faint(name) using 'step':'grad_g' with lines lt 12, \
             strong(name) using 'step':'grad_d' with linespoints lt 1 pt 7 ps size, strong(name) using 'step':'grad_g' with linespoints lt 2 pt 7 ps size
        unset logscale y
        set ytics autofreq
        set format y (first ? "%g" : "")
        eval panel(g - 1, 3, 4, 4)
        if (first) { set ylabel "diversity, modes" }
        eval span("y", log_of(name), "diversity", "-0.02", "1.3", "")
        set format x "%g"
        set xlabel "step"
        plot faint(name) using 'step':'diversity' with lines lt 13, faint(name) using 'step':(column('modes') / modes) with steps lt 20, \
             strong(name) using 'step':'diversity' with linespoints lt 3 pt 7 ps size, strong(name) using 'step':(column('modes') / modes) with steps lt 10
    }
    eval only_the_key
    plot 2 with lines lt 1 title "discriminator, real", 2 with lines lt 2 title "generator, samples", \
         2 with lines lt MODES title "diversity", 2 with lines lt 10 title "share of modes"
    unset multiplot

    # --- the tricks ----------------------------------------------------------------------------------------------------
    floor_of = system("sed -n 's/^emd_real,//p' '".summary."'")
    real_emd = floor_of eq "" ? NaN : real(floor_of)
    eval figure("tricks", 900, 520)
    names = "default plain decay smooth flip ahead minimax"
    titles = "'falling rates, instance noise' 'constant rates' 'falling rates' 'labels of 0.9' 'wrong labels' '5 steps of D' 'minimax'"
    set xlabel "step"
    set ylabel "EMD to real points"
    eval span("y", "log.csv log-plain.csv log-decay.csv log-smooth.csv log-flip.csv log-ahead.csv log-minimax.csv", "emd", "0.08", "3", "log")
    set logscale y
    set xrange [0:steps]
    array types[7] = [4, 7, 6, 3, 9, 1, MINIMAX]
    plot for [k = 1:7] faint(word(names, k)) using 'step':'emd' with lines lt 10 + types[k] notitle, \
         for [k = 1:7] strong(word(names, k)) using 'step':'emd' with lines lt types[k] title word(titles, k), \
         real_emd with lines lc rgb "#999999" dt 2 title "real to real"
}

# --- pictures ----------------------------------------------------------------------------------------------------------
played = run."/log-pictures.csv"
if (have(played)) {
    last = last_step(played)
    eval figure("pictures", 1000, 640)
    set multiplot
    set xrange [0:last]
    set xtics nice(last / 5.0)
    unset key
    was = reference("log-pictures.csv")
    set format x ""
    eval panel(0, 0, 2, 2)
    set ylabel "loss (nats)"
    eval span("y", "log-pictures.csv", "loss_d loss_g", "0", "*", "")
    plot was using 'step':'loss_d' with lines lt 11, was using 'step':'loss_g' with lines lt 12, \
         played using 'step':'loss_d' with lines lt 1, played using 'step':'loss_g' with lines lt 2
    eval panel(1, 0, 2, 2)
    set ylabel "D(x), D(G(z))"
    set yrange [0:1]
    plot was using 'step':'d_real' with lines lt 11, was using 'step':'d_fake' with lines lt 12, \
         played using 'step':'d_real' with lines lt 1, played using 'step':'d_fake' with lines lt 2
    set format x "%g"
    eval panel(0, 1, 2, 2)
    set xlabel "step"
    set ylabel "diversity"
    eval span("y", "log-pictures.csv", "diversity", "0", "1.2", "")
    plot was using 'step':'diversity' with lines lt 13, played using 'step':'diversity' with lines lt 3
    eval panel(1, 1, 2, 2)
    set xlabel "step"
    set ylabel "FID"
    eval span("y", "log-fid.csv", "fid", "0", "*", "")
    plot reference("log-fid.csv") using 'step':'fid' with linespoints lt 15, run."/log-fid.csv" using 'step':'fid' with linespoints lt 5
    eval only_the_key
    plot 2 with lines lt 1 title "discriminator, real", 2 with lines lt 2 title "generator, samples", 2 with lines lt 3 title "diversity", \
         2 with lines lt 5 title "FID"
    unset multiplot

    eval figure("classes", 800, 380)
    names = "T-shirt trouser pullover dress coat sandal shirt sneaker bag boot"
    set ylabel "share of the samples (%)"
    set yrange [0:*]
    set style fill solid 0.8
    set boxwidth 0.7
    unset key
    plot "< sed -n 's/^share_//p' '".summary."'" using 1:($2 * 100):xticlabels(word(names, int(column(1)) + 1)) with boxes lt GENERATED, \
         10 with lines lc rgb "#777777" dt 2
}

# --- animations: only as a picture of their own ------------------------------------------------------------------------
if (kind eq "png" && have(run."/points-default.csv")) {
    both = have(run."/points-collapse.csv") ? 2 : 1
    frames = int(system("grep -c x '".run."/points-default.csv'"))
    eval figure("ring", 400 * both, 420)
    set terminal gif animate delay 20 loop 0 size 400 * both, 420 font "sans,11"
    set output out."/ring.gif"
    set xrange [-reach:reach]
    set yrange [-reach:reach]
    set xlabel "x"
    set ylabel "y"
    unset key
    do for [f = 1:frames] {
        set multiplot layout 1, both title sprintf("step %d", f * steps / frames)
        do for [b = 1:both] {
            name = word("default collapse", b)
            if (both == 2) { set title (b == 1 ? "healthy" : "mode collapse") }
            plot run."/points-real.csv" using 1:2 with points pt 7 ps 0.5 lc rgb "#bbbbbb", \
                 run."/points-".name.".csv" index f - 1 using 1:2 with points pt 7 ps 0.4 lc rgb colour(GENERATED)
        }
        unset multiplot
    }
    unset output
}

frame_files = system("ls '".run."'/samples/frames/*.png 2>/dev/null")
if (kind eq "png" && words(frame_files) > 1) {
    eval figure("growth", 182, 182)
    set terminal gif animate delay 40 loop 0 size 182, 182
    set output out."/growth.gif"
    set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0
    unset border; unset tics; unset key; unset grid
    set autoscale fix
    do for [i = 1:words(frame_files)] {
        plot word(frame_files, i) binary filetype=png with rgbimage notitle
    }
    unset output
}
