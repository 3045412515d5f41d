# The chart of make bench: how many floating-point operations a second each workload gets done, in the same unit for all
# of them, and the rate that sgemm alone reaches. tests/bench/bench.sh sets out, the folder of bench.csv.
kind = "png"; run = ""; ref = ""
load "plots/style.gp"

table = "< grep -v ^sgemm, '".out."/bench.csv'"
rate(ms) = real(system("awk -F, '$1 == \"sgemm\" { print $2 / $".ms." }' '".out."/bench.csv'"))
rate1 = rate(3)
rate2 = rate(4)
gflops(c) = column('mflop') > 0 ? column('mflop') / column(c) : NaN

eval figure("bench", 900, 450)
set datafile columnheaders
set style data histograms
set style histogram clustered gap 1.5
set style fill solid 1 noborder
set xtics scale 0 noenhanced
set ylabel "GFLOP/s"
set yrange [0:1.1 * rate2 < *]
set arrow from graph 0, first rate1 to graph 1, first rate1 nohead lc rgb ink dt 3
set arrow from graph 0, first rate2 to graph 1, first rate2 nohead lc rgb ink dt 2
set key maxrows 2
bars(ms, shade, title) = sprintf("table using (gflops('%s')):xtic(1) lc rgb %s title '%s', ", ms, shade, title)
pytorch = int(system("awk -F, 'NR > 1 && $5 != \"\"' '".out."/bench.csv' | wc -l"))
eval "plot ".bars("ours_1_ms", "pale(colour(1), 0.45)", "ours, one thread").bars("ours_2_ms", "colour(1)", "ours, two") \
    .(pytorch ? bars("pytorch_1_ms", "pale(colour(2), 0.45)", "PyTorch, one thread") : "") \
    .(pytorch ? bars("pytorch_2_ms", "colour(2)", "PyTorch, two") : "") \
    ."keyentry with lines lc rgb ink dt 3 title 'sgemm alone, one thread', " \
    ."keyentry with lines lc rgb ink dt 2 title 'sgemm alone, two'"
