# --- cost: what each level costs on this host, measured with its probes off and on in turn ---

ROUNDS=3

cost() {
	WINDOW=${SECONDS_WANTED:-2}
	set_stopwatches
	say "irqtwin: measuring; each of $ROUNDS rounds is $WINDOW s without and $WINDOW s with the probes of a level"
	RESULTS=
	for level in minimal standard full; do
		holds_level "$LEVEL" "$level" || continue
		round=0
		while [ "$round" -lt "$ROUNDS" ]; do
			round=$((round + 1))
			measure "$level" off
			measure "$level" on
		done
	done
	printf '%s\n' "$RESULTS" | print_costs
}

# Two pairs of probes take the time of a vCPU's load and of its put (svm_vcpu_load and svm_vcpu_put), with and without the
# probes inside of these.
set_stopwatches() {
	WATCHES=
	for watch in "p load $LOAD_SYMBOL" "r load_ret $LOAD_SYMBOL" "p put $PUT_SYMBOL" "r put_ret $PUT_SYMBOL"; do
		# shellcheck disable=SC2086 # Three words.
		set_stopwatch $watch
	done
	[ -n "$WATCHES" ] || say "irqtwin: loads and puts cannot be timed on this kernel ($ERROR)"
}

set_stopwatch() {
	if add "$1:$GROUP/watch_$2 $3" "$TRACEFS/kprobe_events"; then
		put 1 "$INSTANCE/events/$GROUP/watch_$2/enable" && WATCHES=yes
	fi
}

# measure LEVEL on|off: adds a line "LEVEL on|off BUSY TOTAL EVENTS LOADS LOAD_US PUTS PUT_US" to RESULTS.
measure() {
	if [ "$2" = on ]; then switch_level "$1" 1; fi
	put '' "$INSTANCE/trace"
	put 1 "$INSTANCE/tracing_on"
	before=$(cpu_ticks)
	sleep "$WINDOW" &
	wait $!
	after=$(cpu_ticks)
	put 0 "$INSTANCE/tracing_on"
	switch_level "$1" 0
	[ -z "$STOP" ] || give_up "stopped"
	RESULTS="$RESULTS$1 $2 $(difference "$before" "$after") $(events_written) $(stopwatch_times)$NEWLINE"
}

switch_level() {
	switched=$1 to=$2
	each_probe switch_probe
	each_tracepoint switch_tracepoint
}

switch_probe() {
	holds_level "$switched" "$1" && [ -d "$INSTANCE/events/$GROUP/$2" ] && put "$to" "$INSTANCE/events/$GROUP/$2/enable"
}

switch_tracepoint() {
	holds_level "$switched" "$1" && [ -d "$INSTANCE/events/$2/$3" ] && put "$to" "$INSTANCE/events/$2/$3/enable"
}

# cpu_ticks: "BUSY TOTAL" of all CPUs since the boot (proc(5): user nice system idle iowait irq softirq steal).
cpu_ticks() {
	read -r _ user nice system idle iowait irq softirq steal _ <"$ROOT/proc/stat"
	busy=$((user + nice + system + irq + softirq + steal))
	printf '%s\n' "$busy $((busy + idle + iowait))"
}

# difference "A B" "C D": "C-A D-B"
difference() {
	# shellcheck disable=SC2086 # Two numbers each.
	set -- $1 $2
	printf '%s %s' $(($3 - $1)) $(($4 - $2))
}

events_written() {
	sum=0
	for folder in "$INSTANCE"/per_cpu/cpu*; do
		read_statistics "$folder/stats"
		sum=$((sum + left + overrun))
	done
	printf '%s' $((sum - $(grep -c ' watch_[lp]' "$INSTANCE/trace")))
}

# stopwatch_times: "LOADS MICROSECONDS PUTS MICROSECONDS", from each entry to the next return of the same task. The
# stamp is the word before the event's name: SECONDS.MICROSECONDS and a colon.
stopwatch_times() {
	grep ' watch_[lp]' "$INSTANCE/trace" | awk '
		{
			for (i = 1; i <= NF; i++) if ($i ~ /^watch_/) break
			name = $i; sub(/:$/, "", name); sub(/^watch_/, "", name)
			stamp = $(i - 1) + 0
			task = $0; sub(/ +\[[0-9]+\] .*/, "", task)
			kind = name; sub(/_ret$/, "", kind)
			if (name == kind) begun[kind, task] = stamp
			else if ((kind, task) in begun) {
				count[kind]++
				spent[kind] += stamp - begun[kind, task]
				delete begun[kind, task]
			}
		}
		END { printf "%d %.3f %d %.3f", count["load"], spent["load"] * 1e6, count["put"], spent["put"] * 1e6 }'
}

print_costs() {
	awk -v window="$WINDOW" '
		function share(busy, total) { return total ? sprintf("%.1f%%", 100 * busy / total) : "?" }
		function each(time, count) { return count ? sprintf("%.2f", time / count) : "-" }
		NF == 9 {
			if (!(($1) in seen)) { order[++levels] = $1; seen[$1] = 1 }
			for (i = 3; i <= 9; i++) sum[$1, $2, i] += $i
			windows[$1, $2]++
		}
		END {
			row = "%-9s %10s %9s %9s %10s %10s %10s %10s\n"
			printf row, "level", "events/s", "CPU off", "CPU on", "load off", "load on", "put off", "put on"
			printf row, "", "", "", "", "us", "us", "us", "us"
			for (n = 1; n <= levels; n++) {
				l = order[n]
				printf row, l, sprintf("%.0f", sum[l, "on", 5] / (windows[l, "on"] * window)),
					share(sum[l, "off", 3], sum[l, "off", 4]), share(sum[l, "on", 3], sum[l, "on", 4]),
					each(sum[l, "off", 7], sum[l, "off", 6]), each(sum[l, "on", 7], sum[l, "on", 6]),
					each(sum[l, "off", 9], sum[l, "off", 8]), each(sum[l, "on", 9], sum[l, "on", 8])
			}
			print "CPU is the busy share of all CPUs. Loads and puts are timed by two probes each, whose own"
			print "cost is in every number; - means that no vCPU was loaded or put meanwhile."
		}'
}
