# awk -f plots/labels.awk PLOT.svg: what a reader cannot read of a plot by gnuplot. Each line is a text that reaches beyond the
# picture, or one that lies on another one. How wide a text is depends on the reader's font: it is taken as half its size for each
# character. (Texts of one or two characters may stand close: they are points of a plot.)
BEGIN { n = 0 }
function box(text, size,    width, before) {
    width = 0.52 * size * length(text)
    before = anchor == "middle" ? width / 2 : anchor == "end" ? width : 0
    left[n] = upright ? x - 0.75 * size : x - before
    right[n] = upright ? x : x - before + width
    top[n] = upright ? y + before - width : y - 0.75 * size
    bottom[n] = upright ? y + before : y
}
/viewBox="0 0 / { split($0, part, /[ "]+/); for (i in part) if (part[i] == "viewBox=") { wide = part[i + 3]; high = part[i + 4] } }
/<image / && !/image-rendering/ { print "a picture in it is smoothed when it is enlarged" }
/<g transform="translate\(/ && /font-size=/ {
    match($0, /translate\([-0-9.,]+\)/)
    split(substr($0, RSTART + 10, RLENGTH - 11), place, ",")
    x = place[1]; y = place[2]
    slanted = /rotate\(/ && !/rotate\(-?(90|270)/
    upright = /rotate\(-?(90|270)/
    match($0, /font-size="[0-9.]+/); size = substr($0, RSTART + 11, RLENGTH - 11)
    anchor = /text-anchor="middle"/ ? "middle" : /text-anchor="end"/ ? "end" : "start"
    waiting = 1
}
/<text>/ && waiting {
    waiting = 0
    text = $0
    sub(/.*<text>/, "", text); gsub(/<[^>]*>/, "", text); gsub(/&[a-z]+;/, "x", text); gsub(/^ +| +$/, "", text)
    if (slanted || text == "") next
    texts[n] = text
    box(text, size)
    if (left[n] < -1 || top[n] < -1 || right[n] > wide + 3 || bottom[n] > high + 1) printf "\"%s\" reaches beyond the picture\n", text
    for (i = 0; i < n; i++) {
        if (length(text) > 2 && length(texts[i]) > 2 && left[n] + 3 < right[i] && left[i] + 3 < right[n] && top[n] + 2 < bottom[i] && top[i] + 2 < bottom[n])
            printf "\"%s\" lies on \"%s\"\n", text, texts[i]
    }
    n++
}
