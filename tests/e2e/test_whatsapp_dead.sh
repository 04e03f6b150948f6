#!/usr/bin/env bash
# The link is dead from the start: all by SMS, and nobody waits for a deadline.
. "$(dirname "$0")/link_story.sh"

gctl link down blackhole
ok "the alert is kept" alert
ok "it is done" within 240 message_is 1 "done"
ok "everybody is reached" figure_is 1 .reached $people
ok "all by SMS" figure_is 1 .sms.delivered $people
ok "nobody twice by SMS" nobody_twice numbers_by_sms
ok "nothing by WhatsApp" is 0 gstat .messages

done_testing
