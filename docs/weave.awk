# The weave: awk -f docs/weave.awk -v chapter=NAME -v titles=LIST -v names=LIST FILE... makes one text in Markdown of a chapter's files.
#
# A Markdown file is taken as it is. In a .c or .h file a block comment whose opening and closing marks each stand alone in
# column 0 is prose; everything else is code, in fenced blocks. A block that begins with includes is cut in two, so that they can
# be folded away. The first block from each file carries the file's name, and one that fills more than half a printed page is
# marked as long. The "# Title" goes into the list of titles instead of the text; and into the list of names, what the headers of
# common/ declare: NAME CHAPTER PLACE.

function refuse(line, why) {
    print "error: " file ":" line ": " why >"/dev/stderr"
}

function block(from, to, class,    i) {
    while (from <= to && code[from] ~ /^[ \t]*$/) { from++ }
    while (from <= to && code[to] ~ /^[ \t]*$/) { to-- }
    if (from > to) { return }
    blocks++
    if (to - from >= 30) { class = class " .long" }
    if (file != shown || class ~ /includes/) { class = class " file=\"" file "\"" }
    if (class !~ /includes/) { shown = file }
    print "\n~~~~~~~~ {#code-" blocks " .c .program" class "}"
    for (i = from; i <= to; i++) {
        print code[i]
        if (file ~ /^common\/.*\.h$/ && code[i] ~ /^([a-zA-Z]|#define [a-z])/ && match(code[i], /[a-z][A-Za-z0-9_]*\(/)) {
            print substr(code[i], RSTART, RLENGTH - 1), chapter, "code-" blocks "-" (i - from + 1) >>names
        }
    }
    print "~~~~~~~~\n"
}

function end_code(    i, includes) {
    for (i = 1; i <= n && code[i] ~ /^([ \t]*|#include .*|#(ifndef|define) [A-Z0-9_]+_H)$/; i++) {
        if (code[i] ~ /^#/) { includes++ }
    }
    if (includes < 2) { i = 1 }
    block(1, i - 1, " .includes")
    block(i, n, "")
    n = 0
}

function end_prose() {
    if (fence) { refuse(opened, "the fenced block that opens here is not closed before the prose ends") }
    prose = 0
    fence = ""
    print ""
}

function end_file() {
    if (prose && !markdown) { refuse(began, "the prose that begins here is never closed by */ alone in column 0") }
    if (prose) { end_prose() } else { end_code() }
}

FNR == 1 {
    end_file()
    file = FILENAME
    markdown = prose = file ~ /\.md$/
}

!markdown && $0 == "/*" {
    if (prose) {
        refuse(began, "the prose that begins here is not closed before the next begins")
        end_prose()
    }
    end_code()
    prose = 1
    began = FNR
    next
}

!markdown && prose && $0 == "*/" { end_prose(); next }
!prose && /^\/\*[ \t\r]+$/ { refuse(FNR, "/* begins prose only when nothing follows it, not even a space") }
!prose { code[++n] = $0; next }
!markdown && /\*\// { refuse(FNR, "*/ may only end the prose, alone in column 0; in a formula write ^{*} /") }

match($0, /^ ? ? ?(```|~~~)/) {
    mark = substr($0, RLENGTH, 1)
    if (!fence) {
        fence = mark
        opened = FNR
    } else if (mark == fence && /^ *[`~]+ *$/) {
        fence = ""
    }
}

!fence && /^# / {
    if (title) { refuse(FNR, "chapter " chapter " has a \"# Title\" already; a section begins with ##") }
    title = substr($0, 3)
    next
}
{ print }

END {
    end_file()
    if (!title) { refuse(1, "chapter " chapter " has no \"# Title\"") }
    print title >>titles
}
