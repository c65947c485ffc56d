# --- narrow: one VM among many ---
#
# Only the tasks of the other VMs are left out, with the threads that they start later. Everything else is recorded:
# the kernel's workers (which end irqfds), irqbalance, and VMs that start later. An IRTE of this VM is written by its
# own threads or by those. What is lost of this VM is what an interrupt does while another VM's thread runs. What is left of
# the others is what the kernel does on a CPU that goes over from one of their threads to a task that is recorded, which
# can be the put of their vCPU with its IRTE writes.

narrow_to_vm() {
	ONLY=
	[ -n "$VM_PID" ] || return 0
	VM_FILES=$(vm_files)
	is_vm "$VM_PID" || give_up "process $VM_PID runs no VM. These do: $(vm_pids | tr '\n' ' ')"
	if ! [ -e "$INSTANCE/set_event_notrace_pid" ]; then
		say "irqtwin: this kernel cannot leave out tasks (Linux 5.7 and newer can): all VMs are recorded"
		return 0
	fi
	option event-fork 1
	others=$(other_tasks)
	count=0
	for task in $others; do
		add "$task" "$INSTANCE/set_event_notrace_pid" && count=$((count + 1))
	done
	ONLY="vm pid=$VM_PID left_out=$count"
}

is_vm() { vm_pids | grep -q -x -e "$1"; }

# The tasks of all other VMs.
other_tasks() {
	for pid in $(vm_pids); do
		[ "$pid" = "$VM_PID" ] || ls "$ROOT/proc/$pid/task" 2>/dev/null
	done
}
