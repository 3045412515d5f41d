#!/bin/sh
# `make deps`: looks for what the course needs. On Debian and its kin it installs the packages that are missing, and only those;
# elsewhere it says what they are called there.
#
# Each row of the table names something that shows that a package is there, wherever that came from: a command, a header, a
# file of pictures, a text or a font. gnuplot-qt has the command gnuplot, too.
. "${0%/*}/../docs/shell.sh"
root=${DEPS_ROOT:-} # for the tests: a folder that takes the place of /

# "-": not needed there. With a slash: in no package there, but to be had at that place.
table='
# what shows it          Debian                  Fedora                 Arch            Alpine          Homebrew                what for
gcc                      build-essential         gcc                    gcc             build-base      gcc                     compiles everything
make                     build-essential         make                   make            build-base      make                    compiles everything
stdio.h                  build-essential         glibc-devel            glibc           build-base      -                       compiles everything
cblas.h                  libopenblas-openmp-dev  openblas-devel         openblas        openblas-dev    openblas                multiplies matrices
zlib.h                   zlib1g-dev              zlib-devel             zlib            zlib-dev        -                       unpacks the data
jansson.h                libjansson-dev          jansson-devel          jansson         jansson-dev     jansson                 reads saved networks
stb_image_write.h        libstb-dev              stb_image_write-devel  stb             stb             github.com/nothings/stb writes pictures
train-images-idx3-ubyte* dataset-fashion-mnist   data/README.md         data/README.md  data/README.md  data/README.md          the pictures to learn from
jargon.txt*              jargon-text             data/README.md         data/README.md  data/README.md  data/README.md          the text to learn from
gnuplot                  gnuplot-nox             gnuplot                gnuplot         gnuplot         gnuplot                 draws the curves
check.h                  check                   check-devel            check           check-dev       check                   runs the tests
pandoc                   pandoc                  pandoc-cli             pandoc-cli      pandoc-cli      pandoc                  makes the book
STIX*Math*.otf           fonts-stix              -                      -               -               -                       sets its formulas
'
# Column of the table | what /etc/os-release, or else uname, calls it | what installs there, if we do not
systems='
debian   debian  -
debian   ubuntu  -
fedora   fedora  sudo dnf install
arch     arch    sudo pacman -S --needed
alpine   alpine  doas apk add
homebrew Darwin  brew install
'
# Where the Makefile has the compiler look: Debian has one folder for each OpenBLAS, and Homebrew hides its own.
headers="$root/usr/include $root/usr/include/stb $root/usr/include/*/openblas-openmp $root/usr/include/openblas $root/usr/local/include
    $root/opt/homebrew/include $root/opt/homebrew/opt/openblas/include $root/usr/local/opt/openblas/include"
pictures="$root/usr/share/datasets/fashion-mnist data/fashion"
texts="$root/usr/share/doc/jargon-text data/jargon"
fonts="$root/usr/share/fonts/*/*"

# there THING: is there such a command, header, file of pictures, text, or font?
there() {
    case $1 in
    *.h) folders=$headers ;;
    *-ubyte*) folders=$pictures ;;
    *.txt*) folders=$texts ;;
    *.otf) folders=$fonts ;;
    *)
        command -v "$1" >/dev/null
        return
        ;;
    esac
    for folder in $folders; do
        for file in $folder/$1; do
            [ ! -e "$file" ] || return 0
        done
    done
    return 1
}

# Which system is it? A system that is not in the table says whom it is like: Linux Mint has ID_LIKE="ubuntu debian".
system='' install=''
for id in $(sed -n 's/^ID\(_LIKE\)\{0,1\}=//p' "$root/etc/os-release" 2>/dev/null | sort | tr -d "\"'") $(uname -s); do
    while read -r column name command; do
        [ "$name" != "$id" ] || [ "$system" ] || system=$column install=$command
    done <<END
$systems
END
done

# What is missing: packages, with the reasons, and what is in no package.
missing='' why='' elsewhere='' package=''
# shellcheck disable=SC2034 # eval reads the columns
while read -r thing debian fedora arch alpine homebrew purpose; do
    case $thing in '' | '#') continue ;; esac
    eval "package=\$${system:-debian}"
    case " - $missing " in *" $package "*) continue ;; esac
    ! there "$thing" || continue
    case $package in
    */*) elsewhere="$elsewhere${elsewhere:+; }$purpose, see $package" ;;
    *) missing="${missing:+$missing }$package" why="$why${why:+, }$package ($purpose)" ;;
    esac
done <<END
$table
END

if [ -z "$missing$elsewhere" ]; then
    echo "deps: all there"
    exit 0
fi
if [ "${system:-debian}" != debian ]; then
    [ -z "$elsewhere" ] || echo "deps: missing, and in no package here: $elsewhere" >&2
    [ -z "$missing" ] || echo "deps: missing: $why. To install them: $install $missing" >&2
    exit 1
fi
if ! command -v apt-get >/dev/null; then
    echo "deps: missing: $why. These are Debian's names, and there is no apt-get here: install what your system has in their place; data/README.md says where pictures and text come from" >&2
    exit 1
fi
sudo=
if [ "$(id -u)" -ne 0 ]; then
    sudo=sudo
    if ! command -v sudo >/dev/null; then
        echo "deps: missing: $why. There is no sudo here: as root, run apt-get install $missing" >&2
        exit 1
    fi
fi
echo "deps: installing $missing"
# shellcheck disable=SC2086 # $missing is a list
if ! { $sudo apt-get -q update &&
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install $missing; }; then
    echo "deps: apt-get could not install $missing; its own words stand above" >&2
    exit 1
fi

# Images for containers often leave out /usr/share/doc, whatever is installed, and the text lies there: then it is taken out of
# the package.
take_out_the_text() {
    packages=$(mktemp -d) || return 1
    # apt-get downloads as a user of its own if it can write here
    chmod 755 "$packages"
    mkdir -p data/jargon &&
        (cd "$packages" && apt-get -q download jargon-text) &&
        dpkg-deb --fsys-tarfile "$packages"/jargon-text_*.deb >"$packages/files.tar" &&
        tar -xOf "$packages/files.tar" ./usr/share/doc/jargon-text/jargon.txt.gz >data/jargon/part &&
        mv data/jargon/part data/jargon/jargon.txt.gz
    result=$?
    rm -rf "$packages" data/jargon/part
    return $result
}
if ! there 'jargon.txt*'; then
    echo "deps: this system leaves out /usr/share/doc; the text goes to data/jargon/"
    if ! take_out_the_text; then
        echo "deps: the text could not be taken out of the package jargon-text; data/README.md says where else it is" >&2
        exit 1
    fi
fi
