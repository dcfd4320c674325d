"""Connects, joins, adds, updates and deletes an item with Debian's python3-socketio. Arguments: url, token, transport."""
import importlib.metadata
import queue
import sys

import socketio

url, token, transport = sys.argv[1:]
events = queue.Queue()
client = socketio.Client(reconnection=False)


@client.on("*")
def on_any(event, data):
    events.put((event, data))


def await_event(name):
    while True:
        event, data = events.get(timeout=15)
        if event == name:
            return data


transports = ["polling", "websocket"] if transport == "upgrade" else [transport]
client.connect(url, auth={"token": token}, transports=transports, wait_timeout=15)
await_event("connected")
assert client.call("join", {}, timeout=15)["ok"]
list_id = await_event("user_lists")["lists"][0]["list_id"]
for n in range(20):
    assert client.call("add_item", {"list_id": list_id, "name": f"Item {n}"}, timeout=15)["ok"]
added = await_event("item_added")
reply = client.call("update_item", {"list_id": list_id, "item_id": added["item"]["id"], "updates": {"done": True}}, timeout=15)
assert reply["ok"] and await_event("item_updated")["item"]["status"] == "completed"
assert client.call("delete_item", {"list_id": list_id, "item_id": added["item"]["id"]}, timeout=15)["ok"]
assert await_event("item_deleted")["item_id"] == added["item"]["id"]
refused = client.call("add_item", {"list_id": list_id, "name": ""}, timeout=15)
assert refused["error"]["event"] == "validation_error", refused
print(f"python3-socketio {importlib.metadata.version('python-socketio')}, asked for {transport}, ended on {client.transport()}")
client.disconnect()
