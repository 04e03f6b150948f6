#!/usr/bin/env bash
# What `banditore drill` forecasts against what the simulators then take: 500, 2,000 and 10,000 people, 85 of 100 on WhatsApp of
# whom 20 in 100 never prove that they got it, four modems of 100 ms an SMS, with the link alive and dead. Timings are no tests:
# a ratio outside 0.9 to 1.1 says MISSED and fails nothing.
# usage: [DRILL_SIZES="500 2000 10000"] tests/bench/drill.sh BUILD_DIR
here=$(cd "$(dirname "$0")" && pwd)
B=$(cd "$1" && pwd)
export B
. "$here/../e2e/common.sh"

sizes=${DRILL_SIZES:-500 2000 10000}
modems=4 latency=100 fallback=30 warm=400 missed=0
quantiles=(50 90 99 100)

zone_people() { # ZONE COUNT FIRST: lines of the list; who begins with 335 is on WhatsApp and never proves it
	awk -v zone="$1" -v count="$2" -v first="$3" 'BEGIN {
		for (i = 0; i < count; i++) {
			sms = i % 20 < 3; silent = !sms && i % 5 == 4
			printf "+39%s%07d,%s,%s\n", sms ? "334" : silent ? "335" : "333", first + i, sms ? "sms" : "whatsapp", zone
		}
	}'
}

box_begin() {
	local i specs=() zones='{ id = "prova"; }' size first=1000000
	for ((i = 1; i <= modems; i++)); do specs+=("name=m$i,latency=$latency,boot=0,report=40"); done
	sim_start "${specs[@]}"
	graph_start latency=30 sent=20 delivered=60
	gctl ladder for 39335 delivered off >/dev/null
	for size in $sizes; do zones+=", { id = \"n$size\"; }"; done
	configure "$modems" "$(whatsapp_settings) zones = ( $zones ); alert = { fallback_after = $fallback; };
		sms = { report_wait = 1; };"
	{
		echo phone,channel,zone
		zone_people prova $warm 1
		for size in $sizes; do
			zone_people "n$size" "$size" "$first"
			first=$((first + 1000000))
		done
	} >"$box/people.csv"
	"$bin" subscriber import "$box/people.csv" >/dev/null && "$bin" template push >/dev/null || exit 1
	app_start --quiet
	within 20 all_ready "$modems" && within 20 link_is up || { echo 'the box does not come up' >&2; exit 1; }
}

alert_to() { "$bin" alert --colour red --zone "$1" --yes --json Prova 2>/dev/null | jq .id; } # ZONE
forecast() { jq -r ".$1.reach[\"$2\"] // 0" "$box/drill.$3"; }				# alive|dead QUANTILE ZONE

# measure ZONE: seconds until each quantile was reached, into $taken
measure() {
	local id start reached total=$1 now next=0 zone=n$1
	id=$(alert_to "$zone")
	start=$(date +%s%N)
	taken=()
	while [ $next -lt ${#quantiles[@]} ]; do
		reached=$(figure "$id" .reached)
		now=$(date +%s%N)
		while [ $next -lt ${#quantiles[@]} ] && [ $((reached * 100)) -ge $((quantiles[next] * total)) ]; do
			taken+=("$(awk -v a="$start" -v b="$now" 'BEGIN {printf "%.3f", (b - a) / 1e9}')")
			next=$((next + 1))
		done
		[ $((now - start)) -lt 3600000000000 ] || { echo "alert $id does not end" >&2; exit 1; }
		read -r -t 0.1 <> <(:)
	done
	within 30 message_is "$id" "done"
}

rows() { # alive|dead SIZE
	local i
	"$bin" drill --zone "n$2" --json >"$box/drill.n$2"
	measure "$2"
	for ((i = 0; i < ${#quantiles[@]}; i++)); do
		awk -v way="$1" -v size="$2" -v q="${quantiles[i]}" -v f="$(forecast "$1" "${quantiles[i]}" "n$2")" -v m="${taken[i]}" '
			BEGIN {
				ratio = (f > 0) ? m / f : 0
				printf "drill, %5d people, link %-5s %3d %%: forecast %8.1f s, measured %8.1f s, ratio %.2f  %s\n",
					size, way, q, f, m, ratio, (ratio >= 0.9 && ratio <= 1.1 ? "ok" : "MISSED")
			}' | tee -a "$box/rows"
	done
}

box_begin
alert_to prova >/dev/null
within 200 sh -c "$bin drill --json | jq -e '.measured | .modems and .pace and .share'" >/dev/null ||
	{ echo 'nothing was learnt from the first alert' >&2; "$bin" drill >&2; exit 1; }
for size in $sizes; do rows alive "$size"; done
gctl link down >/dev/null
alert_to prova >/dev/null # the link's death shows when something is to go by it
within 60 link_is down || { echo 'the dead link is not noticed' >&2; exit 1; }
within 120 message_is "$("$bin" message list --json | jq '.[0].id')" "done"
for size in $sizes; do rows dead "$size"; done
missed=$(grep -c MISSED "$box/rows")
[ "$missed" = 0 ] || echo "$missed forecasts are not within 10 %"
