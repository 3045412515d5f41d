# awk -f docs/plain.awk FILE: Markdown for a terminal. A formula between dollars becomes what one would type: of
# $w \leftarrow w - \eta\, \frac{a}{b}$ it makes w ← w - η (a)/(b). All else is passed on as it is.

BEGIN {
    n_pairs = split("alpha α beta β gamma γ delta δ epsilon ε varepsilon ε eta η theta θ lambda λ mu μ pi π rho ρ sigma σ tau τ phi φ" \
        " partial ∂ nabla ∇ sum Σ prod Π sqrt √ cdot · times × circ ∘ pm ± le ≤ ge ≥ ne ≠ approx ≈ in ∈ infty ∞ to → leftarrow ←" \
        " ldots … dots … lVert ‖ rVert ‖ lvert | rvert | lceil ⌈ rceil ⌉ lfloor ⌊ rfloor ⌋ langle ⟨ rangle ⟩ top T", pair, " ")
    for (i = 1; i < n_pairs; i += 2) { sign[pair[i]] = pair[i + 1] }
    n_gone = split("left right text mathrm mathbf mathbb quad qquad", gone, " ")
    for (i = 1; i <= n_gone; i++) { sign[gone[i]] = "" }
    group = "[{][^{}]*[}]"
}

function plain(text,    done, name, part, inner) {
    gsub(/\\[,;: !]/, " ", text)
    while (match(text, /\\[a-zA-Z]+/)) { # a command: its sign, or its name; fractions wait
        name = substr(text, RSTART + 1, RLENGTH - 1)
        done = done substr(text, 1, RSTART - 1) (name ~ /^t?frac$/ ? "\\" : name in sign ? sign[name] : name)
        text = substr(text, RSTART + RLENGTH)
    }
    text = done text
    while (1) { # from the innermost braces outwards
        if (match(text, "\\\\" group group)) {
            split(substr(text, RSTART + 2, RLENGTH - 3), part, "}{")
            inner = "(" part[1] ")/(" part[2] ")"
        } else if (match(text, "[^\\\\}]" group)) {
            inner = substr(text, RSTART + 2, RLENGTH - 3)
            if (substr(text, 1, RSTART) ~ /√$/) { inner = "(" inner ")" }
            inner = substr(text, RSTART, 1) inner
        } else {
            break
        }
        text = substr(text, 1, RSTART - 1) inner substr(text, RSTART + RLENGTH)
    }
    gsub(/[{}]/, "", text)
    gsub(/\\+/, " ", text)
    return text
}

{
    gsub(/\$\$/, "$")
    n = split($0, part_of, "$")
    line = ""
    for (k = 1; k <= n; k++) {
        line = line (math ? plain(part_of[k]) : part_of[k])
        if (k < n) { math = !math }
    }
    print line
}
