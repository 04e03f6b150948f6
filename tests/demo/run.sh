#!/usr/bin/env bash
# `make run`: a small invented comune on two simulated modems. Plays one alert to the last delivery report, lets a citizen
# join and leave by SMS, then stays up. Ctrl-C ends everything and leaves nothing behind.
# usage: tests/demo/run.sh BUILD_DIR
set -u
build=$(cd "$1" && pwd)
bin=$build/banditore
people=300
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
within() { # SECONDS COMMAND…
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || { echo "this did not happen in time: $*; the log is:" >&2; tail "$box/log" >&2; finish 1; }
		read -r -t 0.1 <> <(:) || true
	done
}
sms_to() { ctl sent | grep -F "\"to\":\"$1\"" | tail -n 1 | sed 's/.*"text":"\([^"]*\)".*/\1/'; }
has_sms() { ctl sent | grep -F "\"to\":\"$1\"" | grep -qF "$2"; }

cat >"$BANDITORE_CONFIG" <<-CFG
	comune = { name = "Castel del Rovo"; service = "Castello Amico"; privacy_url = "https://comune.example/privacy";
	           contacts = "tel. 0564 000000"; };
	database = "box.db";
	modems = ( { name = "m1"; port = "$box/dev/ttyUSB0"; }, { name = "m2"; port = "$box/dev/ttyUSB1"; } );
	zones = ( { id = "borgo"; name = "Borgo"; }, { id = "molino"; name = "Molino"; }, { id = "poggio"; name = "Poggio"; } );
	news = { quiet = ""; };
CFG
awk -v n=$people 'BEGIN {
	split("Ada Bruno Carla Dino Elsa Furio Gina Ivo Lina Mario Nella Oreste Pia Remo Sara Tullio", first, " ")
	split("Bassi Conti Donati Ferri Galli Lupi Mori Neri Orsi Poli Rossi Serra Testa Viti", last, " ")
	split("borgo molino poggio", zone, " ")
	srand(7); print "phone,name,zone,consent_note"
	for (i = 1; i <= n; i++)
		printf "+3933300%05d,%s %s,%s,modulo cartaceo\n", i, first[int(rand() * 16) + 1], last[int(rand() * 14) + 1], zone[int(rand() * 3) + 1]
}' >"$box/people.csv"

say "Castel del Rovo: two simulated modems, $people invented subscribers"
"$build/modem-sim" --dir "$box/dev" --modem name=m1,personality=quectel,latency=160,jitter=60,report=600,report-jitter=900,boot=0 \
	--modem name=m2,personality=huawei,latency=160,jitter=60,report=600,report-jitter=900,boot=0 >"$box/sim.log" 2>&1 &
pids+=($!)
within 10 test -e "$box/dev/control"
"$bin" subscriber import "$box/people.csv"
"$bin" run 2>"$box/log" &
pids+=($!)
within 30 sh -c "[ \$('$bin' status --json | grep -o '\"state\":\"ready\"' | wc -l) = 2 ]"
"$bin" status

say 'banditore alert --colour orange --hazard "pioggia e frane" --until 6h "…"'
"$bin" alert --colour orange --hazard "pioggia e frane" --until 6h --yes \
	"Lontano da fiumi e sottopassi. Emergenza 112." || finish 1
echo "[# reached, + sent, . queued]"
"$bin" message watch 1
"$bin" message show 1

citizen=+393470001122
say "A citizen writes: ATTIVA CASTELLO AMICO"
ctl sms m1 $citizen "Attiva Castello Amico" >/dev/null
within 20 has_sms $citizen DISATTIVA
echo "box:     $(sms_to $citizen)"
"$bin" subscriber show $citizen
say "…and leaves: DISATTIVA CASTELLO AMICO"
ctl sms m2 $citizen "disattiva castello amico, grazie" >/dev/null
within 20 has_sms $citizen lasciato
echo "box:     $(sms_to $citizen)"
"$bin" inbox list

say "The box stays up. In another terminal:"
cat <<-TRY
	  export BANDITORE_CONFIG=$BANDITORE_CONFIG
	  $bin status --watch
	  $bin preview --colour red "È arrivata la piena: salite ai piani alti."
	  $bin alert --colour red --zone borgo "Salite ai piani alti."; $bin message watch 5
	  $bin clear 1
	  $build/modem-sim ctl $box/dev unplug m1      # and: plug m1 ttyUSB0, hang m2, unhang m2, register m1 searching
	  $build/modem-sim ctl $box/dev sms m1 +393470003344 "ATTIVA CASTELLO AMICO"
	  tail -f $box/log
	Ctrl-C ends it and leaves nothing behind.
TRY
wait "${pids[1]}"
echo "the appliance ended by itself; its last words:" >&2
tail "$box/log" >&2
finish 1
