# Pictures of lesson 10: the game; what the judge says, with labels and without; which class is taken for which; steering; and the
# class grid over the epochs as an animation.
load "plots/style.gp"

log = run."/log.csv"
classes = "T-shirt trouser pullover dress coat sandal shirt sneaker bag boot"

# The legend of a figure of several panels: an empty plot as wide as the picture.
only_the_key = "unset title; unset xlabel; unset ylabel; unset label; unset border; unset tics; unset grid; unset colorbox; unset logscale; " \
    ."set lmargin at screen 0; set rmargin at screen 1; set bmargin at screen 0.06; set tmargin at screen 0.07; unset format; " \
    ."set xrange [0:1]; set yrange [0:1]; set key at screen 0.5, screen 0.03 center center horizontal maxrows 1; "
# Panel (i, j) of a grid of columns × rows, counted from the top left.
panel(i, j, columns, rows) = sprintf( \
    "set lmargin at screen %g; set rmargin at screen %g; set tmargin at screen %g; set bmargin at screen %g; unset title; unset xlabel; unset ylabel", \
    0.085 + 0.915 * i / columns, 0.085 + 0.915 * (i + 1) / columns - 0.095, 0.95 - 0.83 * j / rows, 0.95 - 0.83 * (j + 1) / rows + 0.07)

# --- the game --------------------------------------------------------------------------------------------------------------
if (have(log)) {
    last = last_step(log)
    was = reference("log.csv")
    eval figure("game", 1000, 420)
    set multiplot
    set xrange [0:last]
    set xtics nice(last / 4.0)
    unset key
    eval panel(0, 0, 2, 1)
    set bmargin at screen 0.22
    set xlabel "step"
    set ylabel "loss (nats)"
    eval span("y", "log.csv", "loss_d loss_g", "0", "3", "")
    plot 1.3863 with lines lc rgb "#999999" dt 2, was using 'step':'loss_d' with lines lt 11, was using 'step':'loss_g' with lines lt 12, \
         log using 'step':'loss_d' with lines lt 1, log using 'step':'loss_g' with lines lt 2
    eval panel(1, 0, 2, 1)
    set bmargin at screen 0.22
    set xlabel "step"
    set ylabel "D(x, y), D(G(z, y), y)"
    set yrange [0:1]
    plot was using 'step':'d_real' with lines lt 11, was using 'step':'d_fake' with lines lt 12, \
         log using 'step':'d_real' with lines lt 1, log using 'step':'d_fake' with lines lt 2
    eval only_the_key
    plot 2 with lines lt 1 title "discriminator, real", 2 with lines lt 2 title "generator, samples", 2 with lines lc rgb "#999999" dt 2 title "2 log 2"
    unset multiplot
}

# --- what the judge says -----------------------------------------------------------------------------------------------------
if (have(run."/log-consistency.csv")) {
    last = last_step(run."/log-consistency.csv")
    eval figure("judge", 1000, 420)
    set multiplot
    unset key
    set xrange [0:last]
    set xtics nice(last / 4.0)
    eval panel(0, 0, 2, 1)
    set bmargin at screen 0.22
    set xlabel "step"
    set ylabel "FID"
    set logscale y
    eval span("y", "log-fid.csv log-fid-blind.csv", "fid", "2", "300", "log")
    blind = have(run."/log-fid-blind.csv") ? run."/log-fid-blind.csv" : "/dev/null"
    plot reference("log-fid.csv") using 'step':'fid' with lines lt 14, run."/log-fid.csv" using 'step':'fid' with linespoints lt 4, \
         blind using 'step':'fid' with linespoints lt 9
    unset logscale y
    eval panel(1, 0, 2, 1)
    set bmargin at screen 0.22
    set xlabel "step"
    set ylabel "taken for what was asked for (%)"
    set yrange [0:100]
    plot 100 * 0.91 with lines lc rgb "#999999" dt 2, \
         reference("log-consistency.csv") using 'step':(100 * column('consistency')) with lines lt 14, \
         run."/log-consistency.csv" using 'step':(100 * column('consistency')) with linespoints lt 4
    eval only_the_key
    plot 2 with lines lt 4 title "labels for both", 2 with lines lt 9 title "discriminator blind to labels", 2 with lines lc rgb "#999999" dt 2 title "real pictures"
    unset multiplot
}

if (have(run."/confusion.csv")) {
    eval figure("confusion", 760, 620)
    set lmargin 17
    set rmargin 12
    unset key
    unset grid
    set border 0
    set tics scale 0
    set yrange [9.5:-0.5]
    set xrange [-0.5:9.5]
    set cbrange [0:1]
    set cblabel "share"
    set xlabel "taken for" offset 0, -0.5
    set ylabel "asked for" offset -2
    set xtics rotate by 45 right
    do for [i = 1:10] {
        set xtics add (word(classes, i) i - 1)
        set ytics add (word(classes, i) i - 1)
    }
    set style fill solid noborder # rectangles: browsers smooth a small embedded picture
    plot run."/confusion.csv" matrix using 1:2:($1 - 0.5):($1 + 0.5):($2 - 0.5):($2 + 0.5):3 with boxxyerror lc palette, \
         run."/confusion.csv" matrix using 1:2:($3 >= 0.05 ? sprintf("%.0f", 100 * $3) : ""):($3 > 0.45 ? 0xffffff : 0x222222) \
             with labels font ",12" textcolor rgb variable
}

# --- steering ----------------------------------------------------------------------------------------------------------------
if (have(run."/log-steer.csv")) {
    walk = run."/log-steer.csv"
    eval figure("steer", 1000, 660)
    set multiplot
    unset key
    set xrange [0:last_step(walk) * 0.1]
    what = "target before brightness distance"
    names = "'probability of the class asked for' 'of the class that it was' 'change of brightness' 'change of the picture (distance)'"
    ways = "uphill shell even random"
    titles = "'uphill' 'on the shell' 'even: brightness held' 'at random'"
    array types[4] = [4, 9, 3, 6]
    do for [k = 1:4] {
        eval panel((k - 1) % 2, (k - 1) / 2, 2, 2)
        if (k > 2) { set xlabel "length of the walk in z" }
        set format x (k > 2 ? "%g" : "")
        set ylabel word(names, k)
        kinds = sprintf("uphill_%s shell_%s random_%s", word(what, k), word(what, k), word(what, k))
        eval span("y", "log-steer.csv", kinds, "0", word("1 1 * *", k), "")
        plot for [w = 1:4] walk using (0.1 * column('step')):(column(word(ways, w).'_'.word(what, k))) with lines lt types[w]
    }
    eval only_the_key
    plot for [w = 1:4] 2 with lines lt types[w] title word(titles, w)
    unset multiplot
}

# --- the class grid over the epochs ---------------------------------------------------------------------------------------------
frame_files = system("ls '".run."'/samples/epoch-*.png 2>/dev/null")
if (kind eq "png" && words(frame_files) > 1) {
    size = 302
    eval figure("classes", size, size)
    set terminal gif animate delay 80 loop 0 size size, size
    set output out."/classes.gif"
    set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0
    unset border; unset tics; unset key; unset grid
    set autoscale fix
    do for [i = 1:words(frame_files)] {
        plot word(frame_files, i) binary filetype=png with rgbimage notitle
    }
    unset output
}
