// The opening handshake of RFC 6455 and the negotiation of RFC 7692.
#include "transport/websocket_handshake.hpp"

#include <gtest/gtest.h>

namespace collab::transport {
namespace {

UpgradeRequest good() {
  return {"GET", 11, "server.example.com", "websocket", "Upgrade", "dGhlIHNhbXBsZSBub25jZQ==", "13"};
}

TEST(Handshake, AnswersTheKeyOfTheRfc) {
  EXPECT_EQ(accept_key("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(Handshake, AcceptsAValidRequestInEveryDress) {
  EXPECT_FALSE(check_upgrade(good()));
  UpgradeRequest dressed = good();
  dressed.upgrade = "h2c, WebSocket";
  dressed.connection = "keep-alive, UPGRADE";
  dressed.key = " dGhlIHNhbXBsZSBub25jZQ== ";
  EXPECT_FALSE(check_upgrade(dressed));
}

TEST(Handshake, RefusesWhatTheRfcForbids) {
  const auto refused = [](auto change) {
    UpgradeRequest request = good();
    change(request);
    const auto refusal = check_upgrade(request);
    return refusal ? refusal->status : 101;
  };
  EXPECT_EQ(refused([](auto& r) { r.method = "POST"; }), 400u);
  EXPECT_EQ(refused([](auto& r) { r.method = "get"; }), 400u);
  EXPECT_EQ(refused([](auto& r) { r.http_version = 10; }), 400u);
  EXPECT_EQ(refused([](auto& r) { r.host = ""; }), 400u);
  EXPECT_EQ(refused([](auto& r) { r.upgrade = ""; }), 400u);
  EXPECT_EQ(refused([](auto& r) { r.upgrade = "websockets"; }), 400u);
  EXPECT_EQ(refused([](auto& r) { r.upgrade = "h2c"; }), 400u);
  EXPECT_EQ(refused([](auto& r) { r.connection = ""; }), 400u);
  EXPECT_EQ(refused([](auto& r) { r.connection = "keep-alive"; }), 400u);
  EXPECT_EQ(refused([](auto& r) { r.connection = "Upgraded"; }), 400u);
  EXPECT_EQ(refused([](auto& r) { r.key = ""; }), 400u);
  EXPECT_EQ(refused([](auto& r) { r.key = "short=="; }), 400u);
  EXPECT_EQ(refused([](auto& r) { r.key = "dGhlIHNhbXBsZSBub25jZQ"; }), 400u);
  EXPECT_EQ(refused([](auto& r) { r.key = "dGhlIHNhbXBsZSBub25jZSE="; }), 400u);
  EXPECT_EQ(refused([](auto& r) { r.key = "dGhlIHNhbXBsZSBub25j!Q=="; }), 400u);
  EXPECT_EQ(refused([](auto& r) { r.key = "dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ=="; }), 400u);
  EXPECT_EQ(refused([](auto& r) { r.version = ""; }), 426u);
  EXPECT_EQ(refused([](auto& r) { r.version = "8"; }), 426u);
  EXPECT_EQ(refused([](auto& r) { r.version = "13, 8"; }), 426u);
}

TEST(Handshake, WritesTheWholeResponse) {
  std::string plain;
  append_switching_protocols(plain, "dGhlIHNhbXBsZSBub25jZQ==");
  EXPECT_EQ(plain,
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");

  std::string dressed;
  const auto agreement = negotiate_deflate("permessage-deflate");
  ASSERT_TRUE(agreement);
  append_switching_protocols(dressed, "dGhlIHNhbXBsZSBub25jZQ==", &*agreement, "Access-Control-Allow-Origin: *\r\n");
  EXPECT_TRUE(dressed.ends_with(
      "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n"
      "Access-Control-Allow-Origin: *\r\n\r\n"));
}

std::string agreed(std::string_view offers) {
  const auto agreement = negotiate_deflate(offers);
  return agreement ? agreement->header : "(none)";
}

constexpr std::string_view plain = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

TEST(DeflateNegotiation, AcceptsWhatClientsOffer) {
  EXPECT_EQ(agreed("permessage-deflate"), plain);
  EXPECT_EQ(agreed("permessage-deflate; client_max_window_bits"), plain);
  EXPECT_EQ(agreed("permessage-deflate;client_max_window_bits=10"), plain);
  EXPECT_EQ(agreed("permessage-deflate; client_max_window_bits=\"8\""), plain);
  EXPECT_EQ(agreed("permessage-deflate; server_no_context_takeover; client_no_context_takeover"), plain);
  EXPECT_EQ(agreed("x-webkit-deflate-frame, Permessage-Deflate"), plain);
}

TEST(DeflateNegotiation, KeepsToTheWindowItIsAskedFor) {
  std::string limited(plain);
  limited += "; server_max_window_bits=10";
  EXPECT_EQ(agreed("permessage-deflate; server_max_window_bits=10"), limited);
  EXPECT_EQ(negotiate_deflate("permessage-deflate; server_max_window_bits=9")->server_window_bits, 9);
  EXPECT_EQ(negotiate_deflate("permessage-deflate")->server_window_bits, 15);
}

TEST(DeflateNegotiation, PassesOverOffersThatItCannotAccept) {
  for (const char* offer :
       {"", ",", "x-webkit-deflate-frame", "permessage-bzip2", "permessage-deflate; unknown",
        "permessage-deflate; server_no_context_takeover=1", "permessage-deflate; client_no_context_takeover=true",
        "permessage-deflate; server_max_window_bits", "permessage-deflate; server_max_window_bits=8",
        "permessage-deflate; server_max_window_bits=16", "permessage-deflate; server_max_window_bits=",
        "permessage-deflate; server_max_window_bits=010", "permessage-deflate; server_max_window_bits=-9",
        "permessage-deflate; server_max_window_bits=9x", "permessage-deflate; client_max_window_bits=7",
        "permessage-deflate; client_max_window_bits=", "permessage-deflate; client_max_window_bits=99999999999",
        "permessage-deflate; client_max_window_bits; client_max_window_bits",
        "permessage-deflate; server_no_context_takeover; server_no_context_takeover"}) {
    EXPECT_EQ(agreed(offer), "(none)") << offer;
  }
  EXPECT_EQ(agreed("permessage-deflate; server_max_window_bits=8, permessage-deflate; client_max_window_bits"), plain);
}

TEST(Tokens, AreComparedWholeAndWithoutCase) {
  EXPECT_TRUE(has_token("keep-alive , Upgrade", "upgrade"));
  EXPECT_FALSE(has_token("keep-alive Upgrade", "upgrade"));
  EXPECT_FALSE(has_token("", "upgrade"));
}

}  // namespace
}  // namespace collab::transport
