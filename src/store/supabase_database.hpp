// A database of ours in a Supabase project, over its REST interface.
#pragma once

#include "store/postgres_database.hpp"

namespace collab::store {

struct SupabaseOptions {
  std::string url;                ///< SUPABASE_URL: https://<project>.supabase.co
  std::string key;                ///< SUPABASE_SERVICE_KEY
  PostgresOptions database = {};  ///< all but its url
};

/// As PostgresDatabase::open, but that the schema must be there: nobody can make tables that way. Its links are
/// supabase::Sessions.
Result<std::unique_ptr<PostgresDatabase>> open_supabase(SupabaseOptions options);

}  // namespace collab::store
