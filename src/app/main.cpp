// collab-todo serve | token | config | migrate | backup | restore | user | asyncapi
#include <sys/stat.h>

#include "app/commands.hpp"
#include "app/web_client.hpp"

int main(int count, char** words) {
  ::umask(0077);  // what it writes is people's lists, their addresses and the hashes of their passwords
  return collab::app::run_command(count, words, collab::app::web_client());
}
