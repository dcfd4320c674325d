#include "exchange/command_turns.hpp"

#include <gtest/gtest.h>

#include <random>

#include "support/one_list.hpp"

namespace collab::exchange {
namespace {

using test::item_id_of;

struct CommandTurnsTest : testing::Test {
  /// Asks for a turn; the number goes to `begun` when it comes.
  void ask(int number, CommandTurns::Row row) {
    spawn(io, "test", [this, number, row]() -> Task<void> {
      co_await turns.begin(row);
      begun.push_back(number);
    });
    run();
  }
  void end(CommandTurns::Row row) {
    turns.end(row);
    run();
  }
  void run() {
    io.restart();
    io.poll();
  }

  asio::io_context io;
  CommandTurns turns;
  std::vector<int> begun;
};

using Numbers = std::vector<int>;

TEST_F(CommandTurnsTest, CommandsOnDifferentItemsGoTogether) {
  ask(1, item_id_of(1));
  ask(2, item_id_of(2));
  EXPECT_EQ(begun, (Numbers{1, 2}));
}

TEST_F(CommandTurnsTest, CommandsOnOneItemGoOneAfterTheOther) {
  ask(1, item_id_of(1));
  ask(2, item_id_of(1));
  ask(3, item_id_of(1));
  EXPECT_EQ(begun, (Numbers{1}));
  end(item_id_of(1));
  EXPECT_EQ(begun, (Numbers{1, 2}));
  end(item_id_of(1));
  EXPECT_EQ(begun, (Numbers{1, 2, 3}));
}

TEST_F(CommandTurnsTest, WhatIsNotAboutOneItemGoesAlone) {
  ask(1, item_id_of(1));
  ask(2, std::nullopt);
  ask(3, item_id_of(2));
  ask(4, std::nullopt);
  EXPECT_EQ(begun, (Numbers{1}));
  end(item_id_of(1));
  EXPECT_EQ(begun, (Numbers{1, 2}));
  end(std::nullopt);
  EXPECT_EQ(begun, (Numbers{1, 2, 3}));
  end(item_id_of(2));
  EXPECT_EQ(begun, (Numbers{1, 2, 3, 4}));
}

TEST_F(CommandTurnsTest, NobodyOvertakesWhoWaits) {
  ask(1, item_id_of(1));
  ask(2, item_id_of(1));
  ask(3, item_id_of(2));  // could go, but came later than 2
  EXPECT_EQ(begun, (Numbers{1}));
  end(item_id_of(1));
  EXPECT_EQ(begun, (Numbers{1, 2, 3}));
}

TEST_F(CommandTurnsTest, EverybodyGoesInOrderAndNobodyTwice) {
  std::minstd_rand random(7);
  std::vector<CommandTurns::Row> rows;
  std::size_t ended = 0;
  for (int number = 0; number < 2'000; ++number) {
    const auto pick = static_cast<std::uint8_t>(random() % 4);
    rows.push_back(pick == 0 ? std::nullopt : CommandTurns::Row(item_id_of(pick)));
    ask(number, rows.back());
    const bool is_held_up = begun.size() < rows.size();
    if (ended < begun.size() && (is_held_up || random() % 2 == 0)) end(rows[ended++]);
    // What is on its way is different items, or one command alone.
    for (std::size_t i = ended; i < begun.size(); ++i)
      for (std::size_t j = i + 1; j < begun.size(); ++j) EXPECT_TRUE(rows[i] && rows[j] && rows[i] != rows[j]);
  }
  while (ended < begun.size()) end(rows[ended++]);
  ASSERT_EQ(begun.size(), rows.size());
  for (int number = 0; number < 2'000; ++number) EXPECT_EQ(begun[static_cast<std::size_t>(number)], number);
}

}  // namespace
}  // namespace collab::exchange
