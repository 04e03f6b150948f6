#!/usr/bin/env bash
# The officer's keypad: over stdin as a script would, over a pty as an officer would; what is heard, what is kept, what a
# power cut leaves, and the proof of it in the audit trail.
. "$(dirname "$0")/common.sh"

zones='zones = ( { id = "centro"; name = "Centro"; }, { id = "monte"; name = "Monte"; } );
	alert = { unknown_after = 1; }; sms = { report_wait = 1; };'
voice=off
window() { # SECONDS [MORE]
	configure 1 "$zones keypad = { stop_window = $1; beep = \"off\"; speech = \"$voice\"; volume = 100; timeout = 30; }; ${2:-}"
}
messages() { "$bin" message list --json | jq length; }
newest() { "$bin" message list --json | jq '.[0].id'; }
messages_are() { [ "$(messages)" = "$1" ]; }
messages_not() { [ "$(messages)" != "$1" ]; }

# pad LINE…: what was typed before each ENTER, then the end of input. Its JSON goes to $box/pad, the rest to $box/pad.said.
pad() { printf '%s\n' "$@" | "$bin" keypad --device - --json >"$box/pad" 2>"$box/pad.said"; }
# pad_ends STATUS RESULT LINE…
pad_ends() {
	local status=$1 result=$2 got
	shift 2
	pad "$@"
	got=$?
	cat "$box/pad" "$box/pad.said"
	[ "$got" = "$status" ] || { echo "exit status $got, not $status"; return 1; }
	[ "$(wc -l <"$box/pad")" = 1 ] || { echo "not one line of JSON"; return 1; }
	[ "$(jq -r .result "$box/pad")" = "$result" ]
}
# pad_keeps_nothing STATUS RESULT LINE…: as before, and no message came of it.
pad_keeps_nothing() {
	local before
	before=$(messages)
	pad_ends "$@" && messages_are "$before"
}
said() { grep -qF -- "$1" "$box/pad.said"; }

sim_start name=m1,latency=20,report=40,boot=0
window 1
{
	echo 'phone;zone'
	for i in 1 2 3 4 5 6; do echo "+39333000000$i;centro"; done
	for i in 7 8; do echo "+39333000000$i;monte"; done
} >"$box/people.csv"
"$bin" subscriber import "$box/people.csv" >/dev/null

# ---- officers
ok 'an order while nobody has a PIN is refused' pad_keeps_nothing 1 refused 303000240 4711 1
add() { printf '%s\n' "$1" | "$bin" officer add "${@:2}"; }
ok 'an officer is added with the PIN from stdin' is 'officer Mario Rossi added' add 4711 'Mario Rossi' --phone '333 1234567'
ok 'another who may only confirm' add 0815 Anna --role confirm
ok 'a PIN of three digits is refused' sh -c "echo 471 | $bin officer add Bruno; [ \$? = 65 ]"
ok 'and one that anybody would guess' sh -c "echo 1234 | $bin officer add Bruno; [ \$? = 65 ]"
ok 'and one that is another officer'\''s' sh -c "echo 4711 | $bin officer add Bruno; [ \$? = 65 ]"
ok 'and a second officer of the same name' sh -c "echo 2468 | $bin officer add 'mario rossi'; [ \$? = 65 ]"
ok 'and a PIN as an argument' exits 64 "$bin" officer pin Anna 2468
ok 'without a terminal and without a line nothing is asked' exits 65 "$bin" officer pin Anna
ok 'the list has both, without a PIN' sh -c "$bin officer list --json | tee $box/officers | jq -e 'length == 2 and .[1].phone == \"+393331234567\"' && ! grep -q 'pin\|argon' $box/officers"

# ---- the right path
app_start
within 20 all_ready 1
ok 'code, PIN, 1: it is kept' pad_ends 0 sent 303000241 4711 1
ok 'with its number, recipients and officer' sh -c "jq -e '.id == 1 and .recipients == 6 and .officer == \"Mario Rossi\" and .kind == \"alert\"' $box/pad"
ok 'it was read back first' said 'ALLERTA ARANCIONE temporali, oggi 0-24, Centro: 6 persone.'
ok 'with the very text that leaves' said "$(jq -r .text "$box/pad")"
ok 'and leaves when the window is over' within 10 figure_is 1 .reached 6
ok 'to the zone alone' is 6 sh -c "jq -r .to $box/sent.log | sort -u | wc -l"
ok 'as it was read back' grep -qF 'ALLERTA ARANCIONE per temporali' "$box/sent.log"

# ---- wrong ways
ok 'a code that does not exist changes nothing' pad_keeps_nothing 65 no-code 123 4711 1
ok 'and is said' said 'Il codice 123 non esiste'
ok 'the end before the PIN starts nothing' pad_keeps_nothing 1 ended 02
ok 'the end before the confirm digit starts nothing' pad_keeps_nothing 1 ended 02 4711
ok 'a confirm digit without its ENTER starts nothing' sh -c "printf '02\n4711\n1' | $bin keypad --device -; [ \$? = 1 ] && [ \$($bin message list --json | jq length) = 1 ]"
ok '0 instead of 1 starts nothing' pad_keeps_nothing 1 cancelled 02 4711 0
ok 'who may only confirm does not order' pad_keeps_nothing 77 wrong-pin 02 0815 1
ok 'no input at all' sh -c ": | $bin keypad --device - >$box/out; [ \$? = 65 ]"
ok 'a zone nobody lives in' sh -c "$bin subscriber remove +393330000007 && $bin subscriber remove +393330000008"
ok 'has nobody to tell' pad_keeps_nothing 1 refused 303000242 4711 1

# ---- stopped in the window
ok '0 in the window stops it' pad_ends 1 stopped 02 4711 1 0
stopped=$(jq .id "$box/pad")
ok 'for good' message_is "$stopped" cancelled
ok 'and nothing of it left' is 0 sh -c "grep -c 'piena dei fiumi' $box/sent.log || true"

# ---- an exercise, the short version, the all-clear, the sheet by command
ok 'an exercise' pad_ends 0 sent 9803 4711 1
ok 'says so in the read-back' said 'ESERCITAZIONE: ALLERTA ROSSA temporali'
ok 'and at both ends of the message' sh -c "jq -e '.exercise and (.text|startswith(\"ESERCITAZIONE\")) and (.text|endswith(\"ESERCITAZIONE\"))' $box/pad"
ok '98 alone makes the next code one' sh -c "printf '98\n03\n0\n' | $bin keypad --device - | grep -q 'ESERCITAZIONE: ALLERTA'"
ok 'the short version is offered where a second SMS would be needed' sh -c "printf '98303000241\n' | $bin keypad --device - 2>&1 | grep -q 'premi 8'"
ok 'and taken with 8' sh -c "printf '98303000241\n8\n' | $bin keypad --device - 2>&1 | grep -q '1 SMS a persona: .*Centro: Restate al chiuso\. - ESERCITAZIONE$'"
ok 'status by code' sh -c "printf '97\n' | $bin keypad --device - | grep -q 'Pronto ad avvisare'"
ok 'alert --sheet keeps the same alert' is 'alert 4: 6 recipients' sh -c "$bin alert --sheet 02 2>/dev/null"
within 10 figure_is 4 .reached 6
ok 'alert --sheet with a text is refused' exits 64 "$bin" alert --sheet 02 Testo
ok 'and with a code that is no alert' exits 65 "$bin" alert --sheet 99
ok 'preview --sheet sends nothing' sh -c "$bin preview --json --sheet 02 | jq -e '.parts >= 1' && [ \$($bin message list --json | jq length) = 4 ]"
ok 'the all-clear is for the last alert' pad_ends 0 sent 99 4711 1
ok 'and goes to exactly those' sh -c "jq -e '.kind == \"clear\" and .recipients == 6' $box/pad"
ok 'when its window is over' within 10 figure_is 5 .reached 6

# ---- wrong PINs
ok 'a wrong PIN starts nothing' pad_keeps_nothing 77 wrong-pin 02 1111 1
ok 'and the right one must wait' pad_keeps_nothing 77 wrong-pin 02 4711 1
wrong_counted() { pad 02 1111; ! said 'Attendi ancora'; }
for i in 2 3 4 5; do within 20 wrong_counted; done >/dev/null
ok 'the fifth locks' said 'Troppi PIN errati: bloccato per 5 minuti'
ok 'also for the right PIN' pad_keeps_nothing 75 locked 02 4711 1
ok 'each is in the audit trail' is 5 sh -c "$bin audit list --all --json | jq '[.[] | select(.act == \"wrong PIN\" and .door == \"keypad\")] | length'"
ok 'and no PIN is' sh -c "! $bin audit list --all | grep -q '1111\|4711'"
ok 'a technician unlocks it' "$bin" officer unlock
ok 'and it works again' pad_ends 1 cancelled 02 4711 0

# ---- as an officer would: a pty, key by key
pty_start() {
	rm -f "$box/keys"
	mkfifo "$box/keys"
	exec 7<>"$box/keys"
	: >"$box/pty.log"
	script -qefc "exec $bin keypad --device -" /dev/null <&7 >"$box/pty.log" 2>&1 7<&- &
	pty_pid=$!
	within 10 shown 'Pronto: digita il codice'
}
shown() { grep -qF -- "$1" "$box/pty.log"; }
type_keys() { printf '%b' "$1" >&7; }
pad_pid() { pgrep -P "$pty_pid" -f 'keypad --device' | head -n 1; }
pty_gone() { ! kill -0 "$pty_pid" 2>/dev/null; }
pty_kill() { # kill -9 of the keypad itself
	local pid
	pid=$(pad_pid)
	kill -KILL "$pid"
	within 5 pty_gone
	exec 7>&-
}
pty_stop() {
	type_keys '\004'
	within 10 pty_gone
	exec 7>&-
}

ok 'the keypad starts on a terminal' pty_start
type_keys '123\r'
ok 'a wrong code is said there' within 5 shown 'Il codice 123 non esiste'
type_keys '30400027\017741\r'
ok 'a slip is erased and the read-back shown' within 5 shown 'ALLERTA ARANCIONE neve'
type_keys '4711\r'
ok 'the confirm digit is asked for by name' within 5 shown 'Mario Rossi: 1 invia, 0 annulla.'
ok 'the PIN was not shown' sh -c "! grep -q 4711 $box/pty.log"
before=$(messages)
type_keys '1'
ok 'one key confirms' within 5 shown 'Confermato, numero'
ok 'it is kept at once' messages_are $((before + 1))
first=$(newest)
ok 'and told when it starts' within 5 shown "Partito: numero $first"
ctl set '*' latency=800 >/dev/null
type_keys '09\r4711\r1'
ok 'a second alert during the first' within 10 message_is $((first + 1)) sending
type_keys '02\r'
ok 'a third is told of it before its PIN' within 5 shown "l'allerta $((first + 1)) è ancora in corso"
type_keys '0\r'
ctl set '*' latency=20 >/dev/null
ok 'both reach everybody' within 20 figure_is $((first + 1)) .reached 6
ok 'and the end of it is told' within 20 shown "Numero $((first + 1)) concluso: raggiunte 6 persone su 6."
type_keys '02\r4711\r1'
third=$((first + 2))
ok 'the window opens' within 5 shown "Confermato, numero $third"
type_keys '0'
ok 'one key without ENTER stops it' within 5 shown "Fermato: il numero $third non è partito."
ok 'for good' message_is "$third" cancelled
pty_stop
app_stop

# ---- power cuts
window 3
ok 'a long window' "$bin" config check
app_start
within 20 all_ready 1
pty_start
before=$(messages)
type_keys '02\r4711\r'
within 5 shown '1 invia, 0 annulla'
app_kill
pty_kill
ok 'power fails before the confirm digit: nothing is kept' messages_are "$before"
app_start
within 20 all_ready 1
pty_start
type_keys '02\r4711\r1'
within 5 messages_not "$before"
app_kill
pty_kill
cut=$(newest)
ok 'power fails in the window: the alert is kept and nothing left' sh -c "[ \$($bin message show $cut --json | jq .segments_sent) = 0 ]"
app_start
ok 'and leaves when the box is back' within 20 figure_is "$cut" .reached 6
window 20
pty_start
type_keys '02\r4711\r1'
within 5 messages_not $((before + 1))
pty_kill
ok 'the keypad alone dies in a window and comes back' pty_start
ok 'it finds the window still open' within 5 shown 'Premi 0 per fermare'
type_keys '0'
ok 'and stops the alert' within 5 message_is "$(newest)" cancelled
pty_stop

# ---- two officers for red
window 1 'alert = { two_officers = true; };'
sed -i 's/alert = { unknown_after = 1; };//' "$box/box.cfg"
add 2580 Bruno >/dev/null
ok 'red waits for a second officer' pad_keeps_nothing 1 ended 02 4711
ok 'who is not the first' pad_keeps_nothing 77 wrong-pin 02 4711 4711 1
ok 'both are in the result' pad_ends 1 stopped 02 4711 0815 1 0
ok 'by name' is 'Mario Rossi + Anna' jq -r .officer "$box/pad"
ok 'orange needs one' pad_ends 1 stopped 303000240 2580 1 0

# ---- what is heard
if command -v espeak-ng >/dev/null; then
	mkdir "$box/wav"
	cat >"$box/voice" <<-VOICE
		#!/bin/sh
		exec espeak-ng "\$@" -w "$box/wav/\$\$.wav"
	VOICE
	chmod +x "$box/voice"
	voice=$box/voice
	window 1
	# Something is heard when samples are far from zero for a good part of it.
	audible() { # FILE
		od -An -v -td2 -w2 -j44 "$1" | awk '{n++; if ($1 > 1500 || $1 < -1500) loud++} END {exit !(n > 8000 && loud > n / 20)}'
	}
	any_audible() {
		local wav
		for wav in "$box"/wav/*.wav; do [ -s "$wav" ] && audible "$wav" && return; done
		return 1
	}
	heard_nothing() {
		voice=/nonexistent/voice
		window 1
		printf '97\n' | timeout 5 "$bin" keypad --device -
	}
	rm -f "$box/keys"
	mkfifo "$box/keys"
	exec 7<>"$box/keys"
	"$bin" keypad --device - <&7 >/dev/null 2>&1 7<&- &
	speaker=$!
	type_keys '02\n'
	ok 'the read-back is spoken, and audible' within 15 any_audible
	kill -TERM "$speaker"
	wait "$speaker"
	exec 7>&-
	ok 'a program that cannot speak holds nobody up' heard_nothing
else
	skip 'the read-back is spoken, and audible' 'espeak-ng is not installed'
fi
app_stop

# ---- the sheet on paper
ok 'the sheet as SVG' "$bin" keypad sheet --svg "$box/sheet.svg"
has_all() { # every hazard and command with its words
	local word
	for word in 'piena dei fiumi' maremoto 'persona scomparsa' ARANCIONE ROSSA GIALLA PREALLARME Centro Monte 'cessato allarme' esercitazione; do
		grep -qF "$word" "$box/sheet.svg" || { echo "$word is missing"; return 1; }
	done
}
ok 'says all codes with their words' has_all
ok 'and is A4 or A5' sh -c "grep -q '210mm.*297mm' $box/sheet.svg || grep -A1 -q 210mm $box/sheet.svg && $bin keypad sheet --a5 --svg $box/a5.svg && grep -q 148mm $box/a5.svg"
if command -v rsvg-convert >/dev/null; then
	ok 'the sheet as PDF' sh -c "$bin keypad sheet --pdf $box/sheet.pdf && head -c 5 $box/sheet.pdf | grep -q '%PDF-'"
else
	skip 'the sheet as PDF' 'rsvg-convert is not installed'
fi
ok 'a sheet with a slip is refused with file, line and remedy' sh -c "
	sed 's/colour = \"red\"/colour = \"green\"/' '$(dirname "$0")/../../config/keypad.cfg' >$box/keypad.cfg
	$bin keypad sheet --svg $box/x.svg 2>$box/errors; [ \$? = 78 ] && grep -q 'keypad.cfg:[0-9]*: colour = \"green\" must be' $box/errors"
rm -f "$box/keypad.cfg"

# ---- the audit trail, recomputed by other means
ok 'the audit trail is intact' "$bin" audit verify
recompute() { # SHA-256 over the previous hash, newline, and netstrings of the fields (db/audit.h)
	local previous row field form expected
	previous=$(printf '0%.0s' $(seq 64))
	LC_ALL=C
	while read -r row; do
		form=
		for field in .id .at_ms .clock .who .door .act .detail; do
			value=$(jq -r "$field" <<<"$row"; printf x)
			value=${value%?x}
			form+="${#value}:$value,"
		done
		expected=$(jq -r .hash <<<"$row")
		previous=$(printf '%s\n%s' "$previous" "$form" | sha256sum | cut -d' ' -f1)
		[ "$previous" = "$expected" ] || { echo "row $(jq .id <<<"$row"): $previous, not $expected"; return 1; }
	done < <("$bin" audit export --json)
	[ "$previous" = "$("$bin" audit verify --json | jq -r .head)" ]
}
ok 'and its hashes come out the same by sha256sum' recompute
ok 'who ordered, by which door, with what read-back' sh -c "$bin audit list --all --json | jq -e '[.[] | select(.door == \"keypad\" and .act == \"alert\" and .who == \"Mario Rossi\" and (.detail | test(\"^alert 1, 6 recipients: ALLERTA ARANCIONE temporali\")))] | length == 1'"
ok 'the export as CSV has a line a row' sh -c "$bin audit export $box/audit.csv && [ \$(tr -d '\r' <$box/audit.csv | head -1) = id,at,at_ms,clock,who,door,act,detail,hash ]"
done_testing
