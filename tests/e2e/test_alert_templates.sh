#!/usr/bin/env bash
# Alerts by template from the command line; updates of an alert and the all-clear of the chain; exercises by all these ways.
. "$(dirname "$0")/common.sh"

sim_start name=m1,latency=20,report=40,boot=0
configure 1 'zones = ( { id = "centro"; name = "Centro"; }, { id = "monte"; name = "Monte"; } );
	alert = { unknown_after = 1; }; sms = { report_wait = 1; };'
{
	echo 'phone;zone'
	for i in 1 2 3 4 5 6; do echo "+39333000000$i;centro"; done
	for i in 7 8; do echo "+39333000000$i;monte"; done
} >"$box/people.csv"
"$bin" subscriber import "$box/people.csv" >/dev/null
app_start
within 20 all_ready 1
orange=(alert --colour orange --template allerta)
count() { "$bin" message list --json | jq length; }
# refuses STATUS WORD COMMAND…: one line on stderr that holds the word, and nothing kept.
refuses() {
	local status=$1 word=$2 before
	shift 2
	before=$(count)
	exits "$status" "$@" && grep -qF -- "$word" "$box/errors" && [ "$(count)" = "$before" ]
}
text_of() { json .text "$bin" message show "$1" --json; }
left() { jq -r .text "$box/sent.log" | grep -cF -- "$1"; } # TEXT: how many got it

# ---- what there is
ok 'templates are listed with their fields' sh -c "$bin alert --template list | grep -q '^allerta: until (mandatory), hazard, zone, from, instruction, contact'"
ok 'and the hazards with their instructions' sh -c "$bin alert --template list | grep -q '03  temporali  *Restate al chiuso'"
ok 'also as JSON' sh -c "$bin alert --template list --json | jq -e '.templates[0].fields[0] == {name: \"until\", mandatory: true, default: null} and (.hazards | length) == 18'"
ok 'those of all-clears too' sh -c "$bin clear --template list --json | jq -e '[.templates[].kind] | unique == [\"clear\"]'"

# ---- fields
ok 'an alert by template' is 'alert 1: 6 recipients' "$bin" "${orange[@]}" --set hazard=temporali --set until=2h --set zone=centro
ok 'reaches its zone' within 10 figure_is 1 .reached 6
ok 'and says hazard, end, zone and what to do' sh -c "$bin message show 1 --json | jq -e '.text | test(\"^Comune di Santa Fiora: ALLERTA ARANCIONE per temporali, fino alle [0-9:]+( di domani)?[.] Centro: Restate al chiuso\")'"
ok 'a hazard of the sheet without a text brings its instruction' is 'alert 2: 8 recipients' "$bin" alert --colour yellow --hazard neve --until 3h
ok 'which is said' sh -c "[ \"\$($bin message show 2 --json | jq -r .text | grep -c 'gomme da neve')\" = 1 ]"
ok 'an unknown field is refused with those there are' refuses 64 'no field "vento"; the fields of allerta are: until (mandatory)' "$bin" "${orange[@]}" --set until=2h --set vento=forte
ok 'so is an alert without an end' refuses 64 'until is missing' "$bin" "${orange[@]}" --set hazard=neve
ok 'and an end that is no time' refuses 65 'not a time' "$bin" "${orange[@]}" --set hazard=neve --set until=presto
ok 'and one that is past' refuses 65 'past' "$bin" "${orange[@]}" --set hazard=neve --set until=2020-01-01
ok 'a zone nobody knows' refuses 65 'centro, monte' "$bin" "${orange[@]}" --set hazard=neve --set until=2h --set zone=marte
ok 'a template nobody knows' refuses 64 'there are: allerta' "$bin" alert --colour red --template xyz --set until=2h
ok 'a hazard nobody knows without an instruction' refuses 64 'so the instruction must be given' "$bin" alert --colour red --hazard grandine --until 2h
ok 'a text beside the template' refuses 64 'leave the text out' "$bin" "${orange[@]}" --set hazard=neve --set until=2h Prova
ok '--short beside a text' refuses 64 'shorten the text' "$bin" alert --colour red --short Prova
ok 'news has none' refuses 64 'news has no templates' "$bin" news --topic viabilita --template allerta
long=(--set hazard=frane --set until=2h --set 'zone=centro' --set 'contact=Centro operativo comunale, 0564 977036')
ok 'a text for two SMS is offered shorter' sh -c "$bin preview --colour orange --template allerta --set hazard=frane --set until=2h --set zone=centro --set contact='Centro operativo comunale, 0564 977036' --json | jq -e '.parts == 2 and .brief.parts == 1 and (.brief.text | endswith(\"Centro: Via da pendii e torrenti.\"))'"
warned() { "$bin" "${orange[@]}" "${long[@]}" 2>&1 >/dev/null | grep -q '^note: it needs 2 SMS for each person; --short needs 1: Comune di'; }
ok 'with a warning where it is kept all the same' warned
ok 'and --short takes the offer' sh -c "$bin preview --colour orange --template allerta --set hazard=frane --set until=2h --short --json | jq -e '.parts == 1 and .brief == null'"
ok 'a code of the keypad has it too' sh -c "$bin preview --sheet 98303000241 --json | jq -e '.parts == 2 and .brief.parts == 1' && $bin preview --sheet 98303000241 --short --json | jq -e '.parts == 1'"
"$bin" message cancel 3 >/dev/null

# ---- an update
ctl set '*' latency=300 >/dev/null
ok 'an alert under way' is 'alert 4: 8 recipients' "$bin" alert --colour orange --hazard 'piena del fiume' --phase prealarm --until 4h 'Salite ai piani alti.'
"$bin" subscriber remove +393330000008 >/dev/null
printf 'phone\n+393330000009\n' >"$box/more.csv"
"$bin" subscriber import "$box/more.csv" >/dev/null
within 10 left 'Salite ai piani alti.' >/dev/null
update() {
	"$bin" alert --update 4 --colour red --json 'Il ponte è chiuso.' >"$box/update" 2>"$box/notes"
	jq -e '.id == 5 and .recipients == 7 and .about == 4 and .withdrawn > 0' "$box/update"
}
ok 'its update goes to those it was for and have not left' update
ok 'which it says' grep -q '^note: an update of alert 4, to those it was for who have not left; [0-9]* still queued' "$box/notes"
ctl set '*' latency=20 >/dev/null
ok 'it reaches them' within 20 figure_is 5 .reached 7
ok 'and nobody who joined since' is 0 sh -c "grep 393330000009 $box/sent.log | grep -c AGGIORNAMENTO || true"
ok 'the old text went no further' sh -c "$bin message show 4 --json | jq -e '.state == \"cancelled\" and .sms.cancelled > 0 and .sms.queued == 0'"
ok 'it is marked, with what the alert said' sh -c "$bin message show 5 --json | jq -e '.text | test(\"^Comune di Santa Fiora: AGGIORNAMENTO ALLERTA ROSSA per piena del fiume, fase di PREALLARME, fino alle [0-9:]+( di domani)?[.] Il ponte è chiuso[.]$\")'"
ok 'the two know each other' sh -c "[ \"\$($bin message show 4 --json | jq -c '[.updates, .about]')\$($bin message show 5 --json | jq -c '[.updates, .about]')\" = '[[5],null][[],4]' ]"
ok 'as the list shows' sh -c "$bin message list | grep -q '^ *5 .* update red ' && $bin message list --json | jq -e '.[0].about == 4'"
ok 'an update by template of the update is about the first' sh -c "$bin alert --update 5 --set instruction='Evitate il ponte.' --json 2>/dev/null | jq -e '.id == 6 and .about == 4'"
ok 'and says what the newest said' sh -c "$bin message show 6 --json | jq -e '.colour == \"red\" and (.text | contains(\"AGGIORNAMENTO ALLERTA ROSSA per piena del fiume\"))'"
within 20 figure_is 6 .reached 7
ok 'an update goes to no zone of its own' refuses 64 'means nothing for an update' "$bin" alert --update 4 --zone centro Prova
ok 'nor is it an exercise of a real alert' refuses 64 'is a real one' "$bin" alert --update 4 --exercise Prova
ok 'nor of what is no alert' refuses 1 'there is no message 99' "$bin" alert --update 99 Prova
ok 'a preview of it sends nothing' sh -c "$bin preview --update 4 Prova --json | jq -e '.recipients.total == 7' && [ \$($bin message list --json | jq length) = 6 ]"

# ---- the all-clear of the chain
ctl set '*' latency=300 >/dev/null
ok 'one more update, under way' sh -c "$bin alert --update 4 'Il fiume cala.' 2>/dev/null"
ok 'the all-clear by template, given for an update' sh -c "$bin clear 5 --template cessato-con-divieti --set instruction='il ponte resta chiuso.' --json 2>/dev/null | jq -e '.id == 8 and .recipients == 7 and .about == 4'"
ctl set '*' latency=20 >/dev/null
ok 'reaches all' within 20 figure_is 8 .reached 7
ok 'in its words' sh -c "[ \"\$($bin message show 8 --json | jq -r .text)\" = 'Comune di Santa Fiora: CESSATO ALLARME per piena del fiume. Il pericolo è passato, ma attenzione: il ponte resta chiuso.' ]"
ok 'and ends the last update' sh -c "$bin message show 7 --json | jq -e '.state == \"cancelled\" and .sms.queued == 0'"
ok 'the alert shows it' is '[8]' sh -c "$bin message show 4 --json | jq -c .clears"
ok 'after it there are no more updates' refuses 1 'had its all-clear, message 8' "$bin" alert --update 4 Prova
ok 'an all-clear without its instruction is refused' refuses 64 'instruction is missing; the fields of cessato-con-divieti are: instruction (mandatory)' "$bin" clear 1 --template cessato-con-divieti

# ---- cancel and expiry
ctl set '*' latency=300 >/dev/null
"$bin" alert --colour red --until 1h 'Uno.' >/dev/null 2>&1
"$bin" alert --update 9 'Due.' >/dev/null 2>&1
ok 'cancelling the alert withdraws its update' sh -c "[ \$($bin message cancel 9 --json | jq .withdrawn) -gt 0 ]"
ok 'for good' message_is 10 cancelled
"$bin" alert --colour red --until 3s 'Tre.' >/dev/null 2>&1
"$bin" alert --update 11 'Quattro.' >/dev/null 2>&1
ctl set '*' latency=2000 >/dev/null
ok 'an update ends when its alert would have' within 20 message_is 12 expired
ctl set '*' latency=20 >/dev/null

# ---- exercises
both_ends() { text_of "$1" | grep -qE '^ESERCITAZIONE.*ESERCITAZIONE$'; }
ok 'an exercise by template' "$bin" alert --colour yellow --exercise --template allerta --set hazard=03 --set until=1h
ok 'says so at both ends' both_ends 13
ok 'its update' "$bin" alert --update 13 'Prova ancora.'
ok 'does too' both_ends 14
ok 'and its all-clear by template' "$bin" clear 13 --template cessato
ok 'likewise' both_ends 15
ok 'the last of them arrives' within 20 figure_is 15 .reached 8
# ---- two languages
shipped=$(cd "$(dirname "$0")/../../config" && pwd)
sed -i 's/comune = {/comune = { second_language = "de";/' "$box/box.cfg"
ok 'a second language without its files is refused at the check' sh -c "$bin config check 2>$box/errors; [ \$? = 78 ] && grep -q 'texts.de.cfg.*comune.second_language' $box/errors"
cp "$shipped/texts.de.cfg" "$shipped/keypad.de.cfg" "$box/"
ok 'and taken with them' "$bin" config check
ok 'an alert by template is in both' sh -c "$bin alert --colour red --template allerta --set hazard=temporali --set until=1h --short --set zone=monte --yes"
both_languages() { text_of 16 | grep -qE '^Comune di Santa Fiora: ALLERTA ROSSA per temporali, fino alle .*[.] Monte: Restate al chiuso[.] / Gemeinde Santa Fiora: WARNUNG ROT, Gewitter, bis .*[.] Monte: Im Haus bleiben[.]$'; }
ok 'one behind the other' both_languages
ok 'so is its all-clear' sh -c "$bin clear 16 && $bin message show 17 --json | jq -e '.text | contains(\"CESSATO ALLARME per temporali\") and contains(\" / Gemeinde Santa Fiora: ENTWARNUNG, Gewitter.\")'"
ok 'what an officer writes stays as it is' sh -c "$bin preview --colour red --hazard temporali 'Via!' --json | jq -e '.text | contains(\"Gemeinde\") | not'"
ok 'it arrives whole' within 20 figure_is 17 .reached 2
sed -i 's/comune = {/alert = { segments_max = 1; }; comune = {/; s/alert = { unknown_after = 1; };//' "$box/box.cfg"
ok 'where both do not fit Italian goes alone, and that is said' sh -c "$bin alert --colour red --hazard neve --until 1h 2>&1 >/dev/null | grep -q 'the second language did not fit' && $bin message show 18 --json | jq -e '.parts == 1 and (.text | contains(\"WARNUNG\") | not)'"

ok 'the audit trail tells the chain' sh -c "$bin audit list --all | grep -q 'alert 5, 7 recipients, an update of alert 4' && $bin audit verify"
done_testing
