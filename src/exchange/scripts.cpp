#include "exchange/scripts.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace collab::exchange::scripts {
namespace {

redis::Script find(std::string_view name) {
  const auto all = files();
  const auto found = std::find_if(all.begin(), all.end(), [name](const File& file) { return file.name == name; });
  if (found == all.end()) throw std::logic_error("no script " + std::string(name));
  return redis::Script(found->text);
}

}  // namespace

const redis::Script& commit() {
  static const redis::Script script = find("commit.lua");
  return script;
}

const redis::Script& era() {
  static const redis::Script script = find("era.lua");
  return script;
}

const redis::Script& load() {
  static const redis::Script script = find("load.lua");
  return script;
}

const redis::Script& install() {
  static const redis::Script script = find("install.lua");
  return script;
}

const redis::Script& give_up() {
  static const redis::Script script = find("give_up.lua");
  return script;
}

const redis::Script& reconcile() {
  static const redis::Script script = find("reconcile.lua");
  return script;
}

const redis::Script& acknowledge() {
  static const redis::Script script = find("acknowledge.lua");
  return script;
}

const redis::Script& look_after() {
  static const redis::Script script = find("look_after.lua");
  return script;
}

const redis::Script& forget_consumers() {
  static const redis::Script script = find("forget_consumers.lua");
  return script;
}

const redis::Script& bury() {
  static const redis::Script script = find("bury.lua");
  return script;
}

const redis::Script& note_membership() {
  static const redis::Script script = find("note_membership.lua");
  return script;
}

const redis::Script& forget_memberships() {
  static const redis::Script script = find("forget_memberships.lua");
  return script;
}

const redis::Script& retry_dead_letters() {
  static const redis::Script script = find("retry_dead_letters.lua");
  return script;
}

const redis::Script& drop_dead_letters() {
  static const redis::Script script = find("drop_dead_letters.lua");
  return script;
}

const redis::Script& write_queue() {
  static const redis::Script script = find("write_queue.lua");
  return script;
}

const redis::Script& purge_ops() {
  static const redis::Script script = find("purge_ops.lua");
  return script;
}

std::string_view verdict_of(const redis::Reply& reply) {
  if (!reply.is_array() || reply.elements.empty()) return {};
  return reply.elements[0].text;
}

}  // namespace collab::exchange::scripts
