"""docs/conformance.md for --mode socketio: namespaces, events, acks, attachments, and what closes the connection."""
import json
import re
import time
import unittest

import wire
from server import MAX_PAYLOAD, Server


def placeholder(number):
    return '{"_placeholder":true,"num":%d}' % number


PLACEHOLDERS = placeholder(0) + "," + placeholder(1)

# Messages of a connected client that close the connection. A list is sent as several messages.
BAD_MESSAGES = [
    ["4"], ["4abc"], ["47"], ["49"], ["4 2[]"], ["42"], ["42{}"], ["42[]"], ['42"message"'], ["42null"], ["42[1]"],
    ["42[null]"], ['42[["message"]]'], ['42["message"'], ['42["message"]x'], ['42["message",]'], ["42['message']"],
    ['42abc["message-with-ack",1]'], ['421.5["message-with-ack"]'], ['42-1["message-with-ack"]'],
    ['42 1["message-with-ack"]'], ['429007199254740993["message-with-ack"]'],
    ['42' + "9" * 40 + '["message-with-ack"]'], ['42["connect"]'], ['42["disconnect"]'], ['42["disconnecting"]'],
    ['42["connect_error"]'], ['42["newListener"]'], ['42["removeListener"]'], ['42["message","\\ud800"]'],
    ['42["message",' + "[" * 200 + "]" * 200 + "]"], ["42" + "[" * 5000],
    ['42/custom,["message","not joined"]'], ['42/custom["message"]'], ['42/random,["message"]'], ['42message,["x"]'],
    ["41{}"], ["41/custom"], ["40"], ["40{}"], ["40[]"], ["40null"], ['40"x"'], ["40/custom,[]"], ["401{}"],
    ["43[]"], ['43["x"]'], ["431"], ["431{}"], ["43abc[]"], ["44"], ['44{"message":"x"}'], ["44[]"],
    ["45"], ['45["message"]'], ['45-["message"]'], ['451["message"]'], ['45a-["message"]'], ['45-1-["message"]'],
    ['451.5-["message"]'], ['4511-["message"]'], ['4599999999999999999999-["message"]'],
    ['451-["message"]'], ['451-["message",' + placeholder(1) + "]"], ['451-["message",' + placeholder(-1) + "]"],
    ['450-["message",' + placeholder(0) + "]"], ['452-["message",' + placeholder(0) + "]"],
    ['451-["message",{"_placeholder":true,"num":"0"}]'], ['451-["message",{"_placeholder":true,"num":0.5}]'],
    ['451-["message",{"_placeholder":true}]'], ["451-[" + placeholder(0) + "]"], ["461-[" + placeholder(0) + "]"],
    ['451-["message",' + placeholder(0) + "]", '42["message","text while an attachment is due"]'],
    ['452-["message",' + PLACEHOLDERS + "]", b"one", "41"],
    ['451-["message",' + placeholder(0) + "]", b"due", b"one too many"],
    [b"attachment of nothing"], [b""], ["7"], ["abc"],
]

# What may not come before CONNECT.
BAD_FIRST_MESSAGES = [["41"], ['42["message"]'], ['421["message-with-ack"]'], ["431[]"], ['44{"message":"x"}'],
                      ['451-["message",' + placeholder(0) + "]", b"x"], [b"x"], ["4abc"], ["4"], ["41/custom,"],
                      ['42/custom,["message"]']]

assert len(BAD_MESSAGES) >= 30


class SocketIo(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("socketio").start()

    @classmethod
    def tearDownClass(cls):
        status = cls.server.stop()
        assert status == 0, f"the server ended with {status}"

    def connected(self):
        """A WebSocket joined to "/"."""
        websocket = wire.open_websocket(self.server)
        websocket.say("40")
        self.assertRegex(websocket.message(), r'^40\{"sid":"[^"]+"\}$')
        self.assertEqual(websocket.message(), '42["auth",{}]')
        return websocket

    def assert_alive(self, websocket):
        websocket.say('42["message","alive"]')
        self.assertEqual(websocket.message(), '42["message-back","alive"]')


class Connect(SocketIo):
    def test_main_namespace_answers_with_a_sid_only(self):
        self.connected().close()

    def test_connect_hands_over_its_payload(self):
        for sent, given in [('40{"token":"123"}', '{"token":"123"}'), ("40{}", "{}"), ("40/,", "{}"),
                            ('40{"b":[1.5,null,"é\\n"],"a":{}}', '{"b":[1.5,null,"é\\n"],"a":{}}')]:
            with self.subTest(sent=sent), wire.open_websocket(self.server) as websocket:
                websocket.say(sent)
                self.assertRegex(websocket.message(), r'^40\{"sid":"[^"]+"\}$')
                self.assertEqual(websocket.message(), f'42["auth",{given}]')

    def test_custom_namespace_with_and_without_its_comma(self):
        for sent, given in [("40/custom,", "{}"), ("40/custom", "{}"), ('40/custom,{"token":"abc"}', '{"token":"abc"}')]:
            with self.subTest(sent=sent), wire.open_websocket(self.server) as websocket:
                websocket.say(sent)
                self.assertRegex(websocket.message(), r'^40/custom,\{"sid":"[^"]+"\}$')
                self.assertEqual(websocket.message(), f'42/custom,["auth",{given}]')

    def test_sids_of_namespaces_are_their_own(self):
        with self.connected() as websocket:
            websocket.say("40/custom,", '42/custom,["message"]', "42" + '1["getId"]')
            sid = re.search(r'"sid":"([^"]+)"', websocket.message()).group(1)
            self.assertEqual(websocket.message(), '42/custom,["auth",{}]')
            self.assertEqual(websocket.message(), '42/custom,["message-back"]')
            main_sid = json.loads(websocket.message()[len("431"):])[0]
            self.assertNotEqual(sid, main_sid)

    def test_unknown_namespace_is_refused_and_others_may_follow(self):
        with wire.open_websocket(self.server) as websocket:
            websocket.say("40/random")
            self.assertEqual(websocket.message(), '44/random,{"message":"Invalid namespace"}')
            websocket.say("40/random,", "40")
            self.assertEqual(websocket.message(), '44/random,{"message":"Invalid namespace"}')
            self.assertRegex(websocket.message(), r'^40\{"sid"')

    def test_anything_before_connect_closes(self):
        for messages in BAD_FIRST_MESSAGES:
            with self.subTest(messages=messages), wire.open_websocket(self.server) as websocket:
                websocket.say(*messages)
                self.assertIsNotNone(websocket.end())

    def test_no_connect_within_the_timeout_closes(self):
        with wire.open_websocket(self.server) as websocket:
            websocket.end()
        session = wire.Polling(self.server)
        time.sleep(1.0)
        self.assertTrue(session.is_closed())

    def test_a_refused_connect_does_not_stop_the_timeout(self):
        with wire.open_websocket(self.server) as websocket:
            websocket.say("40/random,")
            self.assertEqual(websocket.message(), '44/random,{"message":"Invalid namespace"}')
            websocket.end()


class Disconnect(SocketIo):
    def test_41_has_no_answer_and_the_session_lives_on(self):
        with self.connected() as websocket:
            websocket.say("41")
            self.assertTrue(websocket.has_silence(0.2))
            websocket.say("40")
            self.assertRegex(websocket.message(), r'^40\{"sid"')

    def test_41_custom_leaves_that_namespace_only(self):
        for leave in ["41/custom,", "41/custom"]:
            with self.subTest(leave=leave), self.connected() as websocket:
                websocket.say("40/custom,")
                websocket.message()
                websocket.message()
                websocket.say(leave, '42["message","message to main namespace"]')
                self.assertEqual(websocket.message(), '42["message-back","message to main namespace"]')
                websocket.say('42/custom,["message"]')
                self.assertIsNotNone(websocket.end())

    def test_an_event_after_41_closes(self):
        with self.connected() as websocket:
            websocket.say("41", '42["message"]')
            self.assertIsNotNone(websocket.end())


class Events(SocketIo):
    def test_messages_come_back_byte_for_byte(self):
        for args in ['1,"2",{"3":[true]}', '"message to main namespace"', "0.1,1e+21,-0.5,12345678901234567", "null,true,[],{}",
                     '"é€😀\\n\\u0001\\"\\\\/"', '{"b":1,"a":2}', "[[[[[]]]]]", '""']:
            with self.subTest(args=args), self.connected() as websocket:
                websocket.say(f'42["message",{args}]', f'42456["message-with-ack",{args}]')
                self.assertEqual(websocket.message(), f'42["message-back",{args}]')
                self.assertEqual(websocket.message(), f"43456[{args}]")

    def test_no_arguments_is_an_empty_echo(self):
        with self.connected() as websocket:
            websocket.say('42["message"]', '420["message-with-ack"]')
            self.assertEqual(websocket.message(), '42["message-back"]')
            self.assertEqual(websocket.message(), "430[]")

    def test_compact_json_comes_back_from_a_loose_one(self):
        with self.connected() as websocket:
            websocket.say('42[ "message" , { "a" : [ 1.0 , 1E3 ] } ]')
            self.assertEqual(websocket.message(), '42["message-back",{"a":[1,1000]}]')

    def test_ack_ids_reach_to_two_to_the_53(self):
        with self.connected() as websocket:
            for ack_id in [0, 1, 456, 2**53]:
                websocket.say(f'42{ack_id}["message-with-ack",1,"2",{{"3":[false]}}]')
                self.assertEqual(websocket.message(), f'43{ack_id}[1,"2",{{"3":[false]}}]')

    def test_an_ack_that_nobody_waits_for_is_ignored(self):
        with self.connected() as websocket:
            websocket.say("43999[]", '431["x"]')
            self.assert_alive(websocket)

    def test_an_event_that_nobody_handles_is_ignored(self):
        with self.connected() as websocket:
            websocket.say('42["unheard of",1]', '42["__proto__"]', '42[""]')
            self.assert_alive(websocket)

    def test_events_for_the_client_libraries(self):
        with self.connected() as websocket:
            websocket.say('42["hi"]', '427["echo",{"a":1}]', '428["getId"]')
            self.assertEqual(websocket.message(), '42["hi"]')
            self.assertEqual(websocket.message(), '437[{"a":1}]')
            self.assertRegex(websocket.message(), r'^438\["[^"]+"\]$')
            websocket.say("40/foo,")
            sid = json.loads(websocket.message()[len("40/foo,"):])["sid"]
            websocket.say('42/foo,3["getId"]')
            self.assertEqual(websocket.message(), f'43/foo,3["{sid}"]')

    def test_attachments_come_back(self):
        with self.connected() as websocket:
            websocket.say(f'452-["message",{PLACEHOLDERS}]', b"\x01\x02\x03", b"\x04\x05\x06")
            self.assertEqual(websocket.message(), f'452-["message-back",{PLACEHOLDERS}]')
            self.assertEqual([websocket.message(), websocket.message()], [b"\x01\x02\x03", b"\x04\x05\x06"])
            websocket.say(f'452-789["message-with-ack",{PLACEHOLDERS}]', b"", b"x" * 1000)
            self.assertEqual(websocket.message(), f"462-789[{PLACEHOLDERS}]")
            self.assertEqual([websocket.message(), websocket.message()], [b"", b"x" * 1000])

    def test_attachments_are_placed_in_their_one_form(self):
        with self.connected() as websocket:
            websocket.say('451-["message",{"deep":[{"num":0,"_placeholder":true}]}]', b"x")
            self.assertEqual(websocket.message(), '451-["message-back",{"deep":[' + placeholder(0) + "]}]")
            self.assertEqual(websocket.message(), b"x")

    def test_ten_attachments_are_allowed(self):
        with self.connected() as websocket:
            placeholders = ",".join(placeholder(number) for number in range(10))
            websocket.say(f'4510-["message",{placeholders}]', *[b"%d" % number for number in range(10)])
            self.assertEqual(websocket.message(), f'4510-["message-back",{placeholders}]')
            self.assertEqual([websocket.message() for _ in range(10)], [b"%d" % number for number in range(10)])

    def test_a_placeholder_without_attachments_is_only_an_object(self):
        with self.connected() as websocket:
            websocket.say('42["message",' + placeholder(5) + "]")
            self.assertEqual(websocket.message(), '42["message-back",' + placeholder(5) + "]")

    def test_everything_works_over_polling(self):
        session = wire.Polling(self.server)
        session.post("40\x1e40/custom,")
        received = []
        while len(received) < 4:
            received += session.get().text().split("\x1e")
        self.assertEqual(sorted(re.sub(r'"sid":"[^"]+"', '"sid":""', packet) for packet in received),
                         ['40/custom,{"sid":""}', '40{"sid":""}', '42/custom,["auth",{}]', '42["auth",{}]'])
        session.post('42["message",1]\x1e451-7["message-with-ack",' + placeholder(0) + "]\x1ebAQIDBA==")
        self.assertEqual(session.get().text(),
                         '42["message-back",1]\x1e461-7[' + placeholder(0) + "]\x1ebAQIDBA==")
        session.post("41\x1e42/custom,[\"message\"]")
        self.assertEqual(session.get().text(), '42/custom,["message-back"]')

    def test_a_session_may_upgrade_between_its_events(self):
        session = wire.Polling(self.server)
        session.post("40")
        received = []
        while len(received) < 2:
            received += session.get().text().split("\x1e")
        with wire.probe(self.server, session.sid) as websocket:
            session.post('42["message","one"]')
            websocket.say("5", '42["message","two"]')
            self.assertEqual([websocket.message(), websocket.message()],
                             ['42["message-back","one"]', '42["message-back","two"]'])


class Faults(SocketIo):
    def test_malformed_messages_close_a_websocket(self):
        for messages in BAD_MESSAGES:
            with self.subTest(messages=[m[:60] for m in messages]), self.connected() as websocket:
                websocket.say(*messages, '42["message","later"]')
                try:
                    while True:
                        first, payload = websocket.frame()
                        self.assertNotIn(b"later", payload)
                        if first == wire.FIN | wire.CLOSE:
                            self.assertEqual(payload[:2], b"\x03\xea")
                            break
                except wire.Closed:
                    self.fail("closed without a close frame")
                self.assertTrue(websocket.is_closed())

    def test_malformed_messages_end_a_polling_session(self):
        for message in ["42{}", "4abc", '42abc["x"]', '42/custom,["x"]', '451-["x"]']:
            with self.subTest(message=message):
                session = wire.Polling(self.server)
                session.post("40")
                session.get()
                session.post(message)
                self.assertTrue(session.is_closed())

    def test_invalid_utf8_closes(self):
        for bad in [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xe2\x82"]:
            with self.subTest(bad=bad):
                with self.connected() as websocket:
                    websocket.send(wire.text(b'42["message","' + bad + b'"]'))
                    self.assertEqual(websocket.end(), 1007)
                session = wire.Polling(self.server)
                session.post("40")
                self.assertEqual(session.post(b'42["message","' + bad + b'"]').status, 400)
                self.assertTrue(session.is_closed())

    def test_a_message_over_the_limit_closes_with_1009(self):
        with self.connected() as websocket:
            websocket.say('42["message","' + "x" * MAX_PAYLOAD + '"]')
            self.assertEqual(websocket.end(), 1009)

    def test_a_fault_of_one_client_is_nobody_elses(self):
        with self.connected() as good:
            for messages in BAD_MESSAGES[:10]:
                with self.connected() as bad:
                    bad.say(*messages)
                    bad.end()
            self.assert_alive(good)


class Heartbeat(unittest.TestCase):
    def test_after_41_the_next_word_is_the_ping(self):
        with Server("socketio", ping_interval=300, ping_timeout=200) as server:
            with wire.open_websocket(server) as websocket:
                websocket.say("40")
                websocket.message()
                websocket.message()
                websocket.say("41")
                self.assertEqual(websocket.message(), "2")


if __name__ == "__main__":
    unittest.main()
