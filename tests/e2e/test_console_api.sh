#!/usr/bin/env bash
# The console's API over TLS: logins and roles, every route without what it needs, the acts, and what strangers send.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/console.sh"

sim_start name=m1,latency=5,report=20,boot=0
configure 1 "$(console_settings 'metrics = true;')
	alert = { two_officers = true; };
	zones = ( { id = \"centro\"; name = \"Centro\"; } ); topics = ( { id = \"viabilita\"; name = \"Viabilità\"; } );
	offices = ( { id = \"tecnico\"; name = \"Ufficio tecnico\"; hours = \"mon-sun 09:00-12:00\"; slot_minutes = 30; } );"
ok 'people are imported' people 30
app_start
ok 'the console answers over TLS' within 20 console_up
ok 'the modem is ready' within 20 all_ready 1

# ---- the first operator -----------------------------------------------------------------------------------------------
code() { json .console.first_code "$bin" status --json; }
ok 'status shows where it is' is "$console_url" json .console.url "$bin" status --json
fingerprint() { echo | openssl s_client -connect "127.0.0.1:$console_port" 2>/dev/null | openssl x509 -noout -fingerprint -sha256 | cut -d= -f2; }
ok 'and its certificate, by the fingerprint browsers show' is "$(fingerprint)" json .console.fingerprint "$bin" status --json
ok 'which is of an EC key, for this machine' \
	sh -c "echo | openssl s_client -connect 127.0.0.1:$console_port 2>/dev/null | openssl x509 -noout -text | grep -q 'prime256v1' && echo | openssl s_client -connect 127.0.0.1:$console_port 2>/dev/null | openssl x509 -noout -ext subjectAltName | grep -q 'IP Address:127.0.0.1'"
ok 'the key is nobody else'"'"'s to read' is 600 stat -c %a "$box/box.db.console.pem"
first=$(code)
ok 'the log shows the code of the first login' grep -q "$first" "$box/app.log"
ok 'a wrong code makes nobody' asked 401 - POST /api/setup '{"code":"AAAA-BBBB-CCCC-DDDD","name":"Eva","password":"quattro cavalli verdi"}'
ok 'a short password is refused' told 422 .error.code password - POST /api/setup "{\"code\":\"$first\",\"name\":\"Tina\",\"password\":\"corta\"}"
ok 'the code makes the first operator' told 200 .operator.role technician - POST /api/setup "{\"code\":\"$first\",\"name\":\"Tina\",\"password\":\"$password\"}"
ok 'once' asked 401 - POST /api/setup "{\"code\":\"$first\",\"name\":\"Eva\",\"password\":\"$password\"}"
ok 'and is shown no more' is '' code
for who in 'clara clerk' 'otto officer' 'rita reader'; do operator ${who% *} ${who#* }; done
ok 'the command line adds others' is 4 json length "$bin" operator list --json
for who in Tina clara otto rita; do ok "$who logs in" is 200 login $who; done
cookie() { grep -o '__Host-banditore=[0-9a-f]*' "$box/headers"; }
ask - POST /api/login "{\"name\":\"clara\",\"password\":\"$password\"}" >/dev/null
ok 'the cookie is out of reach of scripts, other pages and plain HTTP' \
	grep -qE '^Set-Cookie: __Host-banditore=[0-9a-f]{64}; Path=/; HttpOnly; SameSite=Strict; Secure.?$' "$box/headers"

# ---- every route, without what it needs -------------------------------------------------------------------------------
ask - GET /api/openapi.json >/dev/null
cp "$box/answer" "$box/openapi.json"
routes() { # FILTER: "METHOD PATH" of those with these x-roles
	jq -r ".paths | to_entries[] | .key as \$path | .value | to_entries[] | select(.value[\"x-roles\"] | $1) | \"\(.key|ascii_upcase) \(\$path)\"" "$box/openapi.json" |
		sed 's/{id}/999999/; s/{item}/1/; s/{word}/tecnico/'
}
each() { # STATUS FILTER WHO [CURL_ARGUMENTS…]: those routes all answer so
	local status=$1 filter=$2 who=$3 method path got count=0
	shift 3
	while read -r method path; do
		got=$(ask "$who" "$method" "$path" "$([ "$method" = GET ] && echo - || echo '{}')" "$@")
		count=$((count + 1))
		[ "$got" = "$status" ] || { echo "$method $path: $got, not $status"; return 1; }
	done < <(routes "$filter")
	[ $count -gt 0 ]
}
ok 'every route but the open ones wants a login' each 401 'length > 0' -
ok 'the open ones are five' is 5 sh -c "jq '[.paths[][] | select(.[\"x-roles\"] == [])] | length' $box/openapi.json"
for role in 'clara clerk' 'otto officer' 'Tina technician' 'rita reader'; do
	ok "what is not for a ${role#* } is refused" each 403 "length > 0 and (index(\"${role#* }\") | not)" "${role% *}"
done
post_all() { # "METHOD PATH" of what changes something
	routes 'length > 0' | grep -v '^GET'
}
without_token() {
	local method path got
	while read -r method path; do
		got=$(curl -sk -X "$method" -b "$box/otto.jar" -o "$box/answer" -w '%{http_code}' -H 'Content-Type: application/json' -d '{}' "$console_url$path")
		[ "$got" = 403 ] && grep -qE '"code":"(csrf|role)"' "$box/answer" || { echo "$method $path: $got"; return 1; }
	done < <(post_all)
}
ok 'nothing that changes something goes without the token' without_token
cp "$box/otto.jar" "$box/mixed.jar"
cp "$box/clara.csrf" "$box/mixed.csrf"
ok 'nor with another session'"'"'s' told 403 .error.code csrf mixed POST /api/preview '{"text":"Prova","colour":"red"}'
for origin in https://evil.example null "http://127.0.0.1:$console_port"; do
	ok "nor from the page $origin" told 403 .error.code origin otto POST /api/preview '{"text":"Prova"}' -H "Origin: $origin"
done
ok 'nor where the browser says that it is another site'"'"'s' told 403 .error.code origin otto POST /api/preview '{"text":"Prova"}' -H 'Sec-Fetch-Site: cross-site'
ok 'our own page may' asked 200 otto POST /api/preview '{"text":"Prova","colour":"red"}' -H "Origin: $console_url" -H 'Sec-Fetch-Site: same-origin'
ok 'a login from another page is refused' told 403 .error.code origin - POST /api/login '{"name":"otto","password":"x"}' -H 'Origin: https://evil.example'

# ---- sessions ---------------------------------------------------------------------------------------------------------
planted=0000000000000000000000000000000000000000000000000000000000000000
ask - POST /api/login "{\"name\":\"clara\",\"password\":\"$password\"}" -H "Cookie: __Host-banditore=$planted" >/dev/null
ok 'a login under a planted cookie gets another' sh -c "! grep -q $planted $box/headers && grep -q Set-Cookie $box/headers"
ok 'and the planted one is nobody'"'"'s' told 200 .logged_in false - GET /api/session - -H "Cookie: __Host-banditore=$planted"
login clara >/dev/null
cp "$box/clara.jar" "$box/old.jar"
cp "$box/clara.csrf" "$box/old.csrf"
again=$(curl -sk -b "$box/old.jar" -c "$box/clara.jar" -H "X-CSRF-Token: $(cat "$box/old.csrf")" -H 'Content-Type: application/json' -d "{\"name\":\"clara\",\"password\":\"$password\"}" "$console_url/api/login")
echo "$again" | jq -r .csrf >"$box/clara.csrf"
ok 'a second login ends the session it came with' asked 401 old GET /api/status
ok 'the new one holds' asked 200 clara GET /api/status
cp "$box/clara.jar" "$box/old.jar"
cp "$box/clara.csrf" "$box/old.csrf"
ok 'logout takes the cookie away' sh -c "[ $(ask clara POST /api/logout '{}') = 200 ] && grep -q 'Max-Age=0' $box/headers"
ok 'and ends the session at the box' asked 401 old GET /api/status
login clara >/dev/null
ok 'another password ends the others and goes on' sh -c "[ $(ask rita POST /api/password "{\"current\":\"$password\",\"password\":\"cinque gatti neri\"}") = 200 ]"
ok 'the session from before is over' asked 401 rita GET /api/status
ok 'the old password is wrong' is 401 login rita
ok 'the new one is right' is 200 login rita 'cinque gatti neri'
ok 'a password from the command line ends sessions too' sh -c "echo '$password' | $bin operator password rita"
ok 'at once' asked 401 rita GET /api/status
login rita >/dev/null

# ---- the second factor ------------------------------------------------------------------------------------------------
operator tea clerk
secret=$("$bin" operator totp tea | head -n 1)
totp() { python3 - "$secret" "${1:-0}" <<-'PY'
	import base64, hashlib, hmac, struct, sys, time
	key = base64.b32decode(sys.argv[1] + "=" * (-len(sys.argv[1]) % 8))
	mac = hmac.new(key, struct.pack(">Q", int(time.time()) // 30 + int(sys.argv[2])), hashlib.sha256).digest()
	at = mac[-1] & 15
	print("%06d" % ((struct.unpack(">I", mac[at:at + 4])[0] & 0x7fffffff) % 1000000))
	PY
}
tea() { echo "{\"name\":\"tea\",\"password\":\"$password\"${1:+,\"totp\":\"$1\"}}"; }
ok 'a second factor is asked for' told 401 .error.code totp - POST /api/login "$(tea)"
ok 'one of an hour ago is not taken' told 401 .error.code wrong - POST /api/login "$(tea "$(totp -120)")"
digits=$(totp)
ok 'that of now is' asked 200 - POST /api/login "$(tea "$digits")"
ok 'once' asked 401 - POST /api/login "$(tea "$digits")"

# ---- acts -------------------------------------------------------------------------------------------------------------
ok 'a preview tells whom it would reach' told 200 .recipients.total 30 clara POST /api/preview '{"kind":"news","topic":"viabilita","text":"Strada chiusa."}'
ok 'an officer gives an alert' told 201 .recipients 30 otto POST /api/alerts '{"colour":"orange","hazard":"temporali","text":"Restate in casa.","key":"a1"}'
alert=$(answer .id)
ok 'told twice it is kept once' told 200 .id "$alert" otto POST /api/alerts '{"colour":"orange","hazard":"temporali","text":"Restate in casa.","key":"a1"}'
ok 'it says where it came from' is 'otto console' sh -c "$bin audit list --json | jq -r '[.[]|select(.act==\"alert\")][0] | \"\(.who) \(.door)\"'"
curl -skN --max-time 30 -b "$box/otto.jar" "$console_url/api/messages/$alert/events" >"$box/events"
ok 'its figures come as they change, until it is done' sh -c "head -n 1 $box/events | grep -q '^event: \(figures\|done\)' && grep -q '^event: done' $box/events && grep '^data:' $box/events | tail -n 1 | cut -c7- | jq -e '.reached == 30'"
ok 'everybody was reached' told 200 '"\(.reached) \(.state)"' '30 done' otto GET "/api/messages/$alert"
ok 'the curve adds up' told 200 '[.points[][2]] | add' 30 otto GET "/api/messages/$alert/curve"
ok 'people come a page at a time' told 200 '"\(.items | length) \(.total)"' '7 30' otto GET "/api/messages/$alert/recipients?limit=7"
ok 'the next page goes on' told 200 '.items[0].phone' +393330000008 otto GET "/api/messages/$alert/recipients?limit=7&after=$(answer .next)"
ok 'nobody is left' told 200 .total 0 otto GET "/api/messages/$alert/recipients?reached=false"
ok 'the list is for a spreadsheet' sh -c "[ $(ask otto GET "/api/messages/$alert/recipients.csv") = 200 ] && [ \$(wc -l <$box/answer) = 31 ] && grep -qi '^content-disposition: attachment; filename=\"messaggio-$alert.csv\"' $box/headers"
ok 'an update goes to those the alert was for' told 201 .recipients 30 otto POST /api/alerts "{\"update\":$alert,\"text\":\"Il ponte vecchio è chiuso.\"}"
ok 'and is orange as it was' is orange json .colour "$bin" message show "$(answer .id)" --json
ok 'templates and hazards are there to choose from' told 200 '(.templates | length > 0) and (.hazards | length > 0)' true otto GET /api/order-templates
ask otto POST /api/preview '{"colour":"yellow","hazard":"temporali","set":["until=23:59"]}' >/dev/null
ok 'a template says it as on the command line' is "$(answer .text)" json .text "$bin" preview --json --colour yellow --hazard temporali --set until=23:59
ok 'a field it has no place for is told' told 422 .error.code invalid otto POST /api/preview '{"colour":"yellow","hazard":"temporali","set":["luna=piena"]}'
ok 'the all-clear goes to the same' told 201 .recipients 30 otto POST "/api/messages/$alert/clear" '{}'
ok 'a red one wants a second officer' told 403 .error.code second otto POST /api/alerts '{"colour":"red","text":"Salite."}'
echo 4711 | "$bin" officer add Mario --role confirm >/dev/null
ok 'whose PIN is looked at' told 403 .error.code second-wrong otto POST /api/alerts '{"colour":"red","text":"Salite.","second_pin":"9999"}'
second_gives() { [ "$(ask otto POST /api/alerts '{"colour":"red","text":"Salite.","second_pin":"4711"}')" = 201 ]; }
ok 'with it the alert leaves' within 10 second_gives
ok 'both are named' is 'otto + Mario' sh -c "$bin audit list --json | jq -r '[.[]|select(.act==\"alert\")][-1].who'"
ok 'an exercise needs one' asked 201 otto POST /api/alerts '{"colour":"red","text":"Prova.","exercise":true}'
ok 'a clerk sends news' told 201 .recipients 30 clara POST /api/news '{"topic":"viabilita","text":"Strada chiusa.","at":"2h"}'
news=$(answer .id)
for i in 1 2 3 4; do curl -skN --max-time 60 -b "$box/clara.jar" "$console_url/api/messages/$news/events" >"$box/watch$i" & done
watched() { [ "$(cat "$box"/watch? | grep -c '^event: figures')" = 4 ]; }
ok 'four of a session may watch' within 10 watched
ok 'a fifth is asked to wait' told 503 .error.code busy clara GET "/api/messages/$news/events"
ok 'another session may' sh -c "curl -skN --max-time 2 -b $box/otto.jar $console_url/api/messages/$news/events | grep -q '^event: figures'"
ok 'and withdraws it' told 200 .withdrawn 30 clara POST "/api/messages/$news/cancel" '{}'
watch_ended() { [ "$(cat "$box"/watch? | grep -c '^event: done')" = 4 ]; }
ok 'which those who watch are told, and that is the end' within 10 watch_ended
ok 'but not an alert' told 403 .error.code role clara POST "/api/messages/$alert/cancel" '{}'
ok 'a test goes to one telephone, as an exercise' told 201 '.text | startswith("ESERCITAZIONE")' true clara POST /api/test '{"phone":"333 999 0001","colour":"red","text":"Prova."}'
ok 'and arrives there' within 20 grep -q '"to":"+393339990001"' "$box/sent.log"
ok 'an unknown zone is told' told 422 .error.code invalid otto POST /api/alerts '{"colour":"red","text":"x","zones":["atlantide"],"second_pin":"1"}'

ok 'a person is added with consent' told 201 .was new clara POST /api/subscribers '{"phone":"333 765 4321","name":"Ada","zone":"centro","note":"allo sportello"}'
person=$(answer .id)
ok 'found by a piece of the number' told 200 '"\(.total) \(.items[0].name)"' '1 Ada' clara GET '/api/subscribers?search=7654321'
ok 'and of the name' told 200 .total 1 clara GET '/api/subscribers?search=ada'
ok 'a search for everything is none' told 200 .total 0 clara GET '/api/subscribers?search=%25'
ok 'with the ledger' told 200 '.consents[0] | "\(.channel) \(.words)"' 'operator allo sportello' rita GET "/api/subscribers/$person"
ok 'the list is checked line by line' told 200 '"\(.imported) \(.lines) \(.bad | map(.line) | tostring)"' 'false 2 [3]' \
	clara POST '/api/subscribers/import?dry_run=true' - -H 'Content-Type: text/csv' --data-binary $'phone;name\n3331112222;Bea\n33;Carlo\n'
ok 'a bad line keeps all of it out' told 200 '"\(.imported) \(.bad | length)"' 'false 1' \
	clara POST /api/subscribers/import - -H 'Content-Type: text/csv' --data-binary $'phone;name\n3331112222;Bea\n33;Carlo\n'
ok 'a good list goes in' told 200 '"\(.imported) \(.added)"' 'true 250' clara POST /api/subscribers/import - -H 'Content-Type: text/csv' \
	--data-binary "$(echo phone; seq -f '+39334%07.0f' 1 250)"
ok 'names with markup and formulas too' told 200 .added 2 clara POST /api/subscribers/import - -H 'Content-Type: text/csv' \
	--data-binary $'phone,name\n3350000001,<script>alert(1)</script>\n3350000002,"=cmd|\' /C calc\'!A0"\n'
ok 'which come back as they are, as JSON text' told 200 '.items | map(.name) | join(" ")' "<script>alert(1)</script> =cmd|' /C calc'!A0" clara GET '/api/subscribers?search=33500000'
ok 'and harmless to a spreadsheet' sh -c "[ $(ask clara GET /api/subscribers.csv) = 200 ] && grep -q \"'=cmd\" $box/answer && ! grep -q ',=' $box/answer"
ok 'all of it' told 200 .total 283 clara GET '/api/subscribers?limit=1'
ok 'one leaves' told 200 .withdrawn 0 clara POST "/api/subscribers/$person/leave" '{}'
ok 'and is erased' asked 200 clara DELETE "/api/subscribers/$person"
ok 'for good' asked 404 clara GET "/api/subscribers/$person"
erased() { ! grep -aq 3337654321 "$box"/box.db*; }
ok 'from the disk too' within 10 erased
ok 'the audit trail names nobody' sh -c "! $bin audit list --all --json | grep -q 3337654321"

ctl sms m1 +393470000001 'SEGNALA <script>alert(1)</script> =HYPERLINK("http://evil.example") buca in via Roma' >/dev/null
report_is() { told 200 "$1" "$2" clara GET /api/reports; }
ok 'a report arrives' within 20 report_is .total 1
ok 'as it was written, as JSON text' sh -c "[ '$(answer '.items[0].text')' = '<script>alert(1)</script> =HYPERLINK(\"http://evil.example\") buca in via Roma' ]"
ok 'with a type that no browser takes for a page' sh -c "grep -qi '^content-type: application/json' $box/headers && grep -qi '^x-content-type-options: nosniff' $box/headers"
ok 'a spreadsheet runs nothing of it' sh -c "[ $(ask clara GET '/api/reports.csv?state=all') = 200 ] && ! grep -qE '(^|,)\"?[=+@-]' $box/answer"
ok 'it is found by a word' told 200 .total 1 clara GET '/api/reports?search=via%20Roma'
ok 'assigned' told 200 '"\(.state) \(.office)"' 'assigned tecnico' clara POST /api/reports/1/assign '{"office":"Ufficio tecnico"}'
ok 'answered' told 200 .state answered clara POST /api/reports/1/reply '{"text":"Grazie, la chiudiamo domani."}'
ok 'which reaches its sender' within 20 grep -q '"to":"+393470000001".*la chiudiamo domani' "$box/sent.log"
ok 'closed' told 200 .state closed clara POST /api/reports/1/close '{}'
ok 'with its history' told 200 '[.history[].act] | join(" ")' 'opened assigned replied closed' rita GET /api/reports/1
ok 'there is no second' asked 404 clara POST /api/reports/2/close '{}'
ok 'the inbox has it too' told 200 '.items[-1].from' +393470000001 clara GET '/api/inbox?search=buca'

# What a citizen's telephone calls a picture is not what a browser is told.
media() { # PATH MIME: a kept medium of the report, as the fetching leaves it
	python3 - "$box/box.db" "$1" "$2" <<-'PY'
		import sqlite3, sys
		db = sqlite3.connect(sys.argv[1], timeout=20)
		db.execute("INSERT INTO report_item (report_id, at, inbox_id, kind, media, size, latitude, longitude, media_id, path, sha256, mime, text)"
		           " VALUES (1, 1, 0, 2, 2, 9, 0, 0, '', ?, '', ?, '<img src=x onerror=alert(1)>')", sys.argv[2:])
		db.commit()
	PY
	ask clara GET /api/reports/1 >/dev/null
	item=$(answer '.items[-1].id')
}
mkdir -p "$box/box.db.media"
echo 'no image' >"$box/box.db.media/photo1"
media photo1 'image/jpeg; name="x"'
ok 'a photo is a download of its kind' sh -c "[ $(ask clara GET "/api/reports/1/media/$item") = 200 ] && grep -qi '^content-type: image/jpeg' $box/headers && grep -qi '^content-disposition: attachment; filename=\"segnalazione-1-$item.jpg\"' $box/headers && grep -q 'no image' $box/answer"
ok 'its caption is text' sh -c "[ $(ask clara GET /api/reports/1) = 200 ] && [ '$(answer '.items[-1].text')' = '<img src=x onerror=alert(1)>' ]"
cp "$box/box.db.media/photo1" "$box/box.db.media/page"
media page text/html
ok 'a page is octets' sh -c "[ $(ask clara GET "/api/reports/1/media/$item") = 200 ] && grep -qi '^content-type: application/octet-stream' $box/headers && grep -qi 'filename=\"[a-z0-9-]*.bin\"' $box/headers"
media ../box.cfg image/jpeg
ok 'a name with a way out of the folder is none' asked 404 clara GET "/api/reports/1/media/$item"
ln -s "$box/box.cfg" "$box/box.db.media/link"
media link image/jpeg
ok 'nor is a link' asked 404 clara GET "/api/reports/1/media/$item"
ok 'nor what belongs to another report' asked 404 clara GET "/api/reports/2/media/$item"
ok 'a technician sees no photo' asked 403 Tina GET "/api/reports/1/media/$item"

slot() { ask clara GET /api/offices/tecnico/slots >/dev/null && answer ".items[${1:-0}]"; }
ok 'an appointment is made' told 201 '"\(.state) \(.told)"' 'confirmed true' clara POST /api/appointments "{\"office\":\"tecnico\",\"start\":\"$(slot)\",\"phone\":\"3330000001\",\"name\":\"<b>Bea</b>\"}"
appointment=$(answer .id)
ok 'nobody else gets that time' told 409 .error.code refused clara POST /api/appointments "{\"office\":\"tecnico\",\"start\":\"$(answer .start)\",\"phone\":\"3330000002\"}"
ok 'moved' told 200 .state moved clara POST "/api/appointments/$appointment/move" "{\"start\":\"$(slot 3)\"}"
ok 'in the calendar' sh -c "[ $(ask clara GET /api/appointments.ics) = 200 ] && grep -q BEGIN:VEVENT $box/answer && grep -qi '^content-type: text/calendar' $box/headers"
ok 'called off' told 200 .state declined clara POST "/api/appointments/$appointment/decline" '{"text":"Ci scusiamo."}'
ok 'the figures of the pilot' told 200 '"\(.reports.opened) \(.appointments.made) \(.alerts.messages)"' '1 1 4' rita GET /api/stats
ok 'as the command prints them' is "$(answer .alerts.reached)" json .alerts.reached "$bin" stats --json
ok 'the audit trail is whole' told 200 .intact true rita GET /api/audit/verify
ok 'a technician sees the settings, not the PINs' told 200 '.text | contains("santa-fiora") or contains("Santa Fiora")' true Tina GET /api/settings
ok 'an operator is added at the page' told 201 '.id > 0' true Tina POST /api/operators "{\"name\":\"Ugo\",\"role\":\"clerk\",\"password\":\"$password\"}"
ugo=$(answer .id)
ok 'and may log in' is 200 login Ugo
ok 'until removed' asked 200 Tina DELETE "/api/operators/$ugo"
ok 'at once' asked 401 Ugo GET /api/status
ok 'metrics are numbers, without anybody'"'"'s' sh -c "[ $(ask - GET /metrics) = 200 ] && grep -q '^banditore_modem_ready{modem=\"m1\"} 1' $box/answer && ! grep -q '+39' $box/answer"

# ---- what strangers send ----------------------------------------------------------------------------------------------
raw() { printf '%b' "$1" | timeout 10 openssl s_client -quiet -connect "127.0.0.1:$console_port" 2>/dev/null | head -n 1 | tr -d '\r'; }
for path in /../../etc/passwd /%2e%2e/%2e%2e/etc/passwd /api/../box.db /texts/..%2f..%2fbox.cfg /api/reports/1/media/../../../box.db //etc/passwd /index.html%00.js /api/reports/-1 /api/reports/99999999999999999999; do
	ok "nothing is at $path" is 404 ask clara GET "$path"
done
ok 'a method nobody knows is refused' told 405 .error.code method otto PATCH /api/status
ok 'with what there is' grep -qi '^allow: GET' "$box/headers"
ok 'JSON that is none' told 400 .error.code json otto POST /api/preview '{"text":'
ok 'JSON of arrays without end' told 400 .error.code json otto POST /api/preview "$(printf '[%.0s' $(seq 1 5000))"
ok 'JSON with a key twice' told 400 .error.code json otto POST /api/preview '{"text":"a","text":"b"}'
ok 'JSON that is no object' told 400 .error.code json otto POST /api/preview '[1]'
ok 'a NUL in a text' told 400 .error.code json otto POST /api/preview '{"text":"a\u0000b"}'
ok 'a field too many' told 422 .error.code invalid otto POST /api/preview '{"text":"a","admin":true}'
ok 'a field of another type' told 422 .error.code invalid otto POST /api/preview '{"text":7}'
ok 'a query too many' told 400 .error.code query otto GET '/api/messages?admin=1'
ok 'a query of another type' told 400 .error.code query otto GET '/api/messages?limit=-1'
head -c 70000 /dev/zero | tr '\0' a >"$box/long"
ok 'a body too long' told 413 .error.code too-long otto POST /api/preview - -H 'Content-Type: application/json' --data-binary "@$box/long"
chunked() { curl -sk -X POST -b "$box/otto.jar" -H "X-CSRF-Token: $(cat "$box/otto.csrf")" -H 'Content-Type: application/json' -H 'Transfer-Encoding: chunked' --data-binary "@$box/long" -o "$box/answer" -w '%{http_code}' "$console_url/api/preview"; }
ok 'a body too long that does not say so' sh -c "[ '$(chunked)' = 000 ]"
ok 'multipart' told 415 .error.code type clara POST /api/subscribers/import - -F 'file=@/etc/hostname'
ok 'a broken multipart' told 415 .error.code type clara POST /api/subscribers/import - -H 'Content-Type: multipart/form-data; boundary=x' --data-binary '--x'
ok 'a form' told 415 .error.code type otto POST /api/preview - --data 'text=a'
ok 'a login by a form' told 415 .error.code type - POST /api/login - --data 'name=otto'
ok 'a header with a line end inside makes none' sh -c "! grep -qi '^x-evil' $box/headers"
ok 'no name makes a header' told 422 .error.code password Tina POST /api/operators "{\"name\":\"a\\r\\nX-Evil: 1\",\"role\":\"clerk\",\"password\":\"$password\"}"
ok 'a request line that is none' is '' raw 'GET\r\n\r\n'
ok 'headers without end are refused' sh -c "case '$(raw "GET / HTTP/1.1\r\nHost: x\r\nX: $(head -c 40000 "$box/long")\r\n\r\n")' in *' 4'[0-9][0-9]*|*' 5'[0-9][0-9]*|'') ;; *) false ;; esac"
ok 'the page itself is small' sh -c 'sum=0; for path in / /console.css /console.js /api.js /texts/it.json /bootstrap-italia/bootstrap-italia.css /bootstrap-italia/sprites.svg /bootstrap-italia/titillium-regular.woff2 /bootstrap-italia/titillium-600.woff2 /bootstrap-italia/titillium-700.woff2; do sum=$((sum + $(curl -sk -o /dev/null -w "%{size_download}" '"$console_url"'$path))); done; echo $sum; [ $sum -le 256000 ]'
ok 'a page it has is not sent again' is 304 ask - GET / - -H "If-None-Match: $(curl -skI "$console_url/" | grep -i '^etag:' | cut -d' ' -f2 | tr -d '\r')"
for header in 'content-security-policy: default-src .none.' 'x-content-type-options: nosniff' 'referrer-policy: no-referrer' 'cross-origin-opener-policy: same-origin' 'cross-origin-resource-policy: same-origin'; do
	ok "every answer says ${header%%:*}" sh -c "curl -skI $console_url/ | grep -qi '^$header' && curl -sk -D - -o /dev/null $console_url/api/status | grep -qi '^$header'"
done
ok 'no answer of the API is stored' sh -c "curl -sk -D - -o /dev/null $console_url/api/session | grep -qi '^cache-control: no-store'"

# ---- the configuration, as the file has it -----------------------------------------------------------------------------
sed -i 's/name = "Centro"/name = "Centro storico"/' "$box/box.cfg"
zone_is() { told 200 '.zones[0].name' "$1" clara GET /api/comune; }
ok 'what is set anew holds' within 20 zone_is 'Centro storico'
cp "$box/box.cfg" "$box/good.cfg"
echo 'nonsense = ' >>"$box/box.cfg"
goes_on() { grep -q 'goes on by the configuration it has' "$box/app.log"; }
ok 'a file that cannot be read is told' within 20 goes_on
ok 'and changes nothing' zone_is 'Centro storico'
cp "$box/good.cfg" "$box/box.cfg"

# ---- who guesses ------------------------------------------------------------------------------------------------------
# The owner has logged in from here before; a stranger has another address, and his guesses hold up only his like.
guess() { curl -sk --interface 127.0.0.2 -o "$box/answer" -D "$box/headers" -w '%{http_code}' -H 'Content-Type: application/json' -d "{\"name\":\"$1\",\"password\":\"forse questa $RANDOM\"}" "$console_url/api/login"; }
guessed_out() { [ "$(guess otto)" = 429 ]; }
ok 'wrong passwords are soon not looked at' within 30 guessed_out
ok 'with how long to wait' grep -qi '^retry-after: [1-9]' "$box/headers"
ok 'the owner comes in all the same' is 200 login otto
nobody_out() { [ "$(guess nessuno)" = 429 ]; }
ok 'and so is a name that is nobody'"'"'s' within 30 nobody_out
ok 'wrong ones are in the audit trail, without what was typed' sh -c "$bin audit list --all --json | jq -e '[.[]|select(.act==\"wrong password\" and .who==\"otto\")] | length > 0' && ! $bin audit list --all --json | grep -q 'forse questa'"
ok 'while passwords are judged the box goes on' can_alert
objects=$(dirname "$(readlink -f "$bin")")/firmware-host
ok 'nothing of the hub knows of passwords, or of the console' \
	sh -c "! nm -u $objects/hub*.o $objects/dispatch.o $objects/outcome.o | grep -E 'crypto_pwhash|operator_|hasher_|console_'"
ok 'SIGTERM ends it cleanly' app_stop
done_testing
