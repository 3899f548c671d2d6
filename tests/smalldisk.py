"""A disk of a few megabytes that a test can fill: a tmpfs of its own."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

MEGABYTES = 32


class SmallDisk:
    """Mounted with the object, unmounted by `remove`.

    Args:
        owner: may write to `folder`.
    """

    def __init__(self, owner: str = "root") -> None:
        self._mounted = Path(tempfile.mkdtemp(prefix="digest-disk-"))
        self._mounted.chmod(0o711)
        command = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", str(self._mounted)]
        if subprocess.run(command, check=False, capture_output=True).returncode:
            self._mounted.rmdir()
            pytest.skip("needs the right to mount a disk of its own")
        self.folder = self._mounted / "data"
        self.folder.mkdir()
        shutil.chown(self.folder, owner)
        self._ballast = self._mounted / "ballast"

    def fill(self) -> None:
        """Leaves no room for a single page."""
        with self._ballast.open("wb", buffering=0) as file:
            try:
                while file.write(bytes(4096)):
                    pass
            except OSError:  # now it is full
                return

    def empty(self) -> None:
        """Makes room again."""
        self._ballast.unlink()

    def remove(self) -> None:
        """Unmounts it, whoever still has a file open."""
        subprocess.run(["umount", "-l", self._mounted], check=False)
        self._mounted.rmdir()
