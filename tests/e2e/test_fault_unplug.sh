#!/usr/bin/env bash
# Modems that lose their port or their memory in the middle of a send, and come back: under the same name, under another one,
# behind a stable link, as one another, all at once.
. "$(dirname "$0")/faults.sh"

# returns WORD: the alert under way ends well, and the modem sends again.
returns() {
	ok 'the other modem goes on' flows m2 15
	ok 'everybody is reached' everybody "$1" "$id"
	ok 'the modem comes back by itself and sends' sends_again m1 "Ancora${id}"
}

under_the_same_name() {
	box_start
	order Spina
	under_way 6
	ctl drop-mid-line m1
	within 10 modem_is 0 gone
	ctl plug m1
	returns Spina
}

# Configured by what it is, wherever it is plugged.
under_another_name() {
	local i imei=(861234030000015 861234030000023)
	sim_start "name=m1,latency=$LATENCY,report=60,boot=300,imei=${imei[0]}" \
		"name=m2,latency=$LATENCY,report=60,boot=300,imei=${imei[1]}"
	configure 2 "$QUICK" 'send_timeout = 10;'
	for i in 0 1; do sed -i "s|port = \"$box/dev/ttyUSB$i\";|port = \"$box/dev/ttyUSB*\"; imei = \"${imei[i]}\";|" "$box/box.cfg"; done
	people "$PEOPLE"
	app_start
	ok 'both are known by their IMEI' within 20 all_ready 2
	order Altrove
	under_way 6
	ctl drop-mid-line m1
	within 10 modem_is 0 gone
	ctl plug m1 ttyUSB7
	returns Altrove
	ok 'it is the one at the new port' is "$(readlink "$box/dev/ttyUSB7")" json '.modems[0].port' "$bin" status --json
	order Scambio
	under_way 6
	ctl unplug m1
	ctl unplug m2
	ctl plug m1 ttyUSB1
	ctl plug m2 ttyUSB7
	ok 'modems that return under one another'"'"'s name are told apart' everybody Scambio "$id"
	ok 'and go on' sends_again m1 Insieme
}

# Configured by a link that udev keeps for the device.
behind_a_link() {
	sim_start "name=m1,latency=$LATENCY,report=60,boot=300" "name=m2,latency=$LATENCY,report=60,boot=300"
	mkdir "$box/by-id"
	ln -s ../dev/ttyUSB0 "$box/by-id/m1"
	configure 2 "$QUICK" 'send_timeout = 10;'
	sed -i "s|dev/ttyUSB0|by-id/m1|" "$box/box.cfg"
	people "$PEOPLE"
	app_start
	within 20 all_ready 2
	order Legame
	under_way 6
	ctl drop-mid-line m1
	rm "$box/by-id/m1"
	within 10 modem_is 0 gone
	ctl plug m1 ttyUSB9
	ln -s ../dev/ttyUSB9 "$box/by-id/m1"
	returns Legame
	ok 'behind the link' is "$(readlink "$box/dev/ttyUSB9")" json '.modems[0].port' "$bin" status --json
}

# The modem starts anew with a message in hand: it forgets the message, its settings and whatever it was asked.
reboots() {
	box_start
	order Riavvio
	under_way 6
	ctl "at-part +1: reboot @"
	ctl "at-part +9: reboot @"
	ok 'everybody is reached though both restart in mid send' everybody Riavvio "$id"
	ok 'the first sends again' sends_again m1 Ritorno
	ok 'the second too' sends_again m2 Ancora
	order Sparisce
	under_way 6
	ctl reboot m1 vanish
	returns Sparisce
}

# A modem that restarts by itself again and again is worked around, and used in between.
reboots_often() {
	local i
	box_start
	order Spesso
	for i in 1 2 3 4 5; do
		under_way $((i * 4))
		ctl reboot m1
	done
	returns Spesso
}

# A restart in the middle of being set up after a restart: settings made before it are made again.
restarts_while_set_up() {
	local pause
	PEOPLE=20
	box_start '' '' command=40
	for pause in 0.5 1.0 1.5; do
		ctl reboot m1
		within 10 modem_is 0 starting
		read -r -t $pause <> <(:) || true
		ctl reboot m1
		ok "restarted again after $pause s it sends, and its reports come" sends_again m1 "Giro${pause/./}"
	done
}

# Nobody there: the alert is kept, says so, and leaves when a modem is back.
all_down() {
	box_start
	order Prima
	under_way 6
	ctl unplug m1
	ctl unplug m2
	ok 'the box says that it cannot alert' within 10 cannot_alert
	order Durante
	ok 'an alert given meanwhile is kept' figure_is "$id" .sms.queued "$PEOPLE"
	ctl plug m2
	ok 'it leaves when a modem is back' everybody Durante "$id"
	ok 'behind the one before' everybody Prima $((id - 1))
	ctl plug m1
	ok 'and the other helps again' sends_again m1 Dopo
}
cannot_alert() { ! can_alert; }

together under_the_same_name under_another_name behind_a_link reboots reboots_often restarts_while_set_up all_down
done_testing
