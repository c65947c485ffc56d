# --- owners: whose instance it is, and what killed recorders left ---
#
# An instance is named irqtwin-MODE-PID-START. START is when the process began, in ticks since the boot, so that a later
# process with the same number is not taken for the owner. No file outside of tracefs is needed.

# is_running PID: sets STARTED to the 22nd field of its stat. The name in the second field may have spaces and
# parentheses. A process that has ended and was not waited for (Z) does not run.
is_running() {
	STARTED=
	{ IFS= read -r line <"/proc/$1/stat"; } 2>/dev/null || return 1
	# shellcheck disable=SC2086 # The fields are to be split.
	set -- ${line##*) }
	STATE=$1
	[ "$STATE" != Z ] && STARTED=${20}
}

# A process that does not run counts as stopped.
is_stopped() { ! is_running "$1" || [ "$STATE" = T ]; }

# Does the process run that began at that tick?
runs_since() { is_running "$1" && [ "$STARTED" = "$2" ]; }

# owners: one line "NAME MODE PID START" for each instance of a recorder.
owners() {
	for folder in "$TRACEFS"/instances/irqtwin-*; do
		[ -d "$folder" ] || continue
		name=${folder##*/}
		rest=${name#irqtwin-}
		mode=${rest%%-*} rest=${rest#*-}
		pid=${rest%%-*} start=${rest#*-}
		is_number "$pid" && is_number "$start" && printf '%s\n' "$name $mode $pid $start"
	done
}

# Whose recorder runs beside this one?
other_recorders() {
	owners | while read -r name _ pid start; do
		if [ "$name" != "$INSTANCE_NAME" ] && runs_since "$pid" "$start"; then printf '%s\n' "$pid"; fi
	done
}

# A recorder that was killed with all of its helpers leaves its instance, its events and the reader of its buffer.
clean_leftovers() {
	leftovers=$(owners | while read -r name _ pid start; do
		runs_since "$pid" "$start" || printf '%s\n' "$name"
	done)
	for name in $leftovers; do
		if remove_instance "$name"; then
			say "irqtwin: removed what a killed recorder left: $TRACEFS/instances/$name and its events"
		else
			say "irqtwin: a killed recorder left $TRACEFS/instances/$name, and it is in use by: ${USERS:-nobody known}"
			say "irqtwin: end these processes, then run: sh $0 --clean"
		fi
	done
}

# remove_instance NAME: the instance of a dead recorder with its events: those that it had on, and those of the group
# that has its number. An event that somebody else uses is busy, and the kernel then keeps it.
remove_instance() {
	folder=$TRACEFS/instances/$1
	pid=${1%-*} pid=${pid##*-}
	events="$(grep -s '^pi' "$folder/set_event") $(events_of_group "pi_$pid" | tr / :)"
	put 0 "$folder/events/enable"
	USERS=$(end_readers "$folder")
	rmdir "$folder" 2>/dev/null || { sleep 1 && rmdir "$folder" 2>/dev/null; } || return 1
	for event in $events; do
		remove_event "${event%%:*}/${event#*:}"
	done
}

# holders FOLDER: the processes that seem to have a file of it open: the name of any file could look like a line of `ls`.
holders() {
	# shellcheck disable=SC2012 # `find` would start a process for each link.
	ls -ln /proc/[0-9]*/fd 2>/dev/null | while IFS= read -r line; do
		case $line in
		/proc/*/fd:) pid=${line#/proc/} pid=${pid%/fd:} ;;
		*" -> $1/"*) printf '%s\n' "$pid" ;;
		esac
	done | sort -un
}

# end_readers FOLDER: ends each `dd` that reads its buffer, and prints the other processes that have files of it open.
end_readers() {
	for pid in $(holders "$1"); do
		for link in "/proc/$pid/fd"/*; do
			case $(readlink "$link" 2>/dev/null) in
			"$1"/*) ;;
			*) continue ;;
			esac
			if [ "$(cat "/proc/$pid/comm")" = dd ]; then kill -9 "$pid"; else printf '%s ' "$pid"; fi
			break
		done
	done
}

# remove_event GROUP/NAME: the kernel may still hold it for a moment after it was switched off.
remove_event() {
	for attempt in 1 2 3; do
		add "-:$1" "$TRACEFS/kprobe_events" && return
		case $ERROR in
		*busy*) [ "$attempt" = 3 ] || sleep 1 ;;
		*) return 1 ;;
		esac
	done
	return 1
}

# tell SIGNAL MODE...: sends a signal to the recorders of these modes.
tell() {
	signal=$1
	shift
	told=$(owners | while read -r _ mode pid start; do
		case " $* " in
		*" $mode "*) runs_since "$pid" "$start" && kill -s "$signal" "$pid" && printf '%s ' "$pid" ;;
		esac
	done)
	[ -n "$told" ] || give_up "no recorder of that kind runs on this host"
	say "irqtwin: told $told"
}
