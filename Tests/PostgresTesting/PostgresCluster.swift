import Foundation

/// A PostgreSQL server of this test process, started for the first test that needs it; ends with the process in any
/// case: a shell waits for the end of a pipe that only we hold.
struct PostgresCluster: Sendable {
  let directory: String

  struct CouldNotStart: Error, CustomStringConvertible {
    let description: String
  }

  static let binaries =
    ProcessInfo.processInfo.environment["SWIFTCLAW_TEST_POSTGRES_BIN"] ?? "/usr/lib/postgresql/15/bin"

  /// The connection string of a database, as the superuser.
  func dsn(_ database: String) -> String { "host=\(directory) user=postgres dbname=\(database)" }

  /// The same through a pooler in transaction mode, if one was started.
  func pooledDSN(_ database: String) -> String { dsn(database) + " port=6432" }

  /// Blocks until the server responds.
  /// - Parameter hasPooler: Whether to start pgbouncer in front of it, in transaction mode, with few connections.
  static func start(hasPooler: Bool = false) throws -> PostgresCluster {
    guard FileManager.default.isExecutableFile(atPath: "\(binaries)/postgres") else {
      throw CouldNotStart(description: "\(binaries)/postgres is missing; scripts/setup.sh tests installs it")
    }
    // The length of a socket path is limited to 107 bytes.
    let directory = "/tmp/scpg-\(UUID().uuidString.prefix(8).lowercased())"
    // The server does not run as root.
    let user = getuid() == 0 ? "setpriv --reuid=postgres --regid=postgres --clear-groups" : ""
    let script = """
      trap '' INT TERM HUP
      # A gateway that a test serves in this process leaves a stricter one, and others have to read what is written here.
      umask 022
      mkdir -m 700 '\(directory)' || exit 1
      [ -z '\(user)' ] || chown postgres '\(directory)'
      cd '\(directory)'
      \(user) '\(binaries)/initdb' -D data -U postgres -A trust -E UTF8 --locale=C --no-sync >initdb.log 2>&1 &&
      {
        while [ ! -e closing ]; do
          \(user) '\(binaries)/postgres' -D '\(directory)/data' -k '\(directory)' -c listen_addresses= -c fsync=off \
            -c max_connections=1000 -c shared_buffers=64MB -c wal_level=minimal -c max_wal_senders=0 \
            -c autovacuum=off -c log_min_messages=warning >>server.log 2>&1 </dev/null
        done &
        if \(hasPooler); then
          printf '%s\n' '[databases]' '* = host=\(directory) user=postgres' '[pgbouncer]' 'listen_port=6432' \
            'unix_socket_dir=\(directory)' 'auth_type=any' 'pool_mode=transaction' 'default_pool_size=3' >pooler.ini
          PATH="$PATH:/usr/sbin" \(user) pgbouncer pooler.ini >pooler.log 2>&1 </dev/null &
          pooler=$!
        fi
        cat >/dev/null
        touch closing
        [ -z "$pooler" ] || kill -INT $pooler
        read -r server <data/postmaster.pid && kill -QUIT $server
        wait
      }
      cd / && rm -rf '\(directory)'
      """
    let pipe = try Spawning.makePipe()
    // Its other end stays open until this process ends.
    defer { close(pipe.reading) }
    let shell = try Spawning.begin(
      "/bin/sh", ["-c", script], environment: ProcessInfo.processInfo.environment,
      streams: [0: pipe.reading, 2: STDERR_FILENO])
    let cluster = PostgresCluster(directory: directory)
    let deadline = ContinuousClock.now + .seconds(240)
    while !cluster.answers || hasPooler && (try? AdminConnection(cluster.pooledDSN("postgres"))) == nil {
      guard waitpid(shell, nil, WNOHANG) == 0, .now < deadline else { throw CouldNotStart(description: cluster.log) }
      usleep(20_000)
    }
    return cluster
  }

  /// Stops the server immediately, like a crash; its supervisor restarts it. Blocks until the server responds again.
  func restart() throws {
    let file = try String(contentsOfFile: "\(directory)/data/postmaster.pid", encoding: .utf8)
    guard let server = file.split(separator: "\n").first.flatMap({ Int32($0) }), kill(server, SIGQUIT) == 0 else {
      throw CouldNotStart(description: "the PostgreSQL of the tests does not run: \(log)")
    }
    let deadline = ContinuousClock.now + .seconds(240)
    // Until the new server responds, since the old one may still do so.
    while kill(server, 0) == 0 || !answers {
      guard .now < deadline else { throw CouldNotStart(description: log) }
      usleep(10_000)
    }
  }

  private var answers: Bool { (try? AdminConnection(dsn("postgres"))) != nil }

  func serverLog() throws -> String { try String(contentsOfFile: "\(directory)/server.log", encoding: .utf8) }

  private var log: String {
    let texts = ["initdb.log", "server.log", "pooler.log"].map {
      try? String(contentsOfFile: "\(directory)/\($0)", encoding: .utf8)
    }
    return "the PostgreSQL of the tests did not start: " + texts.compactMap(\.self).joined()
  }
}
