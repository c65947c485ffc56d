# --- probes: sets those of the plan one after another, and says why one could not be set ---

# One pass over the kernel's symbols, which are 200,000 lines. SYMBOLS becomes " SYMBOL:[MODULE] SYMBOL:- ..." with the
# functions that the plan names, each as often as the kernel has it; "-" is the kernel itself.
read_symbols() {
	SYMBOLS=$(awk -v names="$(each_probe symbol_of)" '
		BEGIN { count = split(names, name, " "); for (i = 1; i <= count; i++) isWanted[name[i]] = 1 }
		$2 ~ /^[tTwW]$/ && $3 in isWanted { printf "%s:%s ", $3, ($4 == "" ? "-" : $4) }
	' "$ROOT/proc/kallsyms" 2>/dev/null)
	LOADED=$(cut -d ' ' -f 1 "$ROOT/proc/modules" 2>/dev/null)
	HAS_SYMBOLS=
	if [ -r "$ROOT/proc/kallsyms" ]; then HAS_SYMBOLS=yes; fi
}

symbol_of() { printf '%s ' "$3"; }

# find_why_not SYMBOL MODULE DEFINITION: sets WHY to why the kernel cannot have the probe, by its own list of symbols.
# A definition that names the module means that module's function alone.
find_why_not() {
	WHY=
	[ -n "$HAS_SYMBOLS" ] || return 0
	entry=$1:
	case $3 in
	*" $2:$1"*) entry="$1:[$2]" ;;
	esac
	case " $SYMBOLS" in
	*" $entry"*" $entry"*) WHY='not unique' ;;
	*" $1:[$2] "* | *" $1:$2 "*) ;;
	*) if is_loaded "$2"; then WHY='no such symbol'; else WHY='module not loaded'; fi ;;
	esac
}

# A module that is built in has no line in /proc/modules, but a folder in sysfs.
is_loaded() {
	[ "$1" = - ] && return
	case $NEWLINE$LOADED$NEWLINE in
	*"$NEWLINE$1$NEWLINE"*) return 0 ;;
	esac
	[ -d "$ROOT/sys/module/$1" ]
}

set_probes() {
	REFUSED='' COUNT=0 PROBE_LINES=''
	no_kprobes=$(why_no_kprobes)
	if [ -n "$no_kprobes" ]; then say "irqtwin: $no_kprobes. Only tracepoints are recorded, which show no IRTE write"; fi
	read_symbols
	each_probe set_probe
}

why_no_kprobes() {
	if ! [ -e "$TRACEFS/kprobe_events" ]; then
		echo 'this kernel has no kprobe events (CONFIG_KPROBE_EVENTS)'
	elif [ "$(cat "$ROOT/sys/kernel/debug/kprobes/enabled" 2>/dev/null)" = 0 ]; then
		echo 'kprobes are switched off here (/sys/kernel/debug/kprobes/enabled is 0)'
	fi
}

# set_probe LEVEL NAME SYMBOL MODULE VERIFIED DEFINITION
set_probe() {
	holds_level "$LEVEL" "$1" || return 0
	if [ -n "$no_kprobes" ]; then
		refuse "$2" refused "$no_kprobes"
		return
	fi
	find_why_not "$3" "$4" "$6"
	if [ -n "$WHY" ]; then
		refuse "$2" "$WHY" ''
		return
	fi
	own=${6%%:*}:$GROUP/${6#*/}
	if ! add "$own" "$TRACEFS/kprobe_events"; then
		refuse "$2" "$(reason_of_kernel)" "$(last_kernel_error)"
	elif ! put 1 "$INSTANCE/events/$GROUP/$2/enable"; then
		refuse "$2" refused "$ERROR"
		remove_event "$GROUP/$2"
	else
		COUNT=$((COUNT + 1))
		PROBE_LINES="$PROBE_LINES# irqtwin probe: $own$NEWLINE"
		[ "$5" = yes ] || note_unverified "$2" "$3"
	fi
}

# note_unverified NAME SYMBOL
note_unverified() {
	PROBE_LINES="$PROBE_LINES# irqtwin unverified: name=$1$NEWLINE"
	say "irqtwin: $1 reads registers of $2, which were not verified on a build of this kernel"
}

# refuse NAME REASON WORDS: the words are the kernel's own, where it said some.
refuse() {
	line="name=$1 reason=$(quoted "$2")"
	[ -z "$3" ] || line="$line kernel=$(quoted "$3")"
	REFUSED=$REFUSED$(header refused "$line")$NEWLINE
	say "irqtwin: $1 is not recorded: $2${3:+ ($3)}"
}

# What the kernel says of the definition that it refused last.
last_kernel_error() {
	said=$(grep 'trace_kprobe: error: ' "$TRACEFS/error_log" 2>/dev/null | tail -n 1)
	said=${said#*error: }
	printf '%s\n' "${said:-$ERROR}"
}

reason_of_kernel() {
	case $(last_kernel_error) in
	*'not unique'*) echo 'not unique' ;;
	*) echo refused ;;
	esac
}

# A probe that the plan already knows this kernel cannot have.
note_absent() {
	REFUSED=$REFUSED$(header refused "name=$1 reason=\"absent\" why=$(quoted "$2")")$NEWLINE
}

set_tracepoints() {
	TRACEPOINT_LINES=
	each_tracepoint set_tracepoint
}

# set_tracepoint LEVEL SYSTEM NAME FILTER
set_tracepoint() {
	holds_level "$LEVEL" "$1" || return 0
	folder=$INSTANCE/events/$2/$3
	if ! [ -d "$folder" ]; then
		refuse "$2:$3" "$(why_no_tracepoint "$2")" ''
		return
	fi
	filter=$4
	if [ -n "$filter" ] && ! put "$filter" "$folder/filter"; then
		say "irqtwin: $2:$3 is recorded for all tasks, since the kernel refuses the filter ($ERROR)"
		filter=
	fi
	if put 1 "$folder/enable"; then
		COUNT=$((COUNT + 1))
		TRACEPOINT_LINES="$TRACEPOINT_LINES# irqtwin tracepoint: $2:$3$NEWLINE"
		[ -z "$filter" ] || TRACEPOINT_LINES=$TRACEPOINT_LINES$(header filter "event=$2:$3 filter=$(quoted "$filter")")$NEWLINE
	else
		refuse "$2:$3" refused "$ERROR"
	fi
}

# The group of a tracepoint has the name of its module, where it is of a module at all.
why_no_tracepoint() {
	if [ -d "$TRACEFS/events/$1" ] || is_loaded "$1"; then echo 'no such symbol'; else echo 'module not loaded'; fi
}
