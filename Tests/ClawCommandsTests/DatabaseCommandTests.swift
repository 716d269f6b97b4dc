import ClawJSON
import ClawTesting
import Foundation
import Testing

@testable import ClawCommands

@Suite("swiftclaw db", .timeLimit(.minutes(10)))
struct DatabaseCommandTests {
  private static let key = String(repeating: "0123456789abcdef", count: 4)

  private static func run(
    _ directory: TemporaryDirectory, _ arguments: String..., dsn: String? = nil
  ) async -> (status: CommandStatus, output: String, errors: String) {
    var environment = ["HOME": directory.path, "SWIFTCLAW_HOME": directory.path]
    environment["SWIFTCLAW_POSTGRES_DSN"] = dsn
    return await command(["db"] + arguments, environment: environment)
  }

  /// An installation with rows in most tables, including text that PostgreSQL has to escape.
  private static func fill(_ gateway: GatewayHarness) async throws {
    let client = try await gateway.connect()
    for number in 0..<3 {
      _ = try await client.call(
        "chat.send", ["message": .string("message \(number) \u{0}\u{1A} ü 🧭"), "idempotencyKey": .string("\(number)")])
    }
    _ = try await client.call("agents.create", ["agentId": "helper", "name": "Helper", "prompt": "say \u{1A} little"])
    _ = try await client.call(
      "cron.create",
      ["name": "job", "message": "hello", "schedule": ["kind": "cron", "expr": "0 9 * * *", "tz": "Europe/Paris"]])
    let device = try await WireConnection.open(port: gateway.port)
    _ = try await device.call("connect", ["user_id": "alice"])
  }

  private static func view(_ client: WireConnection) async throws -> [JSONValue] {
    var history = try await client.call("chat.history", ["sessionKey": "agent:default:ws:main", "limit": 100])
    history["connections"] = nil
    let pairs = try await client.call("device.pair.list")
    return [
      history, try await client.call("agents.list"), try await client.call("cron.list"), pairs["pending"] ?? .null,
      try await client.call("sessions.list"),
    ]
  }

  @Test("copy moves all of an SQLite installation into an empty PostgreSQL database, and into no other")
  func copy() async throws {
    let (directory, target) = (
      try TemporaryDirectory(isOnPostgres: false), try TemporaryDirectory(isOnPostgres: true)
    )
    let environment = ["SWIFTCLAW_ENCRYPTION_KEY": Self.key]
    let before = try await GatewayHarness.run(in: directory, environment: environment) { gateway async throws in
      try await Self.fill(gateway)
      let busy = await Self.run(directory, "copy", "--to", try await target.postgres().dsn)
      #expect(busy.status == .failure && busy.errors.contains("another gateway is running"))
      return try await Self.view(try await gateway.connect())
    }
    let dsn = try await target.postgres().dsn
    let copied = await Self.run(directory, "copy", "--json", "--to", dsn)
    #expect(copied.status == .success, "\(copied.errors)")
    let tables = try JSONValue(parsing: copied.output)["tables"]?.arrayValue ?? []
    #expect(tables.first { $0["name"] == "messages" }?["rows"] == 6)
    try await GatewayHarness.run(in: target, environment: environment) { gateway async throws in
      let client = try await gateway.connect()
      #expect(try await Self.view(client) == before)
      // The idempotency key still works, and the event numbers continue.
      let again = try await client.call(
        "chat.send", ["message": "message 0 \u{0}\u{1A} ü 🧭", "idempotencyKey": "0"])
      #expect(again["content"] == "echo: message 0 \u{0}\u{1A} ü 🧭" || again["status"] == "completed")
      _ = try await client.call("chat.send", ["message": "one more"])
      let history = try await client.call("chat.history", ["sessionKey": "agent:default:ws:main", "limit": 100])
      #expect(history["messages"]?.arrayValue?.compactMap { $0["seq"]?.intValue } == Array(1...8))
    }
    let refused = await Self.run(directory, "copy", dsn: dsn)
    #expect(refused.status == .failure && refused.errors.contains("is not empty"))
    #expect(await Self.run(directory, "copy").status == .usage)
    let unreachable = await Self.run(directory, "copy", "--to", "host=127.0.0.1 port=1 password=hidden-word")
    #expect(unreachable.status == .unavailable && !unreachable.errors.contains("hidden-word"))
  }

  @Test("backup copies the file of a gateway that works; the copy serves")
  func backup() async throws {
    let (directory, other) = (
      try TemporaryDirectory(isOnPostgres: false), try TemporaryDirectory(isOnPostgres: false)
    )
    let copy = other.path + "/swiftclaw.db"
    let before = try await GatewayHarness.run(in: directory) { gateway async throws in
      try await Self.fill(gateway)
      let made = await Self.run(directory, "backup", copy)
      #expect(made.status == .success, "\(made.errors)")
      let again = await Self.run(directory, "backup", copy)
      #expect(again.status == .usage && again.errors.contains("exists"))
      return try await Self.view(try await gateway.connect())
    }
    let mode = try FileManager.default.attributesOfItem(atPath: copy)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    try FileManager.default.copyItem(
      atPath: directory.path + "/encryption.key", toPath: other.path + "/encryption.key")
    try await GatewayHarness.run(in: other) { gateway async throws in
      #expect(try await Self.view(try await gateway.connect()) == before)
    }
    let words = await Self.run(directory, "backup", "x", dsn: "host=/nowhere")
    #expect(words.status == .usage && words.errors.contains("pg_dump"))
  }

  @Test("status and migrate say how far the schema is; a dry run changes nothing", arguments: [false, true])
  func migrate(isOnPostgres: Bool) async throws {
    let directory = try TemporaryDirectory(isOnPostgres: false)
    let database = try await isOnPostgres ? directory.emptyPostgres() : nil
    let dsn = database?.dsn
    if !isOnPostgres {
      #expect(await Self.run(directory, "status").errors.contains("does not exist yet"))
      _ = FileManager.default.createFile(atPath: directory.path + "/swiftclaw.db", contents: nil)
    }
    for _ in 0..<2 {
      let dry = await Self.run(directory, "migrate", "--dry-run", dsn: dsn)
      #expect(dry.status == .success && dry.output.contains("would take: "), "\(dry.errors)")
    }
    let missing = try JSONValue(parsing: await Self.run(directory, "status", "--json", dsn: dsn).output)
    #expect(missing["applied"] == [] && missing["missing"]?.arrayValue?.isEmpty == false)
    let taken = await Self.run(directory, "migrate", "--json", dsn: dsn)
    let steps = try JSONValue(parsing: taken.output)["steps"]
    #expect(steps?.arrayValue?.count == missing["missing"]?.arrayValue?.count)
    #expect(await Self.run(directory, "migrate", dsn: dsn).output == "the schema is up to date\n")
    let done = try JSONValue(parsing: await Self.run(directory, "status", "--json", dsn: dsn).output)
    #expect(done["missing"] == [] && (done["bytes"]?.intValue ?? 0) > 0)
    #expect(await Self.run(directory, "status", dsn: dsn).output.contains("STEP"))
  }
}
