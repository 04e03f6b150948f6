#!/usr/bin/env bash
# Runs tests and ends with "N passed, N failed". Unit programs and scenario scripts all speak TAP.
# usage: tests/run.sh [--unit-only] BUILD_DIR UNIT_PROGRAM…
set -u
unit_only=
[ "${1:-}" = --unit-only ] && { unit_only=1; shift; }
build=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
logs=$build/test-logs
rm -rf "$logs"
mkdir -p "$logs"
passed=0 failed=0 skipped=0
export CMOCKA_MESSAGE_OUTPUT=TAP B="$build"
# Sanitizers end a program at the first finding, with a status of their own.
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:exitcode=99} UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export TSAN_OPTIONS=${TSAN_OPTIONS:-exitcode=99}

jobs=${JOBS:-$(($(nproc) + 1))} # they wait more than they work
results=$logs/results
: >"$results"

run_one() { # NAME LIMIT_SECONDS COMMAND…: its line, and what failed, at once; its counts into the results
	local name=$1 limit=$2 log=$logs/$1.log status ok bad skip seconds=$SECONDS line
	shift 2
	timeout -k 10 "$limit" "$@" >"$log" 2>&1 </dev/null
	status=$?
	skip=$(grep -acE '^((not )?ok [0-9]+ .*|1\.\.0 )# *[Ss][Kk][Ii][Pp]' "$log")
	ok=$(grep -aE '^ok [0-9]+' "$log" | grep -acvE '# *[Ss][Kk][Ii][Pp]')
	bad=$(grep -aE '^not ok [0-9]+' "$log" | grep -acvE '# *[Ss][Kk][Ii][Pp]')
	# A program that fails without saying which test, or that tests nothing, has failed.
	if [ "$bad" = 0 ] && { [ $status != 0 ] || [ $((ok + skip)) = 0 ]; }; then
		bad=1
		if [ $status = 124 ]; then echo "not ok - longer than $limit s" >>"$log"; else echo "not ok - exit status $status" >>"$log"; fi
	fi
	echo "$ok $bad $skip" >>"$results"
	line=$(printf '%-28s %5d passed' "$name" "$ok")
	[ "$bad" = 0 ] || line+=", $bad FAILED (see $log)"
	[ "$skip" = 0 ] || line+=", $skip skipped"
	line+="  $((SECONDS - seconds)) s"
	[ "$bad" = 0 ] || line+=$'\n'$(grep -aE -B2 -A12 '^not ok|ERROR: AddressSanitizer|WARNING: ThreadSanitizer|runtime error' "$log" | head -n 60 | sed 's/^/    /')
	echo "$line"
}

start() { # as run_one, beside the others
	while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do wait -n; done
	run_one "$@" &
}

for program in "$@"; do
	start "$(basename "$program")" 300 "$program"
done
wait
if [ -z "$unit_only" ]; then
	for script in "$here"/e2e/test_*.sh; do
		start "$(basename "$script" .sh)" 600 bash "$script"
	done
	wait
fi
while read -r ok bad skip; do
	passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + skip))
done <"$results"
printf '%d passed, %d failed' "$passed" "$failed"
[ "$skipped" = 0 ] || printf ', %d skipped' "$skipped"
echo
[ "$failed" = 0 ]
