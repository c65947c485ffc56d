# What the guest does: everything of scenarios.sh, one after another.

SCRIPT=/capture.sh
. /scenarios.sh
mkdir -p /etc
echo 'nobody:x:65534:65534::/:/bin/sh' >/etc/passwd
mount -t tracefs trace "$T"
mount -t debugfs debug /sys/kernel/debug
IRQ=$(grep -m 1 'eth0' /proc/interrupts)
IRQ=${IRQ%%:*}
IRQ=${IRQ##* }

find "$T" | sort >/tmp/listing
if [ -x /vmm ]; then
	/vmm -name 'guest=web,,1,debug-threads=on' &
	VMM=$!
	/vmm -name other &
	OTHER=$!
	sleep 1
fi
for level in minimal standard full; do scenario "level-$level" level "$level"; done
[ -z "${VMM:-}" ] || scenario one-vm one_vm "$VMM"
[ -z "${VMM:-}" ] || scenario no-vm one_vm 1
scenario cost sh "$SCRIPT" --cost --seconds 1 --buffer 512
[ -z "${VMM:-}" ] || kill "$VMM" "$OTHER"
scenario stopped-INT stopped_by INT
scenario stopped-TERM stopped_by TERM
scenario stopped-early stopped_early
scenario twice twice
scenario killed killed
scenario killed-all killed_with_guard
scenario full-512k full_disk 512k
scenario full-4m full_disk 4m
scenario flight flight
scenario offline offline
mkdir "$T/instances/irqtwin"
echo 'p:pi/irte_write schedule' >>"$T/kprobe_events"
scenario foreign foreign
rmdir "$T/instances/irqtwin"
echo '-:pi/irte_write' >>"$T/kprobe_events"
scenario as-nobody as_nobody
scenario without-kprobes without_kprobes
scenario read-only read_only
scenario not-mounted not_mounted
scenario other-kernel other_kernel
find "$T" | sort >/tmp/listing-after
if cmp /tmp/listing /tmp/listing-after; then echo same; else diff /tmp/listing /tmp/listing-after; fi >"$OUT/listing"
scenario locked-down locked_down
