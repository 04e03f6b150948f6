#!/usr/bin/env bash
# What arrives while an alert is under way: each message is kept once, whatever the store, the order of parts, the network's
# second copies and kills do, and the alert does not wait for it.
. "$(dirname "$0")/faults.sh"

inbox() { "$bin" inbox list --json; }
# keeps TEXT COUNT: so many messages with that text, whole ones.
keeps() {
	local got
	got=$(inbox | jq --arg text "$1" '[.[] | select(.kind == "sms" and .text == $text)] | length')
	[ "$got" = "$2" ] || { echo "$got of '$1', not $2"; return 1; }
}
kept_once() { within 60 keeps "$1" 1 >/dev/null || keeps "$1" 1; }
store_is_empty() { ctl stats | jq -e '[.modems[] | .SM[0], .ME[0], .backlog] | add == 0' >/dev/null; }
flow() { flows m1 10 "$since" && flows m2 10 "$since"; }

long_message=$(printf 'Il torrente sale, parola %d. ' $(seq 1 12))fine
emoji='L"acqua" è 🌊 in strada 🚨 già due volte, e continua a salire: mandate qualcuno 🙏 per favore, siamo in via Roma'

while_alerting() {
	box_start
	order Piena
	under_way 4
	ctl sms m1 +393471111111 'Qui tutto bene'
	ctl sms m2 +393472222222 "$long_message"
	ctl sms m1 +393473333333 --order 3,1,2 "$long_message!"
	ctl sms m2 +393474444444 --duplicate 'Detto due volte'
	ctl sms m1 +393475555555 --order 2,1 --duplicate "$emoji"
	ctl sms m2 InfoUtile 'Mittente di sole lettere'
	ctl raw m1 07919333000000F0FF0BAD
	ctl call m2 +393476666666 3
	ok 'neither modem waits' flow
	ok 'everybody is reached' everybody Piena "$id"
	ok 'one part is kept' kept_once 'Qui tutto bene'
	ok 'parts are joined' kept_once "$long_message"
	ok 'in whatever order they come' kept_once "$long_message!"
	ok 'a second copy is not kept again' kept_once 'Detto due volte'
	ok 'nor one of parts, in the alphabet of emoji' kept_once "$emoji"
	ok 'a sender of letters is shown' sh -c "$bin inbox list --json | jq -e '.[] | select(.from == \"InfoUtile\")'"
	ok 'what cannot be read is kept as it came' sh -c "$bin inbox list --json | jq -e '.[] | select(.kind == \"undecodable\" and (.raw | test(\"0BAD\$\")))'"
	ok 'the caller is noted' within 20 sh -c "$bin inbox list --json | jq -e '[.[] | select(.kind == \"call\" and .from == \"+393476666666\")] | length == 1'"
	ok 'and was rejected' within 20 sh -c "$sim_bin ctl $box/dev stats | jq -e '.modems[1].calls_rejected == 1'"
	ok 'and the stores are empty' within 30 store_is_empty
}

# Forty people write at once.
crowd() {
	local i
	box_start
	order Coro
	under_way 4
	for ((i = 1; i <= 40; i++)); do
		ctl sms m$((i % 2 + 1)) "+39347000$((1000 + i))" "Voce $i"
	done
	ok 'the alert goes on' flow
	ok 'everybody is reached' everybody Coro "$id"
	ok 'all forty are kept' within 30 crowd_is 40
	ok 'each once' sh -c "$bin inbox list --json | jq -e '[.[].text] | (unique | length) == length'"
	ok 'and the stores are empty' within 30 store_is_empty
}
crowd_is() { [ "$(inbox | jq '[.[] | select(.text | startswith("Voce "))] | length')" = "$1" ]; }

# No room: what waits in the network comes when the box has made some.
full_store() {
	box_start
	order Magazzino
	under_way 4
	ctl storage m1 ME 100/100
	ctl storage m1 SM 50/50
	ctl sms m1 +393471111111 'Aspettavo fuori'
	ctl sms m1 +393471111111 "$long_message"
	ctl line m1 '+CMTI: "ME",100'
	ok 'the alert goes on' flow
	ok 'everybody is reached' everybody Magazzino "$id"
	ok 'room is made, and what waited is kept' kept_once 'Aspettavo fuori'
	ok 'the long one too' kept_once "$long_message"
	ok 'and the stores are empty' within 30 store_is_empty
}

# Parts on both sides of a kill -9.
killed_between_parts() {
	box_start
	ctl sms m1 +393471111111 --ref 42 --only 3,1 "$long_message"
	ok 'the parts leave the modem' within 20 store_is_empty
	ok 'and nothing is shown yet' keeps "$long_message" 0
	order Taglio
	under_way 4
	app_kill
	ctl sms m1 +393471111111 --ref 42 --only 2 "$long_message"
	app_start
	ok 'the last part completes it' kept_once "$long_message"
	ok 'and the alert loses nobody' everybody Taglio "$id"
}

# Killed at random while people write: what the box had not committed is still in the modem.
killed_while_receiving() {
	local i n=0
	box_start
	for ((i = 1; i <= 8; i++)); do
		for _ in 1 2 3 4; do
			n=$((n + 1))
			ctl sms m$((n % 2 + 1)) "+39347000$((1000 + n))" "Voce $n"
		done
		read -r -t "0.$((i % 4))5" <> <(:) || true
		app_kill
		app_start
	done
	ok 'all are kept' within 30 crowd_is 32
	ok 'each once' sh -c "$bin inbox list --json | jq -e '[.[].text] | (unique | length) == length'"
	ok 'and the stores are empty' within 60 store_is_empty
}

# The modem answers calls, or leaves them alone: never in the way of an alert.
calls() { # HOW FIGURE
	box_start '' "calls = \"$1\";" ring=500
	order Telefono
	under_way 4
	ctl call m1 +393476666666 20
	ok 'neither modem waits' flow
	ok 'everybody is reached' everybody Telefono "$id"
	ok 'the caller is noted once' within 20 sh -c "$bin inbox list --json | jq -e '[.[] | select(.kind == \"call\")] | length == 1'"
	ok 'the call ends as configured' within 30 sh -c "$sim_bin ctl $box/dev stats | jq -e '.modems[0].$2 == 1'"
}
calls_answered() { calls answer calls_answered; }
calls_ignored() { calls ignore calls_missed; }

together while_alerting crowd full_store killed_between_parts killed_while_receiving calls_answered calls_ignored
done_testing
