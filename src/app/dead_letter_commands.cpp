#include "app/dead_letter_commands.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <ctime>
#include <functional>
#include <iostream>

#include "app/config.hpp"
#include "core/shard.hpp"
#include "exchange/dead_letters.hpp"

namespace collab::app {
namespace {

using exchange::DeadLetter;
using exchange::DeadLetters;

constexpr int done = 0, failed = 1, misused = 2;
/// How long it is tried to reach Redis.
constexpr std::chrono::milliseconds redis_patience{5'000};

int fail(const Error& error, int status = failed) {
  std::cerr << "collab-todo: " << describe(error) << "\n";
  return status;
}

/// Which letters are meant, as the words of the command line say.
struct Selection {
  std::string partition_text = {}, id = {};
  bool is_all = false;
  unsigned partition = 0;
};

/// "1763860719123-0"
bool is_stream_id(std::string_view text) {
  const std::size_t dash = text.find('-');
  constexpr std::string_view digits = "0123456789";
  return dash != text.npos && dash > 0 && dash + 1 < text.size() && text.size() <= 41 &&
         text.substr(0, dash).find_first_not_of(digits) == text.npos &&
         text.substr(dash + 1).find_first_not_of(digits) == text.npos;
}

Result<void> understand(Selection& selection, unsigned partitions) {
  const auto wrong = [](std::string message) { return Error{Errc::invalid_payload, std::move(message)}; };
  const std::string& text = selection.partition_text;
  if (selection.is_all && !text.empty()) return wrong("either a partition and an id or --all, not both");
  if (selection.is_all) return ok();
  if (text.empty() || selection.id.empty())
    return wrong("which one? Give its partition and its id, as `collab-todo dead-letters list` shows them, or --all");
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), selection.partition);
  if (error != std::errc() || end != text.data() + text.size() || selection.partition >= partitions)
    return wrong("'" + text + "' is no partition; they are 0 to " + std::to_string(partitions - 1));
  if (!is_stream_id(selection.id)) return wrong("'" + selection.id + "' is no id; they look like 1763860719123-0");
  return ok();
}

Error not_there(const Selection& selection) {
  return {Errc::not_found, "there is no dead letter " + selection.id + " in partition " +
                               std::to_string(selection.partition) + "; `collab-todo dead-letters list` shows all"};
}

/// The first part of the id is when it was made. "2026-01-26T10:30:45Z"
std::string time_of(const DeadLetter& letter) {
  std::int64_t milliseconds = 0;
  std::from_chars(letter.id.data(), letter.id.data() + letter.id.size(), milliseconds);
  const std::time_t seconds = milliseconds / 1'000;
  std::tm parts{};
  char text[32] = {};
  if (!::gmtime_r(&seconds, &parts) || std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0) return "?";
  return text;
}

std::string list_of(const DeadLetter& letter) {
  const auto list_id = letter.list_id();
  return list_id ? list_id->to_string() : letter.list_key;
}

std::string in_words(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " dead letter" : " dead letters");
}

std::string one_line(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  return text;
}

using Outcome = Task<Result<std::string>>;
using Work = std::function<Outcome(DeadLetters&)>;

Task<Result<std::string>> connect_and(redis::Client& client, const Work& work, DeadLetters& letters) {
  client.start();
  Task<Result<void>> connecting = client.connected(redis_patience);
  const Result<void> connected = co_await std::move(connecting);
  if (!connected)
    co_return Error{Errc::unavailable,
                    "Redis at " + redis::describe(client.settings()) + " is not reached: " + connected.error().message};
  Outcome working = work(letters);
  co_return co_await std::move(working);
}

/// Connects to the Redis of the settings, does the work, and prints what it says.
int with_dead_letters(const CLI::App& command, Selection* selection, const Work& work) {
  const Result<Config> config = load_config(command.remaining(), process_environment(), Purpose::data);
  if (!config) return fail(config.error(), misused);
  if (!config->redis)
    return fail(
        {Errc::unavailable, "Dead letters are in Redis, and no Redis is set. Set REDIS_URL as the servers have it"},
        misused);
  const exchange::Keys keys;
  if (selection)
    if (const Result<void> understood = understand(*selection, keys.partitions()); !understood)
      return fail(understood.error(), misused);
  ShardSet shards(1);
  redis::Client client(shards[0].io(), *config->redis);
  DeadLetters letters(client, keys);
  Result<std::string> outcome = Error{Errc::internal, "The command ended early"};
  asio::co_spawn(
      shards[0].io(), [&] { return connect_and(client, work, letters); },
      [&](std::exception_ptr escaped, Result<std::string> result) {
        if (escaped) std::rethrow_exception(escaped);
        outcome = std::move(result);
        shards[0].stop();
      });
  shards[0].loop();
  if (!outcome) return fail(outcome.error());
  std::cout << *outcome << "\n";
  return done;
}

Outcome list_all(DeadLetters& letters) {
  std::string text = "PARTITION\tID\tLIST\tKIND\tTIME\tREASON\n";
  std::uint64_t count = 0;
  auto take = [&](const DeadLetter& letter) {
    ++count;
    text += std::to_string(letter.partition) + "\t" + letter.id + "\t" + list_of(letter) + "\t" + letter.kind() + "\t" +
            time_of(letter) + "\t" + one_line(letter.why) + "\n";
  };
  std::function<void(const DeadLetter&)> taking(take);
  Task<Result<void>> reading = letters.each(std::move(taking));
  const Result<void> read = co_await std::move(reading);
  if (!read) co_return read.error();
  if (count == 0) co_return std::string("No dead letters.");
  co_return text + in_words(count) + ".";
}

Outcome show(DeadLetters& letters, const Selection& selection) {
  Task<Result<std::optional<DeadLetter>>> finding = letters.find(selection.partition, selection.id);
  const Result<std::optional<DeadLetter>> found = co_await std::move(finding);
  if (!found) co_return found.error();
  if (!*found) co_return not_there(selection);
  const DeadLetter& letter = **found;
  std::string text = "partition: " + std::to_string(letter.partition) + "\n";
  text += "id:        " + letter.id + " (" + letter.original_id + " in the queue)\n";
  text += "list:      " + list_of(letter) + "\n";
  text += "kind:      " + letter.kind() + "\n";
  text += "time:      " + time_of(letter) + "\n";
  text += "reason:    " + letter.why + "\n";
  text += "change:\n" + letter.change;
  co_return text;
}

Outcome retry(DeadLetters& letters, const Selection& selection) {
  Task<Result<std::uint64_t>> moving =
      selection.is_all ? letters.retry_all() : letters.retry(selection.partition, selection.id);
  const Result<std::uint64_t> count = co_await std::move(moving);
  if (!count) co_return count.error();
  if (*count == 0 && !selection.is_all) co_return not_there(selection);
  if (*count == 0) co_return std::string("There was no dead letter.");
  co_return in_words(*count) + " went back into the queue. What the database refuses again comes back.";
}

Outcome drop(DeadLetters& letters, const Selection& selection) {
  Task<Result<std::uint64_t>> moving =
      selection.is_all ? letters.drop_all() : letters.drop(selection.partition, selection.id);
  const Result<std::uint64_t> count = co_await std::move(moving);
  if (!count) co_return count.error();
  if (*count == 0 && !selection.is_all) co_return not_there(selection);
  if (*count == 0) co_return std::string("There was no dead letter.");
  co_return in_words(*count) + " dropped.";
}

}  // namespace

void add_dead_letter_commands(CLI::App& app, int& status) {
  CLI::App* group = app.add_subcommand(
      "dead-letters", "With Redis: changes that were accepted and that the database refused for what they are");
  group->require_subcommand(1);
  auto selection = std::make_shared<Selection>();
  const auto add = [group](const char* verb, const char* about) {
    CLI::App* command = group->add_subcommand(verb, about);
    command->allow_extras();
    command->footer(
        "Needs the servers' settings, which may be given as flags too, such as --redis-url URL.\n"
        "Exit status: 0 done, 1 failed or not found, 2 the words or settings are wrong.");
    return command;
  };
  const auto add_selecting = [&](const char* verb, const char* about) {
    CLI::App* command = add(verb, about);
    command->add_option("partition", selection->partition_text, "As `list` shows it");
    command->add_option("id", selection->id, "As `list` shows it");
    return command;
  };

  CLI::App* listing = add("list", "All of them: partition, id, list, kind of change, time, reason; tabs between");
  listing->callback([listing, &status] { status = with_dead_letters(*listing, nullptr, list_all); });

  using Verb = Outcome (*)(DeadLetters&, const Selection&);
  const auto run = [selection, &status](CLI::App* command, Verb verb) {
    command->callback([selection, &status, command, verb] {
      auto work = [selection, verb](DeadLetters& letters) { return verb(letters, *selection); };
      status = with_dead_letters(*command, selection.get(), work);
    });
  };
  run(add_selecting("show", "One of them whole, with what users wrote"), show);
  CLI::App* retrying = add_selecting("retry", "Let the worker try again, after the reason is gone");
  retrying->add_flag("--all", selection->is_all, "All that there are");
  run(retrying, retry);
  CLI::App* dropping = add_selecting("drop", "Give the change up for good: the database never has it");
  dropping->add_flag("--all", selection->is_all, "All that there are");
  run(dropping, drop);
}

}  // namespace collab::app
