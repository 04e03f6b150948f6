#!/usr/bin/env bash
# The drill: what it forecasts against what the simulators then do, in direction and order of magnitude (tests/bench/drill.sh
# holds it to a tenth), what runs out, and the exercise to the staff. The self-test, and what the staff hear of a box that
# cannot alert.
. "$(dirname "$0")/whatsapp.sh"

drill() { "$bin" drill --json; }
holds() { jq -e "$1" "$box/drill" >/dev/null || { jq -c . "$box/drill"; return 1; }; } # FILTER
learnt() { drill | jq -e '.measured.modems and .measured.pace' >/dev/null; }
now_ms() { date +%s%3N; }

forecasts() {
	local start taken
	wired_box 300 240 'fallback_after = 2;'
	gctl ladder for 393330000001 delivered off >/dev/null
	drill >"$box/drill"
	ok 'a drill before anything was measured' holds '.people == 300 and .sms == 60 and .whatsapp == 240 and (.measured.modems | not)'
	ok 'sends nothing' is 0 sh -c "wc -l <$box/sent.log"
	ok 'and says so' sh -c "$bin drill | grep -q 'Nothing was sent'"
	alert Prima
	ok 'the first alert reaches everybody' all_reached 40
	ok 'the modems are measured' within 20 sh -c "$bin drill --json | jq -e .measured.modems"
	drill >"$box/drill"
	ok 'alive, half are reached before nine tenths' holds '.alive.reach["50"] > 0 and .alive.reach["50"] <= .alive.reach["90"] and .alive.reach["90"] <= .alive.reach["100"]'
	ok 'dead takes the modems longer' holds '.dead.segments == 300 and .alive.segments < 300'
	ok 'one more SIM is faster where it counts' holds '.one_more_sim.dead.reach["100"] < .dead.reach["100"]'
	ok 'nothing runs out' holds '.runs_out == []'
	start=$(now_ms)
	alert Seconda
	all_reached 40
	taken=$(($(now_ms) - start))
	ok 'alive: the order of magnitude' holds ".alive.reach[\"100\"] * 1000 < $taken * 8 and $taken < .alive.reach[\"100\"] * 8000"
	gctl link down >/dev/null
	alert Terza
	within 20 link_is down
	all_reached 60
	drill >"$box/drill"
	start=$(now_ms)
	alert Quarta
	ok 'with the link dead everybody is reached by SMS' all_reached 60
	taken=$(($(now_ms) - start))
	ok 'dead: the order of magnitude' holds ".link == \"down\" and .dead.reach[\"100\"] * 1000 < $taken * 8 and $taken < .dead.reach[\"100\"] * 8000"
}

limits() {
	wired_box 60 40 '' 'recipients_per_day = 10;'
	sed -i 's/ttyUSB0";/ttyUSB0"; budget = { day = 20; };/; s/ttyUSB1";/ttyUSB1"; budget = { day = 20; };/' "$box/box.cfg"
	drill >"$box/drill"
	ok 'what runs out: the SIMs and WhatsApp' holds '.runs_out == ["sim", "whatsapp"] and .alive.over_limit == 30'
	ok 'who is not reached today is said' holds '.dead.reach["50"] != null and .dead.reach["90"] == null and .dead.segments_short == 20'
	ok 'one more SIM is enough' holds '.one_more_sim.dead.segments_short == 0 and .one_more_sim.dead.reach["100"] != null'
	"$bin" drill >"$box/drill.text"
	ok 'in words too' grep -q "20 SMS too few; with one more SIM none" "$box/drill.text"
	ok 'a zone nobody knows' exits 65 "$bin" drill --zone nessuna
	ok 'a text too long' sh -c "$bin drill \"\$(head -c 2000 /dev/zero | tr '\\0' x)\"; [ \$? = 65 ]"
	ok 'the exercise to the staff' "$bin" drill --send-to-staff --wait 30
	"$bin" drill --send-to-staff --wait 30 --json 'Seconda prova' >"$box/drill"
	ok 'each step is measured' holds '.kept > 0 and (.staff | length) == 1 and .staff[0].phone == "'$STAFF'" and .staff[0].taken != null and .staff[0].delivered >= .staff[0].begun'
	ok 'it says at both ends what it is' sh -c "jq -r 'select(.to == \"$STAFF\") | .text' $box/sent.log | grep -c '^ESERCITAZIONE.*ESERCITAZIONE\$' | grep -qx 2"
	ok 'nobody else hears of it' is $STAFF sh -c "jq -r .to $box/sent.log | sort -u"
	app_stop
	ok 'without the appliance nothing is tried' exits 69 "$bin" drill --send-to-staff
}

# Brings what the box writes to itself back to it, as the network would.
loop_back() { # NUMBER MODEM
	local text
	while [ -e "$box/loop" ]; do
		for text in $(ctl sent | jq -r --arg to "$1" 'select(.to == $to) | .text | @base64'); do
			grep -qx "$text" "$box/looped" && continue
			echo "$text" >>"$box/looped"
			ctl sms "$2" "$1" "$(base64 -d <<<"$text")"
		done
		read -r -t 0.2 <> <(:)
	done
}

tests_itself() {
	local loop
	sim_start name=m1,latency=20,report=40,boot=0,number=+393399999991
	configure 1 'staff = ( { phone = "'$STAFF'"; } );'
	app_start
	within 20 all_ready 1
	ok 'no test, no word of it' holds_status '.selftest == null'
	touch "$box/loop" "$box/looped"
	loop_back +393399999991 m1 &
	loop=$!
	"$bin" selftest --wait 20 --json >"$box/test" 2>"$box/test.errors"
	ok 'the SMS to itself, whose number the SIM tells, comes back' sh -c "jq -e '.loopback | length == 1 and .[0].ok and .[0].modem == \"m1\" and .[0].to == \"+393399999991\"' $box/test"
	ok 'disk and database are well' sh -c "jq -e '.disk.ok and .database.ok' $box/test"
	ok 'status has it' holds_status '.selftest.loopback[0].ok and (.why | contains("Prova delle"))'
	ok 'the box does not answer itself' is 1 sh -c "$sim_bin ctl $box/dev sent | jq -r 'select(.to == \"+393399999991\") | .to' | wc -l"
	ok 'it is no report' sh -c "$bin inbox list --json | jq -e '.[0].answer == \"selftest\"'"
	rm "$box/loop"
	wait $loop
	"$bin" selftest --wait 2 --json >"$box/test" 2>"$box/test.errors"
	ok 'one that does not come back is told' sh -c "jq -e '(.ok | not) and (.loopback[0].ok | not) and (.why | contains(\"tornato\"))' $box/test"
	ok 'in one line' is 1 sh -c "wc -l <$box/test.errors"
	ok 'and in the one sentence' holds_status '.can_alert and (.why | contains("tornato"))'
	app_stop
	ok 'without the appliance there is nothing to test' exits 69 "$bin" selftest
}
holds_status() { "$bin" status --json | jq -e "$1" >/dev/null || { "$bin" status --json; return 1; }; }

cannot() {
	wired_box 2 1 'unable_after = 2;'
	gctl in $STAFF text 'Buongiorno' >/dev/null
	hears
	ctl unplug m1 && ctl unplug m2
	ok 'no modem is left' within 20 sh -c "! $bin status --json | jq -e .can_alert"
	ok 'the staff hear of it by WhatsApp' within 20 sh -c "$graph_bin ctl $box/graph sent | grep -qF 'non può avvisare'"
	read -r -t 3 <> <(:)
	ok 'once' is 1 sh -c "$graph_bin ctl $box/graph sent | grep -cF 'non può avvisare'"
	ctl plug m1
	ok 'a modem comes back' within 30 can_alert
	ok 'and by SMS when a modem is back' within 20 staff_was_told 'non può avvisare' 1
	ok 'that it is well' within 20 staff_was_told 'di nuovo avvisare' 1
	ctl unplug m1
	ctl plug m1
	ok 'the restart of a modem' within 30 can_alert
	read -r -t 3 <> <(:)
	ok 'is no news' staff_was_told 'non può avvisare' 1
}

together forecasts limits tests_itself cannot
done_testing
