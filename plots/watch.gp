# One screen of make watch-N: the columns of a log, those with the same last word (train_loss, valid_loss) in one panel.
# plots/watch.sh runs it where the clean log.csv is, with width and height (of the terminal), panels (a list of quoted lists of
# columns) and how many of them stand side by side, across, in the environment.
kind = "png"; out = "."; run = ""; ref = ""
load "plots/style.gp"
log = "log.csv"
width = int(given("width"))
height = int(given("height"))
across = int(given("across"))
panels = given("panels")
set terminal dumb size width, height nofeed noenhanced
eval look
set tics in scale 0.5; unset grid; set border 31
set key outside below left horizontal samplen 1 spacing 1 height 0 width 0
stats log using 1 every ::1 nooutput
if (STATS_max > 0) { set xtics nice(STATS_max * across / 6.0) }
down = ceil(words(panels) / real(across))
set multiplot layout down, words(panels) < across ? words(panels) : across
do for [p = 1:words(panels)] {
    columns = word(panels, p)
    plot for [i = 1:words(columns)] log using "step":word(columns, i) with lines lt i \
         title " ".word(columns, i)
}
unset multiplot
