# What is done with the recording script inside a guest. Each scenario leaves NAME.log (what the script said),
# NAME.status (how it ended), NAME.state (same, or how tracefs differs from before) and its recordings.

T=/sys/kernel/tracing
OUT=/out

# Everything in tracefs that a recorder could leave changed: names, events, settings.
state() {
	find "$T/instances" "$T/events/pi"* -maxdepth 1 2>/dev/null | sort
	for file in kprobe_events trace_clock tracing_on set_event buffer_size_kb trace_options set_event_pid \
		set_event_notrace_pid error_log current_tracer; do
		echo "== $file"
		# Old kernels forget how far the shared buffer would grow; the script tells so.
		sed 's/ (expanded.*//' "$T/$file"
	done
}

# scenario NAME FUNCTION...: runs it and compares tracefs with before.
scenario() {
	name=$1
	shift
	cd /tmp || exit
	echo "scenario $name" >/dev/console
	state >/tmp/before
	"$@" >"$OUT/$name.log" 2>&1
	echo $? >"$OUT/$name.status"
	settle
	state >/tmp/after
	if cmp -s /tmp/before /tmp/after; then echo same; else diff /tmp/before /tmp/after; fi >"$OUT/$name.state"
	ls "$OUT" >"$OUT/$name.files"
}

# A guard may need a moment to undo what its recorder left.
settle() {
	tries=0
	while ls -d "$T"/instances/irqtwin-* >/dev/null 2>&1 && [ "$tries" -lt 60 ]; do
		sleep 1
		tries=$((tries + 1))
	done
}

record() { sh "$SCRIPT" --buffer 512 "$@"; }

# The interrupt of the network device is moved from CPU to CPU, which rewrites its IRTE.
move_interrupt() {
	for mask in 1 2 1 2 1 2; do
		echo "$mask" >"/proc/irq/$IRQ/smp_affinity"
		sleep 0.3
	done
}

# when_said TEXT LOG COMMAND...: runs the command once the recorder has said the text.
when_said() {
	text=$1 log=$2
	shift 2
	tries=0
	until grep -q "$text" "$log" 2>/dev/null || [ "$tries" -gt 600 ]; do
		sleep 0.2
		tries=$((tries + 1))
	done
	"$@"
}

recorders() {
	for folder in "$T"/instances/irqtwin-*; do
		pid=${folder%-*}
		echo "${pid##*-}"
	done
}

send() {
	for pid in $(recorders); do kill -s "$1" "$pid"; done
}

# A level as a whole: the recording has writes, and it ends by itself.
level() {
	when_said 'Ctrl-C ends it' "$OUT/level-$1.log" move_interrupt &
	record --level "$1" --seconds 3 --output "$OUT/level-$1"
}

# Ctrl-C in the middle. The recorder runs in the foreground, where SIGINT can be trapped.
stopped_by() {
	when_said 'Ctrl-C ends it' "$OUT/stopped-$1.log" stop_after_moves "$1" &
	record --level minimal --output "$OUT/stopped-$1"
}

stop_after_moves() {
	move_interrupt
	send "$1"
}

# A signal before the recording has begun.
stopped_early() {
	(
		until ls -d "$T"/instances/irqtwin-* >/dev/null 2>&1; do sleep 0.1; done
		send TERM
	) &
	record --output "$OUT/stopped-early"
}

# Two recorders at once.
twice() {
	record --level minimal --output "$OUT/twice-1" >"$OUT/twice-1.log" 2>&1 &
	first=$!
	when_said 'Ctrl-C ends it' "$OUT/twice-1.log" :
	when_said 'Ctrl-C ends it' "$OUT/twice.log" move_interrupt &
	record --level minimal --seconds 3 --output "$OUT/twice-2"
	# The second one has ended: the signal is for the first, and not for the subshell that has started it.
	send TERM
	wait "$first"
}

# kill -9 of the recorder alone: its guard undoes everything.
killed() {
	(when_said 'Ctrl-C ends it' "$OUT/killed.log" stop_after_moves KILL) &
	record --level minimal --output "$OUT/killed"
}

# kill -9 of the recorder with its guard: --clean undoes what they left.
killed_with_guard() {
	when_said 'Ctrl-C ends it' "$OUT/killed-all.log" kill_family &
	record --level minimal --output "$OUT/killed-all"
	sleep 2
	ls "$T/instances" >"$OUT/killed-all.left"
	record --clean
}

# The reader and the compressor stay, as they would if the system killed the rest.
kill_family() {
	family=$(recorders)
	for stat in /proc/[0-9]*/stat; do
		read -r pid comm _ parent _ <"$stat" || continue
		if [ "$parent" = "$family" ] && [ "$comm" = '(sh)' ]; then kill -9 "$pid"; fi
	done
	kill -9 "$family"
}

full_disk() {
	mkdir -p /small
	mount -t tmpfs -o size="$1" small /small
	when_said 'Ctrl-C ends it' "$OUT/full-$1.log" fill &
	record --level minimal --seconds 20 --output /small/rec
	status=$?
	ls -l /small
	rm -f /small/fill
	cp /small/* "$OUT/" 2>/dev/null
	umount /small
	return "$status"
}

fill() { dd if=/dev/zero of=/small/fill bs=4096 2>/dev/null; }

flight() {
	rm -f /tmp/now
	when_said 'flight recorder' "$OUT/flight.log" fly &
	record --flight --level minimal --output "$OUT/flight" --when 'test -e /tmp/now'
}

# One recording each for a signal, for a condition, for the command, and for the end.
fly() {
	move_interrupt
	send USR1
	when_said 'flight-1.trace.gz$' "$OUT/flight.log" touch /tmp/now
	when_said 'flight-2.trace.gz$' "$OUT/flight.log" move_interrupt
	record --snapshot
	when_said 'flight-3.trace.gz$' "$OUT/flight.log" record --stop
}

offline() {
	when_said 'Ctrl-C ends it' "$OUT/offline.log" switch_cpu &
	record --level minimal --seconds 6 --output "$OUT/offline"
	echo 1 >/sys/devices/system/cpu/cpu1/online
}

switch_cpu() {
	move_interrupt
	echo 0 >/sys/devices/system/cpu/cpu1/online
}

# Somebody else has an instance of that name and events of that group; both are left alone.
foreign() {
	record --level minimal --seconds 1 --output "$OUT/foreign"
	cat "$T/kprobe_events"
}

one_vm() {
	record --vm "$1" --seconds 2 --output "$OUT/$name"
}

as_nobody() {
	cp "$SCRIPT" /tmp/script
	su nobody -s /bin/sh -c "cd /tmp && sh /tmp/script --seconds 1 --output /tmp/nobody"
}

without_kprobes() {
	echo 0 >/sys/kernel/debug/kprobes/enabled
	record --level minimal --seconds 1 --output "$OUT/without-kprobes"
	status=$?
	echo 1 >/sys/kernel/debug/kprobes/enabled
	return "$status"
}

read_only() {
	mount -o remount,ro "$T"
	record --seconds 1 --output "$OUT/read-only"
	status=$?
	mount -o remount,rw "$T"
	return "$status"
}

not_mounted() {
	umount "$T"
	umount /sys/kernel/debug/tracing
	umount /sys/kernel/debug
	record --seconds 1 --output "$OUT/not-mounted"
	status=$?
	mount -t debugfs debug /sys/kernel/debug
	mount -t tracefs trace "$T"
	return "$status"
}

other_kernel() {
	sed "s/^PLAN_RELEASE=.*/PLAN_RELEASE=6.99.0/" "$SCRIPT" >/tmp/other.sh
	sh /tmp/other.sh --seconds 1 --output "$OUT/other-kernel"
}

locked_down() {
	echo confidentiality >/sys/kernel/security/lockdown
	record --seconds 1 --output "$OUT/locked-down"
}
