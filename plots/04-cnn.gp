# Pictures of lesson 4: training, three nets compared, plain loops against the library, few images, moved images, mistakes.
load "plots/style.gp"

# --- LeNet ----------------------------------------------------------------------------------------------------------
eval figure("loss", 800, 480)
set xlabel "step"
set ylabel "cross-entropy (nats per image)"
eval span("y", "log.csv", "train_loss valid_loss", "0", "0.8", "")
eval curves("log.csv", "train_loss valid_loss", "training validation")

eval figure("accuracy", 800, 480)
set xlabel "step"
set ylabel "accuracy"
eval span("y", "log.csv", "train_accuracy valid_accuracy", "0.75", "1", "")
eval curves("log.csv", "train_accuracy valid_accuracy", "training validation")

# --- three nets -----------------------------------------------------------------------------------------------------
nets = "LeNet 'dense layers only' 'two 3 × 3 for one 5 × 5'"
logs = "log.csv log-mlp.csv log-two3x3.csv"
# A column of log i over its steps, the reference's faint behind it.
one_log(log, column, title, i) = one_curve(reference(log), column, "", 10 + i).", ".one_curve(run."/".log, column, title, i)
three_logs(logs, column, titles) = "plot ".one_log(word(logs, 1), column, word(titles, 1), 1).", " \
    .one_log(word(logs, 2), column, word(titles, 2), 2).", ".one_log(word(logs, 3), column, word(titles, 3), 3)

eval figure("nets", 800, 480)
set xlabel "step"
set ylabel "validation accuracy"
eval span("y", logs, "valid_accuracy", "0.8", "0.93", "")
if (have(run."/log-two3x3.csv")) { eval three_logs(logs, "valid_accuracy", nets) }

# --- loops and library ----------------------------------------------------------------------------------------------
speed = run."/seconds-convolution.csv"
eval figure("speed", 800, 460)
if (have(speed)) {
    set style data histograms
    set style histogram clustered gap 1
    set style fill solid 0.85 border rgb "#ffffff"
    set logscale y
    set xrange [-0.6:3.6]
    set yrange [0.1:*]
    set grid noxtics
    set ylabel "milliseconds for a batch"
    set key maxrows 1
    plot speed using 'loops_ms':xticlabels(1) lt 1 title "seven loops", \
         speed using 'columns_ms':xticlabels(1) lt 2 title "columns, plain product", \
         speed using 'library_ms':xticlabels(1) lt 3 title "library"
}

# --- 2,000 images ---------------------------------------------------------------------------------------------------
few = "log-few.csv log-few-dropout.csv log-few-moved.csv"
remedies = "'as before' dropout 'moved pictures'"
eval figure("overfitting", 1000, 460)
if (have(run."/log-few-moved.csv")) {
    set multiplot
    set xlabel "epoch"
    unset key
    set bmargin at screen 0.22
    set tmargin at screen 0.92
    set lmargin at screen 0.07
    set rmargin at screen 0.50
    set ylabel "cross-entropy (nats per image)"
    set title "training"
    eval span("y", few, "train_loss", "0", "1.2", "")
    eval three_logs(few, "train_loss", remedies)
    set lmargin at screen 0.54
    set rmargin at screen 0.97
    set title "validation"
    eval span("y", few, "valid_loss", "0", "1.2", "")
    set format y ""
    unset ylabel
    set key at screen 0.5, screen 0.05 center center horizontal maxrows 1
    eval three_logs(few, "valid_loss", remedies)
    unset multiplot
}

# --- moved test images ----------------------------------------------------------------------------------------------
moved = "log-shifts.csv"
eval figure("shifts", 800, 460)
if (have(run."/".moved)) {
    set xlabel "validation images moved to the right by (pixels)"
    set ylabel "accuracy"
    eval span("y", moved, "lenet mlp", "0", "1", "")
    plot reference(moved) using 'step':'lenet' with lines lt 11 notitle, \
         reference(moved) using 'step':'mlp' with lines lt 12 notitle, \
         run."/".moved using 'step':'lenet' with linespoints lt 1 title "LeNet", \
         run."/".moved using 'step':'mlp' with linespoints lt 2 title "dense layers only"
}

# --- what is taken for what: the truth by rows, the answer by columns -------------------------------------------------
confusions = run."/confusions.csv"
eval figure("confusions", 720, 640)
if (have(confusions)) {
    set autoscale fix
    set xtics rotate by -45
    set xlabel "the network's answer"
    set ylabel "the truth"
    set yrange [*:*] reverse
    unset grid
    unset colorbox
    set cbrange [0:100]
    plot confusions using (int(column(0)) % 10):(int(column(0)) / 10):'count':xticlabels(strcol('said')):yticlabels(strcol('truth')) with image notitle, \
         confusions using (int(column(0)) % 10):(int(column(0)) / 10):(sprintf("%d", column('count'))):(column('count') > 50 ? 0xffffff : 0x303030) with labels tc rgb variable notitle
}
