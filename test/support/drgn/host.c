// A process that holds what a kernel with one VM would hold: the structs that the drgn script reads, with the members that
// it reads. Compiled with -DSERIES as the kernel is since the series, without as before it.

#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

struct list_head { struct list_head *next, *prev; };
struct hlist_node { struct hlist_node *next, **pprev; };
struct hlist_head { struct hlist_node *first; };
struct llist_node { struct llist_node *next; };
struct llist_head { struct llist_node *first; };
struct xarray { unsigned int xa_flags; void *xa_head; };
struct xa_node { unsigned char shift, offset, count, nr_values; void *slots[64]; };

struct irq_remap_table { u32 *table; };
struct amd_iommu_pci_seg {
	struct list_head list;
	struct llist_head dev_data_list;
	u16 id, last_bdf;
	struct irq_remap_table **irq_lookup_table;
};
struct irq_domain { int unused; };
struct amd_iommu { struct list_head list; struct amd_iommu_pci_seg *pci_seg; struct irq_domain *ir_domain; };
struct iommu_dev_data {
	struct llist_node dev_data_list;
	u16 devid;
#ifdef SERIES
	unsigned int max_irqs;
#endif
};
struct irq_2_irte { u16 devid, index; };
struct amd_ir_data { struct amd_iommu *iommu; struct irq_2_irte irq_2_irte; void *entry; };
struct irq_data { unsigned int irq; struct irq_domain *domain; struct irq_data *parent_data; void *chip_data; };
struct irq_desc { struct irq_data irq_data; };
struct cpuinfo_topology { u32 apicid; };
struct cpuinfo_x86 { struct cpuinfo_topology topo; };

struct kvm_lapic { _Bool apicv_active; };
struct kvm_kernel_irq_routing_entry {
	u32 gsi, type;
	struct { u32 address_lo, address_hi, data; } msi;
	struct hlist_node link;
};
struct kvm_irq_routing_table { u32 nr_rt_entries; struct hlist_head map[32]; };
struct irq_bypass_producer { int irq; };
struct kvm_kernel_irqfd {
	struct kvm_kernel_irq_routing_entry irq_entry;
	int gsi;
	struct list_head list;
	struct irq_bypass_producer *producer;
#ifdef SERIES
	struct list_head vcpu_list;
	void *irq_bypass_data;
#endif
};
struct kvm {
	struct list_head vm_list;
	struct xarray vcpu_array;
	struct kvm_irq_routing_table *irq_routing;
	int userspace_pid;
	struct { struct list_head items; } irqfds;
	struct { unsigned long apicv_inhibit_reasons; } arch;
};
struct kvm_vcpu {
	int vcpu_id, vcpu_idx;
	struct { struct kvm_lapic *apic; } arch;
	struct { struct { u64 blocking; } generic; } stat;
};
struct kvm_svm { struct kvm kvm; u32 avic_vm_id; };
struct vcpu_svm {
	struct kvm_vcpu vcpu;
	struct list_head ir_list;
#ifdef SERIES
	u64 avic_physical_id_entry;
#else
	u64 *avic_physical_id_cache;
#endif
};
#ifndef SERIES
struct amd_svm_iommu_ir { struct list_head node; void *data; };
#endif

#define EMPTY(head) { &(head), &(head) }

struct list_head vm_list, amd_iommu_pci_seg_list, amd_iommu_list;

static u64 entries[1024] __attribute__((aligned(4096)));
static struct irq_remap_table table = { (u32 *)entries };
static struct irq_remap_table *tables[0x48];
static struct amd_iommu_pci_seg segment = { .last_bdf = 0x47, .irq_lookup_table = tables };
static struct irq_domain domain, others;
static struct amd_iommu iommu = { .pci_seg = &segment, .ir_domain = &domain };
static struct iommu_dev_data device = { .devid = 0x40 };
static u64 shadows[2][2];
static struct amd_ir_data data[2] = {
	{ &iommu, { 0x40, 0 }, shadows[0] },
	{ &iommu, { 0x40, 3 }, shadows[1] },
};
static struct irq_data parents[2] = {
	{ 30, &domain, 0, &data[0] },
	{ 33, &domain, 0, &data[1] },
};
struct irq_desc descs[2] = { { { 30, &others, &parents[0], 0 } }, { { 33, &others, &parents[1], 0 } } };
struct cpuinfo_x86 cpu_info[2] = { { { 0 } }, { { 5 } } };

static struct kvm_lapic apic = { 1 };
static struct kvm_lapic inhibited = { 0 };
static struct vcpu_svm vcpu = { .vcpu = { .vcpu_id = 2, .arch = { &apic } } };
static struct vcpu_svm other = { .vcpu = { .vcpu_id = 3, .vcpu_idx = 1, .arch = { &inhibited }, .stat = { { 1 } } } };
static struct kvm_irq_routing_table routing = { .nr_rt_entries = 32 };
static struct kvm_kernel_irq_routing_entry msi = { .gsi = 24, .type = 2, .msi = { 0xfee02000, 1, 0x4063 } };
static struct irq_bypass_producer producer = { 30 };
static struct kvm_kernel_irqfd irqfds[2] = { { .gsi = 24, .producer = &producer }, { .gsi = 25 } };
static struct kvm_svm vm = { .kvm = { .irq_routing = &routing, .userspace_pid = 77 }, .avic_vm_id = 9 };
struct kvm_vcpu *kvm_running_vcpu[2];
unsigned char sysctl_bootid[16] = { 0x3f, 0x1c };
struct xa_node vcpus;
#ifndef SERIES
static u64 cached = 0xc000000001234005;
static struct amd_svm_iommu_ir elements[2];
#endif

static void append(struct list_head *head, struct list_head *node)
{
	node->prev = head->prev;
	node->next = head;
	head->prev->next = node;
	head->prev = node;
}

static void init(struct list_head *head)
{
	head->next = head->prev = head;
}

int main(void)
{
	init(&vm_list);
	init(&amd_iommu_list);
	init(&amd_iommu_pci_seg_list);
	init(&vm.kvm.irqfds.items);
	init(&vcpu.ir_list);
	append(&vm_list, &vm.kvm.vm_list);
	append(&amd_iommu_list, &iommu.list);
	append(&amd_iommu_pci_seg_list, &segment.list);
	append(&vm.kvm.irqfds.items, &irqfds[0].list);
	append(&vm.kvm.irqfds.items, &irqfds[1].list);
	tables[0x40] = tables[0x47] = &table;
	segment.dev_data_list.first = &device.dev_data_list;
	entries[0] = shadows[0][0] = 0x0000020000000085;
	entries[1] = shadows[0][1] = 0x000000010168a063;
	entries[6] = 0x0000000000000001;
	entries[7] = 0x0000000000000022;
	entries[4] = 0x00000000deadbee0;
	init(&other.ir_list);
	vcpus.slots[0] = &vcpu;
	vcpus.slots[1] = &other;
	// lib/xarray.c: a node is marked by bit 1.
	vm.kvm.vcpu_array.xa_head = (char *)&vcpus + 2;
	vm.kvm.arch.apicv_inhibit_reasons = 4;
	routing.map[24].first = &msi.link;
	kvm_running_vcpu[1] = &vcpu.vcpu;
#ifdef SERIES
	device.max_irqs = 512;
	vcpu.avic_physical_id_entry = 0xc000000001234005;
	irqfds[0].irq_bypass_data = &data[0];
	irqfds[1].irq_bypass_data = &data[1];
	append(&vcpu.ir_list, &irqfds[1].vcpu_list);
	append(&vcpu.ir_list, &irqfds[0].vcpu_list);
#else
	vcpu.avic_physical_id_cache = &cached;
	elements[0].data = &data[0];
	elements[1].data = &data[1];
	append(&vcpu.ir_list, &elements[1].node);
	append(&vcpu.ir_list, &elements[0].node);
#endif
	puts("ready");
	fflush(stdout);
	pause();
	return 0;
}
