// Opening the server's database: with the settings that its promises rest on, and with errors that an operator
// understands.
#pragma once

#include "store/sqlite.hpp"
#include "store/sqlite_database.hpp"

namespace collab::store {

/// Whether this fault means that the storage failed, and not the statement: whatever runs at this moment cannot be
/// saved.
bool is_storage_fault(const SqliteFault& fault);

/// The connection of the writer. Does not create a file that is gone.
Result<Connection> open_writer(const SqliteOptions& options);
/// A connection that only reads.
Result<Connection> open_reader(const SqliteOptions& options);

/// What a start does: creates or migrates the file, looks whether it is sound and can be written. The era.
Result<Rev> prepare_database(const SqliteOptions& options);
/// What a tool does: looks whether the file is there and of this program's version. The era.
Result<Rev> examine_database(const SqliteOptions& options);

std::filesystem::path database_file(const SqliteOptions& options);
const Clock& clock_of(const SqliteOptions& options);

}  // namespace collab::store
