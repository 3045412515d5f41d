# Pictures of lesson 6: both losses, the gradient that vanishes, the game in the plane, failures side by side, the tricks,
# the game with pictures; and two animations.
load "plots/style.gp"

log = run."/log.csv"
summary = run."/summary.csv"
last_step(file) = have(file) ? int(system("tail -n 1 '".file."' | sed 's/,.*//'")) : 1
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
plot log(1 - x) with lines lt 3 title "minimax", -log(x) with lines lt 1 title "non-saturating"
set ylabel "slope at the logit"
set yrange [-1.05:0.05]
unset key
plot -x with lines lt 3, x - 1 with lines lt 1
unset multiplot

# --- behind a discriminator that is ahead ------------------------------------------------------------------------------
if (have(run."/log-saturation.csv")) {
    eval figure("saturation", 800, 480)
    set xlabel "steps that the discriminator is ahead"
    set ylabel "length of the generator's gradient"
    set logscale y
    set format y "10^{%T}"
    eval curves("log-saturation.csv", "non_saturating minimax ratio", "'non-saturating' 'minimax' 'minimax over non-saturating'")
}

# --- the game in the plane ---------------------------------------------------------------------------------------------
if (have(log)) {
    eval figure("curves", 1000, 640)
    set multiplot
    set xrange [0:steps]
    set xtics nice(steps / 5.0)
    unset key
    eval panel(0, 0, 2, 2)
    set ylabel "loss (nats)"
    set yrange [0:2]
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
    eval panel(0, 1, 2, 2)
    set xlabel "step"
    set ylabel "length of the gradient"
    set autoscale y
    set yrange [0:*]
    plot faint("default") using 'step':'grad_d' with lines lt 11, faint("default") using 'step':'grad_g' with lines lt 12, \
         log using 'step':'grad_d' with lines lt 1, log using 'step':'grad_g' with lines lt 2
    eval panel(1, 1, 2, 2)
    set xlabel "step"
    set ylabel "modes covered; EMD"
    set yrange [0:modes + 1]
    plot faint("default") using 'step':'modes' with steps lt 13, faint("default") using 'step':'emd' with lines lt 15, \
         log using 'step':'modes' with steps lt 3, log using 'step':'emd' with lines lt 5
    eval only_the_key
    plot 2 with lines lt 1 title "discriminator, real", 2 with lines lt 2 title "generator, samples", 2 with lines lt 3 title "modes", \
         2 with lines lt 5 title "EMD"
    unset multiplot
}

if (have(run."/heat.csv")) {
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
             run."/points-real.csv" using 1:2 with points pt 6 ps 0.5 lc rgb "#000000" notitle, \
             run."/points-default.csv" index (frame < 0 ? 0 : frame) using 1:2 with points pt 7 ps 0.35 lc rgb "#0a8e5f" notitle
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
        set xtics nice(steps / 2.5)
        set format x ""
        set format y (first ? "%g" : "")
        eval panel(g - 1, 0, 4, 4)
        set title word(titles, g)
        if (first) { set ylabel "loss (nats)" }
        set yrange [0:4]
        plot 1.3863 with lines lc rgb "#999999" dt 2, \
             faint(name) using 'step':'loss_d' with lines lt 11, faint(name) using 'step':(abs(column('loss_g'))) with lines lt 12, \
             strong(name) using 'step':'loss_d' with lines lt 1, strong(name) using 'step':(abs(column('loss_g'))) with lines lt 2
        eval panel(g - 1, 1, 4, 4)
        if (first) { set ylabel "D(x), D(G(z))" }
        set yrange [-0.02:1.02]
        plot faint(name) using 'step':'d_real' with lines lt 11, faint(name) using 'step':'d_fake' with lines lt 12, \
             strong(name) using 'step':'d_real' with lines lt 1, strong(name) using 'step':'d_fake' with lines lt 2
        eval panel(g - 1, 2, 4, 4)
        if (first) { set ylabel "gradient" }
        set logscale y
        set yrange [1e-6:1e3]
        set format y (first ? "10^{%T}" : "")
        plot faint(name) using 'step':'grad_d' with lines lt 11, faint(name) using 'step':'grad_g' with lines lt 12, \
             strong(name) using 'step':'grad_d' with lines lt 1, strong(name) using 'step':'grad_g' with lines lt 2
        unset logscale y
        set format y (first ? "%g" : "")
        eval panel(g - 1, 3, 4, 4)
        if (first) { set ylabel "diversity, modes" }
        set yrange [-0.02:1.3]
        set format x "%g"
        set xlabel "step"
        plot faint(name) using 'step':'diversity' with lines lt 13, faint(name) using 'step':(column('modes') / modes) with steps lt 15, \
             strong(name) using 'step':'diversity' with lines lt 3, strong(name) using 'step':(column('modes') / modes) with steps lt 5
    }
    eval only_the_key
    plot 2 with lines lt 1 title "discriminator, real", 2 with lines lt 2 title "generator, samples", \
         2 with lines lt 3 title "diversity", 2 with lines lt 5 title "share of modes"
    unset multiplot

    # --- the tricks ----------------------------------------------------------------------------------------------------
    floor_of = system("sed -n 's/^emd_real,//p' '".summary."'")
    real_emd = floor_of eq "" ? NaN : real(floor_of)
    eval figure("tricks", 900, 520)
    names = "default plain decay smooth flip ahead minimax"
    titles = "'falling rates, instance noise' 'constant rates' 'falling rates' 'labels of 0.9' 'wrong labels' '5 steps of D' 'minimax'"
    set xlabel "step"
    set ylabel "EMD to real points"
    set yrange [0.08:3]
    set logscale y
    set xrange [0:steps]
    plot for [i = 1:7] faint(word(names, i)) using 'step':'emd' with lines lt 10 + i notitle, \
         for [i = 1:7] strong(word(names, i)) using 'step':'emd' with lines lt i title word(titles, i), \
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
    eval panel(0, 0, 2, 2)
    set ylabel "loss (nats)"
    set yrange [0:*]
    plot was using 'step':'loss_d' with lines lt 11, was using 'step':'loss_g' with lines lt 12, \
         played using 'step':'loss_d' with lines lt 1, played using 'step':'loss_g' with lines lt 2
    eval panel(1, 0, 2, 2)
    set ylabel "D(x), D(G(z))"
    set yrange [0:1]
    plot was using 'step':'d_real' with lines lt 11, was using 'step':'d_fake' with lines lt 12, \
         played using 'step':'d_real' with lines lt 1, played using 'step':'d_fake' with lines lt 2
    eval panel(0, 1, 2, 2)
    set xlabel "step"
    set ylabel "diversity"
    set yrange [0:1.2]
    plot was using 'step':'diversity' with lines lt 13, played using 'step':'diversity' with lines lt 3
    eval panel(1, 1, 2, 2)
    set xlabel "step"
    set ylabel "FID"
    set yrange [0:*]
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
    plot "< sed -n 's/^share_//p' '".summary."'" using 1:($2 * 100):xticlabels(word(names, int(column(1)) + 1)) with boxes lt 1, \
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
                 run."/points-".name.".csv" index f - 1 using 1:2 with points pt 7 ps 0.4 lt 1
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
