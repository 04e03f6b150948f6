#!/usr/bin/env bash
# The link is cut at 40 % and back at 80 %.
. "$(dirname "$0")/link_story.sh"

reached_at_least() { [ "$(figure 1 .reached)" -ge "$1" ]; }
falls() { comm -12 <(numbers_by_sms) <(seq -f "+39333%07.0f" 1 "$wired"); }
has_fallen() { [ -n "$(falls)" ]; }
# Who got both: WhatsApp brought no receipt by the time the SMS left.
both_had_no_receipt() {
	local number
	for number in $(comm -12 <(numbers_by_sms) <(numbers_wired)); do
		"$bin" message show 1 --recipients --json | jq -e --arg n "$number" \
			'.people[] | select(.phone == $n) | (.attempts[] | select(.channel == "whatsapp")) as $w |
			 (.attempts[] | select(.channel == "sms")) as $s | $w.state != "delivered" or $w.settled >= $s.at' >/dev/null ||
			{ echo "$number"; return 1; }
	done
}

ok "the alert is kept" alert
ok "at 40 %" within 60 reached_at_least $((people * 4 / 10))
gctl link down blackhole
cut=$(date +%s%3N)
ok "who waits for WhatsApp gets SMS" within 10 has_fallen
echo "# the first $(($(date +%s%3N) - cut)) ms after the cut, as seen from here"
ok "at 80 %" within 120 reached_at_least $((people * 8 / 10))
gctl link up
ok "it is done" within 240 message_is 1 "done"
ok "everybody is reached" figure_is 1 .reached $people
ok "everybody got a message" everyone_written_to
ok "nobody twice by SMS" nobody_twice numbers_by_sms
ok "nobody twice by WhatsApp" nobody_twice numbers_wired
ok "by both only who had no receipt when the SMS left" both_had_no_receipt
echo "# by both: $(by_both), by SMS: $(numbers_by_sms | wc -l), by WhatsApp: $(numbers_wired | wc -l)"

done_testing
