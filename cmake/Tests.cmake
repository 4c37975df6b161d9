# mb_test(NAME SOURCES file... LINK target...): a GLib test program, run by ctest.
function(mb_test name)
  cmake_parse_arguments(TEST "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${TEST_SOURCES})
  target_link_libraries(${name} PRIVATE mb_flags PkgConfig::GLIB ${TEST_LINK})
  set_target_properties(${name} PROPERTIES MB_CONVERTS ON)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300 LABELS unit)
endfunction()

# mb_fuzz(NAME SOURCES file... LINK target... CORPUS dir): a fuzz target, always built. Without libFuzzer it replays the
# files it is given and mutates them a fixed number of times; with it (MB_LIBFUZZER) ctest fuzzes for a few seconds.
function(mb_fuzz name)
  cmake_parse_arguments(FUZZ "" "CORPUS" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${FUZZ_SOURCES})
  target_link_libraries(${name} PRIVATE mb_flags PkgConfig::GLIB ${FUZZ_LINK})
  if(MB_LIBFUZZER)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    add_test(NAME ${name} COMMAND ${name} -max_total_time=${MB_FUZZ_SECONDS} -timeout=10 -rss_limit_mb=2048
      ${CMAKE_CURRENT_BINARY_DIR}/${name}-found ${FUZZ_CORPUS})
    file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/${name}-found)
  else()
    target_sources(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/fuzz/standalone_driver.c)
    add_test(NAME ${name} COMMAND ${name} ${FUZZ_CORPUS})
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT 900 LABELS fuzz)
endfunction()

set(MB_FUZZ_SECONDS 10 CACHE STRING "How long ctest runs each fuzz target when built with libFuzzer")
