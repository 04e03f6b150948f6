#!/usr/bin/env bash
# kill -9 at random instants of a 300-person alert on two modems: nobody is lost, doubtful sends are at most one for each
# modem and kill, and each is marked. A piece of news: nobody twice. KILLS sets how often (make bench: 200).
. "$(dirname "$0")/common.sh"
KILLS=${KILLS:-20}
RANDOM=${SEED:-4711}

sim_start name=m1,latency=25,jitter=20,report=40,boot=0 name=m2,latency=25,jitter=20,report=40,boot=0
configure 2 'alert = { unknown_after = 1; }; sms = { report_wait = 2; };'
people 300
sent_count() { wc -l <"$box/sent.log"; }

# Kills while the message is under way; ends with the box running and the message done.
storm() { # MESSAGE_ID
	local i
	kills=0
	for ((i = 0; i < KILLS; i++)); do
		"$bin" run 2>>"$box/app.log" &
		app_pid=$!
		# Random instants: at the start, in bring-up, and in full flight.
		read -r -t "$(printf '0.%03d' $((RANDOM % 900)))" <> <(:) || true
		app_kill
		kills=$((kills + 1))
	done
	app_start
	within 120 message_is "$1" done
}

"$bin" alert --colour red 'Prova' 2>/dev/null >/dev/null
ok "an alert survives $KILLS kills" storm 1
copies() { jq -r .to "$box/sent.log" | sort | uniq -c | awk '{print $1}'; }
ok 'nobody is lost' is 300 sh -c "jq -r .to $box/sent.log | sort -u | wc -l"
extra=$(($(sent_count) - 300))
ok "copies too many ($extra) are at most one for each modem and kill" test "$extra" -le $((2 * KILLS))
doubtful=$("$bin" message show 1 --recipients --json | jq '[.people[].attempts[] | select(.repeat)] | length')
unknown=$("$bin" message show 1 --recipients --json | jq '[.people[].attempts[] | select(.state=="unknown")] | length')
ok "each second copy is marked ($doubtful repeats)" test "$doubtful" -ge "$extra"
ok "doubtful sends ($unknown left unknown) are at most one for each modem and kill" test "$((unknown + doubtful))" -le $((4 * KILLS))
ok 'everybody counts as reached' figure_is 1 .reached 300
app_stop

: >"$box/sent.log"
mark=$(ctl sent | wc -l)
"$bin" news --topic viabilita 'Notizia' 2>/dev/null >/dev/null
ok "news survives $KILLS kills" storm 2
ok 'nobody got it twice' is 0 sh -c "jq -r .to $box/sent.log | sort | uniq -d | wc -l"
lost=$((300 - $(sent_count)))
unknown=$(figure 2 .sms.unknown)
ok "who may not have got it ($lost) is named as unknown ($unknown)" test "$lost" -le "$unknown"
app_stop
done_testing
