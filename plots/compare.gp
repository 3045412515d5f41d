# The pictures of make compare: one panel a column, one colour a run; every row faint, smoothed strong. plots/compare.sh
# runs it where facts.gp is and, for each run and column, a file run.column of lines "step value smoothed".
kind = "png"; out = "."; run = ""; ref = ""
load "plots/style.gp"
load "facts.gp"
axis = given("axis")
runs = given("RUNS")
columns = given("columns")
ascii = given("ASCII") ne ""
n = words(columns)
file(r, c) = sprintf("%d.%d", r, c)
rows(c) = int(system(sprintf("cat [0-9]*.%d | wc -l", c)))
type(r) = (r - 1) % 10 + 1
caption = smoothed ? "strong: mean of the 4 % of a curve's rows around each; faint: every row" : ""

if (ascii) {
    set terminal dumb size 79, 20 + words(runs) nofeed noenhanced
    eval look
    set datafile separator whitespace
    set tics in scale 0.5; unset grid; set border 31
    set key outside below left vertical maxcols 1 samplen 2 spacing 1 height 0 width 0
    if (last_step > 0) { set xtics nice(last_step / 6.0) }
    set xlabel axis
    do for [c = 1:n] {
        set title word(columns, c)
        if (rows(c) == 0) { eval nothing; continue }
        plot for [r = 1:words(runs)] file(r, c) using 1:3 with lines lt r title " ".word(runs, r)
    }
    exit
}

# In pixels from the top left corner: panels in one or two columns, then the legend.
across = n == 1 ? 1 : 2
down = ceil(n / real(across))
panel_width = n == 1 ? 900.0 : 620.0
panel_height = n == 1 ? 480.0 : 360.0
width = across * panel_width
height = down * panel_height + 24.0 * (words(runs) + smoothed) + 20

eval figure("compare", width, height)
set multiplot
unset key
set datafile separator whitespace
set xlabel axis
if (last_step > 0) { set xtics nice(last_step / 6.0) }
do for [c = 1:n] {
    column = (c - 1) % across
    row = (c - 1) / across
    set lmargin at screen (column * panel_width + 90) / width
    set rmargin at screen ((column + 1) * panel_width - 30) / width
    set tmargin at screen 1 - (row * panel_height + 20) / height
    set bmargin at screen 1 - ((row + 1) * panel_height - 55) / height
    set ylabel word(columns, c)
    if (rows(c) == 0) { eval nothing; continue }
    plot for [r = 1:words(runs)] file(r, c) using 1:2 with lines lt 10 + type(r), \
         for [r = 1:words(runs)] file(r, c) using 1:3 with lines lt type(r)
}

set lmargin at screen 0; set rmargin at screen 1
set tmargin at screen 1 - (down * panel_height) / height; set bmargin at screen 0
unset border; unset tics; unset grid; unset xlabel; unset ylabel
set key inside left top vertical maxcols 1 Left reverse spacing 1.2 samplen 3
set xrange [0:1]; set yrange [0:1]
plot for [r = 1:words(runs)] NaN with lines lt type(r) title word(runs, r), \
     keyentry with lines lt -2 title caption
unset multiplot
