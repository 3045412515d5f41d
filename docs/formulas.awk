# The last touches to a page's formulas: awk -f docs/formulas.awk PAGE
#
# Brackets grow only around what is tall; \mathrm{softmax} is one upright word (pandoc 2 and 3 set its letters one by one, each in
# its own way); a bar over several letters is as long as they are. A formula that is wider than the window scrolls in a box of its
# own, which the keyboard reaches: every one that stands by itself, and in a sentence a long one.

BEGIN {
    upright = " mathvariant=\"normal\""
    word = "<mstyle" upright ">(<m[ino]>[^<]*</m[ino]>)+</mstyle>" # pandoc 2
    word = word "|<mrow>(<m[in]" upright ">[^<]*</m[in]>)+</mrow>" # pandoc 3
    small = "</?(mi|mn|mo|mtext|mspace|mrow|msub|msup|msubsup)( (stretchy=\"false\"|accent|width|mathvariant)[^<>]*)?>"
    bracket = "<mo stretchy=\"true\" form=\"(prefix|postfix)\">[^<]*</mo>"
    tex = "<annotation encoding=\"application/x-tex\">"
    flat = "<mrow>" bracket "([^<]|" small ")*" bracket "</mrow>"
}

{ # a formula that goes on in the next line is one piece with it
    $0 = begun $0
    begun = ""
    if (gsub(/<math /, "&") != gsub(/<\/math>/, "&")) {
        begun = $0 "\n"
        next
    }
    while (match($0, word)) {
        letters = substr($0, RSTART, RLENGTH)
        gsub(/<[^<>]*>/, "", letters)
        $0 = substr($0, 1, RSTART - 1) "<mi" upright ">" letters "</mi>" substr($0, RSTART + RLENGTH)
    }
    while (match($0, flat)) {
        group = substr($0, RSTART, RLENGTH)
        gsub(/stretchy="true"/, "stretchy=\"false\"", group)
        $0 = substr($0, 1, RSTART - 1) group substr($0, RSTART + RLENGTH)
    }
    gsub(/<mo accent="true"[^<>]*>(¯|‾)<\/mo>/, "<mo accent=\"true\" stretchy=\"true\">‾</mo>")
    n = split($0, part, "</math>")
    $0 = part[n]
    for (i = n - 1; i > 0; i--) {
        match(part[i], tex "[^<]*")
        if (part[i] ~ /<math display="block"/ || RLENGTH >= length(tex) + 40) {
            sub(/<math /, "<span class=\"formula\" tabindex=\"0\" role=\"group\" aria-label=\"Formula\">&", part[i])
            $0 = part[i] "</math></span>" $0
        } else {
            $0 = part[i] "</math>" $0
        }
    }
    print
}
