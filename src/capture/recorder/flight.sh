# --- flight: a flight recorder, which keeps the newest events in memory and writes them when asked ---

flight() {
	# The kernel swaps a second buffer of the same size for the first one, so recording goes on while the file is
	# written. A kernel without CONFIG_TRACER_SNAPSHOT pauses instead.
	HAS_SWAP=
	if [ -e "$INSTANCE/snapshot" ] && put 1 "$INSTANCE/snapshot"; then HAS_SWAP=yes; fi
	[ -n "$HAS_SWAP" ] || say "irqtwin: the kernel has no second buffer: recording pauses while a file is written"
	NUMBER=0
	note_kernel_log
	begin_tracing
	say "irqtwin: flight recorder $$ keeps the newest $BUFFER_KB KiB of each CPU."
	say "irqtwin: kill -USR1 $$ writes a recording, Ctrl-C writes the last one and ends"
	fly
	write_flight
}

fly() {
	did_succeed=
	while [ -z "$STOP" ]; do
		if [ -n "$WANTS_SNAPSHOT" ]; then
			WANTS_SNAPSHOT=
			ENDED_BY=snapshot
			write_flight
		fi
		if is_time_over; then STOP='time' && break; fi
		pause
		if [ -n "$CONDITION" ]; then watch_condition; fi
	done
	ENDED_BY=$STOP
}

# A condition that stays true asks for one recording, not for one every second.
watch_condition() {
	if sh -c "$CONDITION" >/dev/null 2>&1 </dev/null; then
		[ -n "$did_succeed" ] || WANTS_SNAPSHOT=yes
		did_succeed=yes
	else
		did_succeed=
	fi
}

# Takes what the buffers hold, lets the recorder go on, and writes the file meanwhile.
write_flight() {
	NUMBER=$((NUMBER + 1))
	put 0 "$INSTANCE/tracing_on"
	END_MOMENT=$(moment)
	LOSSES=$(losses)
	source=$INSTANCE/trace
	started=$START_MOMENT
	if [ -n "$HAS_SWAP" ] && put 1 "$INSTANCE/snapshot"; then
		source=$INSTANCE/snapshot
		put 1 "$INSTANCE/tracing_on"
		START_MOMENT=$(moment)
	fi
	write_flight_file "$source" "$started"
	if [ "$source" = "$INSTANCE/snapshot" ]; then
		put 2 "$INSTANCE/snapshot"
	else
		put '' "$INSTANCE/trace"
		put 1 "$INSTANCE/tracing_on"
		START_MOMENT=$(moment)
	fi
}

# write_flight_file SOURCE START
write_flight_file() {
	if ! has_space; then
		say "irqtwin: the disk is nearly full: no recording was written, the flight goes on"
		return
	fi
	open_file "$OUTPUT-$NUMBER.trace.gz" || return 0
	{
		write_header
		header start "$2"
		cat "$1"
		write_trailer
	} >&3
	close_file && report_losses
}
