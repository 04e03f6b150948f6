#!/usr/bin/env bash
# The static checks. Each prints what it found; any finding fails the run.
# usage: tests/lint/run.sh BUILD_DIR 'CFLAGS'
set -u
build=$1
cflags=$2
failed=0
sources=$(git ls-files '*.c')
headers=$(git ls-files '*.h')
product=$(git ls-files 'config/*.[ch]' 'modem/*.[ch]' 'db/*.[ch]' 'firmware-host/*.[ch]')

check() { # NAME COMMAND…
	local name=$1 output seconds=$SECONDS
	shift
	if output=$("$@" 2>&1) && [ -z "$output" ]; then
		printf '%-10s ok  %d s\n' "$name" $((SECONDS - seconds))
	else
		printf '%-10s FAILED\n%s\n' "$name" "$(printf '%s' "$output" | head -n 80 | sed 's/^/    /')"
		failed=1
	fi
}

# Includes run one way: config knows nobody, modem and db know config, firmware-host knows all.
layers() {
	grep -nE '#include "(modem|db|firmware-host|tests)/' config/*.[ch]
	grep -nE '#include "(db|firmware-host|tests)/' modem/*.[ch]
	grep -nE '#include "(modem|firmware-host|tests)/' db/*.[ch]
	grep -nE '#include "tests/' firmware-host/*.[ch] firmware-host/*/*.[ch]
	true
}

# Libraries read no wall clock, print nothing and keep no state of their own; nobody uses what cannot be bounded.
banned() {
	grep -nE '\b(clock_wall_ms|time\(NULL\)|gettimeofday|CLOCK_REALTIME)\b' modem/*.[ch] db/*.[ch] | grep -v 'config/clock'
	grep -nE '\b(printf|fprintf\(stderr|puts|perror|log_line)\s*\(' modem/*.c db/*.c | grep -vE 'snprintf|vsnprintf'
	# shellcheck disable=SC2086
	grep -nE '\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol|sp_drain|alloca|system|popen)\s*\(' $product
	# shellcheck disable=SC2086
	grep -nE '\b(TODO|FIXME|XXX)\b' $product
	grep -rnE 'sqlite3_|SELECT .* FROM|INSERT INTO|UPDATE .* SET' firmware-host modem config --include='*.[ch]'
	true
}

# A function is never much over 80 lines unless it is one flat table or switch; a file never over 800.
sizes() {
	# shellcheck disable=SC2086
	wc -l $sources $headers | awk '$2 != "total" && $1 > 800 {print $2 ": " $1 " lines, split it along the route"}'
	# shellcheck disable=SC2086
	ctags -x --c-kinds=f --fields=+ne --_xformat='%F %N %n %e' $sources |
		awk '{n = $4 - $3 + 1; if (n > 80) print $1 ":" $3 ": " $2 " has " n " lines, split it"}'
}

headers_alone() {
	local h
	for h in $headers; do
		# shellcheck disable=SC2086
		printf '#include "%s"\n' "$h" | cc $cflags -fsyntax-only -x c - || echo "$h does not compile alone"
		grep -q '#ifndef BANDITORE_' "$h" || echo "$h has no include guard"
	done
}

format() {
	# shellcheck disable=SC2086
	clang-format --dry-run -Werror $sources $headers
}

static_cppcheck() {
	# shellcheck disable=SC2046
	cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 -j 2 \
		--suppress=missingIncludeSystem --suppress=missingInclude --suppress=unmatchedSuppression -I. -I"$build/gen" \
		-D_GNU_SOURCE $(git ls-files 'config/*.c' 'modem/*.c' 'db/*.c' 'firmware-host/*.c')
}

static_tidy() {
	git ls-files 'config/*.c' 'modem/*.c' 'db/*.c' 'firmware-host/*.c' |
		xargs -P 2 -n 4 clang-tidy --quiet -p . 2>/dev/null | grep -E '(warning|error):'
	true
}

shell() {
	# SC2154, SC2034: variables of common.sh; SC1010: "done" is also a message's state.
	git ls-files '*.sh' .ci/run | xargs shellcheck -x -S warning -e SC2154,SC2034,SC1010
}

check layers layers
check banned banned
check sizes sizes
check headers headers_alone
check format format
check shell shell
check cppcheck static_cppcheck
check tidy static_tidy
exit $failed
