// The few calls of libpq that the store makes, found at run time: a program that keeps its data in SQLite needs no
// libpq, neither to build nor to start. The prototypes and numbers here are those of libpq's public interface.
#ifndef CPOSTGRES_H
#define CPOSTGRES_H
#include <stddef.h>

typedef struct cpostgres_connection cpostgres_connection;
typedef struct cpostgres_result cpostgres_result;

// What another connection sent by NOTIFY; begins as libpq's PGnotify does.
typedef struct {
  char *channel;
  int sender;
  char *payload;
} cpostgres_notification;

// How a connection is.
static const int CPOSTGRES_CONNECTION_OK = 0;
static const int CPOSTGRES_TRANSACTION_IDLE = 0;
// How a result is.
static const int CPOSTGRES_COMMAND_OK = 1;
static const int CPOSTGRES_TUPLES_OK = 2;
static const int CPOSTGRES_PIPELINE_SYNC = 10;
static const int CPOSTGRES_PIPELINE_ABORTED = 11;
// What an error tells.
static const int CPOSTGRES_DIAG_SQLSTATE = 'C';
static const int CPOSTGRES_DIAG_MESSAGE = 'M';
// Types of parameters, as numbered in pg_type.
static const unsigned int CPOSTGRES_TYPE_BIGINT = 20;
static const unsigned int CPOSTGRES_TYPE_TEXT = 25;

// Opens the library and finds every call. 0, or -1 with the system's words in `error`; then nothing else here may be
// called. Not for two threads at once; a second success changes nothing.
int cpostgres_load(const char *file, char *error, size_t size);

// Whether the library can read a connection string; it says nothing of what is wrong, which may name a secret.
int cpostgres_can_read(const char *dsn);

// Whether a connection string asks for no limit on connecting.
int cpostgres_waits_forever(const char *dsn);

cpostgres_connection *cpostgres_connect(const char *const *keywords, const char *const *values);
void cpostgres_finish(cpostgres_connection *connection);
int cpostgres_status(const cpostgres_connection *connection);
int cpostgres_transaction_status(const cpostgres_connection *connection);
// What whoever is at the other end calls the process that serves us.
int cpostgres_backend_pid(const cpostgres_connection *connection);
const char *cpostgres_error(const cpostgres_connection *connection);
// Waits for the answer, without a limit of time.
cpostgres_result *cpostgres_exec(cpostgres_connection *connection, const char *sql);

// From here on no call below waits for the socket: what can't be sent at once is kept for cpostgres_flush. 0 if that
// can't be.
int cpostgres_set_nonblocking(cpostgres_connection *connection);
// Sends what was kept. 0 if all of it is sent, 1 if some has to wait until the socket can be written to, -1 if the
// connection is lost.
int cpostgres_flush(cpostgres_connection *connection);
// Whether the next answer is not there yet: cpostgres_next_result would wait for it.
int cpostgres_is_busy(cpostgres_connection *connection);
// Sends one or more statements without parameters. 0 if the connection is lost, as of all that send.
int cpostgres_send_query(cpostgres_connection *connection, const char *sql);
// Prepares without a name and runs in one round trip: all parameters as binary, the rows as text.
int cpostgres_send_parameters(
    cpostgres_connection *connection, const char *sql, int count, const unsigned int *types,
    const char *const *values, const int *lengths, const int *formats);

// From here until the exit, what is sent waits for no answer. Neither says anything to the server; the exit wants
// every answer to have been taken. 0 if it can't be.
int cpostgres_enter_pipeline(cpostgres_connection *connection);
int cpostgres_exit_pipeline(cpostgres_connection *connection);
// Asks for answers to all that was said so far.
int cpostgres_sync(cpostgres_connection *connection);
int cpostgres_send_prepare(
    cpostgres_connection *connection, const char *name, const char *sql, int count, const unsigned int *types);
int cpostgres_send_prepared(
    cpostgres_connection *connection, const char *name, int count, const char *const *values, const int *lengths,
    const int *formats);
// The next answer, for the caller to clear; NULL after each statement's last one.
cpostgres_result *cpostgres_next_result(cpostgres_connection *connection);

int cpostgres_result_status(const cpostgres_result *result);
const char *cpostgres_result_field(const cpostgres_result *result, int field);
const char *cpostgres_result_changes(cpostgres_result *result);
int cpostgres_rows(const cpostgres_result *result);
int cpostgres_columns(const cpostgres_result *result);
const char *cpostgres_value(const cpostgres_result *result, int row, int column);
int cpostgres_length(const cpostgres_result *result, int row, int column);
int cpostgres_is_null(const cpostgres_result *result, int row, int column);
void cpostgres_clear(cpostgres_result *result);

// The socket, to wait on; -1 if the connection is lost.
int cpostgres_socket(const cpostgres_connection *connection);
// Takes in what has arrived. 0 if the connection is lost.
int cpostgres_consume_input(cpostgres_connection *connection);
// The next notification that was taken in, for the caller to free, or NULL.
cpostgres_notification *cpostgres_next_notification(cpostgres_connection *connection);
void cpostgres_free_notification(cpostgres_notification *notification);
#endif
