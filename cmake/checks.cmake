# The checks of tools/ as tests, label `tools`; the one of the layers also fails the build.
find_package(Python3 REQUIRED COMPONENTS Interpreter)

function(collab_check name)
  add_test(NAME tools.${name} COMMAND ${ARGN} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(tools.${name} PROPERTIES LABELS tools TIMEOUT 120)
endfunction()

add_custom_target(check_layers ALL COMMAND Python3::Interpreter ${CMAKE_SOURCE_DIR}/tools/check_layers.py
                  COMMENT "Checking the layers" VERBATIM)

collab_check(layers Python3::Interpreter ${CMAKE_SOURCE_DIR}/tools/check_layers.py)
collab_check(layers_itself Python3::Interpreter ${CMAKE_SOURCE_DIR}/tools/check_layers.py --self-test)
collab_check(coroutines Python3::Interpreter ${CMAKE_SOURCE_DIR}/tools/check_coroutines.py)
collab_check(coroutines_itself Python3::Interpreter ${CMAKE_SOURCE_DIR}/tools/check_coroutines.py --self-test)
collab_check(format ${CMAKE_SOURCE_DIR}/tools/check_format.sh)
collab_check(mutations ${CMAKE_SOURCE_DIR}/tools/check_mutations.sh)
