// How a key set comes over HTTP: one bounded, blocking request of libcurl's.
#include <curl/curl.h>

#include "auth/jwks.hpp"

namespace collab::auth {
namespace {

struct EasyRelease {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};

struct Download {
  std::string body;
  std::size_t max_bytes;
  const std::atomic<bool>& stop;
};

std::size_t receive(char* bytes, std::size_t, std::size_t count, void* context) {
  auto& download = *static_cast<Download*>(context);
  if (download.body.size() + count > download.max_bytes) return 0;
  download.body.append(bytes, count);
  return count;
}

int progress(void* context, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Download*>(context)->stop ? 1 : 0;
}

Error failed(std::string why) { return Error{Errc::unavailable, std::move(why), {}, 0}; }

}  // namespace

Result<std::string> fetch_url(const std::string& url, FetchLimits limits, const std::atomic<bool>& stop) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::unique_ptr<CURL, EasyRelease> easy(ready == CURLE_OK ? curl_easy_init() : nullptr);
  if (!easy) return failed("libcurl could not be started");
  Download download{{}, limits.max_bytes, stop};
  CURL* const request = easy.get();
  curl_easy_setopt(request, CURLOPT_URL, url.c_str());
  curl_easy_setopt(request, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(request, CURLOPT_REDIR_PROTOCOLS_STR, "https");
  curl_easy_setopt(request, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(request, CURLOPT_MAXREDIRS, 3L);
  curl_easy_setopt(request, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(request, CURLOPT_TIMEOUT_MS, static_cast<long>(limits.timeout.count()));
  curl_easy_setopt(request, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(request, CURLOPT_WRITEFUNCTION, receive);
  curl_easy_setopt(request, CURLOPT_WRITEDATA, &download);
  curl_easy_setopt(request, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(request, CURLOPT_XFERINFOFUNCTION, progress);
  curl_easy_setopt(request, CURLOPT_XFERINFODATA, &download);
  const CURLcode outcome = curl_easy_perform(request);
  if (outcome == CURLE_WRITE_ERROR)
    return failed("the answer is larger than " + std::to_string(limits.max_bytes) + " bytes");
  if (outcome != CURLE_OK) return failed(curl_easy_strerror(outcome));
  long status = 0;
  curl_easy_getinfo(request, CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) return failed("the answer has the status " + std::to_string(status));
  return std::move(download.body);
}

}  // namespace collab::auth
