# --- options ---

usage() {
	cat <<END
usage: sh $0 [OPTION...]
Records what Linux does with the posted interrupts of AMD hosts, for irqtwin. It needs root.
This script is for kernel ${PLAN_RELEASE:-(not named)} and sets the probes of level $PLAN_LEVEL.

  --seconds N     records for N seconds; without it, until Ctrl-C or SIGTERM
  --output FILE   the recording; the default is irqtwin-HOST-TIME.trace.gz in this folder
  --level LEVEL   sets fewer probes: minimal, standard
  --vm PID        leaves out the tasks of all other VMs; PID is the process of the VM
  --anonymous     writes no name of a host or VM into the recording
  --buffer KB     the ring buffer of each CPU, in KiB (default $DEFAULT_BUFFER_KB)
  --clock CLOCK   a clock of ftrace (default mono)
  --flight        keeps only the newest events in the ring buffer. SIGUSR1 or --snapshot writes them to a
                  recording and goes on; Ctrl-C or SIGTERM writes the last one and ends
  --when COMMAND  with --flight: runs COMMAND every second, and writes a recording when it begins to succeed
  --snapshot      tells every flight recorder of this host to write a recording
  --stop          tells every recorder of this host to end, as Ctrl-C does
  --clean         removes what killed recorders left in tracefs
  --cost          measures what each level costs on this host, and records nothing
  --help
END
}

use_defaults() {
	SECONDS_WANTED=$DEFAULT_SECONDS
	OUTPUT=
	LEVEL=$PLAN_LEVEL
	VM_PID=$DEFAULT_VM_PID
	IS_ANONYMOUS=$DEFAULT_ANONYMOUS
	BUFFER_KB=$DEFAULT_BUFFER_KB
	CLOCK=$DEFAULT_CLOCK
	MODE=$DEFAULT_MODE
	CONDITION=
}

read_options() {
	while [ $# -gt 0 ]; do
		case $1 in
		--anonymous) IS_ANONYMOUS=yes ;;
		--flight) MODE=flight ;;
		--cost) MODE=cost ;;
		--snapshot | --stop | --clean) MODE=${1#--} ;;
		--help) usage && exit 0 ;;
		--seconds | --output | --level | --vm | --buffer | --clock | --when)
			[ $# -ge 2 ] || wrong_use "$1 needs a value"
			option_value "$1" "$2"
			shift
			;;
		*) wrong_use "$1 is not an option" ;;
		esac
		shift
	done
	if [ -n "$CONDITION" ] && [ "$MODE" != flight ]; then wrong_use "--when goes with --flight"; fi
}

option_value() {
	case $1 in
	--output) OUTPUT=$2 ;;
	--clock) CLOCK=$2 ;;
	--when) CONDITION=$2 ;;
	--level)
		is_level "$2" || wrong_use "--level is minimal, standard or full"
		holds_level "$PLAN_LEVEL" "$2" || wrong_use "this script has the probes of level $PLAN_LEVEL, not of $2"
		LEVEL=$2
		;;
	*)
		is_number "$2" || wrong_use "$1 takes a number, not $2"
		case $1 in
		--seconds) SECONDS_WANTED=$2 ;;
		--vm) VM_PID=$2 ;;
		--buffer) BUFFER_KB=$2 ;;
		esac
		;;
	esac
}

is_level() {
	case $1 in
	minimal | standard | full) ;;
	*) return 1 ;;
	esac
}

# holds_level A B: are all probes of level B in level A?
holds_level() {
	case $1/$2 in
	full/* | */minimal | standard/standard) ;;
	*) return 1 ;;
	esac
}
