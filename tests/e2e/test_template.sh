#!/usr/bin/env bash
# `banditore template` over TLS on the simulated account: creation, the states Meta gives, who is trusted, where the token
# goes.
# shellcheck source=tests/e2e/common.sh
. "$(dirname "$0")/common.sh"

graph_sim=$B/graph-sim
graph=$box/graph
graph_pid=
trap '[ -n "$graph_pid" ] && kill "$graph_pid" 2>/dev/null; finish' EXIT
graph_ctl() { "$graph_sim" ctl "$graph" "$@"; }
"$graph_sim" --dir "$graph" --set moderation=manual --die-with-parent >"$box/graph.log" 2>&1 &
graph_pid=$!
within 10 test -e "$graph/control" || exit 1
waba=$(graph_ctl settings | jq -r .waba)

whatsapp() { # API CA_FILE
	configure 0 "whatsapp = { api = \"$1/\"; ca_file = \"$2\"; phone_number_id = \"106300000000001\";
		business_account_id = \"$waba\"; token_file = \"$graph/token\"; };"
}
status_of() { "$bin" template list --json | jq -r ".[] | select(.name == \"$1\") | .status"; }
warned() { # NAME WORDS
	"$bin" template list --json | jq -r ".[] | select(.name == \"$1\") | .warnings[]" | grep -q "$2"
}

tls=$(cat "$graph/tls-url")
chmod 600 "$graph/token"

whatsapp "$tls" "$graph/ca.pem"
ok "an account without them: all three are missing" is "MISSING MISSING MISSING" \
	sh -c "'$bin' template list --json | jq -r '[.[].status] | join(\" \")'"
ok "and sync ends with 69" exits 69 "$bin" template sync
ok "push creates them" "$bin" template push
ok "each is examined" is PENDING status_of allerta
ok "a second push changes nothing" "$bin" template push
ok "the all-clear is one of utility" is UTILITY \
	sh -c "'$bin' template list --json | jq -r '.[] | select(.role == \"clear\").category'"

for name in allerta cessato_allarme avviso; do graph_ctl template $name approve >/dev/null; done
ok "approved, all is well" exits 0 "$bin" template sync
graph_ctl template allerta pause >/dev/null
ok "a paused one is told" warned allerta PAUSED
ok "and ends sync with 69" exits 69 "$bin" template sync
graph_ctl template avviso archive >/dev/null
ok "an archived one is told" warned avviso ARCHIVED
graph_ctl template allerta unpause >/dev/null
sed -i '1i texts = "own.cfg";' "$box/box.cfg"
echo 'template_alert = "Comune di {comune}: allerta {alert}. Messaggio: {text} Grazie.";' >"$box/own.cfg"
ok "another text is told" warned allerta "template push"
ok "and pushed" "$bin" template push
ok "after which it is examined anew" is PENDING status_of allerta
graph_ctl template allerta approve >/dev/null
graph_ctl template avviso unarchive >/dev/null
ok "and all is well again" exits 0 "$bin" template sync

whatsapp "$tls" ""
ok "a certificate nobody vouches for is not trusted" exits 69 "$bin" template push
whatsapp "$tls" "$graph/ca.pem"

ok "a redirect is not followed" sh -c "'$graph_sim' ctl '$graph' redirect count 5 && ! '$bin' template sync"
ok "and takes no token along" is 0 sh -c "'$graph_sim' ctl '$graph' stats | jq .tokens_leaked"
graph_ctl heal >/dev/null

echo wrong >"$box/token"
chmod 600 "$box/token"
sed -i "s|$graph/token|$box/token|" "$box/box.cfg"
ok "a refused token is a matter of configuration" exits 78 "$bin" template sync
chmod 644 "$box/token"
ok "so is one that others may read" exits 78 "$bin" template sync
ok "which says what to do" grep -q "chmod 600" "$box/errors"
ok "and does not show it" sh -c "! grep -q wrong '$box/errors'"

whatsapp "$tls" "$graph/ca.pem"
graph_ctl link down refuse >/dev/null
ok "without a connection list shows what sync learnt" sh -c "'$bin' template list 2>'$box/errors' | grep -q APPROVED && grep -q 'not reached' '$box/errors'"
done_testing
