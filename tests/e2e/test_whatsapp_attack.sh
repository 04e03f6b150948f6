#!/usr/bin/env bash
# The webhook under attack while an alert runs: floods without a signature or with a wrong one, bodies of 4 MB, connections that
# drip, deep JSON. The alert goes on, its statuses get through, the box answers, and nothing of it is kept or fills the log.
. "$(dirname "$0")/whatsapp.sh"

url() { echo "http://$hook/webhook"; }
ask() { curl -s -o /dev/null -w '%{http_code}\n' --max-time 20 "$@"; }
# flood NAME HEADER BODY: until it is stopped; the answers' statuses are in $box/NAME.codes
flood() {
	local header=$2 body=$3 file=$box/$1.codes
	: >"$file"
	while [ ! -e "$box/peace" ]; do
		curl -s -Z --parallel-max 32 -o /dev/null -w '%{http_code}\n' -H 'Content-Type: application/json' -H "$header" --data-binary "$body" \
			"$(url)?[1-4000]" >>"$file" 2>/dev/null
	done
}
send() { { printf '%b' "$2" >&"$1"; } 2>/dev/null; } # FD OCTETS
# Connections that send an octet now and then and never end; who is thrown out comes again.
drip() {
	local fds=() i fd
	trap '' PIPE
	while [ ! -e "$box/peace" ]; do
		for ((i = 0; i < 300; i++)); do
			if [ -z "${fds[i]:-}" ]; then
				{ exec {fd}<>"/dev/tcp/${hook%:*}/${hook#*:}"; } 2>/dev/null || continue
				fds[i]=$fd
				send "$fd" 'POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\nX-Drip: ' && continue
			else
				fd=${fds[i]}
				send "$fd" a && continue
				echo . >>"$box/thrown"
			fi
			exec {fd}>&-
			fds[i]=
		done
		read -r -t 0.05 <> <(:) || true
	done
}
big() {
	head -c 4194304 /dev/zero | tr '\0' 'a' >"$box/big"
	while [ ! -e "$box/peace" ]; do
		ask --data-binary "@$box/big" -H 'X-Hub-Signature-256: sha256=00' -H 'Content-Type: application/json' "$(url)" >>"$box/big.codes"
		ask -H 'Transfer-Encoding: chunked' --data-binary "@$box/big" "$(url)" >>"$box/big.codes"
	done
}
answers_at_least() { [ "$(wc -l <"$1")" -ge "$2" ]; }

wired_box 200 160 "fallback_after = 600;" "" "" latency=100 sent=100 delivered=400 spread=600
ctl set '*' latency=100
deep=$(printf '[%.0s' $(seq 1 20000))
forged="X-Hub-Signature-256: sha256=$(printf '0%.0s' $(seq 1 64))"
flood unsigned 'X-Nothing: 1' '{"object":"whatsapp_business_account","entry":[]}' &
attackers=$!
flood forged "$forged" "$deep" &
attackers+=" $!"
drip &
attackers+=" $!"
big &
attackers+=" $!"
ok 'the flood is there' within 20 answers_at_least "$box/unsigned.codes" 1000
alert Piena
ok 'the alert is kept' test -n "$id"
ok 'status answers' can_alert
ok 'the alert: everybody is reached' all_reached 50
ok 'each once by WhatsApp' got wired Piena 1 160
ok 'and only who has none by SMS' got sms Piena 161 200
gctl in +393331234567 text 'Si sente?'
ok 'a citizen is heard as well' within 20 sh -c "'$bin' inbox list --json | jq -e '.[] | select(.text == \"Si sente?\")'"
ok 'the handshake is answered' gctl verify
ok 'large bodies came' within 20 answers_at_least "$box/big.codes" 2
: >"$box/peace"
# shellcheck disable=SC2086 # a list
wait $attackers
ok 'without a signature nothing was taken' sh -c "! grep -qx 200 $box/unsigned.codes"
ok 'but refused, thousands of times' sh -c "[ \$(grep -cx 401 $box/unsigned.codes) -ge 4000 ]"
ok 'with a wrong one as well' sh -c "! grep -qx 200 $box/forged.codes && grep -qx 401 $box/forged.codes"
ok 'nor 4 MB' sh -c "! grep -qx 200 $box/big.codes"
ok 'who drips was thrown out' test -s "$box/thrown"
ok 'the log tells of it in few lines' sh -c "[ \$(grep -c 'the webhook' $box/app.log) -le 6 ]"
ok 'nothing of it is kept' is 0 sh -c "'$bin' inbox list --json | jq '[.[] | select(.kind == \"webhook\")] | length'"
ok 'and nothing is left in the spool' within 10 sh -c "[ \$(cat $box/webhook/* | wc -c) = 0 ]"
peak_kib() { sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$app_pid/status"; }
if ldd "$bin" | grep -q libasan; then
	skip 'the box has not grown by it' 'a sanitizer keeps what is freed'
else
	ok 'the box has not grown by it' test "$(peak_kib)" -lt 65536
fi
echo "# $(cat "$box"/*.codes | wc -l) requests refused, peak memory $(peak_kib) KiB"
alert Seconda
ok 'in peace again: the next alert' all_reached
ok 'the box ends as it should' app_stop
done_testing
