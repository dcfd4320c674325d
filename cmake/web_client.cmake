# The web client, which scripts/web.sh builds into build/web for all presets, becomes part of collab-todo and of nothing else.
# Looked for at each build: one that was built since is found then.
file(GLOB web_client_table CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/build/web/web_client.cpp)
if(COLLAB_WEB AND web_client_table)
  set(web_client_bytes ${CMAKE_SOURCE_DIR}/build/web/web_client.S)
  set_source_files_properties(${web_client_bytes} PROPERTIES OBJECT_DEPENDS ${CMAKE_SOURCE_DIR}/build/web/web_client.bin)
  target_sources(collab-todo PRIVATE ${web_client_table} ${web_client_bytes})
else()
  set(no_web_client ${CMAKE_CURRENT_BINARY_DIR}/no_web_client.cpp)
  file(CONFIGURE OUTPUT ${no_web_client} CONTENT "#include \"app/web_client.hpp\"

collab::app::WebClient collab::app::web_client() { return {}; }
")
  target_sources(collab-todo PRIVATE ${no_web_client})
endif()
