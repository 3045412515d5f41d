# Looks up the figures of the prose in the tables of the reference runs. tests/figures.sh calls it, and says what is a figure and
# when it counts as found:
#
#     awk -v whole=1 -f figures.awk figures-excepted.csv TABLE.csv… PAGE…
#
# A table lies in docs/reference/NN-name/. A page is Markdown, or a C file with its prose. whole is 1 if no page is left out.

BEGIN {
    numeric = "^[-+]?[0-9]*[.]?[0-9]+(e[-+]?[0-9]+)?$"
    also["judge.md"] = "11"
    also["reading-gan-curves.md"] = "6 8 9 10"
    m = split("one two three four five six seven eight nine ten eleven twelve", words, " ")
    for (i = 1; i <= m; i++) {
        number_of[words[i]] = i
    }
    split("¹ ² ³ ⁴ ⁵ ⁶ ⁷ ⁸ ⁹", raised, " ")
    raised[0] = "⁰"
    # What the prose calls the columns and keys.
    synonym["fid"] = "distance fr far"
    synonym["emd"] = "distance earth"
    synonym["accuracy"] = "right names named"
    synonym["consistency"] = "asked judge"
    synonym["error"] = "wrong right mistake"
    synonym["good"] = "near sample"
    synonym["score"] = "sample"
    synonym["smallest"] = "share"
    synonym["share"] = "class"
    synonym["grad"] = "gradient"
    synonym["valid"] = "validation"
    synonym["train"] = "training"
    synonym["off"] = "agree difference"
    synonym["seconds"] = "s second time times"
    synonym["mib"] = "memory"
    synonym["inception"] = "is"
    synonym["bounds"] = "within"
    synonym["median"] = "nearest"
    synonym["bn"] = "batch"
    synonym["rnn"] = "plain"
    synonym["correlation"] = "estimate"
    synonym["modes"] = "mode time"
}

FNR == 1 {
    end_table()
    end_paragraph()
    kind = FILENAME ~ /figures-excepted\.csv$/ ? "exceptions" : FILENAME ~ /\.csv$/ ? "table" : "page"
    prose = FILENAME ~ /\.md$/
    page = file = FILENAME
    sub(/^.*\//, "", file)
    home = match(FILENAME, /[0-9][0-9]-[a-z][a-z0-9-]*/) ? substr(FILENAME, RSTART, RLENGTH) : ""
    heading = previous = ""
}

# --- tables -------------------------------------------------------------------------------------------------------------

kind == "table" {
    gsub(/"/, "")
    gsub(/ /, "_") # words that belong together; a comma in them moves what stands behind it, and no more
    table = home
    rows = FNR
    columns = split($0, parts, ",")
    for (c = 1; c <= columns; c++) {
        cell[FNR, c] = parts[c]
        most_columns = c > most_columns ? c : most_columns
    }
    table_file = file
    next
}

# Takes in the table that has been read. Of a curve, a log's column with more than twenty numbers, the first and the last row are open
# to all, any other to a paragraph that names its step.
function end_table(    about, curve, r, c, long) {
    if (table == "") {
        return
    }
    lesson[table + 0] = table
    about = table_file
    sub(/^(log|summary|settings|timing)?-?/, "", about)
    sub(/\.csv$/, "", about)
    curve = table_file ~ /^(log|timing|seconds|path)/ && rows > 21
    for (c = 1; c <= most_columns; c++) {
        long = 0
        for (r = 1; r <= rows; r++) {
            long += cell[r, c] ~ numeric
        }
        for (r = 1; r <= rows; r++) {
            if (cell[r, c] !~ numeric) {
                continue
            }
            if (table_file ~ /^(summary|settings)/) {
                take(table, cell[r, c], "*", cell[r, c - 1])
            } else if (!curve || c > 1) {
                take(table, cell[r, c], curve && long > 20 && r > 2 && r < rows ? cell[r, 1] + 0 "" : "*", about "_" cell[1, c] "_" cell[r, 1])
            }
        }
    }
    split("", cell)
    table = ""
    most_columns = 0
}

# A number, the row that has to be named beside it (or *), and the words that it goes by.
function take(lesson_, number, step, words) {
    n[lesson_]++
    value[lesson_, n[lesson_]] = number + 0
    place[lesson_, n[lesson_]] = step "/" words
}

# Lays out a lesson's numbers by what they look like with d decimals: 0.1234 with two is the integer 12.
function lay_out(lesson_, d,    i, v, power, low, high) {
    laid[lesson_, d] = 1
    if (d ~ /^e/) {
        for (i = 1; i <= n[lesson_]; i++) {
            lay(lesson_ SUBSEP d SUBSEP sprintf("%." substr(d, 2) "e", value[lesson_, i]), place[lesson_, i])
        }
        return
    }
    power = power_of_ten(d)
    for (i = 1; i <= n[lesson_]; i++) {
        v = value[lesson_, i]
        v = v < 0 ? -v : v
        if (v * power < 1e9) {
            low = int(v * power * (1 - 1e-6) + 0.5) # a five at the end may be rounded either way
            high = int(v * power * (1 + 1e-6) + 0.5)
            lay(lesson_ SUBSEP d SUBSEP (value[lesson_, i] < 0 ? -low : low), place[lesson_, i])
            if (high != low) {
                lay(lesson_ SUBSEP d SUBSEP (value[lesson_, i] < 0 ? -high : high), place[lesson_, i])
            }
        }
    }
}

function power_of_ten(d,    power) {
    for (power = 1; d > 0; d--) {
        power *= 10
    }
    return power
}

function lay(key, where) {
    if (index(places[key] " ", " " where " ") == 0) {
        places[key] = places[key] " " where
    }
}

# --- exceptions: page,numbers,reason ------------------------------------------------------------------------------------

kind == "exceptions" {
    if (FNR > 1) {
        split($0, parts, ",")
        m = split(parts[2], words, " ")
        for (i = 1; i <= m; i++) {
            exception[++exceptions] = words[i]
            exception_page[exceptions] = parts[1]
        }
    }
    next
}

# --- pages: from lines to paragraphs ------------------------------------------------------------------------------------

page ~ /\.[ch]$/ && (/^\/\*$/ || /^\*\/$/) {
    end_paragraph()
    prose = /^\//
    next
}

prose {
    line = $0
    if (line ~ /^[ \t]*$/) {
        end_paragraph()
        next
    }
    # Of a command only the comment is prose: "make lesson-1   # about 1 second, 56 MiB".
    code = paragraph == "" ? line ~ /^    / : code && line ~ /^    /
    if (code) {
        line = line ~ /  # / ? substr(line, index(line, "  # ")) : ""
    }
    if (line ~ /^\|.*lessons\/[0-9][0-9]-/) { # a row about one lesson
        end_paragraph()
    }
    if (paragraph == "") {
        begins = FNR
        page_ = page
        home_ = home
    }
    paragraph = paragraph line "\n"
}

function end_paragraph() {
    if (paragraph ~ /[0-9]/ && read_on()) {
        look_for_figures(plain(paragraph))
    }
    if (paragraph ~ /^#/) {
        heading = paragraph
        previous = ""
    } else if (paragraph != "") {
        previous = paragraph
    }
    paragraph = ""
}

# What a figure's words are looked for in: the heading and the paragraph; in a table its row, and what stands at the head of its
# column and of the first.
function speak_of(text, at,    before, m, lines, column, cells, about, l) {
    before = substr(text, 1, at)
    m = split(before, lines, "\n")
    if (lines[m] ~ /^\|/) {
        column = split(lines[m], cells, "|")
        split(paragraph, lines, "\n")
        about = lines[m]
        for (l = 1; lines[l] !~ /^\|/; l++) {
        }
        split(lines[l], cells, "|")
        about = about " " cells[2] " " cells[column]
    } else {
        about = heading previous paragraph
    }
    about = " " tolower(about) " "
    gsub(/,/, "", about)
    gsub(/[^a-z0-9]+/, " ", about)
    if (about != context) {
        context = about
        split("", goes)
    }
}

# Where a paragraph's figures may come from: its own lesson, those that it names, and what it talks of.
function read_on(    text, m, w, words) {
    split("", from)
    split("", named)
    text = tolower(heading " " paragraph)
    wrong = text ~ /(error|wrong|mist|miss)/
    if (home_ != "") {
        from[home_] = 1
    }
    for (w in also) {
        if (index(page_, w)) {
            text = text " lessons " also[w]
        }
    }
    gsub(/[(),]/, "", text)
    m = text ~ /(step|epoch|pass|rate)/ ? split(text, words, /[^0-9a-z.]+/) : 0
    for (w = 1; w <= m; w++) {
        if (words[w] in number_of) {
            named[number_of[words[w]]] = 1
        } else if (words[w] ~ /^[0-9.]+$/) {
            named[words[w] + 0 ""] = 1
        }
    }
    low_step = high_step = ""
    if (match(text, /(steps?|epochs?)[ \n]+[0-9]+[ \n]+to[ \n]+[0-9]+/)) {
        split(substr(text, RSTART, RLENGTH), words, /[^0-9]+/)
        low_step = words[2]
        high_step = words[3]
    }
    if (page_ ~ /README\.md$/ && home_ == "" && text !~ /lessons\/[0-9]/) {
        return 0
    }
    while (match(text, /lessons?[ \n]+[0-9]+([ \n]+(and[ \n]+)?[0-9]+)*|lessons\/[0-9]+|reference\/[0-9]+/)) {
        m = split(substr(text, RSTART, RLENGTH), words, /[^0-9]+/)
        for (w = 1; w <= m; w++) {
            if (words[w] != "" && (words[w] + 0) in lesson) {
                from[lesson[words[w] + 0]] = 1
            }
        }
        text = substr(text, RSTART + RLENGTH)
    }
    return 1
}

# A paragraph without code, formulas and the targets of links; its line breaks stay.
function plain(text,    out, part, breaks) {
    while (match(text, /`[^`]*`|\$\$[^$]*\$\$|\$[^$]*\$|\]\([^)]*\)/)) {
        part = substr(text, RSTART, RLENGTH)
        out = out substr(text, 1, RSTART - 1)
        text = substr(text, RSTART + RLENGTH)
        breaks = part
        gsub(/[^\n]/, "", breaks)
        gsub(/\n/, " ", part)
        out = out (part ~ /^\$[^$]/ ? formula(substr(part, 2, length(part) - 2)) : part ~ /^\]/ ? "]" : "...") breaks
    }
    text = out text
    gsub(/−/, "-", text)
    return text
}

# What a formula shows of figures: it is nothing but a number, or says "= 3.149", with three digits at least.
function formula(text,    out, part) {
    if (text ~ /^(\\pm *)?[-+]?[0-9.,]+$/) {
        sub(/^\\pm */, "", text)
        return text
    }
    out = "..."
    while (match(text, /(=|\\approx|\\le|\\ge) *-?[0-9]*[.][0-9]+/)) {
        part = substr(text, RSTART, RLENGTH)
        text = substr(text, RSTART + RLENGTH)
        sub(/^[^-.0-9]*/, "", part)
        if (length(digits_of(part)) >= 3) {
            out = out " " part
        }
    }
    return out
}

# "0.050" is 50.
function digits_of(number) {
    gsub(/[-,.]/, "", number)
    sub(/^0+/, "", number)
    return number
}

# --- figures ------------------------------------------------------------------------------------------------------------

function look_for_figures(text,    seen, at, number, before, after, power) {
    while (match(substr(text, seen + 1), /[0-9]+(,[0-9][0-9][0-9])*([.][0-9]+)?|[.][0-9]+/)) {
        at = seen + RSTART
        number = substr(text, at, RLENGTH)
        seen = at + RLENGTH - 1
        speak_of(text, at)
        after = substr(text, seen + 1, 40)
        before = at > 2 ? substr(text, at - 2, 2) : substr(" ", at) substr(text, 1, at - 1)
        power = power_after(after)
        # Part of a name, a shape, a version, a paper's address: LeNet-5, 784-128-10, 2302.06675.
        if (before !~ /[A-Za-z0-9_\/:.^]$|[A-Za-z0-9]-$/ && after !~ /^([A-Za-z_]|-[A-Za-z0-9]|[.:][0-9])/) {
            weigh((before ~ /-$/ ? "-" : "") number, unit_of(after), power, text, at)
        }
    }
}

# The exponent of "4.9·10⁻²⁰", with an e in front; "" if there is none.
function power_after(after,    i) {
    if (after !~ /^ ?(·|×) ?10(⁻|⁰|¹|²|³|⁴|⁵|⁶|⁷|⁸|⁹)/) {
        return ""
    }
    sub(/^ ?(·|×) ?10/, "", after)
    sub(/^⁻/, "-", after)
    for (i = 0; i <= 9; i++) {
        gsub(raised[i], i, after)
    }
    return match(after, /^-?[0-9]+/) ? "e" substr(after, 1, RLENGTH) : ""
}

function unit_of(after) {
    sub(/^[ \n]/, "", after)
    return after ~ /^%/ ? "%" : match(after, /^(ms|MiB|s|seconds?)[^a-z]/) ? substr(after, 1, RLENGTH - 1) : ""
}

function weigh(number, unit, power, text, at,    d, digits, part, k) {
    digits = digits_of(number)
    d = index(number, ".") ? length(number) - index(number, ".") : 0
    part = digits
    sub(/0+$/, "", part)
    if (d == 0 && (number ~ /,/ ? length(part) < 3 : unit == "") || length(digits) < 2) {
        return
    }
    if (power != "") {
        unit = power
    }
    if (is_found(number, digits, d, unit)) {
        found++
        k = substr(digits, length(digits))
        for (part = 0; part <= 9; part++) {
            if (part != k) {
                others++
                others_found += is_found(number, digits - k + part, d, unit)
            }
        }
    } else if (is_excepted(number)) {
        skipped++
    } else {
        missing++
        part = substr(text, 1, at)
        k = substr(text, at > 80 ? at - 80 : 1, 150)
        gsub(/[ \n]+/, " ", k)
        if (at > 80) {
            sub(/^[^ ]* /, "", k) # no half words, nor half letters
        }
        if (at + 70 < length(text)) {
            sub(/ [^ ]*$/, "", k)
        }
        printf "%s:%d: %s%s: …%s…\n", page_, begins + gsub(/\n/, "", part), number, (unit == "" || unit ~ /^e/ ? unit : " " unit), k
    }
}

# As it stands, as per cent, in milliseconds, or as what is left of one.
function is_found(number, digits, d, unit,    l, one) {
    if (unit == "%") {
        d += 2
    }
    one = power_of_ten(d)
    for (l in from) {
        if (unit ~ /^e/) { # with a power of ten: as it would be written
            if (stands(l, sprintf("%." d "e", (number ~ /^-/ ? -digits : digits) / one unit), "e" d, "")) {
                return 1
            }
            continue
        }
        if (stands(l, number ~ /^-/ ? -digits : digits + 0, d, unit) || (unit == "ms" && stands(l, digits + 0, d + 3, unit)) ||
            (wrong && digits + 0 < one && (unit == "%" || unit == "") && stands(l, one - digits, d, unit))) {
            return 1
        }
    }
    return 0
}

function stands(l, digits, d, unit,    key, m, p, where, slash, step) {
    if (!((l, d) in laid)) {
        lay_out(l, d)
    }
    key = l SUBSEP d SUBSEP digits
    if (!(key in places)) {
        return 0
    }
    m = split(places[key], where, " ")
    for (p = 1; p <= m; p++) {
        slash = index(where[p], "/")
        step = substr(where[p], 1, slash - 1)
        if ((step == "*" || step in named || step + 0 >= low_step + 0 && step + 0 <= high_step + 0 && high_step != "") && fits(substr(where[p], slash + 1), unit)) {
            return 1
        }
    }
    return 0
}

# Whether the paragraph, or the heading above it, speaks of what a number is: of one word of its key, or of its file, column and row.
function fits(key, unit,    m, w, k, words, names) {
    if (unit == "MiB" ? key !~ /mib/ : unit ~ /s/ ? key !~ /seconds|time|ms/ : 0) {
        return 0
    }
    if (!(key in goes)) {
        goes[key] = 0
        m = split(tolower(key), words, /[^a-z0-9]+/)
        for (w = 1; w <= m; w++) {
            k = split(words[w] " " synonym[words[w]], names, " ")
            while (k > 0) {
                if (index(context, " " substr(names[k], 1, 5) (length(names[k]) < 3 ? " " : ""))) {
                    goes[key] = 1
                }
                k--
            }
        }
    }
    return goes[key]
}

# As figures-excepted.csv writes it: without the comma of the thousands.
function is_excepted(number,    e, is) {
    gsub(/,/, "", number)
    for (e = 1; e <= exceptions; e++) {
        if (exception[e] == number && index(page_, exception_page[e])) {
            is = met[e] = 1
        }
    }
    return is
}

END {
    end_paragraph()
    for (e = 1; whole && e <= exceptions; e++) {
        if (!(e in met)) {
            printf "tests/figures-excepted.csv: %s need not be excepted in %s: it is found, or gone\n", exception[e], exception_page[e]
            missing++
        }
    }
    printf "%d figures found, %d excepted, %d complaints. With another last digit %.0f %% of those found would be found, too\n", found, skipped, missing, others ? 100 * others_found / others : 0
    exit missing > 0
}
