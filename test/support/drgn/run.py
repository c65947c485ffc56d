"""Runs the drgn script on a process that stands for a kernel: run.py SCRIPT PROGRAM PID."""

import importlib.util
import sys

import drgn

script, program, pid = sys.argv[1:]
spec = importlib.util.spec_from_file_location("state", script)
state = importlib.util.module_from_spec(spec)
spec.loader.exec_module(state)


class Process(state.Host):
    """CPUs and IRQ descriptors are found by helpers that know a kernel only."""

    def each_cpu(self):
        return [0, 1]

    def per_cpu(self, name, cpu):
        return self.prog[name][cpu]

    def irq_descriptors(self):
        descs = self.prog["descs"]
        return [(descs[i].irq_data.irq.value_(), descs[i].address_of_()) for i in range(2)]


state.Host = Process
prog = drgn.Program()
prog.set_pid(int(pid))
prog.load_debug_info([program])
state.main(prog)
