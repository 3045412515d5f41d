# Pictures of lesson 7: windows that overlap, the game, what the judge says of both generators, the spectrum; and the fixed
# noise vectors' pictures over training, as an animation.
load "plots/style.gp"

log = run."/log.csv"
log_fid = run."/log-fid.csv"
log_upsampled = run."/log-fid-upsampled.csv"
summary = run."/summary.csv"
steps = last_step(log)

# The two ways to enlarge are both generators: this lesson's own colours. A line for what real pictures have.
TRANSPOSED = GENERATED; UPSAMPLED = 3

# The legend of a figure of several panels: an empty plot as wide as the picture.
only_the_key = "unset title; unset xlabel; unset ylabel; unset label; unset border; unset tics; unset grid; unset colorbox; unset logscale; " \
    ."set lmargin at screen 0; set rmargin at screen 1; set bmargin at screen 0.07; set tmargin at screen 0.08; " \
    ."set xrange [0:1]; set yrange [0:1]; set key at screen 0.5, screen 0.03 center center horizontal; "

# --- how many windows reach each pixel ---------------------------------------------------------------------------------
overlap = run."/overlap.csv"
eval figure("overlap", 1000, 300)
if (have(overlap)) {
    ways = "'kernel 3, stride 2' 'kernel 4, stride 2' 'kernel 5, stride 2' 'upsampled, kernel 3'"
    set multiplot
    set cbrange [0:9]
    unset grid
    unset key
    set border 15
    set tics scale 0
    set xtics 5
    set ytics 5
    set xlabel "column of pixels"
    do for [w = 1:4] {
        side = w % 2 ? 15 : 16
        set lmargin at screen 0.065 + 0.213 * (w - 1)
        set rmargin at screen 0.065 + 0.213 * w - 0.022
        set tmargin at screen 0.88
        set bmargin at screen 0.88 - 0.191 * 1000 / 300.0
        set xrange [-0.5:(w == 1 || w == 3 ? 14.5 : 15.5)]
        set yrange [(w == 1 || w == 3 ? 14.5 : 15.5):-0.5]
        set title word(ways, w)
        if (w == 1) { set ylabel "row of pixels" } else { set format y ""; unset ylabel }
        unset colorbox
        if (w == 4) {
            set colorbox user origin screen 0.93, screen 0.2433 size screen 0.018, screen 0.6367
            set cblabel "products for a pixel"
            set cbtics 3
        }
        # rectangles, because browsers blur a small image
        plot overlap index w - 1 matrix using 1:2:($1 - 0.56):($1 + 0.56):($2 - 0.56):($2 + 0.56):3 with boxxyerror fill solid noborder lc palette notitle
    }
    unset multiplot
}

# --- the game: four panels -----------------------------------------------------------------------------------------------
# Up to two columns of log.csv over the steps, with the reference's behind, and a legend of their own inside.
panel(columns, titles) = empty("log.csv", columns) ? nothing : "unset label 99; plot ".all_curves("log.csv", columns, titles, 1)
eval figure("game", 1000, 640)
set multiplot
set xrange [0:steps]
set xtics nice(steps / 4.0)
set key at graph 0.5, 1.09 center center horizontal Left reverse samplen 1.8 width 0
do for [p = 0:3] {
    set lmargin at screen 0.075 + 0.5 * (p % 2)
    set rmargin at screen 0.075 + 0.5 * (p % 2) + 0.41
    set tmargin at screen (p < 2 ? 0.94 : 0.48)
    set bmargin at screen (p < 2 ? 0.60 : 0.14)
    if (p > 1) { set xlabel "step" }
    if (p == 0) {
        set ylabel "loss (nats)"
        set yrange [0:*]
        eval panel("loss_d loss_g", "'D' 'G'").", 2 * log(2) with lines lc rgb '#777777' lw 1 dt 2 title 'D guesses'"
    }
    if (p == 1) {
        set ylabel "probability 'real'"
        set yrange [0:1]
        eval panel("d_real d_fake", "'D(x), real' 'D(G(z)), fake'")
    }
    if (p == 2) {
        set ylabel "share that D gets right"
        set yrange [0.5:1]
        eval panel("acc_real acc_fake", "'real' 'fake'")
    }
    if (p == 3) {
        set ylabel "gradient norm"
        set yrange [0:*]
        eval panel("grad_d grad_g", "'D' 'G'")
    }
}
eval only_the_key
if (has_reference("log.csv")) { plot 2 with lines lt 11 title "thin: reference run" }
unset multiplot

# --- diversity -----------------------------------------------------------------------------------------------------------
eval figure("diversity", 800, 420)
set xlabel "step"
set ylabel "distance of samples, real pictures: 1"
set yrange [0:1.2]
plot reference("log.csv") using 'step':'diversity' with lines lt 10 + TRANSPOSED notitle, \
     log using 'step':'diversity' with lines lt TRANSPOSED title "transposed", \
     run."/log-upsampled.csv" using 'step':'diversity' with lines lt UPSAMPLED title "upsampled", \
     1 with lines lt REAL lw 1 title "real pictures"

# --- the judge's distance after each epoch ------------------------------------------------------------------------------
eval figure("fid", 800, 480)
set xlabel "step"
set ylabel "Fréchet distance (FID)"
set logscale y
set format y "%g"
set xrange [0:steps]
eval span("y", "log-fid.csv log-fid-upsampled.csv", "fid", "*", "*", "log")
plot reference("log-fid.csv") using 'step':'fid' with linespoints lt 10 + TRANSPOSED notitle, \
     reference("log-fid-upsampled.csv") using 'step':'fid' with linespoints lt 10 + UPSAMPLED notitle, \
     log_fid using 'step':'fid' with linespoints lt TRANSPOSED title "transposed", \
     log_upsampled using 'step':'fid' with linespoints lt UPSAMPLED title "upsampled"

# --- the patterns over training: the first epoch drawn out by a logarithmic axis; step 0 stands at 4 ------------------------
place(step) = step > 0 ? step : 4
eval figure("patterns", 1000, 430)
set multiplot
set logscale xy
set xrange [4:steps > 4 ? steps : 5]
set xtics ("0" 4, "10" 10, "100" 100, "1000" 1000, "10000" 10000)
set xlabel "step"
set format y "%g"
unset key
set tmargin at screen 0.90
set bmargin at screen 0.27
do for [p = 0:1] {
    which = word("period_2 period_4", p + 1)
    set lmargin at screen 0.08 + 0.49 * p
    set rmargin at screen 0.08 + 0.49 * p + 0.40
    set title (p == 0 ? "period 2" : "period 4")
    if (p == 0) { set ylabel "power, real pictures: 1" } else { unset ylabel }
    eval span("y", "log.csv log-upsampled.csv", which, "0.03", "300", "log")
    plot reference("log.csv") using (place(column('step'))):(column(which)) with lines lt 10 + TRANSPOSED notitle, \
         reference("log-upsampled.csv") using (place(column('step'))):(column(which)) with lines lt 10 + UPSAMPLED notitle, \
         log using (place(column('step'))):(column(which)) with lines lt TRANSPOSED notitle, \
         run."/log-upsampled.csv" using (place(column('step'))):(column(which)) with lines lt UPSAMPLED notitle, \
         1 with lines lt REAL lw 1 notitle
}
eval only_the_key
unset logscale x
plot 2 with lines lt TRANSPOSED title "transposed", 2 with lines lt UPSAMPLED title "upsampled", 2 with lines lt REAL lw 1 title "real pictures"
unset multiplot

# --- the spectrum ----------------------------------------------------------------------------------------------------------
spectra = run."/log-spectrum.csv"
if (have(spectra)) {
    eval figure("spectrum", 1100, 430)
    set multiplot
    set logscale y
    set format y "10^{%T}"
    set yrange [1e-5:1]
    set xrange [1:14]
    set xtics ("1" 1, "4" 4, "7" 7, "10" 10, "14" 14)
    set xlabel "waves in a line of 28 pixels"
    unset key
    set tmargin at screen 0.91
    set bmargin at screen 0.25
    do for [p = 0:2] {
        set lmargin at screen 0.07 + 0.315 * p
        set rmargin at screen 0.07 + 0.315 * p + 0.275
        set title word("'before training' 'after it' 'their mean, after it'", p + 1)
        if (p == 0) { set ylabel "share of the power (log)" } else { unset ylabel; set format y "" }
        suffix = p == 0 ? "_before" : p == 1 ? "" : "_mean"
        plot for [i = 1:2] reference("log-spectrum.csv") using 'step':word("transposed upsampled", i).suffix with linespoints lt 10 + (i == 1 ? TRANSPOSED : UPSAMPLED) notitle, \
             spectra using 'step':(column(p == 2 ? 'real_mean' : 'real')) with lines lt REAL notitle, \
             for [i = 1:2] spectra using 'step':word("transposed upsampled", i).suffix with linespoints lt (i == 1 ? TRANSPOSED : UPSAMPLED) notitle
    }
    eval only_the_key
    plot 2 with lines lt REAL title "real pictures", 2 with linespoints lt TRANSPOSED title "transposed", 2 with linespoints lt UPSAMPLED title "upsampled"
    unset multiplot
}

# --- of which classes the samples are ---------------------------------------------------------------------------------------
if (have(summary) && system("grep -c ^share_9, '".summary."'") > 0) {
    eval figure("classes", 800, 420)
    names = "T-shirt trouser pullover dress coat sandal shirt sneaker bag boot"
    set xlabel "class that the judge takes a sample for"
    set ylabel "share of the samples"
    set yrange [0:*]
    set xrange [-0.6:9.6]
    set boxwidth 0.7
    set style fill solid 0.8 noborder
    set xtics 1
    set for [c = 0:9] xtics add (word(names, c + 1) c)
    plot "< grep '^share_[0-9],' '".summary."'" using 0:2 with boxes lt GENERATED title "samples", 0.1 with lines lt REAL lw 1 title "real pictures"
}

# --- the animation: the grid after each epoch ---------------------------------------------------------------------------------
frames = system("ls '".run."'/samples/epoch-*.png 2>/dev/null")
if (kind ne "svg" && words(frames) > 0 && strstrt(GPVAL_TERMINALS, " gif ")) {
    unset multiplot
    unset output
    reset
    set terminal gif animate delay 60 loop 0 size 242,242
    set output out."/training.gif"
    unset border
    unset tics
    unset key
    set margins 0, 0, 0, 0
    set xrange [-0.5:241.5]
    set yrange [-0.5:241.5]
    do for [f in frames] { plot f binary filetype=png with rgbimage notitle }
    unset output
}
