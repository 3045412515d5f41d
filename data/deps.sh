#!/bin/sh
# `make deps`: installs the Debian packages that are missing, and only those. Each row of the table names a package and
# something that shows it is there, a command or a file, wherever that came from: gnuplot-qt has the command gnuplot too.

# package | command or file | what for
table='
build-essential        gcc                                                           compiles everything
build-essential        make                                                          compiles everything
build-essential        /usr/include/stdio.h                                          compiles everything
libopenblas-openmp-dev /usr/include/*/openblas-openmp/cblas.h                        multiplies matrices
libopenblas-openmp-dev /usr/lib/*/openblas-openmp/libopenblas.so                     multiplies matrices
zlib1g-dev             /usr/include/zlib.h                                           unpacks the data
libcjson-dev           /usr/include/cjson/cJSON.h                                    reads saved networks
libstb-dev             /usr/include/stb/stb_image_write.h                            writes pictures
dataset-fashion-mnist  /usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz  the images to learn from
gnuplot-nox            gnuplot                                                       draws the curves
check                  /usr/include/check.h                                          runs the tests
pandoc                 pandoc                                                        makes the book
'

# there THING: is there such a command, or a file that matches the pattern /THING?
there() {
    case $1 in
    /*)
        for file in $1; do
            [ ! -e "$file" ] || return 0
        done
        return 1
        ;;
    *) command -v "$1" >/dev/null ;;
    esac
}

missing='' why=''
while read -r package thing purpose; do
    case " $missing " in *" $package "*) continue ;; esac
    if [ -n "$package" ] && ! there "$thing"; then
        missing="${missing:+$missing }$package"
        why="$why${why:+, }$package ($purpose)"
    fi
done <<END
$table
END

if [ -z "$missing" ]; then
    echo "deps: all there"
    exit 0
fi
if ! command -v apt-get >/dev/null; then
    echo "deps: missing: $why. These are Debian's names, and there is no apt-get here: install what your system has in their place" >&2
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
