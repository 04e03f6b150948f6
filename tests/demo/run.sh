#!/usr/bin/env bash
# `make run`: a small invented comune on two simulated modems and a simulated WhatsApp. Plays one alert to the last person
# while the link is cut and comes back, lets one citizen join by WhatsApp and one by SMS, who leaves again, then stays up.
# Ctrl-C ends everything and leaves nothing behind.
# usage: tests/demo/run.sh BUILD_DIR
set -u
build=$(cd "$1" && pwd)
bin=$build/banditore
people=420
wired=330          # of these, on WhatsApp
cut_at=110         # the message by WhatsApp at which the link is cut
cut_for_ms=9000
box=$(mktemp -d)
export BANDITORE_CONFIG=$box/banditore.cfg
pids=()

finish() {
	trap - EXIT INT TERM
	[ ${#pids[@]} = 0 ] || kill -TERM "${pids[@]}" 2>/dev/null
	wait 2>/dev/null
	rm -rf "$box"
	exit "${1:-0}"
}
trap 'finish 0' INT TERM
trap 'finish $?' EXIT

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] || say() { printf '\n%s\n' "$*"; }
ctl() { "$build/modem-sim" ctl "$box/dev" "$@"; }
gctl() { "$build/graph-sim" ctl "$box/graph" "$@"; }
within() { # SECONDS COMMAND…
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || { echo "this did not happen in time: $*; the log is:" >&2; tail "$box/log" >&2; finish 1; }
		read -r -t 0.1 <> <(:) || true
	done
}
# The last text to somebody: CTL NUMBER
text_to() { "$1" sent | grep -F "\"to\":\"$2\"" | tail -n 1 | sed 's/.*"text":"\([^"]*\)".*/\1/'; }
has_text() { "$1" sent | grep -F "\"to\":\"$2\"" | grep -qF "$3"; } # CTL NUMBER WORD
all_up() {
	local now
	now=$("$bin" status --json)
	[ "$(grep -o '"state":"ready"' <<<"$now" | wc -l)" = 2 ] && grep -q '"state":"up"' <<<"$now"
}
free_port() {
	local port=$((20000 + $$ % 20000))
	while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
	echo $port
}

# ---- the comune ------------------------------------------------------------------------------------------------------
say "Castel del Rovo: two simulated modems, a simulated WhatsApp, $people invented people, $wired of them on WhatsApp"
"$build/modem-sim" --dir "$box/dev" --die-with-parent \
	--modem name=m1,personality=quectel,latency=160,jitter=60,report=600,report-jitter=900,boot=0 \
	--modem name=m2,personality=huawei,latency=160,jitter=60,report=600,report-jitter=900,boot=0 >"$box/sim.log" 2>&1 &
pids+=($!)
# People look at their telephones sooner or later; a few have WhatsApp and no data just now, and a few have it no more.
hook=127.0.0.1:$(free_port)
"$build/graph-sim" --dir "$box/graph" --die-with-parent --set latency=180 --set jitter=80 --set sent=150 --set delivered=500 \
	--set spread=2500 --set read=4000 --set read_percent=60 --set "callback=http://$hook/webhook" \
	--do 'ladder for 39333000012 delivered off read off' --do 'fail 131026 for 39333000007 after 700' >"$box/graph.log" 2>&1 &
pids+=($!)
within 10 test -e "$box/dev/control"
within 10 test -e "$box/graph/control"

cat >"$BANDITORE_CONFIG" <<-CFG
	comune = { name = "Castel del Rovo"; service = "Castello Amico"; privacy_url = "https://comune.example/privacy";
	           contacts = "tel. 0564 000000"; };
	database = "box.db";
	modems = ( { name = "m1"; port = "$box/dev/ttyUSB0"; }, { name = "m2"; port = "$box/dev/ttyUSB1"; } );
	whatsapp = { enabled = true; api = "$(cat "$box/graph/tls-url")"; ca_file = "graph/ca.pem";
	             phone_number_id = "106300000000001"; business_account_id = "104200000000001";
	             token_file = "graph/token"; app_secret_file = "graph/app-secret"; verify_token_file = "graph/verify-token";
	             webhook = "$hook"; rate = 20; recipients_per_day = 2000; };
	alert = { fallback_after = 20; };
	zones = ( { id = "borgo"; name = "Borgo"; }, { id = "molino"; name = "Molino"; }, { id = "poggio"; name = "Poggio"; } );
	news = { quiet = ""; };
CFG
awk -v n=$people -v wired=$wired 'BEGIN {
	split("Ada Bruno Carla Dino Elsa Furio Gina Ivo Lina Mario Nella Oreste Pia Remo Sara Tullio", first, " ")
	split("Bassi Conti Donati Ferri Galli Lupi Mori Neri Orsi Poli Rossi Serra Testa Viti", last, " ")
	split("borgo molino poggio", zone, " ")
	srand(7); print "phone,name,channel,zone,consent_note"
	for (i = 1; i <= n; i++)
		printf "+3933300%05d,%s %s,%s,%s,modulo cartaceo\n", i, first[int(rand() * 16) + 1], last[int(rand() * 14) + 1],
			i <= wired ? "whatsapp" : "sms", zone[int(rand() * 3) + 1]
}' >"$box/people.csv"
"$bin" subscriber import "$box/people.csv"
"$bin" run 2>"$box/log" &
appliance=$!
pids+=("$appliance")
within 10 "$bin" status
say "banditore template push     # creates the comune's templates and has them examined"
"$bin" template push
within 10 "$bin" template sync
within 30 all_up
"$bin" status

# ---- the alert -------------------------------------------------------------------------------------------------------
say 'banditore alert --colour orange --hazard "pioggia e frane" --until 6h "…"     # the link will be cut on the way'
gctl "after-sends +$cut_at: link down blackhole"
gctl "after-sends +$cut_at: after $cut_for_ms: link up"
"$bin" alert --colour orange --hazard "pioggia e frane" --until 6h --yes \
	"Lontano da fiumi e sottopassi. Emergenza 112." || finish 1
"$bin" message watch 1
"$bin" message show 1

# ---- citizens --------------------------------------------------------------------------------------------------------
anna=+393470001122 bruno=+393470003344
say "A citizen writes by WhatsApp: ATTIVA CASTELLO AMICO"
gctl in $anna text "Attiva Castello Amico" >/dev/null
within 20 has_text gctl $anna DISATTIVA
echo "box:     $(text_to gctl $anna)"
"$bin" subscriber show $anna
say "Another by SMS…"
ctl sms m1 $bruno "Attiva Castello Amico" >/dev/null
within 20 has_text ctl $bruno DISATTIVA
echo "box:     $(text_to ctl $bruno)"
say "…and leaves: DISATTIVA CASTELLO AMICO"
ctl sms m2 $bruno "disattiva castello amico, grazie" >/dev/null
within 20 has_text ctl $bruno lasciato
echo "box:     $(text_to ctl $bruno)"
"$bin" inbox list

say "The box stays up. In another terminal:"
cat <<-TRY
	  export BANDITORE_CONFIG=$BANDITORE_CONFIG
	  alias banditore=$bin graph="$build/graph-sim ctl $box/graph" modem="$build/modem-sim ctl $box/dev"
	  banditore status --watch
	  banditore preview --colour red "È arrivata la piena: salite ai piani alti."
	  banditore alert --colour red --zone borgo "Salite ai piani alti."   # says its number; then: banditore message watch N
	  banditore clear 1
	  graph link down            # and: link up. WhatsApp is gone, SMS takes over
	  graph hold                 # WhatsApp takes messages and keeps them back; end it with: hold release, then hold off
	  graph error 190            # the token is refused; end it with: error off
	  graph in $anna text "segnala lampione spento in piazza"
	  modem unplug m1            # and: plug m1 ttyUSB0, hang m2, unhang m2, register m1 searching
	  modem sms m1 +393470005566 "ATTIVA CASTELLO AMICO"
	  tail -f $box/log
	Ctrl-C here ends it and leaves nothing behind.
TRY
wait "$appliance"
echo "the appliance ended by itself; its last words:" >&2
tail "$box/log" >&2
finish 1
