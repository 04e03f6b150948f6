# What scenario scripts share: a box of its own in a folder of its own on simulated modems, conditions to wait for, TAP.
# shellcheck shell=bash
set -u
B=$(cd "${B:-build}" && pwd)
bin=$B/banditore
sim_bin=$B/modem-sim
graph_bin=$B/graph-sim
box=$(mktemp -d)
sim_pid='' graph_pid='' app_pid='' tests_run=0 tests_bad=0
export BANDITORE_CONFIG=$box/box.cfg

finish() {
	[ -n "$app_pid" ] && kill -KILL "$app_pid" 2>/dev/null
	[ -n "$sim_pid" ] && kill -KILL "$sim_pid" 2>/dev/null
	[ -n "$graph_pid" ] && kill -KILL "$graph_pid" 2>/dev/null
	wait 2>/dev/null
	if [ -n "${KEEP:-}" ]; then echo "# kept: $box"; else rm -rf "$box"; fi
}
trap finish EXIT

# ok NAME COMMAND…: one test, passed when the command succeeds.
ok() {
	local name=$1
	shift
	tests_run=$((tests_run + 1))
	if "$@" >"$box/ok.log" 2>&1; then
		echo "ok $tests_run - $name"
	else
		echo "not ok $tests_run - $name"
		echo "# failed: $*"
		sed 's/^/# /' "$box/ok.log" | head -n 20
		[ -f "$box/app.log" ] && tail -n 15 "$box/app.log" | sed 's/^/# app: /'
		tests_bad=$((tests_bad + 1))
	fi
}

# skip NAME WHY
skip() {
	tests_run=$((tests_run + 1))
	echo "ok $tests_run - $1 # SKIP $2"
}

done_testing() {
	echo "1..$tests_run"
	[ "$tests_bad" = 0 ]
	exit $?
}

# is EXPECTED COMMAND…: the command's output is exactly that.
is() {
	local expected=$1 got
	shift
	got=$("$@" 2>&1)
	[ "$got" = "$expected" ] || { echo "expected: $expected"; echo "got:      $got"; return 1; }
}

# exits STATUS COMMAND…: ends with that status and one line on stderr.
exits() {
	local status=$1 got
	shift
	"$@" >"$box/out" 2>"$box/errors" </dev/null
	got=$?
	cat "$box/errors"
	[ "$got" = "$status" ] || { echo "exit status $got, not $status"; return 1; }
	[ "$status" = 0 ] || [ "$(wc -l <"$box/errors")" = 1 ] || { echo "not one line"; return 1; }
}

# within SECONDS COMMAND…: waits until the command succeeds.
within() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || { echo "not within the time: $*"; return 1; }
		read -r -t 0.05 <> <(:) || true
	done
}

# json PATH COMMAND…: one value of the JSON a command prints
json() {
	local path=$1
	shift
	"$@" | jq -r "$path"
}

sim_start() { # MODEM_SPEC…
	local specs=()
	for spec in "$@"; do specs+=(--modem "$spec"); done
	"$sim_bin" --dir "$box/dev" --log "$box/sent.log" "${specs[@]}" >"$box/sim.log" 2>&1 &
	sim_pid=$!
	within 10 test -e "$box/dev/control"
}

ctl() { "$sim_bin" ctl "$box/dev" "$@"; }

# A port of loopback on which nobody listens, below those the kernel gives away by itself.
free_port() {
	local port
	while port=$((10000 + RANDOM % 20000)); do
		(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
	done
}

# graph_start [KEY=VALUE…]: the WhatsApp API; its webhooks go to the box of whatsapp_settings
graph_start() {
	local sets=()
	for set in "$@"; do sets+=(--set "$set"); done
	"$graph_bin" --dir "$box/graph" --log "$box/wired.log" "${sets[@]}" >"$box/graph.log" 2>&1 &
	graph_pid=$!
	within 10 test -e "$box/graph/control"
	hook=127.0.0.1:$(free_port)
	gctl set "callback=http://$hook/webhook"
}
gctl() { "$graph_bin" ctl "$box/graph" "$@"; }
gstat() { gctl stats | jq -r "$1"; }

# whatsapp_settings [EXTRA_KEYS [URL_FILE]]: for configure's extra settings
whatsapp_settings() {
	cat <<-CFG
		whatsapp = { enabled = true; api = "$(cat "$box/graph/${2:-url}")"; ca_file = "$box/graph/ca.pem";
		             phone_number_id = "106300000000001"; business_account_id = "104200000000001";
		             token_file = "graph/token"; app_secret_file = "graph/app-secret"; verify_token_file = "graph/verify-token";
		             webhook = "$hook"; recipients_per_day = 0; ${1:-} };
	CFG
}
link_is() { [ "$(json .whatsapp.state "$bin" status --json)" = "$1" ]; }

# configure MODEM_COUNT [EXTRA_SETTINGS [EXTRA_MODEM_KEYS]]: without a console, unless the settings have one
configure() {
	local i modems='' console='console = { listen = ""; };'
	case "${2:-}" in *'console = {'*) console= ;; esac
	for ((i = 0; i < $1; i++)); do
		modems+="${modems:+,} { name = \"m$((i + 1))\"; port = \"$box/dev/ttyUSB$i\"; ${3:-} }"
	done
	cat >"$box/box.cfg" <<-CFG
		comune = { name = "Santa Fiora"; service = "Comune Amico"; privacy_url = "https://example.invalid/privacy"; };
		database = "box.db";
		news = { quiet = ""; };
		modems = ($modems );
		$console
		${2:-}
	CFG
}

app_start() {
	"$bin" run "$@" 2>>"$box/app.log" &
	app_pid=$!
	within 10 running
}
running() { "$bin" status --json >/dev/null 2>&1; }
app_stop() {
	kill -TERM "$app_pid"
	wait "$app_pid"
	local status=$?
	app_pid=
	return $status
}
app_kill() {
	kill -KILL "$app_pid"
	wait "$app_pid" 2>/dev/null
	app_pid=
}
can_alert() { [ "$(json .can_alert "$bin" status --json)" = true ]; }
modem_is() { [ "$(json ".modems[$1].state" "$bin" status --json)" = "$2" ]; }
all_ready() { # COUNT
	local i
	for ((i = 0; i < $1; i++)); do modem_is $i ready || return 1; done
}

# people COUNT: subscribers +393330000001…
people() {
	{
		echo phone
		seq -f '+39333%07.0f' 1 "$1"
	} >"$box/people.csv"
	"$bin" subscriber import "$box/people.csv" >/dev/null
}

# people_wired COUNT WHATSAPP: so many, of whom the first are on WhatsApp
people_wired() {
	{
		echo phone,channel
		seq -f '+39333%07.0f,whatsapp' 1 "$2"
		seq -f '+39333%07.0f,sms' $(($2 + 1)) "$1"
	} >"$box/people.csv"
	"$bin" subscriber import "$box/people.csv" >/dev/null
}

message_is() { [ "$(json .state "$bin" message show "$1" --json)" = "$2" ]; }
figure() { json "$2" "$bin" message show "$1" --json; }
figure_is() { [ "$(figure "$1" "$2")" = "$3" ]; }
