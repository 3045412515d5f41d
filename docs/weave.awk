# The weave: awk -f docs/weave.awk -v chapter=NAME -v titles=LIST FILE... makes one text in Markdown of a chapter's files.
#
# A Markdown file is taken as it is. In a .c or .h file a block comment whose opening and closing marks each stand alone in
# column 0 is prose; everything else is code, in fenced blocks. The first block from each file carries the file's name, and one
# that fills more than half a printed page is marked as long. The "# Title" goes into the list of titles instead of the text.

function refuse(line, why) {
    print "error: " file ":" line ": " why >"/dev/stderr"
}

function end_code(    i, first, marks) {
    while (n > 0 && code[n] ~ /^[ \t]*$/) { n-- }
    for (first = 1; first <= n && code[first] ~ /^[ \t]*$/; first++) { }
    if (n > 0) {
        marks = (n - first >= 30 ? " .long" : "") (file == shown ? "" : " file=\"" file "\"")
        print "\n~~~~~~~~ {.c .program" marks "}"
        for (i = first; i <= n; i++) { print code[i] }
        print "~~~~~~~~\n"
        shown = file
    }
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
