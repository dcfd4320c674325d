// collab-todo serve | token | config | migrate | backup | restore | user | asyncapi
#include "app/commands.hpp"
#include "app/web_client.hpp"

int main(int count, char** words) { return collab::app::run_command(count, words, collab::app::web_client()); }
