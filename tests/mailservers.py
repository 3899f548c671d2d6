"""Postfix and Dovecot of a test's own: private folders and ports, started and stopped by it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from tests.certificates import Authority
from tests.ports import free_port

TOKEN_KEY = b"k" * 32
POSTFIX = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
myhostname = mx.example.org
mydestination =
local_recipient_maps =
alias_maps =
virtual_mailbox_domains = example.org, digest.example
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
recipient_delimiter = +
smtpd_recipient_restrictions = permit_mynetworks, reject
smtpd_reject_unlisted_recipient = no
smtputf8_enable = yes
transport_maps = inline:{{
  {{ policy.example = smtp:[127.0.0.1]:{policy} }},
  {{ silent.example = smtp:[127.0.0.1]:{silent} }},
  {{ closed.example = smtp:[127.0.0.1]:{closed} }} }}
smtp_helo_timeout = 2s
# Each message is tried once: what others put off for five days comes back at once.
maximal_queue_lifetime = 0
bounce_queue_lifetime = 0
"""
MASTER = """
127.0.0.1:{smtp} inet n - n - - smtpd
127.0.0.1:{policy} inet n - n - - smtpd
  -o myhostname=strict.example.net -o smtpd_recipient_restrictions=reject
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
postlog unix-dgram n - n - 1 postlogd
"""
DOVECOT = """
protocols = imap lmtp
listen = 127.0.0.1
base_dir = {folder}/dovecot
state_dir = {folder}/dovecot
log_path = {folder}/dovecot.log
ssl = required
ssl_cert = <{certificate}
ssl_key = <{certificate}
mail_location = maildir:{folder}/mail/%n
mail_uid = mail
mail_gid = mail
first_valid_uid = 1
recipient_delimiter = +
lmtp_save_to_detail_mailbox = no
mail_plugins = quota
plugin {{
  quota = count:User quota
  quota_vsizes = yes
}}
auth_mechanisms = plain xoauth2
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {folder}/oauth2
}}
passdb {{
  driver = passwd-file
  mechanisms = plain
  args = scheme=PLAIN username_format=%n {folder}/users
}}
userdb {{
  driver = passwd-file
  args = username_format=%n {folder}/users
}}
service imap-login {{
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {imap}
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
"""
# A token is a JWT (RFC 7519) that Dovecot verifies by itself.
OAUTH2 = """
introspection_mode = local
local_validation_key_dict = fs:posix:prefix={folder}/tokens/
username_attribute = sub
"""
USERS = """
reader:{{PLAIN}}secret::::::
digest:{{PLAIN}}secret::::::
full:{{PLAIN}}secret::::::userdb_quota_rule=*:bytes=100
"""


class MailServers:
    """Mail for example.org goes by Postfix to Dovecot, which knows reader, full and digest.

    policy.example is another Postfix, which takes mail of nobody; silent.example never answers,
    and at closed.example nobody listens.
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="digest-mail-"))
        self.folder.chmod(0o755)
        self.authority = Authority(self.folder)
        self.authority.server()
        self.smtp, self.imap, self.lmtp, self.policy, self.closed = (free_port() for _ in range(5))
        # Takes connections and never says a word.
        self._silent = socket.create_server(("127.0.0.1", 0))
        self._write()

    def start(self) -> None:
        """Starts both and waits until they listen."""
        subprocess.run(["dovecot", "-c", self.folder / "dovecot.conf"], check=True)
        self._postfix("start")
        for port in (self.smtp, self.imap, self.lmtp, self.policy):
            _await_port(port)

    def stop(self) -> None:
        """Stops both and removes their files."""
        self._postfix("stop", check=False)
        self._silent.close()
        subprocess.run(["doveadm", "-c", self.folder / "dovecot.conf", "stop"], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _postfix(self, what: str, *, check: bool = True) -> None:
        command = ["postfix", "-c", str(self.folder / "postfix"), what]
        subprocess.run(command, check=check, capture_output=True, env=_without_mail())

    def _write(self) -> None:
        values = {
            "folder": self.folder,
            "smtp": self.smtp,
            "imap": self.imap,
            "lmtp": self.lmtp,
            "policy": self.policy,
            "silent": self._silent.getsockname()[1],
            "closed": self.closed,
            "certificate": self.folder / "server-False-False.pem",
        }
        for name in ("postfix", "queue", "data", "mail", "dovecot"):
            (self.folder / name).mkdir()
        shutil.chown(self.folder / "data", "postfix")
        shutil.chown(self.folder / "mail", "mail", "mail")
        (self.folder / "postfix" / "main.cf").write_text(POSTFIX.format(**values))
        (self.folder / "postfix" / "master.cf").write_text(MASTER.format(**values))
        (self.folder / "dovecot.conf").write_text(DOVECOT.format(**values))
        (self.folder / "users").write_text(USERS.format().lstrip())
        (self.folder / "oauth2").write_text(OAUTH2.format(**values))
        key = self.folder / "tokens" / "default" / "HS256" / "default"
        key.parent.mkdir(parents=True)
        key.write_bytes(base64.b64encode(TOKEN_KEY))


def access_token(user: str) -> str:
    """What an identity provider would give a user for Dovecot."""
    head, claims = ({"alg": "HS256", "typ": "JWT"}, {"sub": user, "exp": int(time.time()) + 600})
    signed = b".".join(_base64(json.dumps(part).encode()) for part in (head, claims))
    mac = hmac.new(TOKEN_KEY, signed, hashlib.sha256).digest()
    return b".".join((signed, _base64(mac))).decode()


def _base64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _without_mail() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("MAIL_")}


def _await_port(port: int) -> None:
    for _ in range(300):
        with socket.socket() as asking:
            if asking.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port}")
