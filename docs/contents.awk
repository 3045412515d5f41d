# The contents page: awk -f docs/contents.awk -v tmp=FOLDER README.md docs/book.txt writes FOLDER/index.md, and for the head of every
# page its title and its neighbours', FOLDER/NAME.yaml, which template.html reads. FOLDER/titles has the chapters' titles.
#
# A lesson is shown with its picture, its question, and what README.md's table says of its result, its time and its memory; other
# chapters are a list. The way from page to page ends with the lessons, begins again with the guides, and again with the library:
# only what stands before the lessons leads on to them.

function quoted(text) {
    gsub(/'/, "''", text)
    return "'" text "'\n"
}

function plain(text) {
    gsub(/[`*$]/, "", text)
    return quoted(text)
}

function neighbour(which, i) { return which "page: " name[i] ".html\n" which "title: " quoted(title[i]) }
function leads_on(i) { return i > 1 && i <= n && (kind[i] == kind[i - 1] || kind[i] == "lessons") }
function put(text) { print text "\n" >(tmp "/index.md") }

function inside(class) { # a box of this class, or with "" none
    if (class != box && box != "") { put("\n::::") }
    if (class != box && class != "") { put(":::: " class) }
    box = class
}

FILENAME == "README.md" {
    if (/^\|/ && match($0, /\]\(lessons\/[^)]*\/README\.md\)/)) {
        lesson = substr($0, RSTART + 10, RLENGTH - 21)
        cells = split($0, cell, / *\| */)
        facts[lesson] = cell[cells - 2] "\n\n" cell[cells - 1]
    }
    next
}

{
    text = $0
    sub(/^[a-z]+ +/, "", text)
}
$1 == "title" { title[0] = text }
$1 == "about" { put(text) }
$1 == "asks" { question = text }
$1 == "shows" {
    picture = $2
    sub(/^[^ ]+ +/, "", text)
    alt = text
}
$1 == "part" {
    inside("")
    library = text ~ /^The library, /
    if (library && !seen++) { put("## The library") }
    sub(/^The library, /, "", text)
    put((library ? "### " : "## ") text)
}
$1 == "chapter" {
    name[++n] = $2
    getline title[n] <(tmp "/titles")
    if (title[n] == title[0]) { title[n] = "Introduction" }
    kind[n] = $NF ~ /^(lessons|common)\// ? substr($NF, 1, 7) : "guides"
    link = "[" title[n] "](" $2 ".html)"
    if (kind[n] == "lessons") {
        split($NF, path, "/")
        inside("lessons")
        put("::: lesson\n" (picture ? "\n![" alt "](" picture ")\n" : "") "\n### " link "\n\n" question "\n\n" facts[path[2]] "\n:::")
    } else {
        inside("chapters")
        print "- " link >(tmp "/index.md")
    }
    picture = question = ""
}

END {
    inside("")
    print "title: " plain(title[0]) "identifier: \"urn:uuid:6a1e5c0e-52f0-4f5c-9a53-0c1f6f3b7d21\"\nlang: en-GB\ndate: \"2026\"\ntoc-title: Contents" >(tmp "/epub.yaml")
    name[0] = "index"
    for (i = 0; i <= n; i++) {
        print "title: " quoted(title[i]) "pagetitle: " plain(title[i] (i ? " · " title[0] : "")) (i ? "contents: index.html\n" : "") \
            (i && leads_on(i) ? neighbour("previous", i - 1) : "") \
            (leads_on(i + 1) || !i ? neighbour("next", i + 1) : "") >(tmp "/" name[i] ".yaml")
    }
}
