# sed -f docs/boxes.sed: what people need who read a page by keyboard, by ear, or on a telephone.
#
# Tables, code and figures scroll in boxes of their own when the window is too narrow: the keyboard reaches each, and a box has
# a name. (They are groups and not regions, for a page has dozens: as landmarks they would hide the few that there are.) A table
# header without a word is no header, and the list of sections, which stands in a page twice, names no places.
#
# What exercises-in-book.sh has marked as folded is folded.
s/^<p>@@fold \(.*\)@@<\/p>$/<details><summary>\1<\/summary>/
s/^<p>@@end@@<\/p>$/<\/details>/
s/<table[^>]*>/<div class="wide" tabindex="0" role="group" aria-label="Table">&/
s/<\/table>/&<\/div>/
s/^<img [^>]*\.svg"[^>]*>$/<div class="wide drawn" tabindex="0" role="group" aria-label="Figure">&<\/div>/
s/ data-file="\([^"]*\)"[^<]*<pre[^>]*/& tabindex="0" role="group" aria-label="Code from \1"/
t
s/<pre[^>]*/& tabindex="0" role="group" aria-label="Code"/
s/<th\( [^>]*\)\{0,1\}><\/th>/<td\1><\/td>/g
s/ id="toc-[^"]*"//g
