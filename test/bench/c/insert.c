// The limit that SQLite sets: rows that lie ready in memory through one prepared INSERT, as a C
// programmer would write it. usage: insert DATABASE ROWS ROWS_PER_TRANSACTION
// ROWS: int32 columns, int32 rows, then for each row a uint32 mask of NULLs and an int64 a column.
// Prints the CPU seconds of the loop, its commits included.

#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void fail(const char *what) {
  fprintf(stderr, "%s\n", what);
  exit(1);
}

static void run(sqlite3 *db, const char *sql) {
  if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) fail(sqlite3_errmsg(db));
}

static char *read_file(const char *path) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) fail(path);
  fseek(file, 0, SEEK_END);
  long size = ftell(file);
  rewind(file);
  char *bytes = malloc(size);
  if (bytes == NULL || fread(bytes, 1, size, file) != (size_t)size) fail("read failed");
  fclose(file);
  return bytes;
}

static double cpu_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
  if (argc != 4) fail("usage: insert DATABASE ROWS ROWS_PER_TRANSACTION");
  const char *at = read_file(argv[2]);
  int32_t columns, rows;
  memcpy(&columns, at, 4);
  memcpy(&rows, at + 4, 4);
  at += 8;
  const int per_transaction = atoi(argv[3]);

  sqlite3 *db;
  if (sqlite3_open(argv[1], &db) != SQLITE_OK) fail("cannot open the database");
  run(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
          "PRAGMA cache_size = -65536; PRAGMA foreign_keys = OFF");
  char sql[1024] = "INSERT INTO event VALUES (?";
  for (int column = 1; column < columns; column++) strcat(sql, ", ?");
  strcat(sql, ")");
  sqlite3_stmt *insert;
  if (sqlite3_prepare_v2(db, sql, -1, &insert, NULL) != SQLITE_OK) fail(sqlite3_errmsg(db));

  const double from = cpu_seconds();
  for (int row = 0; row < rows; row++) {
    if (row % per_transaction == 0) run(db, "BEGIN");
    uint32_t nulls;
    memcpy(&nulls, at, 4);
    at += 4;
    for (int column = 0; column < columns; column++, at += 8) {
      int64_t value;
      memcpy(&value, at, 8);
      if (nulls >> column & 1) sqlite3_bind_null(insert, column + 1);
      else sqlite3_bind_int64(insert, column + 1, value);
    }
    if (sqlite3_step(insert) != SQLITE_DONE) fail(sqlite3_errmsg(db));
    sqlite3_reset(insert);
    if (row % per_transaction == per_transaction - 1 || row == rows - 1) run(db, "COMMIT");
  }
  printf("%.6f\n", cpu_seconds() - from);
  sqlite3_finalize(insert);
  sqlite3_close(db);
  return 0;
}
