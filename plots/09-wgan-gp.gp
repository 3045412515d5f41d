# Pictures of lesson 9: critics of a generator that stands still, and the gradient on its way through them; weights; games in the
# plane; the game with pictures.
load "plots/style.gp"

log = run."/log.csv"
summary = run."/summary.csv"
last_step(file) = have(file) ? int(system("tail -n 1 '".file."' | sed 's/,.*//'")) : 1
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

# --- what a critic looks like --------------------------------------------------------------------------------------------
spaced(file) = "< tr , ' ' <'".run."/".file."'"
if (have(run."/surface-ring-clip.csv")) {
    eval figure("surfaces", 960, 1020)
    set multiplot layout 3, 3 margins 0.09, 0.98, 0.06, 0.96 spacing 0.045, 0.08
    unset key
    unset colorbox
    set datafile separator whitespace
    set palette defined (0 '#1d4f91', 1 '#ffffff', 2 '#e16307')
    do for [row = 1:3] {
        do for [c = 1:3] {
            name = word("ring grid swiss", c)."-".word("clip light heavy", row)
            surface_file = spaced("surface-".name.".csv")
            reach = c == 2 ? 5.0 : 3.0
            set xrange [-reach:reach]
            set yrange [-reach:reach]
            set autoscale cb
            set title word("'clipped at 0.1' 'penalty, λ = 0.1' 'penalty, λ = 10'", row)
            if (row == 3) { set xlabel "x" }
            if (c == 1) { set ylabel "y" } else { unset ylabel }
            set contour base
            unset surface
            set cntrparam levels 14
            set table $lines
            splot surface_file matrix using (reach * ($1 / 20.0 - 1)):(reach * ($2 / 20.0 - 1)):3
            unset table
            unset contour
            set surface
            plot surface_file matrix using (reach * ($1 / 20.0 - 1)):(reach * ($2 / 20.0 - 1)):3 with image, \
                 $lines using 1:2 with lines lc rgb "#777777" lw 0.8, \
                 spaced("cloud-".word("ring grid swiss", c).".csv") using 1:2 with points pt 7 ps 0.35 lc rgb "#000000"
        }
    }
    unset multiplot
}

if (have(run."/layers.csv")) {
    eval figure("layers", 800, 460)
    set xlabel "layer, counted from the input"
    set ylabel "length of the score's gradient"
    set logscale y
    set yrange [1e-14:1e10]
    set ytics 1e4
    set format y "10^{%T}"
    set ytics add ("1" 1)
    set xrange [0.8:9.2]
    set xtics 1
    layers = run."/layers.csv"
    plot layers using 'layer':'clip_0.3' with linespoints lt 2 title "clipped at 0.3", \
         layers using 'layer':'clip_0.1' with linespoints lt 4 title "at 0.1", \
         layers using 'layer':'clip_0.01' with linespoints lt 3 title "at 0.01", \
         layers using 'layer':'penalty' with linespoints lt 1 title "penalty"
}

if (have(run."/weights.csv")) {
    eval figure("weights", 800, 420)
    set xlabel "weight"
    set ylabel "share of the weights (%)"
    set logscale y
    set yrange [0.01:100]
    plot run."/weights.csv" using 'weight':(100 * column('clipped')) with histeps lt 2 title "clipped at 0.1", \
         run."/weights.csv" using 'weight':(100 * column('penalty')) with histeps lt 1 title "penalty, λ = 10 (ends: all beyond)"
}

# --- games in the plane --------------------------------------------------------------------------------------------------
if (have(log)) {
    steps = last_step(log)
    names = "default unit clipped"
    titles = "'λ = 0.1' 'λ = 1' 'clipped at 0.1'"
    eval figure("ring", 1000, 660)
    set multiplot
    set xrange [0:1]
    set format x "%.0f %%"
    set xrange [0:100]
    unset key
    eval panel(0, 0, 2, 2)
    set ylabel "critic's estimate"
    set logscale y
    set yrange [0.03:6]
    plot for [i = 1:3] faint(word(names, i)) using (100.0 * column('step') / last_step(faint(word(names, i)))):'estimate' with lines lt 10 + i, \
         for [i = 1:3] strong(word(names, i)) using (100.0 * column('step') / last_step(strong(word(names, i)))):'estimate' with lines lt i
    eval panel(1, 0, 2, 2)
    set ylabel "EMD to real points"
    set yrange [0.1:4]
    plot for [i = 1:3] faint(word(names, i)) using (100.0 * column('step') / last_step(faint(word(names, i)))):'emd' with lines lt 10 + i, \
         for [i = 1:3] strong(word(names, i)) using (100.0 * column('step') / last_step(strong(word(names, i)))):'emd' with lines lt i
    unset logscale y
    eval panel(0, 1, 2, 2)
    set xlabel "share of the game"
    set ylabel "slope between real and made"
    set yrange [0:2]
    plot 1 with lines lc rgb "#999999" dt 2, \
         for [i = 1:2] faint(word(names, i)) using (100.0 * column('step') / last_step(faint(word(names, i)))):'slope' with lines lt 10 + i, \
         for [i = 1:2] strong(word(names, i)) using (100.0 * column('step') / last_step(strong(word(names, i)))):'slope' with lines lt i
    eval panel(1, 1, 2, 2)
    set xlabel "share of the game"
    set ylabel "good samples (%)"
    set yrange [0:100]
    plot for [i = 1:3] faint(word(names, i)) using (100.0 * column('step') / last_step(faint(word(names, i)))):(100 * column('good')) with lines lt 10 + i, \
         for [i = 1:3] strong(word(names, i)) using (100.0 * column('step') / last_step(strong(word(names, i)))):(100 * column('good')) with lines lt i
    eval only_the_key
    plot for [i = 1:3] 2 with lines lt i title word(titles, i)
    unset multiplot
}

if (have(run."/points-swiss.csv")) {
    games = "default clipped grid swiss"
    titles = "'ring, λ = 0.1' 'ring, clipped' 'grid, λ = 0.1' 'Swiss roll, λ = 0.1'"
    clouds = "ring ring grid swiss"
    eval figure("samples", 1000, 330)
    set multiplot layout 1, 4 margins 0.06, 0.99, 0.2, 0.9 spacing 0.045, 0.1
    unset key
    set xlabel "x"
    do for [g = 1:4] {
        reach = g == 3 ? 5 : 3
        set xrange [-reach:reach]
        set yrange [-reach:reach]
        set title word(titles, g)
        if (g == 1) { set ylabel "y" } else { unset ylabel }
        plot run."/cloud-".word(clouds, g).".csv" using 1:2 with points pt 7 ps 0.5 lc rgb "#bbbbbb", \
             run."/points-".word(games, g).".csv" using 1:2 with points pt 7 ps 0.3 lt 1
    }
    unset multiplot
}

# --- pictures ------------------------------------------------------------------------------------------------------------
played = run."/log-pictures.csv"
if (have(played)) {
    last = last_step(played)
    eval figure("pictures", 1000, 660)
    set multiplot
    set xrange [0:last]
    set xtics nice(last / 4.0)
    unset key
    was = reference("log-pictures.csv")
    eval panel(0, 0, 2, 2)
    set ylabel "critic's estimate"
    set yrange [0:*]
    plot was using 'step':'estimate' with lines lt 11, played using 'step':'estimate' with lines lt 1
    eval panel(1, 0, 2, 2)
    set ylabel "FID"
    plot reference("log-fid.csv") using 'step':'fid' with linespoints lt 15, run."/log-fid.csv" using 'step':'fid' with linespoints lt 5
    eval panel(0, 1, 2, 2)
    set xlabel "step of the critic"
    set ylabel "mean score"
    set autoscale y
    plot was using 'step':'score_real' with lines lt 12, was using 'step':'score_fake' with lines lt 13, \
         played using 'step':'score_real' with lines lt 2, played using 'step':'score_fake' with lines lt 3
    eval panel(1, 1, 2, 2)
    set xlabel "step of the critic"
    set ylabel "slope between real and made"
    set yrange [0:1.5]
    plot 1 with lines lc rgb "#999999" dt 2, was using 'step':'slope' with lines lt 14, played using 'step':'slope' with lines lt 4
    eval only_the_key
    plot 2 with lines lt 1 title "estimate", 2 with lines lt 2 title "score, real", 2 with lines lt 3 title "score, made", \
         2 with lines lt 4 title "slope", 2 with lines lt 5 title "FID"
    unset multiplot
}

if (have(summary) && system("grep -c '^share_' '".summary."'") > 0) {
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
