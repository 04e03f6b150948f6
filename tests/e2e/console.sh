# What console scripts share: a client of the API with a cookie jar for each operator. After common.sh.
# shellcheck shell=bash
console_port=$(free_port)
console_url=https://127.0.0.1:$console_port
password='quattro cavalli verdi'

console_settings() { echo "console = { listen = \"127.0.0.1:$console_port\"; ${1:-} };"; }
console_up() { curl -sk -o /dev/null "$console_url/api/session"; }

# operator NAME ROLE
operator() { echo "$password" | "$bin" operator add "$1" --role "$2" >/dev/null; }

# login NAME: its cookies are in $box/NAME.jar, its token in $box/NAME.csrf. Prints the status.
login() {
	curl -sk -c "$box/$1.jar" -o "$box/answer" -w '%{http_code}' -H 'Content-Type: application/json' \
		-d "{\"name\":\"$1\",\"password\":\"${2:-$password}\"}" "$console_url/api/login"
	jq -r '.csrf // empty' "$box/answer" >"$box/$1.csrf"
}

# ask NAME METHOD PATH [BODY [CURL_ARGUMENTS…]]: prints the status; the answer is in $box/answer, its headers in $box/headers.
# NAME - : without a login; BODY - : none
ask() {
	local who=$1 method=$2 path=$3 body=${4:--} arguments=()
	shift $(($# < 4 ? $# : 4))
	[ "$who" = - ] || arguments+=(-b "$box/$who.jar" -H "X-CSRF-Token: $(cat "$box/$who.csrf")")
	[ "$body" = - ] || arguments+=(-H 'Content-Type: application/json' --data-binary "$body")
	curl -sk --path-as-is -X "$method" -o "$box/answer" -D "$box/headers" -w '%{http_code}' "${arguments[@]}" "$@" "$console_url$path"
}
answer() { jq -r "$1" "$box/answer"; }

# asked STATUS ask's arguments: the status is that
asked() {
	local status=$1 got
	shift
	got=$(ask "$@")
	[ "$got" = "$status" ] || { echo "status $got, not $status"; head -c 600 "$box/answer"; return 1; }
}
# told STATUS FILTER VALUE ask's arguments: and this is what the answer says
told() {
	local status=$1 filter=$2 value=$3
	shift 3
	asked "$status" "$@" && [ "$(answer "$filter")" = "$value" ] || { echo "$filter is $(answer "$filter"), not $value"; return 1; }
}
