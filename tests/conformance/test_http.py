"""HTTP/1.1 as RFC 9112 asks of a server that may stand behind a proxy: one reading of every request, or none."""
import time
import unittest

import wire
from server import MAX_PAYLOAD, Server

GOOD_TARGET = "/engine.io/?EIO=4&transport=polling"


def get(*headers, line=f"GET {GOOD_TARGET} HTTP/1.1", host="Host: x"):
    return "\r\n".join([line] + ([host] if host else []) + list(headers)).encode("latin-1") + b"\r\n\r\n"


def post(*headers, body=b"4x", sid="SID"):
    return "\r\n".join([f"POST {GOOD_TARGET}&sid={sid} HTTP/1.1", "Host: x", *headers]).encode("latin-1") + b"\r\n\r\n" + body


# A request, and the status that answers it before the connection is closed. SID stands for a live session's id.
BAD_REQUESTS = [
    ("bare LF", f"GET {GOOD_TARGET} HTTP/1.1\nHost: x\n\n".encode(), 400),
    ("bare LF in the headers", f"GET {GOOD_TARGET} HTTP/1.1\r\nHost: x\nA: b\r\n\r\n".encode(), 400),
    ("bare CR in a value", get("A: b\rc"), 400),
    ("folded header", get("A: b\r\n c"), 400),
    ("header folded by a tab", get("A: b\r\n\tc"), 400),
    ("both lengths", post("Content-Length: 2", "Transfer-Encoding: chunked", body=b"2\r\n4x\r\n0\r\n\r\n"), 400),
    ("both lengths, other order", post("Transfer-Encoding: chunked", "Content-Length: 2", body=b"2\r\n4x\r\n0\r\n\r\n"), 400),
    ("two lengths that differ", post("Content-Length: 2", "Content-Length: 3"), 400),
    ("two lengths that agree", post("Content-Length: 2", "Content-Length: 2"), 400),
    ("a list of lengths", post("Content-Length: 2, 2"), 400),
    ("negative length", post("Content-Length: -1"), 400),
    ("length with a plus", post("Content-Length: +2"), 400),
    ("length no number", post("Content-Length: two"), 400),
    ("length in hex", post("Content-Length: 0x2"), 400),
    ("empty length", post("Content-Length:"), 400),
    ("length beyond 64 bits", post("Content-Length: 99999999999999999999999"), 400),
    ("length over the limit", post(f"Content-Length: {MAX_PAYLOAD + 1}"), 413),
    ("length far over the limit", post("Content-Length: 4000000000"), 413),
    ("unknown coding", post("Transfer-Encoding: gzip"), 400),
    ("coding before chunked", post("Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"), 400),
    ("coding after chunked", post("Transfer-Encoding: chunked, gzip", body=b"0\r\n\r\n"), 400),
    ("chunked twice", post("Transfer-Encoding: chunked", "Transfer-Encoding: chunked", body=b"0\r\n\r\n"), 400),
    ("chunked misspelt", post("Transfer-Encoding: xchunked", body=b"0\r\n\r\n"), 400),
    ("chunked in HTTP/1.0", post("Transfer-Encoding: chunked", body=b"0\r\n\r\n").replace(b"HTTP/1.1", b"HTTP/1.0"), 400),
    ("chunk size no hex", post("Transfer-Encoding: chunked", body=b"zz\r\n4x\r\n0\r\n\r\n"), 400),
    ("chunk size negative", post("Transfer-Encoding: chunked", body=b"-1\r\n4x\r\n0\r\n\r\n"), 400),
    ("chunk size beyond 64 bits", post("Transfer-Encoding: chunked", body=b"fffffffffffffffff\r\n4x\r\n0\r\n\r\n"), 400),
    ("chunk longer than its size", post("Transfer-Encoding: chunked", body=b"2\r\n4xyz\r\n0\r\n\r\n"), 400),
    ("chunks over the limit", post("Transfer-Encoding: chunked", body=b"3000\r\n" + b"4" * 0x3000 + b"\r\n0\r\n\r\n"), 413),
    ("no Host", get(host=None), 400),
    ("two Hosts", get("Host: y"), 400),
    ("space before the colon", get("A : b"), 400),
    ("header without a colon", get("nonsense"), 400),
    ("header without a name", get(": b"), 400),
    ("header name with a bracket", get("A(b): c"), 400),
    ("NUL in a value", get("A: b\x00c"), 400),
    ("control character in a value", get("A: b\x01c"), 400),
    ("DEL in a value", get("A: b\x7fc"), 400),
    ("control character in the target", get(line=f"GET {GOOD_TARGET}\x01 HTTP/1.1"), 400),
    ("space in the target", get(line=f"GET {GOOD_TARGET} x HTTP/1.1"), 400),
    ("no target", get(line="GET HTTP/1.1"), 400),
    ("HTTP/0.9", b"GET /engine.io/\r\n\r\n", 400),
    ("HTTP/2.0", get(line=f"GET {GOOD_TARGET} HTTP/2.0"), 400),
    ("HTTP/1.2", get(line=f"GET {GOOD_TARGET} HTTP/1.2"), 400),
    ("version misspelt", get(line=f"GET {GOOD_TARGET} HTPT/1.1"), 400),
    ("version in lower case", get(line=f"GET {GOOD_TARGET} http/1.1"), 400),
    ("method with an illegal character", get(line=f"G@T {GOOD_TARGET} HTTP/1.1"), 400),
    ("no method", get(line=f" {GOOD_TARGET} HTTP/1.1"), 400),
    ("space before the first header", get(host=" Host: x"), 400),
    ("a TLS hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 50 + b"\r\n\r\n", 400),
    ("noise", bytes(range(256)), 400),
    ("one long header", get("A: " + "b" * 20_000), 431),
    ("many headers", get(*[f"A{number}: b" for number in range(3_000)]), 431),
    ("long target", get(line=f"GET {GOOD_TARGET}&t={'x' * 20_000} HTTP/1.1"), 431),
    ("long headers that do not end", get("A: " + "b" * 20_000)[:-4], 431),
]
assert len(BAD_REQUESTS) >= 30


class Http(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("engineio").start()
        # Nothing more is ever sent on it; the last test sees what became of it.
        cls.slow = wire.Http(cls.server)
        cls.slow.send(f"GET {GOOD_TARGET} HTTP/1.1\r\nHost:".encode())

    @classmethod
    def tearDownClass(cls):
        cls.slow.close()
        status = cls.server.stop()
        assert status == 0, f"the server ended with {status}"

    def test_bad_requests_get_their_status_and_the_connection_ends(self):
        for why, data, status in BAD_REQUESTS:
            with self.subTest(why=why), wire.Http(self.server) as http:
                sid = wire.open_polling(self.server)
                # A request that could be taken for a second one must not be answered.
                http.send(data.replace(b"SID", sid.encode()) + get())
                try:
                    response = http.answer()
                except wire.Closed:
                    self.fail("closed without an answer")
                self.assertEqual(response.status, status)
                self.assertEqual(response.header("Access-Control-Allow-Origin"), "*")
                self.assertTrue(http.is_closed())

    def test_a_post_over_the_limit_ends_its_session(self):
        session = wire.Polling(self.server)
        self.assertEqual(session.post(b"4" * (MAX_PAYLOAD + 1)).status, 413)
        self.assertTrue(session.is_closed())

    def test_requests_may_be_pipelined(self):
        with wire.Http(self.server) as http:
            http.send(get() * 5)
            sids = [http.answer().json_packet()["sid"] for _ in range(5)]
            self.assertEqual(len(set(sids)), 5)

    def test_requests_may_come_byte_by_byte(self):
        session = wire.Polling(self.server)
        with wire.Http(self.server) as http:
            for byte in post("Content-Length: 6", body=b"4hello", sid=session.sid):
                http.send(bytes([byte]))
            self.assertEqual(http.answer().status, 200)
        self.assertEqual(session.get().text(), "4hello")

    def test_a_connection_is_kept_for_the_next_request(self):
        with wire.Http(self.server) as http:
            for _ in range(3):
                self.assertEqual(http.request("GET", "?EIO=4&transport=polling").status, 200)
                self.assertEqual(http.request("GET", "?EIO=3&transport=polling").status, 400)

    def test_connection_close_and_http_1_0_end_it(self):
        for data in [get("Connection: close"), get().replace(b"HTTP/1.1", b"HTTP/1.0")]:
            with self.subTest(data=data), wire.Http(self.server) as http:
                http.send(data)
                self.assertEqual(http.answer().status, 200)
                self.assertTrue(http.is_closed())

    def test_one_empty_line_before_a_request_is_forgiven(self):
        with wire.Http(self.server) as http:
            http.send(b"\r\n" + get())
            self.assertEqual(http.answer().status, 200)

    def test_header_values_may_have_spaces_around_and_any_case(self):
        with wire.Http(self.server) as http:
            http.send(get("hOST:   y  \t", host=None))
            self.assertEqual(http.answer().status, 200)

    def test_absolute_form_is_understood(self):
        with wire.Http(self.server) as http:
            http.send(get(line=f"GET http://x{GOOD_TARGET} HTTP/1.1"))
            self.assertEqual(http.answer().status, 200)

    def test_expect_100_continue_is_answered(self):
        session = wire.Polling(self.server)
        with wire.Http(self.server) as http:
            http.send(post("Content-Length: 6", "Expect: 100-continue", body=b"", sid=session.sid))
            self.assertEqual(http.answer(has_body=False).status, 100)
            http.send(b"4hello")
            self.assertEqual(http.answer().status, 200)

    def test_other_paths_are_not_engine_io(self):
        for path in ["/", "/engine.io/x", "/engine.iox/", "/ENGINE.IO/", "/socket.io/", "/engine.io/../engine.io/x"]:
            with self.subTest(path=path):
                self.assertEqual(wire.request(self.server, "GET", "?EIO=4&transport=polling", path=path).status, 404)

    def test_cors_is_on_every_answer(self):
        for method, query, status in [("GET", "?EIO=4&transport=polling", 200), ("GET", "", 400), ("OPTIONS", "", 204),
                                      ("POST", "?EIO=4&transport=polling", 400), ("OPTIONS", "?sid=x", 204)]:
            for headers in [(), ("Origin: https://app.example",), ("Origin: null",)]:
                with self.subTest(method=method, query=query, headers=headers):
                    response = wire.request(self.server, method, query, headers=headers)
                    self.assertEqual(response.status, status)
                    self.assertEqual(response.header("Access-Control-Allow-Origin"), "*")

    def test_a_preflight_allows_what_clients_send(self):
        response = wire.request(self.server, "OPTIONS", headers=["Origin: https://app.example",
                                                                 "Access-Control-Request-Method: POST"])
        self.assertEqual(response.status, 204)
        self.assertIn("POST", response.header("Access-Control-Allow-Methods"))
        self.assertIn("content-type", response.header("Access-Control-Allow-Headers").lower())

    def test_an_aborted_body_harms_nobody(self):
        session = wire.Polling(self.server)
        with wire.Http(self.server) as http:
            http.send(post("Content-Length: 100", body=b"4half", sid=session.sid))
            http.has_silence(0.05)
        self.assertEqual(wire.request(self.server, "GET", "?EIO=4&transport=polling").status, 200)

    def test_zz_headers_that_do_not_come_are_not_waited_for(self):
        begun = time.monotonic()
        try:
            self.assertIn(self.slow.answer().status, [400, 408])
        except wire.Closed:
            pass
        self.assertLess(time.monotonic() - begun, wire.PATIENCE)


if __name__ == "__main__":
    unittest.main()
