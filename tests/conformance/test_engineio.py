"""docs/conformance.md for --mode engineio: handshake, polling, heartbeat, upgrade, and what must be refused."""
import json
import re
import time
import unittest

import wire
from server import MAX_PAYLOAD, Server

# Bodies of a POST that are no payload.
BAD_PAYLOADS = [
    b"", b"\x1e", b"4hello\x1e", b"\x1e4hello", b"4a\x1e\x1e4b", b"7", b"8abc", b"9", b"abc", b"a", b"B", b" 4hello",
    b"\n", b"\x00", b"\x004hello", b"-1", b"4hello\x1eabc", b"4hello\x1e7", b"4hello\x1e 4world", b"bA", b"bAQ",
    b"bAQI", b"bAQID=", b"bAQIDBA=", b"bAQIDBA===", b"bAQIDBA==\n", b"b AQIDBA==", b"bAQID_A==", b"bAQID-A==",
    b"bAQIDBB==", b"b====", b"bAQIDBA==AQIDBA==", b"4\xff", b"4\xc0\x80", b"4\xed\xa0\x80", b"4hello\xe2\x82",
    b"2\xfe", b"\xef\xbb\xbf4hello", b"{}", b"\x00\x06\xff4hello",
]

# Packets that only a server may send, or that no session may get at this point.
WRONG_PACKETS = [b"0", b'0{"sid":"x"}', b"2", b"2probe"]

# Text messages over a WebSocket that are no packet.
BAD_WEBSOCKET_TEXT = ["", "abc", "7", "8", "9x", "bAQIDBA==", " 4hello", "\x1e", "\x004", "-", "{}", "é", "0", "2", "2probe"]

assert len(BAD_PAYLOADS) >= 30


class EngineIo(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("engineio").start()

    @classmethod
    def tearDownClass(cls):
        status = cls.server.stop()
        assert status == 0, f"the server ended with {status}"


class Handshake(EngineIo):
    def test_polling_opens_with_exactly_five_keys(self):
        response = wire.request(self.server, "GET", "?EIO=4&transport=polling")

        self.assertEqual(response.status, 200)
        self.assertRegex(response.text(), re.compile(
            r'^0\{"sid":"[^"\\]+","upgrades":\["websocket"\],"pingInterval":25000,"pingTimeout":20000,'
            r'"maxPayload":%d\}$' % MAX_PAYLOAD))

    def test_websocket_opens_without_upgrades(self):
        with wire.WebSocket(self.server) as websocket:
            self.assertRegex(websocket.message(), r'^0\{"sid":"[^"\\]+","upgrades":\[\],"pingInterval":25000,')

    def test_every_session_has_its_own_sid(self):
        self.assertEqual(len({wire.open_polling(self.server) for _ in range(20)}), 20)

    def test_refuses_a_bad_handshake_with_its_code(self):
        unknown_transport = '{"code":0,"message":"Transport unknown"}'
        unknown_session = '{"code":1,"message":"Session ID unknown"}'
        bad_method = '{"code":2,"message":"Bad handshake method"}'
        bad_version = '{"code":5,"message":"Unsupported protocol version"}'
        cases = [
            ("GET", "?transport=polling", bad_version),
            ("GET", "?EIO=abc&transport=polling", bad_version),
            ("GET", "?EIO=&transport=polling", bad_version),
            ("GET", "?EIO=3&transport=polling", bad_version),
            ("GET", "?EIO=5&transport=polling", bad_version),
            ("GET", "?EIO=44&transport=polling", bad_version),
            ("GET", "", unknown_transport),
            ("GET", "?EIO=4", unknown_transport),
            ("GET", "?EIO=4&transport=", unknown_transport),
            ("GET", "?EIO=4&transport=abc", unknown_transport),
            ("GET", "?EIO=4&transport=webtransport", unknown_transport),
            ("GET", "?EIO=4&transport=POLLING", unknown_transport),
            ("POST", "?EIO=4&transport=polling", bad_method),
            ("PUT", "?EIO=4&transport=polling", bad_method),
            ("DELETE", "?EIO=4&transport=polling", bad_method),
            ("GET", "?EIO=4&transport=polling&sid=unknown", unknown_session),
            ("GET", "?EIO=4&transport=polling&sid=", unknown_session),
            ("GET", "?EIO=4&transport=polling&sid=%00%ff", unknown_session),
            ("GET", "?EIO=4&transport=polling&sid=" + "x" * 500, unknown_session),
            ("POST", "?EIO=4&transport=polling&sid=unknown", unknown_session),
        ]
        for method, query, body in cases:
            with self.subTest(method=method, query=query):
                response = wire.request(self.server, method, query, b"4x" if method != "GET" else None)
                self.assertEqual((response.status, response.text()), (400, body))
                self.assertEqual(response.header("Access-Control-Allow-Origin"), "*")

    def test_a_websocket_with_the_same_faults_ends_closed(self):
        for query in ["?transport=websocket", "?EIO=abc&transport=websocket", "?EIO=3&transport=websocket", "?EIO=4",
                      "?EIO=4&transport=abc", "?EIO=4&transport=websocket&sid=unknown"]:
            with self.subTest(query=query), wire.WebSocket(self.server, query) as websocket:
                if websocket.is_open:
                    websocket.end()
                else:
                    self.assertEqual(websocket.response.status, 400)
                    self.assertTrue(websocket.is_closed())

    def test_works_without_the_slash_at_the_end_of_the_path(self):
        response = wire.request(self.server, "GET", "?EIO=4&transport=polling", path="/engine.io")
        self.assertEqual(response.status, 200)


class Messages(EngineIo):
    def test_polling_echoes_text(self):
        session = wire.Polling(self.server)
        posted = session.post("4hello")
        self.assertEqual((posted.status, posted.text()), (200, "ok"))
        polled = session.get()
        self.assertEqual((polled.status, polled.text()), (200, "4hello"))

    def test_all_echoes_of_one_post_come_in_one_get(self):
        for payload in ["4test1\x1e4test2\x1e4test3", "4hello\x1ebAQIDBA==", "b", "4", "4é€😀\x1eb/+8="]:
            with self.subTest(payload=payload):
                session = wire.Polling(self.server)
                self.assertEqual(session.post(payload).text(), "ok")
                self.assertEqual(session.get().text(), payload)

    def test_a_waiting_get_is_answered_by_a_post(self):
        session = wire.Polling(self.server)
        with session.pending_get() as waiting:
            session.post("4a\x1e4b")
            self.assertEqual(waiting.answer().text(), "4a\x1e4b")

    def test_a_chunked_post_is_as_good(self):
        session = wire.Polling(self.server)
        with wire.Http(self.server) as http:
            http.ask("POST", session.query, headers=["Transfer-Encoding: chunked"])
            http.send(b"3\r\n4he\r\n3;x=y\r\nllo\r\n0\r\nTrailer: 1\r\n\r\n")
            self.assertEqual(http.answer().status, 200)
        self.assertEqual(session.get().text(), "4hello")

    def test_harmless_packets_do_nothing(self):
        session = wire.Polling(self.server)
        self.assertEqual(session.post("3\x1e6\x1e4still here").status, 200)
        self.assertEqual(session.get().text(), "4still here")

    def test_a_malformed_payload_gets_400_and_ends_the_session(self):
        for body in BAD_PAYLOADS:
            with self.subTest(body=body):
                session = wire.Polling(self.server)
                self.assertEqual(session.post(body).status, 400)
                self.assertEqual(session.get().status, 400)

    def test_a_packet_out_of_place_ends_the_session(self):
        for body in WRONG_PACKETS:
            with self.subTest(body=body):
                session = wire.Polling(self.server)
                session.post(body)
                self.assertTrue(session.is_closed())

    def test_a_payload_over_the_limit_gets_413(self):
        session = wire.Polling(self.server)
        self.assertEqual(session.post(b"4" + b"x" * (MAX_PAYLOAD - 1)).status, 200)
        self.assertEqual(len(session.get().body), MAX_PAYLOAD)
        self.assertEqual(session.post(b"4" + b"x" * MAX_PAYLOAD).status, 413)

    def test_a_second_get_ends_the_session(self):
        session = wire.Polling(self.server)
        with session.pending_get() as first:
            self.assertEqual(session.get().status, 400)
            answer = first.answer()
            self.assertEqual((answer.status, answer.text()), (200, "1"))
        self.assertTrue(session.is_closed())

    def test_an_aborted_get_ends_the_session(self):
        session = wire.Polling(self.server)
        session.pending_get().close()
        self.assertTrue(session.is_closed())

    def test_concurrent_posts_end_the_session(self):
        session = wire.Polling(self.server)
        with wire.Http(self.server) as slow:
            slow.send(f"POST {self.server.path}{session.query} HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\n4he".encode())
            self.assertTrue(slow.has_silence(0.1))
            self.assertEqual(session.post("4second").status, 400)
            slow.send(b"llo")
            self.assertEqual(slow.answer().status, 400)
        self.assertTrue(session.is_closed())

    def test_posts_one_after_another_keep_their_order(self):
        session = wire.Polling(self.server)
        with wire.Http(self.server) as http:
            for number in range(20):
                self.assertEqual(http.request("POST", session.query, b"4%d" % number).status, 200)
        self.assertEqual(session.get().text(), "\x1e".join(f"4{number}" for number in range(20)))

    def test_other_methods_on_a_session_are_refused_and_harmless(self):
        session = wire.Polling(self.server)
        for method in ["PUT", "DELETE", "PATCH"]:
            self.assertEqual(wire.request(self.server, method, session.query, b"4x").status, 400)
        session.post("4alive")
        self.assertEqual(session.get().text(), "4alive")

    def test_websocket_echoes_text_and_raw_binary_in_order(self):
        with wire.open_websocket(self.server) as websocket:
            websocket.say("4hello", b"\x01\x02\x03\x04", "4", b"", "4é\x1e4€")
            self.assertEqual([websocket.message() for _ in range(5)], ["4hello", b"\x01\x02\x03\x04", "4", b"", "4é\x1e4€"])

    def test_websocket_refuses_what_is_no_packet(self):
        for packet in BAD_WEBSOCKET_TEXT:
            with self.subTest(packet=packet), wire.open_websocket(self.server) as websocket:
                websocket.say(packet, "4later")
                self.assertEqual(websocket.end(), 1002)

    def test_a_session_of_one_transport_does_not_answer_another(self):
        with wire.WebSocket(self.server) as websocket:
            sid = json.loads(websocket.message()[1:])["sid"]
            self.assertEqual(wire.request(self.server, "GET", f"?EIO=4&transport=polling&sid={sid}").status, 400)
            self.assertEqual(wire.request(self.server, "POST", f"?EIO=4&transport=polling&sid={sid}", b"4x").status, 400)
            websocket.say("4alive")
            self.assertEqual(websocket.message(), "4alive")


class Close(EngineIo):
    def test_packet_1_ends_a_waiting_get_with_6(self):
        session = wire.Polling(self.server)
        with session.pending_get() as waiting:
            self.assertEqual(session.post("1").status, 200)
            self.assertEqual(waiting.answer().text(), "6")
        self.assertTrue(session.is_closed())

    def test_packets_behind_packet_1_are_not_handled(self):
        session = wire.Polling(self.server)
        with session.pending_get() as waiting:
            session.post("1\x1e4never")
            self.assertEqual(waiting.answer().text(), "6")

    def test_packet_1_closes_a_websocket(self):
        with wire.open_websocket(self.server) as websocket:
            websocket.say("1")
            self.assertEqual(websocket.end(), 1000)


class Upgrade(EngineIo):
    def test_probe_releases_a_waiting_get_and_5_completes(self):
        session = wire.Polling(self.server)
        with session.pending_get() as waiting:
            with wire.probe(self.server, session.sid) as websocket:
                self.assertEqual(waiting.answer().text(), "6")
                websocket.say("5", "4hello", b"\x07")
                self.assertEqual([websocket.message(), websocket.message()], ["4hello", b"\x07"])

    def test_probe_releases_a_new_get(self):
        session = wire.Polling(self.server)
        with wire.probe(self.server, session.sid) as websocket:
            response = session.get()
            self.assertEqual((response.status, response.text()), (200, "6"))
            websocket.say("5", "4x")
            self.assertEqual(websocket.message(), "4x")

    def test_nothing_is_lost_or_doubled_on_the_way(self):
        session = wire.Polling(self.server)
        session.post("4one")
        with wire.probe(self.server, session.sid) as websocket:
            session.post("4two")
            self.assertEqual(session.get().text(), "4one\x1e4two")
            session.post("4three")
            websocket.say("5", "4four")
            self.assertEqual([websocket.message(), websocket.message()], ["4three", "4four"])

    def test_after_the_upgrade_polling_gets_400_and_the_websocket_goes_on(self):
        session = wire.Polling(self.server)
        with wire.probe(self.server, session.sid) as websocket:
            websocket.say("5", "4x")
            self.assertEqual(websocket.message(), "4x")
            self.assertEqual(session.get().status, 400)
            self.assertEqual(session.post("4y").status, 400)
            websocket.say("4z")
            self.assertEqual(websocket.message(), "4z")

    def test_after_the_upgrade_a_second_websocket_is_closed(self):
        session = wire.Polling(self.server)
        with wire.probe(self.server, session.sid) as websocket:
            websocket.say("5", "4x")
            self.assertEqual(websocket.message(), "4x")
            with wire.WebSocket(self.server, f"?EIO=4&transport=websocket&sid={session.sid}") as second:
                if second.is_open:
                    second.end()
                else:
                    self.assertEqual(second.response.status, 400)
            websocket.say("4z")
            self.assertEqual(websocket.message(), "4z")

    def test_a_second_probe_at_the_same_time_is_closed(self):
        session = wire.Polling(self.server)
        with wire.probe(self.server, session.sid) as websocket:
            with wire.WebSocket(self.server, f"?EIO=4&transport=websocket&sid={session.sid}") as second:
                if second.is_open:
                    second.end()
            websocket.say("5", "4x")
            self.assertEqual(websocket.message(), "4x")

    def test_a_candidate_that_does_not_probe_is_closed_and_polling_goes_on(self):
        for first in ["4hello", "5", "2", "2other", "1", "3probe", "abc", b"\x01", ""]:
            with self.subTest(first=first):
                session = wire.Polling(self.server)
                with wire.WebSocket(self.server, f"?EIO=4&transport=websocket&sid={session.sid}") as websocket:
                    websocket.say(first)
                    websocket.end()
                session.post("4alive")
                self.assertEqual(session.get().text(), "4alive")

    def test_a_candidate_that_disappears_leaves_polling_alone(self):
        session = wire.Polling(self.server)
        wire.probe(self.server, session.sid).close()
        session.post("4alive")
        self.assertEqual(session.get().text(), "4alive")
        with wire.probe(self.server, session.sid) as again:
            again.say("5", "4x")
            self.assertEqual(again.message(), "4x")


class Heartbeat(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("engineio", ping_interval=300, ping_timeout=200).start()

    @classmethod
    def tearDownClass(cls):
        status = cls.server.stop()
        assert status == 0, f"the server ended with {status}"

    def test_polling_gets_exactly_2_every_interval(self):
        session = wire.Polling(self.server)
        for _ in range(3):
            self.assertEqual(session.get().text(), "2")
            self.assertEqual(session.post("3").status, 200)

    def test_polling_without_a_pong_is_closed_at_interval_plus_timeout(self):
        session = wire.Polling(self.server)
        time.sleep(0.5)
        self.assertEqual(session.get().status, 400)

    def test_a_waiting_get_without_pongs_is_closed(self):
        session = wire.Polling(self.server)
        self.assertEqual(session.get().text(), "2")
        answer = session.get()
        self.assertIn((answer.status, answer.text()[:1]), [(200, "1"), (400, "{")])
        self.assertTrue(session.is_closed())

    def test_websocket_gets_2_and_lives_by_3(self):
        with wire.open_websocket(self.server) as websocket:
            for _ in range(3):
                self.assertEqual(websocket.message(), "2")
                websocket.say("3")

    def test_websocket_without_a_pong_is_closed(self):
        with wire.open_websocket(self.server) as websocket:
            self.assertEqual(websocket.message(), "2")
            websocket.end()

    def test_messages_are_no_pong(self):
        with wire.open_websocket(self.server) as websocket:
            deadline = time.monotonic() + wire.PATIENCE
            try:
                while time.monotonic() < deadline:
                    websocket.say("4x")
                    while websocket.frame()[0] != wire.FIN | wire.CLOSE:
                        websocket.say("4x")
                        time.sleep(0.02)
                    break
            except wire.Closed:
                pass
            self.assertLess(time.monotonic(), deadline)

    def test_the_heartbeat_goes_on_after_an_upgrade(self):
        session = wire.Polling(self.server)
        with wire.probe(self.server, session.sid) as websocket:
            websocket.say("5")
            for _ in range(2):
                self.assertEqual(websocket.message(), "2")
                websocket.say("3")


if __name__ == "__main__":
    unittest.main()
