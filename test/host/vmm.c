// A small VMM: one VM with two vCPUs that run for a moment, many times a second, and one irqfd.

#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { VCPUS = 2, MEMORY = 0x10000, CODE = 0x1000, PAUSE_US = 20000 };

static int kvm, vm;

// The guest writes to port 0x80 for ever; each write ends KVM_RUN.
static const unsigned char GUEST[] = {0xe6, 0x80, 0xeb, 0xfc};

_Noreturn static void run_vcpu(long id) {
	char name[16];
	snprintf(name, sizeof name, "CPU %ld/KVM", id);
	prctl(PR_SET_NAME, name);
	const int vcpu = ioctl(vm, KVM_CREATE_VCPU, id);
	struct kvm_sregs segments;
	ioctl(vcpu, KVM_GET_SREGS, &segments);
	segments.cs.base = segments.cs.selector = 0;
	ioctl(vcpu, KVM_SET_SREGS, &segments);
	struct kvm_regs registers = {.rip = CODE, .rflags = 2};
	ioctl(vcpu, KVM_SET_REGS, &registers);
	struct kvm_mp_state state = {KVM_MP_STATE_RUNNABLE};
	ioctl(vcpu, KVM_SET_MP_STATE, &state);
	mmap(NULL, ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	for (;;) {
		ioctl(vcpu, KVM_RUN, 0);
		usleep(PAUSE_US);
	}
}

static void *run(void *arg) {
	run_vcpu((long)arg);
}

int main(void) {
	kvm = open("/dev/kvm", O_RDWR);
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm < 0 || ioctl(vm, KVM_CREATE_IRQCHIP, 0) < 0) {
		perror("/dev/kvm");
		return 1;
	}
	unsigned char *memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	memcpy(memory + CODE, GUEST, sizeof GUEST);
	struct kvm_userspace_memory_region region = {.memory_size = MEMORY, .userspace_addr = (unsigned long)memory};
	ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region);
	struct kvm_irqfd irqfd = {.fd = eventfd(0, 0), .gsi = 5};
	ioctl(vm, KVM_IRQFD, &irqfd);
	for (long id = 0; id < VCPUS; id++) {
		pthread_t thread;
		pthread_create(&thread, NULL, run, (void *)id);
	}
	pause();
	return 0;
}
