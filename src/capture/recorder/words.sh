# --- words: messages, and values as the header writes them ---

NEWLINE='
'

say() { printf '%s\n' "$*" >&2; }

# Ends the script with a message; what was set is undone by the trap on EXIT.
give_up() {
	say "irqtwin: $*"
	exit 1
}

wrong_use() {
	say "irqtwin: $*; --help tells more"
	exit 2
}

is_number() {
	case $1 in
	'' | *[!0-9]*) return 1 ;;
	esac
}

# quoted TEXT: TEXT between quotes, with \ before \ and ", and control characters as \xNN.
quoted() {
	case $1 in
	*[[:cntrl:]]*) printf '"%s"' "$(printf '%s' "$1" | sed 's/[\\"]/\\&/g' | without_controls)" ;;
	*[\"\\]*) printf '"%s"' "$(printf '%s\n' "$1" | sed 's/[\\"]/\\&/g')" ;;
	*) printf '"%s"' "$1" ;;
	esac
}

# `od` prints each byte as two hexadecimal digits, so no byte is taken for another.
# shellcheck disable=SC2059 # A byte is printed through its octal escape.
without_controls() {
	od -An -v -tx1 | tr -s ' ' '\n' | while read -r byte; do
		case $byte in
		'') ;;
		[01]? | 7f) printf '\\x%s' "$byte" ;;
		*) printf "\\$(printf '%03o' "0x$byte")" ;;
		esac
	done
}

# A raw line of another file may stand in the header, but no control character of it.
printable() { tr -d '\000-\010\013-\037\177'; }

# header KEY VALUE: one line of the header.
header() { printf '# irqtwin %s: %s\n' "$1" "$2"; }

# as_header KEY: each line of standard input as a line of the header.
as_header() { sed "s/^/# irqtwin $1: /"; }
