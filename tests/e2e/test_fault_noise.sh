#!/usr/bin/env bash
# A modem that is hard to hear: unsolicited lines before the prompt and before the result, floods, garbage, a prompt that does
# not come, a network that is away for some seconds.
. "$(dirname "$0")/faults.sh"

# noisy WORD: the alert under way ends well, in step.
noisy() {
	ok 'the other modem goes on' flows m2 15
	ok 'everybody is reached, nobody twice' everybody "$1" "$id"
	ok 'no wrong answer made a repeat' is 0 repeats "$id"
	ok 'and the modem sends again' sends_again m1 "Ancora${id}"
}

before_prompt() {
	local line
	PEOPLE=16
	box_start
	for line in '+CREG: 1' 'RING' '+CMTI: "ME",3' '+CMGS: 77' '+CSQ: 5,99' 'OK' 'NO CARRIER' '> ' '+CUSD: 0,"a","15"'; do
		order "Prima$((id + 1))"
		under_way 4
		ctl urc-before-prompt m1 "$line" 2
		ok "'$line'" everybody "Prima$id" "$id"
	done
	ok 'nobody was sent to twice for it' is $((PEOPLE * id)) eval 'wc -l <"$box/sent.log"'
}

# A lone +CMGS or OK in that place cannot be told from the answer itself.
before_result() {
	local line
	PEOPLE=16
	box_start
	for line in '+CREG: 1' 'RING' '+CMTI: "ME",3' '+CSQ: 5,99' 'NO CARRIER' '> ' '+CUSD: 0,"a","15"'; do
		order "Dopo$((id + 1))"
		under_way 4
		ctl urc-before-result m1 "$line" 2
		ok "'$line'" everybody "Dopo$id" "$id"
	done
	ok 'nobody was sent to twice for it' is $((PEOPLE * id)) eval 'wc -l <"$box/sent.log"'
}

flood_of_lines() {
	box_start
	order Diluvio
	under_way 6
	ctl flood m1 '^RSSI:18' 2000 4
	noisy Diluvio
	order Registro
	under_way 6
	ctl flood m1 '+CREG: 1' 500 4
	noisy Registro
}

garbage_on_the_line() {
	local i
	box_start
	order Rumore
	under_way 6
	for i in 1 2 3 4 5 6; do
		ctl "at-part +$i: garbage m1 200"
	done
	ok 'the other modem goes on' flows m2 15
	ok 'everybody is reached' everybody Rumore "$id"
	ok 'and the modem sends again' sends_again m1 Ritorno
	ctl garbage m1 60000
	ok 'much of it harms as little' sends_again m1 Ancora
}

without_prompt() {
	box_start
	order Invito
	under_way 6
	ctl no-prompt m1 1
	noisy Invito
}

# The modem that lost its network says so and is left alone until it is back.
without_network() {
	box_start
	order Campo
	under_way 6
	ctl register m1 searching
	ok 'the other modem goes on' flows m2 15
	ok 'the box sees it' within 20 modem_is 0 searching
	ok 'everybody is reached' everybody Campo "$id"
	ctl register m1 home
	ok 'the modem comes back by itself and sends' sends_again m1 Ritorno
	ctl register '*' denied
	order Negato
	ok 'without any network the box says that it cannot alert' within 60 cannot_alert
	ctl register m2 home
	ok 'with one again the alert leaves' everybody Negato "$id"
	ctl register m1 home
	ok 'and both send' sends_again m1 Dopo
}
cannot_alert() { ! can_alert; }

together before_prompt before_result flood_of_lines garbage_on_the_line without_prompt without_network
done_testing
