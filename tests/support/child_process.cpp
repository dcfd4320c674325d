#include "support/child_process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace collab::support {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds look_again{5};
constexpr std::chrono::seconds grace{10};

// In the child: nothing here may allocate.
[[noreturn]] void become(char* const* words, int log, Runner runner) {
  if (::getuid() == 0 && (::setgroups(0, nullptr) != 0 || ::setgid(runner.gid) != 0 || ::setuid(runner.uid) != 0))
    ::_exit(126);
  const rlimit files{runner.most_file_bytes, runner.most_file_bytes};
  if (runner.most_file_bytes > 0 && ::setrlimit(RLIMIT_FSIZE, &files) != 0) ::_exit(126);
  ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
  ::dup2(log, 1);
  ::dup2(log, 2);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execvp(words[0], words);
  ::_exit(127);
}

struct ProcessStatus {
  char state = 0;  ///< 0: there is no such process
  pid_t parent = -1;
};

ProcessStatus status_of(const std::filesystem::path& process) {
  ProcessStatus status;
  const std::string text = text_of(process / "stat");
  const std::size_t behind_name = text.rfind(')');
  if (behind_name == text.npos) return status;
  std::istringstream rest(text.substr(behind_name + 1));
  rest >> status.state >> status.parent;
  return status;
}

bool is_running(pid_t process) {
  const char state = status_of("/proc/" + std::to_string(process)).state;
  return state != 0 && state != 'Z' && state != 'X';
}

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  std::error_code gone;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", gone)) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != name.npos || status_of(entry.path()).parent != parent) continue;
    children.push_back(std::stoi(name));
    for (const pid_t grandchild : children_of(children.back())) children.push_back(grandchild);
  }
  return children;
}

}  // namespace

Runner Runner::unprivileged() {
  if (::getuid() != 0) return {::getuid(), ::getgid(), 0};
  const passwd* user = ::getpwnam("postgres");
  if (!user) throw std::runtime_error("there is no user postgres: is postgresql-15 installed? (scripts/setup.sh test)");
  return {user->pw_uid, user->pw_gid, 0};
}

ChildProcess::ChildProcess(const std::vector<std::string>& words, const std::filesystem::path& log, Runner runner) {
  const int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file < 0) throw std::runtime_error("cannot write " + log.string());
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ == 0) become(arguments.data(), file, runner);
  ::close(file);
  if (pid_ < 0) throw std::runtime_error("cannot start " + words.front());
}

ChildProcess::~ChildProcess() {
  if (has_ended()) return;
  signal_all(SIGCONT);
  signal(SIGQUIT);
  wait(grace);
}

void ChildProcess::signal(int number) const { ::kill(pid_, number); }

void ChildProcess::signal_all(int number) const {
  const bool is_the_end = number == SIGKILL;
  if (is_the_end) ::kill(pid_, SIGSTOP);  // or it might have another child when we have counted them
  const auto children = children_of(pid_);
  ::kill(pid_, number);
  for (const pid_t child : children) ::kill(child, number);
  const auto end = Clock::now() + grace;
  for (const pid_t child : children)
    while (is_the_end && is_running(child) && Clock::now() < end) std::this_thread::sleep_for(look_again);
}

bool ChildProcess::has_ended() {
  if (status_ >= 0) return true;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) != pid_) return false;
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return true;
}

int ChildProcess::wait(std::chrono::seconds deadline) {
  const auto end = Clock::now() + deadline;
  while (!has_ended()) {
    if (Clock::now() > end) signal_all(SIGKILL);
    std::this_thread::sleep_for(look_again);
  }
  return status_;
}

void run_program(const std::vector<std::string>& words, const std::filesystem::path& log, Runner runner) {
  ChildProcess program(words, log, runner);
  const int status = program.wait(std::chrono::seconds(120));
  if (status != 0)
    throw std::runtime_error(words.front() + " ended with " + std::to_string(status) + ":\n" + text_of(log));
}

void wait_until(const std::function<bool()>& is_true, const std::string& what, std::chrono::seconds deadline) {
  const auto end = Clock::now() + deadline;
  while (!is_true()) {
    if (Clock::now() > end) throw std::runtime_error("waited too long until " + what);
    std::this_thread::sleep_for(look_again);
  }
}

std::string text_of(const std::filesystem::path& file) {
  const std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();  // which ends where a process of /proc has ended, instead of throwing
  return text.str();
}

int free_port() {
  const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool is_bound = ::bind(probe, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
                        ::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(probe);
  if (!is_bound) throw std::runtime_error("there is no free port");
  return ntohs(address.sin_port);
}

}  // namespace collab::support
