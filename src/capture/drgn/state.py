#!/usr/bin/env drgn
"""Prints what an AMD host with KVM holds at this moment, for `irqtwin import TRACE --anchor FILE`.

Run it as root on the host (`drgn state.py >state.json`) or on a crash dump (`drgn -c vmcore state.py`). It reads only.
It needs the debug information of vmlinux, kvm and kvm_amd.

On a host that runs, everything is read twice, and only what was the same both times is printed as known. Each line but
for its brackets is one fact; `null` is a value that is not known.
"""

import itertools
import json
import struct
import sys
import time
import uuid

from drgn import FaultError, Object, ProgramFlags, container_of
from drgn.helpers.linux.list import hlist_for_each_entry, list_for_each_entry
from drgn.helpers.linux.llist import llist_for_each_entry
from drgn.helpers.linux.xarray import xa_for_each

# Every member that is read: the module, the struct, its members. Of members with a question mark some releases lack one.
NEEDS = """
kvm       kvm                           vm_list vcpu_array irq_routing userspace_pid irqfds.items arch.apicv_inhibit_reasons
kvm       kvm_vcpu                      vcpu_id vcpu_idx arch.apic stat.generic.blocking
kvm       kvm_lapic                     apicv_active
kvm       kvm_kernel_irqfd              list gsi producer irq_entry ?vcpu_list ?irq_bypass_data
kvm       kvm_kernel_irq_routing_entry  gsi type link msi.address_lo msi.address_hi msi.data
kvm       kvm_irq_routing_table         nr_rt_entries map
kvm       irq_bypass_producer           irq
kvm_amd   kvm_svm                       kvm avic_vm_id
kvm_amd   vcpu_svm                      vcpu ir_list ?avic_physical_id_entry ?avic_physical_id_cache
kvm_amd   ?amd_svm_iommu_ir             node data
vmlinux   amd_ir_data                   iommu irq_2_irte.devid irq_2_irte.index entry
vmlinux   amd_iommu                     list pci_seg ir_domain
vmlinux   amd_iommu_pci_seg             list dev_data_list id last_bdf irq_lookup_table
vmlinux   irq_remap_table               table
vmlinux   iommu_dev_data                dev_data_list devid ?max_irqs
vmlinux   irq_desc                      irq_data
vmlinux   irq_data                      irq domain parent_data chip_data
vmlinux   cpuinfo_x86                   topo.apicid
"""

ROUTING_MSI = 2
# drivers/iommu/amd/amd_iommu_types.h: the size of a table where no member tells it.
ENTRIES_OF_OLD_TABLE = 256
ENTRIES_OF_TABLE = 512
ENTRY = struct.Struct("<QQ")
# Longer than any list that is not read while it changes.
LONGEST = 65536

# What cannot be read, or is not there in this release.
UNREADABLE = (FaultError, AttributeError, LookupError)


def maybe(read):
    """What a function reads; None = it cannot be read."""
    try:
        return read()
    except UNREADABLE:
        return None


def hexadecimal(value):
    return None if value is None else "0x%016x" % (value & 0xFFFFFFFFFFFFFFFF)


def number(obj):
    return maybe(lambda: obj().value_())


def few(objects):
    """The list of what is iterated over; None = it cannot be read to its end."""
    found = maybe(lambda: list(itertools.islice(objects, LONGEST)))
    return None if found is None or len(found) == LONGEST else found


def lacking(prog):
    """The members that this kernel should have and has not."""
    for line in NEEDS.strip().splitlines():
        _, name, *members = line.split()
        try:
            of = prog.type("struct " + name.lstrip("?"))
        except LookupError:
            if not name.startswith("?"):
                yield "struct " + name
            continue
        for member in members:
            first = member.split(".")[0]
            if not member.startswith("?") and not of.has_member(first):
                yield "struct %s: %s" % (name, first)


def entry_name(segment, devid, index):
    return "%04x:%02x:%02x.%x/%d" % (segment, devid >> 8, devid >> 3 & 0x1F, devid & 7, index)


class Host:
    """Reads the structures of one kernel."""

    def __init__(self, prog):
        self.prog = prog

    def facts(self):
        """All facts, each a dictionary whose first two values say what it is about."""
        yield from self.cpus()
        yield from self.entries()
        loaded = self.loaded_vcpus()
        for kvm in self.machines():
            yield from self.machine(kvm, loaded)

    # CPUs

    def each_cpu(self):
        from drgn.helpers.linux.cpumask import for_each_online_cpu

        return few(for_each_online_cpu(self.prog)) or []

    def per_cpu(self, name, cpu):
        from drgn.helpers.linux.percpu import per_cpu

        return per_cpu(self.prog[name], cpu)

    def cpus(self):
        for cpu in self.each_cpu():
            apic = number(lambda: self.per_cpu("cpu_info", cpu).topo.apicid)
            yield {"kind": "cpu", "cpu": cpu, "apic": apic}

    def loaded_vcpus(self):
        """The CPU on which each vCPU is loaded; None = this cannot be read."""
        loaded = {}
        for cpu in self.each_cpu():
            vcpu = number(lambda: self.per_cpu("kvm_running_vcpu", cpu))
            if vcpu is None:
                return None
            loaded[vcpu] = cpu
        return loaded

    # The IOMMU

    def entries(self):
        """Every valid entry of every table."""
        data = self.entry_data()
        for segment in list_for_each_entry(
            "struct amd_iommu_pci_seg", self.prog["amd_iommu_pci_seg_list"].address_of_(), "list"
        ):
            yield from self.entries_of(segment, data)

    def entries_of(self, segment, data):
        number_of = segment.id.value_()
        sizes = self.table_sizes(segment)
        tables = {}
        for devid in range(segment.last_bdf.value_() + 1):
            table = maybe(lambda: segment.irq_lookup_table[devid].table.value_())
            if table:
                tables.setdefault(table, []).append(devid)
        for table, devids in tables.items():
            size = min(sizes.get(devid, self.usual_size()) for devid in devids)
            words = maybe(lambda: self.prog.read(table, size * ENTRY.size))
            if words is None:
                continue
            for index, (lo, hi) in enumerate(ENTRY.iter_unpack(words)):
                owners = [d for d in devids if (number_of, d, index) in data]
                # Of a table that several devices share, only the driver tells whose an entry is.
                for devid in owners or devids[: 2 - len(devids)]:
                    known = data.get((number_of, devid, index), {})
                    if lo & 1:
                        yield {
                            "kind": "irte",
                            "irte": entry_name(number_of, devid, index),
                            "address": hexadecimal(table + index * ENTRY.size),
                            "lo": hexadecimal(lo),
                            "hi": hexadecimal(hi),
                            "host_irq": known.get("host_irq"),
                            "shadow_lo": hexadecimal(known.get("lo")),
                            "shadow_hi": hexadecimal(known.get("hi")),
                        }

    def usual_size(self):
        has_size = self.prog.type("struct iommu_dev_data").has_member("max_irqs")
        return ENTRIES_OF_TABLE if has_size else ENTRIES_OF_OLD_TABLE

    def table_sizes(self, segment):
        devices = few(
            llist_for_each_entry(
                "struct iommu_dev_data", segment.dev_data_list.address_of_(), "dev_data_list"
            )
        )
        sizes = {d.devid.value_(): number(lambda: d.max_irqs) for d in devices or []}
        return {devid: size for devid, size in sizes.items() if size}

    def entry_data(self):
        """What the driver keeps of each entry: by segment, device and index."""
        found = {}
        domains = {
            iommu.ir_domain.value_()
            for iommu in list_for_each_entry(
                "struct amd_iommu", self.prog["amd_iommu_list"].address_of_(), "list"
            )
        }
        for irq, desc in self.irq_descriptors():
            data = maybe(lambda: desc.irq_data.address_of_())
            while data is not None and data.value_() != 0:
                if number(lambda: data.domain) in domains:
                    ir = Object(self.prog, "struct amd_ir_data *", value=data.chip_data.value_())
                    key = self.entry_key(ir)
                    if key is not None:
                        found[key] = dict(self.shadow(ir), host_irq=irq)
                data = maybe(lambda: data.parent_data)
        return found

    def irq_descriptors(self):
        """Every host IRQ; none where this drgn has no helper for them."""
        try:
            from drgn.helpers.linux.irq import for_each_irq_desc
        except ImportError:
            return []
        return few(for_each_irq_desc(self.prog)) or []

    def entry_key(self, ir):
        def read():
            place = ir.irq_2_irte
            return ir.iommu.pci_seg.id.value_(), place.devid.value_(), place.index.value_()

        return maybe(read)

    def shadow(self, ir):
        words = maybe(lambda: ENTRY.unpack(self.prog.read(ir.entry.value_(), ENTRY.size)))
        return {} if words is None else dict(zip(("lo", "hi"), words))

    # KVM

    def machines(self):
        return list_for_each_entry("struct kvm", self.prog["vm_list"].address_of_(), "vm_list")

    def machine(self, kvm, loaded):
        svm = container_of(kvm, "struct kvm_svm", "kvm")
        vm = hexadecimal(kvm.value_())
        yield {
            "kind": "vm",
            "vm": vm,
            "vm_id": number(lambda: svm.avic_vm_id),
            "tgid": number(lambda: kvm.userspace_pid),
            "inhibits": number(lambda: kvm.arch.apicv_inhibit_reasons),
        }
        for _, pointer in self.told(vm, "vCPUs", xa_for_each(kvm.vcpu_array.address_of_())):
            vcpu = Object(self.prog, "struct kvm_vcpu *", value=pointer.value_())
            yield self.vcpu(vm, vcpu, loaded)
        items = kvm.irqfds.items.address_of_()
        irqfds = list_for_each_entry("struct kvm_kernel_irqfd", items, "list")
        for irqfd in self.told(vm, "irqfds", irqfds):
            yield from self.irqfd(vm, kvm, irqfd)

    def told(self, vm, what, objects):
        found = few(objects)
        if found is None:
            print("The %s of the VM at %s cannot be read." % (what, vm), file=sys.stderr)
        return found or []

    def vcpu(self, vm, vcpu, loaded):
        svm = container_of(vcpu, "struct vcpu_svm", "vcpu")
        cpu = None if loaded is None else loaded.get(vcpu.value_(), -1)
        blocking = number(lambda: vcpu.stat.generic.blocking)
        return {
            "kind": "vcpu",
            "vcpu": hexadecimal(vcpu.value_()),
            "vm": vm,
            "vcpu_id": number(lambda: vcpu.vcpu_id),
            "vcpu_idx": number(lambda: vcpu.vcpu_idx),
            "entry": self.physical_id_entry(svm),
            "apicv_active": number(lambda: vcpu.arch.apic.apicv_active),
            "blocking": None if blocking is None else blocking != 0,
            "cpu": cpu,
            "ir_list": self.ir_list(svm),
        }

    def physical_id_entry(self, svm):
        if self.prog.type("struct vcpu_svm").has_member("avic_physical_id_entry"):
            return hexadecimal(number(lambda: svm.avic_physical_id_entry))
        return hexadecimal(number(lambda: svm.avic_physical_id_cache[0]))

    def ir_list(self, svm):
        """The entries that are posted to the vCPU, the newest first."""
        head = svm.ir_list.address_of_()
        if self.prog.type("struct kvm_kernel_irqfd").has_member("vcpu_list"):
            elements = list_for_each_entry("struct kvm_kernel_irqfd", head, "vcpu_list")
            data = few(each.irq_bypass_data.value_() for each in elements)
        else:
            elements = list_for_each_entry("struct amd_svm_iommu_ir", head, "node")
            data = few(each.data.value_() for each in elements)
        if data is None:
            return None
        keys = [self.entry_key(Object(self.prog, "struct amd_ir_data *", value=v)) for v in data]
        return None if None in keys else [entry_name(*key) for key in keys]

    def irqfd(self, vm, kvm, irqfd):
        gsi = number(lambda: irqfd.gsi)
        producer = number(lambda: irqfd.producer)
        connected = producer != 0
        yield {
            "kind": "irqfd",
            "irqfd": hexadecimal(irqfd.value_()),
            "vm": vm,
            "gsi": gsi,
            "host_irq": number(lambda: irqfd.producer.irq) if connected else -1,
        }
        yield dict({"kind": "route", "vm": vm, "gsi": gsi}, **self.route(kvm, gsi))

    def route(self, kvm, gsi):
        """The first route of a GSI in the table of routes: an irqfd takes up that one. Type 0 = there is none."""
        unknown = {"type": None, "address": None, "data": None}

        def read():
            table = kvm.irq_routing
            routes = []
            if gsi < table.nr_rt_entries.value_():
                head = table.map[gsi].address_of_()
                routes = few(
                    hlist_for_each_entry("struct kvm_kernel_irq_routing_entry", head, "link")
                )
            if routes is None:
                return unknown
            # An irqfd takes up no route where there are several (irqfd_update()).
            if len(routes) != 1:
                return dict(unknown, type=0)
            (entry,) = routes
            of = entry.type.value_()
            if of != ROUTING_MSI:
                return dict(unknown, type=of)
            address = entry.msi.address_hi.value_() << 32 | entry.msi.address_lo.value_()
            return {"type": of, "address": hexadecimal(address), "data": entry.msi.data.value_()}

        return maybe(read) or unknown


def same(first, second):
    """The facts of the second reading; a value that was another one in the first is not known."""
    before = {identity(fact): fact for fact in first}
    for fact in second:
        old = before.get(identity(fact))
        if old is not None:
            yield {name: value if old[name] == value else None for name, value in fact.items()}


def identity(fact):
    names = ("kind", "cpu") if fact["kind"] == "cpu" else tuple(fact)[:2]
    also = (fact["vm"], fact["gsi"]) if fact["kind"] == "route" else ()
    return tuple(fact[name] for name in names) + also


def text_of(head, facts):
    """One JSON document in which every fact stands in a line of its own, the first one in the first line."""
    lines = ",\n".join(json.dumps(fact) for fact in facts)
    return '%s, "facts": [%s]}' % (json.dumps(head)[:-1], lines)


def boot_id(prog):
    """drivers/char/random.c: sysctl_bootid, which is made when it is first asked for; None = it was not, or cannot be read."""
    read = maybe(lambda: bytes(each & 0xFF for each in prog["sysctl_bootid"].value_()))
    return None if read is None or not any(read) else str(uuid.UUID(bytes=read))


def dump(prog):
    """The document of a program."""
    host = Host(prog)
    is_live = bool(prog.flags & ProgramFlags.IS_LIVE)
    begin = time.monotonic_ns() if is_live else None
    facts = list(host.facts())
    if is_live:
        facts = list(same(facts, host.facts()))
    end = time.monotonic_ns() if is_live else None
    release = maybe(lambda: prog["init_uts_ns"].name.release.string_().decode())
    head = {"irqtwin_state": 1, "release": release, "boot_id": boot_id(prog)}
    head.update({"live": is_live, "mono_ns": [begin, end]})
    return text_of(head, facts)


def main(prog):
    missing = list(lacking(prog))
    for each in missing:
        print("This kernel has no %s, or its debug information is not loaded." % each, file=sys.stderr)
    if missing:
        sys.exit(1)
    print(dump(prog))


if "prog" in globals():
    main(globals()["prog"])
