-- An MSI that KVM sends for an interrupt, and a worker that passes on what an irqfd was signalled with: an interrupt that
-- no local APIC accepts is told from one that is still on its way.

INSERT INTO event_kind (id, name, meaning, a, b, c, d, words) VALUES
  (52, 'irqfd_injected', 'irqfd_inject(): a worker passes on what an irqfd was signalled with', NULL, NULL, NULL, NULL, 'none'),
  (53, 'msi_sent', 'kvm_msi_set_irq for an interrupt: the MSI that KVM sends to local APICs', 'dest', 'vector', 'mode', NULL, 'none');
