# --- main ---

# A signal ends a recording well; before the recording has begun it ends the script.
on_signal() {
	STOP=$1
	[ -n "$IS_RECORDING" ] || exit 1
}

on_exit() {
	status=$?
	trap '' INT TERM HUP USR1
	restore
	end_guard
	drop_file
	exit "$status"
}

main() {
	set -u
	LC_ALL=C
	export LC_ALL
	STOP='' WANTS_SNAPSHOT='' IS_RECORDING='' IS_MADE='' FILE='' ENDED_BY='' GROUP='' GUARD='' INSTANCE_NAME=''
	PLAN_NAMES='' WAS_ERROR_LOG_EMPTY='' SHARED_KB=''
	use_defaults
	read_options "$@"
	find_tracefs
	case $MODE in
	snapshot) tell USR1 flight && exit ;;
	stop) tell TERM record flight && exit ;;
	esac
	check_programs
	check_tracefs
	clean_leftovers
	[ "$MODE" != clean ] || exit 0
	check_release
	[ "$MODE" = cost ] || name_output
	run
}

run() {
	trap '' PIPE
	trap on_exit EXIT
	trap 'on_signal INT' INT
	trap 'on_signal TERM' TERM
	trap 'on_signal HUP' HUP
	trap 'WANTS_SNAPSHOT=yes' USR1
	make_instance
	narrow_to_vm
	set_probes
	set_tracepoints
	[ "$COUNT" -gt 0 ] || give_up "not one event could be set, so nothing is recorded"
	each_absent note_absent
	IS_RECORDING=yes
	if [ "$MODE" = cost ]; then disable_all && cost; else "$MODE"; fi
}

disable_all() { put 0 "$INSTANCE/events/enable"; }

main "$@"
