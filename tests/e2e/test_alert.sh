#!/usr/bin/env bash
# An alert from the command line to the last delivery report; what overtakes, waits, ends and is withdrawn.
. "$(dirname "$0")/common.sh"

sim_start name=m1,latency=20,report=60,boot=0 name=m2,latency=20,report=60,boot=0
configure 2 'zones = ( { id = "centro"; name = "Centro"; aliases = "paese"; }, { id = "monte"; name = "Monte"; } );
	alert = { unknown_after = 1; }; sms = { report_wait = 2; };'
sent_count() { wc -l <"$box/sent.log"; }
sent_at_least() { [ "$(sent_count)" -ge "$1" ]; }
texts_after() { tail -n "+$(($1 + 1))" "$box/sent.log" | jq -r .text; } # LINE: texts of the parts after it

ok 'the configuration is accepted' "$bin" config check
ok '40 people are imported' people 40
ok 'status while the appliance is down ends with 69' exits 69 "$bin" status
ok 'an alert given while it is down is kept' \
	is 'alert 1: 40 recipients' sh -c "$bin alert --colour orange --hazard temporali Restate in casa. 2>/dev/null"
app_start
ok 'both modems come up' within 20 all_ready 2
ok 'the box can alert' can_alert
ok 'the alert kept before leaves now and reaches everybody' within 20 figure_is 1 .reached 40
ok 'and is done' within 5 message_is 1 done
ok 'everybody got one copy' is 40/1 sh -c "$sim_bin ctl $box/dev recipients | jq -rs '\"\(length)/\(map(.parts)|max)\"'"
ok 'the text names comune, colour and hazard' \
	grep -q 'Comune di Santa Fiora: ALLERTA ARANCIONE per temporali. Restate in casa.' "$box/sent.log"
ok 'both modems took part' is 2 sh -c "jq -r .modem $box/sent.log | sort -u | wc -l"
ok 'recipients are listed one by one' is '40 true delivered sms' \
	sh -c "$bin message show 1 --recipients --json | jq -r '.people | \"\(length) \(all(.reached)) \(.[0].state) \(.[0].channel)\"'"

long=$(printf 'Parola %.0s' $(seq 1 60))
ok 'a long alert is measured' is 3 json .parts "$bin" preview --json --colour red "$long"
ok 'a long alert is kept' "$bin" alert --colour red "$long"
ok 'and delivered whole' within 30 figure_is 2 .sms.delivered 40
ok 'in three parts each' figure_is 2 .segments_sent 120
parts_of() { jq -r "select(.to==\"$1\" and .concat!=null) | \"\(.modem) \(.concat.part)/\(.concat.parts)\"" "$box/sent.log"; }
one_modem_in_order() {
	[ "$(parts_of "$1" | cut -d' ' -f1 | sort -u | wc -l)" = 1 ] &&
		[ "$(parts_of "$1" | cut -d' ' -f2 | tr '\n' ' ')" = '1/3 2/3 3/3 ' ]
}
ok 'the parts to one person leave by one modem, in order' one_modem_in_order +393330000017

# Whatever is in flight when the alert is kept may still be news; nothing after it.
ctl set '*' latency=100 >/dev/null
start=$(sent_count)
ok 'news for everybody' "$bin" news --topic viabilita 'Strada chiusa.'
within 10 sent_at_least $((start + 4))
ok 'an alert comes in between' "$bin" alert --colour red 'Salite ai piani alti.'
kept=$(sent_count)
within 20 figure_is 4 .segments_sent 40
overtaken() { [ "$(texts_after "$kept" | head -n 44 | grep -n 'Strada' | cut -d: -f1 | awk '$1 > 4 && $1 <= 42' | wc -l)" = 0 ]; }
ok 'it overtakes the news but for the one message in flight of each modem' overtaken
ok 'the news goes on behind it' within 20 figure_is 3 .reached 40

# Leaving stops what is queued; joining is answered.
ctl set '*' latency=400 >/dev/null
ok 'news once more' "$bin" news --topic viabilita 'Strada riaperta.'
ctl sms m1 +393330000039 'Disattiva comune amico, grazie!' >/dev/null
ok 'who left is withdrawn from the queue' within 20 figure_is 5 .sms.cancelled 1
ok 'and is answered once' within 20 grep -q '"to":"+393330000039","text":"Hai lasciato' "$box/sent.log"
ctl set '*' latency=20 >/dev/null
ok 'the rest is reached' within 20 figure_is 5 .reached 39
ok 'and nothing came to who left' is 0 sh -c "grep '393330000039' $box/sent.log | grep -c riaperta || true"
ctl sms m2 +393471234567 '«attiva» Comune Amico' >/dev/null
ok 'somebody joins by SMS and is welcomed with the privacy link' \
	within 10 grep -q '"to":"+393471234567".*https://example.invalid/privacy' "$box/sent.log"
ok 'and is a subscriber with proof' is 'active ATTIVA' sh -c \
	"$bin subscriber show +393471234567 --json | jq -r '\"\(.state) \(.consents[0].words|ascii_upcase|.[1:7])\"'"

# All-clear, exercise, schedule, cancel, expiry
ok 'the all-clear goes to those the alert was for and have not left' is 'clear 8: 39 recipients' "$bin" clear 4
ok 'and not to who joined later' within 10 figure_is 8 .reached 39
ok 'nobody else' is 0 sh -c "grep 393471234567 $box/sent.log | grep -c CESSATO || true"
ok 'there is no all-clear for news' exits 1 "$bin" clear 3
ok 'an exercise says so at both ends' sh -c "$bin alert --colour yellow --exercise Prova && $bin message show 9 --json | jq -e '.exercise and (.text|startswith(\"ESERCITAZIONE\")) and (.text|endswith(\"ESERCITAZIONE\"))'"
within 20 figure_is 9 .reached 40
ok 'scheduled news waits' sh -c "$bin news --topic viabilita --at 1h Domani && [ \$($bin message show 10 --json | jq -r .state) = scheduled ]"
ok 'and is cancelled' is 'message 10: 40 withdrawn' "$bin" message cancel 10
ok 'for good' message_is 10 cancelled
ctl set '*' latency=400 >/dev/null
ok 'an alert ends at its time' sh -c "$bin alert --colour yellow --until 1s Breve"
ok 'and what was not sent by then has failed' within 20 message_is 11 expired
ok 'with the reason' sh -c "$bin message show 11 --recipients --json | jq -e '[.people[]|select(.state==\"failed\")]|length>0 and all(.error==\"expired\")'"
ok 'SIGTERM ends it cleanly' app_stop
done_testing
