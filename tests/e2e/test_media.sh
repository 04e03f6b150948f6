#!/usr/bin/env bash
# A photo sent by WhatsApp becomes part of its report: fetched by the appliance itself, kept under a name of ours, bounded.
. "$(dirname "$0")/common.sh"
sim_start name=m1,latency=20,report=50,boot=0
graph_start latency=20
configure 1 "$(whatsapp_settings) reports = { media_max_mib = 1; };"
people_wired 2 1
app_start
within 20 link_is up

folder=$box/box.db.media

ok 'a photo comes' gctl in +393330000001 image 'buca in via Roma'
ok 'it is a report' within 15 sh -c "'$bin' report list --json | jq -e 'length == 1'"
ok 'the photo is fetched' within 30 sh -c "ls '$folder' | grep -q ."
ok 'and nobody else may read it' sh -c "[ \"\$(stat -c %a '$folder'/*)\" = 600 ] && [ \"\$(stat -c %a '$folder')\" = 700 ]"
ok 'the report names it' within 15 sh -c "'$bin' report show 1 --json | jq -e '[.. | strings] | any(. == \"kept\")'"
ok 'its hash is that of the file' sh -c "'$bin' report show 1 --json | grep -qF \"\$(sha256sum '$folder'/* | cut -d' ' -f1)\""
done_testing
