#include "CPostgres.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// As libpq's PQconninfoOption.
typedef struct {
  char *keyword;
  char *variable;
  char *standard;
  char *value;
  char *label;
  char *display;
  int size;
} connection_option;

static struct {
  cpostgres_connection *(*connectdbParams)(const char *const *, const char *const *, int);
  void (*finish)(cpostgres_connection *);
  int (*status)(const cpostgres_connection *);
  int (*transactionStatus)(const cpostgres_connection *);
  int (*backendPID)(const cpostgres_connection *);
  char *(*errorMessage)(const cpostgres_connection *);
  void *(*setNoticeProcessor)(cpostgres_connection *, void (*)(void *, const char *), void *);
  cpostgres_result *(*exec)(cpostgres_connection *, const char *);
  connection_option *(*conninfoParse)(const char *, char **);
  void (*conninfoFree)(connection_option *);
  int (*setnonblocking)(cpostgres_connection *, int);
  int (*flush)(cpostgres_connection *);
  int (*isBusy)(cpostgres_connection *);
  int (*sendQuery)(cpostgres_connection *, const char *);
  int (*sendQueryParams)(
      cpostgres_connection *, const char *, int, const unsigned int *, const char *const *, const int *, const int *,
      int);
  int (*enterPipelineMode)(cpostgres_connection *);
  int (*exitPipelineMode)(cpostgres_connection *);
  int (*pipelineSync)(cpostgres_connection *);
  int (*sendPrepare)(cpostgres_connection *, const char *, const char *, int, const unsigned int *);
  int (*sendQueryPrepared)(
      cpostgres_connection *, const char *, int, const char *const *, const int *, const int *, int);
  cpostgres_result *(*getResult)(cpostgres_connection *);
  int (*resultStatus)(const cpostgres_result *);
  char *(*resultErrorField)(const cpostgres_result *, int);
  char *(*cmdTuples)(cpostgres_result *);
  int (*ntuples)(const cpostgres_result *);
  int (*nfields)(const cpostgres_result *);
  char *(*getvalue)(const cpostgres_result *, int, int);
  int (*getlength)(const cpostgres_result *, int, int);
  int (*getisnull)(const cpostgres_result *, int, int);
  void (*clear)(cpostgres_result *);
  int (*socket)(const cpostgres_connection *);
  int (*consumeInput)(cpostgres_connection *);
  cpostgres_notification *(*notifies)(cpostgres_connection *);
  void (*freemem)(void *);
} pq;

// What the server remarks by the way ("relation exists, skipping") would otherwise go to standard error.
static void ignore_notice(void *context, const char *text) {
  (void)context;
  (void)text;
}

int cpostgres_load(const char *file, char *error, size_t size) {
  // Never closed: its code may run until the process ends.
  void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    const char *reason = dlerror();
    snprintf(error, size, "%s", reason == NULL ? "unknown reason" : reason);
    return -1;
  }
  const struct {
    const char *name;
    void **place;
  } calls[] = {
      {"PQconnectdbParams", (void **)&pq.connectdbParams},
      {"PQfinish", (void **)&pq.finish},
      {"PQstatus", (void **)&pq.status},
      {"PQtransactionStatus", (void **)&pq.transactionStatus},
      {"PQbackendPID", (void **)&pq.backendPID},
      {"PQerrorMessage", (void **)&pq.errorMessage},
      {"PQsetNoticeProcessor", (void **)&pq.setNoticeProcessor},
      {"PQexec", (void **)&pq.exec},
      {"PQconninfoParse", (void **)&pq.conninfoParse},
      {"PQconninfoFree", (void **)&pq.conninfoFree},
      {"PQsetnonblocking", (void **)&pq.setnonblocking},
      {"PQflush", (void **)&pq.flush},
      {"PQisBusy", (void **)&pq.isBusy},
      {"PQsendQuery", (void **)&pq.sendQuery},
      {"PQsendQueryParams", (void **)&pq.sendQueryParams},
      {"PQenterPipelineMode", (void **)&pq.enterPipelineMode},
      {"PQexitPipelineMode", (void **)&pq.exitPipelineMode},
      {"PQpipelineSync", (void **)&pq.pipelineSync},
      {"PQsendPrepare", (void **)&pq.sendPrepare},
      {"PQsendQueryPrepared", (void **)&pq.sendQueryPrepared},
      {"PQgetResult", (void **)&pq.getResult},
      {"PQresultStatus", (void **)&pq.resultStatus},
      {"PQresultErrorField", (void **)&pq.resultErrorField},
      {"PQcmdTuples", (void **)&pq.cmdTuples},
      {"PQntuples", (void **)&pq.ntuples},
      {"PQnfields", (void **)&pq.nfields},
      {"PQgetvalue", (void **)&pq.getvalue},
      {"PQgetlength", (void **)&pq.getlength},
      {"PQgetisnull", (void **)&pq.getisnull},
      {"PQclear", (void **)&pq.clear},
      {"PQsocket", (void **)&pq.socket},
      {"PQconsumeInput", (void **)&pq.consumeInput},
      {"PQnotifies", (void **)&pq.notifies},
      {"PQfreemem", (void **)&pq.freemem},
  };
  for (size_t index = 0; index < sizeof calls / sizeof calls[0]; index++) {
    void *found = dlsym(library, calls[index].name);
    if (found == NULL) {
      snprintf(error, size, "%s has no %s", file, calls[index].name);
      return -1;
    }
    *calls[index].place = found;
  }
  return 0;
}

static connection_option *read_dsn(const char *dsn) {
  char *message = NULL;
  connection_option *options = pq.conninfoParse(dsn, &message);
  if (message != NULL) pq.freemem(message);
  return options;
}

int cpostgres_can_read(const char *dsn) {
  connection_option *options = read_dsn(dsn);
  if (options == NULL) return 0;
  pq.conninfoFree(options);
  return 1;
}

int cpostgres_waits_forever(const char *dsn) {
  connection_option *options = read_dsn(dsn);
  if (options == NULL) return 0;
  int forever = 0;
  for (connection_option *option = options; option->keyword != NULL; option++) {
    if (strcmp(option->keyword, "connect_timeout") == 0 && option->value != NULL) forever = atoi(option->value) <= 0;
  }
  pq.conninfoFree(options);
  return forever;
}

cpostgres_connection *cpostgres_connect(const char *const *keywords, const char *const *values) {
  cpostgres_connection *connection = pq.connectdbParams(keywords, values, 1);
  if (connection != NULL) pq.setNoticeProcessor(connection, ignore_notice, NULL);
  return connection;
}

void cpostgres_finish(cpostgres_connection *connection) { pq.finish(connection); }

int cpostgres_status(const cpostgres_connection *connection) { return pq.status(connection); }

int cpostgres_transaction_status(const cpostgres_connection *connection) { return pq.transactionStatus(connection); }

int cpostgres_backend_pid(const cpostgres_connection *connection) { return pq.backendPID(connection); }

const char *cpostgres_error(const cpostgres_connection *connection) { return pq.errorMessage(connection); }

cpostgres_result *cpostgres_exec(cpostgres_connection *connection, const char *sql) {
  return pq.exec(connection, sql);
}

int cpostgres_set_nonblocking(cpostgres_connection *connection) { return pq.setnonblocking(connection, 1) == 0; }

int cpostgres_flush(cpostgres_connection *connection) { return pq.flush(connection); }

int cpostgres_is_busy(cpostgres_connection *connection) { return pq.isBusy(connection); }

int cpostgres_send_query(cpostgres_connection *connection, const char *sql) { return pq.sendQuery(connection, sql); }

int cpostgres_send_parameters(
    cpostgres_connection *connection, const char *sql, int count, const unsigned int *types,
    const char *const *values, const int *lengths, const int *formats) {
  return pq.sendQueryParams(connection, sql, count, types, values, lengths, formats, 0);
}

int cpostgres_enter_pipeline(cpostgres_connection *connection) { return pq.enterPipelineMode(connection); }

int cpostgres_exit_pipeline(cpostgres_connection *connection) { return pq.exitPipelineMode(connection); }

int cpostgres_sync(cpostgres_connection *connection) { return pq.pipelineSync(connection); }

int cpostgres_send_prepare(
    cpostgres_connection *connection, const char *name, const char *sql, int count, const unsigned int *types) {
  return pq.sendPrepare(connection, name, sql, count, types);
}

int cpostgres_send_prepared(
    cpostgres_connection *connection, const char *name, int count, const char *const *values, const int *lengths,
    const int *formats) {
  return pq.sendQueryPrepared(connection, name, count, values, lengths, formats, 0);
}

cpostgres_result *cpostgres_next_result(cpostgres_connection *connection) { return pq.getResult(connection); }

int cpostgres_result_status(const cpostgres_result *result) { return pq.resultStatus(result); }

const char *cpostgres_result_field(const cpostgres_result *result, int field) {
  return pq.resultErrorField(result, field);
}

const char *cpostgres_result_changes(cpostgres_result *result) { return pq.cmdTuples(result); }

int cpostgres_rows(const cpostgres_result *result) { return pq.ntuples(result); }

int cpostgres_columns(const cpostgres_result *result) { return pq.nfields(result); }

const char *cpostgres_value(const cpostgres_result *result, int row, int column) {
  return pq.getvalue(result, row, column);
}

int cpostgres_length(const cpostgres_result *result, int row, int column) {
  return pq.getlength(result, row, column);
}

int cpostgres_is_null(const cpostgres_result *result, int row, int column) {
  return pq.getisnull(result, row, column);
}

void cpostgres_clear(cpostgres_result *result) { pq.clear(result); }

int cpostgres_socket(const cpostgres_connection *connection) { return pq.socket(connection); }

int cpostgres_consume_input(cpostgres_connection *connection) { return pq.consumeInput(connection); }

cpostgres_notification *cpostgres_next_notification(cpostgres_connection *connection) {
  return pq.notifies(connection);
}

void cpostgres_free_notification(cpostgres_notification *notification) { pq.freemem(notification); }
