#!/usr/bin/env bash
# Appointments from the counter to the citizen's telephone and the office's calendar: no place twice, whoever asks.
. "$(dirname "$0")/common.sh"
here=$(cd "$(dirname "$0")" && pwd)

sim_start name=m1,latency=20,report=60,boot=0
configure 1 'offices = ( { id = "anagrafe"; name = "Anagrafe"; hours = "mon-sun 09:00-13:00"; slot_minutes = 30; } );
	appointments = { holidays = false; };'
app_start
ok 'the modem comes up' within 20 all_ready 1

note='Carta; identità, "valida"
e stato \ di famiglia'
day=$(date -d '+3 days' +%F)
ok 'what is free is listed' sh -c "$bin appointment free anagrafe --json | jq -e 'length >= 2'"
ok 'one is made at the counter' is 'appointment 1: confirmed' \
	"$bin" appointment add anagrafe "$day 09:30" +393330000001 --name 'Rossi, Mario; "Mino"' --note "$note"
ok 'and told by SMS' within 10 grep -q '"to":"+393330000001","text":"Comune di Santa Fiora: appuntamento confermato' \
	"$box/sent.log"

# Eight at once for four places: each is given once, the others are refused.
for i in 1 2 3 4 5 6 7 8; do
	"$bin" appointment add anagrafe "$day 1$((i % 4 / 2)):$((i % 2 * 3))0" "+39333000010$i" >"$box/out.$i" 2>&1 &
	pids[i]=$!
done
won=0
for i in 1 2 3 4 5 6 7 8; do wait "${pids[i]}" && won=$((won + 1)); done
ok 'of eight at once four get the four places' is 4 echo "$won"
ok 'the others are told why' is 4 sh -c "grep -l 'somebody has that time' $box/out.* | wc -l"
ok 'no place is given twice' is '5 5' \
	sh -c "$bin appointment list --json | jq -r '\"\(length) \(map(.start) | unique | length)\"'"

ok 'the office moves one' is 'appointment 1: moved' "$bin" appointment move 1 "$day 12:00"
ok 'and the person hears of it' within 10 grep -q 'abbiamo dovuto spostare il tuo appuntamento' "$box/sent.log"
ok 'not to where somebody is' exits 1 "$bin" appointment move 1 "$day 10:00"
ok 'nor out of hours' exits 65 "$bin" appointment move 1 "$day 20:00"
ok 'one is declined' is 'appointment 2: declined' "$bin" appointment decline 2

ok 'the calendar is written' "$bin" appointment export "$box/all.ics" --all
ok 'for its owner only' is 600 stat -c %a "$box/all.ics"
# Debian's own, which has the parser; another may come first in PATH.
parse() { /usr/bin/python3 "$here/parse_ics.py" "$box/$1.ics" >"$box/$1.json"; }
event() { tail -n +2 "$box/$1.json" | jq -r "select(.summary | contains(\"Rossi\")) | $2"; }
ok 'another program reads it' parse all
ok 'as what it is' is 'PUBLISH 2.0' sh -c "head -n 1 $box/all.json | jq -r '\"\(.method) \(.version)\"'"
ok 'with every appointment' is 5 sh -c "tail -n +2 $box/all.json | wc -l"
ok 'what was called off is cancelled' is CANCELLED sh -c "tail -n +2 $box/all.json | jq -r .status | sort -u | head -n 1"
ok 'the name as it was given' is 'Anagrafe: Rossi, Mario; "Mino"' event all .summary
ok 'the note as well' is "$note
+393330000001 (1)" event all .description
ok 'the time in UTC' is "$(date -u -d "TZ=\"Europe/Rome\" $day 12:00" +%FT%T+00:00)" event all .start
ok 'moved once' is 1 event all .sequence
"$bin" appointment move 1 "$day 12:30" >/dev/null
"$bin" appointment export "$box/again.ics"
ok 'and written again' parse again
ok 'it keeps its name' is "$(event all .uid)" event again .uid
ok 'with a higher number' is 2 event again .sequence

app_stop
done_testing
