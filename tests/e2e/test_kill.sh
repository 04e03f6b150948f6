#!/usr/bin/env bash
# kill -9 at random instants of 300-person alerts on two modems: nobody is lost, doubtful sends are at most one for each
# modem and kill, and each is marked. A piece of news: nobody twice. KILLS sets how often (make bench: 200).
. "$(dirname "$0")/common.sh"
KILLS=${KILLS:-24}
RANDOM=${SEED:-4711}

sim_start name=m1,latency=150,jitter=100,report=40,boot=0 name=m2,latency=150,jitter=100,report=40,boot=0
configure 2 'alert = { unknown_after = 1; }; sms = { report_wait = 2; };'
people 300
messages=()
sent_count() { wc -l <"$box/sent.log"; }
sent_more_than() { [ "$(sent_count)" -gt "$1" ]; }
instant() { read -r -t "$(printf '0.%03d' $((RANDOM % $1)))" <> <(:) || true; }
settled() { message_is "$1" done || message_is "$1" expired; }
order() { # KIND
	local id
	if [ "$1" = alert ]; then
		id=$("$bin" alert --colour red --json "Prova ${#messages[@]}" 2>/dev/null | jq .id)
	else
		id=$("$bin" news --topic viabilita --json "Notizia ${#messages[@]}" 2>/dev/null | jq .id)
	fi
	messages+=("$id")
}

# Kills while messages are under way, a new one when the last is sent; then the box runs until all are settled.
storm() { # KIND
	local i before
	messages=()
	for ((i = 0; i < KILLS; i++)); do
		if [ ${#messages[@]} = 0 ] || figure_is "${messages[-1]}" .sms.queued 0; then order "$1"; fi
		before=$(sent_count)
		"$bin" run 2>>"$box/app.log" &
		app_pid=$!
		# One in four dies at its start or in bring-up, the others in full flight.
		[ $((i % 4)) = 0 ] || within 20 sent_more_than "$before"
		instant 300
		app_kill
	done
	app_start
	for i in "${messages[@]}"; do within 240 settled "$i" || return 1; done
}
people_of() { "$bin" message show "$1" --recipients --json; }
all_people() { for i in "${messages[@]}"; do people_of "$i"; done; }

ok "alerts survive $KILLS kills" storm alert
lost=0
for i in "${messages[@]}"; do
	n=$((i - messages[0]))
	got=$(jq -r "select(.text|test(\"Prova $n\$\")) | .to" "$box/sent.log" | sort -u | wc -l)
	lost=$((lost + 300 - got))
done
ok "nobody of ${#messages[@]} x 300 is lost" test "$lost" = 0
extra=$(($(sent_count) - 300 * ${#messages[@]}))
ok "copies too many ($extra) are at most one for each modem and kill" test "$extra" -le $((2 * KILLS))
repeats=$(all_people | jq -s '[.[].people[].attempts[] | select(.repeat)] | length')
ok "each second copy is marked ($repeats repeats)" test "$repeats" -ge "$extra"
ok "and the kills did meet messages in flight" test "$repeats" -gt 0
doubtful=$(sed -n 's/.*warn: \([0-9]*\) messages were in flight.*/\1/p' "$box/app.log" | awk '{n += $1; if ($1 > 2) bad = 1} END {print bad ? "bad" : n}')
ok "doubtful sends ($doubtful) are at most one for each modem and kill" test "$doubtful" -le $((2 * KILLS))
took=$(for i in "${messages[@]}"; do figure "$i" '.sms|.sent+.delivered'; done | awk '{n += $1} END {print n}')
# A report that came while the box was dead is lost with +CDS: its row stays "sent".
ok 'everybody is sent or delivered in the record too' test "$took" = $((300 * ${#messages[@]}))
app_stop

: >"$box/sent.log"
: >"$box/app.log"
ok "news survives $KILLS kills" storm news
ok 'nobody got the same news twice' is 0 sh -c "jq -r '\"\(.to) \(.text)\"' $box/sent.log | sort | uniq -d | wc -l"
lost=$((300 * ${#messages[@]} - $(sent_count)))
unknown=$(for i in "${messages[@]}"; do figure "$i" .sms.unknown; done | awk '{n += $1} END {print n}')
ok "who may not have got it ($lost) is named as unknown ($unknown)" test "$lost" -le "$unknown"
app_stop
done_testing
