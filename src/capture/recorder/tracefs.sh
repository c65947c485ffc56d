# --- tracefs: where it is, and whether this script may use it ---

find_tracefs() {
	TRACEFS=
	for folder in "$ROOT/sys/kernel/tracing" "$ROOT/sys/kernel/debug/tracing"; do
		if [ -d "$folder/instances" ]; then TRACEFS=$folder && return; fi
	done
	for folder in "$ROOT/sys/kernel/tracing" "$ROOT/sys/kernel/debug"; do
		if [ -d "$folder" ] && ! [ -x "$folder" ]; then
			give_up "$folder may not be entered by this user: run the script as root"
		fi
	done
	say "irqtwin: tracefs is not mounted. As root: mount -t tracefs nodev /sys/kernel/tracing"
	give_up "If that fails, this kernel has no ftrace (CONFIG_FTRACE), and nothing can be recorded"
}

# Each check says what is wrong before anything is touched.
check_tracefs() {
	error=$( { : <"$TRACEFS/trace_clock"; } 2>&1) ||
		give_up "$TRACEFS cannot be read: ${error##*: }. $(why_no_access)"
	options=$(mount_options "$TRACEFS")
	case ,$options, in
	*,ro,*) give_up "$TRACEFS is mounted read-only. As root: mount -o remount,rw $TRACEFS" ;;
	esac
}

why_no_access() {
	lockdown=$(cat "$ROOT/sys/kernel/security/lockdown" 2>/dev/null)
	case $lockdown in
	*'[confidentiality]'*)
		echo "The kernel is locked down (confidentiality): it lets nobody trace, and only a boot without lockdown does"
		;;
	*) echo "Run the script as root" ;;
	esac
}

# mount_options FOLDER: how the file system on FOLDER is mounted; nothing where no file system is mounted there.
mount_options() {
	while read -r _ place _ options _; do
		[ "$ROOT$place" = "$1" ] && printf '%s\n' "$options"
	done <"$ROOT/proc/mounts" | tail -n 1
}

# Offsets of another kernel would print values that are wrong and look right.
check_release() {
	release=$(uname -r)
	if [ -z "$PLAN_RELEASE" ]; then
		say "irqtwin: the plan does not say for which kernel it is; this one is $release"
	elif [ "$release" != "$PLAN_RELEASE" ]; then
		give_up "this script is for kernel $PLAN_RELEASE, and this kernel is $release: make a script for it"
	fi
}

check_programs() {
	for program in cat gzip grep awk dd mkfifo od sed sort tail tr ls readlink date df sleep; do
		command -v "$program" >/dev/null || give_up "the program $program is not on this host"
	done
}

# put VALUE FILE: writes. If that fails it is tried once more, to keep what the kernel says in ERROR.
put() {
	{ printf '%s\n' "$1" >"$2"; } 2>/dev/null && return
	ERROR=$( { printf '%s\n' "$1" >"$2"; } 2>&1) && return
	ERROR=${ERROR##*: }
	return 1
}

# add LINE FILE: the same at the end of a file; in tracefs this adds an event.
add() {
	{ printf '%s\n' "$1" >>"$2"; } 2>/dev/null && return
	ERROR=$( { printf '%s\n' "$1" >>"$2"; } 2>&1) && return
	ERROR=${ERROR##*: }
	return 1
}
