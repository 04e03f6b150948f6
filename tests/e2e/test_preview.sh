#!/usr/bin/env bash
# What an order would do, before it is given: channels, the WhatsApp text, limits, cost, time with the link and without it.
. "$(dirname "$0")/common.sh"

rates='costs = { sms = 0.05; whatsapp_alert = 0.02; whatsapp_news = 0.06; };'
box_with() { # WHATSAPP [MORE]
	configure 2 "whatsapp = { $1 }; zones = ( { id = \"centro\"; name = \"Centro\"; } ); ${2:-}" 'budget = { day = 30; };'
}
preview() { json "$1" "$bin" preview --json "${@:2}"; }
text_says() { "$bin" preview "${@:2}" | grep -qF -- "$1"; }

box_with 'enabled = true; recipients_per_day = 60;' "$rates"
{
	echo 'phone,channel'
	seq -f '+39333%07.0f,whatsapp' 1 85
	seq -f '+39333%07.0f,sms' 86 100
} >"$box/people.csv"
ok '100 people, 85 of them on WhatsApp' "$bin" subscriber import "$box/people.csv"

alert=(--colour orange --hazard temporali --until 20:00 "È l'ora: restate in casa.")
ok 'recipients by channel' is '15 85 0' preview '.recipients | "\(.sms) \(.whatsapp) \(.whatsapp_only)"' "${alert[@]}"
ok 'the SMS is folded' is "E' l'ora: restate in casa." preview '.text | split(". ")[1]' "${alert[@]}"
ok 'WhatsApp shows it as it was written' \
	is "Il Comune comunica: È l'ora: restate in casa." preview '.whatsapp.body | split("\n")[1]' "${alert[@]}"
ok 'its characters are counted' is 'true 1024' \
	preview '.whatsapp | "\(.characters == (.body | length)) \(.room)"' "${alert[@]}"
ok 'who does not fit the limit' is '60 60 25' preview '.whatsapp.limit | "\(.per_day) \(.left) \(.over)"' "${alert[@]}"
ok 'goes by SMS, and the text says so' text_says '25 GO BY SMS' "${alert[@]}"
ok 'an SMS more for each who is expected to fall back' text_says 'segments    52 expected, 100 without WhatsApp' "${alert[@]}"
ok 'the SIMs would not do without WhatsApp' text_says 'may send 60 today: NOT ENOUGH WITHOUT WHATSAPP' "${alert[@]}"
ok 'that is what counts while the link is not heard of' is 'false down' \
	preview '"\(.sim_budget.enough) \(.whatsapp.state)"' "${alert[@]}"
ok 'what it costs' text_says 'cost        3.00 to 3.80 EUR' "${alert[@]}"
ok 'the time to reach all, with the link and without' is 'true true' \
	preview '.time | "\(.alive.all >= 90) \(.dead.all >= .dead.sms)"' "${alert[@]}"
ok 'an exercise says so at both ends, where WhatsApp shows it' is 'true true' \
	preview '.whatsapp.body | "\(contains("ALLERTA ESERCITAZIONE,")) \(contains("Prova. - ESERCITAZIONE\n"))"' \
	--colour red --exercise 'Prova.'
long=$(printf 'parola %.0s' $(seq 1 140))
ok 'a text too long for WhatsApp is refused, and by how much' exits 65 "$bin" preview --colour red "$long"
ok 'in one line that says what to do' grep -q 'shorten the text by [0-9]' "$box/errors"
ok 'nor is it kept' exits 65 "$bin" alert --colour red "$long"
ok 'news wait for the limit' text_says '25 WAIT' news --topic viabilita 'Strada chiusa.'
ok 'and, without WhatsApp, for the link' is '15 85' \
	preview '"\(.segments) \(.time.dead.left_over)"' news --topic viabilita 'Strada chiusa.'

box_with 'enabled = true; recipients_per_day = 0;'
ok 'without rates no cost is told' text_says 'cost        not told' "${alert[@]}"
ok 'without a limit none is told' is null preview .whatsapp.limit "${alert[@]}"
box_with 'enabled = false;' "$rates"
ok 'without WhatsApp everybody goes by SMS' is '100 100 null' \
	preview '"\(.recipients.sms) \(.segments) \(.whatsapp)"' "${alert[@]}"
ok 'and the long text may go' exits 0 "$bin" preview --colour red "$long"
ok 'what the SIMs may not send is said' text_says 'may send 60 today: NOT ENOUGH' "${alert[@]}"
ok 'nothing was kept' is '[]' "$bin" message list --json
done_testing
