#include "redis/reply.hpp"

#include <gtest/gtest.h>

namespace collab::redis {
namespace {

using Kind = Reply::Kind;

// One of each, nested, with bytes of every sort, as a server sends them.
const std::string stream =
    "+OK\r\n-ERR no such thing\r\n:-42\r\n$5\r\nhel\r\n\r\n$0\r\n\r\n$-1\r\n*-1\r\n*0\r\n"
    "*3\r\n$1\r\na\r\n*2\r\n:1\r\n*1\r\n$-1\r\n-MOVED 1 a:1\r\n" +
    std::string("$3\r\n\0\xff{\r\n", 9) + ":9223372036854775807\r\n";

std::vector<Reply> drain(ReplyReader& reader) {
  std::vector<Reply> replies;
  while (auto reply = reader.next()) replies.push_back(std::move(*reply));
  return replies;
}

std::vector<Reply> expected() {
  const Reply nil;
  const Reply inner{Kind::array, 0, "", {Reply{Kind::integer, 1, "", {}}, Reply{Kind::array, 0, "", {nil}}}};
  const Reply outer{
      Kind::array, 0, "", {Reply{Kind::string, 0, "a", {}}, inner, Reply{Kind::error, 0, "MOVED 1 a:1", {}}}};
  return {Reply{Kind::status, 0, "OK", {}},
          Reply{Kind::error, 0, "ERR no such thing", {}},
          Reply{Kind::integer, -42, "", {}},
          Reply{Kind::string, 0, "hel\r\n", {}},
          Reply{Kind::string, 0, "", {}},
          nil,
          nil,
          Reply{Kind::array, 0, "", {}},
          outer,
          Reply{Kind::string, 0, std::string("\0\xff{", 3), {}},
          Reply{Kind::integer, 9223372036854775807, "", {}}};
}

TEST(ReplyReader, ReadsEveryKind) {
  ReplyReader reader;

  reader.feed(stream);

  EXPECT_EQ(drain(reader), expected());
  EXPECT_FALSE(reader.has_failed()) << reader.problem();
}

TEST(ReplyReader, ReadsTheSameHoweverTheBytesAreCut) {
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    ReplyReader reader;
    reader.feed(std::string_view(stream).substr(0, cut));
    auto replies = drain(reader);
    reader.feed(std::string_view(stream).substr(cut));
    for (Reply& reply : drain(reader)) replies.push_back(std::move(reply));
    ASSERT_EQ(replies, expected()) << "cut at " << cut;
  }
}

TEST(ReplyReader, ReadsTheSameInPiecesOfEverySize) {
  for (std::size_t size = 1; size < 12; ++size) {
    ReplyReader reader;
    std::vector<Reply> replies;
    for (std::size_t at = 0; at < stream.size(); at += size) {
      reader.feed(std::string_view(stream).substr(at, size));
      for (Reply& reply : drain(reader)) replies.push_back(std::move(reply));
    }
    ASSERT_EQ(replies, expected()) << "pieces of " << size;
  }
}

TEST(ReplyReader, FailsForGoodOnWhatIsNoResp) {
  for (const char* bytes : {"HTTP/1.1 400 Bad Request\r\n", ":12x\r\n", "$-2\r\n", "*-2\r\n", "$x\r\n",
                            "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n"}) {
    ReplyReader reader;
    reader.feed(bytes);
    EXPECT_FALSE(reader.next()) << bytes;
    EXPECT_TRUE(reader.has_failed()) << bytes;
    EXPECT_FALSE(reader.feed("+OK\r\n"));
    EXPECT_FALSE(reader.next());
  }
}

TEST(ReplyReader, GivesUpAReplyThatOutgrowsItsBound) {
  ReplyReader reader(1'000);
  reader.feed("$100000\r\n");
  std::string piece(900, 'x');
  reader.feed(piece);
  EXPECT_FALSE(reader.next());
  EXPECT_FALSE(reader.has_failed());

  reader.feed(piece);

  EXPECT_FALSE(reader.next());
  EXPECT_NE(reader.problem().find("1000 bytes"), std::string::npos);
}

TEST(ReplyReader, BoundsEachReplyAndNotTheirSum) {
  ReplyReader reader(100);
  for (int i = 0; i < 1'000; ++i) {
    reader.feed("$10\r\n0123456789\r\n");
    ASSERT_TRUE(reader.next()) << reader.problem();
  }
}

TEST(ReplyReader, DoesNotBelieveAnAnnouncedLength) {
  ReplyReader reader;

  reader.feed("*2147483647\r\n:1\r\n");

  EXPECT_FALSE(reader.next());
  EXPECT_FALSE(reader.has_failed()) << "it may still come; nothing was reserved for it";
}

TEST(Reply, KnowsItsErrorByTheFirstWord) {
  const Reply reply{Kind::error, 0, "NOSCRIPT No matching script", {}};

  EXPECT_TRUE(reply.is_error("NOSCRIPT"));
  EXPECT_FALSE(reply.is_error("NOSC"));
  EXPECT_TRUE((Reply{Kind::error, 0, "LOADING", {}}.is_error("LOADING")));
  EXPECT_FALSE((Reply{Kind::string, 0, "NOSCRIPT x", {}}.is_error("NOSCRIPT")));
}

TEST(Reply, ThatTellsOfRedisStateIsUnavailable) {
  const Reply full{Kind::error, 0, "OOM command not allowed when used memory > 'maxmemory'.", {}};

  const auto result = unless_fault(full);

  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::unavailable);
  EXPECT_EQ(result.error().message, "Redis is out of memory");
  EXPECT_FALSE(result.error().is_outcome_unknown);
}

TEST(Reply, ThatTellsOfTheCommandPasses) {
  const Reply wrong{Kind::error, 0, "WRONGTYPE Operation against a key", {}};

  EXPECT_EQ(unless_fault(wrong).value(), wrong);
  EXPECT_EQ(unless_fault(Reply{Kind::string, 0, "OOM", {}}).value().text, "OOM");
}

}  // namespace
}  // namespace collab::redis
