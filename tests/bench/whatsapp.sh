# The WhatsApp worker alone (bench_whatsapp) on the simulated API over TLS. The simulator speaks HTTP/1.1, so each request in
# flight takes a connection; where nghttpx is installed (package nghttp2-proxy) it stands before it and speaks HTTP/2, as
# Meta does. Expects common.sh and figures.sh.
# shellcheck shell=bash

h2_pid='' h2_port=$((20000 + $$ % 10000))
trap '[ -z "$h2_pid" ] || kill "$h2_pid" 2>/dev/null; finish' EXIT

h2_start() { # nothing where it cannot be
	command -v nghttpx >/dev/null && command -v openssl >/dev/null || return 0
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$box/key.pem" -out "$box/h2.pem" \
		-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -days 2 2>/dev/null || return 0
	nghttpx --conf=/dev/null --workers=1 --log-level=ERROR --no-ocsp --accesslog-file=/dev/null --pid-file="$box/nghttpx.pid" \
		--frontend="127.0.0.1,$h2_port" --backend="127.0.0.1,$(sed 's|.*:\([0-9]*\)/.*|\1|' "$box/graph/url")" \
		--backend-connections-per-host=1000 "$box/key.pem" "$box/h2.pem" 2>"$box/nghttpx.log" &
	h2_pid=$!
	within 10 test -e "$box/nghttpx.pid"
}

whatsapp_end() {
	[ -z "$h2_pid" ] || kill "$h2_pid" 2>/dev/null
	kill "$graph_pid"
	wait "$graph_pid" $h2_pid 2>/dev/null
	h2_pid='' graph_pid=''
	rm -rf "${box:?}"/*
}

# whatsapp_rows NAME RATE MESSAGES LEAST URL CA
whatsapp_rows() {
	local values=() memory=() cpu=() line run rate peak each bad
	for run in 1 2 3; do
		line=$("$B/bench/bench_whatsapp" "$5" "$box/graph/token" "$6" 106300000000001 "$2" "$3" 2>"$box/errors") ||
			{ echo "$1, run $run: $(tail -n 1 "$box/errors")" >&2; exit 1; }
		read -r rate peak _ each bad <<<"$line"
		[ "$bad" = 0 ] || { echo "$bad messages were not accepted: $1" >&2; exit 1; }
		values+=("$rate") memory+=("$peak") cpu+=("$each")
	done
	figure_row "WhatsApp, $1: messages/s" '%.1f' 'at least' "$4" "${values[@]}"
	figure_row '  processor time for each message' '%.2f ms' 'at most' 1 "${cpu[@]}"
	figure_row '  resident memory of a process with nothing else' '%.1f MiB' - - "${memory[@]}"
}

# With the system's certificates beside the simulator's, as a real box has them.
trust() { # CERTIFICATE
	cat /etc/ssl/certs/ca-certificates.crt "$1" 2>/dev/null >"$1.trust"
	echo "$1.trust"
}

bench_whatsapp() {
	local url ca
	graph_start latency=300 window=off || { echo 'graph-sim does not start' >&2; exit 1; }
	h2_start
	url=$(cat "$box/graph/tls-url") ca=$(trust "$box/graph/ca.pem")
	whatsapp_rows 'rate 80, 300 ms, HTTP/1.1' 80 800 79 "$url" "$ca"
	whatsapp_rows 'rate lifted, 300 ms, HTTP/1.1' 10000 6000 1000 "$url" "$ca"
	if [ -n "$h2_pid" ]; then
		url=https://127.0.0.1:$h2_port/v26.0 ca=$(trust "$box/h2.pem")
		whatsapp_rows 'rate 80, 300 ms, HTTP/2' 80 800 79 "$url" "$ca"
		whatsapp_rows 'rate lifted, 300 ms, HTTP/2' 10000 6000 1000 "$url" "$ca"
	fi
	whatsapp_end
}
