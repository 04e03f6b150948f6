#!/usr/bin/env bash
# Token, app secret, verify token and citizens' numbers: in no log line at debug level, no process list, no error text, no
# command's output beyond what an officer may see, not even when the platform's own replies hold them.
. "$(dirname "$0")/whatsapp.sh"

TOKEN=EAAGm0PX4ZCpsBAKZCxyz1ZBvZAq9rT0secrettokenZD
SECRET=5ec2e7a99b3f4e0d8f1c2b3a4d5e6f70
VERIFY=verify_me_if_you_can_0123456789abcdef
LEAK="Message to +39 333 0000001 (393330000002, 3330000003) failed, token $TOKEN secret $SECRET"

# clean FILE…: none of them holds a secret or somebody's number, in whatever shape
clean() {
	local found
	found=$(cat "$@" | grep -aEn "$TOKEN|$SECRET|$VERIFY|333 ?000 ?000[0-9]|34799999[0-9]{2}|IT\.[0-9]{12}" | head -n 5)
	[ -z "$found" ] || { echo "$found"; return 1; }
}
# no_secret FILE…: numbers may be there, secrets may not
no_secret() { ! cat "$@" | grep -aEn "$TOKEN|$SECRET|$VERIFY"; }
# said COMMAND…: what it prints, both ways, is kept under its name
said() { "$bin" "$@" >>"$box/said" 2>&1 </dev/null; }
box_with_secrets() {
	wired_box "$@"
	app_stop
	gctl set "token=$TOKEN" "app_secret=$SECRET" "verify_token=$VERIFY"
	printf %s "$TOKEN" >"$box/graph/token"
	printf %s "$SECRET" >"$box/graph/app-secret"
	printf %s "$VERIFY" >"$box/graph/verify-token"
	: >"$box/app.log"
	app_start --debug
	within 20 all_ready 2 && within 20 link_is up || { echo 'not ok - the box does not come up'; exit 1; }
}
# The commands whose output ends in a mail to the supplier.
ask_everything() {
	: >"$box/said"
	for words in 'status' 'status --json' 'config check --print' 'message list' 'message list --json' "message show $id" "message show $id --json" \
		'template list' 'template list --json' 'template sync' 'template push' 'modem list' 'preview --news prova'; do
		# shellcheck disable=SC2086 # words
		said $words
	done
}

refusals() {
	box_with_secrets 12 10 "fallback_after = 2;"
	gctl error 131026 count 1 for 393330000001 details "$LEAK"
	gctl error 131000 count 1 for 393330000002 details "$LEAK"
	gctl error 131009 count 1 for 393330000003 details "$LEAK"
	gctl fail 131026 for 393330000004
	gctl hold count 1 for 393330000005
	gctl hangup count 1 for 393330000006
	gctl in +393479999901 text 'ATTIVA'
	gctl person +393479999902 hidden=1 >/dev/null
	gctl in +393479999902 text 'ATTIVA'
	gctl in +393479999901 image 'La mia foto'
	gctl sign bad count 1
	gctl in +393479999901 text 'Firma sbagliata'
	hears
	alert Piena
	ok 'the platform tells numbers and tokens: everybody is reached all the same' all_reached 40
	gctl status 2 failed 131026 "$LEAK"
	hears
	gctl error 132001 count 1 details "$LEAK"
	alert Seconda
	all_reached
	gctl error 190 count 1 details "$LEAK"
	gctl template allerta unpause
	hears
	alert Terza
	# Who has a user id alone waits for WhatsApp.
	ok 'also when the account is refused' within 20 sh -c "$bin message show $id --json | jq -e '.unreached <= 1'"
	gctl in +393330000007 text 'DISATTIVA'
	hears
	ok 'at debug level there is much to read' sh -c "[ \$(wc -l <$box/app.log) -gt 30 ]"
	ok 'and no secret and no number in it' clean "$box/app.log"
	gctl error 100 details "$LEAK" on templates
	gctl error 100 details "$LEAK" on account
	ask_everything
	ok 'nor in what the commands print' clean "$box/said"
	people_of >"$box/people"
	id=1
	people_of >>"$box/people"
	ok 'an officer sees numbers, and no secrets' no_secret "$box/people"
	ok 'and in the errors nobody'"'"'s number' sh -c "jq -r '.people[].attempts[].error // \"\"' '$box/people' >'$box/errors'; test -s '$box/errors'"
	ok 'at all' clean "$box/errors"
	"$bin" inbox list --json >"$box/inbox"
	ok 'what arrived is there' grep -q 'La mia foto' "$box/inbox"
	ok 'without secrets' no_secret "$box/inbox"
	jq -r '.[] | select(.kind == "template" or .kind == "account") | .text' "$box/inbox" >"$box/events"
	ok 'and of account and templates without numbers' clean "$box/events"
}
events() {
	box_with_secrets 3 3
	gctl event account_update "{\"event\":\"ACCOUNT_VIOLATION\",\"violation_info\":{\"violation_type\":\"$LEAK\"}}"
	gctl event account_alerts "{\"entity_type\":\"PHONE\",\"alert_info\":{\"alert_severity\":\"CRITICAL\",\"alert_status\":\"NONE\",\"alert_type\":\"X\",\"alert_description\":\"$LEAK\"}}"
	gctl event phone_number_quality_update '{"display_phone_number":"393330000001","event":"FLAGGED","current_limit":"TIER_250"}'
	gctl template allerta reject "$LEAK"
	gctl post "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"1\",\"changes\":[{\"field\":\"messages\",\"value\":{\"messaging_product\":\"whatsapp\",\"metadata\":{\"phone_number_id\":\"106300000000001\"},\"errors\":[{\"code\":131042,\"title\":\"$LEAK\",\"message\":\"$LEAK\",\"error_data\":{\"details\":\"$LEAK\"}}]}}]}]}"
	ok 'events that hold numbers and tokens are kept' within 10 sh -c "[ \$('$bin' inbox list --json | jq '[.[] | select(.kind == \"account\")] | length') -ge 3 ]"
	"$bin" inbox list --json | jq -r '.[] | select(.kind == "account" or .kind == "template") | .text' >"$box/events"
	ok 'without them' clean "$box/events"
	ok 'nor are they in the log' clean "$box/app.log"
	ask_everything
	ok 'nor in what the commands print' clean "$box/said"
}
# Who may look at processes sees no secret; who may look at files sees none that is not theirs.
processes() {
	local folder
	box_with_secrets 40 30
	alert Piena
	"$bin" message watch 1 >/dev/null 2>&1 &
	watcher=$!
	"$bin" template push >/dev/null 2>&1 &
	: >"$box/processes"
	for folder in /proc/[0-9]*; do
		[ "$(readlink "$folder/exe" 2>/dev/null)" = "$(readlink -f "$bin")" ] || continue
		tr '\0' '\n' <"$folder/cmdline" >>"$box/processes" 2>/dev/null
		tr '\0' '\n' <"$folder/environ" >>"$box/processes" 2>/dev/null
		cat "$folder/comm" "$folder/task/"*/comm >>"$box/processes" 2>/dev/null
	done
	kill "$watcher" 2>/dev/null
	ok 'the processes are there' grep -qx run "$box/processes"
	ok 'without secrets and numbers' clean "$box/processes"
	all_reached
	app_stop
	ok 'the database holds no secret' no_secret "$box"/box.db*
	ok 'others may not read it' is 0 sh -c "find '$box'/box.db* '$box'/webhook -perm /007 | wc -l"
	chmod 644 "$box/graph/token"
	"$bin" run >"$box/refused" 2>&1 &
	app_pid=$!
	ok 'a token that others may read is not used' within 10 sh -c "grep -q 'chmod 600' '$box/refused'"
	ok 'nor shown' clean "$box/refused"
}
together refusals events processes
done_testing
