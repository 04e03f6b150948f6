#!/usr/bin/env bash
# What people send by WhatsApp: joining and leaving with a number or a user id alone, second copies, a new number, media, and
# what nobody has thought of yet. Each is kept once, and each answer comes back by WhatsApp.
. "$(dirname "$0")/whatsapp.sh"

inbox() { "$bin" inbox list --json; }
kept() { [ "$(inbox | jq "[.[] | select($1)] | length")" = "$2" ] || { inbox | jq -c '.[] | {kind, from, text, detail}' | head -n 20; return 1; } } # FILTER COUNT
is_kept() { within 10 kept "$1" "$2" >/dev/null || kept "$1" "$2"; }
active() { [ "$(json .subscribers.active "$bin" status --json)" = "$1" ]; }
# answers TO COUNT WORD: free-form messages to a number or a user id
answers() { [ "$(gctl sent | jq -r --arg to "$1" --arg word "$3" 'select(.type != "template" and (.to == $to or .user_id == $to) and (tostring | contains($word))) | .n' | wc -l)" = "$2" ]; }
answered() { within 10 answers "$@"; }
user_of() { gctl recipients | jq -r --arg to "$1" 'select(.to == $to) | .user_id'; }

is_in() { "${@:2}" | grep -qx "$1"; }

joins() {
	wired_box 2 0 "fallback_after = 600;"
	gctl in +393471111111 text 'Attiva Comune Amico!'
	ok 'ATTIVA: joined' within 10 active 3
	ok 'the welcome comes by WhatsApp' answered +393471111111 1 'DISATTIVA'
	ok 'and not by SMS' is 0 sh -c "wc -l <$box/sent.log"
	alert Piena
	ok 'an alert: everybody is reached' all_reached
	ok 'by the way they wrote' diff <(wired_of Piena) <(echo +393471111111)
	ok 'the others by SMS' got sms Piena 1 2
	gctl in +393471111111 text 'ATTIVA'
	ok 'once more: welcome back' is_kept '.answer == "already joined"' 1
	ok 'is one subscriber' active 3
	gctl in +393471111111 text 'DISATTIVA Comune Amico'
	ok 'DISATTIVA: gone' within 10 active 2
	ok 'with a goodbye by WhatsApp' answered +393471111111 3 ''
	alert Seconda
	ok 'the next alert: the others are reached' all_reached
	ok 'nobody else' is 0 sh -c "jq -r 'select(tostring | contains(\"Seconda\"))' $box/wired.log | wc -l"
	gctl in +393471111111 text 'Disattiva'
	ok 'who is not there is told so' is_kept '.answer == "was not subscribed"' 1
	"$bin" subscriber add +393478888888 >/dev/null
	alert Terza
	ok 'who came by a list' all_reached
	ok 'is reached by SMS' is_in +393478888888 sms_of Terza
	gctl in +393478888888 text 'Grazie a tutti'
	ok 'until they write by WhatsApp' is_kept '.text == "Grazie a tutti" and .answer == "none"' 1
	alert Quarta
	ok 'an alert: everybody is reached' all_reached
	ok 'them by WhatsApp' is_in +393478888888 wired_of Quarta
	ok 'and not by SMS as well' got sms Quarta 1 2
}
hidden() {
	wired_box 1 0 "fallback_after = 2;"
	gctl person +393472222222 hidden=1 >/dev/null
	gctl in +393472222222 text 'ISCRIVIMI'
	ok 'a hidden number: joined' within 10 active 2
	user=$(inbox | jq -r '.[0].from')
	ok 'by the user id alone' test "${user#IT.}" != "$user"
	ok 'the welcome comes by WhatsApp' answered "$user" 1 'DISATTIVA'
	ok 'to the user id' is true sh -c "jq -r .by_bsuid $box/wired.log | sort -u"
	alert Piena
	ok 'an alert: everybody is reached' all_reached
	ok 'them by the user id' is 1 sh -c "jq -r 'select(.type == \"template\" and .by_bsuid) | .n' $box/wired.log | wc -l"
	gctl in +393472222222 text 'attiva comune amico'
	ok 'once more is one subscriber' is_kept '.answer == "already joined"' 1
	ok 'of two' active 2
	gctl error 131026 for 393472222222
	alert Seconda
	ok 'refused without a number: not reached, and said so' within 20 sh -c "$bin message show $((id)) --json | jq -e '.state == \"done\" and .unreached == 1 and .whatsapp.failed == 1'"
	ok 'and no SMS goes to a user id' is 2 sh -c "wc -l <$box/sent.log"
	gctl error off
	gctl in +393472222222 --bsuid-only contact-info
	ok 'the number shared when asked for is kept' is_kept '.detail.phone == "+393472222222"' 1
	gctl error 131026 for 393472222222
	alert Terza
	ok 'and from then on' all_reached
	ok 'SMS reaches them' diff <(sms_of Terza) <(printf '%s\n' "$(phone 1)" +393472222222)
	gctl in +393472222222 --bsuid-only text stop
	ok 'DISATTIVA by the user id alone' within 10 active 1
}
doubled() {
	wired_box 1 0 "" "" "" duplicate=100 reorder=50
	gctl in +393473333333 --id wamid.first text 'ATTIVA'
	gctl in +393473333333 --id wamid.first text 'ATTIVA'
	gctl in +393473333333 --id wamid.second text 'Una domanda'
	hears
	ok 'a second copy is not kept again' is_kept '.text == "ATTIVA"' 1
	ok 'nor of what is no word' is_kept '.text == "Una domanda"' 1
	ok 'one subscriber' active 2
	ok 'one welcome' answered +393473333333 1 'DISATTIVA'
	app_stop
	app_start
	gctl in +393473333333 --id wamid.first text 'ATTIVA'
	gctl in +393473333333 --id wamid.third text 'Un saluto'
	ok 'after a restart' is_kept '.text == "Un saluto"' 1
	ok 'it is known as well' kept '.text == "ATTIVA"' 1
	ok 'and answered once' answers +393473333333 1 'DISATTIVA'
}
moved() {
	wired_box 2 1 "fallback_after = 600;"
	gctl in +393330000001 text 'Ciao'
	hears
	gctl in +393330000001 system +393474444444
	ok 'another number: it is kept' is_kept '.kind == "moved"' 1
	alert Piena
	ok 'an alert: everybody is reached' all_reached
	ok 'at the new number' diff <(wired_of Piena) <(echo +393474444444)
	ok 'and no SMS to the old one' diff <(sms_of Piena) <(range 2 2)
	ok 'still two subscribers' active 2
	gctl in +393474444444 text DISATTIVA
	ok 'who leaves with the new number' within 10 active 1
}
# As webhooks were before there were user ids; ids where numbers are expected; no contacts at all.
shapes() {
	wired_box 1 0 "fallback_after = 600;"
	gctl post '{"object":"whatsapp_business_account","entry":[{"id":"104200000000001","changes":[{"field":"messages","value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"390564000000","phone_number_id":"106300000000001"},"contacts":[{"profile":{"name":"Anna"},"wa_id":"393475555551"}],"messages":[{"from":"393475555551","id":"wamid.old","timestamp":"'"$(date +%s)"'","type":"text","text":{"body":"ATTIVA"}}]}}]}]}'
	ok 'the old shape: joined' within 10 active 2
	ok 'and welcomed' answered +393475555551 1 'DISATTIVA'
	gctl in +393475555552 --bsuid-in-from text ATTIVA
	ok 'a user id in from: joined' within 10 active 3
	gctl in +393475555553 --no-contact text ATTIVA
	ok 'no contacts: joined' within 10 active 4
	ok 'and welcomed' answered +393475555553 1 'DISATTIVA'
	gctl in +393475555554 button STOP_ALLERTE Disattiva
	ok 'a quick reply is a word as well' is_kept '.text == "Disattiva" and .answer == "was not subscribed"' 1
	alert Piena
	ok 'an alert: everybody is reached' all_reached
	ok 'four people' figure_is "$id" .recipients 4
}
media() {
	wired_box 1 0
	gctl in +393476666666 image 'La buca in via Roma'
	gctl in +393476666666 audio voice
	gctl in +393476666666 video
	gctl in +393476666666 document ordinanza.pdf
	gctl in +393476666666 sticker
	gctl in +393476666666 location 42.83 11.58 'Bar Sport' 'Via Roma'
	gctl in +393476666666 contacts +393331112222 Luigi
	gctl in +393476666666 reaction wamid.x '👍'
	ok 'a picture is kept with its id' is_kept '.detail.type == "image" and (.detail.media | length) > 5 and .detail.sha256 and .detail.mime and .text == "La buca in via Roma"' 1
	ok 'each file has its own' is_kept '.detail.media' 5
	ok 'and its type' is 'audio document image sticker video' sh -c "'$bin' inbox list --json | jq -r '[.[] | select(.detail.media) | .detail.type] | sort | join(\" \")'"
	ok 'a document its name' is_kept '.detail.file == "ordinanza.pdf"' 1
	ok 'a place where it is' is_kept '.detail.latitude == 42.83 and .detail.longitude == 11.58 and (.text | test("Bar Sport"))' 1
	ok 'a card what it says' is_kept '.detail.type == "card" and (.text | test("Luigi"))' 1
	ok 'a reaction is answered by none' is_kept '.detail.type == "reaction" and .answer == "none"' 1
	ok 'all by the same person' is_kept '.from == "+393476666666"' 8
	ok 'and acknowledged once, as one report' is 1 gstat .messages
}
strange() {
	wired_box 1 0
	gctl event brand_new_field '{"weather":"fine"}'
	gctl in +393477777777 unsupported poll
	gctl in +393477777777 order 'due pani'
	gctl in +393477777777 interactive-hollow
	gctl in +393477777777 raw '{"type":"hologram","hologram":{"id":"1"}}'
	gctl post '{"object":"page","entry":[]}'
	gctl post 'not json at all'
	gctl post '{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"999"},"statuses":[{"id":"wamid.z","status":"delivered","timestamp":"1"}]}}]}]}'
	ok 'an unknown field is kept' is_kept '.kind == "webhook" and (.text | test("weather"))' 1
	ok 'another page'"'"'s webhook as well' is_kept '.kind == "webhook" and (.text | test("page"))' 1
	ok 'and what is no JSON' is_kept '.kind == "webhook" and (.text | test("not json"))' 1
	ok 'and another number'"'"'s' is_kept '.kind == "webhook" and (.text | test("999|wamid.z"))' 1
	ok 'unknown messages are kept as theirs' is_kept '.from == "+393477777777"' 4
	ok 'the box is well' link_is up
	text=$(printf 'a%.0s' $(seq 1 4000))
	gctl "in +393477777777 text $text"
	ok 'a long text is kept whole' is_kept '(.text | length) == 4000' 1
	gctl in +393477777777 text $'<b>=1+1</b>\x1b[31m \'; DROP TABLE inbox; --'
	ok 'and text is text' is_kept '.text | contains("DROP TABLE") and contains("<b>")' 1
	ok 'which a terminal takes no orders from' sh -c "! $bin inbox list | grep -q \$'\\033'"
}
together joins hidden doubled moved shapes media strange
done_testing
