# --- file: the recording on disk; it gets its name when it is whole ---

# A recording never replaces a file.
name_output() {
	if [ -z "$OUTPUT" ]; then
		host=$(uname -n)
		[ -z "$IS_ANONYMOUS" ] || host=host
		OUTPUT=irqtwin-$host-$(date +%Y%m%d-%H%M%S)
	fi
	OUTPUT=${OUTPUT%.gz}
	OUTPUT=${OUTPUT%.trace}
	case $OUTPUT in
	*/*) FOLDER=${OUTPUT%/*}/ ;;
	-*) OUTPUT=./$OUTPUT FOLDER=./ ;;
	*) FOLDER=./ ;;
	esac
	[ -e "$OUTPUT.trace.gz" ] && give_up "$OUTPUT.trace.gz exists already"
	check_folder
}

# The last part of the disk is left free, so that the recording can be ended well. It is checked every second.
check_folder() {
	if ! [ -d "$FOLDER" ] || ! [ -w "$FOLDER" ]; then give_up "$FOLDER cannot be written: choose another --output"; fi
	free=$(free_space)
	is_number "$free" || free=1048576
	[ "$free" -ge 1024 ] || give_up "$FOLDER has only $free KiB free: choose another --output"
	RESERVE=$((free / 8))
	[ "$RESERVE" -le 16384 ] || RESERVE=16384
}

# free_space: what is free in the recording's folder, in KiB.
free_space() {
	line=$(df -P -k "$FOLDER" 2>/dev/null | tail -n 1)
	# shellcheck disable=SC2086 # The columns are to be split.
	set -- $line
	printf '%s\n' "${4:-}"
}

has_space() {
	free=$(free_space)
	! is_number "$free" || [ "$free" -gt "$RESERVE" ]
}

# open_file NAME: whatever is written to descriptor 3 from now on is compressed into NAME.
open_file() {
	FILE=$1
	rm -f "$FILE.part" "$FILE.pipe"
	ERROR=$(mkfifo "$FILE.pipe" 2>&1) || { say "irqtwin: $FILE cannot be written: ${ERROR##*: }" && return 1; }
	(
		trap '' INT TERM HUP USR1
		exec gzip -c <"$FILE.pipe" >"$FILE.part"
	) &
	GZIP=$!
	exec 3>"$FILE.pipe"
	rm -f "$FILE.pipe"
}

is_file_open() { is_running "$GZIP"; }

# close_file: ends the recording and gives it its name; fails, and leaves nothing, where it could not be written whole.
close_file() {
	exec 3>&-
	if wait "$GZIP" && mv "$FILE.part" "$FILE"; then
		say "irqtwin: $FILE"
		FILE=
		return
	fi
	say "irqtwin: $FILE could not be written whole, so it was removed. Free in its folder: $(free_space) KiB"
	drop_file
	return 1
}

drop_file() {
	exec 3>&-
	[ -n "${FILE:-}" ] && rm -f "$FILE.part" "$FILE.pipe"
	FILE=
}

# The guard has no more than names. What was compressed until the recorder was killed is a recording without its end.
keep_what_was_written() {
	name=$OUTPUT.trace.gz
	rm -f "$name.pipe"
	if [ -s "$name.part" ] && [ "$MODE" = record ]; then mv "$name.part" "$name"; else rm -f "$name.part"; fi
}
