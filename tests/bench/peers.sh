# smstools and gammu-smsd from Debian on the same simulator, the same messages, beside ours. Each is given the settings its
# manual offers for speed, and delivery reports as we have. Expects common.sh, figures.sh.
# shellcheck shell=bash
peer_pid='' peer_home='' peer_why=''
peer_messages=40 # for the rate, processor time and octets
peer_slow=20     # at 200 ms

# Installed by name; a daemon that was not here before must neither start now nor at the next boot.
peers_install() {
	local package new=() as_root='' policy=/usr/sbin/policy-rc.d made=
	[ "$(id -u)" = 0 ] || as_root=sudo
	for package in smstools gammu-smsd; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' $package 2>/dev/null)" = installed ] || new+=("$package")
	done
	if [ ${#new[@]} -gt 0 ] && [ ! -e $policy ]; then
		printf '#!/bin/sh\nexit 101\n' | $as_root tee $policy >/dev/null && $as_root chmod 755 $policy && made=1
	fi
	sh "$here/../packages.sh" smstools gammu-smsd libdbd-sqlite3
	local result=$?
	[ -z "$made" ] || $as_root rm -f $policy
	for package in "${new[@]}"; do
		$as_root update-rc.d "$package" disable >/dev/null 2>&1
		[ ! -d /run/systemd/system ] || $as_root systemctl disable --now "$package" >/dev/null 2>&1
	done
	return $result
}

# ---- how each is set up, started and given work. Each prints nothing and sets peer_pid ------------------------------------

smstools_start() {
	mkdir -p "$peer_home"/{outgoing,checked,failed,incoming,sent,report}
	cat >"$peer_home/smsd.conf" <<-CONF
		devices = GSM1
		outgoing = $peer_home/outgoing
		checked = $peer_home/checked
		failed = $peer_home/failed
		incoming = $peer_home/incoming
		report = $peer_home/report
		sent = $peer_home/sent
		logfile = $peer_home/log
		loglevel = 4
		infofile = $peer_home/smsd.working
		pidfile = $peer_home/smsd.pid
		delaytime = 1
		sleeptime_mainprocess = 1
		errorsleeptime = 1
		blocktime = 5
		trust_outgoing = yes
		ignore_outgoing_priority = yes
		spool_directory_order = yes
		autosplit = 3
		[GSM1]
		device = $box/dev/ttyUSB0
		baudrate = 115200
		incoming = yes
		report = yes
		check_network = 0
		detect_unexpected_input = no
		detect_message_routing = no
	CONF
	PATH=$PATH:/usr/sbin smsd -t -c "$peer_home/smsd.conf" >"$peer_home/out" 2>&1 &
	peer_pid=$!
}
smstools_give() { # COUNT: made aside, moved in, as its manual asks
	local i
	mkdir -p "$peer_home/new"
	for ((i = 1; i <= $1; i++)); do printf 'To: 39333%07d\n\nProva' "$i" >"$peer_home/new/sms$i"; done
	mv "$peer_home"/new/* "$peer_home/outgoing/"
}

gammu_conf() { # SERVICE_LINES
	cat >"$peer_home/smsdrc" <<-CONF
		[gammu]
		device = $box/dev/ttyUSB0
		connection = at115200
		[smsd]
		logfile = $peer_home/log
		debuglevel = 0
		CommTimeout = 1
		LoopSleep = 1
		SendTimeout = 30
		ReceiveFrequency = 60
		StatusFrequency = 0
		CheckSecurity = 0
		CheckBattery = 0
		CheckSignal = 0
		CheckNetwork = 0
		DeliveryReport = log
		$1
	CONF
	gammu-smsd -c "$peer_home/smsdrc" >"$peer_home/out" 2>&1 &
	peer_pid=$!
}
gammu_give() { # COUNT
	local i
	for ((i = 1; i <= $1; i++)); do
		gammu-smsd-inject -c "$peer_home/smsdrc" TEXT "$(printf '+39333%07d' "$i")" -report -text Prova >/dev/null 2>&1
	done
}
gammu_files_start() {
	mkdir -p "$peer_home"/{inbox,outbox,sent,error}
	gammu_conf "service = files
		inboxpath = $peer_home/inbox/
		outboxpath = $peer_home/outbox/
		sentsmspath = $peer_home/sent/
		errorsmspath = $peer_home/error/"
}
gammu_files_give() { gammu_give "$1"; }
gammu_sqlite_start() {
	local schema
	schema=$(find /usr/share/doc/gammu* -name 'sqlite.sql*' 2>/dev/null | head -n 1)
	[ -n "$schema" ] || { peer_why='its package brings no SQLite schema'; return 1; }
	case $schema in *.gz) zcat "$schema" ;; *) cat "$schema" ;; esac | sqlite3 "$peer_home/sms.db" || {
		peer_why='its SQLite schema was refused'
		return 1
	}
	gammu_conf "service = sql
		driver = sqlite3
		dbdir = $peer_home/
		database = sms.db"
}
gammu_sqlite_give() { gammu_give "$1"; }

banditore_start() { # COUNT: who will be written to
	people "$1"
	"$bin" run --quiet 2>"$peer_home/log" &
	peer_pid=$!
	within 20 all_ready 1 >/dev/null
}
banditore_give() { "$bin" alert --colour red Prova >/dev/null; }

# ---- what is measured -----------------------------------------------------------------------------------------------------

tree() { echo "$1"; pgrep -P "$1"; } # PID
total() { awk '{n += $1} END {print n + 0}'; }
tree_cpu() { for p in $(tree "$peer_pid"); do cpu_ms "$p" && echo; done | total; }
tree_io() { for p in $(tree "$peer_pid"); do io_of "$p" write_bytes; done | total; }
tree_memory() { for p in $(tree "$peer_pid"); do awk '/^Rss:/ {print $2 / 1024}' "/proc/$p/smaps_rollup"; done | total; }

peer_stop() {
	local pids
	if [ -n "$peer_pid" ]; then
		pids=$(tree "$peer_pid")
		# shellcheck disable=SC2086
		kill -KILL $pids 2>/dev/null
		wait "$peer_pid" 2>/dev/null
	fi
	peer_pid=
	if [ -n "$sim_pid" ]; then
		kill -TERM "$sim_pid"
		wait "$sim_pid" 2>/dev/null
	fi
	sim_pid=
	rm -rf "${box:?}"/*
}
finish_peers() {
	peer_stop 2>/dev/null
	finish
}

# peer_begin NAME LATENCY COUNT: a fresh box with this sender on it, which has shown that it sends. 1: it does not, peer_why.
peer_begin() {
	peer_home=$box/peer
	peer_why=
	mkdir -p "$peer_home"
	sim_start "name=m1,latency=$2,boot=0,report=40" >/dev/null
	configure 1
	"$1_start" "$3" || { peer_why=${peer_why:-it does not come up}; return 1; }
	[ "$1" = banditore ] && return 0
	"$1_give" 1
	ctl wait sent 1 60000 >/dev/null 2>&1 || {
		peer_why="no message in 60 s: $(cat "$peer_home/out" "$peer_home/log" 2>/dev/null | tail -n 1)"
		return 1
	}
	ctl wait quiet 1500 >/dev/null
}

# peer_send NAME COUNT: given, and all accepted by the network
peer_send() {
	local sent
	sent=$(sim_stat .accepted_ever)
	ctl mark >/dev/null
	"$1_give" "$2"
	ctl wait sent $((sent + $2)) 180000 >/dev/null 2>&1 || { peer_why="fewer than $2 messages in 180 s"; return 1; }
}

# peer_measure NAME: peer_values[NAME.FIGURE], or peer_failed[NAME]
peer_measure() {
	local name=$1 before after values=() start
	peer_begin "$name" 200 $peer_slow && peer_send "$name" $peer_slow || { peer_failed[$name]=$peer_why; peer_stop; return; }
	peer_values[$name.utilisation]=$(sim_stat '.modems[0].utilisation * 100')
	peer_stop
	peer_begin "$name" 0 $peer_messages || { peer_failed[$name]=$peer_why; peer_stop; return; }
	before=("$(tree_cpu)" "$(tree_io)")
	peer_send "$name" $peer_messages || { peer_failed[$name]=$peer_why; peer_stop; return; }
	ctl wait quiet 500 >/dev/null # its last report too
	after=("$(tree_cpu)" "$(tree_io)")
	peer_values[$name.rate]=$(sim_stat "$peer_messages / .modems[0].window_ms * 1000")
	peer_values[$name.cpu]=$(per $peer_messages "${before[0]}" "${after[0]}")
	peer_values[$name.octets]=$(per $((peer_messages * 1024)) "${before[1]}" "${after[1]}")
	peer_values[$name.memory]=$(tree_memory)
	peer_stop
	peer_begin "$name" 0 1 || { peer_failed[$name]=$peer_why; peer_stop; return; }
	for _ in 1 2 3 4 5; do
		read -r -t 1.3 <> <(:)
		ctl mark >/dev/null
		start=$("$stopwatch")
		"$name"_give 1
		ctl wait sent +1 30000 >/dev/null 2>&1
		ctl wait quiet 200 >/dev/null
		values+=("$(sim_stat "(.first_cmgs_us - $start) / 1000")")
	done
	peer_values[$name.first]=$(middle "${values[@]}" | cut -d' ' -f1)
	peer_stop
}

peer_row() { # TITLE KEY FORMAT (more|less): ours, and each peer with how many times better we are
	local name
	printf '%-34s' "$1"
	for name in "${peers[@]}"; do
		if [ -z "${peer_values[$name.$2]:-}" ]; then
			printf '%24s' '-'
			continue
		fi
		awk -v f="$3" -v way="$4" -v mine="${peer_values[banditore.$2]:-0}" -v theirs="${peer_values[$name.$2]}" -v n="$name" 'BEGIN {
			shown = sprintf(f, theirs)
			if (n != "banditore" && mine > 0 && theirs > 0)
				shown = shown sprintf(" (x %.1f)", way == "more" ? mine / theirs : theirs / mine)
			printf "%24s", shown}'
	done
	echo
}

peers_run() {
	local name
	declare -gA peer_values=() peer_failed=()
	peers=(banditore smstools gammu_files gammu_sqlite)
	trap finish_peers EXIT
	printf '\nBeside others on the same simulator, %d messages (%d at 200 ms), delivery reports on; in brackets our advantage\n' \
		$peer_messages $peer_slow
	if ! peers_install; then
		echo 'smstools and gammu-smsd cannot be installed here (see above): no comparison'
		return
	fi
	for name in "${peers[@]}"; do peer_measure "$name"; done
	printf '%-34s' figure
	printf '%24s' "${peers[@]}"
	echo
	peer_row 'utilisation, one modem at 200 ms' utilisation '%.1f %%' more
	peer_row 'messages/s, answered at once' rate '%.1f' more
	peer_row 'order to first AT+CMGS' first '%.0f ms' less
	peer_row 'processor time for each message' cpu '%.2f ms' less
	peer_row 'written for each message' octets '%.1f KiB' less
	peer_row 'resident memory' memory '%.1f MiB' less
	echo 'written: ours is synced at each intent, outcome and report; smstools and gammu_sqlite sync, gammu_files does not'
	for name in "${!peer_failed[@]}"; do echo "$name could not be measured whole: ${peer_failed[$name]}"; done
	dpkg-query -W -f '${Package} ${Version}\n' smstools gammu-smsd libdbd-sqlite3
}
