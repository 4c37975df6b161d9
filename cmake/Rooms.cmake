# What every room is built with.
set(MB_SANITIZE "" CACHE STRING "Sanitizers for the whole build: address,undefined or thread")
option(MB_LIBFUZZER "Link the fuzz targets with libFuzzer (needs clang); otherwise they replay files" OFF)
option(MB_WERROR "Treat warnings as errors" OFF)

add_library(mb_flags INTERFACE)
target_compile_definitions(mb_flags INTERFACE _GNU_SOURCE _FILE_OFFSET_BITS=64 MB_VERSION="${PROJECT_VERSION}"
  G_LOG_DOMAIN="mailbackup" GLIB_VERSION_MIN_REQUIRED=GLIB_VERSION_2_74 GLIB_VERSION_MAX_ALLOWED=GLIB_VERSION_2_74)
target_compile_options(mb_flags INTERFACE
  -Wall -Wextra -Wshadow -Wmissing-prototypes
  $<$<NOT:$<BOOL:$<TARGET_PROPERTY:MB_CONVERTS>>>:-Wconversion> # not in tests: g_assert_cmpmem() converts
  -Wstrict-prototypes -Wformat=2 -Wvla
  -fstack-protector-strong -fno-omit-frame-pointer)
target_link_options(mb_flags INTERFACE -Wl,-z,relro,-z,now -Wl,--as-needed)
if(MB_WERROR)
  target_compile_options(mb_flags INTERFACE -Werror)
endif()
if(MB_SANITIZE)
  target_compile_options(mb_flags INTERFACE -fsanitize=${MB_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(mb_flags INTERFACE -fsanitize=${MB_SANITIZE})
endif()
if(MB_SANITIZE STREQUAL thread)
  target_sources(mb_flags INTERFACE
    $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:${CMAKE_SOURCE_DIR}/tests/thread/glib_locks.c>)
endif()
if(MB_LIBFUZZER)
  target_compile_options(mb_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# mb_room(NAME PUBLIC_HEADERS DIR SOURCES file...): a static library; those who link it see DIR and nothing else of it.
function(mb_room name)
  cmake_parse_arguments(ROOM "" "PUBLIC_HEADERS" "SOURCES" ${ARGN})
  add_library(${name} STATIC ${ROOM_SOURCES})
  target_include_directories(${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/${ROOM_PUBLIC_HEADERS})
  target_link_libraries(${name} PUBLIC PkgConfig::GLIB PRIVATE mb_flags)
  # Fit for a shared library that is loaded at run time: nothing is seen outside it, and what each thread has of its own
  # is found without a call (through which LeakSanitizer stumbles).
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden)
  target_compile_options(${name} PRIVATE -ftls-model=initial-exec)
endfunction()
