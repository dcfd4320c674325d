// What a server asks of commit.lua, and what it reads out of a refusal.
#pragma once

#include <cstdint>

#include "exchange/command_turns.hpp"
#include "exchange/keys.hpp"
#include "model/decide.hpp"
#include "redis/arguments.hpp"
#include "redis/reply.hpp"

namespace collab::exchange {

/// The item that the command is about, if it is about one.
CommandTurns::Row row_of(const Command& command);

/// A decision on its way to Redis.
struct Attempt {
  const Command& command;
  OpId op;                ///< the command's, or one that was made up for it
  ListView state;         ///< that it was made on
  SharedChange decision;  ///< null: only to see how things are
  bool is_nothing() const { return decision && decision->kind == ChangeKind::nothing; }
};

/// What commit.lua may not exceed or overlook.
struct CommitRules {
  Rules rules = {};
  std::uint64_t write_stream_max = 0;  ///< 0 = no limit
};

struct CommitRequest {
  redis::Arguments keys = {}, arguments = {};
};

/// The keys and arguments of commit.lua. Without a decision it is asked for a comparison that cannot succeed: it
/// answers a known op, or how things are.
CommitRequest commit_request(const Keys& names, const Attempt& attempt, const CommitRules& limits);

/// What a refused comparison tells of how things are, as far as the command depends on it: the state to decide on next.
/// Null if it does not tell enough. What is read after it would not do: the op may have been accepted in between.
ListView told_state(const Attempt& attempt, const redis::Reply& reply);

/// The change as it was committed: decided under a guessed rev, it gets the one that it was given.
SharedChange with_rev(const Change& decided, Rev rev, Rev prev_rev);

}  // namespace collab::exchange
