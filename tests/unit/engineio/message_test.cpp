#include "engineio/message.hpp"

#include <gtest/gtest.h>

#include "engineio/deadlines.hpp"
#include "engineio/send_queue.hpp"

namespace collab::engineio {
namespace {

TEST(Message, IsAFrameWithTheShortestLength) {
  EXPECT_EQ(make_text("4x")->frame(), std::string_view("\x81\x02"
                                                       "4x"));
  EXPECT_EQ(make_binary("ab")->frame(), std::string_view("\x82\x02"
                                                         "ab"));
  EXPECT_EQ(make_text(std::string(125, 'x'))->frame().substr(0, 2), std::string_view("\x81\x7D"));
  EXPECT_EQ(make_text(std::string(126, 'x'))->frame().substr(0, 4), std::string_view("\x81\x7E\x00\x7E", 4));
  EXPECT_EQ(make_text(std::string(65'536, 'x'))->frame().substr(0, 10),
            std::string_view("\x81\x7F\x00\x00\x00\x00\x00\x01\x00\x00", 10));
  EXPECT_EQ(make_text(std::string(65'536, 'x'))->payload(), std::string(65'536, 'x'));
}

TEST(Message, IsDeflatedOnceForAll) {
  const auto message = make_text("4hello");
  static int calls;
  calls = 0;
  const auto deflate = [](const Message&) { return ++calls, std::string("frame"); };

  EXPECT_EQ(message->deflated_frame(deflate), "frame");
  EXPECT_EQ(message->deflated_frame(deflate), "frame");
  EXPECT_EQ(calls, 1);
}

TEST(SendQueue, KeepsOrderAndCountsBytesWhilePartsLeave) {
  SendQueue queue;
  std::vector<SharedMessage> sent;
  for (int count = 0; count < 500; ++count) {
    sent.push_back(make_text(std::to_string(count)));
    queue.push(sent.back());
  }
  std::size_t bytes = 0;
  for (const auto& message : sent) bytes += message->size();
  EXPECT_EQ(queue.bytes(), bytes);

  std::vector<SharedMessage> taken;
  while (!queue.is_empty()) {
    taken.push_back(queue.waiting().front());
    queue.pop(1);
  }

  EXPECT_EQ(taken, sent);
  EXPECT_EQ(queue.bytes(), 0u);
}

struct Timed : DeadlineHook {
  explicit Timed(int number) : name(number) {}
  int name;
};

TEST(DeadlineList, IsAFifoThatAnyoneMayLeave) {
  DeadlineList list;
  const TimePoint start{};
  Timed a(1), b(2), c(3);
  list.push_back(a, start + std::chrono::seconds(1));
  list.push_back(b, start + std::chrono::seconds(2));
  list.push_back(c, start + std::chrono::seconds(3));

  b.unlink();
  list.push_back(a, start + std::chrono::seconds(4));

  EXPECT_EQ(list.first(), start + std::chrono::seconds(3));
  EXPECT_EQ(static_cast<Timed*>(list.front())->name, 3);
  c.unlink();
  EXPECT_EQ(static_cast<Timed*>(list.front())->name, 1);
  a.unlink();
  EXPECT_EQ(list.first(), TimePoint::max());
}

}  // namespace
}  // namespace collab::engineio
