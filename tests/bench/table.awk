# Turns the lines "who,threads,workload,ms,MiB,MFLOP" of all rounds into a table on the terminal and the file csv.
# others: the share of the machine, in percent, that other programs had meanwhile.

{
    key = $1 "," $2 "," $3
    n[key]++
    # Sorted as they come: an insertion into the times of this key.
    for (i = n[key]; i > 1 && ms[key, i - 1] > $4; i--) { ms[key, i] = ms[key, i - 1] }
    ms[key, i] = $4 + 0
    if ($5 > mib[key]) { mib[key] = $5 }
    if (!($3 in mflop)) { name[++workloads] = $3; mflop[$3] = 0 }
    if ($1 == "ours") { mflop[$3] = $6 }
}

function least(a, b) { return a == "" || (b != "" && b < a) ? b : a }

# The median over the rounds; "" where there is none.
function median(who, threads, workload,    key) {
    key = who "," threads "," workload
    return n[key] ? ms[key, int((n[key] + 1) / 2)] : ""
}

# How far the middle half of the rounds lies apart, in units of the median. Keeps all of them, sorted, and the widest's name.
function note_spread(who, threads, workload,    key, spread, i) {
    key = who "," threads "," workload
    if (!n[key]) { return }
    spread = (ms[key, int((3 * n[key] + 3) / 4)] - ms[key, int((n[key] + 3) / 4)]) / median(who, threads, workload)
    for (i = ++spreads; i > 1 && spread_of[i - 1] > spread; i--) { spread_of[i] = spread_of[i - 1] }
    spread_of[i] = spread
    if (i == spreads) {
        where = workload ", " (who == "ours" ? "ours" : "PyTorch") " on " (threads > 1 ? "two threads" : "one thread")
    }
}

# A number, or a dash, right-aligned.
function cell(value, digits, width) {
    return value == "" ? sprintf("%" width "s", "-") : sprintf("%" width "." digits "f", value)
}

function share(workload, time, bound) {
    return mflop[workload] > 0 ? 100 * mflop[workload] / time / bound : ""
}

END {
    rate1 = mflop["sgemm"] / median("ours", 1, "sgemm")
    rate2 = mflop["sgemm"] / median("ours", 2, "sgemm")
    print "workload,mflop,ours_1_ms,ours_2_ms,pytorch_1_ms,pytorch_2_ms,ratio,sgemm_share_1,sgemm_share_2,ours_mib,pytorch_mib" >csv
    print "                          ours, ms         PyTorch, ms    PyTorch's   % of sgemm's      peak memory"
    print "                      1 thread     two    1 thread     two   best/ours  rate, 1    two   ours  PyTorch, MiB"
    for (i = 1; i <= workloads; i++) {
        w = name[i]
        o1 = median("ours", 1, w); o2 = median("ours", 2, w)
        p1 = median("pytorch", 1, w); p2 = median("pytorch", 2, w); spins = median("pytorch-spins", 2, w)
        note_spread("ours", 1, w); note_spread("ours", 2, w)
        note_spread("pytorch", 1, w); note_spread(least(spins, p2) == p2 ? "pytorch" : "pytorch-spins", 2, w)
        p2 = least(p2, spins)
        ratio = p1 == "" ? "" : least(p1, p2) / least(o1, o2)
        s1 = share(w, o1, rate1); s2 = share(w, o2, rate2)
        om = mib["ours-memory,2," w]; pm = mib["pytorch-memory,2," w]
        printf "%-20s%s%s %s%s  %s %s%s %s%s\n", w, cell(o1, 3, 10), cell(o2, 3, 8), cell(p1, 3, 11), cell(p2, 3, 8),
            cell(ratio, 2, 10), cell(s1, 0, 8), cell(s2, 0, 7), cell(om, 0, 6), cell(pm, 0, 9)
        print w "," mflop[w] "," o1 "," o2 "," p1 "," p2 "," ratio "," s1 "," s2 "," om "," pm >csv
    }
    printf "\nsgemm's rate: %.0f GFLOP/s on one thread, %.0f on two.\n", rate1, rate2
    typical = spread_of[int((spreads + 1) / 2)]
    printf "The middle half of the rounds lies within %.0f %%, typically (widest: %.0f %%, %s).\n",
        100 * typical, 100 * spread_of[spreads], where
    printf "Other programs took %d %% of the machine.\n", others
    if (others > 5 || typical > 0.1) { print "Not to be trusted. Measure again when the machine is quiet." }
}
