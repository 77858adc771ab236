"""An IMAP mailbox on loopback (RFC 9051), as far as picking up mail needs it, and strict."""

import re
import socketserver
import ssl
import threading
from typing import Any


class ImapServer:
    """One user, one folder; ``mails`` by uid is what lies there.

    With a ``context`` it speaks TLS after STARTTLS. A uid in ``unreadable`` is answered with NO.
    """

    def __init__(
        self,
        mails: list[bytes],
        *,
        user: str = "digest",
        password: str = "a word",
        context: ssl.SSLContext | None = None,
    ) -> None:
        self.mails = dict(enumerate(mails, start=1))
        self.user, self.password = user, password
        self.context = context
        self.deleted: set[int] = set()
        self.unreadable: set[int] = set()
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                _Session(outer, self.rfile, self.wfile, self.connection).run()

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        port = self._server.server_address[1]
        return f"imap://{self.user}:{self.password.replace(' ', '%20')}@127.0.0.1:{port}/INBOX"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Session:
    def __init__(self, server: ImapServer, reader: Any, writer: Any, link: Any) -> None:
        self.link = link
        self.server, self.reader, self.writer = server, reader, writer
        self.signed_in = self.selected = False

    def run(self) -> None:
        self.say("* OK ready")
        while line := self.reader.readline():
            tag, _, rest = line.decode().strip().partition(" ")
            command, _, words = rest.partition(" ")
            if command.upper() == "LOGOUT":
                self.say("* BYE", f"{tag} OK bye")
                return
            self.answer(tag, command.upper(), words)

    def say(self, *lines: str) -> None:
        for line in lines:
            self.writer.write(line.encode() + b"\r\n")
        self.writer.flush()

    def answer(self, tag: str, command: str, words: str) -> None:
        server = self.server
        if command == "CAPABILITY":
            more = " STARTTLS" if server.context else ""
            self.say(f"* CAPABILITY IMAP4rev1{more}", f"{tag} OK done")
        elif command == "STARTTLS" and server.context:
            self.say(f"{tag} OK begin")
            self.link = server.context.wrap_socket(self.link, server_side=True)
            self.reader, self.writer = self.link.makefile("rb"), self.link.makefile("wb")
        elif command == "LOGIN":
            self.signed_in = words.replace('"', "") == f"{server.user} {server.password}"
            self.say(f"{tag} OK in" if self.signed_in else f"{tag} NO wrong name or password")
        elif not self.signed_in:
            self.say(f"{tag} BAD sign in first")
        elif command == "SELECT":
            self.selected = words == '"INBOX"'
            found = [f"* {len(server.mails)} EXISTS", f"{tag} OK [READ-WRITE] here"]
            self.say(*(found if self.selected else [f"{tag} NO no such folder"]))
        elif not self.selected:
            self.say(f"{tag} BAD select first")
        elif command == "EXPUNGE":
            for uid in server.deleted:
                server.mails.pop(uid, None)
            self.say(f"{tag} OK gone")
        else:
            self.uid(tag, words)

    def uid(self, tag: str, words: str) -> None:
        server = self.server
        if words == "SEARCH UNDELETED":
            left = [str(uid) for uid in server.mails if uid not in server.deleted]
            self.say(f"* SEARCH {' '.join(left)}", f"{tag} OK done")
        elif found := re.fullmatch(r"FETCH (\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", words):
            if int(found[1]) in server.unreadable:
                self.say(f"{tag} NO [SERVERBUG] cannot be read now")
                return
            mail = server.mails[int(found[1])][: int(found[2])]
            head = f"* 1 FETCH (UID {found[1]} BODY[]<0> {{{len(mail)}}}\r\n"
            self.writer.write(head.encode() + mail + b")\r\n")
            self.say(f"{tag} OK done")
        elif found := re.fullmatch(r"STORE (\d+) \+FLAGS \(\\Deleted\)", words):
            server.deleted.add(int(found[1]))
            self.say(f"{tag} OK done")
        else:
            self.say(f"{tag} BAD not understood")
