#include "redis/stream.hpp"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <stdexcept>

namespace collab::redis {
namespace {

using boost::system::error_code;

[[noreturn]] void refuse(const std::string& what, const std::string& file, const error_code& fault) {
  throw std::runtime_error("TLS for Redis: " + what + " " + file + " cannot be used: " + fault.message());
}

bool is_address(const std::string& host) {
  error_code fault;
  asio::ip::make_address(host, fault);
  return !fault;
}

}  // namespace

TlsContext::TlsContext(const Tls& tls) : tls_(tls), context_(asio::ssl::context::tls_client) {
  error_code fault;
  if (tls_.ca_file.empty())
    context_.set_default_verify_paths(fault);
  else
    context_.load_verify_file(tls_.ca_file, fault);
  if (fault) refuse("the CA file", tls_.ca_file, fault);
  if (!tls_.certificate_file.empty()) {
    context_.use_certificate_chain_file(tls_.certificate_file, fault);
    if (fault) refuse("the certificate", tls_.certificate_file, fault);
    const std::string& key = tls_.key_file.empty() ? tls_.certificate_file : tls_.key_file;
    context_.use_private_key_file(key, asio::ssl::context::pem, fault);
    if (fault) refuse("the key", key, fault);
  }
  context_.set_verify_mode(tls_.verifies_server ? asio::ssl::verify_peer : asio::ssl::verify_none);
  SSL_CTX_set_min_proto_version(context_.native_handle(), TLS1_2_VERSION);
}

Task<std::string> Stream::connect(std::vector<Endpoint> endpoints) {
  std::string problem = "the name has no address";
  for (const Endpoint& endpoint : endpoints) {
    error_code fault;
    close();
    socket_.open(endpoint.protocol(), fault);
    if (!fault) co_await socket_.async_connect(endpoint, asio::redirect_error(asio::use_awaitable, fault));
    if (!fault) {
      if (endpoint.protocol().family() != AF_UNIX) socket_.set_option(asio::ip::tcp::no_delay(true), fault);
      co_return std::string();
    }
    problem = fault.message();
    if (fault == asio::error::operation_aborted) break;
  }
  co_return problem;
}

Task<std::string> Stream::shake_hands(TlsContext& tls, std::string host) {
  tls_.emplace(socket_, tls.native());
  SSL* ssl = tls_->native_handle();
  if (!tls.settings().server_name.empty()) host = tls.settings().server_name;
  X509_VERIFY_PARAM* rules = SSL_get0_param(ssl);
  if (is_address(host)) {
    X509_VERIFY_PARAM_set1_ip_asc(rules, host.c_str());
  } else {
    SSL_set_tlsext_host_name(ssl, host.c_str());
    X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    X509_VERIFY_PARAM_set1_host(rules, host.data(), host.size());
  }
  error_code fault;
  co_await tls_->async_handshake(asio::ssl::stream_base::client, asio::redirect_error(asio::use_awaitable, fault));
  if (!fault) co_return std::string();
  const long verdict = SSL_get_verify_result(ssl);
  co_return "TLS: " + fault.message() +
      (verdict == X509_V_OK ? "" : std::string(" (") + X509_verify_cert_error_string(verdict) + ")");
}

void Stream::close() {
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace collab::redis
