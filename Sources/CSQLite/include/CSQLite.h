// The system's SQLite, linked statically, plus what Swift cannot say: the macro SQLITE_TRANSIENT.
#ifndef CSQLITE_H
#define CSQLITE_H
#include <sqlite3.h>

static inline int csqlite_bind_text(sqlite3_stmt *stmt, int index, const char *text, int length) {
  return sqlite3_bind_text(stmt, index, text, length, SQLITE_TRANSIENT);
}

static inline int csqlite_bind_blob(sqlite3_stmt *stmt, int index, const void *bytes, int length) {
  return sqlite3_bind_blob(stmt, index, bytes, length, SQLITE_TRANSIENT);
}
#endif
