"""HTTP/1.1 and WebSocket over bare sockets: says exactly the bytes that a test wants, right or wrong."""
import base64
import hashlib
import json
import os
import socket
import struct

PATIENCE = 15  # seconds; only a broken server makes a test wait so long

FIN, RSV1, RSV2, RSV3 = 0x80, 0x40, 0x20, 0x10
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA


class Closed(Exception):
    """The server has closed the connection."""


class Connection:
    """One TCP connection."""

    def __init__(self, server):
        self.server = server
        self.socket = socket.create_connection(("127.0.0.1", server.port), PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # what the server said before it closed is still to be read

    def more(self):
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        if not data:
            raise Closed()
        self.buffer += data

    def take(self, size):
        while len(self.buffer) < size:
            self.more()
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def take_until(self, mark):
        while mark not in self.buffer:
            self.more()
        data, self.buffer = self.buffer.split(mark, 1)
        return data

    def is_closed(self):
        """Waits for the end. False if the server says something instead."""
        if self.buffer:
            return False
        try:
            self.more()
        except Closed:
            return True
        return False

    def has_silence(self, seconds):
        """True if nothing comes, and the connection stays open, for so long."""
        if self.buffer:
            return False
        self.socket.settimeout(seconds)
        try:
            self.more()
        except TimeoutError:
            return True
        except socket.timeout:
            return True
        except Closed:
            return False
        finally:
            self.socket.settimeout(PATIENCE)
        return False


class Response:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def header(self, name):
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return values[0] if values else None

    def text(self):
        return self.body.decode()

    def json(self):
        return json.loads(self.body)


class Http(Connection):
    """A keep-alive HTTP connection."""

    def ask(self, method, query="", body=None, headers=(), path=None):
        """Sends a request and does not wait."""
        target = (path or self.server.path) + query
        lines = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1", *headers]
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b""))

    def answer(self, has_body=True):
        lines = self.take_until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        status = int(lines[0].split(" ")[1])
        headers = [tuple(line.split(": ", 1)) for line in lines[1:]]
        response = Response(status, headers, b"")
        length = response.header("Content-Length")
        if has_body and length is not None:
            response.body = self.take(int(length))
        return response

    def request(self, *args, **kwargs):
        self.ask(*args, **kwargs)
        return self.answer()


def request(server, method, query="", body=None, headers=(), path=None):
    """One request on a connection of its own."""
    with Http(server) as http:
        return http.request(method, query, body, headers, path)


def open_polling(server):
    """Opens a session by long-polling and returns its sid."""
    return request(server, "GET", "?EIO=4&transport=polling").json_packet()["sid"]


def json_packet(response):
    return json.loads(response.body[1:])


Response.json_packet = json_packet


class Polling:
    """A long-polling session. Every call uses a connection of its own."""

    def __init__(self, server):
        self.server = server
        self.sid = open_polling(server)
        self.query = f"?EIO=4&transport=polling&sid={self.sid}"

    def get(self):
        return request(self.server, "GET", self.query)

    def post(self, body):
        return request(self.server, "POST", self.query, body if isinstance(body, bytes) else body.encode())

    def pending_get(self):
        """A GET that waits; the caller closes it. Returns once the server has surely seen it."""
        http = Http(self.server)
        http.ask("GET", self.query)
        http.has_silence(0.1)
        return http

    def is_closed(self):
        return self.get().status == 400


def mask(payload, key):
    return bytes(byte ^ key[i % 4] for i, byte in enumerate(payload))


def frame(first, payload=b"", masked=True, length_form=None):
    """A client frame; `first` is its first byte. `length_form` forces 2 or 8 length bytes."""
    payload = payload if isinstance(payload, bytes) else payload.encode()
    size = len(payload)
    bit = 0x80 if masked else 0
    if length_form == 8 or (length_form is None and size > 0xFFFF):
        head = struct.pack(">BBQ", first, bit | 127, size)
    elif length_form == 2 or (length_form is None and size > 125):
        head = struct.pack(">BBH", first, bit | 126, size)
    else:
        head = struct.pack(">BB", first, bit | size)
    if not masked:
        return head + payload
    key = os.urandom(4)
    return head + key + mask(payload, key)


def text(payload):
    return frame(FIN | TEXT, payload)


def binary(payload):
    return frame(FIN | BINARY, payload)


def upgrade_request(server, query, headers=(), leave_out=(), key=None):
    fields = {
        "Host": "127.0.0.1",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": key or base64.b64encode(os.urandom(16)).decode(),
        "Sec-WebSocket-Version": "13",
    }
    lines = [f"GET {server.path}{query} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in fields.items() if name not in leave_out]
    lines += list(headers)
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


class WebSocket(Http):
    """A WebSocket, opened on construction unless the server refuses (then `response` says how)."""

    def __init__(self, server, query="?EIO=4&transport=websocket", headers=(), behind=b""):
        super().__init__(server)
        key = base64.b64encode(os.urandom(16)).decode()
        self.send(upgrade_request(server, query, headers, key=key) + behind)
        self.response = self.answer()
        self.is_open = self.response.status == 101
        if self.is_open:
            digest = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
            assert self.response.header("Sec-WebSocket-Accept") == base64.b64encode(digest).decode()

    def frame(self):
        """The next frame: its first byte and its payload. The server must not mask."""
        first, second = self.take(2)
        assert second < 0x80, "a server frame is masked"
        size = second
        if second == 126:
            size = struct.unpack(">H", self.take(2))[0]
        elif second == 127:
            size = struct.unpack(">Q", self.take(8))[0]
        return first, self.take(size)

    def message(self):
        """The next text or binary message: str or bytes."""
        first, payload = self.frame()
        if first == FIN | TEXT:
            return payload.decode()
        if first == FIN | BINARY:
            return payload
        raise AssertionError(f"expected a message, got frame {first:#x} {payload!r}")

    def say(self, *messages):
        """Sends messages in one write: str as text, bytes as binary."""
        self.send(b"".join(text(m) if isinstance(m, str) else binary(m) for m in messages))

    def end(self):
        """Reads to the end of the connection; returns the close code, or None if there was no close frame."""
        code = None
        try:
            while True:
                first, payload = self.frame()
                if first == FIN | CLOSE:
                    code = struct.unpack(">H", payload[:2])[0] if payload else 1005
        except Closed:
            return code


def open_websocket(server, query="?EIO=4&transport=websocket", **kwargs):
    """A WebSocket session after its handshake packet."""
    websocket = WebSocket(server, query, **kwargs)
    assert websocket.message().startswith("0{")
    return websocket


def probe(server, sid):
    """The first half of an upgrade: a WebSocket with the sid that has been probed."""
    websocket = WebSocket(server, f"?EIO=4&transport=websocket&sid={sid}")
    websocket.say("2probe")
    assert websocket.message() == "3probe"
    return websocket
