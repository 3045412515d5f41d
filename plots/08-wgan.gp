# Pictures of lesson 8: what two parallel lines are to two distances; the critic's estimate and the GAN's losses beside the true
# distance; the samples of six games; the weights; the game with pictures.
load "plots/style.gp"

log = run."/log.csv"
summary = run."/summary.csv"
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
    0.085 + 0.915 * i / columns, 0.085 + 0.915 * (i + 1) / columns - 0.095, 0.94 - 0.83 * j / rows, 0.94 - 0.83 * (j + 1) / rows + 0.07)

# --- two parallel lines ------------------------------------------------------------------------------------------------
if (have(run."/lines.csv")) {
    eval figure("lines", 800, 440)
    set xlabel "distance between the lines, θ"
    set ylabel "divergence (nats), distance"
    set yrange [0:1.05]
    lines_file = run."/lines.csv"
    plot lines_file using 'theta':'emd' with lines lt DISTANCE title "earth mover's distance", \
         lines_file using 'theta':'jsd' with points pt 7 ps 0.6 lc rgb colour(MINIMAX) title "Jensen-Shannon divergence", \
         lines_file using 'theta':'slope_10' with lines lt MINIMAX lw 1.5 dt (8, 5) title "seen with slope 10", \
         lines_file using 'theta':'slope_2' with lines lt MINIMAX lw 1.5 dt (3, 6) title "with slope 2"
}

# --- who follows the true distance -------------------------------------------------------------------------------------
if (have(log)) {
    steps = last_step(log)
    eval figure("losses", 1000, 660)
    set multiplot
    set xrange [0:steps]
    set xtics nice(steps / 5.0)
    unset key
    eval panel(0, 0, 2, 2)
    set title "WGAN"
    set ylabel "critic's estimate"
    set logscale y
    eval span("y", "log.csv", "estimate", "*", "*", "log")
    plot faint("default") using 'step':'estimate' with lines lt 11, strong("default") using 'step':'estimate' with lines lt REAL
    eval panel(1, 0, 2, 2)
    set title "lesson 6's GAN"
    unset logscale y
    eval span("y", "log-vanilla.csv", "loss_d loss_g", "0", "2", "")
    set ylabel "loss (nats)"
    plot faint("vanilla") using 'step':'loss_d' with lines lt 10 + REAL, faint("vanilla") using 'step':'loss_g' with lines lt 10 + GENERATED, \
         strong("vanilla") using 'step':'loss_d' with lines lt REAL, strong("vanilla") using 'step':'loss_g' with lines lt GENERATED
    set logscale y
    set ytics (0.1, 0.2, 0.5, 1, 2, 4)
    do for [g = 1:2] {
        eval panel(g - 1, 1, 2, 2)
        set xlabel "step"
        set ylabel "EMD to real points"
        name = word("default vanilla", g)
        eval span("y", log_of(name), "emd", "0.1", "4", "log")
        plot faint(name) using 'step':'emd' with lines lt 10 + DISTANCE, strong(name) using 'step':'emd' with lines lt DISTANCE
    }
    eval only_the_key
    plot 2 with lines lt REAL title "critic's estimate, loss of D", 2 with lines lt GENERATED title "loss of G", \
         2 with lines lt DISTANCE title "true distance"
    unset multiplot

    eval figure("scatter", 1000, 420)
    set multiplot
    unset key
    set logscale x
    set xlabel "EMD to real points"
    set cbrange [0:steps]
    eval span("x", "log.csv log-vanilla.csv", "emd", "0.12", "4", "log")
    set xtics (0.2, 0.5, 1, 2, 4)
    set palette defined (0 '#a8d8c8', 1 '#3c8fb0', 2 '#1d4f91', 3 '#1b1a45')
    eval panel(0, 0, 2, 1)
    set bmargin at screen 0.16
    set xlabel "EMD to real points"
    set ylabel "critic's estimate"
    set logscale y
    unset colorbox
    eval span("y", "log.csv", "estimate", "*", "*", "log")
    plot strong("default") using 'emd':'estimate':'step' with points pt 7 ps 0.9 palette
    eval panel(1, 0, 2, 1)
    set bmargin at screen 0.16
    set rmargin at screen 0.9
    set xlabel "EMD to real points"
    set ylabel "loss of D, lesson 6's GAN (nats)"
    unset logscale y
    set colorbox user origin screen 0.915, screen 0.16 size screen 0.014, screen 0.77
    set cblabel "step"
    set cbtics nice(steps / 4.0)
    eval span("y", "log-vanilla.csv", "loss_d", "*", "*", "")
    plot strong("vanilla") using 'emd':'loss_d':'step' with points pt 7 ps 0.9 palette
    unset multiplot
}

# --- six games -----------------------------------------------------------------------------------------------------------
if (have(run."/points-momentum.csv")) {
    games = "default vanilla tight one-step adam momentum"
    titles = "'WGAN, c = 0.1' 'lesson 6' 'c = 0.01' 'one step of the critic' 'Adam, β₁ = 0' 'Adam, β₁ = 0.9'"
    grid = have(run."/config.csv") && system("grep -c '^cloud,grid$' '".run."/config.csv'") > 0
    reach = grid ? 5 : 3
    eval figure("samples", 900, 660)
    set multiplot layout 2, 3 margins 0.07, 0.98, 0.09, 0.92 spacing 0.05, 0.13
    unset key
    set xrange [-reach:reach]
    set yrange [-reach:reach]
    do for [g = 1:6] {
        set title word(titles, g)
        if (g > 3) { set xlabel "x" }
        if (g % 3 == 1) { set ylabel "y" } else { unset ylabel }
        plot run."/points-real.csv" using 1:2 with points pt 7 ps 0.5 lc rgb pale(colour(REAL), 0.3), \
             run."/points-".word(games, g).".csv" using 1:2 with points pt 7 ps 0.35 lt GENERATED
    }
    unset multiplot
}

# --- the weights ---------------------------------------------------------------------------------------------------------
if (have(run."/weights.csv")) {
    eval figure("weights", 800, 420)
    set xlabel "weight"
    set ylabel "share of the weights (%)"
    set logscale y
    set yrange [0.01:100]
    plot run."/weights.csv" using 'weight':(100 * column('clipped')) with histeps lt CLIPPED dt 1 title "clipped critic", \
         run."/weights.csv" using 'weight':(100 * column('vanilla')) with histeps lt NON_SATURATING title "lesson 6's discriminator (ends: all beyond)"
}

# --- pictures ------------------------------------------------------------------------------------------------------------
played = run."/log-pictures.csv"
if (have(played)) {
    last = last_step(played)
    eval figure("pictures", 1000, 420)
    set multiplot
    set xrange [0:last]
    set xtics nice(last / 4.0)
    unset key
    was = reference("log-pictures.csv")
    eval panel(0, 0, 2, 1)
    set bmargin at screen 0.16
    set xlabel "step of the critic"
    set ylabel "critic's estimate"
    eval span("y", "log-pictures.csv", "estimate", "0", "*", "")
    plot was using 'step':'estimate' with lines lt 11, played using 'step':'estimate' with lines lt REAL
    eval panel(1, 0, 2, 1)
    set bmargin at screen 0.16
    set xlabel "step of the critic"
    set ylabel "FID"
    eval span("y", "log-fid.csv", "fid", "0", "*", "")
    plot reference("log-fid.csv") using 'step':'fid' with linespoints lt 10 + DISTANCE, run."/log-fid.csv" using 'step':'fid' with linespoints lt DISTANCE
    unset multiplot
}

if (have(summary) && system("grep -c '^share_' '".summary."'") > 0) {
    eval figure("classes", 800, 380)
    names = "T-shirt trouser pullover dress coat sandal shirt sneaker bag boot"
    set ylabel "share of the samples (%)"
    set yrange [0:*]
    set style fill solid 0.8
    set boxwidth 0.7
    plot "< sed -n 's/^share_//p' '".summary."'" using 1:($2 * 100):xticlabels(word(names, int(column(1)) + 1)) with boxes lt GENERATED title "samples", \
         10 with lines lt REAL lw 1 title "real pictures"
}
