#!/usr/bin/env bash
# Limits and doors: budgets and their reserve, quiet hours, a technician's commands, a second appliance, a broken configuration.
. "$(dirname "$0")/faults.sh"

news() { # WORD: its number is left in $id
	id=$("$bin" news --topic viabilita --json "$1" 2>/dev/null | jq .id)
}
parts_are() { [ "$(journal "$1" | wc -l)" = "$2" ]; } # WORD COUNT
stays() { # WORD COUNT: so many parts leave and no more
	within 30 parts_are "$1" "$2" && ctl wait quiet 1500 && parts_are "$1" "$2" || { journal "$1" | wc -l; return 1; }
}

# 20 people, two SIMs of 12 a day, 4 of them for alerts only.
day_limit() {
	PEOPLE=20
	box_start '' 'budget = { day = 12; alert_reserve = 4; };'
	news Notizia
	ok 'news stops at the reserve' stays Notizia 16
	ok 'the rest of it waits' figure_is "$id" .sms.queued 4
	order Allarme
	ok 'an alert uses the reserve' stays Allarme 8
	ok 'and no more' figure_is "$id" .sms.queued 12
	ok 'then the box says that it cannot alert' cannot_alert
	ok 'and why' sh -c "$bin status --json | jq -e '.why | test(\"SMS|limite|budget\"; \"i\")'"
	ok 'nobody is sent to twice' is 0 sh -c "jq -r '\"\(.to) \(.text)\"' $box/sent.log | sort | uniq -d | wc -l"
	app_kill
	app_start
	within 20 all_ready 2
	ok 'a restart forgets nothing' stays Allarme 8
	sed -i 's/day = 12/day = 40/g' "$box/box.cfg"
	kill -HUP "$app_pid"
	ok 'more budget takes effect by SIGHUP: the alert goes on' everybody Allarme "$id"
	ok 'then the news' within 30 parts_are Notizia 20
}
cannot_alert() { ! can_alert; }

# 20 people, two SIMs that may write to five different ones in a month.
people_limit() {
	PEOPLE=20
	box_start '' 'budget = { recipients_month = 5; };'
	order Primo
	ok 'an alert reaches as many people as the SIMs may write to' stays Primo 10
	order Secondo
	ok 'and they only are reached again' stays Secondo 10
	ok 'the same ones' is 10 sh -c "jq -r .to $box/sent.log | sort -u | wc -l"
	sed -i 's/recipients_month = 5/recipients_month = 0/g' "$box/box.cfg"
	kill -HUP "$app_pid"
	ok 'without the limit everybody' everybody Secondo "$id"
}

quiet_hours() {
	local from until
	from=$(TZ=Europe/Rome date -d '-2 hours' +%H:%M)
	until=$(TZ=Europe/Rome date -d '+2 hours' +%H:%M)
	PEOPLE=20
	box_start
	sed -i "s|quiet = \"\"|quiet = \"$from-$until\"|" "$box/box.cfg"
	kill -HUP "$app_pid"
	within 10 grep -q 'read again' "$box/app.log"
	news Silenzio
	order Sveglia
	ok 'alerts leave in quiet hours' everybody Sveglia "$id"
	ok 'news waits' stays Silenzio 0
	sed -i 's|quiet = "[^"]*"|quiet = ""|' "$box/box.cfg"
	kill -HUP "$app_pid"
	ok 'and leaves afterwards' within 30 parts_are Silenzio 20
}

technician() {
	box_start
	order Tecnico
	under_way 4
	ok 'USSD is answered in the middle of an alert' is 'Credito residuo: 12,34 EUR' "$bin" modem ussd m1 '*123#'
	ok 'an AT command too' sh -c "$bin modem at m1 AT+CSQ | tr '\n' ' ' | grep -q '+CSQ: 18,99 .*OK'"
	ok 'what would break the dialogue is refused' sh -c "$bin modem at m1 AT+CMGS=10 2>&1 | grep -q refused"
	ok 'an unknown modem is named' exits 69 "$bin" modem at m9 AT
	ok 'neither modem waited' flow
	ok 'everybody is reached' everybody Tecnico "$id"
	ctl hang m1 now
	ok 'a modem that hangs answers a technician in time, too' timeout 60 "$bin" modem at m1 AT+CSQ
	ctl unhang m1
	ok 'and sends again' sends_again m1 Ancora
}
flow() { flows m1 10 "$since" && flows m2 10 "$since"; }

two_appliances() {
	box_start
	order Uno
	under_way 4
	ok 'a second appliance on the same database is refused' exits 75 timeout 20 "$bin" run
	ok 'and disturbs nobody' everybody Uno "$id"
	ok 'the first is still there' all_ready 2
}

configuration() {
	box_start
	order Prima
	under_way 4
	cp "$box/box.cfg" "$box/good.cfg"
	echo 'nonsense = [;' >>"$box/box.cfg"
	kill -HUP "$app_pid"
	ok 'a broken configuration is refused with its reason' within 10 grep -q 'not read again: .*box.cfg:[0-9]*' "$box/app.log"
	cp "$box/good.cfg" "$box/box.cfg"
	ok 'and the box goes on as it was' everybody Prima "$id"
	sed -i 's|, { name = "m2".*| );|' "$box/box.cfg"
	kill -HUP "$app_pid"
	ok 'a modem taken out of it is let go' within 10 modems_are 1
	order Seconda
	ok 'the other one sends alone' everybody Seconda "$id"
	ok 'really alone' is m1 sh -c "grep -w Seconda $box/sent.log | jq -r .modem | sort -u"
	order Terza
	under_way 6
	cp "$box/good.cfg" "$box/box.cfg"
	kill -HUP "$app_pid"
	ok 'put back in the middle of an alert it helps' within 20 grep -q 'Terza.*"modem":"m2"\|"modem":"m2".*Terza' "$box/sent.log"
	ok 'and nothing is lost or doubled' everybody Terza "$id"
	ok 'nobody was written to twice for it' is 0 repeats "$id"
}
modems_are() { [ "$(json '.modems | length' "$bin" status --json)" = "$1" ]; }

together day_limit people_limit quiet_hours technician two_appliances configuration
done_testing
