# What the two evenings share: a box with one modem and WhatsApp, and people who write by either way and hear by the same.
# shellcheck shell=bash disable=SC2034,SC2154
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# evening_box COMUNE SETTINGS: the comune's own line of the configuration, and more settings
evening_box() {
	sim_start name=m1,latency=20,report=40,boot=0
	graph_start latency=20 sent=10 delivered=30
	configure 1 "$(whatsapp_settings) alert = { unknown_after = 1; fallback_after = 5; }; sms = { report_wait = 1; }; $2"
	sed -i "s|^\s*comune = .*|$1|" "$box/box.cfg"
	"$bin" template push >/dev/null && app_start && within 20 all_ready 1 && within 20 link_is up ||
		{ echo 'not ok - the box does not come up'; exit 1; }
}

# writes WAY NUMBER TEXT: somebody writes by sms or whatsapp
writes() {
	if [ "$1" = sms ]; then ctl sms m1 "$2" "$3" >/dev/null; else gctl in "$2" text "$3" >/dev/null; fi
}

# What a number got by a way, a line for each message or part.
got_by() { # WAY NUMBER
	if [ "$1" = sms ]; then
		ctl sent | jq -r --arg to "$2" 'select(.to == $to) | .text'
	else
		gctl sent | jq -c --arg to "$2" 'select(.to == $to and .status != "failed")'
	fi
}
has() { got_by "$1" "$2" | grep -qF -- "$3"; }
# told WAY NUMBER WORD: it comes by that way, soon
told() { within 20 has "$@" >/dev/null || { echo "by $1 to $2 came:"; got_by "$1" "$2"; return 1; }; }
count_of() { got_by "$1" "$2" | grep -cF -- "$3"; }
# once WAY NUMBER WORD: exactly one message with it
once() { told "$@" && [ "$(count_of "$@")" = 1 ] || { got_by "$1" "$2"; return 1; }; }
# never WAY NUMBER WORD: after all that is under way is done
never() {
	within 20 queue_empty >/dev/null
	! has "$@" || { got_by "$1" "$2"; return 1; }
}
queue_empty() { "$bin" status --json | jq -e '.queue | .alerts + .news + .replies == 0' >/dev/null; }
silence() { # WAY NUMBER: nothing at all
	within 20 queue_empty >/dev/null
	[ -z "$(got_by "$1" "$2")" ] || { got_by "$1" "$2"; return 1; }
}

active() { [ "$(json .subscribers.active "$bin" status --json)" = "$1" ]; }
inbox_has() { [ "$("$bin" inbox list --json | jq --arg text "$1" '[.[] | select(.text == $text)] | length')" = "${2:-1}" ]; }
kept() { within 10 inbox_has "$@" >/dev/null || { "$bin" inbox list --json | jq -c '.[].text'; return 1; }; }
# The id of the button or row of the last message to a number whose title begins so.
choice_of() { # NUMBER TITLE
	gctl sent | jq -rs --arg to "$1" --arg title "$2" \
		'[.[] | select(.to == $to)] | last | [.. | objects | select(.id? and .title?)] | map(select(.title | startswith($title))) | .[0].id'
}
# taps NUMBER TITLE: on what was shown last
taps() {
	local id
	id=$(choice_of "$1" "$2")
	[ "$id" != null ] && [ -n "$id" ] || { gctl sent | tail -n 1; return 1; }
	gctl in "$1" list "$id" "$2" >/dev/null
}
# each NAME COMMAND WORDS…: the same by both ways; WAY and NUMBER go before the words
each() {
	local name=$1 command=$2
	shift 2
	ok "sms: $name" "$command" sms "$S" "$@"
	ok "whatsapp: $name" "$command" whatsapp "$W" "$@"
}
both() { # TEXT: each writes it by their own way
	writes sms "$S" "$1"
	writes whatsapp "$W" "$1"
}
S=+393471111111
W=+393472222222
