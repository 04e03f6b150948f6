#!/usr/bin/env bash
# The day the newspaper writes about it: a thousand people join within a minute. Each is welcomed once, and an alert given in the
# middle of it overtakes all who still wait for their welcome.
. "$(dirname "$0")/evening.sh"

evening_box 'comune = { name = "Santa Fiora"; service = "Comune Amico"; };' ''
people 20
gctl in +393480000000 --people 1000 text 'ATTIVA COMUNE AMICO' >/dev/null
for ((i = 1; i <= 40; i++)); do ctl sms m1 "+3934900000$((10 + i))" 'Attiva Comune Amico' >/dev/null; done
welcomes() { { ctl sent; gctl sent; } | grep -c 'Un benvenuto'; }
welcomed() { [ "$(welcomes)" -ge "$1" ]; }
ok 'the first are welcomed' within 20 welcomed 5
id=$("$bin" alert --colour red --until 2h --yes --json 'Piena in arrivo.' 2>/dev/null | jq .id)
ok 'while most still wait' test "$(welcomes)" -lt 900
ok 'the alert is done' within 60 message_is "$id" "done"
ok 'all it was for are reached' figure_is "$id" .unreached 0
overtaken() { # the last of the alert is before the last of the welcomes, by each way
	gctl sent | jq -es '(map(select(.type == "template")) | map(.n) | max) < (map(select(tostring | contains("Un benvenuto"))) | map(.n) | max)' >/dev/null
}
ok 'everybody joined' within 60 active 1060
ok 'everybody is welcomed' within 120 welcomed 1040
ok 'the alert did not wait for them' overtaken
ok 'nobody twice' is 0 sh -c "{ $sim_bin ctl $box/dev sent; $graph_bin ctl $box/graph sent; } | grep 'Un benvenuto' | jq -r .to | sort | uniq -d | wc -l"
ok 'each is one subscriber' is 1060 sh -c "$bin subscriber list --json | jq 'length'"
ok 'clean end' app_stop
done_testing
