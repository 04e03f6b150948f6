#!/usr/bin/env bash
# Proofs of delivery that come twice, out of order, early, late, all at once or never, and what policy makes of their want.
. "$(dirname "$0")/whatsapp.sh"

# ---- proofs ----------------------------------------------------------------------------------------------------------
no_proof_no_sms() { # PEOPLE WIRED: everybody was reached, nobody by two ways, nobody twice
	ok 'everybody is reached' all_reached 40
	ok 'each once by WhatsApp' got wired Piena 1 "$2"
	ok 'and nobody else by SMS' got sms Piena $(($2 + 1)) "$1"
}
doubled() {
	wired_box 40 36 "fallback_after = 600;" "" "" duplicate=100 reorder=60 reorder_ms=300 read=90
	alert Piena
	no_proof_no_sms 40 36
	ok 'the highest status is kept' within 20 figure_is "$id" .whatsapp.read 36
	ok 'statuses came twice and out of order' sh -c "$graph_bin ctl $box/graph stats | jq -e '.webhooks | .duplicates > 30 and .reordered > 10'"
}
# Delivered is skipped when the person reads at once.
skipped() {
	wired_box 20 16 "fallback_after = 600;" "" "" skip_delivered=100 read=100
	alert Piena
	no_proof_no_sms 20 16
	ok 'all have read it' figure_is "$id" .whatsapp.read 16
}
# The statuses are there before the answer to the request.
early() {
	wired_box 20 16 "fallback_after = 600;" "" "" latency=800 sent=10 delivered=50
	gctl fail 131026 for 393330000002 after 10
	alert Piena
	ok 'everybody is reached' all_reached
	ok 'each once by WhatsApp' diff <(wired_of Piena) <(range 1 1; range 3 16)
	ok 'who failed early by SMS' diff <(sms_of Piena) <(range 2 2; range 17 20)
	ok 'as the record says' figure_is "$id" .whatsapp.delivered 15
}
milliseconds() {
	wired_box 10 8 "fallback_after = 600;" "" "" milliseconds=1
	alert Piena
	no_proof_no_sms 10 8
	gctl in +393330000001 text Buongiorno
	ok 'the hour of an inbound message is as people count them' within 10 sh -c "$bin inbox list --json | jq -e '.[] | select(.text == \"Buongiorno\") | .sent[:4] == .at[:4]'"
}
lost() {
	wired_box 30 30 "fallback_after = 3;" "" "" lose=50
	alert Piena
	ok 'statuses that never come: everybody is reached' all_reached 40
	ok 'each once by WhatsApp' got wired Piena 1 30
	ok 'by SMS exactly those without a proof' diff <(sms_of Piena) <(unproved)
	ok 'some of them there are' sh -c "$bin message show $id --json | jq -e '.sms.delivered > 3'"
	ok 'nobody twice by SMS' is 0 sh -c "jq -r .to $box/sent.log | sort | uniq -d | wc -l"
}
unproved() { people_of | jq -r '.people[] | select(any(.attempts[]; .channel == "whatsapp" and .state == "delivered") | not) | .phone'; }
# A proof that comes after the SMS left settles the record; one that comes while the SMS waits takes it back.
late() {
	wired_box 6 6 "fallback_after = 2;" "" "" delivered=off
	ctl set '*' latency=1500
	alert Piena
	ok 'at the deadline SMS begin' within 20 some_sms
	for n in 1 2 3 4 5 6; do gctl status $n delivered; done
	ok 'everybody is reached' all_reached
	ok 'who was proved meanwhile gets no SMS' fewer_sms
	ok 'the record tells of both' sh -c "$bin message show $id --recipients --json | jq -e '[.people[].attempts[] | select(.channel == \"whatsapp\" and .state == \"delivered\")] | length == 6'"
	gctl status 3 failed 131026
	gctl status 3 sent
	hears
	ok 'nothing takes a proof back' figure_is "$id" .reached 6
}
some_sms() { ctl stats | jq -e '.accepted_ever >= 1' >/dev/null; }
fewer_sms() { ctl wait quiet 2000 && [ "$(sms_of Piena | wc -l)" -lt 6 ]; }
# Statuses of a thousand people in one webhook, and then all of them again.
batches() {
	wired_box 1000 1000 "fallback_after = 600;" "rate = 1000;" "" batch=1000 batch_ms=1500 latency=5 duplicate=20
	alert Piena
	ok 'a thousand statuses at a time: everybody is reached' all_reached 40
	ok 'there were large ones' sh -c "$graph_bin ctl $box/graph stats | jq -e '.webhooks.largest_batch >= 500'"
	ok 'nobody by SMS' is 0 sh -c "wc -l <$box/sent.log"
	ok 'nobody twice' is 0 gstat .repeated
}
# ---- the webhook itself ----------------------------------------------------------------------------------------------
signature() {
	wired_box 12 10 "fallback_after = 600;"
	gctl sign bad
	alert Piena
	ok 'with a wrong signature nothing is believed' within 20 posts_failed 3
	ok 'so nobody is proved' figure_is "$id" .whatsapp.delivered 0
	ok 'and the log says so' grep -q 'signature' "$box/app.log"
	gctl sign good
	ok 'signed well again: everybody is reached' all_reached 40
	ok 'each once by WhatsApp' got wired Piena 1 10
	ok 'and only who has none by SMS' got sms Piena 11 12
}
posts_failed() { [ "$(gstat .webhooks.failed)" -ge "$1" ]; }
# No webhook for a while: the deadline's SMS for an alert, and then all statuses at once.
deaf() {
	wired_box 20 16 "fallback_after = 3;"
	gctl link down refuse webhooks
	alert Piena
	ok 'no webhook: everybody is reached' within 30 figure_is "$id" .reached 20
	ok 'by WhatsApp' got wired Piena 1 16
	ok 'and by SMS at the deadline' got sms Piena 1 20
	gctl set "callback="
	news Mercato
	ok 'news wait for no proof' within 20 figure_is "$id" .whatsapp.accepted 16
	gctl set "callback=http://$hook/webhook"
	gctl link up
	hears
	id=1
	ok 'all statuses at once: they are kept' within 20 sh -c "$bin message show 1 --recipients --json | jq -e '[.people[].attempts[] | select(.channel == \"whatsapp\" and .state == \"delivered\")] | length == 16'"
	ok 'nobody is written to again' diff <({ sms_of Piena; wired_of Piena; } | sort | uniq -c | awk '{print $1}' | sort -n | uniq -c | tr -s ' ') <(echo ' 4 1'; echo ' 16 2')
}
# The appliance is down while the statuses come: they come again.
asleep() {
	wired_box 12 10 "fallback_after = 600;" "" "" retry=300 retry_max=1000 delivered=1000
	alert Piena
	ok 'all are handed over' within 20 figure_is "$id" .whatsapp.accepted 10
	app_kill
	ok 'nobody hears the statuses' within 20 posts_failed 1
	app_start
	ok 'they come again: everybody is reached' all_reached 30
	ok 'each once by WhatsApp' got wired Piena 1 10
	ok 'and only who has none by SMS' got sms Piena 11 12
}
# ---- policy ----------------------------------------------------------------------------------------------------------
# Ten people a day: the rest by SMS for alerts, and news wait.
limit() {
	wired_box 20 16 "fallback_after = 600;" "recipients_per_day = 10;"
	alert Piena
	ok 'beyond the day'"'"'s limit: everybody is reached' all_reached
	ok 'ten by WhatsApp' is 10 sh -c "wc -l <$box/wired.log"
	ok 'the others by SMS, nobody by both' diff <({ wired_of Piena; sms_of Piena; } | sort) <(range 1 20)
	ok 'none is left today' is 0 json .whatsapp.left_today "$bin" status --json
	news Mercato
	ok 'news go to who is within' within 20 figure_is "$id" .whatsapp.delivered 10
	ok 'and by SMS to who has no WhatsApp' got_in 20 sms Mercato 17 20
	ok 'the others wait' figure_is "$id" .whatsapp.queued 6
	alert Seconda
	ok 'the next alert: everybody is reached' all_reached
	ok 'the same ten by WhatsApp' diff <(wired_of Seconda) <(wired_of Piena)
	gctl error 131048
	alert Terza
	ok 'if Meta counts otherwise: everybody is reached' all_reached
	ok 'all by SMS' got sms Terza 1 20
}
at_once() {
	wired_box 12 10 'fallback_after = 600; at_once = "red";' "" "" delivered=off
	alert Gialla yellow
	ok 'yellow: handed to WhatsApp' within 20 figure_is "$id" .whatsapp.accepted 10
	ok 'only who has none gets an SMS' got_in 10 sms Gialla 11 12
	alert Rossa red
	ok 'red: everybody is reached' all_reached
	ok 'by WhatsApp' got wired Rossa 1 10
	ok 'and by SMS at once' got sms Rossa 1 12
	clear_of "$id" Finita
	ok 'its all-clear: everybody is reached' all_reached
	ok 'by both as well' diff <(wired_of Finita; sms_of Finita) <(range 1 10; range 1 12)
}
clear_of() { id=$("$bin" clear "$1" --json "$2" 2>/dev/null | jq .id); }
# The link is down for the news, and back.
news_to() { # SETTING SMS_FROM SMS_TO WIRED_TO ALL
	NEWS_SMS=$1
	wired_box 12 8 "fallback_after = 600;"
	gctl link down reset
	alert Piena
	ok 'the link is away: an alert shows it' all_reached
	ok 'by SMS' got sms Piena 1 12
	ok 'and status' link_is down
	news Mercato
	[ "$2" -gt "$3" ] || ok 'news by SMS' got_in 20 sms Mercato "$2" "$3"
	ok 'news that wait' figure_is "$id" .whatsapp.queued "$4"
	gctl link up
	ok 'the link is back' within 30 link_is up
	ok 'news: done' within 30 message_is "$id" "done"
	ok 'the rest by WhatsApp' got wired Mercato 1 "$4"
	ok 'nobody by both' diff <({ wired_of Mercato; sms_of Mercato; } | sort) <(range 1 "$5")
}
news_never() { news_to never 1 0 8 8; }
news_sms_only() { news_to sms-only 9 12 8 12; }
news_fallback() { news_to fallback 1 12 0 12; }
# ---- who no longer waits ---------------------------------------------------------------------------------------------
# All-clear and cancel while people wait for their proof.
withdrawn() {
	wired_box 10 8 "fallback_after = 4;" "" "" delivered=off
	alert Piena
	first=$id
	ok 'an alert is handed over' within 20 figure_is "$id" .whatsapp.accepted 8
	clear_of "$first" Finita
	ok 'its all-clear goes by WhatsApp as well' got_in 20 wired Finita 1 8
	alert Seconda
	second=$id
	ok 'another is handed over' within 20 figure_is "$id" .whatsapp.accepted 8
	ok 'and cancelled: nobody waits for an SMS' is "message $second: 8 withdrawn" "$bin" message cancel "$second"
	id=$((first + 1))
	ok 'the all-clear reaches everybody' within 30 figure_is "$id" .reached 10
	ok 'by SMS, too, as nobody proved it' got sms Finita 1 10
	ok 'what was cancelled goes to nobody by SMS' got sms Seconda 9 10
	gctl status 1 delivered
	hears
	ok 'the all-clear stands' figure_is "$id" .reached 10
}
# DISATTIVA by WhatsApp while an SMS waits.
left() {
	wired_box 6 6 "fallback_after = 2;" "" "" delivered=off
	ctl set '*' latency=1500
	alert Piena
	ok 'handed over' within 20 figure_is "$id" .whatsapp.accepted 6
	gctl in +393330000006 text DISATTIVA
	gctl in +393330000005 text 'Stop, grazie'
	ok 'who leaves is gone' within 10 sh -c "$bin status --json | jq -e '.subscribers.active == 4'"
	ok 'the others are reached' within 40 figure_is "$id" .reached 4
	ok 'the two get no SMS' got sms Piena 1 4
	ok 'and their goodbye by WhatsApp' is 2 sh -c "jq -r 'select(.type != \"template\") | .to' $box/wired.log | wc -l"
}
together doubled skipped early milliseconds lost late
together batches signature deaf asleep limit at_once
together news_never news_sms_only news_fallback withdrawn left
done_testing
