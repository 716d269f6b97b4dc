import CSQLite
import ClawTesting
import Foundation
import Testing

@Suite("Starting and stopping whatever the store does", .timeLimit(.minutes(10)))
struct StopTests {
  /// Another program that holds the write lock of the database.
  private final class Locker {
    private var database: OpaquePointer?

    init(_ path: String) throws {
      try #require(sqlite3_open(path, &database) == SQLITE_OK)
      sqlite3_busy_timeout(database, 60_000)
      try #require(sqlite3_exec(database, "BEGIN IMMEDIATE", nil, nil, nil) == SQLITE_OK)
    }

    deinit { sqlite3_close_v2(database) }
  }

  private static let patient = ["SWIFTCLAW_GATEWAY_DRAIN_TIMEOUT": "300s", "SWIFTCLAW_GATEWAY_STOP_TIMEOUT": "300s"]

  @Test("A stop that the store holds up ends when its time is over, and the next start works")
  func stopDeadline() async throws {
    let directory = try TemporaryDirectory(isOnPostgres: false)
    let gateway = try await GatewayProcess.start(
      in: directory,
      environment: ["SWIFTCLAW_GATEWAY_DRAIN_TIMEOUT": "0s", "SWIFTCLAW_GATEWAY_STOP_TIMEOUT": "200ms"])
    var locker: Locker? = try Locker(directory.path + "/swiftclaw.db")
    #expect(await gateway.terminate() == 69)
    #expect(await gateway.hasLogged("stopped before everything was closed"))
    withExtendedLifetime(locker) {}
    // The next start needs the lock.
    locker = nil
    let next = try await GatewayProcess.start(in: directory)
    #expect(await next.terminate() == 0)
  }

  @Test("A second signal ends the process at once while runs are waited for, and says so before")
  func secondSignal() async throws {
    let directory = try TemporaryDirectory(isOnPostgres: false)
    let models = try await FakeModelServer.start()
    let gate = FakeGate()
    models.enqueue(FakeReply.text("never to be read").stalling(after: 1, gate))
    let gateway = try await GatewayProcess.start(in: directory, models: models, environment: Self.patient)
    let client = try await gateway.connect()
    client.request("chat.send", ["message": "hello"])
    _ = try await client.events(through: "chunk")
    gateway.signal(SIGTERM)
    #expect(await gateway.hasLogged("waiting for 1 run, at most 5m; Ctrl-C again stops at once"))
    gateway.signal(SIGINT)
    #expect(await gateway.ended() == 130)
    gate.open()
    await models.stop()
  }

  @Test("A second signal ends the process at once while the store is closed")
  func secondSignalWhileClosing() async throws {
    let directory = try TemporaryDirectory(isOnPostgres: false)
    let gateway = try await GatewayProcess.start(in: directory, environment: Self.patient)
    let locker = try Locker(directory.path + "/swiftclaw.db")
    gateway.signal(SIGTERM)
    #expect(await gateway.hasLogged("stopping"))
    gateway.signal(SIGTERM)
    #expect(await gateway.ended() == 130)
    withExtendedLifetime(locker) {}
  }

  @Test("A start that the store holds up ends when its time is over, with the reason")
  func startDeadline() async throws {
    let directory = try TemporaryDirectory(isOnPostgres: false)
    let first = try await GatewayProcess.start(in: directory)
    #expect(await first.terminate() == 0)
    let locker = try Locker(directory.path + "/swiftclaw.db")
    let error = await #expect(throws: GatewayProcess.CouldNotStart.self) {
      _ = try await GatewayProcess.start(in: directory, environment: ["SWIFTCLAW_GATEWAY_START_TIMEOUT": "200ms"])
    }
    #expect(error?.description.contains("the database did not answer in time") == true)
    withExtendedLifetime(locker) {}
  }

  @Test("A limit of open files with which a gateway can't work is named at the start")
  func fewFiles() async throws {
    let directory = try TemporaryDirectory(isOnPostgres: false)
    let error = await #expect(throws: GatewayProcess.CouldNotStart.self) {
      _ = try await GatewayProcess.start(in: directory, shell: #"ulimit -n 32 && exec "$0" serve"#)
    }
    #expect(error?.description.contains("only 32 files may be open at once") == true)
  }

  @Test("Standard streams that the process was started without are no sockets and no event loop: they are /dev/null")
  func closedStreams() async throws {
    let directory = try TemporaryDirectory(isOnPostgres: false)
    let gateway = try await GatewayProcess.start(in: directory, shell: #"exec "$0" serve <&- >&-"#)
    #if os(Linux)
      for descriptor in 0...1 {
        let target = try FileManager.default.destinationOfSymbolicLink(
          atPath: "/proc/\(gateway.processID)/fd/\(descriptor)")
        #expect(target == "/dev/null")
      }
    #endif
    #expect(await gateway.terminate() == 0)
  }
}
