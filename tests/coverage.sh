#!/usr/bin/env bash
# Line coverage of the product's sources after a run of the tests built with COV=1.
# usage: tests/coverage.sh BUILD_DIR SOURCE.c…
set -u
build=$1
shift
lines=0 covered=0
for source in "$@"; do
	object=$build/${source%.c}.o
	[ -e "${object%.o}.gcda" ] || { printf '%7s  %s\n' '0.0%' "$source"; continue; }
	# "Lines executed:87.50% of 64", of the source itself and not of headers
	read -r percent total < <(gcov -n -o "$object" "$source" 2>/dev/null |
		awk -v file="$source" '$0 == "File '\''" file "'\''" {found = 1} found && /^Lines executed/ {gsub(/Lines executed:|%| of/, ""); print; exit}')
	[ -n "${percent:-}" ] || continue
	printf '%6s%%  %s\n' "$percent" "$source"
	lines=$((lines + total))
	covered=$(awk -v c="$covered" -v p="$percent" -v t="$total" 'BEGIN {printf "%d", c + p * t / 100}')
	percent=
done
awk -v c="$covered" -v l="$lines" 'BEGIN {printf "%6.2f%%  of %d lines\n", l ? 100 * c / l : 0, l}'
