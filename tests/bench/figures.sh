# What the bench shares: the table, reading the simulator and /proc. Expects common.sh.
# shellcheck shell=bash
stopwatch=$B/bench/stopwatch
figures_missed=0

figure_head() { printf '%-50s %-28s %-16s\n' figure 'measured (from - to)' target; }

# middle VALUE…: median, least, most
middle() { printf '%s\n' "$@" | sort -g | awk '{v[NR] = $1} END {print (NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2), v[1], v[NR]}'; }

# figure_row NAME FORMAT (at least|at most|-) TARGET VALUE…
figure_row() {
	local name=$1 format=$2 way=$3 target=$4 verdict='' shown line
	shift 4
	line=$(middle "$@")
	shown=$(awk -v "f=$format" '{a = sprintf(f, $1); number = f; sub(/ .*/, "", number)
		if ($2 != $3) a = a " (" sprintf(number, $2) " - " sprintf(number, $3) ")"; print a}' <<<"$line")
	if [ "$way" != - ]; then
		verdict=$(awk -v w="$way" -v t="$target" '{print (w == "at least" ? $1 >= t : $1 <= t) ? "ok" : "MISSED"}' <<<"$line")
		[ "$verdict" = ok ] || figures_missed=$((figures_missed + 1))
		way="$way $target"
	fi
	printf '%-50s %-28s %-16s %s\n' "$name" "$shown" "$way" "$verdict"
	figures[$name]=${line%% *}
}
declare -A figures

sim_stat() { ctl stats | jq -r "$1"; } # JQ_EXPRESSION

# cpu_ms PID: user and system time of all threads, to the nanosecond; and of children it has waited for
cpu_ms() { cat /proc/"$1"/task/*/schedstat 2>/dev/null | awk '{ns += $1} END {printf "%.3f", ns / 1000000}'; }
io_of() { awk -v k="$2:" '$1 == k {print $2}' /proc/"$1"/io; } # PID KEY
memory_mib() { awk -v k="$2:" '$1 == k {print $2 / 1024}' /proc/"$1"/status; } # PID KEY
per() { awk -v n="$1" -v a="$2" -v b="$3" 'BEGIN {print (b - a) / n}'; } # COUNT BEFORE AFTER
