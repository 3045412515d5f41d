# FILE=NAME awk -v kind=log -f plots/table.awk NAME >CLEAN
#
# A log as plots and compare can rely on it, whoever wrote it: a header of plain names, then rows of as many fields, each a
# number or empty. A byte-order mark, carriage returns, quotes around a field and blanks beside it go; so do words (inf) and what no
# float can be, and a last row that is still being written. Whatever else is no log is refused with one line: the file (its name
# is in the environment: awk would read escape sequences in a variable), the line, the reason.
#
# Other tables (kind=data) pass, without what could do something to a terminal.

function refuse(line, why) {
    gsub(/[[:cntrl:]]/, "?", why)
    print "error: " ENVIRON["FILE"] ", line " line ": " why | "cat 1>&2"
    refused = 1
    exit 1
}

function bare(field) {
    gsub(/^[ \t]+|[ \t]+$/, "", field)
    if (field ~ /^".*"$/) field = substr(field, 2, length(field) - 2)
    return field
}

function number(field) { # as gnuplot, awk and people write one; or ""
    if (field !~ /^[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?$/) return ""
    return field + 0 < -1e38 || field + 0 > 1e38 ? "" : field
}

function row(text, line,    field, n, i, x, out) {
    n = split(text, field, ",")
    if (n != columns) refuse(line, "it has " n " fields, and the header has " columns ". Leave a field empty where there is no value")
    for (i = 1; i <= n; i++) {
        field[i] = bare(field[i])
        x = number(field[i])
        if (x == "" && field[i] !~ /^[-+]?[0-9.eE+-]*$|^[-+]?[iI][nN][fF]|^[-+]?[nN][aA][nN]/)
            refuse(line, "\"" substr(field[i], 1, 40) "\" is no number")
        if (i == 1 && (x == "" || x + 0 < -1e15 || x + 0 > 1e15))
            refuse(line, "the first column counts steps, and \"" substr(field[1], 1, 40) "\" is none")
        out = out (i > 1 ? "," : "") x
    }
    print out
}

FNR == 1 { sub(/^\357\273\277/, "") }
{ sub(/\r$/, "") }
kind == "data" { gsub(/[[:cntrl:]]/, " "); print; next }

FNR == 1 {
    columns = split($0, name, ",")
    if (columns < 2)
        refuse(1, $0 ~ /;/ ? "semicolons stand between its columns; save it with commas" : "a log has a column of steps and at least one more, with commas between them")
    if (columns > 1000) refuse(1, columns " columns are more than the 1000 that are read")
    for (i = 1; i <= columns; i++) {
        name[i] = bare(name[i])
        if (name[i] !~ /^[A-Za-z0-9_.-]+$/ || length(name[i]) > 100)
            refuse(1, "column " i " is called \"" substr(name[i], 1, 40) "\"; letters, digits, _ . and - make a name")
        if (name[i] in seen) refuse(1, "two columns are called " name[i])
        seen[name[i]]
        header = header (i > 1 ? "," : "") name[i]
    }
    print header
    next
}
$0 ~ /^[ \t]*$/ { next }
held != "" { row(held, held_at) }
{ held = $0; held_at = FNR }

END {
    if (refused) exit 1
    if (kind != "data" && NR == 0) refuse(1, "it is empty")
    if (held != "" && split(held, field, ",") == columns) row(held, held_at) # a shorter last row is still being written
}
