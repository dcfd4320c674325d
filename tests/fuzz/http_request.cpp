// What a client sends on a connection, cut or whole: the same requests must come out, and bodies within their limit.
#include "check.hpp"
#include "transport/http_reader.hpp"

namespace {

using namespace collab;
using namespace collab::transport;

constexpr std::size_t max_header = 1024;
constexpr std::size_t max_body = 256;

struct Story {
  std::string requests;
  bool has_fault = false;
  std::size_t unread = 0;  // bytes too few to be judged
};

/// A fault in the last bytes may be found when more of them come.
bool is_same(const Story& a, const Story& b) {
  constexpr std::size_t judged_at = 5;
  if (a.requests != b.requests) return false;
  if (a.has_fault == b.has_fault) return true;
  const Story& faultless = a.has_fault ? b : a;
  return faultless.unread > 0 && faultless.unread < judged_at;
}

std::string told(const HttpRequest& request) {
  std::string text = request.method + ' ' + request.path + ' ' + request.query_text + '\n';
  for (const auto& [name, value] : request.headers) {
    fuzz::check(name.find_first_of("\r\n :") == std::string::npos, "a header name is one token");
    fuzz::check(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos, "a header value is one line");
    text += name + ": " + value + '\n';
  }
  fuzz::check(request.body.size() <= max_body, "the body is bounded");
  return text + request.body + '\n';
}

/// Feeds `input` in pieces of at most `most` bytes, one reader after the other as a connection does.
Story tell(std::string_view input, std::size_t most) {
  Story story;
  std::string bytes;
  auto reader = std::make_unique<HttpReader>(max_header);
  while (true) {
    switch (reader->read(bytes)) {
      case HttpReader::Step::more:
        if (input.empty()) {
          story.unread = bytes.size();
          return story;
        }
        bytes += input.substr(0, most);
        input.remove_prefix(std::min(most, input.size()));
        break;
      case HttpReader::Step::header:
        reader->limit_body(max_body);
        break;
      case HttpReader::Step::complete:
        story.requests += told(reader->request());
        reader = std::make_unique<HttpReader>(max_header);
        break;
      case HttpReader::Step::fault:
        fuzz::check(reader->status() >= 400 && reader->status() < 500, "a fault is the client's");
        story.has_fault = true;
        return story;
    }
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input = fuzz::text_of(data + 1, size - 1);

  const Story whole = tell(input, input.size() + 1);
  const Story cut = tell(input, 1 + data[0] % 16u);

  fuzz::check(is_same(whole, cut), "cutting the input changes nothing");
  return 0;
}
