"""The machines that a guest can be, all that differs between them in one place, and how QEMU is called for one.
   machine.py IMAGE DISK CONSOLE ARGUMENT…      runs one until it ends or restarts; ARCH=arm64: of that kind"""

import dataclasses
import os
import sys


@dataclasses.dataclass(frozen=True)
class Machine:
    qemu: list
    console: str
    arguments: str
    port: str       # of the agent, below /dev
    wire: list      # what connects that port with the socket PATH
    scale: float    # how much slower it is than the x86-64 one, whose times scenarios name

    def command(self, image, disk, format, console, arguments):
        """QEMU's words. Emulation only: /dev/kvm may be there and still hang a guest."""
        return self.qemu + [
            "-accel", "tcg,thread=multi", "-smp", "2", "-m", "1024", "-nodefaults", "-no-user-config", "-display", "none",
            "-kernel", f"{image}/vmlinuz", "-initrd", f"{image}/initramfs",
            "-append", f"console={self.console} quiet loglevel=4 panic=-1 mitigations=off {self.arguments} {arguments}",
            "-drive", f"file={disk},if=virtio,format={format},cache=unsafe", "-serial", f"file:{console}"]


MACHINES = {
    "amd64": Machine(qemu=["qemu-system-x86_64", "-cpu", "max"], console="ttyS0", arguments="tsc=reliable reboot=t",
                     port="ttyS1", wire=["-serial", "unix:PATH"], scale=1),
    # The processor of a Raspberry Pi 5. This machine has one serial port.
    "arm64": Machine(qemu=["qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a76"], console="ttyAMA0", arguments="",
                     port="virtio-ports/agent", wire=["-device", "virtio-serial-pci", "-device", "virtserialport,chardev=agent,name=agent",
                                            "-chardev", "socket,id=agent,path=PATH"], scale=2),
}
MACHINE = MACHINES[os.environ.get("ARCH") or "amd64"]

if __name__ == "__main__":
    image, disk, console, *arguments = sys.argv[1:]
    command = MACHINE.command(image, disk, "raw", console, " ".join(arguments)) + ["-no-reboot"]
    os.execvp(command[0], command)
