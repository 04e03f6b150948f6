# What the WhatsApp scenarios share: a box with two modems and the Graph API's simulator, and who got what by which way.
# shellcheck shell=bash disable=SC2034,SC2154
. "$(dirname "${BASH_SOURCE[0]}")/faults.sh"

STAFF=+393990000001
NEWS_SMS=sms-only
id=0

# wired_box PEOPLE WIRED [ALERT_SETTINGS [WHATSAPP_KEYS [SETTINGS [GRAPH_SETTING…]]]]: +393330000001… are people, of whom the
# first WIRED are on WhatsApp.
wired_box() {
	local count=$1 wired=$2 alert=${3:-} keys=${4:-} settings=${5:-}
	shift $(($# < 5 ? $# : 5))
	sim_start name=m1,latency=40,report=40,boot=0 name=m2,latency=40,report=40,boot=0
	graph_start latency=30 sent=20 delivered=60 "$@"
	configure 2 "$(whatsapp_settings "$keys") alert = { unknown_after = 1; $alert }; sms = { report_wait = 1; };
		staff = ( { phone = \"$STAFF\"; } ); $settings"
	case $keys in *recipients_per_day*) sed -i 's/recipients_per_day = 0;//' "$box/box.cfg" ;; esac
	sed -i "s/^news = .*/news = { quiet = \"\"; sms = \"$NEWS_SMS\"; };/" "$box/box.cfg"
	people_wired "$count" "$wired"
	"$bin" template push >/dev/null && box_run || { echo 'not ok - the box does not come up'; exit 1; }
}
box_run() { app_start && within 20 all_ready 2 && within 20 link_is up; }

# alert WORD: its number in $id
alert() { id=$("$bin" alert --colour "${2:-orange}" --until 2h --yes --json "$1" 2>/dev/null | jq .id); }
news() { id=$("$bin" news --topic viabilita --json "$1" 2>/dev/null | jq .id); }
phone() { printf '+39333%07d' "$1"; }

# The numbers that got a message with this word, a line for each message; what WhatsApp took and then failed is none.
sms_of() { ctl sent | jq -r --arg word "$1" 'select(.text | contains($word)) | .to' | sort; }
wired_of() { gctl sent | jq -r --arg word "$1" 'select(.status != "failed" and (tostring | contains($word))) | .to' | sort; }
range() { [ "$1" -gt "$2" ] || seq -f '+39333%07.0f' "$1" "$2"; } # FROM TO

# got WAY WORD FROM TO: by this way exactly these have got it, each once.
got() {
	diff <("$1_of" "$2") <(range "$3" "$4")
}
got_in() { within "$1" got "${@:2}" >/dev/null || got "${@:2}"; } # SECONDS WAY WORD FROM TO
all_reached() { within "${1:-20}" message_is "$id" "done" && figure_is "$id" .unreached 0; }
staff_was_told() { [ "$(ctl sent | jq -r --arg to "$STAFF" --arg word "$1" 'select(.to == $to and (.text | contains($word))) | .to' | wc -l)" = "$2" ]; }
people_of() { "$bin" message show "$id" --recipients --json; }
# person N FILTER: something of one person's row of the last message
person() { people_of | jq -r --arg p "$(phone "$1")" ".people[] | select(.phone == \$p) | $2"; }
person_is() { [ "$(person "$1" "$2")" = "$3" ] || { person "$1" .; return 1; }; }
hears() { gctl wait idle 20000; } # all webhooks have been taken
asked() { gstat .requests; }
