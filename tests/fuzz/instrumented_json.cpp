// Boost.JSON compiled into the fuzz target, so that the fuzzer sees into the parser.
#include <boost/json/src.hpp>
