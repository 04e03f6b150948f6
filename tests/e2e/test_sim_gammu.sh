#!/bin/sh
# The modem simulator against a client nobody here wrote: Debian's gammu identifies it, sends, reads and deletes.
# TAP on stdout; $B is the build directory.
set -u

B=${B:-build}
sim=$B/modem-sim

if ! command -v gammu >/dev/null; then
	echo "1..0 # SKIP gammu is not installed"
	exit 0
fi

dir=$(mktemp -d) || exit 1
pid=
trap 'test -z "$pid" || kill "$pid" 2>/dev/null; rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
number=0
failed=0

# check NAME COMMAND…: one TAP line; what the command said follows when it fails.
check()
{
	name=$1
	shift
	number=$((number + 1))
	if "$@" >"$dir/said" 2>&1; then
		echo "ok $number - $name"
		return
	fi
	echo "not ok $number - $name"
	sed 's/^/# /' "$dir/said"
	failed=$((failed + 1))
	return 1
}

ctl()
{
	"$sim" ctl "$dir/modems" "$@"
}

# phone TTY: a gammu session of the commands on stdin, its output on stdout.
phone()
{
	cat >"$dir/batch"
	printf '[gammu]\nconnection = at115200\ndevice = %s\n' "$dir/modems/$1" >"$dir/gammurc"
	timeout 60 gammu -c "$dir/gammurc" batch "$dir/batch" 2>&1
}

# says FILE TEXT: a line of FILE has TEXT.
says()
{
	grep -qF -- "$2" "$1" || { cat "$1"; return 1; }
}

# sent N TEXT: line N of the accepted parts has TEXT.
sent()
{
	ctl sent | sed -n "$1p" >"$dir/part"
	says "$dir/part" "$2"
}

# rejoined FROM TO TEXT: the parts' texts, in order, make TEXT.
rejoined()
{
	got=$(ctl sent | sed -n "$1,$2p" | sed 's/.*"text":"\([^"]*\)".*/\1/' | tr -d '\n')
	test "$got" = "$3" || { echo "got '$got'"; return 1; }
}

check "the codec agrees with PDUs made by others" "$sim" --self-test

LC_ALL=C.UTF-8
export LC_ALL
"$sim" --dir "$dir/modems" --log "$dir/log" --modem name=m1,latency=20 --modem name=m2,personality=huawei \
	--modem name=m3,personality=sim800 >"$dir/ready" &
pid=$!
check "the simulator starts" ctl modems

# ---- identify and send ----

long=$(for i in 1 2 3 4 5 6 7 8 9 10; do printf 'Parte %02d: il sindaco avvisa, però. ' "$i"; done)
phone ttyUSB0 >"$dir/send" <<EOF
identify
networkinfo
sendsms TEXT +393331234567 -text "Così è: città, perché €5"
sendsms TEXT +393331234568 -len 1000 -report -text "$long"
sendsms TEXT +393331234569 -unicode -text "Allerta È 😀"
EOF
check "gammu reads the maker" says "$dir/send" "Generic"
check "gammu reads the IMEI" says "$dir/send" "861234030000015"
check "gammu reads the IMSI" says "$dir/send" "222010000000001"
check "gammu reads the network" says "$dir/send" "22201"
check "one part arrives" sent 1 '"to":"+393331234567","text":"Così è: città, perché €5","concat":null'
check "a long text arrives in three parts" sent 4 '"parts":3,"part":3}'
check "and whole" rejoined 2 4 "$long"
check "with reports asked for" sent 2 '"report":true'
check "Unicode arrives" sent 5 '"to":"+393331234569","text":"Allerta È 😀"'
check "nothing else was sent" test "$(ctl sent | wc -l)" -eq 5
check "the log has every part" test "$(wc -l <"$dir/log")" -eq 5

# ---- read and delete ----

ctl sms m2 +393409998887 'ATTIVA protezione civile'
ctl sms m2 TIM --order 3,1,2 "Inizio. $long Fine €."
ctl sms m2 +393409998886 'Ünïcøde ✓'
phone ttyUSB1 >"$dir/read" <<EOF
identify
geteachsms
deleteallsms 1
EOF
check "gammu identifies a Huawei" says "$dir/read" "E173"
check "gammu reads an SMS" says "$dir/read" "ATTIVA protezione civile"
check "gammu reads its sender" says "$dir/read" "+393409998887"
check "gammu joins a long SMS whose parts came out of order" says "$dir/read" "Inizio. $long Fine €."
check "gammu reads a sender in letters" says "$dir/read" '"TIM"'
check "gammu reads Unicode" says "$dir/read" "Ünïcøde ✓"
ctl stats >"$dir/stats"
check "gammu has deleted them" says "$dir/stats" '"name":"m2"'
check "and the store is empty" test "$(sed 's/.*"name":"m2"//; s/.*"SM":\[\([0-9]*\),.*/\1/' "$dir/stats")" = 0

# ---- a full store, and refusals ----

ctl storage m3 10/10
ctl sms m3 +393409998885 'dopo la pulizia'
ctl error m3 cms 38
phone ttyUSB2 >"$dir/full" <<EOF
identify
deleteallsms 1
getallsms
sendsms TEXT +393331234567 -text "rifiutato"
EOF
check "gammu identifies a SIM800" says "$dir/full" "SIM800"
check "gammu reads the refusal" says "$dir/full" "error 38"
check "a message kept by the network arrives once there is room" says "$dir/full" "dopo la pulizia"
check "the refused part does not count as sent" test "$(ctl sent | wc -l)" -eq 5

# ---- end ----

check "it ends when told" ctl quit || kill "$pid"
wait "$pid"
status=$?
check "with status 0" test "$status" -eq 0
pid=
check "and leaves nothing behind" test ! -e "$dir/modems"

echo "1..$number"
test "$failed" -eq 0
