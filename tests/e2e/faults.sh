# What the fault scenarios share: boxes side by side, an alert to some dozens of people, and the judgement of how it ended.
# shellcheck shell=bash disable=SC2034,SC2154
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

LATENCY=200 # the network's answer, ms
id=0 since=0
PEOPLE=40
QUICK='alert = { unknown_after = 1; }; sms = { report_wait = 1; };'

# together SCENARIO…: each function in a box of its own, all at the same time; their tests are counted as one script's.
together() {
	local name line words here=$box
	for name in "$@"; do
		(
			box=$here/$name tests_run=0 tests_bad=0
			mkdir "$box"
			export BANDITORE_CONFIG=$box/box.cfg
			trap finish EXIT
			"$name"
		) >"$here/$name.tap" 2>&1 &
	done
	wait
	for name in "$@"; do
		while IFS= read -r line; do
			case $line in
			'ok '* | 'not ok '*)
				tests_run=$((tests_run + 1))
				words=${line#*- }
				if [ "${line#not}" = "$line" ]; then
					echo "ok $tests_run - $name: $words"
				else
					echo "not ok $tests_run - $name: $words"
					tests_bad=$((tests_bad + 1))
				fi
				;;
			*) printf '%s\n' "$line" ;;
			esac
		done <"$here/$name.tap"
	done
}

# box_start [EXTRA_SETTINGS [EXTRA_MODEM_KEYS [SIM_KEYS]]]: two modems that are ready, some dozens of people.
box_start() {
	local keys="latency=$LATENCY,report=60,boot=300${3:+,$3}"
	sim_start "name=m1,$keys" "name=m2,$keys"
	configure 2 "$QUICK ${1:-}" "send_timeout = 10; ${2:-}"
	people "$PEOPLE"
	app_start && within 20 all_ready 2 || { echo 'not ok - the box does not come up'; exit 1; }
}

# order WORD [TEXT]: an alert whose parts all have WORD; its number is left in $id, what had been sent before in $since.
order() {
	since=$(accepted_ever)
	id=$("$bin" alert --colour red --json "$1${2:+ $2}" 2>/dev/null | jq .id)
}
accepted_ever() { json .accepted_ever ctl stats; }
journal() { grep -wF "$1" "$box/sent.log" || true; } # WORD: its parts

# under_way COUNT: so many parts of the order have been accepted.
under_way() { ctl wait sent $((since + $1)) 30000; }

# flows MODEM COUNT [SINCE]: from now on, or from that part, the modem carries COUNT messages without a pause: they take less than
# twice the latency.
flows() {
	local from=${3:-$(accepted_ever)}
	within 60 carried "$1" "$2" "$from" || return 1
	jq -se --arg modem "$1" --argjson count "$2" --argjson from "$from" --argjson latency "$LATENCY" '
		[.[] | select(.modem == $modem and .n > $from) | .ms][:$count]
		| .[-1] - .[0] < 2 * $latency * ($count - 1)' "$box/sent.log" >/dev/null ||
		{ echo "$1 paused"; journal "$1" | jq -c '[.n, .modem, .ms]' | tail -n "$2"; return 1; }
}
carried() { # MODEM COUNT FROM_NUMBER
	[ "$(jq -r "select(.modem == \"$1\" and .n > $3) | .n" "$box/sent.log" | wc -l)" -ge "$2" ]
}

# agrees WORD ID: what the box says of each attempt is what the network took: every answer with a reference is about that very
# part, by that modem; parts no answer told of are attempts of unknown outcome, one each; a second copy is a marked repeat.
agrees() {
	"$bin" message show "$2" --recipients --json >"$box/people.json" || return 1
	journal "$1" | jq -s '[.[] | {to, modem, mr, part: (.concat.part // 1), n}]' >"$box/parts.json"
	jq -nr --slurpfile people "$box/people.json" --slurpfile parts "$box/parts.json" '
		def taken(list; f): (list | map(f) | index(true)) as $i
			| if $i == null then null else list | del(.[$i]) end;
		[$people[0].people[] | .phone as $to | .attempts[] | . + {to: $to}] as $attempts
		| {left: $parts[0], wrong: []}
		| reduce ($attempts[] | select(.mr != null)) as $a (.;
			taken(.left; .to == $a.to and .modem == $a.bearer and .mr == $a.mr and .part == $a.segment) as $rest
			| if $rest == null then .wrong += ["told, but not in the journal: \($a)"] else .left = $rest end)
		| reduce ($attempts[] | select(.mr == null and .state != "failed")) as $a (.;
			taken(.left; .to == $a.to and .modem == $a.bearer and .part == $a.segment) as $rest
			| if $rest != null then .left = $rest
			  elif $a.state != "unknown" then .wrong += ["nothing left for: \($a)"] else . end)
		| .wrong += [.left[] | "in the journal, but in no attempt: \(.)"]
		| .wrong += [$parts[0] | group_by([.to, .part])[] | select(length > 1) | . as $copies
			| ([$attempts[] | select(.repeat and .to == $copies[0].to and .segment == $copies[0].part)] | length) as $marked
			| select($marked < length - 1) | "copies not marked as repeats: \($copies)"]
		| .wrong[]' >"$box/wrong"
	[ ! -s "$box/wrong" ] || { cat "$box/wrong"; return 1; }
}

# everybody WORD ID: nobody is lost, and box and network agree. A report that came while the modem was deaf is lost: so few may
# be without.
everybody() {
	local reached
	within 60 has_left "$2" || { figure "$2" .sms; return 1; }
	reached=$(journal "$1" | jq -r .to | sort -u | wc -l)
	[ "$reached" = "$PEOPLE" ] || { echo "$reached of $PEOPLE in the journal"; return 1; }
	within 10 message_is "$2" done || { figure "$2" .; return 1; }
	agrees "$1" "$2"
}
has_left() { "$bin" message show "$1" --json | jq -e --argjson all "$PEOPLE" '.sms | .sent + .delivered == $all and .sent <= 3' >/dev/null; }

# sends_again MODEM WORD: it is ready without help and carries its part of another alert; of the next but one, if the box had not
# yet seen that it was sick.
sends_again() {
	local try
	for try in 1 2 3; do
		within 40 modem_is $((${1#m} - 1)) ready || { json .modems "$bin" status --json; return 1; }
		within 40 rests || return 1
		order "$2$try"
		everybody "$2$try" "$id" || return 1
		[ "$(journal "$2$try" | grep -cF "\"modem\":\"$1\"")" -lt 4 ] || return 0
	done
	echo "$1 does not send"
	return 1
}
rests() { "$bin" status --json | jq -e '.queue.alerts == 0' >/dev/null; } # nothing waits; a new alert tries a modem that pauses, too
repeats() { "$bin" message show "$1" --recipients --json | jq '[.people[].attempts[] | select(.repeat)] | length'; } # ID
