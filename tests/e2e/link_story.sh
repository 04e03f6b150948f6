# What the three stories of the link share: 2,000 people, 85 % of them on WhatsApp, four modems at 200 ms. In each everyone is
# reached, nobody twice by one channel, and by both only who had no receipt in time.
# shellcheck shell=bash source=tests/e2e/common.sh
. "$(dirname "$0")/common.sh"
people=2000 wired=1700 modems=4

modem_specs=()
for ((i = 1; i <= modems; i++)); do modem_specs+=("name=m$i,latency=200,report=300,report-jitter=300,boot=0"); done
sim_start "${modem_specs[@]}"
graph_start latency=100 jitter=50 sent=50 delivered=300 spread=500

configure $modems "$(whatsapp_settings)"
people_wired $people $wired
"$bin" template push >/dev/null
app_start
within 20 all_ready $modems
within 20 link_is up

alert() { "$bin" alert --colour red --until 2h --yes "Piena del fiume: salite ai piani alti." >/dev/null; }
numbers_by_sms() { ctl sent | jq -r .to | sort; }
numbers_wired() { gctl sent | jq -r 'select(.type == "template") | .to' | sort; }
everyone_written_to() { [ "$({ numbers_by_sms; numbers_wired; } | sort -u | wc -l)" = $people ]; }
nobody_twice() { [ -z "$({ "$1"; } | uniq -d)" ]; }
by_both() { comm -12 <(numbers_by_sms) <(numbers_wired) | wc -l; }

