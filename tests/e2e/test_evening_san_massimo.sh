#!/usr/bin/env bash
# An evening of the one-way service: what the comune promised its people when it began, by SMS and by WhatsApp alike. Each
# check is named after the promise.
. "$(dirname "$0")/evening.sh"

PAPER=+393474444444 LISTED=+393475555555 CALLER=+393476666666
evening_box 'comune = { name = "San Massimo"; service = "San Massimo Informa"; mode = "one-way"; privacy_url = "https://comune.example/privacy"; contacts = "tel. 0874 000000"; };' ''

# ---- joining: by a message, on paper, by a list ----
both 'ATTIVA SAN MASSIMO INFORMA'
each 'who asks is registered' told 'Un benvenuto da San Massimo Informa'
each 'and reads the privacy notice' has 'https://comune.example/privacy'
"$bin" subscriber add "$PAPER" --name 'Rosa D'\''Amico' --channel sms --note 'modulo cartaceo del 20/11' >/dev/null
printf 'phone,name,channel,consent_note\n%s,"Ugo ""Nino"" Bo",whatsapp,"elenco, foglio 2"\n' "$LISTED" >"$box/list.csv"
"$bin" subscriber import "$box/list.csv" >/dev/null
ok 'also at the counter, on paper, and from a list' within 10 active 4
ok 'with how they consented' sh -c "$bin subscriber show $PAPER --json | grep -q 'modulo cartaceo del 20/11'"

# ---- what is told: each of the shipped topics, alerts and states of emergency; in real time ----
shipped='servizi progetti interventi lavori-pubblici scadenze trasporti viabilita iniziative-culturali sociali allerta-meteo stati-di-emergenza'
for topic in $shipped; do
	"$bin" news --topic "$topic" "Notizia di prova: $topic." >/dev/null
	each "news of $topic" told "Notizia di prova: $topic."
done
ok 'sms: who came on paper hears too' told sms "$PAPER" 'Notizia di prova: servizi.'
ok 'whatsapp: who came from the list hears too' told whatsapp "$LISTED" 'Notizia di prova: servizi.'
id=$("$bin" alert --colour red --hazard idraulico --until 3h --yes --json 'Salite ai piani alti.' 2>/dev/null | jq .id)
each 'a state of emergency' told 'Salite ai piani alti.'
ok 'sms: to those without WhatsApp, old as well as young' told sms "$PAPER" 'Salite ai piani alti.'
ok 'everybody is reached, within seconds' within 20 sh -c "$bin message show $id --json | jq -e '.reached == 4 and .unreached == 0'"

# ---- nobody sees who else is there ----
apart() {
	local n
	for n in "$S" "$W" "$PAPER" "$LISTED"; do
		! { ctl sent; gctl sent; } | jq -r '.text // (tostring)' | grep -v "\"to\":\"$n\"" | grep -qF "${n#+39}" || return 1
	done
}
one_each() { [ "$(ctl sent | jq -r 'select(.text | contains("piani alti")) | .to' | sort | uniq -d | wc -l)" = 0 ]; }
ok 'no message holds the number of another' apart
ok 'each message has one recipient' one_each

# ---- one way: messages and calls are not taken, the usual channels are ----
both "C'è una buca in via Roma"
each 'who writes is shown the usual channels' told 'tel. 0874 000000'
each 'courteously, and to 112 for emergencies' told 'Emergenze: 112'
both 'Mi rispondete? La buca è ancora lì'
ok 'what they wrote is kept all the same' kept 'Mi rispondete? La buca è ancora lì' 2
each 'and they are not shown twice' once 'non legge i messaggi'
ok 'nothing becomes a report' is '[]' "$bin" report list --all --json
both 'APPUNTAMENTO'
ok 'kept' kept APPUNTAMENTO 2
ok 'nor an appointment' is '[]' "$bin" appointment list --all --json
writes whatsapp "$W" 'grazie'
writes sms "$S" 'Grazie!'
ok 'thanks are kept' kept 'Grazie!'
each 'and thanked for with silence' once 'non legge i messaggi'
ctl call m1 "$CALLER" 3
ok 'calls are refused' within 20 sh -c "$sim_bin ctl $box/dev stats | jq -e '.modems[0].calls_rejected == 1'"
ok 'a call signs nobody up' active 4
ok 'and is not answered' silence sms "$CALLER"

# ---- free, and left at any time ----
free() { ! got_by "$1" "$2" | grep -qiE '€|euro|costo'; }
each 'it is free' free
both 'DISATTIVA SAN MASSIMO INFORMA'
each 'leaving works' told 'Hai lasciato San Massimo Informa'
writes sms "$PAPER" 'Stop'
ok 'sms: for who came on paper too' told sms "$PAPER" 'Hai lasciato'
ok 'one is left' within 10 active 1
"$bin" news --topic servizi 'Dopo la partenza.' >/dev/null
ok 'whatsapp: who stayed hears' told whatsapp "$LISTED" 'Dopo la partenza.'
each 'who left does not' never 'Dopo la partenza.'
"$bin" subscriber import "$box/list.csv" >/dev/null
printf 'phone\n%s\n' "$PAPER" >"$box/again.csv"
"$bin" subscriber import "$box/again.csv" >/dev/null 2>&1
ok 'and no list brings them back' active 1

# ---- where the comune says so, an unanswered call is a way to join ----
sed -i '$a citizens = { missed_call_joins = true; };' "$box/box.cfg"
kill -HUP "$app_pid"
ok 'the settings are read again' within 10 grep -q 'configuration read again' "$box/app.log"
ok 'and the box is ready' within 20 all_ready 1
ctl call m1 +393477777777 3
ok 'sms: a missed call joins, confirmed' told sms +393477777777 'La tua chiamata ti iscrive a San Massimo Informa'
ok 'then there are two' within 10 active 2
ok 'clean end' app_stop
done_testing
