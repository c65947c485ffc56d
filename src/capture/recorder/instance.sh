# --- instance: a ring buffer of its own; the one that other tools use is never touched ---

make_instance() {
	is_running $$ || give_up "/proc/$$/stat cannot be read: is /proc mounted?"
	START=$STARTED
	INSTANCE_NAME=irqtwin-$MODE-$$-$START
	INSTANCE=$TRACEFS/instances/$INSTANCE_NAME
	note_shared_buffer
	IS_MADE=yes # Before it is made, since a signal could come in between.
	if ! ERROR=$(mkdir "$INSTANCE" 2>&1); then
		IS_MADE=
		give_up "$INSTANCE cannot be made: ${ERROR##*: }. $(why_no_access)"
	fi
	note_error_log
	choose_group
	start_guard
	set_options
	set_clock
	set_buffer
}

# The text of the trace has the form that irqtwin reads, whatever the options of the other buffers are.
set_options() {
	put 0 "$INSTANCE/tracing_on" || give_up "$INSTANCE/tracing_on cannot be written: $ERROR. $(why_no_access)"
	for option in context-info irq-info print-parent overwrite; do option "$option" 1; done
	for option in raw hex bin verbose fields latency-format stacktrace userstacktrace record-tgid hash-ptr; do
		option "$option" 0
	done
}

# An option that this kernel does not have needs no setting.
option() {
	if [ -e "$INSTANCE/options/$1" ]; then put "$2" "$INSTANCE/options/$1"; fi
}

# Seconds of `mono` are seconds, and its stamps are those of other tools. Counters need a frequency.
set_clock() {
	for clock in "$CLOCK" boot global local; do
		put "$clock" "$INSTANCE/trace_clock" && break
		say "irqtwin: the kernel refuses the clock $clock ($ERROR)"
	done
	chosen=$(cat "$INSTANCE/trace_clock")
	chosen=${chosen#*[} CLOCK=${chosen%%]*}
	source=$(cat "$ROOT/sys/devices/system/clocksource/clocksource0/current_clocksource" 2>/dev/null)
	case $CLOCK/$source in
	mono/tsc | mono/kvm-clock | mono/hyperv* | mono/) ;;
	mono/*) say "irqtwin: the kernel's clock is $source, which is slow to read: each event costs more" ;;
	esac
}

set_buffer() {
	cpus=$(grep -c '^processor' "$ROOT/proc/cpuinfo")
	[ "$MODE" != flight ] || cpus=$((cpus * 2)) # A flight recorder has two buffers.
	free=$(meminfo MemAvailable)
	if [ -n "$free" ] && [ $((BUFFER_KB * cpus)) -gt $((free / 4)) ]; then
		BUFFER_KB=$((free / 4 / cpus + 1))
		say "irqtwin: memory is short, so each CPU gets a buffer of $BUFFER_KB KiB"
	fi
	put "$BUFFER_KB" "$INSTANCE/buffer_size_kb" ||
		give_up "the kernel gives no buffer of $BUFFER_KB KiB for each CPU: $ERROR. Try a smaller --buffer"
}

# meminfo NAME: a number of /proc/meminfo, in KiB.
meminfo() {
	while read -r name value _; do
		if [ "$name" = "$1:" ]; then printf '%s\n' "$value"; fi
	done <"$ROOT/proc/meminfo"
}

# Events of the group `pi` can be another recorder's or a user's own. Each recorder makes its instance before it
# looks for others, so of two that start together at least one sees the other.
choose_group() {
	PLAN_NAMES=$(each_probe name_of)
	GROUP=pi
	if [ "$MODE" = cost ]; then
		GROUP=pi_$$
	elif grep -q ':pi/' "$TRACEFS/kprobe_events" 2>/dev/null || [ -n "$(other_recorders)" ]; then
		GROUP=pi_$$
		say "irqtwin: the events pi/* are in use, so those of this recording are $GROUP/*"
	fi
}

name_of() { printf '%s ' "$2"; }

# The kernel keeps the last errors of tracing. If there were none, there are none again afterwards.
note_error_log() {
	WAS_ERROR_LOG_EMPTY=
	if [ -e "$TRACEFS/error_log" ] && [ -z "$(cat "$TRACEFS/error_log" 2>/dev/null)" ]; then WAS_ERROR_LOG_EMPTY=yes; fi
}

# On Linux 6.1 (not on 6.12), once any other buffer gets a size, the shared buffer forgets that it was to grow at its
# first use.
note_shared_buffer() { SHARED_KB=$(cat "$TRACEFS/buffer_size_kb" 2>/dev/null); }

tell_shared_buffer() {
	now=$(cat "$TRACEFS/buffer_size_kb" 2>/dev/null)
	case $SHARED_KB/$now in
	*expanded*/*expanded*) ;;
	*expanded*)
		grown=${SHARED_KB##* } grown=${grown%)}
		say "irqtwin: this kernel's shared trace buffer stays at $now KiB for each CPU now, and does not grow at its first use."
		say "irqtwin: before you use it: echo $grown >$TRACEFS/buffer_size_kb"
		;;
	esac
}

# Undoes all of the above. It runs at every end, and again in the guard if this process was killed.
restore() {
	[ -n "${IS_MADE:-}" ] || return 0
	IS_MADE=
	[ -d "$INSTANCE" ] || return 0
	put 0 "$INSTANCE/tracing_on"
	put 0 "$INSTANCE/events/enable"
	rmdir "$INSTANCE" 2>/dev/null || { end_readers "$INSTANCE" >/dev/null && sleep 1 && rmdir "$INSTANCE" 2>/dev/null; } ||
		say "irqtwin: $INSTANCE could not be removed; later: sh $0 --clean"
	for event in $(own_events); do
		remove_event "$event" || say "irqtwin: the event $event could not be removed ($ERROR)"
	done
	if [ -n "$WAS_ERROR_LOG_EMPTY" ]; then put '' "$TRACEFS/error_log"; fi
	tell_shared_buffer
}

# own_events: GROUP/NAME of each event of this recorder that the kernel has.
own_events() {
	events_of_group "$GROUP" | while read -r event; do
		case " $PLAN_NAMES" in
		*" ${event#*/} "*) printf '%s\n' "$event" ;;
		*) case $event in */watch_*) printf '%s\n' "$event" ;; esac ;;
		esac
	done
}

# events_of_group GROUP: a definition begins with p:GROUP/NAME or r64:GROUP/NAME.
events_of_group() {
	grep -s ":$1/" "$TRACEFS/kprobe_events" | while read -r definition _; do
		case $definition in
		*":$1/"*) printf '%s\n' "${definition#*:}" ;;
		esac
	done
}

# If this process is killed, nobody would end the reader of the buffer, and it would write for ever. The guard waits
# for that and then undoes everything in its place.
start_guard() {
	guard </dev/null 3>&- &
	GUARD=$!
}

guard() {
	trap '' INT TERM HUP USR1
	trap - EXIT
	parent=$$
	while runs_since "$parent" "$START"; do sleep 1 >/dev/null 2>&1; done
	[ -d "$INSTANCE" ] || exit 0
	restore
	keep_what_was_written
	exit 0
}

end_guard() {
	[ -n "${GUARD:-}" ] || return 0
	kill -9 "$GUARD" 2>/dev/null
	wait "$GUARD" 2>/dev/null
	GUARD=
}
