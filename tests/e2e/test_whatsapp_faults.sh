#!/usr/bin/env bash
# What WhatsApp refuses, holds back, delays or never answers: everyone is reached all the same, nobody twice by one way, and
# staff hear of it once.
. "$(dirname "$0")/whatsapp.sh"

# ---- one person ------------------------------------------------------------------------------------------------------
# 1 is refused at once, 2 and 3 later; 4 is in an experiment without marketing.
unreachable() {
	wired_box 12 10 "fallback_after = 600;"
	gctl error 131026 for 393330000001
	gctl fail 131026 for 393330000002
	gctl fail 131026 for 393330000003
	gctl error 130472 count 1 for 393330000004
	alert Piena
	ok 'everybody is reached' all_reached
	ok 'the four by SMS, with who has no WhatsApp' diff <(sms_of Piena) <(range 1 4; range 11 12)
	ok 'the reason is kept' person_is 1 '.attempts[0] | .channel == "whatsapp" and (.error | startswith("131026"))' true
	ok 'the others by WhatsApp' got wired Piena 5 10
	requests=$(gstat '.codes["131026"]')
	alert Seconda
	ok 'the next: everybody is reached' all_reached
	ok 'the three directly by SMS' diff <(sms_of Seconda) <(range 1 3; range 11 12)
	ok 'and WhatsApp is not even asked' is "$requests" gstat '.codes["131026"]'
	ok 'an experiment is about marketing alone' person_is 4 .channel whatsapp
	gctl heal
	gctl in +393330000001 text Ciao
	hears
	alert Terza
	ok 'who writes by WhatsApp has it: the third' all_reached
	ok 'goes there again' person_is 1 .channel whatsapp
}
# A stop of marketing is one of news, not of alerts.
marketing() {
	wired_box 3 3
	gctl preference +393330000001 stop
	gctl error 131050 count 1 for 393330000002
	hears
	news Mercato
	ok 'news: done' within 20 message_is "$id" "done"
	ok 'not to who has stopped them' is 2 figure "$id" .recipients
	ok 'who turns out to have stopped gets them by no other way' got sms Mercato 1 0
	ok 'the other by WhatsApp' got wired Mercato 3 3
	news Fiera
	ok 'the next news: done' within 20 message_is "$id" "done"
	ok 'go to neither of them' diff <(wired_of Fiera; sms_of Fiera) <(range 3 3)
	alert Piena
	ok 'alerts are theirs as before' all_reached
	ok 'by WhatsApp' got wired Piena 1 3
	gctl preference +393330000001 resume
	hears
	news Sagra
	ok 'who allows them again' within 20 message_is "$id" "done"
	ok 'gets them' diff <(wired_of Sagra) <(printf '%s\n' "$(phone 1)" "$(phone 3)")
}
# ---- held ------------------------------------------------------------------------------------------------------------
held() {
	wired_box 10 8 "fallback_after = 600;"
	gctl hold for 39333000000
	alert Piena
	ok 'held: everybody is reached by SMS at once' within 20 figure_is "$id" .reached 10
	ok 'each once' got sms Piena 1 10
	ok 'the record says held' person_is 1 '.attempts[0].error' 'held for quality assessment'
	gctl hold off
	gctl hold release >/dev/null
	hears
	ok 'released: nothing more is sent' is 10 gstat '.messages + 2'
	ok 'and the truth is kept' within 10 person_is 1 '.attempts[0].state' delivered
	ok 'as is that of the SMS' person_is 1 '.attempts[1].state' delivered
	gctl hold for 39333000000
	news Mercato
	ok 'news that are held wait' within 20 figure_is "$id" .whatsapp.held 8
	ok 'and are no SMS' diff <(sms_of Mercato) <(range 9 10)
	gctl hold off
	gctl hold release >/dev/null
	ok 'until they are released' within 20 figure_is "$id" .whatsapp.delivered 8
	ok 'nobody got any twice' is 0 gstat .repeated
}
dropped() {
	wired_box 6 6 "fallback_after = 600;"
	gctl hold for 39333000000
	alert Piena
	ok 'held: by SMS at once' within 20 figure_is "$id" .reached 6
	gctl hold off
	gctl hold drop >/dev/null
	hears
	ok 'dropped: the record says so' within 5 person_is 1 '.attempts[0].state' failed
	ok 'and that they were reached' figure_is "$id" .sms.delivered 6
	ok 'nobody twice' got sms Piena 1 6
}
# ---- template --------------------------------------------------------------------------------------------------------
paused_at_once() {
	wired_box 10 8 "fallback_after = 600;"
	gctl error 132015 count 1
	alert Piena
	ok 'a template refused: everybody is reached' all_reached
	ok 'by SMS once it is known' diff <({ sms_of Piena; wired_of Piena; } | sort) <(range 1 10)
	ok 'staff are told' within 20 staff_was_told 'modello' 1
	alert Seconda
	ok 'the next alert: everybody is reached' all_reached
	ok 'all by SMS' got sms Seconda 1 10
	ok 'staff are told once' staff_was_told 'modello' 1
	ok 'the link is up all the same' link_is up
	gctl template allerta pause
	gctl template allerta unpause
	hears
	ok 'usable again: staff hear it' within 20 staff_was_told 'di nuovo utilizzabili' 1
	alert Terza
	ok 'and alerts' all_reached
	ok 'go by WhatsApp again' got wired Terza 1 8
}
paused_by_webhook() {
	wired_box 10 8 "fallback_after = 600;"
	gctl template allerta pause
	hears
	ok 'paused, says the webhook: staff are told' within 20 staff_was_told 'modello' 1
	ok 'template list says so' sh -c "$bin template list --json | jq -e '.[] | select(.name == \"allerta\") | .status == \"PAUSED\"'"
	before=$(asked)
	alert Piena
	ok 'everybody is reached' all_reached
	ok 'by SMS' got sms Piena 1 10
	ok 'WhatsApp was not asked' is "$before" asked
	news Mercato
	ok 'the template of news is another' within 20 message_is "$id" "done"
	ok 'and goes on' got wired Mercato 1 8
	gctl template allerta unpause
	hears
	ok 'usable again: staff hear it once' within 20 staff_was_told 'di nuovo utilizzabili' 1
	alert Seconda
	ok 'the next alert' all_reached
	ok 'goes by WhatsApp again' got wired Seconda 1 8
	ok 'staff were told once' staff_was_told 'modello' 1
	gctl template avviso reject ABUSIVE_CONTENT
	gctl template cessato_allarme archive
	hears
	ok 'what happened to templates is in the inbox' within 10 is 2 sh -c "$bin inbox list --json | jq '[.[] | select(.kind == \"template\" and (.text | test(\"REJECTED|ARCHIVED\")))] | length'"
}
# ---- account ---------------------------------------------------------------------------------------------------------
# The token is no longer good: until the file holds a new one and the configuration is read again.
token() {
	wired_box 10 8 "fallback_after = 600;"
	gctl set token=EAAanother
	alert Piena
	ok 'a token refused: everybody is reached' all_reached
	ok 'all by SMS' got sms Piena 1 10
	ok 'status says refused' link_is refused
	ok 'and why' sh -c "$bin status --json | jq -e '.whatsapp.why | startswith(\"190\")'"
	ok 'the box can alert all the same' can_alert
	news Mercato
	ok 'news: who has no WhatsApp gets them' got_in 10 sms Mercato 9 10
	ok 'staff are told' within 20 staff_was_told 'rifiuta' 1
	alert Seconda
	ok 'the next alert: everybody is reached' all_reached
	ok 'by SMS' got sms Seconda 1 10
	id=$((id - 1))
	while ! figure_is "$id" .kind news; do id=$((id - 1)); done
	ok 'the news of the others wait' figure_is "$id" .whatsapp.queued 8
	ok 'staff were told once' staff_was_told 'rifiuta' 1
	printf EAAanother >"$box/graph/token"
	kill -HUP "$app_pid"
	ok 'with a new token it is up' within 20 link_is up
	ok 'staff hear it' within 20 staff_was_told 'di nuovo' 1
	ok 'news go' got_in 20 wired Mercato 1 8
	alert Terza
	ok 'and alerts' all_reached
	ok 'by WhatsApp' got wired Terza 1 8
	ok 'staff were told once, and once that it is well' told_staff 2
}
# Accepted, and then nobody gets it: the payment method is refused.
payment() {
	wired_box 20 16 "fallback_after = 600;"
	gctl fail 131042
	alert Piena
	ok 'failed for want of payment: everybody is reached' all_reached
	ok 'all by SMS, each once' got sms Piena 1 20
	ok 'status says refused' link_is refused
	ok 'and why' sh -c "$bin status --json | jq -e '.whatsapp.why | startswith(\"131042\")'"
	ok 'staff are told once' within 20 staff_was_told 'rifiuta' 1
	before=$(asked)
	alert Seconda
	ok 'the next alert: everybody is reached' all_reached
	ok 'all by SMS' got sms Seconda 1 20
	ok 'and WhatsApp is not asked' is "$before" asked
	news Mercato
	ok 'news: who has no WhatsApp gets them' got_in 10 sms Mercato 17 20
	ok 'the others wait' figure_is "$id" .whatsapp.queued 16
	app_stop
	app_start
	ok 'started anew, the box' within 20 all_ready 2
	ok 'asks and is refused' within 20 link_is refused
	ok 'staff are told nothing new' told_staff 1
	alert Terza
	ok 'the next alert: everybody is reached' all_reached
	ok 'all by SMS' got sms Terza 1 20
	gctl fail off
	kill -HUP "$app_pid"
	ok 'paid and read again: the news go' got_in 20 wired Mercato 1 16
	ok 'staff hear that it is well' within 20 staff_was_told 'di nuovo' 1
	ok 'once' told_staff 2
	ok 'the link is up' link_is up
}
told_staff() { is "$1" sh -c "jq -r 'select(.to == \"$STAFF\") | .n' $box/sent.log | wc -l"; }
blocked() {
	wired_box 10 8 "fallback_after = 600;"
	gctl event account_update '{"event":"ACCOUNT_RESTRICTION","restriction_info":[{"restriction_type":"RESTRICTED_BIZ_INITIATED_MESSAGING"}]}'
	hears
	ok 'what happened to the account is in the inbox' within 5 sh -c "$bin inbox list --json | jq -e '.[] | select(.kind == \"account\" and (.text | test(\"ACCOUNT_RESTRICTION\")))'"
	gctl error 368
	alert Piena
	ok 'restricted: everybody is reached' all_reached
	ok 'all by SMS' got sms Piena 1 10
	ok 'status says refused' link_is refused
	ok 'staff are told' within 20 staff_was_told 'rifiuta' 1
}
# ---- too fast --------------------------------------------------------------------------------------------------------
paced() {
	wired_box 60 56 "fallback_after = 600;"
	gctl error 130429 count 6
	alert Piena
	ok '130429: everybody is reached' all_reached 40
	ok 'each once by WhatsApp' got wired Piena 1 56
	ok 'and only who has none by SMS' got sms Piena 57 60
	gctl error 131056 count 1 for 393330000001
	gctl error 131056 count 1 for 393330000002
	alert Seconda
	ok '131056: everybody is reached' all_reached 40
	ok 'by WhatsApp at last' got wired Seconda 1 56
	gctl set rate=20
	news Mercato
	ok 'beyond the pace of the number: all get the news' within 40 message_is "$id" "done"
	ok 'each once' got wired Mercato 1 56
	ok 'the number was too fast indeed' sh -c "$graph_bin ctl $box/graph stats | jq -e '.codes[\"130429\"] > 6'"
	ok 'nobody by SMS but who has no WhatsApp' got sms Mercato 57 60
}
# The business account asks too often: a minute is too long for an alert.
too_often() {
	wired_box 20 16 "fallback_after = 600;"
	gctl error 80007 count 1
	alert Piena
	ok '80007: everybody is reached' all_reached
	ok 'nobody twice by either way' diff <({ sms_of Piena; wired_of Piena; } | sort) <(range 1 20)
}
# ---- no answer -------------------------------------------------------------------------------------------------------
# 1 and 2 are accepted and never answered, 3's answer is cut, 4's request is lost: statuses tell of all but the last.
unanswered() {
	wired_box 12 10 "fallback_after = 4;"
	gctl ladder for 393330000002 delivered off
	gctl hangup count 1 for 393330000003
	gctl hangup count 1 for 393330000004 lost
	gctl no-answer count 1 for 393330000001
	gctl no-answer count 1 for 393330000002
	alert Piena
	ok 'everybody is reached' all_reached 40
	ok 'of unknown outcome and settled by the webhook' person_is 1 '[.reached, (.attempts | length), .attempts[0].state] | tostring' '[true,1,"delivered"]'
	ok 'so is a cut answer' person_is 3 '[.reached, (.attempts | length), .attempts[0].state] | tostring' '[true,1,"delivered"]'
	ok 'without a proof by SMS at the deadline' person_is 2 '[.attempts[].channel] | tostring' '["whatsapp","sms"]'
	ok 'so is what never arrived' person_is 4 '[.attempts[].channel] | tostring' '["whatsapp","sms"]'
	ok 'and it is marked as a repeat' person_is 4 '.attempts[1].repeat' true
	ok 'nobody else by SMS' diff <(sms_of Piena) <(printf '%s\n' "$(phone 2)" "$(phone 4)" "$(phone 11)" "$(phone 12)")
	ok 'nobody twice by WhatsApp' is 0 gstat .repeated
	gctl hangup count 1 for 393330000004 lost
	news Mercato
	ok 'news: done' within 40 message_is "$id" "done"
	ok 'of unknown outcome: never again, and said to be unknown' person_is 4 '[.reached, (.attempts | length), .state] | tostring' '[false,1,"unknown"]'
	ok 'nobody twice' is 0 gstat .repeated
}
# Slower than the link's own patience: the probe shows that it lives, and nothing is sent twice.
slow() {
	wired_box 12 10 "fallback_after = 600;" "" "" sent=3000 delivered=3100
	gctl slow 2500 count 4
	alert Piena
	ok 'everybody is reached' all_reached 30
	ok 'by WhatsApp' got wired Piena 1 10
	ok 'and only who has none by SMS' got sms Piena 11 12
	ok 'nobody twice' is 0 gstat .repeated
}
together unreachable marketing held dropped paused_at_once paused_by_webhook
together token payment blocked paced too_often unanswered slow
done_testing
