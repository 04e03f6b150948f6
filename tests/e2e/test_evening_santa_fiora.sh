#!/usr/bin/env bash
# An evening of the two-way service: what the comune promised its people when it began, by SMS and by WhatsApp alike. Each
# check is named after the promise.
. "$(dirname "$0")/evening.sh"

OTHER=+393473333333
evening_box 'comune = { name = "Santa Fiora"; service = "Comune Amico"; mode = "two-way"; privacy_url = "https://comune.example/policy"; privacy_version = "2020-07"; contacts = "tel. 0564 000000"; };' \
	'offices = ( { id = "anagrafe"; name = "Anagrafe"; hours = "mon-sun 08:00-20:00"; slot_minutes = 30; },
		{ id = "tecnico"; name = "Ufficio tecnico"; hours = "mon-sun 08:00-10:00"; slot_minutes = 30; } );
	appointments = { holidays = false; lead_minutes = 0; }; reports = { join_minutes = 0; };'

# ---- joining is one message with two words, free, and of one's own will ----
alert() { id=$("$bin" alert --colour "$1" --until 2h --yes --json "$2" 2>/dev/null | jq .id); }
both "Attivate la caldaia della scuola, fa freddo"
each 'what only sounds like it is heard as what it is' told 'Segnalazione n.'
ok 'and signs nobody up' active 0
both 'ATTIVA COMUNE AMICO'
each 'the word joins' told 'Un benvenuto da Comune Amico'
ok 'two have joined' within 10 active 2
each 'the welcome links to the policy' has 'https://comune.example/policy'
each 'and says how to leave' has 'DISATTIVA Comune Amico'
each 'and where emergencies go' has '112'
each 'the welcome comes once' once 'Un benvenuto'
consents() { # NUMBER CHANNEL
	"$bin" subscriber show "$1" --json | jq -e --arg way "$2" '.. | objects | select(.words? == "ATTIVA COMUNE AMICO"
		and .channel? == $way and .notice? == "2020-07" and .action? == "given")' >/dev/null
}
ok 'sms: that message is the consent, kept with its words' consents "$S" sms
ok 'whatsapp: that message is the consent, kept with its words' consents "$W" whatsapp
anonymous() { "$bin" subscriber show "$1" --json | jq -e '[.. | objects | select(has("name")) | .name] | all(. == "" or . == null)' >/dev/null; }
ok 'sms: it is anonymous: no name is asked or kept' anonymous "$S"
ok 'whatsapp: it is anonymous: no name is asked or kept' anonymous "$W"
free() { ! got_by "$1" "$2" | grep -qiE '€|euro|costo'; }
each 'it is free' free

# ---- the comune to the citizen: civil protection, closed roads, disruptions, deadlines, events; in real time ----
alert orange 'Restate lontani da torrenti e sottopassi.'
each 'civil protection reaches them' told 'Restate lontani da torrenti'
ok 'within seconds' within 20 sh -c "$bin message show $id --json | jq -e '.reached == 2'"
"$bin" clear "$id" >/dev/null
each 'and its end' told 'CESSATO ALLARME'
news() { "$bin" news --topic "$1" "$2" >/dev/null; }
news viabilita 'La strada provinciale è interrotta per una frana.'
each 'closed roads' told 'La strada provinciale è interrotta'
news servizi "Manca l'acqua in via Roma fino alle 18."
each 'sudden disruptions' told "Manca l'acqua in via Roma"
news scadenze 'Domani scade la rata della mensa.'
each 'deadlines' told 'scade la rata della mensa'
news iniziative-culturali 'Sabato concerto in piazza.'
each 'events' told 'Sabato concerto in piazza'
alone() { # nobody's number in anybody's message, and one recipient each
	! got_by sms "$S" | grep -qF "${W#+39}" && ! gctl sent | jq -r 'select(.to != "'"$W"'")' | grep -q . &&
		! gctl sent | jq -r '.text // ""' | grep -qF "${S#+39}"
}
ok 'nobody sees the contacts of others' alone

# ---- the citizen to the comune: problems and holes in the road, by one message ----
writes sms "$S" "C'è una buca in via Roma, davanti al numero 12"
writes whatsapp "$W" 'Il lampione di piazza Garibaldi è spento'
each 'a problem is reported by one message' told 'ricevuta, grazie'
each 'and gets a number' told 'Segnalazione n.'
each 'and is told that emergencies go to 112' told "Per un'emergenza chiama subito il 112"
report_of() { "$bin" report list --json | jq -r --arg text "$1" '.[] | select(.text == $text) | .id'; }
hole=$(report_of "C'è una buca in via Roma, davanti al numero 12") lamp=$(report_of 'Il lampione di piazza Garibaldi è spento')
ok 'the office reads them as written' test -n "$hole" -a -n "$lamp"
gctl in "$W" image 'eccolo' >/dev/null
ok 'whatsapp: with a picture' within 10 sh -c "$bin report list --json | jq -e '[.[].text] | index(\"eccolo\")'"
gctl in "$W" location 42.8318 11.5861 'Piazza Garibaldi' >/dev/null
ok 'whatsapp: with the place' within 10 sh -c "$bin report list --json | jq -e '[.[].text] | index(\"Piazza Garibaldi\")'"
writes sms "$S" "STATO $hole"
writes whatsapp "$W" "STATO $lamp"
each 'how it stands can be asked' told ': ricevuta.'
"$bin" report assign "$hole" tecnico >/dev/null && "$bin" report reply "$hole" 'Ripariamo la buca domani.' >/dev/null
"$bin" report assign "$lamp" tecnico >/dev/null && "$bin" report reply "$lamp" 'Cambiamo la lampada domani.' >/dev/null
ok 'sms: the comune answers, both ways are open' told sms "$S" 'Ripariamo la buca domani'
ok 'whatsapp: the comune answers, both ways are open' told whatsapp "$W" 'Cambiamo la lampada domani'
crossed() { ! has whatsapp "$W" 'Ripariamo' && ! has sms "$S" 'lampada'; }
ok 'each by the way it came, to its sender alone' crossed

# ---- appointments with the offices ----
both 'APPUNTAMENTO'
each 'an appointment: which office' told 'Per quale ufficio?'
writes sms "$S" 1
ok 'sms: free times, by number' told sms "$S" 'Anagrafe: 1)'
taps "$W" Anagrafe
ok 'whatsapp: free times, as a list' told whatsapp "$W" 'Anagrafe: 1)'
writes sms "$S" 'il numero 1' # another text: the network's second copy of one is dropped
ok 'sms: chosen' told sms "$S" 'Prenoto Anagrafe'
first=$(gctl sent | jq -rs 'last | [.. | objects | select(.id? and .title?)] | .[1].title')
taps "$W" "$first"
ok 'whatsapp: chosen by a tap' told whatsapp "$W" 'Prenoto Anagrafe'
writes sms "$S" SI
taps "$W" Sì
each 'and booked' told 'Prenotato: Anagrafe'
places() { [ "$("$bin" appointment list --json | jq "[.[] | select(.state == \"booked\")] | \"\(length) \(map(.start) | unique | length)\"")" = "\"$1 $1\"" ]; }
ok 'the office sees both, in places of their own' places 2
both 'SPOSTA APPUNTAMENTO'
ok 'sms: it can be moved' within 10 sh -c "[ \$($sim_bin ctl $box/dev sent | grep -c 'Anagrafe: 1)') = 2 ]"
writes sms "$S" 'la 1'
ok 'sms: to another time' within 10 sh -c "[ \$($sim_bin ctl $box/dev sent | grep -c 'Prenoto Anagrafe') = 2 ]"
writes sms "$S" 'sì grazie'
ok 'sms: and is' within 10 sh -c "[ \$($sim_bin ctl $box/dev sent | grep -c 'Prenotato: Anagrafe') = 2 ]"
writes whatsapp "$W" NO
ok 'whatsapp: or left as it was' told whatsapp "$W" 'non ho cambiato nulla'
both 'DISDICI'
each 'and called off' told 'Disdetto: Anagrafe'
ok 'then its place is free' places 0

# ---- the trial phase is to show how it is used ----
ok 'people by channel are counted' sh -c "$bin status --json | jq -e '.subscribers | .active == 2 and .whatsapp == 1 and .sms == 1'"
ok 'messages and whom they reached' sh -c "$bin message list --json | jq -e 'length >= 6 and all(.[]; .recipients == 2)'"
ok 'reports and how they stand' sh -c "$bin report list --all --json | jq -e 'length >= 4 and any(.[]; .state == \"answered\")'"
ok 'appointments' sh -c "$bin appointment list --all --json | jq -e 'length >= 2'"

# ---- leaving, at any time ----
app_stop
both 'DISATTIVA COMUNE AMICO'
alert yellow 'Vento forte da stanotte.'
app_start
each 'the word leaves' told 'Hai lasciato Comune Amico'
ok 'nobody is left' within 10 active 0
alert red 'Sirena di prova.'
each 'who left hears no more' never 'Sirena di prova'
both 'Disattiva Comune Amico.'
each 'and leaving is confirmed once' told 'Questo numero non è iscritto'
each 'not again' once 'Hai lasciato'
writes sms "$S" 'Attiva comune amico, grazie!'
ok 'who left may come back' within 20 active 1
ok 'clean end' app_stop
done_testing
