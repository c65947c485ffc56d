# --- standing: what was there before the recording; all of it is only read ---

write_cpus() {
	grep -e '^processor' -e '^apicid' "$ROOT/proc/cpuinfo" | while IFS=':' read -r name value; do
		case $name in
		processor*) cpu=${value# } ;;
		*) printf '# irqtwin cpu: cpu=%s apic=0x%x\n' "$cpu" "${value# }" ;;
		esac
	done
}

# write_pci: the probes print devices without their PCI segment, which matters where the host has several.
write_pci() {
	# shellcheck disable=SC2010,SC2012 # These names are numbers.
	ls "$ROOT/sys/bus/pci/devices" 2>/dev/null | grep -q -v -e '^0000:' || return 0
	# shellcheck disable=SC2012 # These names are numbers.
	ls "$ROOT/sys/bus/pci/devices" | as_header pci
}

# vm_files: one line "PID FD KIND" for each file of KVM that a process has open; KIND is vm, or the number of a vCPU.
# All processes are listed by one `ls`, which names each folder before its files.
vm_files() {
	# shellcheck disable=SC2010,SC2012 # `find` would start a process for each link.
	ls -l "$ROOT"/proc/[0-9]*/fd 2>/dev/null | grep -e '/fd:$' -e 'anon_inode:kvm-v' | while read -r line; do
		case $line in
		*/fd:) pid=${line%/fd:} pid=${pid##*/} ;;
		*) fd_of "$line" && vm_file "$pid" "$fd" ;;
		esac
	done
}

# vm_file PID FD: asks the link itself, since the name of any file could look like a line of `ls`.
vm_file() {
	link=$(readlink "$ROOT/proc/$1/fd/$2")
	case $link in
	anon_inode:kvm-vm) printf '%s\n' "$1 $2 vm" ;;
	anon_inode:kvm-vcpu:*) is_number "${link##*:}" && printf '%s\n' "$1 $2 ${link##*:}" ;;
	esac
}

# fd_of LINE: the file descriptor in a line of `ls -l` (`... 12 -> anon_inode:kvm-vm`).
fd_of() {
	fd=${1%% -> *} fd=${fd##* }
	is_number "$fd"
}

# write_vm_files: a line for each VM and vCPU in VM_FILES.
write_vm_files() {
	printf '%s\n' "$VM_FILES" | while read -r pid fd kind; do
		case $kind in
		'') ;;
		vm) write_vm "$pid" "$fd" ;;
		*) write_vcpu "$pid" "$kind" ;;
		esac
	done
}

write_vms() {
	VM_FILES=$(vm_files)
	STANDING=$(write_vm_files)
	[ -z "$STANDING" ] || printf '%s\n' "$STANDING"
	for pid in $(vm_pids); do
		write_devices "$pid"
		write_eventfds "$pid"
	done
}

# VMs and vCPUs that began during the recording are named at its end. A flight recorder writes its header then.
write_standing_at_end() {
	VM_FILES=$(vm_files)
	began=$(write_vm_files | not_standing)
	[ -n "$began" ] || return 0
	header standing "at=end$(trace_time)"
	printf '%s\n' "$began"
}

# not_standing: the lines that the header does not have.
not_standing() {
	while IFS= read -r line; do
		case $NEWLINE$STANDING$NEWLINE in
		*"$NEWLINE$line$NEWLINE"*) ;;
		*) printf '%s\n' "$line" ;;
		esac
	done
}

vm_pids() {
	printf '%s\n' "$VM_FILES" | while read -r pid _ kind; do
		if [ "$kind" = vm ]; then printf '%s\n' "$pid"; fi
	done | sort -u
}

write_vm() {
	line="pid=$1"
	name=$(vm_name "$1")
	if [ -z "$IS_ANONYMOUS" ] && [ -n "$name" ]; then line="$line name=$(quoted "$name")"; fi
	header vm "$line fd=$2"
}

# vm_name PID: what the command line calls the VM (QEMU, kvmtool, Firecracker), or the file that libvirt keeps for it.
vm_name() {
	said=$(name_on_command_line "$1")
	if [ -n "$said" ]; then printf '%s\n' "$said"; else libvirt_name "$1"; fi
}

name_on_command_line() {
	before=
	tr '\n\000' ' \n' <"$ROOT/proc/$1/cmdline" 2>/dev/null | while IFS= read -r word; do
		case $before in
		-name | --name) guest_of "$word" && break ;;
		--id) printf '%s\n' "$word" && break ;;
		esac
		before=$word
	done
}

# guest_of WORDS: QEMU's `-name guest=NAME,debug-threads=on` or `-name NAME`; it writes a comma of a name twice.
guest_of() {
	rest=$1, name=
	case $rest in
	guest=*) rest=${rest#guest=} ;;
	*,guest=*) rest=${rest#*,guest=} ;;
	debug-threads=* | process=*) return 1 ;;
	esac
	while :; do
		name=$name${rest%%,*} rest=${rest#*,}
		case $rest in
		,*) name=$name, rest=${rest#,} ;;
		*) break ;;
		esac
	done
	printf '%s\n' "$name"
}

libvirt_name() {
	for file in "$ROOT"/run/libvirt/qemu/*.pid; do
		[ "$(cat "$file" 2>/dev/null)" = "$1" ] || continue
		name=${file##*/}
		printf '%s\n' "${name%.pid}"
		return
	done
}

# write_vcpu PID VCPU: the thread is named by debugfs, or else by its own name; neither is a guess.
write_vcpu() {
	line="pid=$1" from=
	for file in "$ROOT/sys/kernel/debug/kvm/$1"-*/vcpu"$2"/pid; do
		if tid=$(cat "$file" 2>/dev/null) && is_number "$tid"; then from=debugfs && break; fi
	done
	if [ -z "$from" ]; then
		tid=$(thread_named "$1" "$2")
		is_number "$tid" && from=thread_name
	fi
	[ -z "$from" ] || line="$line tid=$tid"
	header vcpu "$line vcpu=$2${from:+ from=$from}"
}

# thread_named PID VCPU: the one thread whose name says that it is this vCPU (QEMU, cloud-hypervisor, Firecracker).
thread_named() {
	grep -x -s -e "CPU $2/KVM" -e "vcpu$2" -e "fc_vcpu $2" -e "kvm-vcpu-$2" "$ROOT/proc/$1"/task/*/comm /dev/null |
		while IFS= read -r line; do
			line=${line%%/comm:*}
			printf '%s\n' "${line##*/}"
		done
}

# write_devices PID: the devices of the IOMMU groups that the process has open.
write_devices() {
	# shellcheck disable=SC2010,SC2012 # These names are numbers.
	ls -l "$ROOT/proc/$1/fd" 2>/dev/null | grep -e '-> /dev/vfio/' | while read -r line; do
		group=${line##*/}
		is_number "$group" || continue
		for device in "$ROOT/sys/kernel/iommu_groups/$group/devices"/*; do
			[ -e "$device" ] && header device "pid=$1 device=${device##*/} group=$group"
		done
	done
}

# write_eventfds PID: /proc shows the eventfds of a VM, but not which of them are irqfds, nor their GSIs.
write_eventfds() {
	grep -H -s '^eventfd-id:' "$ROOT/proc/$1"/fdinfo/* /dev/null | while IFS=: read -r file _ id; do
		header eventfd "pid=$1 fd=${file##*/} eventfd=${id#"${id%%[!	 ]*}"}"
	done
}

write_interrupts() { printable <"$ROOT/proc/interrupts" | as_header interrupt; }

# The remapping tables, where the kernel shows them (CONFIG_AMD_IOMMU_DEBUGFS, Linux 6.17 and newer). Which device the
# file shows is one setting for the whole host; it is put back if it was one.
write_tables() {
	table=$ROOT/sys/kernel/debug/iommu/amd
	[ -r "$table/irqtbl" ] || return 0
	chosen=$(cat "$table/devid" 2>/dev/null)
	for device in "$ROOT"/sys/bus/pci/devices/*; do
		device=${device##*/}
		put "$device" "$table/devid" || continue
		write_table "$device"
	done
	case $chosen in
	*:*:*.*) put "$chosen" "$table/devid" ;;
	esac
}

write_table() {
	lines=$(cat "$table/irqtbl" 2>/dev/null)
	case $lines in
	*'IRT['*) ;;
	*) return 0 ;;
	esac
	header irqtbl_of "devid=$(devid_of "$1") device=$1$(trace_time)"
	printf '%s\n' "$lines" | printable | grep . | as_header irqtbl
}

# devid_of SSSS:BB:DD.F: the number that the IOMMU knows the device by: bus, device and function in 16 bits.
devid_of() {
	bus=${1#*:} bus=${bus%%:*}
	slot=${1##*:} function=${slot#*.} slot=${slot%.*}
	printf '0x%04x' $(((0x$bus << 8) | (0x$slot << 3) | 0x$function))
}
