#!/usr/bin/env bash
# Orders from an officer's telephone: by SMS with the internet down, by WhatsApp, across a kill, with two officers; and what a
# stranger, a wrong PIN, a wrong or late word bring about: nothing.
. "$(dirname "$0")/whatsapp.sh"
# By SMS, but for somebody whose read-back holds the words too.
got_besides() { diff <(sms_of "$2" | grep -vxF "$1") <(range "$3" "$4"); }


ROSSI=+393471111111 ANNA=+393472222222 STRANGER=+393479999999
PIN=97318642 PIN_ANNA=86427531

officers() {
	echo $PIN | "$bin" officer add 'Mario Rossi' --phone $ROSSI >/dev/null
	echo $PIN_ANNA | "$bin" officer add Anna --phone $ANNA >/dev/null
}
hears_sms() { # NUMBER WORDS [SECONDS]: what went there by SMS, part behind part, holds them
	within "${3:-15}" told_has "$1" "$2"
}
told_has() { ctl sent | jq -rs --arg to "$1" 'map(select(.to == $to) | .text) | add // ""' | grep -qF -- "$2"; }
word_of() { ctl sent | jq -rs --arg to "$1" 'map(select(.to == $to) | .text) | add // ""' | grep -oE 'rispondi [A-Z]+ ' | tail -n 1 | cut -d' ' -f2; }
new_word() { [ -n "$(word_of "$1")" ] && [ "$(word_of "$1")" != "$2" ]; } # NUMBER OLD
alerts() { "$bin" message list --json | jq length; }
alerts_are() { [ "$(alerts)" = "$1" ]; }
audits() { "$bin" audit list --json | jq "[.[] | select(.act == \"$1\")] | length"; }
audits_are() { [ "$(audits "$1")" = "$2" ]; }
nothing_started() { # COUNT: the orders so far came to so many alerts
	within 10 inbox_is "$2" && alerts_are "$1"
}
inbox_is() { [ "$("$bin" inbox list --json | jq length)" = "$1" ]; }

by_sms() {
	local word
	sim_start name=m1,latency=20,report=40,boot=0 name=m2,latency=20,report=40,boot=0
	configure 2 'zones = ( { id = "borgo"; name = "Borgo"; } ); alert = { unknown_after = 1; }; sms = { report_wait = 1; };'
	people 30
	officers
	app_start
	within 20 all_ready 2

	ctl sms m1 $ROSSI "ALLERTA 02 $PIN"
	ok 'an order is read back to the enrolled telephone' hears_sms $ROSSI 'ALLERTA ROSSA'
	ok 'with whom it goes to' hears_sms $ROSSI '30 persone'
	ok 'and a word' within 10 new_word $ROSSI ''
	ok 'nothing has left to anybody else' is '' sh -c "$sim_bin ctl $box/dev sent | jq -r 'select(.to != \"$ROSSI\") | .to'"
	ok 'nor is anything kept' alerts_are 0
	word=$(word_of $ROSSI)

	ctl sms m2 $STRANGER "$word"
	ctl sms m1 $STRANGER "ALLERTA 02 $PIN"
	ok 'a stranger starts nothing' nothing_started 0 3
	ok 'which is audited' within 5 audits_are order-stranger 1
	ctl sms m1 $ROSSI 'ALLERTA 03 1357'
	ok 'a wrong PIN is told so' hears_sms $ROSSI 'PIN errato'
	ctl sms m1 $ROSSI "$([ "$word" = ZUCCA ] && echo ZEBRA || echo ZUCCA)"
	ok 'so is a wrong word' hears_sms $ROSSI 'Parola errata'
	ok 'and nothing starts' alerts_are 0

	app_kill
	app_start
	within 20 all_ready 2
	ok 'after a power cut nothing was sent' alerts_are 0
	ctl sms m2 $ROSSI "$word"
	ok 'but the word, by the other modem, still counts' within 15 alerts_are 1
	id=$("$bin" message list --json | jq '.[0].id')
	ok 'it starts' hears_sms $ROSSI 'Partito: numero'
	ok 'and reaches everybody' within 20 figure_is "$id" .reached 30
	ok 'each once' got_besides "$ROSSI" 'ALLERTA ROSSA per' 1 30
	ok 'the end is told' hears_sms $ROSSI 'concluso: raggiunte 30 persone su 30' 25
	ok 'by whom, by which door, with what read-back' sh -c "$bin audit list --json | jq -e 'any(.[]; .act == \"alert\" and .who == \"Mario Rossi\" and .door == \"sms\" and (.detail | contains(\"30 persone\")))'"
	ok 'the chain holds' "$bin" audit verify
	ctl sms m1 $ROSSI "$word"
	ok 'the word counts once' hears_sms $ROSSI 'confermato'
	ok 'and nothing starts' alerts_are 1

	ctl sms m1 $ROSSI "ESERCITAZIONE ARANCIONE temporali Borgo fino a mezzanotte: Restate al chiuso, lontani da alberi e cartelloni; chi è in auto eviti i sottopassi e i guadi; portate dentro vasi e tende, e aiutate i vicini che vivono soli. Il centro operativo è aperto in municipio. $PIN"
	ok 'three parts are one order' hears_sms $ROSSI 'aperto in municipio'
	ok 'an exercise is read back as one' hears_sms $ROSSI 'ESERCITAZIONE: ALLERTA ARANCIONE'
	within 10 new_word $ROSSI "$word"
	ctl sms m1 $ROSSI "confermo $(word_of $ROSSI)"
	ok 'and kept as one' within 15 sh -c "$bin message show \$($bin message list --json | jq '.[0].id') --json | jq -e '.exercise and (.text | startswith(\"ESERCITAZIONE\") and endswith(\"ESERCITAZIONE\"))'"
	ok 'one order, one exercise' alerts_are 2

	ctl sms m1 $ROSSI 'Stato box'
	ok 'STATO BOX' hears_sms $ROSSI 'Pronto ad avvisare: modem pronti 2 su 2'
	ctl set m1 latency=1500 && ctl set m2 latency=1500
	ctl sms m1 $ROSSI "ALLERTA 03 $PIN"
	within 30 new_word $ROSSI "$(word_of $ROSSI)" || true
	word=$(word_of $ROSSI)
	ctl sms m1 $ROSSI "$word"
	ok 'another alert' within 30 alerts_are 3
	id=$("$bin" message list --json | jq '.[0].id')
	ctl sms m1 $ANNA "ANNULLA $PIN_ANNA"
	ok 'ANNULLA by another officer stops it' within 20 message_is "$id" cancelled
	ok 'in its midst' test "$(figure "$id" .sms.cancelled)" -gt 0
	ctl set m1 latency=20 && ctl set m2 latency=20
	ok 'who is told how many had left' hears_sms $ANNA 'Fermato'
	ok 'the first hears of it too' hears_sms $ROSSI 'fermato: raggiunte' 25

	app_stop
	ok 'no PIN stayed in the database' sh -c "! grep -aqE '$PIN|$PIN_ANNA' $box/box.db*"
	ok 'nor in the log' sh -c "! grep -qE '$PIN|$PIN_ANNA' $box/app.log"
}

by_whatsapp() {
	local word
	wired_box 4 2 'fallback_after = 600; two_officers = true;'
	officers
	gctl in $ROSSI text "Allerta 02 PIN $PIN" >/dev/null
	ok 'an order by WhatsApp is read back there' within 15 sh -c "$graph_bin ctl $box/graph sent | grep -qF 'ALLERTA ROSSA'"
	word=$(gctl sent | grep -oE 'rispondi [A-Z]+ ' | tail -n 1 | cut -d' ' -f2)
	gctl in $ROSSI text "$word" >/dev/null
	ok 'red needs a second officer, who never wrote there: by SMS' hears_sms $ANNA 'Mario Rossi ordina'
	ok 'nothing has started' alerts_are 0
	gctl link down
	ctl sms m1 $ANNA "$(word_of $ANNA) $PIN_ANNA"
	ok 'with the internet down the second one confirms by SMS' within 20 alerts_are 1
	id=$("$bin" message list --json | jq '.[0].id')
	ok 'and everybody is reached' within 30 figure_is "$id" .unreached 0
	ok 'the first, who ordered by WhatsApp, hears by SMS' hears_sms $ROSSI 'Partito: numero'
	ok 'both stand in the trail' sh -c "$bin audit list --json | jq -e 'any(.[]; .act == \"alert\" and .who == \"Mario Rossi + Anna\" and .door == \"whatsapp\")'"
	app_stop
	ok 'no PIN stayed' sh -c "! grep -raqE '$PIN|$PIN_ANNA' $box/box.db* $box/app.log $box/webhook 2>/dev/null"
}

together by_sms by_whatsapp
done_testing
