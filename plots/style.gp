# The look that every plot of the course shares, and the few words they are written in. A lesson's script begins with
#
#     load "plots/style.gp"
#     eval figure("loss", 800, 500)            # begins OUT/loss.png (or .svg) with all settings fresh
#     set xlabel "step"
#     set ylabel "cross-entropy (nats per image)"
#     eval span("y", "log.csv", "train_loss valid_loss", "0", "1", "")
#     eval curves("log.csv", "train_loss valid_loss", "training validation")
#
# plots/plot.sh runs it in a folder that has
#     run/  the run's tables, clean (plots/table.awk), and its samples/
#     ref/  the reference run, unless there is none or it is this run
#     out/  for the pictures, of which KIND in the environment is png or svg
# so that no name that somebody has chosen ever stands in gnuplot's code.
#
# What a run has is drawn: an axis whose range is fixed for the usual run grows with an unusual one (span, below), and where a
# panel has no number to show (a game that diverged, a part that was left out), it says so.
#
# A script that draws more than curves() can: "using 'step':'train_loss'" picks columns by their names, an empty field
# is skipped and the curve goes on, and every axis has a name and a unit. gnuplot's '++' yields nothing while the
# separator is a comma: set datafile separator whitespace before it. In a narrow panel: set xtics nice(last / 4.0).

given(name) = system("printf %s \"$".name."\"") # a variable of the environment, as text
if (!exists("kind")) {
    kind = given("KIND")
    run = "run"
    out = "out"
    ref = system("test ! -e ref || echo ref")
}

# gnuplot 5.4 once ended a picture with "undefined variable: k" behind a loop over k whose curves had no point. A variable that is
# there before its loop is there after it.
c = f = i = j = k = r = w = 0

# --- colours --------------------------------------------------------------------------------------------------------
# Line types 1 to 10 are the learner's curves; 11 to 20 the same hues, thin and pale, for the reference run behind them.
# The ten colours were chosen by search: any two are at least 23 apart (CIELAB) in normal sight and in simulated
# protanopia, deuteranopia and tritanopia, and in the first five the lightness differs, for print without colour. Line
# types 6 to 10 are dashed.
colours = "1052bf e16307 0a8e5f 6a0065 50c1ff 222222 f1a2b9 553f0e ab619a a0c470"
colour(i) = int("0x".word(colours, i))
channel(rgb, shift) = (rgb / 2 ** shift) & 255
# rgb mixed with white: share 0 leaves it as it is, 1 makes it white.
pale(rgb, share) = int(channel(rgb, 16) * (1 - share) + 255 * share) * 65536 \
                 + int(channel(rgb, 8) * (1 - share) + 255 * share) * 256 \
                 + int(channel(rgb, 0) * (1 - share) + 255 * share)
do for [i = 1:10] {
    set linetype i lc rgb colour(i) lw 2 pt i ps 0.8
    set linetype i + 10 lc rgb pale(colour(i), 0.45) lw 1 pt i ps 0.6
    if (i > 5) { set linetype i dt (14, 5) }
}
set linetype cycle 10

# A role has one line type, and so one colour, in all lessons (docs/notation.md has the list; docs/diagram.css the same colours).
TRAINING = 1; VALIDATION = 2; TEST = 3 # of a model with labels
REAL = 1; GENERATED = 2                # examples; a discriminator's or critic's curves are as REAL, a generator's as GENERATED
MODES = 3; DISTANCE = 5                # modes and diversity; EMD and FID
NON_SATURATING = 4; MINIMAX = 8; CLIPPED = 9; PENALTY = 6 # methods, where games are compared

# Colours for a quantity on a map: from light (low) to dark (high); two_sided, for a quantity with a zero in the middle
# (blue below, white at 0, orange above: set a symmetric cbrange).
one_sided = "set palette defined (0 '#fdfdf0', 1 '#9fd0c0', 2 '#3c8fb0', 3 '#1d4f91', 4 '#1b1a45')"
two_sided = "set palette defined (0 '#1052bf', 1 '#ffffff', 2 '#e16307')"

# --- figures --------------------------------------------------------------------------------------------------------
ink = "#444444"
look = "reset; set datafile separator ','; set encoding utf8; ".one_sided."; " \
     . "set border 3 lc rgb '".ink."' lw 1; set tics nomirror out scale 0.6 textcolor rgb '".ink."'; " \
     . "set grid back lt 1 lc rgb '#e4e4e4' lw 0.8 dt 1; " \
     . "set key outside below center horizontal Left reverse noenhanced samplen 2.5 spacing 1.1 height 0.5 width 2; " \
     . "set title noenhanced; set xlabel noenhanced; set ylabel noenhanced offset (kind eq 'svg' ? 1 : 0), 0; set samples 400; set isosamples 100; "

# Where there is no cairo, the plain png terminal draws the same with a plainer font.
canvas = kind eq "svg" ? "svg size %d,%d font 'sans-serif,13' background '#ffffff'" \
       : strstrt(GPVAL_TERMINALS, " pngcairo ") ? "pngcairo size %d,%d font 'sans,11'" \
       : "png truecolor size %d,%d"

# eval figure("loss", 800, 500) begins a picture with fresh settings; what follows, up to the next one, belongs to it.
figure(name, width, height) = "unset multiplot; unset output; ".look \
    . "set terminal ".sprintf(canvas, width, height)."; set output '".out."/".name.".".kind."'"

# The nearest of ..., 0.5, 1, 2, 5, 10, 20, ... above x: a distance between tics.
decade(x) = 10 ** floor(log10(x))
nice(x) = decade(x) * (x <= decade(x) ? 1 : x <= 2 * decade(x) ? 2 : x <= 5 * decade(x) ? 5 : 10)

# --- data -----------------------------------------------------------------------------------------------------------
have(file) = system("sed -n 2p '".file."' 2>/dev/null") ne "" # a table with a row besides its first
# The last step of a log; 1 where there is none, so that an axis can be made of it.
last_step(file) = int(system("cat '".file."' 2>/dev/null | awk -F, 'NR > 1 && $1 + 0 > 0 { n = $1 } END { print (n + 0 > 1 ? n : 1) }'"))

# eval span("y", "log.csv log-b.csv", "train_loss valid_loss", "0", "2", ""): an axis that reaches from 0 to 2, or further if the
# run's numbers in these columns do ("*": to where they end). Without any number the next panel says so. The last word: "log" for an
# axis of powers, "abs" for lengths of what has a sign.
spanned(logs, columns, least, most, how) = system(sprintf("awk -v logs='%s' -v columns='%s' -v least='%s' -v most='%s' -v how='%s' " \
    ."-f plots/span.awk", logs, columns, least, most, how))
empty_label = "set label 99 'no data in this run' at graph 0.5, 0.5 center textcolor rgb '#777777'"
span_command(axis, found) = "set ".axis."range [".word(found, 1).":".word(found, 2)."]; " \
    .(word(found, 3) eq "0" ? empty_label : "unset label 99")
span(axis, logs, columns, least, most, how) = span_command(axis, spanned(logs, columns, least, most, how))

# Is there a number in one of these columns of the run? Where not: eval nothing draws the panel with a word instead.
empty(log, columns) = word(spanned(log, columns, "0", "1", ""), 3) eq "0"
nothing = empty_label."; plot [1:2] [1:2] 0 notitle"

# The reference run's file of that name. Without one, the learner's own stands in: its thin line hides under the strong.
reference(file) = ref ne "" && have(ref."/".file) ? ref."/".file : run."/".file

# The plot command for columns of a log over their first column, "step": learner's curves strong, the reference's faint
# behind them. Titles are separated by spaces ('two words' in quotes), or "" for the columns' names.
# More can follow: eval curves("log.csv", "train_loss", "") . ", 0.5 with lines lt 3"
column_title(columns, titles, i) = titles eq "" ? word(columns, i) : word(titles, i)
one_curve(file, column, title, type) = \
    sprintf("'%s' using 'step':'%s' with lines lt %d title \"%s\"", file, column, type, title)
all_curves(log, columns, titles, i) = i > words(columns) ? "" : \
    one_curve(reference(log), word(columns, i), "", 10 + i).", " . \
    one_curve(run."/".log, word(columns, i), column_title(columns, titles, i), i) . \
    (i < words(columns) ? ", " : "") . all_curves(log, columns, titles, i + 1)
has_reference(log) = ref ne "" && have(ref."/".log)
curves(log, columns, titles) = empty(log, columns) ? nothing : "unset label 99; plot ".all_curves(log, columns, titles, 1) \
    . (has_reference(log) ? ", keyentry with lines lt 11 title 'thin: reference run'" : "")
