#!/usr/bin/env bash
# kill -9 during alerts by WhatsApp and SMS: at random instants, while requests wait for their answers, while answers wait for
# their statuses, and as statuses are told. Nobody is lost; who gets a second copy had none proved; never twice by WhatsApp.
# News: nobody twice at all. KILLS sets how often for each kind of message.
. "$(dirname "$0")/whatsapp.sh"
KILLS=${KILLS:-8}
RANDOM=${SEED:-4711}
PEOPLE=60 WIRED=44 RATE=6

wired_box $PEOPLE $WIRED "fallback_after = 2;" "rate = $RATE;" "" sent=100 delivered=250 retry=200 retry_max=400 lose=25
ctl set '*' latency=100,jitter=60
app_kill
messages=()
wires() { wc -l <"$box/wired.log"; }
texts() { wc -l <"$box/sent.log"; }
told_more_than() { [ "$(gstat .webhooks.updates_ok)" -gt "$1" ]; }
instant() { read -r -t "$(printf '0.%03d' $((RANDOM % $1)))" <> <(:) || true; }
settled() { message_is "$1" "done" || message_is "$1" expired; }
order() { # KIND
	if [ "$1" = alert ]; then alert "Prova${#messages[@]}."; else news "Notizia${#messages[@]}."; fi
	messages+=("$id")
}
waits() { figure "$1" '.whatsapp.queued + .sms.queued'; }

# One of four: anywhere, also at the start; between a request and its answer; between an answer and its status; at a status.
kill_once() { # NUMBER
	local told
	case $(($1 % 4)) in
	0) gctl set latency=100 jitter=80 sent=100 delivered=250 ;;
	1) gctl set latency=600 jitter=0 sent=900 delivered=1000 ;;
	2) gctl set latency=5 jitter=0 sent=800 delivered=1000 ;;
	3) gctl set latency=20 jitter=0 sent=40 delivered=60 ;;
	esac
	told=$(gstat .webhooks.updates_ok)
	"$bin" run 2>>"$box/app.log" &
	app_pid=$!
	case $(($1 % 4)) in
	0) instant 900 ;;
	1 | 2) gctl wait sent "+$((1 + RANDOM % 20))" 2000 ;;
	3) within 3 told_more_than "$told" ;;
	esac >/dev/null 2>&1
	app_kill
}
storm() { # KIND
	local i
	messages=()
	for ((i = 0; i < KILLS; i++)); do
		if [ ${#messages[@]} = 0 ] || [ "$(waits "${messages[-1]}")" = 0 ]; then order "$1"; fi
		kill_once "$i"
	done
	gctl set latency=20 jitter=0 sent=20 delivered=60
	app_start
	for i in "${messages[@]}"; do within 60 settled "$i" || return 1; done
	gctl wait idle 20000
}
# each FUNCTION: for every message, with its text's word; what they print is what is wrong
each() {
	local n
	for ((n = 0; n < ${#messages[@]}; n++)); do "$1" "${messages[n]}" "$word$n."; done >"$box/wrong"
	[ ! -s "$box/wrong" ] || { head -n 20 "$box/wrong"; return 1; }
}
lost() { comm -13 <({ sms_of "$2"; wired_of "$2"; } | sort -u) <(range 1 $PEOPLE); }
twice_wired() { wired_of "$2" | uniq -d; }
twice() { { sms_of "$2"; wired_of "$2"; } | sort | uniq -d; }
# A second copy: an attempt before it had no proof when this one left, and it is marked.
unexplained() {
	id=$1
	people_of | jq -c '.people[] | . as $person | .attempts | to_entries[] | select(.key > 0) | .value as $again
		| $person.attempts[:.key] | select(any(.[]; .state == "delivered" and .settled < $again.at) or ($again.repeat | not)) | $person'
}
unrecorded() { # more left than the record has attempts for
	id=$1
	people_of | jq -r '.people[] | .phone as $p | .attempts[] | select(.state != "failed") | $p' | sort >"$box/recorded"
	{ sms_of "$2"; wired_of "$2"; } | sort | comm -23 - "$box/recorded"
}
unsettled() {
	id=$1
	people_of | jq -c '.people[] | select(.reached == false and .state != "sent")'
}
unknown_less_than_lost() {
	id=$1
	[ "$(lost "$@" | wc -l)" -le "$(figure "$1" '.whatsapp.unknown + .sms.unknown')" ] || lost "$@"
}

word=Prova
ok "alerts survive $KILLS kills" storm alert
ok "nobody of ${#messages[@]} x $PEOPLE is lost" each lost
ok 'nobody got an alert twice by WhatsApp' each twice_wired
ok 'who got a second copy had none proved, and it is marked' each unexplained
ok 'nothing left without a record' each unrecorded
ok 'everybody is reached in the record too, or was sent an SMS whose report is lost' each unsettled
repeats=$(for id in "${messages[@]}"; do people_of; done |
	jq '.people[] | .attempts as $a | range(1; $a | length) | select($a[.].repeat and $a[. - 1].state == "unknown")' | wc -l)
# WhatsApp's worker takes two seconds' worth in hand, each modem one.
ok "repeats of what was in doubt ($repeats) are at most what was in hand at each kill" test "$repeats" -le $((KILLS * (2 * RATE + 2)))
echo "# ${#messages[@]} alerts: $(wires) by WhatsApp, $(texts) by SMS"
ok 'and the kills did meet messages in flight' grep -q 'messages were in flight' "$box/app.log"
app_stop

word=Notizia
ok "news survive $KILLS kills" storm news
ok 'nobody got the same news twice' each twice
ok 'who may not have got them is named as unknown' each unknown_less_than_lost
ok 'nothing left without a record' each unrecorded
app_stop
done_testing
