# Finds circles between the modules of a folder: awk -f tests/circles.awk FILE.c FILE.h ...
#
# x.c and x.h are one module. It stands on another one if its code names something that the other defines: a function, or a
# variable that is not static. Prints the first way that comes back to where it began, with the name that each step is taken
# for. What stands in comments and in quotes is no code. The sources are as clang-format leaves them: a definition begins in
# column 0.

FNR == 1 {
    module = FILENAME
    sub(/.*\//, "", module)
    sub(/\.[ch]$/, "", module)
    prose = head = 0
}

$0 == "/*" { prose = 1 }
$0 == "*/" { prose = 0; next }
prose { next }

{
    line = $0
    gsub(/"([^"\\]|\\.)*"/, "", line)
    gsub(/'([^'\\]|\\.)'/, "", line)
    sub(/\/\/.*/, "", line)
}

# The first word before a parenthesis is a function's name, the last word before = or ; or [ a variable's.
line ~ /^[A-Za-z_]/ && line !~ /^(typedef|extern|enum|#)/ && FILENAME ~ /\.c$/ {
    name = line
    if (line ~ /\(/) {
        sub(/\(.*/, "", name)
    } else if (line ~ /[=;[]/) {
        sub(/ *[=;[].*/, "", name)
    } else {
        name = ""
    }
    if (match(name, /[A-Za-z_][A-Za-z_0-9]*$/)) {
        name = substr(name, RSTART)
        if (line ~ /^static/) {
            own[module, name]
        } else if (!(line ~ /;[ \t]*$/ && line ~ /\(/)) {
            home[name] = module
        }
    }
}

{
    for (rest = line; match(rest, /[A-Za-z_][A-Za-z_0-9]*/); rest = substr(rest, RSTART + RLENGTH)) {
        word = substr(rest, RSTART, RLENGTH)
        uses[module, word]
    }
}

function follow(m, way,    to) {
    state[m] = "on the way"
    for (to in modules) {
        if (!((m, to) in reason)) { continue }
        if (state[to] == "on the way") {
            way = way " -> " to
            print substr(way, index(way, to)) " (" reason[m, to] "; " reason[to, first_after(way, to)] ")"
            found = 1
        } else if (!state[to]) {
            follow(to, way " -> " to)
        }
        if (found) { return }
    }
    state[m] = "done"
}

function first_after(way, m,    part) {
    split(substr(way, index(way, m " -> ") + length(m) + 4), part, " -> ")
    return part[1]
}

END {
    for (pair in uses) {
        split(pair, part, SUBSEP)
        modules[part[1]]
        to = home[part[2]]
        if (to != "" && to != part[1] && !(pair in own)) { reason[part[1], to] = part[1] " uses " part[2] " of " to }
    }
    for (m in modules) {
        if (!found && !state[m]) { follow(m, m) }
    }
}
