# Pictures of lesson 9: critics of a generator that stands still, and the gradient on its way through them; weights; games in the
# plane; the game with pictures.
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
            if (!have(run."/surface-".name.".csv")) { unset table; unset contour; set surface; eval nothing; continue }
            unset label
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
    set ylabel "norm of the score's gradient"
    set logscale y
    set yrange [1e-14:1e10]
    set ytics 1e4
    set format y "10^{%T}"
    set ytics add ("1" 1)
    set xrange [0.8:9.2]
    set xtics 1
    layers = run."/layers.csv"
    # A run from before the last critic was added has no such column.
    moved = system("grep -c clip_0.01_moved '".layers."'") > 0
    set key outside below center maxrows 2
    plot layers using 'layer':'clip_0.3' with linespoints lt CLIPPED pt 5 dt 1 title "clipped at 0.3", \
         layers using 'layer':'clip_0.1' with linespoints lt CLIPPED pt 7 dt (14, 5) title "at 0.1", \
         layers using 'layer':(moved ? column('clip_0.01_moved') : NaN) with linespoints lt CLIPPED pt 9 dt (6, 4) title "at 0.01", \
         layers using 'layer':'clip_0.01' with linespoints lc rgb "#999999" lw 1.5 pt 8 dt (2, 4) title "at 0.01, usual ε: as it began", \
         layers using 'layer':'penalty' with linespoints lt PENALTY dt 1 pt 6 title "penalty"
}

if (have(run."/weights.csv")) {
    eval figure("weights", 800, 420)
    set xlabel "weight"
    set ylabel "share of the weights (%)"
    set logscale y
    set yrange [0.01:100]
    plot run."/weights.csv" using 'weight':(100 * column('clipped')) with histeps lt CLIPPED dt 1 title "clipped at 0.1", \
         run."/weights.csv" using 'weight':(100 * column('penalty')) with histeps lt PENALTY dt 1 title "penalty, λ = 10 (ends: all beyond)"
}

# --- games in the plane --------------------------------------------------------------------------------------------------
if (have(log)) {
    steps = last_step(log)
    names = "default unit clipped"
    titles = "'λ = 0.1' 'λ = 1' 'clipped at 0.1'"
    colour_of(i) = i < 3 ? PENALTY : CLIPPED
    dash(i) = i == 2 ? 2 : 1
    array strong_last[3]; array faint_last[3] # asked once: each answer is a process
    do for [game = 1:3] { strong_last[game] = last_step(strong(word(names, game))); faint_last[game] = last_step(faint(word(names, game))) }
    eval figure("ring", 1000, 660)
    set multiplot
    set xrange [0:1]
    set format x "%.0f %%"
    set xrange [0:100]
    unset key
    eval panel(0, 0, 2, 2)
    set ylabel "critic's estimate"
    set logscale y
    eval span("y", "log.csv log-unit.csv log-clipped.csv", "estimate", "0.03", "6", "log")
    plot for [i = 1:3] faint(word(names, i)) using (100.0 * column('step') / faint_last[i]):'estimate' with lines lt 10 + colour_of(i) dt dash(i), \
         for [i = 1:3] strong(word(names, i)) using (100.0 * column('step') / strong_last[i]):'estimate' with lines lt colour_of(i) dt dash(i)
    eval panel(1, 0, 2, 2)
    set ylabel "EMD to real points"
    eval span("y", "log.csv log-unit.csv log-clipped.csv", "emd", "0.1", "4", "log")
    plot for [i = 1:3] faint(word(names, i)) using (100.0 * column('step') / faint_last[i]):'emd' with lines lt 10 + colour_of(i) dt dash(i), \
         for [i = 1:3] strong(word(names, i)) using (100.0 * column('step') / strong_last[i]):'emd' with lines lt colour_of(i) dt dash(i)
    unset logscale y
    eval panel(0, 1, 2, 2)
    set xlabel "share of the game"
    set ylabel "critic's gradient norm"
    eval span("y", "log.csv log-unit.csv", "slope", "0", "4", "")
    plot 1 with lines lc rgb "#999999" dt 2, \
         for [i = 1:2] faint(word(names, i)) using (100.0 * column('step') / faint_last[i]):'slope' with lines lt 10 + colour_of(i) dt dash(i), \
         for [i = 1:2] strong(word(names, i)) using (100.0 * column('step') / strong_last[i]):'slope' with lines lt colour_of(i) dt dash(i)
    eval panel(1, 1, 2, 2)
    set xlabel "share of the game"
    set ylabel "good samples (%)"
    set yrange [0:100]
    plot for [i = 1:3] faint(word(names, i)) using (100.0 * column('step') / faint_last[i]):(100 * column('good')) with lines lt 10 + colour_of(i) dt dash(i), \
         for [i = 1:3] strong(word(names, i)) using (100.0 * column('step') / strong_last[i]):(100 * column('good')) with lines lt colour_of(i) dt dash(i)
    eval only_the_key
    plot for [i = 1:3] 2 with lines lt colour_of(i) dt dash(i) title word(titles, i)
    unset multiplot
}

# --- the grid, with lesson 6's game beside it ------------------------------------------------------------------------------
if (have(run."/log-plain.csv")) {
    names = "grid plain noise"
    titles = "'gradient penalty' 'lesson 6, no noise' 'lesson 6, with noise'"
    colour_of(i) = i == 1 ? PENALTY : NON_SATURATING
    dash(i) = i == 2 ? 2 : 1
    last = last_step(strong("grid"))
    last = last_step(strong("noise")) > last ? last_step(strong("noise")) : last
    eval figure("grid", 1000, 400)
    set multiplot
    unset key
    set xrange [0:last]
    set xtics nice(last / 2.0)
    do for [p = 0:2] {
        column_of = word("modes good emd", p + 1)
        eval panel(p, 0, 3, 1)
        set rmargin at screen 0.085 + 0.915 * (p + 1) / 3 - 0.1
        set bmargin at screen 0.24
        set xlabel "step of the generator"
        set ylabel word("'modes covered, of 25' 'good samples (%)' 'EMD to real points'", p + 1)
        if (p == 0) { set yrange [0:26] }
        if (p == 1) { set yrange [0:100] }
        if (p == 2) { set logscale y; set ytics (0.25, 0.5, 1, 2, 4); eval span("y", "log-grid.csv log-plain.csv log-noise.csv", "emd", "0.25", "4", "log") }
        plot for [i = 1:3] faint(word(names, i)) using 'step':(column(column_of) * (p == 1 ? 100 : 1)) with lines lt 10 + colour_of(i) dt dash(i), \
             for [i = 1:3] strong(word(names, i)) using 'step':(column(column_of) * (p == 1 ? 100 : 1)) with lines lt colour_of(i) dt dash(i)
    }
    eval only_the_key
    plot for [i = 1:3] 2 with lines lt colour_of(i) dt dash(i) title word(titles, i)
    unset multiplot
}

if (have(run."/points-swiss.csv")) {
    games = "default clipped swiss grid plain noise"
    titles = "'ring, λ = 0.1' 'ring, clipped' 'Swiss roll, λ = 0.1' 'grid, λ = 0.1' 'grid, lesson 6' 'grid, lesson 6, noise'"
    clouds = "ring ring swiss grid grid grid"
    eval figure("samples", 900, 660)
    set multiplot layout 2, 3 margins 0.07, 0.98, 0.09, 0.92 spacing 0.05, 0.13
    unset key
    do for [g = 1:6] {
        reach = g > 3 ? 5 : 3
        set xrange [-reach:reach]
        set yrange [-reach:reach]
        set title word(titles, g)
        if (g > 3) { set xlabel "x" }
        if (g % 3 == 1) { set ylabel "y" } else { unset ylabel }
        points = run."/points-".word(games, g).".csv"
        if (!have(points)) { eval nothing; continue }
        unset label
        plot run."/cloud-".word(clouds, g).".csv" using 1:2 with points pt 7 ps 0.5 lc rgb pale(colour(REAL), 0.3), \
             points using 1:2 with points pt 7 ps 0.3 lt GENERATED
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
    set logscale y # it begins many times as large as it ends
    eval span("y", "log-pictures.csv", "estimate", "*", "*", "log")
    plot was using 'step':'estimate' with lines lt 11, played using 'step':'estimate' with lines lt 1
    eval panel(1, 0, 2, 2)
    unset logscale y
    set ylabel "FID"
    eval span("y", "log-fid.csv", "fid", "0", "*", "")
    plot reference("log-fid.csv") using 'step':'fid' with linespoints lt 10 + DISTANCE, run."/log-fid.csv" using 'step':'fid' with linespoints lt DISTANCE
    eval panel(0, 1, 2, 2)
    set xlabel "step of the critic"
    set ylabel "mean score"
    eval span("y", "log-pictures.csv", "score_real score_fake", "*", "*", "")
    plot was using 'step':'score_real' with lines lt 10 + REAL, was using 'step':'score_fake' with lines lt 10 + GENERATED, \
         played using 'step':'score_real' with lines lt REAL, played using 'step':'score_fake' with lines lt GENERATED
    eval panel(1, 1, 2, 2)
    set xlabel "step of the critic"
    set ylabel "critic's gradient norm"
    eval span("y", "log-pictures.csv", "slope", "0", "1.5", "")
    plot 1 with lines lc rgb "#999999" dt 2, was using 'step':'slope' with lines lt 10 + PENALTY, played using 'step':'slope' with lines lt PENALTY dt 1
    eval only_the_key
    plot 2 with lines lt REAL title "score of real pictures", 2 with lines lt GENERATED title "score of generated ones"
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
