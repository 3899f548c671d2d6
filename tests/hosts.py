"""Hosts of their own on one machine: a network namespace each, joined by a bridge.

A host has its own network, process numbers and name, so that nothing but the network and the
clock is shared: who is killed on one cannot be seen to be gone from another.
"""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.judges import program

NEW_NETWORK = 0x40000000  # CLONE_NEWNET of setns(2)


@dataclass(frozen=True)
class Host:
    """A host on a network.

    Attributes:
        name: as `hostname` says it there.
        namespace: of its network, by the name that iproute2 knows.
        address: its own.
    """

    name: str
    namespace: str
    address: str

    @property
    def network(self) -> list[str]:
        """What a command begins with to use this host's network."""
        return [program("nsenter", "Debian: util-linux"), f"--net=/run/netns/{self.namespace}"]

    def command(self, *command: str) -> list[str]:
        """A command as a process of this host; with it all processes that it began are killed."""
        apart = ["unshare", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc"]
        named = ["sh", "-c", f'hostname {self.name}; exec "$@"', "sh"]
        return [*self.network, *apart, *named, *command]

    def listen(self) -> socket.socket:
        """A socket that listens at this host's address, for a server of this process."""
        made: list[socket.socket] = []

        def enter_and_listen() -> None:  # a thread belongs to a network of its own, and ends
            with Path(f"/run/netns/{self.namespace}").open() as file:
                libc = ctypes.CDLL(None, use_errno=True)
                if libc.setns(file.fileno(), NEW_NETWORK):
                    raise OSError(ctypes.get_errno(), "setns")
            made.append(socket.create_server((self.address, 0)))

        thread = threading.Thread(target=enter_and_listen)
        thread.start()
        thread.join()
        return made[0]


class Network:
    """A bridge in a namespace of its own, with a cable to each host."""

    def __init__(self) -> None:
        self._prefix = f"digest{os.getpid()}"
        self._switch = f"{self._prefix}-switch"
        self._hosts: list[Host] = []
        self._namespaces: list[str] = []

    def build(self) -> None:
        """Makes the bridge; a test is skipped where the machine does not allow that.

        No package brings the right, so that a machine of CI may lack it, too.
        """
        apart = ["unshare", "--uts", "--pid", "--fork", "--mount-proc", "true"]
        bridge = ("link", "add", "bridge", "type", "bridge")
        if (
            self._try("netns", "add", self._switch)
            or self._try("-n", self._switch, *bridge)
            or subprocess.run(apart, check=False, capture_output=True).returncode
        ):
            self._try("netns", "delete", self._switch)
            pytest.skip("needs the right to make network and process namespaces (as root)")
        self._namespaces.append(self._switch)
        self._ip("-n", self._switch, "link", "set", "bridge", "up")

    def host(self, name: str) -> Host:
        """A new host."""
        made = Host(name, f"{self._prefix}-{name}", f"10.77.0.{len(self._hosts) + 1}")
        self._ip("netns", "add", made.namespace)
        self._namespaces.append(made.namespace)
        self._hosts.append(made)
        to_it, own = ("-n", self._switch, "link"), ("-n", made.namespace)
        plug = ("type", "veth", "peer", "name", "eth0", "netns", made.namespace)
        self._ip(*to_it, "add", name, *plug)
        self._ip(*to_it, "set", name, "master", "bridge", "up")
        self._ip(*own, "address", "add", f"{made.address}/24", "dev", "eth0")
        self._ip(*own, "link", "set", "eth0", "up")
        self._ip(*own, "link", "set", "lo", "up")
        return made

    def cut(self, host: Host) -> None:
        """Pulls a host's cable: neither side is told."""
        self._ip("-n", self._switch, "link", "set", host.name, "down")

    def mend(self, host: Host) -> None:
        """Plugs it in again."""
        self._ip("-n", self._switch, "link", "set", host.name, "up")

    def remove(self) -> None:
        """Takes everything down."""
        for namespace in self._namespaces:
            self._try("netns", "delete", namespace)

    def _ip(self, *arguments: str) -> None:
        tool = program("ip", "Debian: iproute2")
        subprocess.run([tool, *arguments], check=True, capture_output=True, text=True)

    def _try(self, *arguments: str) -> int:
        tool = program("ip", "Debian: iproute2")
        return subprocess.run([tool, *arguments], check=False, capture_output=True).returncode


@contextmanager
def network() -> Iterator[Network]:
    """A network that is taken down with the block."""
    made = Network()
    try:
        made.build()
        yield made
    finally:
        made.remove()
