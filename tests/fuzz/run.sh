#!/usr/bin/env bash
# Each fuzzer for so many seconds under libFuzzer with AddressSanitizer and UndefinedBehaviorSanitizer.
# usage: tests/fuzz/run.sh SECONDS FUZZER.c…
set -eu
seconds=$1
shift
out=build/fuzz
mkdir -p "$out/gen"
cp build/plain/gen/*.inc "$out/gen/"
flags="-std=c17 -D_GNU_SOURCE -g -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -I. -I$out/gen -isystem /usr/include/libevdev-1.0"
objects=
for source in config/*.c modem/*.c db/*.c firmware-host/*.c firmware-host/*/*.c; do
	[ "$source" = firmware-host/main.c ] && continue
	object=$out/${source%.c}.o
	mkdir -p "$(dirname "$object")"
	[ "$object" -nt "$source" ] || echo "clang $flags -c -o $object $source"
	objects="$objects $object"
done | xargs -P 2 -I{} sh -c '{}'
objects=$(find "$out/config" "$out/modem" "$out/db" "$out/firmware-host" -name '*.o')
printf 'const char banditore_version[] = "fuzz";\n' >"$out/version.c"
status=0
for fuzzer in "$@"; do
	name=$(basename "$fuzzer" .c)
	corpus=tests/corpus/${name#fuzz_}
	found=$out/corpus/$name
	mkdir -p "$found" "$corpus"
	# shellcheck disable=SC2086
	clang -std=c17 -D_GNU_SOURCE -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -I. -I"$out/gen" \
		-Wno-missing-prototypes -o "$out/$name" "$fuzzer" "$out/version.c" $objects -lserialport -lsqlite3 -lconfig -ljansson -lsodium -lcurl -levdev -lm -pthread
	echo "$name: $seconds s"
	"$out/$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=0 -verbosity=0 \
		-artifact_prefix="$out/" "$found" "$corpus" || { echo "$name: FOUND SOMETHING, see $out/crash-*"; status=1; }
done
exit $status
