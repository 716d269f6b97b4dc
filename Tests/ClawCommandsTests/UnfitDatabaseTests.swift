import ClawCore
import ClawTesting
import Testing

@testable import ClawCommands

/// The messages of `serve` and `doctor` for a PostgreSQL database that can't be used.
@Suite("An unusable PostgreSQL", .timeLimit(.minutes(10)))
struct UnfitDatabaseTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// The administrator's SQL; USER and DATABASE are placeholders.
    let setUp: [String]
    /// Expected words of the message.
    let words: [String]
    /// The SQL that fixes it, if there is any.
    var mending: [String] = []
  }

  private static let makeUser = "CREATE ROLE USER LOGIN PASSWORD 'hunter2'"
  private static let grantRole = "GRANT swiftclaw_service TO USER"

  static let cases = [
    Case(
      testDescription: "in which the user may not make tables", setUp: [makeUser, grantRole],
      words: ["permission denied", "GRANT USAGE, CREATE ON SCHEMA \"public\" TO \"USER\""],
      mending: ["GRANT USAGE, CREATE ON SCHEMA public TO USER"]),
    Case(
      testDescription: "that takes no writes",
      setUp: [makeUser, grantRole, "ALTER DATABASE DATABASE SET default_transaction_read_only = on"],
      words: ["default_transaction_read_only", "ALTER DATABASE \"DATABASE\" SET default_transaction_read_only = off"],
      mending: [
        "BEGIN READ WRITE; ALTER DATABASE DATABASE SET default_transaction_read_only = off; "
          + "GRANT USAGE, CREATE ON SCHEMA public TO USER; COMMIT"
      ]),
    Case(
      testDescription: "that takes no writes, of a user who has not the role either",
      setUp: [makeUser, "ALTER ROLE USER SET default_transaction_read_only = on"],
      words: ["default_transaction_read_only", "ALTER ROLE \"USER\" SET default_transaction_read_only = off"]),
    Case(
      testDescription: "whose schema is not there",
      setUp: [makeUser, grantRole, "ALTER ROLE USER SET search_path = nowhere"],
      words: ["search_path (nowhere)", "ALTER ROLE \"USER\" SET search_path = public"],
      mending: ["ALTER ROLE USER SET search_path = public; GRANT USAGE, CREATE ON SCHEMA public TO USER"]),
    Case(
      testDescription: "whose user may not make the role", setUp: [makeUser, "GRANT CREATE ON SCHEMA public TO USER"],
      words: ["permission denied", "GRANT \"swiftclaw_service\" TO \"USER\""], mending: [grantRole]),
  ]

  private func named(_ text: String, _ user: String, _ database: String) -> String {
    text.replacing("USER", with: user).replacing("DATABASE DATABASE", with: "DATABASE \(database)")
      .replacing("\"DATABASE\"", with: "\"\(database)\"")
  }

  private func configuration(_ dsn: String, in directory: TemporaryDirectory) throws -> StoreConfiguration {
    try ConfigurationLoader(
      environment: [
        "HOME": directory.path, "SWIFTCLAW_HOME": directory.path, "SWIFTCLAW_POSTGRES_DSN": dsn,
        "SWIFTCLAW_GATEWAY_TOKEN": GatewayHarness.token,
        "SWIFTCLAW_ENCRYPTION_KEY": String(repeating: "0123456789abcdef", count: 4),
      ], workingDirectory: directory.path
    ).load().store
  }

  /// The error of a rejected start; nil if it succeeds.
  private func startRefusal(_ configuration: StoreConfiguration) async -> String? {
    do {
      await (try configuration.open(time: .system)).close()
      return nil
    } catch {
      let explained = ServeCommand.explained(error, configuration.values)
      return CommandFailure(explaining: explained)?.message ?? "\(explained)"
    }
  }

  private func doctorRefusal(_ configuration: StoreConfiguration) async -> String? {
    await DatabaseProbe(configuration).look().first { finding in
      if case .bad = finding.verdict { ["database", "role"].contains(finding.subject) } else { false }
    }.map { "\($0.text); \($0.remedy ?? "")" }
  }

  @Test("is refused with the reason and what to type, by a start and by doctor alike", arguments: cases)
  func refused(_ unfit: Case) async throws {
    let directory = try TemporaryDirectory(isOnPostgres: true)
    // Creates the service role, which belongs to the whole server.
    let other = try await directory.postgres()
    let made = try await directory.emptyPostgres()
    let database = made.dsn.split(separator: "=").last.map(String.init) ?? ""
    let user = "user_of_\(database)"
    for sql in unfit.setUp { _ = try made.rows(named(sql, user, database)) }
    let dsn = made.dsn.replacing("user=postgres", with: "user=\(user) password=hunter2")
    let configuration = try configuration(dsn, in: directory)
    let start = await startRefusal(configuration)
    let doctor = await doctorRefusal(configuration)
    for words in unfit.words {
      let words = named(words, user, database)
      #expect(start?.contains(words) == true, "serve says: \(start ?? "nothing")")
      #expect(doctor?.contains(words) == true, "doctor says: \(doctor ?? "nothing")")
    }
    #expect(start?.contains("hunter2") == false && doctor?.contains("hunter2") == false)
    #expect(start == doctor)
    if !unfit.mending.isEmpty {
      for sql in unfit.mending { _ = try made.rows(named(sql, user, database)) }
      #expect(await startRefusal(configuration) == nil)
      #expect(await doctorRefusal(configuration) == nil)
    }
    _ = try made.rows("DROP OWNED BY \(user) CASCADE")
    withExtendedLifetime(other) {}
  }

  @Test("because of its encoding is refused by name")
  func encoding() async throws {
    let directory = try TemporaryDirectory(isOnPostgres: true)
    let made = try await directory.emptyPostgres()
    let name = (made.dsn.split(separator: "=").last.map(String.init) ?? "") + "_latin"
    _ = try made.rows("CREATE DATABASE \(name) ENCODING 'LATIN1' TEMPLATE template0")
    let words = made.dsn.split(separator: " ").map { $0.hasPrefix("dbname=") ? "dbname=\(name)" : String($0) }
    let configuration = try configuration(words.joined(separator: " "), in: directory)
    let start = await startRefusal(configuration)
    #expect(start?.contains("LATIN1") == true && start?.contains("ENCODING 'UTF8'") == true, "\(start ?? "nothing")")
    #expect(await doctorRefusal(configuration) == start)
    _ = try made.rows("DROP DATABASE \(name) WITH (FORCE)")
  }

  @Test("for a reason that nobody thought of is refused in the server's own words")
  func unforeseen() async throws {
    let directory = try TemporaryDirectory(isOnPostgres: true)
    let made = try await directory.emptyPostgres()
    // A view with the name of a table.
    _ = try made.rows("CREATE VIEW node_state AS SELECT 1 AS x")
    let start = try await startRefusal(configuration(made.dsn, in: directory))
    #expect(start?.contains("relation \"node_state\" already exists (SQLSTATE 42P07)") == true, "\(start ?? "nothing")")
  }

  @Test("serves a user who may not make tables, once they are there")
  func madeByAnother() async throws {
    let directory = try TemporaryDirectory(isOnPostgres: true)
    let made = try await directory.postgres()
    let user = "user_of_\(made.dsn.split(separator: "=").last ?? "")"
    _ = try made.rows("CREATE ROLE \(user) LOGIN; GRANT swiftclaw_service TO \(user)")
    let configuration = try configuration(made.dsn.replacing("user=postgres", with: "user=\(user)"), in: directory)
    let (start, doctor) = (await startRefusal(configuration), await doctorRefusal(configuration))
    #expect(start == nil && doctor == nil, "\(start ?? "nothing"), \(doctor ?? "nothing")")
    _ = try made.rows("DROP OWNED BY \(user) CASCADE")
  }

  @Test(
    "because its connection string is another library's, or in quotes, is a mistake of the configuration, said as that",
    arguments: [
      ("postgresql+asyncpg://claw:hunter2@db/claw", "+asyncpg names a driver of another library"),
      ("jdbc:postgresql://db/claw?password=hunter2", "jdbc:postgresql://, which is no scheme of libpq"),
      ("\"postgresql://claw:hunter2@db/claw\"", "begins with a quotation mark"),
      ("'host=db password=hunter2'", "begins with a quotation mark"), ("hunter2", "is neither a URI"),
      (" postgresql://claw:hunter2@db/claw", "has a blank"), ("Postgres://claw:hunter2@db", "write postgresql://"),
    ])
  func connectionString(_ dsn: String, _ words: String) throws {
    let directory = try TemporaryDirectory(isOnPostgres: true)
    do {
      _ = try configuration(dsn, in: directory)
      Issue.record("it was taken")
    } catch let error as ConfigurationError {
      #expect(error.description.contains("SWIFTCLAW_POSTGRES_DSN"), "\(error)")
      #expect(error.description.contains(words) && !error.description.contains("hunter2"), "\(error)")
    }
  }

  @Test(
    "is reached by every form that libpq takes",
    arguments: ["postgresql://db/claw", "postgres://u:p%40@db", "host=db password='a b'", "service=claw", ""])
  func goodConnectionString(_ dsn: String) throws {
    let directory = try TemporaryDirectory(isOnPostgres: true)
    #expect(throws: Never.self) { try configuration(dsn, in: directory) }
  }

  @Test("because libpq can't read its connection string is refused without repeating it")
  func unreadable() async throws {
    let directory = try TemporaryDirectory(isOnPostgres: true)
    let start = try await startRefusal(configuration("postgresql://claw:hunter2%zz@db/claw", in: directory))
    #expect(start?.contains("can't be read by libpq") == true && start?.contains("hunter2") == false)
  }
}
