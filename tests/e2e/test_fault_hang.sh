#!/usr/bin/env bash
# A modem that falls silent: at once, after Ctrl-Z, half way through an answer, or answers too late. The other goes on, nobody
# is lost, and what the silent one says later is never taken for another message's answer.
. "$(dirname "$0")/faults.sh"

# hangs WORD COMMAND…: the fault in the middle of an alert, to the end and the modem's return.
hangs() {
	local word=$1
	shift
	box_start
	order "$word"
	under_way 6
	"$@"
	ok 'the other modem goes on' flows m2 15
	ok 'everybody is reached' everybody "$word" "$id"
	ctl unhang m1
	ok 'the modem comes back by itself and sends' sends_again m1 Ritorno
	ok 'and it ends cleanly' app_stop
}

at_once() { hangs Subito ctl hang m1 now; }
after_ctrl_z() { hangs Spedito ctl hang m1 ctrl-z; }
after_ctrl_z_lost() { hangs Perduto ctl hang m1 ctrl-z lost; }
half_an_answer() { hangs Mezzo ctl hang m1 answer; }

# The modem lives, but its answer never comes: only a receipt or the policy settle that message.
no_answer() { hangs Muto ctl no-answer m1 1; }
no_answer_lost() { hangs Vuoto ctl no-answer m1 1 lost; }

# +CMGS comes when the box has given up, while the next message, or one after it, waits for its own.
late_answer() { LATENCY=500 && hangs Tardi ctl late-answer m1 10500 1; }
very_late_answer() { LATENCY=500 && hangs Tardissimo ctl late-answer m1 12500 1; }

# Several parts, one of them lost: the whole is sent again, and each part of the repeat is marked.
long_text() {
	box_start
	order Lungo "$(printf 'Lungo %.0s' $(seq 1 60))"
	under_way 31
	ctl hang m1 ctrl-z 2
	ok 'the other modem goes on' flows m2 30
	ok 'everybody is reached' everybody Lungo "$id"
	ok 'by a repeat that is marked' test "$(repeats "$id")" -gt 0
}

# The box ends in time although a modem holds a message and says nothing.
stop_while_hung() {
	box_start
	order Fermo
	under_way 4
	ctl hang '*' now
	kill -TERM "$app_pid"
	# A shell cannot wait with a limit for its own child.
	ok 'SIGTERM ends it within its five seconds' timeout 6 tail --pid="$app_pid" -f /dev/null
	wait "$app_pid"
	ok 'cleanly' test $? = 0
	app_pid=
	ctl unhang '*'
	app_start
	ok 'what was in flight is settled at the next start' everybody Fermo "$id"
}

together at_once after_ctrl_z after_ctrl_z_lost half_an_answer no_answer no_answer_lost late_answer very_late_answer long_text \
	stop_while_hung
done_testing
