# What every script of the course begins with:
#
#     . "${0%/*}/../docs/shell.sh"
#
# Numbers, letters and the order of lines are the same in every country: with LC_NUMERIC=de_DE.UTF-8 some awks read 0.777 as 0
# and write 3,466. (The programs in C never ask for a locale.) Where there is no C.UTF-8, the system takes C, which is as good
# for numbers.
LC_ALL=C.UTF-8
export LC_ALL
unset CDPATH GREP_OPTIONS POSIXLY_CORRECT 2>/dev/null # cd would print where it went; and others would read options differently

# As text that can do nothing to a terminal: control characters (an escape sequence, a line break) become "?". Whatever a
# message quotes of a file or an option may hold some.
visible() { # TEXT
    case $1 in
    *[[:cntrl:]]*) printf '%s' "$1" | LC_ALL=C tr '\000-\037\177' '[?*]' ;;
    *) printf '%s' "$1" ;;
    esac
}

# One line. (echo would take \n in a name for a line's end.)
say() { # TEXT
    printf '%s\n' "$(visible "$1")"
}

# One line on standard error, and the end.
fail() { # TEXT
    say "error: $1" >&2
    exit 1
}

# Refuses a folder whose name some tool would take for something else: an option, an assignment of awk's, a link's end.
plain_folder() { # VARIABLE FOLDER
    case $2 in
    '' | -* | *=* | *[[:cntrl:]]* | *[\<\>]*) fail "$1 names a folder; \"$2\" is empty, begins with a dash, or holds =, <, > or a control character" ;;
    esac
}

# How to ask this pandoc for formulas in MathML. The newest warn of --mathml, and the oldest know nothing else.
mathml() {
    if pandoc --help | grep -q -e '--math-method'; then
        echo --math-method=mathml
    else
        echo --mathml
    fi
}

# How many things to do at once.
processors() {
    getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1
}
