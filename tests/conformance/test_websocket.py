"""RFC 6455 and RFC 7692 as the server must keep them, over a running Engine.IO echo."""
import base64
import os
import struct
import unittest
import zlib

import wire
from server import MAX_PAYLOAD, Server
from wire import BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, RSV1, RSV2, RSV3, TEXT, frame


def close_payload(code, reason=b""):
    return struct.pack(">H", code) + reason


OPEN = frame(TEXT, "4a")

# Bytes after the handshake, and the close code that answers them.
BAD_FRAMES = [
    (frame(FIN | 0x3), 1002), (frame(FIN | 0x4), 1002), (frame(FIN | 0x5), 1002), (frame(FIN | 0x6), 1002),
    (frame(FIN | 0x7), 1002), (frame(FIN | 0xB), 1002), (frame(FIN | 0xC), 1002), (frame(FIN | 0xD), 1002),
    (frame(FIN | 0xE), 1002), (frame(FIN | 0xF), 1002), (frame(FIN | RSV1 | TEXT, "4a"), 1002),
    (frame(FIN | RSV2 | TEXT, "4a"), 1002), (frame(FIN | RSV3 | TEXT, "4a"), 1002),
    (frame(FIN | RSV1 | RSV2 | RSV3 | BINARY, "a"), 1002), (frame(FIN | RSV1 | PING), 1002),
    (frame(FIN | RSV2 | CLOSE), 1002), (frame(FIN | TEXT, "4a", masked=False), 1002),
    (frame(FIN | BINARY, masked=False), 1002), (frame(FIN | PING, masked=False), 1002),
    (frame(FIN | CLOSE, masked=False), 1002), (frame(PING), 1002), (frame(PONG), 1002), (frame(CLOSE), 1002),
    (frame(FIN | PING, b"x" * 126), 1002), (frame(FIN | PONG, b"x" * 1000), 1002),
    (frame(FIN | CLOSE, close_payload(1000, b"x" * 124)), 1002), (frame(FIN | PING, b"x", length_form=2), 1002),
    (frame(FIN | TEXT, "4a", length_form=2), 1002), (frame(FIN | TEXT, "4" + "a" * 124, length_form=2), 1002),
    (frame(FIN | TEXT, "4a", length_form=8), 1002), (frame(FIN | TEXT, "4" + "a" * 300, length_form=8), 1002),
    (b"\x82\xff\x80\x00\x00\x00\x00\x00\x00\x05maskabcde", 1002), (b"\x82\xff" + b"\xff" * 8 + b"mask", 1002),
    (frame(FIN | CONTINUATION, "a"), 1002), (frame(CONTINUATION, "a"), 1002),
    (OPEN + frame(FIN | TEXT, "4b"), 1002), (OPEN + frame(FIN | BINARY, "b"), 1002), (OPEN + frame(TEXT, "4b"), 1002),
    (frame(FIN | CLOSE, b"\x03"), 1002), (frame(FIN | CLOSE, close_payload(0)), 1002),
    (frame(FIN | CLOSE, close_payload(999)), 1002), (frame(FIN | CLOSE, close_payload(1004)), 1002),
    (frame(FIN | CLOSE, close_payload(1005)), 1002), (frame(FIN | CLOSE, close_payload(1006)), 1002),
    (frame(FIN | CLOSE, close_payload(1015)), 1002), (frame(FIN | CLOSE, close_payload(2999)), 1002),
    (frame(FIN | CLOSE, close_payload(5000)), 1002), (frame(FIN | CLOSE, close_payload(1000, b"\xff")), 1007),
    (frame(FIN | TEXT, b"4\xff"), 1007), (frame(FIN | TEXT, b"4\xe2\x82"), 1007),
    (frame(TEXT, b"4\xe2\x82") + frame(FIN | CONTINUATION, b"a"), 1007),
    (frame(FIN | TEXT, b"4" * (MAX_PAYLOAD + 1)), 1009),
    (frame(BINARY, b"x" * MAX_PAYLOAD) + frame(FIN | CONTINUATION, b"x"), 1009),
    (b"\x82\xff\x00\x00\x00\x01\x00\x00\x00\x00mask", 1009),
]
assert len(BAD_FRAMES) >= 30


def deflate(data):
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    return (compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH))[:-4]


def inflate(data):
    return zlib.decompressobj(-15).decompress(data + b"\x00\x00\xff\xff")


class WebSockets(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("engineio").start()

    @classmethod
    def tearDownClass(cls):
        status = cls.server.stop()
        assert status == 0, f"the server ended with {status}"

    def assert_alive(self, websocket):
        websocket.say("4alive")
        self.assertEqual(websocket.message(), "4alive")


class OpeningHandshake(WebSockets):
    def refused(self, request_bytes):
        with wire.Http(self.server) as http:
            http.send(request_bytes)
            response = http.answer()
            self.assertTrue(http.is_closed())
            return response

    def test_refuses_what_rfc_6455_forbids(self):
        query = "?EIO=4&transport=websocket"
        good = wire.upgrade_request(self.server, query)
        cases = {
            "no key": wire.upgrade_request(self.server, query, leave_out=["Sec-WebSocket-Key"]),
            "short key": wire.upgrade_request(self.server, query, key="AAAA"),
            "long key": wire.upgrade_request(self.server, query, key=base64.b64encode(os.urandom(17)).decode()),
            "no base64": wire.upgrade_request(self.server, query, key="!" * 22 + "=="),
            "two keys": wire.upgrade_request(self.server, query, headers=["Sec-WebSocket-Key: " + "A" * 22 + "=="]),
        }
        for why, request_bytes in cases.items():
            with self.subTest(why=why):
                self.assertEqual(self.refused(request_bytes).status, 400)
        self.assertIn(b"Upgrade", good)

    def test_a_websocket_request_without_upgrade_gets_400(self):
        for leave_out in [["Upgrade"], ["Connection"], ["Upgrade", "Connection"]]:
            with self.subTest(leave_out=leave_out), wire.Http(self.server) as http:
                http.send(wire.upgrade_request(self.server, "?EIO=4&transport=websocket", leave_out=leave_out))
                self.assertEqual(http.answer().status, 400)

    def test_another_version_gets_426_and_ours(self):
        for version in [None, "8", "14", "x", "13, 8"]:
            with self.subTest(version=version):
                headers = [f"Sec-WebSocket-Version: {version}"] if version else []
                response = self.refused(wire.upgrade_request(self.server, "?EIO=4&transport=websocket", headers,
                                                             leave_out=["Sec-WebSocket-Version"]))
                self.assertEqual((response.status, response.header("Sec-WebSocket-Version")), (426, "13"))

    def test_header_names_and_tokens_have_no_case(self):
        with wire.Http(self.server) as http:
            http.send(wire.upgrade_request(self.server, "?EIO=4&transport=websocket",
                                           ["UPGRADE: WebSocket", "cONNECTION: keep-alive, upgrade"],
                                           leave_out=["Upgrade", "Connection"]))
            self.assertEqual(http.answer().status, 101)

    def test_frames_right_behind_the_request_are_handled(self):
        with wire.WebSocket(self.server, behind=wire.text("4early") + wire.frame(FIN | PING, "p")) as websocket:
            frames = [websocket.frame() for _ in range(3)]
            self.assertTrue(any(payload.startswith(b"0{") for _, payload in frames))
            self.assertIn((FIN | TEXT, b"4early"), frames)
            self.assertIn((FIN | PONG, b"p"), frames)

    def test_http_behind_an_upgrade_is_no_http(self):
        behind = f"GET {self.server.path}?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        with wire.WebSocket(self.server, behind=behind) as websocket:
            received = b""
            try:
                while True:
                    first, payload = websocket.frame()
                    received += bytes([first]) + payload
            except wire.Closed:
                pass
            self.assertNotIn(b"HTTP/1.1", received)
            self.assertIn(b"\x88\x03\xea", received)

    def test_a_refused_upgrade_takes_nothing_behind_it(self):
        behind = f"GET {self.server.path}?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        with wire.WebSocket(self.server, "?EIO=3&transport=websocket", behind=behind) as websocket:
            self.assertEqual(websocket.response.status, 400)
            self.assertTrue(websocket.is_closed())


class Frames(WebSockets):
    def test_bad_frames_get_their_close_code(self):
        for data, code in BAD_FRAMES:
            with self.subTest(data=data[:20], code=code), wire.open_websocket(self.server) as websocket:
                websocket.send(data + wire.text("4later"))
                self.assertEqual(websocket.end(), code)

    def test_bad_frames_byte_by_byte(self):
        for data, code in BAD_FRAMES[:40:3]:
            with self.subTest(data=data[:20], code=code), wire.open_websocket(self.server) as websocket:
                for byte in data[:60]:
                    websocket.send(bytes([byte]))
                self.assertEqual(websocket.end(), code)

    def test_fragments_with_control_frames_between_them(self):
        with wire.open_websocket(self.server) as websocket:
            websocket.send(frame(TEXT, "4he") + frame(FIN | PING, "are you there") + frame(CONTINUATION, b"") +
                           frame(FIN | PONG, "unasked") + frame(CONTINUATION, b"ll\xc3") + frame(FIN | CONTINUATION, b"\xb6"))
            self.assertEqual([websocket.frame(), websocket.frame()],
                             [(FIN | PONG, b"are you there"), (FIN | TEXT, "4hellö".encode())])

    def test_a_conversation_may_come_byte_by_byte(self):
        with wire.open_websocket(self.server) as websocket:
            for byte in wire.text("4hello") + frame(BINARY, b"\x01") + frame(FIN | CONTINUATION, b"\x02") + wire.text("4x"):
                websocket.send(bytes([byte]))
            self.assertEqual([websocket.message() for _ in range(3)], ["4hello", b"\x01\x02", "4x"])

    def test_many_messages_may_come_at_once(self):
        with wire.open_websocket(self.server) as websocket:
            websocket.say(*[f"4{number}" for number in range(500)])
            self.assertEqual([websocket.message() for _ in range(500)], [f"4{number}" for number in range(500)])

    def test_every_length_form(self):
        for size in [0, 1, 125, 126, 127, 4000, MAX_PAYLOAD]:
            with self.subTest(size=size), wire.open_websocket(self.server) as websocket:
                websocket.say(b"x" * size)
                self.assertEqual(websocket.message(), b"x" * size)

    def test_ping_is_answered_with_its_payload(self):
        with wire.open_websocket(self.server) as websocket:
            for payload in [b"", b"x", b"\x00\xff" * 60, b"x" * 125]:
                websocket.send(frame(FIN | PING, payload))
                self.assertEqual(websocket.frame(), (FIN | PONG, payload))

    def test_a_pong_nobody_asked_for_is_ignored(self):
        with wire.open_websocket(self.server) as websocket:
            websocket.send(frame(FIN | PONG, "x"))
            self.assert_alive(websocket)

    def test_close_is_answered_with_its_code(self):
        for code in [1000, 1001, 1003, 1007, 1011, 1014, 3000, 4999]:
            with self.subTest(code=code), wire.open_websocket(self.server) as websocket:
                websocket.send(frame(FIN | CLOSE, close_payload(code, b"bye")) + wire.text("4later"))
                self.assertEqual(websocket.end(), code)

    def test_close_without_a_code_is_answered(self):
        with wire.open_websocket(self.server) as websocket:
            websocket.send(frame(FIN | CLOSE))
            self.assertIn(websocket.end(), [1000, 1005])


class Deflate(WebSockets):
    OFFER = ["Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"]

    def compressed(self):
        websocket = wire.open_websocket(self.server, headers=self.OFFER)
        self.assertEqual(websocket.response.header("Sec-WebSocket-Extensions"),
                         "permessage-deflate; server_no_context_takeover; client_no_context_takeover")
        return websocket

    def test_is_only_used_if_offered(self):
        with wire.open_websocket(self.server) as websocket:
            self.assertIsNone(websocket.response.header("Sec-WebSocket-Extensions"))

    def test_unacceptable_offers_open_a_plain_websocket(self):
        for offer in ["permessage-deflate; server_max_window_bits=8", "permessage-deflate; unknown", "permessage-bzip2",
                      "permessage-deflate; server_max_window_bits=16", "permessage-deflate; server_no_context_takeover=1"]:
            with self.subTest(offer=offer):
                with wire.open_websocket(self.server, headers=["Sec-WebSocket-Extensions: " + offer]) as websocket:
                    self.assertIsNone(websocket.response.header("Sec-WebSocket-Extensions"))
                    self.assert_alive(websocket)

    def test_a_window_is_kept_to(self):
        offer = ["Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=10"]
        with wire.open_websocket(self.server, headers=offer) as websocket:
            self.assertIn("server_max_window_bits=10", websocket.response.header("Sec-WebSocket-Extensions"))
            self.assert_alive(websocket)

    def test_compressed_messages_are_understood(self):
        with self.compressed() as websocket:
            data = deflate("4hellö".encode())
            websocket.send(frame(FIN | RSV1 | TEXT, data) + frame(RSV1 | BINARY, deflate(b"xyz")[:2]) + frame(FIN | PING) +
                           frame(FIN | CONTINUATION, deflate(b"xyz")[2:]) + wire.text("4plain"))
            messages = []
            while len(messages) < 3:
                first, payload = websocket.frame()
                if first & 0xF != PONG:
                    messages.append(inflate(payload) if first & RSV1 else payload)
            self.assertEqual(messages, ["4hellö".encode(), b"xyz", b"4plain"])

    def test_long_answers_are_compressed_when_it_pays(self):
        with self.compressed() as websocket:
            text = "4" + "a todo " * 1000
            websocket.send(frame(FIN | RSV1 | TEXT, deflate(text.encode())))
            first, payload = websocket.frame()
            self.assertEqual(first, FIN | RSV1 | TEXT)
            self.assertEqual(inflate(payload).decode(), text)

    def test_nothing_is_remembered_between_messages(self):
        with self.compressed() as websocket:
            for _ in range(3):
                websocket.send(frame(FIN | RSV1 | TEXT, deflate(b"4" + b"same " * 500)))
                self.assertEqual(inflate(websocket.frame()[1]), b"4" + b"same " * 500)

    def test_a_bomb_gets_1009(self):
        with self.compressed() as websocket:
            websocket.send(frame(FIN | RSV1 | TEXT, deflate(b"4" + b"\x20" * 5_000_000)))
            self.assertEqual(websocket.end(), 1009)

    def test_what_does_not_inflate_closes(self):
        for data in [b"\xff\xff\xff", b"hello", deflate(b"4" + b"hello world " * 20)[:10], b""]:
            with self.subTest(data=data), self.compressed() as websocket:
                websocket.send(frame(FIN | RSV1 | TEXT, data))
                self.assertIn(websocket.end(), [1002, 1007])

    def test_inflated_text_must_be_utf8(self):
        with self.compressed() as websocket:
            websocket.send(frame(FIN | RSV1 | TEXT, deflate(b"4\xff")))
            self.assertEqual(websocket.end(), 1007)

    def test_rsv1_stands_only_on_the_first_frame_of_a_message(self):
        for data in [frame(RSV1 | TEXT, b"a") + frame(FIN | RSV1 | CONTINUATION, b"b"), frame(FIN | RSV1 | PING),
                     frame(FIN | RSV1 | CLOSE)]:
            with self.subTest(data=data), self.compressed() as websocket:
                websocket.send(data)
                self.assertEqual(websocket.end(), 1002)


if __name__ == "__main__":
    unittest.main()
