#!/usr/bin/env bash
# What a modem or the network may answer instead of +CMGS, one of each class of modem/cms.h: the message goes another way or at
# another time, permanent means permanent for that person only, and a modem that refuses everybody condemns nobody.
. "$(dirname "$0")/faults.sh"

# refuses NAME ERROR_ARGUMENTS…: an alert while m1 answers that; everybody gets it once, and the error is on record.
refuses() {
	local name=$1 word
	shift
	rests_long
	word=Caso$(accepted_ever)
	ctl error m1 "$@"
	order "$word"
	ok "$name: everybody is reached" everybody "$word" "$id"
	ok "$name: it was met" met "$id"
	ctl error m1 off
}
met() { "$bin" message show "$1" --recipients --json | jq -e '[.people[].attempts[] | select(.error != null)] | length > 0' >/dev/null; }
rests_long() { within 40 all_ready 2 && within 40 rests; }
failed_people() { "$bin" message show "$1" --recipients --json | jq -r '.people[] | select(.state == "failed") | .phone'; } # ID
attempts_of() { "$bin" message show "$1" --recipients --json | jq "[.people[] | select(.phone == \"$2\") | .attempts[]] | length"; }

# Passing refusals of the network, and errors that are nobody's but the modem's.
passing() {
	box_start
	refuses 'now (41)' cms 41 count 2
	refuses 'later (42)' cms 42 count 2
	refuses 'reserved code' cms 126 count 2
	refuses "vendor's own (513)" cms 513 count 2
	refuses 'about receiving (208)' cms 208 count 2
	refuses 'to be ignored (321)' cms 321 count 1
	ok 'and the modem sends again' sends_again m1 Ritorno
}

of_the_modem() {
	box_start
	refuses 'modem (302)' cms 302 count 2
	refuses 'modem, until it is restarted (300)' cms 300 count 3
	refuses 'full (322)' cms 322 count 2
	refuses 'plain ERROR' plain count 2
	refuses 'in place of the prompt (302)' cms 302 count 1 prompt
	refuses 'ERROR in place of the prompt' plain count 2 prompt
	refuses 'a +CME ERROR (4)' cme 4 count 1
	ok 'and the modem sends again' sends_again m1 Ritorno
}

# The network's own silence: the outcome is unknown, an alert is sent again and marked.
unknown_outcome() {
	box_start
	refuses 'unknown (332)' cms 332 count 2
	ok 'and both repeats are marked' is 2 repeats "$id"
	refuses 'no service (331)' cms 331 count 1
	refuses 'no service, as +CME (30)' cme 30 count 1
	rests_long
	ctl error m1 cms 332 count 1
	id=$("$bin" news --topic viabilita --json Notizia 2>/dev/null | jq .id)
	ok 'news of unknown outcome' within 30 figure_is "$id" .sms.unknown 1
	within 30 message_is "$id" done
	ok 'is not sent again' is "$((PEOPLE - 1))" eval 'journal Notizia | wc -l'
	ok 'and the modem sends again' sends_again m1 Ritorno
}

# Permanent for one person: no second try, and nobody else suffers. Said of everybody: it is the modem or its SIM.
of_the_recipient() {
	local one=+393330000005
	box_start
	ctl error '*' cms 1 count all for $one
	order Numero
	PEOPLE=$((PEOPLE - 1))
	ok 'everybody else is reached' everybody Numero "$id"
	ok 'that one has failed' is $one failed_people "$id"
	ok 'and was tried once' is 1 attempts_of "$id" $one
	ok 'the reason says whose fault it is' sh -c "$bin message show $id --recipients --json | jq -e '.people[] | select(.phone == \"$one\") | .error | test(\"unassigned\")'"
	PEOPLE=$((PEOPLE + 1))
	ctl error '*' off
	refuses 'unassigned, said of everybody by one modem (1)' cms 1 count all
	refuses 'wrong PDU, said of everybody by one modem (304)' cms 304 count all
	ok 'and the modem sends again' sends_again m1 Ritorno
}

# A SIM that may not send: on one modem the other works for two, on both the alert waits until one is healed.
of_the_sim() {
	box_start
	refuses 'barred (8)' cms 8 count all
	refuses 'not subscribed (50)' cms 50 count 2
	refuses 'SIM failure (313)' cms 313 count 2
	rests_long
	ctl error '*' cms 8 count all
	order Sbarrato
	ok 'with both SIMs barred the box says that it cannot alert' within 20 cannot_alert
	ok 'and loses nobody' is 0 figure "$id" .sms.failed
	ctl error '*' off
	ok 'healed, the alert leaves' everybody Sbarrato "$id"
	ok 'and the modem sends again' sends_again m1 Ritorno
}
cannot_alert() { ! can_alert; }

together passing of_the_modem unknown_outcome of_the_recipient of_the_sim
done_testing
