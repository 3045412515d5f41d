# The last touches to one page: awk -f docs/page.awk -v chapter=NAME docs/book.txt PAGE
#
# A link to a file, which works where the file is read in the repository, becomes a link to the page that holds it; one to a
# file that is in no chapter becomes plain text. A figure is found in the folder that is named after its lesson. A table gets a
# box of its own, which scrolls in a narrow window. In formulas brackets grow only around what is tall, and \mathrm{softmax}
# is one upright word, for browsers that would set its letters one by one.

function refuse(why) {
    print "error: chapter " chapter " " why >"/dev/stderr"
}

function normal(path) {
    while (sub(/[^\/]+\/\.\.\//, "", path) || sub(/^\.\//, "", path)) { }
    return path
}

function link(target,    hash, path) {
    hash = match(target, /#.*/) ? substr(target, RSTART) : ""
    sub(/#.*/, "", target)
    if (target == "" || target ~ /^[a-z]+:/ || target ~ /^[a-z0-9_-]+\.(html|css)$/) {
        return "href=\"" target hash "\""
    }
    path = normal(folder[chapter] target)
    if (path in page) { return "href=\"" page[path] hash "\"" }
    if (system("test -e '" path "'") != 0) { refuse("links to " target ", which is neither a chapter nor a file") }
    return ""
}

function figure(target,    path) {
    path = normal(folder[chapter] target)
    sub(/^(lessons|docs\/reference|docs)\//, "", path)
    sub(/\/samples\//, "/", path)
    return "src=\"" path "\""
}

BEGIN {
    word = "<mstyle mathvariant=\"normal\">(<m[io]>[^<]*</m[io]>)+</mstyle>"
    small = "</?(mi|mn|mo|mtext|mspace|mrow|msub|msup|msubsup)( (stretchy=\"false\"|accent|width|mathvariant)[^<>]*)?>"
    bracket = "<mo stretchy=\"true\" form=\"(prefix|postfix)\">[^<]*</mo>"
    flat = "<mrow>" bracket "([^<]|" small ")*" bracket "</mrow>"
}

NR == FNR {
    for (i = 3; $1 == "chapter" && i <= NF; i++) {
        page[$i] = $2 ".html"
        path = $i
        sub(/[^\/]*$/, "", path)
        if (i == 3) { folder[$2] = path }
        if (path ~ /^lessons\//) { page[path] = page[path "README.md"] = $2 ".html" }
    }
    next
}

{
    done = ""
    while (match($0, /<(a|link|img) (href|src)="[^"]*"/)) {
        tag = substr($0, RSTART, RLENGTH)
        done = done substr($0, 1, RSTART - 1) substr(tag, 1, index(tag, " "))
        $0 = substr($0, RSTART + RLENGTH)
        split(tag, part, "\"")
        done = done (tag ~ /^<img/ ? figure(part[2]) : link(part[2]))
    }
    $0 = done $0
    while (match($0, word)) {
        letters = substr($0, RSTART, RLENGTH)
        gsub(/<[^<>]*>/, "", letters)
        $0 = substr($0, 1, RSTART - 1) "<mi mathvariant=\"normal\">" letters "</mi>" substr($0, RSTART + RLENGTH)
    }
    while (match($0, flat)) {
        group = substr($0, RSTART, RLENGTH)
        gsub(/stretchy="true"/, "stretchy=\"false\"", group)
        $0 = substr($0, 1, RSTART - 1) group substr($0, RSTART + RLENGTH)
    }
    gsub(/<table>/, "<div class=\"wide\"><table>")
    gsub(/<\/table>/, "</table></div>")
    print
}
