#!/usr/bin/env bash
# The link lives throughout: each person is reached once, by their own channel.
. "$(dirname "$0")/link_story.sh"

ok "the alert is kept" alert
ok "it is done" within 60 message_is 1 "done"
ok "everybody is reached" figure_is 1 .reached $people
ok "those without WhatsApp by SMS, and nobody else" figure_is 1 .segments_sent $((people - wired))
ok "the others by WhatsApp" figure_is 1 .whatsapp.delivered $wired
ok "nobody by both" is 0 by_both
ok "nobody twice by SMS" nobody_twice numbers_by_sms
ok "nobody twice by WhatsApp" nobody_twice numbers_wired
ok "every person got a message" everyone_written_to

done_testing
