"""A Postfix of the test's own that refuses whatever is not strictly MIME, and keeps the rest."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from tests.judges import program
from tests.ports import free_port
from tests.support import missing

_MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
_MAIN = {
    "compatibility_level": "3.6",
    "myhostname": "judge.example.org",
    "mydestination": "",
    "mynetworks": "127.0.0.0/8",
    "inet_interfaces": "127.0.0.1",
    "virtual_mailbox_domains": "static:all",
    "virtual_mailbox_maps": "static:all/",
    "virtual_uid_maps": "static:65534",
    "virtual_gid_maps": "static:65534",
    "alias_maps": "",
    "smtputf8_enable": "no",
    "strict_rfc821_envelopes": "yes",
    "strict_7bit_headers": "yes",
    "strict_8bitmime": "yes",
    "strict_8bitmime_body": "yes",
    "strict_mime_encoding_domain": "yes",
    "smtpd_forbid_bare_newline": "yes",
    "smtpd_recipient_restrictions": "permit_mynetworks,reject",
}


class Postfix:
    """Started with the object, stopped by `stop`; `port` takes mail for every address."""

    def __init__(self) -> None:
        self._tool = program("postfix", "Debian: postfix")
        if os.geteuid() != 0:
            missing("root, to start Postfix")
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="digest-postfix-"))
        self.folder.chmod(0o755)
        for name in ("queue", "data", "mail", "etc"):
            (self.folder / name).mkdir()
        shutil.chown(self.folder / "data", "postfix")
        shutil.chown(self.folder / "mail", 65534, 65534)
        self._configure()
        self._control("start")
        self._wait()

    def _configure(self) -> None:
        places = {
            "queue_directory": self.folder / "queue",
            "data_directory": self.folder / "data",
            "virtual_mailbox_base": self.folder / "mail",
            "maillog_file": self.folder / "log",
            "maillog_file_prefixes": self.folder,
        }
        lines = [f"{key} = {value}" for key, value in {**_MAIN, **places}.items()]
        (self.folder / "etc" / "main.cf").write_text("\n".join(lines) + "\n")
        (self.folder / "etc" / "master.cf").write_text(_MASTER.format(port=self.port))

    def _control(self, action: str) -> None:
        command = [self._tool, "-c", str(self.folder / "etc"), action]
        subprocess.run(command, check=True, capture_output=True)

    def _wait(self) -> None:
        for _ in range(100):
            with socket.socket() as sock:
                if sock.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        raise TimeoutError

    def received(self, count: int) -> list[bytes]:
        """The messages that arrived, as they lie in the mailbox, once there are so many."""
        for _ in range(200):
            files = [path for path in self.folder.glob("mail/all/new/*") if path.is_file()]
            if len(files) >= count:
                return [path.read_bytes() for path in files]
            time.sleep(0.1)
        raise TimeoutError((self.folder / "log").read_text()[-2000:])

    def stop(self) -> None:
        """Stops it and removes all it kept."""
        self._control("stop")
        shutil.rmtree(self.folder, ignore_errors=True)
