# The chart of make bench: how many floating-point operations a second each workload gets done, in the same unit for all
# of them, and the rate that sgemm alone reaches. Whole steps above, single convolutions below; a workload without matrix
# products has no bar. tests/bench/bench.sh sets out, the folder of bench.csv.
kind = "png"; run = ""; ref = ""
load "plots/style.gp"

csv = "'".out."/bench.csv'"
rate(ms) = real(system("awk -F, '$1 == \"sgemm\" { print $2 / $".ms." }' ".csv))
rate1 = rate(3)
rate2 = rate(4)
gflops(c) = column('mflop') / column(c)
pytorch = int(system("awk -F, 'NR > 1 && $5 != \"\"' ".csv." | wc -l"))

# Tables: the steps; the convolutions of a shape, by their direction.
steps(all) = "< awk -F, 'NR == 1 || ($2 > 0 && $1 !~ /^(sgemm$|conv-)/)' ".csv
convs(shape) = "< awk -F, -v OFS=, 'NR == 1 || sub(/^conv-".shape."-/, \"\", $1)' ".csv
count_steps = int(system("awk -F, 'NR > 1 && $2 > 0 && $1 !~ /^(sgemm$|conv-)/' ".csv." | wc -l"))
shapes = system("awk -F- '/^conv-/ && !seen[$2]++ { print $2 }' ".csv)

# The two or four bars of each row of a table, and the panel that they stand in.
bars(table, ms, shade) = sprintf("%s using (gflops('%s')):xtic(1) lc rgb %s notitle, ", table, ms, shade)
group(table) = bars(table, "ours_1_ms", "pale(colour(1), 0.45)").bars(table, "ours_2_ms", "colour(1)") \
    .(pytorch ? bars(table, "pytorch_1_ms", "pale(colour(2), 0.45)").bars(table, "pytorch_2_ms", "colour(2)") : "")
groups(i) = i > words(shapes) ? "" : sprintf("newhistogram '%s' at %d, ", word(shapes, i), 4 * (i - 1)) \
    .group("convs('".word(shapes, i)."')").groups(i + 1)
key(shade, title) = sprintf("keyentry with boxes lc rgb %s title '%s', ", shade, title)
legend = key("pale(colour(1), 0.45)", "ours, one thread").key("colour(1)", "ours, two") \
    .(pytorch ? key("pale(colour(2), 0.45)", "PyTorch, one thread").key("colour(2)", "PyTorch, two") : "") \
    ."keyentry with lines lc rgb ink dt 3 title 'sgemm alone, one thread', " \
    ."keyentry with lines lc rgb ink dt 2 title 'sgemm alone, two'"

if (count_steps == 0 && shapes eq "") { exit error "these workloads have no matrix products" }
two = count_steps > 0 && words(shapes) > 0
eval figure("bench", 1100, two ? 760 : 480)
set datafile columnheaders
set style data histograms
set style histogram clustered gap 1.5 title noenhanced offset 0, -0.4
set style fill solid 1 noborder
set xtics scale 0 noenhanced
set grid noxtics
set ylabel "GFLOP/s"
set yrange [0:1.1 * rate2 < *]
set arrow from graph 0, first rate1 to graph 1, first rate1 nohead lc rgb ink dt 3
set arrow from graph 0, first rate2 to graph 1, first rate2 nohead lc rgb ink dt 2
set key maxrows 2
set multiplot
set lmargin at screen 0.08
set rmargin at screen 0.98
if (count_steps > 0) {
    set tmargin at screen 0.96
    if (two) { set bmargin at screen 0.60; unset key }
    eval "plot ".group("steps(1)").legend
}
if (words(shapes) > 0) {
    set tmargin at screen (two ? 0.52 : 0.96)
    set bmargin at screen (two ? 0.17 : 0.26)
    set key
    set xrange [-0.7:4 * words(shapes) - 1.3]
    eval "plot ".groups(1).legend
}
unset multiplot
