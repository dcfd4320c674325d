// What a browser sees at "/": that the server runs, and what to do with it.
#pragma once

#include <string_view>

namespace collab::app {

inline constexpr std::string_view welcome_page = R"html(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>collab-todo</title>
<style>
  :root { color-scheme: light dark }
  body { font: 1rem/1.6 system-ui, sans-serif; max-width: 44rem; margin: 4rem auto; padding: 0 1.5rem }
  h1 { font-size: 1.6rem } code, pre { font-family: ui-monospace, monospace; font-size: .9rem }
  pre { padding: 1rem; border-radius: .5rem; background: #8881; overflow-x: auto }
</style>
<h1>collab-todo is running</h1>
<p>Shared todo lists, live, for any Socket.IO client. Try it from two terminals, or run the whole story at once:</p>
<pre>cd examples/two-users &amp;&amp; npm ci &amp;&amp; npm start</pre>
<p>From JavaScript:</p>
<pre>import { io } from 'socket.io-client';
const socket = io(location.origin, { auth: { token } });   // token: POST /auth/register, then /auth/login
socket.emit('join', {});
socket.on('list_snapshot', (list) =&gt; console.log(list.list_name, list.items));
socket.emit('add_item', { list_id, name: 'Milk' }, (ack) =&gt; console.log(ack.ok, ack.rev));</pre>
<p><a href="/docs">Every event (AsyncAPI)</a> · <a href="/health">health</a> · <a href="/metrics">metrics</a></p>
</html>
)html";

}  // namespace collab::app
