#!/usr/bin/env bash
# The SIM: its PIN is used once, a wrong one never twice in the life of the box, and a SIM that cannot be used is left alone while
# the other modem works.
. "$(dirname "$0")/faults.sh"

# sim_box SIM_KEYS MODEM_KEYS: the first modem's SIM is as given, the second's is open.
sim_box() {
	sim_start "name=m1,latency=$LATENCY,report=60,boot=300,$1" "name=m2,latency=$LATENCY,report=60,boot=300"
	configure 2 "$QUICK" 'send_timeout = 10;'
	sed -i "s|dev/ttyUSB0\";|&$2|" "$box/box.cfg"
	people "$PEOPLE"
	app_start
	within 20 modem_is 1 ready || { echo 'not ok - the box does not come up'; exit 1; }
}
pin_tries() { ctl modems | jq -r 'select(.name == "m1") | .pin_tries'; }
why() { json '.modems[0].why' "$bin" status --json; }
says() { why | grep -i "$1"; }

pin_right() {
	sim_box pin=1234 ' pin = "1234";'
	ok 'the SIM is opened' within 20 modem_is 0 ready
	ok 'by one try' is 3 pin_tries
	order Aperta
	under_way 6
	ctl reboot m1
	ok 'everybody is reached though it restarts' everybody Aperta "$id"
	ok 'it is opened again' sends_again m1 Ancora
	app_stop
	ctl reboot m1
	app_start
	ok 'and after a restart of both' sends_again m1 Dopo
}

pin_wrong() {
	local i
	sim_box pin=1234 ' pin = "9999";'
	ok 'the SIM stays closed' within 20 modem_is 0 pin
	ok 'after one try' within 20 is 2 pin_tries
	for i in 1 2 3; do
		app_kill
		[ $i = 2 ] && ctl reboot m1
		app_start
		within 20 closed_and_open
	done
	ok 'and three restarts' is 2 pin_tries
	ok 'status says what to do' says 'configuration\|refused'
	order Chiusa
	ok 'the other modem reaches everybody' everybody Chiusa "$id"
	ok 'still the same tries' is 2 pin_tries
	sed -i 's/"9999"/"1234"/' "$box/box.cfg"
	kill -HUP "$app_pid"
	ok 'corrected, it opens' sends_again m1 Corretta
}
closed_and_open() { modem_is 0 pin && modem_is 1 ready; }

pin_absent() {
	sim_box pin=1234 ''
	ok 'without a PIN none is tried' within 20 modem_is 0 pin
	ok 'never' is 3 pin_tries
	ok 'and status says so' says 'PIN'
	order Senza
	ok 'the other modem reaches everybody' everybody Senza "$id"
}

pin_last_try() {
	sim_box pin=1234,pin-tries=1 ' pin = "1234";'
	ok 'the last try is left to people' within 20 modem_is 0 pin
	ok 'even with the right PIN' is 1 pin_tries
	ok 'and status says so' says 'attempt'
}

puk() {
	sim_box pin=1234,pin-tries=0 ' pin = "1234";'
	ok 'a blocked SIM is left alone' within 20 modem_is 0 sim
	ok 'and status says what to do' says 'PUK'
	order Bloccata
	ok 'the other modem reaches everybody' everybody Bloccata "$id"
}

no_sim() {
	sim_box sim=0 ''
	ok 'a modem without a SIM says so' within 20 modem_is 0 sim
	order Vuota
	ok 'the other modem reaches everybody' everybody Vuota "$id"
	ctl set m1 sim=1
	ctl reboot m1
	ok 'with one it works' sends_again m1 Inserita
}

slow_sim() {
	sim_box sim-busy=4000 ''
	ctl reboot m1
	ok 'a SIM that is busy after a restart is waited for' sends_again m1 Pronta
}

together pin_right pin_wrong pin_absent pin_last_try puk no_sim slow_sim
done_testing
