#!/bin/sh
# Weaves the book that docs/book.txt describes: sh docs/weave.sh build/book
#
# weave.awk turns a chapter's files into one text, pandoc the text into a page, and page.awk gives it the last touches. Whatever
# cannot be passed on faithfully is refused, all that is found at once, and then the book stays as it was.
set -u
LC_ALL=C.UTF-8 && export LC_ALL
out=${1:?usage: sh docs/weave.sh FOLDER}
docs=${0%/*}

fail() {
    echo "error: $1" >&2
    exit 1
}
command -v pandoc >/dev/null || fail 'the book needs pandoc, which is not installed; "make deps" installs it'
[ ! -e "$out" ] || [ -f "$out/index.html" ] || fail "$out exists and is not a book; choose another folder"
tmp=$(mkdir -p "$(dirname "$out")" 2>/dev/null && mktemp -d "$out.XXXXXX" 2>/dev/null) ||
    fail "cannot write to $out; choose another folder, or free some space"
mkdir "$tmp/book"
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' HUP INT TERM

stop_if_refused() {
    cat "$tmp"/*.err >"$tmp/refused"
    [ ! -s "$tmp/refused" ] || { cat "$tmp/refused" >&2 && exit 1; }
}

# The order: every line is understood, every file is there and stands in one chapter.
awk '
    function refuse(why) { print "error: docs/book.txt:" FNR ": " why }
    /^#/ || NF == 0 || ($1 ~ /^(title|about|part)$/ && NF > 1) { next }
    $1 != "chapter" || NF < 3 { refuse("expected title, about or part and a text, or chapter NAME FILE..."); next }
    $2 !~ /^[a-z0-9_-]+$/ || $2 == "index" { refuse("a chapter cannot be called " $2) }
    named[$2]++ { refuse("another chapter is called " $2) }
    {
        for (i = 3; i <= NF; i++) {
            if ((getline line <$i) < 0) { refuse("chapter " $2 ": there is no file " $i) }
            if (placed[$i]++) { refuse("chapter " $2 ": " $i " stands in a chapter already") }
            close($i)
        }
    }' docs/book.txt >"$tmp/0.err" 2>&1
stop_if_refused
sed -n 's/^chapter *//p' docs/book.txt >"$tmp/chapters"

while read -r name files; do
    # shellcheck disable=SC2086 # a list of files, to be split
    awk -f "$docs/weave.awk" -v chapter="$name" -v titles="$tmp/titles" $files >"$tmp/$name.md" 2>"$tmp/$name.err"
done <"$tmp/chapters"
stop_if_refused

# The contents page; and for the head of every page its title and its neighbours', which template.html reads as YAML.
awk -v tmp="$tmp" '
    function quoted(text) { gsub(/\047/, "\047\047", text); return "\047" text "\047\n" }
    function plain(text) { gsub(/[`*$]/, "", text); return quoted(text) }
    function neighbour(which, i) { return name[i] ? which "page: " name[i] ".html\n" which "title: " quoted(title[i]) : "" }
    { text = $0; sub(/^[a-z]+ +/, "", text) }
    $1 == "title" { title[0] = text }
    $1 == "about" { contents = contents text "\n\n" }
    $1 == "part" { contents = contents "\n## " text "\n\n" }
    $1 == "chapter" {
        name[++n] = $2
        getline title[n] <(tmp "/titles")
        strong = $NF ~ /^lessons\// ? "**" : ""
        contents = contents "- " strong "[" title[n] "](" $2 ".html)" strong "\n"
    }
    END {
        print contents >(tmp "/index.md")
        name[0] = "index"
        for (i = 0; i <= n; i++) {
            print "title: " quoted(title[i]) "pagetitle: " plain(title[i] (i ? " · " title[0] : "")) \
                (i ? "contents: index.html\n" : "") \
                (i > 1 ? neighbour("previous", i - 1) : "") neighbour("next", i + 1) >(tmp "/" name[i] ".yaml")
        }
    }' docs/book.txt

# Raw HTML and TeX would vanish from a page unseen; the other extensions left out see marks in ordinary text.
reader=markdown+gfm_auto_identifiers-raw_html-raw_tex-raw_attribute-native_divs-native_spans-markdown_in_html_blocks
reader=$reader-citations-example_lists-fancy_lists-superscript-subscript-yaml_metadata_block-pandoc_title_block

page() { # NAME FILE...
    name=$1 options=
    folder=$(dirname "$2")
    if [ "${folder#lessons/}" != "$folder" ]; then
        draw "$name" "${folder#lessons/}"
        options="--toc --toc-depth=2"
    fi
    # shellcheck disable=SC2086 # options, to be split
    pandoc -f "$reader" -t html5 --mathml --wrap=preserve --columns=10000 $options --template="$docs/template.html" \
        --metadata-file="$tmp/$name.yaml" "$tmp/$name.md" 2>"$tmp/$name.warnings" |
        awk -f "$docs/page.awk" -v chapter="$name" docs/book.txt - >"$tmp/book/$name.html" 2>"$tmp/$name.2.err"
    sed "s/^/error: chapter $name: /" "$tmp/$name.warnings" >"$tmp/$name.3.err"
}
draw() { # NAME LESSON: a lesson's figures show its reference run
    run=docs/reference/$2
    [ -d "$run" ] || return
    mkdir -p "$tmp/book/$2"
    sh plots/plot.sh "$2" "$run" svg "$tmp/book/$2" >/dev/null 2>"$tmp/$1.plot" || sed "s/^error:/& chapter $1:/" "$tmp/$1.plot" >"$tmp/$1.1.err"
    find "$run" \( -name '*.png' -o -name '*.gif' \) -exec cp {} "$tmp/book/$2" \;
}
every_second_page() { # two of these share the work
    while read -r name files; do
        # shellcheck disable=SC2086 # a list of files, to be split
        page "$name" $files
        read -r name files || break
    done
}
{ echo index docs/book.txt && cat "$tmp/chapters"; } | every_second_page &
every_second_page <"$tmp/chapters"
wait
cp "$docs/style.css" "$tmp/book/"
find docs -maxdepth 1 \( -name '*.svg' -o -name '*.png' \) -exec cp {} "$tmp/book/" \;
stop_if_refused

# Every link leads to a page of the book, and to a place that is there; every figure exists.
(cd "$tmp/book" && awk '
    FNR == 1 { page = substr(FILENAME, 3); there[page] }
    {
        for (rest = $0; match(rest, /<[^<>]*/); rest = substr(rest, RSTART + RLENGTH)) {
            n = split(substr(rest, RSTART, RLENGTH), part, "\"")
            for (i = 1; i < n; i += 2) {
                if (part[i] ~ / id=$/) { there[page "#" part[i + 1]] }
                if (part[i] ~ / (href|src)=$/) { wanted[page, part[i] ~ /src=$/ ? "shows" : "links to", part[i + 1]] }
            }
        }
    }
    END {
        for (w in wanted) {
            split(w, part, SUBSEP)
            target = part[3] ~ /^#/ ? part[1] part[3] : part[3]
            if (target in there || (part[2] == "links to" && target ~ /^(https?|mailto):/)) { continue }
            if (target ~ /#/ || (getline line <target) < 0) {
                sub(/\.html$/, "", part[1])
                print "error: chapter " part[1] " " part[2] " " part[3] ", which does not exist" | "sort"
            }
        }
    }' ./*.html) >"$tmp/0.err"
stop_if_refused
rm -rf "$out" && mv "$tmp/book" "$out"
