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
		ignore_outgoing_priority = yes
		spool_directory_order = yes
		autosplit = 3
		[GSM1]
		device = $box/dev/ttyUSB0
		baudrate = 115200
		incoming = yes
		report = yes
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

banditore_start() {
	configure 1
	people "$peer_messages"
	"$bin" subscriber export - 2>/dev/null | head -n 0
	"$bin" run --quiet 2>"$peer_home/log" &
	peer_pid=$!
	within 20 all_ready 1 >/dev/null
}
banditore_give() { # COUNT: to so many of the people
	if [ "$1" = "$peer_messages" ]; then
		"$bin" alert --colour red Prova >/dev/null
	else
		"$bin" alert --colour red --zone "zone$1" Prova >/dev/null
	fi
}

# ---- what is measured -----------------------------------------------------------------------------------------------------

tree() { echo "$1"; pgrep -P "$1"; } # PID
tree_cpu() { for p in $(tree "$peer_pid"); do cpu_ms "$p"; echo; done | awk '{n += $1} END {print n}'; }
tree_io() { for p in $(tree "$peer_pid"); do io_of "$p" write_bytes; done | awk '{n += $1} END {print n}'; }
tree_memory() { for p in $(tree "$peer_pid"); do awk '/^Pss:/ {print $2 / 1024}' "/proc/$p/smaps_rollup"; done | awk '{n += $1} END {print n}'; }
