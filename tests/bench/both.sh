# The whole appliance on both simulators: pace, cost and memory of WhatsApp, the first SMS after a link cut, and what three
# other policies would have spent and reached. Expects common.sh, figures.sh and box_end of run.sh.
# shellcheck shell=bash
policy_people=${POLICY_PEOPLE:-2000}
policy_wired=$((policy_people * 85 / 100))

# both_begin MODEMS MODEM_LATENCY PEOPLE WIRED 'WHATSAPP_KEYS'|off 'ALERT_KEYS' GRAPH_SETTING…: WhatsApp over TLS
both_begin() {
	local i specs=() modems=$1 latency=$2 people=$3 wired=$4 keys=$5 alert=$6 settings=
	shift 6
	mkdir -p "$box"
	for ((i = 1; i <= modems; i++)); do specs+=("name=m$i,latency=$latency,boot=0,report=300"); done
	sim_start "${specs[@]}"
	graph_start "$@"
	[ "$keys" = off ] || settings=$(whatsapp_settings "$keys" tls-url)
	configure "$modems" "$settings alert = { $alert };"
	people_wired "$people" "$wired"
	[ "$keys" = off ] || "$bin" template push >/dev/null
	app_start --quiet || { echo 'the appliance does not start' >&2; exit 1; }
	within 20 all_ready "$modems" || { echo 'the modems do not come up' >&2; exit 1; }
	[ "$keys" = off ] || within 20 link_is up || { echo 'WhatsApp does not come up' >&2; exit 1; }
}

both_end() {
	kill -TERM "$graph_pid"
	wait "$graph_pid" 2>/dev/null
	graph_pid=
	box_end
}

alert_kept() { "$bin" alert --colour red --until 4h --yes "Piena del fiume: salite ai piani alti." >/dev/null; }

# both_pace NAME RATE PEOPLE LEAST (at most|-) MEMORY: one alert to all by WhatsApp
both_pace() {
	local before sent
	both_begin 1 200 "$3" "$3" "rate = $2;" '' latency=300
	before=$(cpu_ms "$app_pid")
	gctl mark
	alert_kept
	gctl wait sent "$3" 600000 >/dev/null || { echo 'the alert does not leave' >&2; exit 1; }
	sent=$(gstat .per_second)
	within 60 figure_is 1 .whatsapp.delivered "$3"
	figure_row "both: $1: messages/s to $3 people" '%.1f' 'at least' "$4" "$sent"
	figure_row '  processor time for each, receipts included' '%.2f ms' 'at most' 1 "$(per "$3" "$before" "$(cpu_ms "$app_pid")")"
	figure_row '  resident memory, peak' '%.1f MiB' "$5" "$6" "$(memory_mib "$app_pid" VmHWM)"
	both_end
}

# The first SMS to somebody who would have had WhatsApp, the link being cut while an alert is under way.
both_cut() { # refuse|blackhole|reset
	local values=() cut
	for _ in 1 2 3; do
		both_begin 2 200 400 400 '' '' latency=300
		alert_kept
		gctl wait sent 100 60000 >/dev/null
		ctl mark
		cut=$("$stopwatch")
		gctl link down "$1"
		ctl wait sent +1 60000 >/dev/null || { echo 'no SMS follows the cut' >&2; exit 1; }
		values+=("$(sim_stat "(.first_cmgs_us - $cut) / 1000000")")
		both_end
	done
	figure_row "both: first SMS after a link cut ($1)" '%.2f s' 'at most' 3 "${values[@]}"
}

# ---- policies --------------------------------------------------------------------------------------------------------

# Seconds from the order until 50, 90, 99 and 100 in a hundred had proof, and the segments spent.
policy_row() { # NAME
	"$bin" message show 1 --recipients --json | jq -r --arg name "$1" '
		def seconds: .[0:19] + "Z" | fromdate;
		(.created | seconds) as $start | .recipients as $all |
		([.people[] | [.attempts[] | select(.state == "delivered") | .settled | seconds] | select(length > 0) | min - $start] |
			sort) as $at |
		def until($part): ($all * $part | ceil) as $n | if ($at | length) < $n then "never" else $at[$n - 1] end;
		[$name, .segments_sent, until(0.5), until(0.9), until(0.99), until(1)] | @tsv' |
		awk -F '\t' '{printf "  %-52s %9s %7s %7s %7s %7s\n", $1, $2, $3, $4, $5, $6}'
}

# Of 1,700 telephones 50 have no data all the evening; 30 have WhatsApp no more, which is `told` by a failed status, or not.
policy_phones() {
	local tens
	for tens in 10 42 77 111 148; do gctl ladder for "$(printf '39333000%03d' $tens)" delivered off; done
	for tens in 30 65 125; do
		if [ "$1" = told ]; then
			gctl fail 131026 for "$(printf '39333000%03d' $tens)" after 500
		else
			gctl ladder for "$(printf '39333000%03d' $tens)" delivered off
		fi
	done
}

reached_percent() { [ "$(figure 1 .reached)" -ge $((policy_people * $1 / 100)) ]; }

# policy NAME 'WHATSAPP_KEYS'|off 'ALERT_KEYS' told|silent ['AT_40_PERCENT']
policy() {
	both_begin 4 200 "$policy_people" "$policy_wired" "$2" "$3" latency=300 sent=100 delivered=500 spread=1500
	policy_phones "$4"
	alert_kept
	if [ -n "${5:-}" ]; then
		within 300 reached_percent 40
		# shellcheck disable=SC2086 # words of a command
		gctl $5
	fi
	within 900 message_is 1 "done" || { echo 'an alert does not end' >&2; exit 1; }
	policy_row "$1"
	both_end
}

bench_policies() {
	printf '\n%s people, %s of them on WhatsApp, four modems at 200 ms a segment: seconds until so many have proof\n' \
		"$policy_people" "$policy_wired"
	printf '  %-52s %9s %7s %7s %7s %7s\n' policy segments '50 %' '90 %' '99 %' '100 %'
	policy 'the link alive: as shipped' '' '' told
	policy '  SMS beside WhatsApp at once (alert.at_once)' '' 'at_once = "yellow";' told
	policy '  SMS after the deadline only' '' '' silent
	policy 'cut for good at 40 %: as shipped' '' '' told 'link down blackhole'
	policy '  SMS beside WhatsApp at once (alert.at_once)' '' 'at_once = "yellow";' told 'link down blackhole'
	policy '  SMS after the deadline only' '' '' silent 'link down blackhole webhooks'
	policy 'SMS to all, no WhatsApp' off '' told
}

bench_both() {
	both_pace 'rate 80, 300 ms, TLS' 80 20000 79 'at most' 20
	both_pace 'rate lifted, 300 ms, TLS' 10000 20000 1000 - -
	both_cut refuse
	both_cut blackhole
	both_cut reset
}

both_notes() {
	cat <<-'NOTES'
		  both: messages/s the whole appliance against both simulators, an alert to 20,000 people on WhatsApp; the API's count from the
		                   first message to the last; processor time of all threads from the order to the last receipt, two
		                   statuses a message included; memory is VmHWM
		  first SMS        from just before the link is cut, an alert being under way, to AT+CMGS; all people on WhatsApp; 3 cuts.
		                   refuse: connections are refused; blackhole: packets vanish; reset: connections are reset
		  policies         proof is WhatsApp's delivered or the SMS's delivery report, as the box recorded it; alert.fallback_after 90.
		                   50 telephones have no data and 30 have WhatsApp no more. "After the deadline only" is emulated: the API
		                   goes on answering while every webhook is lost, and nobody is told who has no WhatsApp, so that nothing
		                   but the deadline starts an SMS. It counts from each message's acceptance, up to 20 s after the order
	NOTES
}
