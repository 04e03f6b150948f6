#!/bin/sh
# The Graph API simulator against facts and a client nobody here wrote: whatsapp-api-js sends through it over TLS and parses
# its webhooks, signatures and all; curl sees what the link does. TAP on stdout; $B is the build directory.
set -u

here=$(cd "$(dirname "$0")/.." && pwd)
B=$(cd "${B:-build}" && pwd)
sim=$B/graph-sim

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
	echo "1..0 # SKIP node or npm is not installed"
	exit 0
fi

dir=$(mktemp -d) || exit 1
pid=
trap 'test -z "$pid" || kill "$pid" 2>/dev/null; rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
number=0
failed=0

mkdir "$dir/client"
cp "$here"/graph-sim/client/* "$dir/client/"
if ! npm ci --prefix "$dir/client" --no-audit --no-fund --ignore-scripts >"$dir/said" 2>&1; then
	echo "1..0 # SKIP the client library cannot be had from npm here"
	sed 's/^/# /' "$dir/said"
	exit 0
fi

# tell GOOD NAME: one TAP line.
tell()
{
	number=$((number + 1))
	if [ "$1" = 0 ]; then
		echo "ok $number - $2"
	else
		echo "not ok $number - $2"
		failed=$((failed + 1))
	fi
}

# check NAME COMMAND…: what the command said follows when it fails.
check()
{
	name=$1
	shift
	"$@" >"$dir/said" 2>&1
	result=$?
	tell $result "$name"
	[ $result = 0 ] || sed 's/^/# /' "$dir/said"
	return $result
}

ctl()
{
	"$sim" ctl "$dir/graph" "$@"
}

# api PATH CURL_OPTIONS…: one request over TLS with the token.
api()
{
	path=$1
	shift
	curl -sS --max-time 5 --cacert "$dir/graph/ca.pem" -H "Authorization: Bearer $(cat "$dir/graph/token")" \
		-H 'Content-Type: application/json' "$@" "$(cat "$dir/graph/tls-url")/$path"
}

# curl_says STATUS COMMAND…: curl ends with this exit status.
curl_says()
{
	wanted=$1
	shift
	"$@"
	got=$?
	[ $got = "$wanted" ] || { echo "curl said $got, not $wanted"; return 1; }
}

# figure PATH VALUE: of the simulator's stats, within five seconds: it learns a little later that a caller has gone.
figure()
{
	tries=100
	until got=$(ctl stats | jq -r "$1") && [ "$got" = "$2" ]; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || { echo "$1 is $got, not $2"; return 1; }
		sleep 0.05
	done
}

hello='{"messaging_product":"whatsapp","to":"+393330000001","type":"text","text":{"body":"prova"}}'
say()
{
	api 106300000000001/messages -d "$hello"
}

check "the simulator agrees with facts from elsewhere" "$sim" --self-test
"$sim" --dir "$dir/graph" --log "$dir/log" --set latency=5 >"$dir/ready" &
pid=$!
check "it starts" ctl stats || exit 1

# ---- the library ----

base=$(sed 's#/v[0-9.]*$##' "$dir/graph/tls-url")
for script in client webhooks; do
	NODE_EXTRA_CA_CERTS=$dir/graph/ca.pem timeout 120 node "$dir/client/$script.mjs" "$sim" "$dir/graph" "$base" \
		>"$dir/script.out" 2>"$dir/script.errors"
	status=$?
	while read -r line; do
		case $line in
		ok\ *) tell 0 "${line#ok }" ;;
		not\ ok\ *) tell 1 "${line#not ok }" ;;
		*) echo "$line" ;;
		esac
	done <"$dir/script.out"
	check "$script.mjs came to its end" test $status = 0 || sed 's/^/# /' "$dir/script.errors"
done
check "the log has every message" test "$(wc -l <"$dir/log")" = "$(ctl stats | jq .accepted_ever)"

# ---- faults of the link and of answers ----

ctl reset
ctl set callback= window=off
check "a message passes" say
ctl link down refuse
check "down: connections are refused" curl_says 7 say
ctl link down reset
say >/dev/null 2>&1
check "reset: taken and reset" figure .connections_cut 1
ctl link down blackhole
check "blackhole: no answer at all" curl_says 28 api 106300000000001 --max-time 1 --connect-timeout 1
ctl link up
check "up again" say
check "what was sent meanwhile never arrived" figure .messages 2
ctl hangup
check "an answer cut in the middle" curl_says 18 say
ctl hangup lost
check "a request cut before it counts" curl_says 52 say
ctl no-answer
check "accepted and never answered" curl_says 28 api 106300000000001/messages -d "$hello" --max-time 1
check "two of these three count" figure .messages 4
check "and their answers are missed" figure .answers_lost 2
ctl redirect count 2
plain=$(cat "$dir/graph/url")
check "a redirect to another host is followed without the token" sh -c "
	curl -sSL -H 'Authorization: Bearer x' '$plain/1' | grep -q elsewhere"
check "none has leaked" figure .tokens_leaked 0
curl -sSL --location-trusted -H 'Authorization: Bearer x' "$plain/1" >/dev/null
check "where it is passed on, that is counted" figure .tokens_leaked 1
ctl set rate=1
{ say; say; say; say; } >"$dir/throttled"
check "above the rate" grep -q '"code":130429' "$dir/throttled"
ctl set rate=0
ctl after-sends +1: error 131000
say >/dev/null
say >"$dir/refused"
check "a command waits for its moment" grep -q '"code":131000' "$dir/refused"

# ---- end ----

check "it ends when told" ctl quit || kill "$pid"
wait "$pid"
status=$?
check "with status 0" test "$status" -eq 0
pid=
check "and leaves nothing behind" test ! -e "$dir/graph"

echo "1..$number"
test "$failed" -eq 0
