# --- header: what stands above and below the trace ---

write_header() {
	header capture 1
	header kernel "$(uname -r)"
	header clock "$CLOCK"
	tsc=$(tsc_khz)
	[ -z "$tsc" ] || header tsc_khz "$tsc"
	header boot_id "$(cat "$ROOT/proc/sys/kernel/random/boot_id")"
	[ -n "$IS_ANONYMOUS" ] || header host "$(uname -n)"
	header level "$LEVEL"
	[ -z "$ONLY" ] || header only "$ONLY"
	printf '%s' "$PROBE_LINES$TRACEPOINT_LINES$REFUSED"
	write_cpus
	write_pci
	header standing "at=$MODE$(trace_time)"
	write_interrupts
	write_vms
}

# moment: the wall clock and the clock of the trace, read one after the other.
moment() { printf 'wall=%s%s' "$(wall_clock)" "$(trace_time)"; }

# Not every `date` knows nanoseconds.
wall_clock() {
	now=$(date +%s.%N)
	case $now in
	*[!0-9.]*) now=$(date +%s) ;;
	esac
	printf '%s' "$now"
}

# trace_time: " trace=" with the clock of the trace, which the statistics of each CPU show.
trace_time() {
	for file in "$INSTANCE"/per_cpu/cpu*/stats; do
		now=$(statistic "$(cat "$file")" 'now ts')
		[ -z "$now" ] || printf ' trace=%s' "$now"
		return 0
	done
}

# statistic TEXT NAME: a number of a CPU's statistics (`dropped events: 0`). The text is read at once, since the kernel
# makes it anew for each read.
statistic() {
	rest=$NEWLINE$1
	rest=${rest#*"$NEWLINE$2: "}
	rest=${rest%%"$NEWLINE"*}
	printf '%s' "${rest##* }"
}

# The kernel tells the frequency in its log only, and an old log has lost it.
tsc_khz() {
	dmesg 2>/dev/null | grep -e 'tsc: Refined TSC clocksource calibration: ' -e 'tsc: Detected ' | tail -n 1 |
		while read -r line; do
			mhz=${line% MHz*} mhz=${mhz##* }
			fraction=${mhz#*.}000
			while [ ${#fraction} -gt 3 ]; do fraction=${fraction%?}; done
			is_number "${mhz%.*}$fraction" && printf '%s\n' "${mhz%.*}$fraction"
		done
}

# What the kernel's log says of the parts that a recording shows.
kernel_log() { dmesg 2>/dev/null | grep -e AMD-Vi -e kvm -e SVM | printable; }

note_kernel_log() { KERNEL_LOG=$(kernel_log); }

# The lines that were not there when the recording began; each begins with its time, so no two are equal.
write_kernel_log() {
	kernel_log | while IFS= read -r line; do
		case $NEWLINE$KERNEL_LOG$NEWLINE in
		*"$NEWLINE$line$NEWLINE"*) ;;
		*) header dmesg "$line" ;;
		esac
	done
}

write_trailer() {
	printf '%s\n' "$LOSSES"
	write_kernel_log
	[ -z "$ENDED_BY" ] || header ended_by "$(quoted "$ENDED_BY")"
	[ "$MODE" = flight ] || write_standing_at_end
	header end "$END_MOMENT"
}

# losses: what each CPU put into its buffer ("entries", without those that were overwritten), and what of that is in
# the recording ("read"). A CPU that went offline keeps its buffer and its numbers. A flight recorder reads
# nothing while it records and all that is left in the end; what it overwrote is older than the recording, and no loss.
losses() {
	for folder in "$INSTANCE"/per_cpu/cpu*; do
		[ -r "$folder/stats" ] || continue
		read_statistics "$folder/stats"
		entries=$((left + taken))
		overwritten=
		if [ "$MODE" = flight ]; then taken=$entries overwritten=" overwritten=$overrun" overrun=0; fi
		header loss "cpu=${folder##*/cpu} entries=$entries overrun=$overrun dropped=$dropped read=$taken$overwritten"
	done
}

read_statistics() {
	text=$(cat "$1")
	left=$(statistic "$text" entries)
	taken=$(statistic "$text" 'read events')
	overrun=$(statistic "$text" overrun)
	dropped=$(($(statistic "$text" 'dropped events') + $(statistic "$text" 'commit overrun')))
}
