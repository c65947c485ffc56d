# --- record: from now on, until the end that was asked for ---

record() {
	open_file "$OUTPUT.trace.gz" || exit 1
	note_kernel_log
	write_header >&3
	begin_tracing
	{
		header start "$START_MOMENT"
		write_tables
	} >&3
	(
		trap '' INT TERM HUP USR1
		exec dd if="$INSTANCE/trace_pipe" bs=65536 >&3 2>/dev/null
	) &
	# It is `dd` because the `cat` of busybox lost lines of this file when it was tried.
	READER=$!
	say "irqtwin: recording $COUNT events${SECONDS_WANTED:+ for $SECONDS_WANTED seconds}; Ctrl-C ends it"
	wait_for_end
	end_reading
	write_trailer >&3
	close_file || exit 1
	report_losses
}

begin_tracing() {
	START_MOMENT=$(moment)
	put 1 "$INSTANCE/tracing_on" || give_up "the kernel does not begin to trace: $ERROR"
	read_uptime
	START_UPTIME=$UPTIME
}

# read_uptime: sets UPTIME to the seconds since the boot.
read_uptime() {
	read -r UPTIME _ </proc/uptime
	UPTIME=${UPTIME%%.*}
}

# pause: about a second; a signal ends it at once.
pause() {
	sleep 1 >/dev/null 2>&1 3>&- &
	wait $!
}

is_time_over() {
	read_uptime
	[ -n "$SECONDS_WANTED" ] && [ $((UPTIME - START_UPTIME)) -ge "$SECONDS_WANTED" ]
}

wait_for_end() {
	while [ -z "$STOP" ]; do
		if is_time_over; then ENDED_BY='time' && return; fi
		pause
		if ! is_file_open || ! is_running "$READER"; then ENDED_BY='write error' && return; fi
		if ! has_space; then
			say "irqtwin: the disk is nearly full, so the recording ends here"
			ENDED_BY='full disk' && return
		fi
	done
	ENDED_BY=$STOP
}

# The reader ends by itself when tracing is off, everything was read, and it has read something since it last had to
# wait. So it is stopped, gets a last line to read, and goes on when tracing is off.
end_reading() {
	kill -s STOP "$READER" 2>/dev/null
	until is_stopped "$READER"; do nap; done
	put 'irqtwin end' "$INSTANCE/trace_marker"
	put 0 "$INSTANCE/tracing_on"
	END_MOMENT=$(moment)
	kill -s CONT "$READER" 2>/dev/null
	naps=0
	while is_running "$READER" && [ "$naps" -lt 600 ]; do
		nap
		naps=$((naps + 1))
	done
	is_running "$READER" && kill -9 "$READER"
	LOSSES=$(losses)
}

# nap: a fifth of a second, where `sleep` knows fractions.
nap() { sleep 0.2 2>/dev/null || sleep 1; }

# Says which CPUs lost events; the recording says it too.
report_losses() {
	printf '%s\n' "$LOSSES" | grep -v 'overrun=0 dropped=0' | grep . | while read -r _ _ _ line; do
		say "irqtwin: events were lost: $line. A larger --buffer or a smaller --level keeps them"
	done
}
